"""Every command of every service says what it does."""

from collections.abc import Iterator

import click
import pytest
import svcs

from govah.local.embedded import CREATE
from tests.contract.openapi import environment_of


def commands_in(group: click.Group, *words: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """The groups and commands of a group with the words that call them."""
    for name, command in group.commands.items():
        yield (*words, name), command
        if isinstance(command, click.Group):
            yield from commands_in(command, *words, name)


@pytest.mark.parametrize("service", CREATE)
def test_every_command_says_what_it_does(service: str) -> None:
    with environment_of(service):
        app = CREATE[service]()
    runner = app.test_cli_runner()
    commands = dict(commands_in(app.cli))
    assert ("migrate",) in commands
    for words, command in commands.items():
        told = runner.invoke(args=[*words, "--help"])
        assert told.exit_code == 0, words
        assert command.help, words
        assert command.help.strip().endswith("."), words
        assert command.help.splitlines()[0].split()[0] in told.output, words
    svcs.flask.close_registry(app)


@pytest.mark.parametrize("service", CREATE)
def test_a_command_that_is_none_is_refused(service: str) -> None:
    with environment_of(service):
        app = CREATE[service]()
    refused = app.test_cli_runner().invoke(args=["migrat"])
    svcs.flask.close_registry(app)
    assert refused.exit_code == 2
    assert "No such command 'migrat'" in refused.output
