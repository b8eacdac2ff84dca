# Every command of a working copy. Each first sets up what it needs.

PYTHON ?= python3
BIN := .venv/bin
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
# Of the tests. One more than processors, since many tests wait for other programs.
WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)
MAKEFLAGS += --no-print-directory
# Python writes what it has compiled, whatever the environment says: a start of the whole system is a dozen
# programs, and each worker of the tests would compile and rewrite every test module again.
export PYTHONDONTWRITEBYTECODE :=
.DEFAULT_GOAL := help
.PHONY: help setup setup-lint setup-fast setup-test setup-docs assets demo docs run test test-fast test-heavy test-auth test-records test-disclosure test-inquiry test-pdfworker test-portal coverage letters fuzz attack chaos faults browser screenshots translations bench notice sbom audit secrets images backup restore drill recover reload roll rotate compose-test lint format kubernetes contracts lock clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Prepare this machine for demo and run: .venv, wheels, libraries, assets
	@$(PYTHON) -m deploy.setup run

setup-lint: ## Prepare this machine for lint: .venv, wheels
	@$(PYTHON) -m deploy.setup lint

setup-fast: ## Prepare this machine for the unit tests: .venv, wheels, assets
	@$(PYTHON) -m deploy.setup fast

setup-test: ## Prepare this machine for the tests: also PostgreSQL, Redis, nginx, poppler, qpdf, Java
	@$(PYTHON) -m deploy.setup test

setup-docs: ## Prepare this machine for the documentation's site: .venv, wheels, assets
	@$(PYTHON) -m deploy.setup docs

assets: setup-lint ## Fetch fonts and style sheets into assets/
	@$(BIN)/python deploy/assets.py

# exec, so that a signal that reaches make reaches the program itself.
demo: setup ## Play the whole journey in the terminal, from a list to an institution's answer
	@exec $(BIN)/govah demo

run: setup ## Start all of Govah on this machine (PORT, GOVAH_DATA_DIR, SAMPLE=0)
	@exec $(BIN)/govah run

test: setup-test ## Run all tests (ARGS: more words for pytest)
	@exec $(BIN)/pytest -n $(WORKERS) --dist loadgroup $(ARGS)

test-fast: setup-fast ## Run the unit tests, with nothing but Python (ARGS)
	@exec $(BIN)/pytest -n $(WORKERS) --dist loadgroup tests/unit $(ARGS)

test-heavy: setup-test ## Run what takes other programs or much memory: veraPDF, poppler, SoftHSM, kubectl (ARGS)
	@exec $(BIN)/pytest -n $(WORKERS) --dist loadgroup tests/heavy $(ARGS)

test-auth: ## Run the unit, service, contract and heavy tests of auth (ARGS, such as ARGS=--lf)
test-records: ## The same of records
test-disclosure: ## The same of disclosure
test-inquiry: ## The same of inquiry
test-pdfworker: ## The same of pdfworker
test-portal: ## The same of the portal
test-auth test-records test-disclosure test-inquiry test-pdfworker test-portal: setup-test
	@exec $(BIN)/pytest -n $(WORKERS) --dist loadgroup \
	$(wildcard $(foreach kind,unit service contract heavy,tests/$(kind)/$(@:test-%=%) tests/$(kind)/gateway/$(@:test-%=%))) $(ARGS)

coverage: setup-test ## Run the unit, service and contract tests and print the coverage of lines and branches (ARGS)
	@PYTHONPATH=. exec $(BIN)/pytest -n $(WORKERS) --dist loadgroup -p tests.branch_coverage $(or $(ARGS),tests/unit tests/service tests/contract)

browser: setup-test ## Try every page in a real browser: fa and en, phone and desktop, with scripts and without
	@GOVAH_BROWSER=all exec $(BIN)/pytest tests/browser

translations: setup-lint ## Bring the portal's English catalogue up to date with its texts
	@exec $(BIN)/python -m gateway.portal.translations

letters: setup-test ## Draw the pictures of letters again that tests compare with and docs show
	@exec $(BIN)/python -m tests.heavy.pdfworker.pictures

screenshots: setup-test ## Draw the pictures of the portal again that docs show
	@exec $(BIN)/python -m tests.browser.pictures

bench: setup-test ## Measure all that is costly beside a floor of the same run, in a quarter of an hour
	@exec $(BIN)/python -m bench

fuzz: setup-test ## Send 2,000 hostile cases to every service on either database, edit letters 20,000 times, try properties 1,000 times, import the largest list, read 200 letters, compare 130,000 figures, recompute 20,000 answers, make letters with two older releases of WeasyPrint from PyPI (FUZZ_SEED)
	@FUZZ_CASES=2000 FUZZ_LETTER_EDITS=20000 TEST_SIZE=full $(BIN)/pytest -n 2 tests/contract/test_fuzz.py tests/contract/test_every_route.py tests/unit/verify/test_fuzz.py tests/service/inquiry/test_altered.py tests/heavy/records tests/heavy/pdfworker/letter tests/service/records/test_large_lists.py tests/service/records/test_letters.py tests/service/records/test_sample.py tests/service/records/test_independent_figures.py tests/unit/records/test_answers.py
	@exec $(BIN)/pytest -n 2 --hypothesis-profile=full -m hypothesis tests/unit

attack: setup-test ## Attack a fresh system in every way known and count what is hit (ATTACKS, ATTACK_SEED, ATTACK_SIZE=small)
	@exec $(BIN)/python -m tests.attack

chaos: setup-test ## Break everything under 1,000 requests and count what is lost (CHAOS_REQUESTS, CHAOS_SEED)
	@CHAOS_REQUESTS=$${CHAOS_REQUESTS:-1000} exec $(BIN)/pytest -s tests/chaos

