"""``python -m services.kit.console services.<name>.app COMMAND…``: a command of a service, for operators.

`flask --app services.<name>.app` runs the same commands. Here a failure that an operator can mend is one
sentence in both languages and exit status 1, never a traceback.
"""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

import click
import sqlalchemy as sa
import svcs
from flask import Flask
from flask.cli import ScriptInfo

from services.kit.logging import LoggableError
from services.kit.problems import Text
from services.kit.queue import BrokerAway
from services.kit.schema import check_schema

FAILED = 1
# Commands that run on any schema.
ANY_SCHEMA = {"migrate", "--help"}

DATABASE_AWAY = Text(
    "پایگاه داده {name} پاسخ نمی‌دهد یا گذرواژه را نمی‌پذیرد. نشانی، گذرواژه و خود آن را بررسی کنید. {reason}",
    "The database of {name} does not answer or refuses the password. Check GOVAH_DATABASE_URL, the password "
    "and the server. {reason}",
)
BROKER_AWAY = Text(
    "کارگزار پیام پاسخ نمی‌دهد. نشانی و گذرواژه آن را بررسی کنید.",
    "The broker does not answer. Check GOVAH_BROKER_URL and its password.",
)


def run_command(name: str, create_app: Callable[[], Flask], words: Sequence[str], program: str) -> int:
    """Return the exit status of a command of the service `name`; a known failure is a sentence on stderr."""
    try:
        app = create_app()
        if not ANY_SCHEMA.intersection(words):
            with app.app_context():
                check_schema(svcs.flask.get(sa.Engine), f"services.{name}")
        info = ScriptInfo(create_app=lambda: app)
        status = app.cli.main(args=list(words), prog_name=program, obj=info, standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.ClickException as refusal:
        refusal.show()
        return refusal.exit_code
    except click.Abort:
        return _print_failure(Text("کاری انجام نشد.", "Nothing was done."))
    except sa.exc.OperationalError as error:
        return _print_failure(DATABASE_AWAY.format(name=name, reason=_find_reason(error)))
    except BrokerAway:
        return _print_failure(BROKER_AWAY)
    except LoggableError as error:
        click.echo(f"{error}", err=True)
        return FAILED


def _find_reason(error: sa.exc.OperationalError) -> str:
    """Return the driver's first line about a connection. A statement's failure may quote its values."""
    lines = str(error.orig).strip().splitlines()
    return lines[0].strip() if error.statement is None and lines else ""


def _print_failure(text: Text) -> int:
    click.echo(f"{text.fa}\n{text.en}", err=True)
    return FAILED


def main() -> None:
    """Run the command that the arguments name."""
    path, *words = sys.argv[1:]
    name = path.split(".")[1]
    sys.exit(run_command(name, import_module(path).create_app, words or ["--help"], f"admin {name}"))


if __name__ == "__main__":
    main()
