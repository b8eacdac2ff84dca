"""The English texts of the first page, beside those of `letter.page`."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from services.kit.jalali import JalaliMonth
from services.kit.problems import Text
from services.kit.statement_types import StatementType
from services.pdfworker.letter.bilingual import figures, words
from services.pdfworker.letter.bilingual.transliteration import convert_to_latin
from services.pdfworker.letter.figures import group_digits
from services.pdfworker.letter.page import Fact, Letterhead, Page
from services.pdfworker.letter.printable import make_printable
from services.pdfworker.letter.statement import Letter, Person, Snapshot, Statement, Summary

TITLES = {"female": "Ms", "male": "Mr"}
# The marks of names in Latin letters; each has a note.
OWN_SPELLING, BY_PROGRAM = "*", "†"


@dataclass(frozen=True)
class BilingualFact:
    """A labelled value in both languages."""

    label: str
    value: str
    english_label: str
    english_value: str


@dataclass(frozen=True)
class EnglishPage:
    """The first page, ready for its template; `own_notes` are in both languages."""

    title: str
    organisation: str
    unit: str
    serial: str
    tracking_number: str
    issued_on: str
    sentence: Markup
    person_facts: list[BilingualFact]
    record_facts: list[BilingualFact]
    notes: list[str]
    own_notes: list[Text]
    how_to_check: str


def build_english_page(snapshot: Snapshot, letterhead: Letterhead, page: Page) -> EnglishPage:
    """Return the English texts that stand beside those of the Persian page."""
    letter, statement = snapshot.letter, snapshot.statement
    serial = str(figures.to_latin_figure(group_digits(letter.serial)))
    return EnglishPage(
        title=f"Letter of insurance record, serial number {serial}",
        organisation=_name_issuer(letterhead.organisation_en, letterhead.organisation),
        unit=_name_issuer(letterhead.unit_en, letterhead.unit),
        serial=serial,
        tracking_number=str(figures.to_latin_figure(group_digits(letter.tracking_number))),
        issued_on=figures.format_moment_day(letter.issued_at),
        sentence=_build_sentence(letter, statement),
        person_facts=_pair_facts(
            [personal for personal, _ in page.facts], _map_person_values(letter, statement.person)
        ),
        record_facts=_pair_facts([summed for _, summed in page.facts], _map_record_values(statement)),
        notes=list(_list_notes(letter, statement)),
        own_notes=list(_list_own_notes(letter)),
        how_to_check=words.HOW_TO_CHECK.format(address=make_printable(letterhead.public_url)),
    )


def _name_issuer(english: str, persian: str) -> str:
    return make_printable(english) if english else f"{convert_to_latin(make_printable(persian))}{BY_PROGRAM}"


def _mark_name(name: str) -> str:
    return f"{convert_to_latin(name)}{BY_PROGRAM}"


def _name_person(letter: Letter, person: Person) -> str:
    if letter.latin_name:
        return f"{letter.latin_name}{OWN_SPELLING}"
    return _mark_name(f"{person.first_name} {person.last_name}".lstrip())


def _build_sentence(letter: Letter, statement: Statement) -> Markup:
    return words.SENTENCE.format(
        who=_describe_person(letter, statement.person),
        as_of=figures.format_day(statement.as_of_jalali),
        record=_describe_record(statement.summary),
        end="" if statement.summary.first_month_jalali is None else words.DETAILS_FOLLOW,
    )


def _describe_person(letter: Letter, person: Person) -> Markup:
    title = f"{TITLES[person.sex]} " if person.sex else ""
    parts = [Markup("{}<b>{}</b>").format(title, _name_person(letter, person))]
    if person.father_name:
        parts.append(Markup("child of {}").format(_mark_name(person.father_name)))
    if person.birth_date_jalali:
        parts.append(Markup("born on {}").format(figures.format_day(person.birth_date_jalali)))
    if person.national_code:
        parts.append(Markup("national code {}").format(person.national_code))
    if person.insurance_number:
        parts.append(Markup("insurance number {}").format(person.insurance_number))
    return Markup(", ").join(parts)


def _describe_record(summary: Summary) -> str:
    first, last = summary.first_month_jalali, summary.last_month_jalali
    if first is None or last is None:
        return "has no record of insurance contributions"
    days = figures.format_count(summary.total_days, "day")
    duration = f" ({figures.format_duration(summary.duration)})" if summary.total_days else ""
    period = f"in {_format_month(first)}"
    if first != last:
        begin = figures.format_gregorian_day(first.first_day)
        end = figures.format_gregorian_day(last.last_day)
        period = (
            f"from {figures.format_month(first)} (which began on {begin}) "
            f"to {figures.format_month(last)} (which ended on {end})"
        )
    workshops = figures.format_count(summary.workshop_count, "workshop")
    return f"has a record of {days}{duration} in {workshops}, {period}"


def _format_month(month: JalaliMonth) -> str:
    return f"{figures.format_month(month)} ({figures.format_month_span(month)})"


def _map_person_values(letter: Letter, person: Person) -> dict[str, str | None]:
    return {
        "نام و نام خانوادگی": _name_person(letter, person),
        "نام پدر": person.father_name and _mark_name(person.father_name),
        "کد ملی": person.national_code,
        "شماره بیمه": person.insurance_number,
        "تاریخ تولد": figures.format_day(person.birth_date_jalali) if person.birth_date_jalali else None,
    }


def _map_record_values(statement: Statement) -> dict[str, str | None]:
    summary = statement.summary
    first, last = summary.first_month_jalali, summary.last_month_jalali
    return {
        "مجموع سابقه": figures.format_count(summary.total_days, "day"),
        "معادل": figures.format_duration(summary.duration),
        "اولین ماه": _format_month(first) if first else None,
        "آخرین ماه": _format_month(last) if last else None,
        "تعداد کارگاه": str(summary.workshop_count),
        "تاریخ مبنا": figures.format_day(statement.as_of_jalali),
    }


def _pair_facts(facts: list[Fact], english: dict[str, str | None]) -> list[BilingualFact]:
    """Return the facts that the Persian page has, each with its English label and value."""
    return [
        BilingualFact(fact.label, fact.value, words.FACT_LABELS[fact.label], english[fact.label] or "")
        for fact in facts
        if fact.label
    ]


def _list_notes(letter: Letter, statement: Statement) -> Iterator[str]:
    if statement.disputed_months:
        yield words.DISPUTED_MONTHS.format(
            months=", ".join(figures.format_month_ranges(statement.disputed_months))
        )
    is_consolidated = StatementType.CONSOLIDATED in letter.types
    yield words.COUNTING.format(where="the consolidated record" if is_consolidated else "the total")
    yield words.CONSENT.format(
        version=letter.agreement.version, at=figures.format_moment(letter.agreement.agreed_at)
    )
    yield words.AS_OF


def _list_own_notes(letter: Letter) -> Iterator[Text]:
    """Yield the notes that a Persian letter does not have."""
    yield words.SOURCES[StatementType.WAGES in letter.types]
    if letter.latin_name:
        yield _add_mark(OWN_SPELLING, words.OWN_SPELLING_NOTE)
    yield _add_mark(BY_PROGRAM, words.BY_PROGRAM_NOTE)
    yield words.PERSIAN_DECIDES


def _add_mark(mark: str, note: Text) -> Text:
    return Text(f"{mark} {note.fa}", f"{mark} {note.en}")
