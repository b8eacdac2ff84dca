"""The command group `endings` of every service, for the start of a system and for a restore."""

from collections.abc import Callable, Mapping

import click
from obstore.exceptions import BaseError as StorageError
from sqlalchemy.orm import Session

from services.kit.db import Sessions
from services.kit.endings.journal import Journal, JournalDamaged
from services.kit.endings.replay import EndingHandler, EndingUnknown, replay_endings
from services.kit.endings.rows import EndingMixin


def build_endings_group(
    sessions: Sessions,
    model: type[EndingMixin],
    service: str,
    open_own_journal: Callable[[], Journal | None],
    handlers: Mapping[str, EndingHandler],
    suspend: Callable[[Session], int] | None = None,
) -> click.Group:
    """Return the commands `replay` and `suspend`.

    `suspend` suspends whatever could have ended without a journal, and returns how much that was.
    """

    @click.group("endings")
    def group() -> None:
        """End again what had ended before a restore."""

    @group.command("replay")
    def replay() -> None:
        """End again what the journal has and the database does not. Run after every migration."""
        try:
            journal = open_own_journal()
            count = replay_endings(sessions, model, service, journal, handlers) if journal else 0
        except EndingUnknown as error:
            raise click.ClickException(str(error)) from error
        except JournalDamaged as error:
            raise click.ClickException(
                f"بخش {error} از دفتر پایان‌ها آسیب دیده است؛ "
                "آن را از نسخه دیگر دفتر بازگردانید و دوباره اجرا کنید.\n"
                f"The segment {error} of the journal of endings is damaged; "
                "bring it back from another copy of the journal and run this again."
            ) from error
        except (StorageError, OSError) as error:
            raise click.ClickException(
                "دفتر پایان‌ها خوانده نمی‌شود؛ محل آن (GOVAH_ENDINGS_URL) را درست کنید و دوباره اجرا کنید.\n"
                f"The journal of endings cannot be read ({type(error).__name__}); "
                "repair its place (GOVAH_ENDINGS_URL) and run this again."
            ) from error
        if count:
            click.echo(f"{service}: {count} endings of after the backup were applied again")

    @group.command("suspend")
    def suspend_all() -> None:
        """Suspend what may have ended since a backup, after a restore without a journal."""
        if suspend:
            with sessions.begin() as session:
                count = suspend(session)
            click.echo(f"{service}: {count} suspended")

    return group
