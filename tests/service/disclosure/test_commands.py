"""What an operator does about failed requests, and what every command says of itself."""

import uuid
from collections.abc import Mapping, Sequence

import pytest
import sqlalchemy as sa

from services.disclosure import commands
from services.disclosure.background import LOOPS
from services.kit.loops import Loop
from tests.service.disclosure.desk import AHMADI, KARIMI, Desk


def create_failed_request(desk: Desk, person: uuid.UUID = AHMADI) -> str:
    """Return the id of a new request that has failed."""
    disclosure_id = desk.create_request(person)
    desk.report_failure(disclosure_id, desk.start_attempt(disclosure_id), retriable=False)
    return disclosure_id


def test_failed_requests_are_listed_without_their_people(desk: Desk) -> None:
    first, second = create_failed_request(desk), create_failed_request(desk, KARIMI)
    desk.create_request()
    result = desk.run_command("requests", "failed")
    assert result.exit_code == 0
    lines = [line.split("\t") for line in result.output.splitlines()]
    assert [(name, code, tries) for name, code, _, tries in lines] == [
        (first, "rendering-failed", "1"),
        (second, "rendering-failed", "1"),
    ]
    assert str(AHMADI) not in result.output


def test_one_or_all_requests_are_queued_again(desk: Desk) -> None:
    first, second, third = (
        create_failed_request(desk),
        create_failed_request(desk, KARIMI),
        create_failed_request(desk),
    )
    tasks = len(desk.list_outbox("task"))
    assert desk.run_command("requests", "retry", second).output == "1\n"
    assert desk.get_request(second, KARIMI)["status"] == "queued"
    assert desk.get_request(first)["status"] == "failed"
    assert desk.run_command("requests", "retry", "--all").output == "2\n"
    assert {desk.get_request(disclosure_id)["status"] for disclosure_id in (first, third)} == {"queued"}
    assert len(desk.list_outbox("task")) == tasks + 3
    assert desk.run_command("requests", "failed").output == ""
    assert desk.run_command("requests", "retry", "--all").output == "0\n"


def test_request_that_cannot_be_retried_is_explained_in_a_sentence(sqlite_desk: Desk) -> None:
    queued = sqlite_desk.create_request()
    cases = {
        (queued,): (1, "Only a failed request can be retried"),
        (str(uuid.uuid4()),): (1, "there is no request"),
        ("seven",): (2, "not a valid UUID"),
        (): (2, "the id of one request, or --all"),
        (queued, "--all"): (2, "the id of one request, or --all"),
    }
    for arguments, (exit_code, sentence) in cases.items():
        result = sqlite_desk.run_command("requests", "retry", *arguments)
        assert result.exit_code == exit_code, arguments
        assert sentence in result.output, arguments
    assert sqlite_desk.get_request(queued)["status"] == "queued"


def test_background_runs_all_loops_or_the_named_ones(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[tuple[list[str], Sequence[str]]] = []

    def record_run(
        _engine: sa.Engine,
        _url: str,
        loops: Sequence[Loop],
        consumers: Mapping[str, Loop],
        names: Sequence[str],
    ) -> None:
        runs.append(([loop.name for loop in [*loops, *consumers.values()]], names))

    monkeypatch.setattr(commands, "run_background", record_run)
    assert sqlite_desk.run_command("background").exit_code == 0
    assert sqlite_desk.run_command("background", "relay", "sweeper").exit_code == 0
    assert [built for built, _ in runs] == [list(LOOPS)] * 2
    assert [tuple(names) for _, names in runs] == [LOOPS, ("relay", "sweeper")]
    assert sqlite_desk.run_command("background", "relay-events").exit_code == 2


@pytest.mark.parametrize(
    "command",
    ["agreement list", "agreement current", "agreement add", "requests failed", "requests retry", "migrate"],
)
def test_every_command_has_a_help_text(sqlite_desk: Desk, command: str) -> None:
    result = sqlite_desk.run_command(*command.split(), "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output
    assert result.output.count(".") >= 1
