"""The types of statement: what a letter, a page and an inquiry can show of a record, with the words for each.

`docs/adding.md` lists the files that a new type needs. Their order here is the order of tables everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.kit.problems import Text

# Versions of the statement's schema that are read. Letters and permits keep the one that they were made in.
SCHEMA_VERSIONS = (1, 2)
CURRENT_VERSION = SCHEMA_VERSIONS[-1]


class StatementType(StrEnum):
    """A type of statement; its value is its name in the API, in events and in stored snapshots."""

    ALL = "all"
    WAGES = "wages"
    CONSOLIDATED = "consolidated"

    @property
    def label(self) -> Text:
        """Return the name of the type, for people."""
        return _WORDS[self].label

    @property
    def caption(self) -> Text:
        """Return the caption of the type's table."""
        return _WORDS[self].caption

    @property
    def hint(self) -> Text:
        """Return what helps to choose: with the placeholders days, span, wage and workshops, one's totals."""
        return _WORDS[self].hint

    @property
    def meaning(self) -> str:
        """Return what the table shows, in English, for the manual."""
        return _WORDS[self].meaning


@dataclass(frozen=True)
class Words:
    """What people read of a type."""

    label: Text
    caption: Text
    hint: Text
    meaning: str


_WORDS: Mapping[StatementType, Words] = {
    StatementType.ALL: Words(
        label=Text("کلیه سوابق", "All"),
        caption=Text("کلیه سوابق: روزهای هر ماه", "Whole record: days of each month"),
        hint=Text(
            "روزهای هر ماه در هر کارگاه: {days} روز، {span}",
            "The days of each month in each workshop: {days} days, {span}",
        ),
        meaning="For each workshop, years of twelve months of days, and their sum; then the grand total, "
        "in which concurrent days count once.",
    ),
    StatementType.WAGES: Words(
        label=Text("سوابق و ریز دستمزدها", "With wages"),
        caption=Text("سوابق و ریز دستمزدها (ریال)", "Record with wages (rials)"),
        hint=Text(
            "هر ماه و هر کارگاه با دستمزد: {wage} ریال در {workshops} کارگاه",
            "Each month and workshop with wages: {wage} rials; workshops: {workshops}",
        ),
        meaning="One row per contribution, with month, workshop, days and wage as listed.",
    ),
    StatementType.CONSOLIDATED: Words(
        label=Text("سوابق تلفیقی", "Consolidated"),
        caption=Text(
            "سوابق تلفیقی (روزهای هم‌زمان یک بار شمرده شده است)",
            "Consolidated record (concurrent days counted once)",
        ),
        hint=Text(
            "سال به سال با جمع‌های پیاپی؛ روزهای هم‌زمان یک بار: {span}",
            "Year by year with running sums; concurrent days counted once: {span}",
        ),
        meaning="For each year, twelve months of days, the year's duration and the running sums. "
        "Concurrent workshops count a day once.",
    ),
}
