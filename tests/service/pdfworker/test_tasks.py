"""The task with a fake disclosure, for each of its responses."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import time_machine
from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded

from services.kit.problems import Unavailable
from services.pdfworker import tasks
from services.pdfworker.clients import Claim
from services.pdfworker.errors import AttemptStale, StatementTooLarge
from services.pdfworker.letter.bilingual.letters import MAX_BILINGUAL_ROWS
from services.pdfworker.letter.page import Letterhead
from services.pdfworker.letter.statement import MAX_WAGE_ROWS, MAX_WORKSHOP_YEARS, MAX_WORKSHOPS
from services.pdfworker.signing.errors import SigningUnavailable, TimeStampUnavailable
from services.pdfworker.signing.prove import Prover
from services.pdfworker.taken import TakenRequests
from services.pdfworker.tasks import check_size, register_tasks, render_request
from tests.fakes.pdfworker import FakeDisclosure
from tests.unit.pdfworker.extraction import extract_pages
from tests.unit.pdfworker.provable import create_keys, load_prover
from tests.unit.pdfworker.statements import build_career, build_letter, build_statement

LETTERHEAD = Letterhead("سازمان نمونه", "اداره نمونه", "https://govah.example", test_mode=True)
STATEMENT = build_statement(build_career("1402-01", 2))
Render = Callable[..., FakeDisclosure]


@pytest.fixture(autouse=True)
def _without_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry as often as in production, without delays."""
    monkeypatch.setattr(tasks, "RETRY_DELAYS", (0.0,) * len(tasks.RETRY_DELAYS))


def build_claim(statement: Mapping[str, Any] = STATEMENT, name: str = "request-1") -> Claim:
    return Claim(name, 4, build_letter(), statement)


@pytest.fixture(scope="module")
def prover(tmp_path_factory: pytest.TempPathFactory) -> Prover:
    return load_prover(create_keys(tmp_path_factory.mktemp("keys")))


@pytest.fixture
def render(prover: Prover) -> Render:
    def render(disclosure: FakeDisclosure, with_prover: Prover = prover) -> FakeDisclosure:
        render_request(disclosure, LETTERHEAD, with_prover, "request-1", TakenRequests())
        return disclosure

    return render


def test_a_claim_becomes_a_letter(render: Render) -> None:
    disclosure = render(FakeDisclosure(build_claim()))
    assert [letter.pdf[:5] for letter in disclosure.letters] == [b"%PDF-"]
    assert disclosure.reports == []


def test_a_claim_of_the_first_version_becomes_a_letter(render: Render) -> None:
    """Snapshots that were queued before an upgrade are still rendered."""
    disclosure = render(FakeDisclosure(build_claim(build_statement(build_career("1402-01", 2), version=1))))
    assert (len(disclosure.letters), disclosure.reports) == (1, [])


def test_a_request_that_cannot_be_claimed_is_skipped(render: Render) -> None:
    disclosure = render(FakeDisclosure(None))
    assert (disclosure.letters, disclosure.reports, disclosure.calls) == ([], [], 1)


@pytest.mark.parametrize("name", ["disclosure_id", "disclosure_request_id"])
def test_a_task_names_the_request_by_either_argument(name: str, prover: Prover) -> None:
    app, disclosure = Celery("tests"), FakeDisclosure(None)
    register_tasks(app, disclosure, LETTERHEAD, prover)
    app.tasks[tasks.RENDER_TASK].apply(kwargs={name: "request-1"}, throw=True)
    assert disclosure.claimed_ids == ["request-1"]


def test_a_worker_goes_on_with_what_waits_and_skips_its_messages_once(prover: Prover) -> None:
    disclosure = FakeDisclosure(build_claim(), following=[build_claim(name="request-2")])
    taken = TakenRequests()
    for name in ("request-1", "request-2", "request-2"):
        render_request(disclosure, LETTERHEAD, prover, name, taken)
    # The second message of the second request is another one: it was published again.
    assert disclosure.claimed_ids == ["request-1", "request-2"]
    assert len(disclosure.letters) == 3


