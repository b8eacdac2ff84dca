"""Secrets and certificates are renewed in a running stack by the commands of docs/operations/rotate.md.

Calls and letters go on all the time: none is refused, none fails.
"""

import itertools
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificate

from tests.compose.conftest import Stack
from tests.e2e.client import DISCLOSURE, INQUIRY, RECORDS, Stranger
from tests.e2e.system import ROOT
from tests.faults.load import Call, Load
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)

# Who asks for letters during a rotation, in turn, and after how many seconds the next one does.
LETTERS_OF, LETTERS_EVERY = (2, 3, 4), 30
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def make(stack: Stack, *words: str) -> None:
    """Run a target of the Makefile for the stack."""
    # Without the file of settings compose would miss required ones.
    compose = f"{os.environ['GOVAH_COMPOSE']} --env-file deploy/compose/demo.env"
    stack.run(["make", *words, f"COMPOSE={compose}"])


def find_secret(stack: Stack, name: str) -> Path:
    return Path(stack.environment["GOVAH_SECRETS_DIR"]) / name


@contextmanager
def using(stack: Stack) -> Iterator[list[str]]:
    """Call every service and ask for letters all the time; yield the ids of the letters that came."""
    # Each may ask for ten letters a day, and other tests do too.
    citizens = [Stranger(stack.system).sign_in_citizen(number) for number in LETTERS_OF]
    citizen = citizens[0]
    bearer = (("Authorization", citizen.http.headers["Authorization"]),)
    calls = [
        Call("GET", "/.well-known/jwks.json", 200),
        Call("GET", f"{RECORDS}/me", 200, bearer),
        Call("GET", f"{DISCLOSURE}/requests", 200, bearer),
        Call("GET", f"{INQUIRY}/permits", 200, bearer),
        Call("GET", "/sign-in", 200),
        Call("POST", f"{DISCLOSURE}/requests", 422, bearer, {"types": []}),
        Call("POST", f"{INQUIRY}/permits", 422, bearer, {}),
    ]
    stop, letters, errors = threading.Event(), list[str](), list[BaseException]()

    def ask_for_letters() -> None:
        try:
            for one in itertools.cycle(citizens):
                if stop.wait(LETTERS_EVERY):
                    break
                letters.append(str(one.ask_for_letter("wages")["id"]))
        except BaseException as error:  # noqa: BLE001 -- the test raises it
            errors.append(error)

    thread = threading.Thread(target=ask_for_letters)
    load = Load(stack.system.base_url, calls, callers=3, pause=0.1)
    with load.running():
        thread.start()
        try:
            yield letters
        finally:
            stop.set()
            thread.join()
    outcome = load.take()
    print(f"\n{outcome}, {len(letters)} letters")
    assert errors == []
    assert outcome.calls > 100
    assert outcome.failed == {}


def test_passwords_are_renewed_while_the_stack_is_used(stack: Stack) -> None:
    names = ("redis.password", "inquiry.database", "auth.database", "pdfworker.secret", "records.secret")
    old = {name: find_secret(stack, name).read_text("ascii").strip() for name in names}
    with using(stack) as letters:
        for name in names:
            make(stack, "rotate", f"SECRET={name}")
        # Every connection of a program to the broker is a new one.
        run_in_redis(stack, "", "CLIENT KILL TYPE normal SKIPME yes")
        before = len(letters)
        Stranger(stack.system).sign_in_citizen(1).ask_for_letter("all")
        wait_until(lambda: len(letters) > before, "no letter after the rotation", pause=1)
    new = {name: find_secret(stack, name).read_text("ascii").strip() for name in names}
    assert [name for name in names if len(new[name].split()) != 1 or new[name] == old[name]] == []
    [postgres] = stack.find_container_ids("postgres")
    address = f"host=postgres dbname=inquiry user=inquiry password={old['inquiry.database']}"
    refused = stack.run(["docker", "exec", postgres, "psql", address, "-c", "SELECT 1"], check=False)
    assert "password authentication failed" in refused
    assert "WRONGPASS" in run_in_redis(stack, old["redis.password"], "PING")


