"""Retention: for how many days a service stores what no law obliges it to store for ever.

A service's `actions/retention.py` makes its rules from its settings. The housekeeping follows them, and the
command `retention` shows them with what they would delete now. docs/retention.md is the operator's table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import click
from pydantic import AfterValidator, Field
from sqlalchemy.orm import Session

from services.kit.db import Sessions
from services.kit.events import load_events
from services.kit.feed_tails import FeedTables, count_deletable_events, delete_old_events, delete_reader
from services.kit.settings import CommonSettings

# Rows that are counted at most: a count must not read a whole table.
MAX_COUNT = 100_000
# No permit, representative or counter of a code lives longer, so nothing that runs loses its ground.
MIN_DAYS = 400
FEED_EVENTS = "feed-events"


def _require_for_good_or_long(days: int) -> int:
    if 0 < days < MIN_DAYS:
        raise ValueError(f"must be 0 (for good) or at least {MIN_DAYS} days")
    return days


# Days, or 0 for good.
RetentionDays = Annotated[int, Field(ge=0, le=36_500), AfterValidator(_require_for_good_or_long)]


class FeedSettings(CommonSettings):
    """For how many days every consumer must have had an event before it is deleted."""

    feed_days: Annotated[int, Field(ge=1, le=36_500)] = 30


@dataclass(frozen=True)
class Rule:
    """What is deleted after `days`, 0 for never; `setting` is the variable that says so.

    `delete` does one batch of the rows that are older than that many days, and returns how many it looked at;
    0 at the end. `count` returns how many of them there are, at most a limit.
    """

    name: str
    setting: str
    days: int
    delete: Callable[[int], int]
    count: Callable[[Session, int, int], int]

    def delete_batch(self) -> int:
        """Return how many rows the next batch had; a job of the housekeeping."""
        return self.delete(self.days) if self.days else 0


def build_feed_rule(sessions: Sessions, service: str, tables: FeedTables, days: int) -> Rule:
    """Return the rule of a service's own feed."""
    events = load_events()
    consumers, deletable = events.list_consumers(service), events.list_deletable(service)
    return Rule(
        FEED_EVENTS,
        "GOVAH_FEED_DAYS",
        days,
        lambda after: delete_old_events(sessions, tables, consumers, deletable, after),
        lambda session, after, limit: count_deletable_events(
            session, tables, consumers, deletable, after, limit
        ),
    )


def build_retention_group(
    sessions: Sessions, service: str, tables: FeedTables, rules: Sequence[Rule]
) -> click.Group:
    """Return the commands `retention show` and `retention forget-reader`; without a name, it shows."""

    @click.group("retention", invoke_without_command=True)
    @click.pass_context
    def group(context: click.Context) -> None:
        """Show for how long things are stored, and what would be deleted now."""
        if context.invoked_subcommand is None:
            context.invoke(show_rules, days=None)

    @group.command("show")
    @click.option("--days", type=click.IntRange(1), help="Count as if each rule had this many days.")
    def show_rules(days: int | None) -> None:
        """Show each rule, its setting, its days, and how many rows would be deleted now. Deletes nothing."""
        for rule in rules:
            after = days or rule.days
            with sessions() as session:
                count = rule.count(session, after, MAX_COUNT) if after else 0
            number = f"{count}+" if count >= MAX_COUNT else str(count)
            stays = f"{rule.days} days" if rule.days else "for good"
            click.echo(f"{service}\t{rule.name}\t{rule.setting}\t{stays}\tto delete: {number}")

    @group.command("forget-reader")
    @click.argument("consumer")
    def forget_reader(consumer: str) -> None:
        """Forget a program that no longer reads this feed, so that it holds no events back."""
        with sessions.begin() as session:
            if not delete_reader(session, tables.reader, consumer):
                raise click.ClickException(
                    f"خواننده‌ای به نام {consumer} شناخته نیست.\nThere is no reader {consumer}."
                )
        click.echo(f"{service}: {consumer} holds no events back now")

    return group