faults: setup-test ## Measure what fails while parts are killed, renewed or away, one after another (ARGS)
	@GOVAH_FAULTS=1 exec $(BIN)/pytest -s tests/faults $(ARGS)

notice: setup-test ## Write NOTICE, the licences of all that ships, from the pinned packages
	@exec $(BIN)/python -m deploy.supply.licences

sbom: setup-test ## Write what Govah is made of (CycloneDX) into var/sbom/govah.cdx.json
	@exec $(BIN)/python -m deploy.supply.sbom

audit: setup-test ## Check pinned packages for known vulnerabilities; exit status 2 if no source can be reached
	@exec $(BIN)/python -m deploy.supply.audit

secrets: ## Generate the missing secrets of compose.yaml (GOVAH_SECRETS_DIR, GOVAH_GROUP)
	@deploy/secrets.sh

images: ## Build the images of compose.yaml by the settings in .env; a tag of another revision needs OVERWRITE=1
	@COMPOSE="$(COMPOSE)" exec $(PYTHON) -m deploy.images $(if $(OVERWRITE),--overwrite)

backup: ## Back up the system of compose.yaml into two new folders below var/backup (or DATA, KEYS; FILTER, KEEP_DAYS)
	@COMPOSE="$(COMPOSE)" exec $(PYTHON) -m govah.ops.backup.compose backup "$(DATA)" "$(KEYS)" --filter "$(FILTER)" $(if $(KEEP_DAYS),--keep-days $(KEEP_DAYS))

restore: ## Fill the system of compose.yaml from a backup (DATA, KEYS, FILTER, REPLACE=1, WITHOUT_ENDINGS)
	@COMPOSE="$(COMPOSE)" exec $(PYTHON) -m govah.ops.backup.compose restore "$(DATA)" "$(KEYS)" --filter "$(FILTER)" $(if $(REPLACE),--replace) $(if $(WITHOUT_ENDINGS),--without-endings $(WITHOUT_ENDINGS))

drill: ## Restore a backup beside the running system, compare its rows, and drop it (DATA, FILTER)
	@COMPOSE="$(COMPOSE)" exec $(PYTHON) -m govah.ops.backup.compose drill "$(DATA)" "" --filter "$(FILTER)"

recover: ## Bring PostgreSQL back to a moment of the archive of the profile pitr (TIME=2026-11-30T09:15:00Z or latest)
	@test -n "$(TIME)" || { echo "say when: make recover TIME=2026-11-30T09:15:00Z, or TIME=latest"; exit 2; }
	@$(COMPOSE) --profile pitr run --rm --no-deps recover --check "$(TIME)"
	@$(COMPOSE) --profile pitr --profile backup-timer down
	@$(COMPOSE) --profile pitr run --rm --no-deps recover "$(TIME)"

reload: ## Have the edge of compose.yaml take the certificate that is there now, without refusing a call
	@ids=$$($(COMPOSE) ps -q edge) && test -n "$$ids" || { echo "reload: the edge does not run" >&2; exit 1; }; \
	for id in $$ids; do docker exec "$$id" /srv/edge/start.sh reload || exit 1; done

roll: ## Replace the containers of the system of compose.yaml one by one, without a pause (SERVICE)
	@COMPOSE="$(COMPOSE)" exec $(PYTHON) -m deploy.roll $(SERVICE)

rotate: ## Renew a password of the system of compose.yaml without refusing a call (SECRET=redis.password; KEEP_FORMER, END_FORMER)
	@test -n "$(SECRET)" || { echo "say what: make rotate SECRET=redis.password, inquiry.database, pdfworker.secret …"; exit 2; }
	@COMPOSE="$(COMPOSE)" exec $(PYTHON) -m deploy.rotate $(SECRET) $(if $(KEEP_FORMER),--keep-former) $(if $(END_FORMER),--end-former)

# A tag of its own: tests replace no image that a system of this machine runs or goes back to.
compose-test: export GOVAH_VERSION := test
compose-test: OVERWRITE := 1
compose-test: setup-test images ## Start compose.yaml on this machine, test it whole, and take it down (COMPOSE)
	@GOVAH_COMPOSE="$(COMPOSE)" exec $(BIN)/pytest -x tests/compose

docs: setup-docs ## Build the documentation as a site that works offline, into var/site
	@exec $(BIN)/python -m deploy.docs_site

lint: setup-lint ## Check style, types, layers, names, English, commit subjects and the rules of the project
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/python -m deploy.lint.names
	$(BIN)/python -m deploy.lint.subjects
	$(BIN)/pytest -q --noconftest tests/contract/test_house.py

format: setup-lint ## Let ruff put the code in form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

kubernetes: setup-lint ## Write the manifests of deploy/kubernetes/ from compose.yaml
	@exec $(BIN)/python -m deploy.kubernetes.render

contracts: setup-test ## Write contracts/openapi/ and nginx's routes from the code; contracts/events/, tables of manuals and the client's statements from contracts/
	@$(BIN)/python -m deploy.events
	@$(BIN)/python -m deploy.statements
	@$(BIN)/python -m gateway.edge.generate
	@exec $(BIN)/python -m tests.contract.openapi

# dev is resolved first and binds the others: it holds all of them, except for what docs asks for itself.
lock: setup-lint ## Resolve requirements/*.in again into hash-pinned requirements/*.txt
	@rm -f requirements/*.txt
	@for name in dev base pdf embedded verify docs; do \
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
	$$(test $$name = dev || echo -c requirements/dev.txt) requirements/$$name.in -o requirements/$$name.txt || exit 1; done
	@grep -c == requirements/*.txt

clean: ## Remove what the tools have left behind; var/, .venv and assets/ stay
	rm -rf .make .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage test-output
