"""One task, against a disclosure that behaves in every way it may."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from services.pdfworker import tasks
from services.pdfworker.clients import Claim
from services.pdfworker.errors import AttemptStale, StatementTooLarge
from services.pdfworker.letter.page import Look
from services.pdfworker.letter.statement import MAX_WAGE_ROWS
from services.pdfworker.signing.errors import TimeStampUnavailable
from services.pdfworker.signing.prove import Prover
from services.pdfworker.tasks import check_size, render_request
from tests.fakes.disclosure import FakeDisclosure
from tests.unit.pdfworker.provable import keys_in, prover_of
from tests.unit.pdfworker.statements import career, letter_of, statement_of

LOOK = Look("سازمان نمونه", "اداره نمونه", "https://govah.example", test_mode=True)
STATEMENT = statement_of(career("1402-01", 2))
Render = Callable[..., FakeDisclosure]


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again as often, without the waits between."""
    monkeypatch.setattr(tasks, "WAITS", (0.0,) * len(tasks.WAITS))


def claim_of(statement: Mapping[str, Any] = STATEMENT) -> Claim:
    return Claim("request-1", 4, letter_of(), statement)


@pytest.fixture(scope="module")
def prover(tmp_path_factory: pytest.TempPathFactory) -> Prover:
    return prover_of(keys_in(tmp_path_factory.mktemp("keys")))


@pytest.fixture
def render(prover: Prover) -> Render:
    def render(disclosure: FakeDisclosure, with_prover: Prover = prover) -> FakeDisclosure:
        render_request(disclosure, LOOK, with_prover, "request-1")
        return disclosure

    return render


def test_a_claim_becomes_a_letter(render: Render) -> None:
    disclosure = render(FakeDisclosure(claim_of()))
    assert [letter.pdf[:5] for letter in disclosure.posted] == [b"%PDF-"]
    assert disclosure.given_up == []


def test_a_request_that_is_not_free_is_dropped(render: Render) -> None:
    disclosure = render(FakeDisclosure(None))
    assert (disclosure.posted, disclosure.given_up, disclosure.calls) == ([], [], 1)


def test_a_short_absence_of_disclosure_is_sat_out(render: Render) -> None:
    assert len(render(FakeDisclosure(claim_of(), failures=3)).posted) == 1


def test_a_long_absence_is_left_to_the_sweeper(render: Render) -> None:
    disclosure = render(FakeDisclosure(claim_of(), failures=1_000))
    assert (disclosure.posted, disclosure.calls) == ([], len(tasks.WAITS) + 1)


def test_a_stale_attempt_is_dropped(render: Render) -> None:
    disclosure = render(FakeDisclosure(claim_of(), fails=AttemptStale()))
    assert (disclosure.posted, disclosure.given_up) == ([], [])


def test_a_statement_past_the_limits_is_not_rendered(render: Render) -> None:
    rows: list[dict[str, Any]] = [{}] * (MAX_WAGE_ROWS + 1)
    large = {**STATEMENT, "tables": {"wages": {"rows": rows, "years": []}}}
    assert render(FakeDisclosure(claim_of(large))).given_up == [("statement-too-large", False)]


def test_the_limits_themselves_are_allowed() -> None:
    check_size({"tables": {"wages": {"rows": [{}] * MAX_WAGE_ROWS, "years": [{}] * 80}}})
    with pytest.raises(StatementTooLarge):
        check_size({"tables": {"all": {"years": [{}] * 81}}})


@pytest.mark.parametrize(
    ("statement", "given_up"),
    [
        ({**STATEMENT, "summary": None}, ("letter-input-invalid", False)),
        ({}, ("rendering-failed", True)),
    ],
)
def test_what_cannot_be_rendered_is_given_up(
    render: Render, statement: Mapping[str, Any], given_up: tuple[str, bool]
) -> None:
    disclosure = render(FakeDisclosure(claim_of(statement)))
    assert (disclosure.posted, disclosure.given_up) == ([], [given_up])


def test_the_reason_in_the_log_quotes_nothing(
    render: Render, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    spoiled = {**STATEMENT, "summary": STATEMENT["person"]}
    render(FakeDisclosure(claim_of(spoiled)))
    # Which of the two it is depends on whether an app has configured the logs before.
    written = caplog.text + "".join(capfd.readouterr())
    assert "LetterInputInvalid" in written
    assert STATEMENT["person"]["national_code"] not in written
    assert STATEMENT["person"]["last_name"] not in written


def test_the_letter_is_signed_behind_its_own_bytes(render: Render) -> None:
    [letter] = render(FakeDisclosure(claim_of())).posted
    again = render(FakeDisclosure(claim_of())).posted[0]
    assert b"/ETSI.CAdES.detached" in letter.pdf
    assert letter.unsigned_sha256 == again.unsigned_sha256
    assert letter.pdf != again.pdf


def test_without_a_time_stamp_that_is_asked_for_the_attempt_fails_and_another_may_help(
    render: Render, tmp_path: Path
) -> None:
    def away(_value: bytes) -> bytes:
        raise TimeStampUnavailable("away")

    disclosure = render(FakeDisclosure(claim_of()), prover_of(keys_in(tmp_path), away))
    assert (disclosure.posted, disclosure.given_up) == ([], [("timestamp-unavailable", True)])


def test_requests_wait_while_the_certificate_is_not_valid(render: Render) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(days=3651), tick=False):
        disclosure = render(FakeDisclosure(claim_of()))
    assert disclosure.calls == 0
