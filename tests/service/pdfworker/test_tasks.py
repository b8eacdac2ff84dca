"""One task, against a disclosure that behaves in every way it may."""

from collections.abc import Mapping
from typing import Any

import pytest

from services.pdfworker import tasks
from services.pdfworker.clients import Claim
from services.pdfworker.errors import AttemptStale, StatementTooLarge
from services.pdfworker.letter.page import Look
from services.pdfworker.letter.statement import MAX_WAGE_ROWS
from services.pdfworker.tasks import check_size, render_request
from tests.fakes.disclosure import FakeDisclosure
from tests.unit.pdfworker.statements import career, letter_of, statement_of

LOOK = Look("سازمان نمونه", "اداره نمونه", "https://govah.example", test_mode=True)
STATEMENT = statement_of(career("1402-01", 2))


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again as often, without the waits between."""
    monkeypatch.setattr(tasks, "WAITS", (0.0,) * len(tasks.WAITS))


def claim_of(statement: Mapping[str, Any] = STATEMENT) -> Claim:
    return Claim("request-1", 4, letter_of(), statement)


def render(disclosure: FakeDisclosure) -> FakeDisclosure:
    render_request(disclosure, LOOK, "request-1")
    return disclosure


def test_a_claim_becomes_a_letter() -> None:
    disclosure = render(FakeDisclosure(claim_of()))
    assert [letter.pdf[:5] for letter in disclosure.posted] == [b"%PDF-"]
    assert disclosure.given_up == []


def test_a_request_that_is_not_free_is_dropped() -> None:
    disclosure = render(FakeDisclosure(None))
    assert (disclosure.posted, disclosure.given_up, disclosure.calls) == ([], [], 1)


def test_a_short_absence_of_disclosure_is_sat_out() -> None:
    assert len(render(FakeDisclosure(claim_of(), failures=3)).posted) == 1


def test_a_long_absence_is_left_to_the_sweeper() -> None:
    disclosure = render(FakeDisclosure(claim_of(), failures=1_000))
    assert (disclosure.posted, disclosure.calls) == ([], len(tasks.WAITS) + 1)


def test_a_stale_attempt_is_dropped() -> None:
    disclosure = render(FakeDisclosure(claim_of(), fails=AttemptStale()))
    assert (disclosure.posted, disclosure.given_up) == ([], [])


def test_a_statement_past_the_limits_is_not_rendered() -> None:
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
    statement: Mapping[str, Any], given_up: tuple[str, bool]
) -> None:
    disclosure = render(FakeDisclosure(claim_of(statement)))
    assert (disclosure.posted, disclosure.given_up) == ([], [given_up])


def test_the_reason_in_the_log_quotes_nothing(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    spoiled = {**STATEMENT, "summary": STATEMENT["person"]}
    render(FakeDisclosure(claim_of(spoiled)))
    # Which of the two it is depends on whether an app has configured the logs before.
    written = caplog.text + "".join(capfd.readouterr())
    assert "LetterInputInvalid" in written
    assert STATEMENT["person"]["national_code"] not in written
    assert STATEMENT["person"]["last_name"] not in written