def test_a_request_that_failed_is_claimed_when_its_message_comes(prover: Prover) -> None:
    broken = build_claim({**STATEMENT, "tables": {"all": {"rows": 1}}}, "request-2")
    disclosure, taken = FakeDisclosure(build_claim(), following=[broken]), TakenRequests()
    for name in ("request-1", "request-2"):
        render_request(disclosure, LETTERHEAD, prover, name, taken)
    assert len(disclosure.reports) == 1
    assert disclosure.claimed_ids == ["request-1", "request-2"]


class FlakyDisclosure(FakeDisclosure):
    """Takes the first letter, and then none."""

    error_later: Exception

    def deliver_letter(self, *words: Any, **more: Any) -> Claim | None:
        following = super().deliver_letter(*words, **more)
        self.error = self.error_later
        return following


@pytest.mark.parametrize("error", [Unavailable(), AttemptStale(), SoftTimeLimitExceeded()])
def test_a_request_whose_letter_was_not_taken_is_claimed_again(prover: Prover, error: Exception) -> None:
    disclosure = FlakyDisclosure(build_claim(), following=[build_claim(name="request-2")])
    disclosure.error_later = error
    taken = TakenRequests()
    for name in ("request-1", "request-2"):
        render_request(disclosure, LETTERHEAD, prover, name, taken)
    assert disclosure.claimed_ids == ["request-1", "request-2"]


def test_a_task_ends_before_its_time_limit(prover: Prover, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "NEXT_SECONDS", 0.0)
    disclosure = FakeDisclosure(build_claim(), following=[build_claim(name="request-2")])
    render_request(disclosure, LETTERHEAD, prover, "request-1", TakenRequests())
    assert (len(disclosure.letters), len(disclosure.following)) == (1, 1)


def test_processes_share_what_was_taken() -> None:
    taken = TakenRequests(slots=2)
    if (child := os.fork()) == 0:
        taken.add("request-1")
        os._exit(0)
    os.waitpid(child, 0)
    assert [taken.take_back(name) for name in ("request-2", "request-1", "request-1")] == [False, True, False]


def test_calls_are_retried_while_disclosure_is_unavailable(render: Render) -> None:
    assert len(render(FakeDisclosure(build_claim(), failures=3)).letters) == 1


def test_a_long_outage_is_left_to_the_sweeper(render: Render) -> None:
    disclosure = render(FakeDisclosure(build_claim(), failures=1_000))
    assert (disclosure.letters, disclosure.calls) == ([], len(tasks.RETRY_DELAYS) + 1)


def test_a_stale_attempt_is_dropped(render: Render) -> None:
    disclosure = render(FakeDisclosure(build_claim(), error=AttemptStale()))
    assert (disclosure.letters, disclosure.reports) == ([], [])


def test_a_statement_over_the_limits_is_not_rendered(render: Render) -> None:
    rows: list[dict[str, Any]] = [{}] * (MAX_WAGE_ROWS + 1)
    large = {**STATEMENT, "tables": {"wages": {"rows": rows, "years": []}}}
    assert render(FakeDisclosure(build_claim(large))).reports == [("statement-too-large", False)]


