"""Every command of every service says what it does."""

from collections.abc import Iterator

import click
import pytest
import svcs

from govah.local.embedded import CREATE
from govah.ops.admin.__main__ import OWNERS
from tests.contract.openapi import environment_of


def list_commands(group: click.Group, *words: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield the groups and commands of a group with the words that call them."""
    for name, command in group.commands.items():
        yield (*words, name), command
        if isinstance(command, click.Group):
            yield from list_commands(command, *words, name)


@pytest.mark.parametrize("service", CREATE)
def test_every_command_says_what_it_does(service: str) -> None:
    with environment_of(service):
        app = CREATE[service]()
    runner = app.test_cli_runner()
    commands = dict(list_commands(app.cli))
    assert ("migrate",) in commands
    owned = {name for name, owner in OWNERS.items() if owner == service}
    assert owned <= app.cli.commands.keys(), "the command `admin` knows another one"
    for words, command in commands.items():
        ran = runner.invoke(args=[*words, "--help"])
        assert ran.exit_code == 0, words
        assert command.help, words
        assert command.help.strip().endswith("."), words
        assert command.help.splitlines()[0].split()[0] in ran.output, words
    svcs.flask.close_registry(app)


@pytest.mark.parametrize("service", CREATE)
def test_unknown_command_is_refused(service: str) -> None:
    with environment_of(service):
        app = CREATE[service]()
    refused = app.test_cli_runner().invoke(args=["migrat"])
    svcs.flask.close_registry(app)
    assert refused.exit_code == 2
    assert "No such command 'migrat'" in refused.output