def run_in_redis(stack: Stack, password: str, command: str) -> str:
    """Return what Redis answers to a caller with that password, or with the current one."""
    sign_in = f"REDISCLI_AUTH={password or '$(head -n 1 /run/secrets/redis.password)'}"
    [redis] = stack.find_container_ids("redis")
    return stack.run(["docker", "exec", redis, "sh", "-c", f"{sign_in} redis-cli {command}"], check=False)


def test_containers_and_the_certificate_are_renewed_while_the_stack_is_used(
    stack: Stack, tmp_path: Path
) -> None:
    rolled = ("inquiry", "portal", "pdfworker", "inquiry-relay")
    before = {name: stack.find_container_ids(name) for name in rolled}
    with using(stack) as letters:
        serial = renew_certificate(stack, tmp_path)
        make(stack, "roll", f"SERVICE={' '.join(rolled)}")
        drawn = len(letters)
        citizen = Stranger(stack.system).sign_in_citizen(1)
        letter = citizen.get_document(str(citizen.ask_for_letter("all")["id"]))
        wait_until(lambda: len(letters) > drawn, "no letter after the roll", pause=1)
    after = {name: stack.find_container_ids(name) for name in rolled}
    assert [name for name in rolled if set(before[name]) & set(after[name])] == []
    assert {name: len(ids) for name, ids in after.items()} == {name: len(ids) for name, ids in before.items()}
    assert f"{serial:x}".encode() in letter.lower()


def renew_certificate(stack: Stack, directory: Path) -> int:
    """Put a new certificate of letters in place, as the manual says; return its serial number."""
    environment = {**os.environ, "GOVAH_SECRETS_DIR": str(directory / "secrets")}
    subprocess.run(["deploy/secrets.sh"], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    for name in ("signing.p12", "signing.password"):
        # Into the file that containers have bound.
        find_secret(stack, name).write_bytes((directory / "secrets" / name).read_bytes())
    trust = find_secret(stack, "letter-trust.pem")
    new = CERTIFICATE.search((directory / "secrets" / "letter-trust.pem").read_text("ascii"))
    assert new
    former = trust.read_text("ascii")
    place = former.index("-----BEGIN CERTIFICATE-----")
    trust.write_text(f"{former[:place]}{new[0]}\n{former[place:]}", "ascii")
    return load_pem_x509_certificate(new[0].encode("ascii")).serial_number


def test_a_new_token_key_is_published_before_it_may_sign(stack: Stack) -> None:
    inside = ("run", "--rm", "--no-deps", "auth-setup", "flask", "--app", "services.auth.app", "keys")
    added = stack.compose(*inside, "add").split()[-1]
    stack.compose(*inside, "publish", added)
    assert added in stack.compose(*inside, "list")
    assert added in str(Stranger(stack.system).get("/.well-known/jwks.json").json())
    assert "wait 10 minutes" in stack.compose(*inside, "sign-with", added, check=False)


def test_new_permits_use_a_new_pepper_and_old_ones_stay_open(stack: Stack) -> None:
    person = stack.system.demo["citizens"][2]
    citizen = Stranger(stack.system).sign_in_citizen(2)
    letter = str(citizen.ask_for_letter("all")["id"])
    codes = [citizen.issue_permit(letter)["code"]]
    inside = (
        "run",
        "--rm",
        "--no-deps",
        "inquiry-setup",
        "flask",
        "--app",
        "services.inquiry.app",
        "peppers",
    )
    stack.compose(*inside, "rotate")
    codes.append(citizen.issue_permit(letter)["code"])
    for code in codes:
        assert Stranger(stack.system).inquire(person["national_code"], code).status_code == 200
