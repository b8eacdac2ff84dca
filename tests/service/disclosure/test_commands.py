"""What an operator does about failed requests, and what every command says of itself."""

import uuid

import pytest

from tests.service.disclosure.world import AHMADI, KARIMI, World


def failed(world: World, person: uuid.UUID = AHMADI) -> str:
    """The id of a new request that has failed."""
    disclosure_id = world.asked(person)
    world.fail(disclosure_id, world.claimed(disclosure_id), retriable=False)
    return disclosure_id


def test_failed_requests_are_listed_without_their_people(world: World) -> None:
    first, second = failed(world), failed(world, KARIMI)
    world.asked()
    listed = world.command("requests", "failed")
    assert listed.exit_code == 0
    lines = [line.split("\t") for line in listed.output.splitlines()]
    assert [(name, code, tries) for name, code, _, tries in lines] == [
        (first, "rendering-failed", "1"),
        (second, "rendering-failed", "1"),
    ]
    assert str(AHMADI) not in listed.output


def test_one_request_or_all_are_queued_again(world: World) -> None:
    first, second, third = failed(world), failed(world, KARIMI), failed(world)
    tasks = len(world.told("task"))
    assert world.command("requests", "retry", second).output == "1\n"
    assert world.request(second, KARIMI)["status"] == "queued"
    assert world.request(first)["status"] == "failed"
    assert world.command("requests", "retry", "--all").output == "2\n"
    assert {world.request(one)["status"] for one in (first, third)} == {"queued"}
    assert len(world.told("task")) == tasks + 3
    assert world.command("requests", "failed").output == ""
    assert world.command("requests", "retry", "--all").output == "0\n"


def test_what_cannot_be_retried_is_told_in_a_sentence(sqlite_world: World) -> None:
    queued = sqlite_world.asked()
    refused = {
        (queued,): (1, "Only a failed request can be retried"),
        (str(uuid.uuid4()),): (1, "there is no request"),
        ("seven",): (2, "not a valid UUID"),
        (): (2, "the id of one request, or --all"),
        (queued, "--all"): (2, "the id of one request, or --all"),
    }
    for words, (exit_code, sentence) in refused.items():
        result = sqlite_world.command("requests", "retry", *words)
        assert result.exit_code == exit_code, words
        assert sentence in result.output, words
    assert sqlite_world.request(queued)["status"] == "queued"


@pytest.mark.parametrize(
    "words",
    ["agreement list", "agreement current", "agreement add", "requests failed", "requests retry", "migrate"],
)
def test_every_command_says_what_it_does(sqlite_world: World, words: str) -> None:
    told = sqlite_world.command(*words.split(), "--help")
    assert told.exit_code == 0
    assert "Usage:" in told.output
    assert told.output.count(".") >= 1