def test_the_limits_themselves_are_allowed() -> None:
    check_size({"tables": {"wages": {"rows": [{}] * MAX_WAGE_ROWS, "years": [{}] * 80}}})
    workshop: dict[str, Any] = {"years": [{}] * 80}
    check_size({"tables": {"all": {"workshops": [workshop] * (MAX_WORKSHOP_YEARS // 80)}}})


def test_a_bilingual_letter_has_a_lower_limit() -> None:
    years: list[Any] = [{}] * 40
    allowed = {"tables": {"wages": {"rows": [{}] * (MAX_BILINGUAL_ROWS - 120), "years": years}}}
    check_size(allowed, is_bilingual=True)
    too_large = {"tables": {**allowed["tables"], "consolidated": {"years": years}}}
    check_size(too_large)
    with pytest.raises(StatementTooLarge):
        check_size(too_large, is_bilingual=True)


def test_a_bilingual_letter_that_is_too_large_is_reported(render: Render) -> None:
    rows: list[Any] = [{}] * (MAX_BILINGUAL_ROWS + 1)
    statement = {**STATEMENT, "tables": {"wages": {"rows": rows}}}
    claim = Claim("request-1", 4, build_letter(language="fa-en"), statement)
    assert render(FakeDisclosure(claim)).reports == [("statement-too-large", False)]


def test_a_bilingual_claim_becomes_a_bilingual_letter(render: Render) -> None:
    claim = Claim("request-1", 4, build_letter(language="fa-en", latin_name="Sara Ahmadi"), STATEMENT)
    [letter] = render(FakeDisclosure(claim)).letters
    assert "Sara Ahmadi*" in " ".join(extract_pages(letter.pdf))


@pytest.mark.parametrize(
    "table",
    [
        {"years": [{}] * 81},
        {"workshops": [{"years": [{}] * 81}]},
        {"workshops": [{"years": [{}]}] * (MAX_WORKSHOPS + 1)},
        {"workshops": [{"years": [{}] * 80}] * (MAX_WORKSHOP_YEARS // 80 + 1)},
    ],
)
def test_a_table_over_the_limits_is_too_large(table: dict[str, Any]) -> None:
    with pytest.raises(StatementTooLarge):
        check_size({"tables": {"all": table}})


@pytest.mark.parametrize(
    ("statement", "report"),
    [
        ({**STATEMENT, "summary": None}, ("letter-input-invalid", False)),
        ({}, ("rendering-failed", True)),
    ],
)
def test_a_statement_that_cannot_be_rendered_is_reported(
    render: Render, statement: Mapping[str, Any], report: tuple[str, bool]
) -> None:
    disclosure = render(FakeDisclosure(build_claim(statement)))
    assert (disclosure.letters, disclosure.reports) == ([], [report])


def test_the_logged_reason_has_no_personal_data(
    render: Render, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    invalid = {**STATEMENT, "summary": STATEMENT["person"]}
    render(FakeDisclosure(build_claim(invalid)))
    # Which of the two it is depends on whether a test before has configured logging.
    output = caplog.text + "".join(capfd.readouterr())
    assert "LetterInputInvalid" in output
    assert STATEMENT["person"]["national_code"] not in output
    assert STATEMENT["person"]["last_name"] not in output


def test_the_signature_fills_its_place_in_a_deterministic_letter(render: Render) -> None:
    [letter] = render(FakeDisclosure(build_claim())).letters
    again = render(FakeDisclosure(build_claim())).letters[0]
    assert b"/ETSI.CAdES.detached" in letter.pdf
    assert letter.unsigned_sha256 == again.unsigned_sha256
    assert letter.pdf != again.pdf


@pytest.mark.parametrize(
    "error", [TimeStampUnavailable("unavailable"), SoftTimeLimitExceeded()], ids=["away", "hangs"]
)
def test_a_time_stamp_authority_that_is_away_keeps_its_code(
    render: Render, tmp_path: Path, error: Exception
) -> None:
    def fail(_value: bytes) -> bytes:
        raise error

    disclosure = render(FakeDisclosure(build_claim()), load_prover(create_keys(tmp_path), fail))
    assert (disclosure.letters, disclosure.reports) == ([], [("timestamp-unavailable", True)])


def test_a_certificate_that_is_not_valid_keeps_its_code(
    render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "render_letter", pytest.fail)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=3651), tick=False):
        disclosure = render(FakeDisclosure(build_claim()))
    assert (disclosure.letters, disclosure.reports) == ([], [("certificate-unavailable", True)])


@pytest.mark.parametrize(
    "error", [SigningUnavailable("away"), SoftTimeLimitExceeded()], ids=["away", "hangs"]
)
def test_a_signing_key_that_is_away_keeps_its_code(render: Render, prover: Prover, error: Exception) -> None:
    class Away:
        def sign(self, *_: object) -> bytes:
            raise error

    credentials = replace(prover.signer.credentials, key=cast("Any", Away()))
    away = replace(prover, signer=replace(prover.signer, credentials=credentials))
    disclosure = render(FakeDisclosure(build_claim()), away)
    assert (disclosure.letters, disclosure.reports) == ([], [("certificate-unavailable", True)])
