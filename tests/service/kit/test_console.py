"""What an operator sees of a command: its output, or one sentence in both languages."""

import click
import pytest
import sqlalchemy as sa
import svcs
from flask import Flask

from services.kit.console import run_command
from services.kit.db import new_engine
from services.kit.queue import BrokerAway
from services.kit.schema import migrate
from services.kit.settings import SettingsError

SERVICE = "inquiry"


def new_command_app(url: str, failure: Exception | None = None) -> Flask:
    app = Flask("toy")
    registry = svcs.Registry()
    svcs.flask.init_app(app, registry=registry)
    registry.register_value(sa.Engine, new_engine(url))

    @app.cli.command("count")
    @click.option("--fail", is_flag=True)
    def count(*, fail: bool) -> None:
        """Count what there is."""
        if fail and failure:
            raise failure
        click.echo("17")

    @app.cli.command("migrate")
    def migrate_schema() -> None:
        """Bring the database to this code's schema."""
        migrate(svcs.flask.get(sa.Engine), f"services.{SERVICE}")

    return app


def run_words(url: str, *words: str, failure: Exception | None = None) -> int:
    return run_command(SERVICE, lambda: new_command_app(url, failure), words, "admin inquiry")


@pytest.fixture
def package() -> str:
    return "services.inquiry"


def test_a_command_runs_on_the_schema_that_it_knows(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_words(sqlite_url, "count") == 0
    assert capsys.readouterr().out == "17\n"


def test_a_database_without_schema_names_the_command_that_helps(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/empty.db"
    assert run_words(url, "count") == 1
    assert "migrate" in capsys.readouterr().err
    assert run_words(url, "migrate") == 0
    assert run_words(url, "count") == 0


@pytest.mark.parametrize(
    ("words", "status"), [(["counts"], 2), (["count", "--no"], 2), (["--help"], 0), (["count", "--help"], 0)]
)
def test_wrong_words_are_refused_and_help_is_given(sqlite_url: str, words: list[str], status: int) -> None:
    assert run_words(sqlite_url, *words) == status


SECRET = "SECRET-OF-A-PERSON"


@pytest.mark.parametrize(
    ("failure", "sentences"),
    [
        (
            sa.exc.OperationalError(None, None, Exception("no password supplied")),
            ["پایگاه داده", "no password"],
        ),
        (
            sa.exc.OperationalError(f"SELECT '{SECRET}'", {}, Exception(SECRET)),
            ["پایگاه داده", "does not answer"],
        ),
        (BrokerAway("redis"), ["کارگزار پیام", "The broker does not answer"]),
        (SettingsError("secret file x cannot be read"), ["secret file x cannot be read"]),
        (click.Abort(), ["کاری انجام نشد", "Nothing was done"]),
        (click.ClickException("there is no request 5"), ["there is no request 5"]),
    ],
)
def test_a_known_failure_is_a_sentence(
    sqlite_url: str, failure: Exception, sentences: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_words(sqlite_url, "count", "--fail", failure=failure) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert all(sentence in printed.err for sentence in sentences)
    assert "Traceback" not in printed.err
    assert SECRET not in printed.err


def test_a_database_that_is_away_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_words("postgresql://x@127.0.0.1:9/x?connect_timeout=2", "count") == 1
    printed = capsys.readouterr().err
    assert "The database of inquiry does not answer" in printed
    assert "refused" in printed


def test_missing_settings_are_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> Flask:
        raise SettingsError("settings are missing or wrong: GOVAH_BROKER_URL: Field required")

    assert run_command(SERVICE, fail, ["count"], "admin inquiry") == 1
    assert "GOVAH_BROKER_URL" in capsys.readouterr().err
