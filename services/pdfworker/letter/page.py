"""The texts of the letter's first page, from the issuer to the signature. Called by `render`."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from markupsafe import Markup

from services.kit.statement_types import StatementType
from services.kit.text import to_persian_digits
from services.pdfworker.letter.emblem import EMBLEM, load_emblem
from services.pdfworker.letter.figures import (
    format_count,
    format_day,
    format_duration,
    format_moment,
    format_moment_day,
    format_month,
    format_month_ranges,
    group_digits,
    isolate_text,
)
from services.pdfworker.letter.printable import make_printable
from services.pdfworker.letter.statement import Letter, Person, Snapshot, Statement, Summary

TITLES = {"female": "خانم", "male": "آقای"}
COMMA = Markup("، ")
AS_OF_NOTE = "نامه وضعیت سوابق در تاریخ مبنا را نشان می‌دهد؛ اعتبار کنونی را با رمزینه بررسی کنید."


@dataclass(frozen=True)
class Letterhead:
    """What an installation prints on all letters: the issuer, its address, and the test notice."""

    organisation: str
    unit: str
    public_url: str
    note: str = ""
    # On bilingual letters; without them a transliteration.
    organisation_en: str = ""
    unit_en: str = ""
    emblem: Path = EMBLEM
    test_mode: bool = False


@dataclass(frozen=True)
class Fact:
    """A labelled value of the box below the letter's sentence."""

    label: str = ""
    value: str = ""


@dataclass(frozen=True)
class Page:
    """The first page, ready for its template."""

    title: str
    organisation: str
    unit: str
    emblem: str
    qr_alt: str
    how_to_check: Markup
    serial: str
    tracking_number: str
    issued_on: str
    issued_at: str
    sentence: Markup
    facts: list[tuple[Fact, Fact]]
    notes: list[str]


def build_page(snapshot: Snapshot, letterhead: Letterhead) -> Page:
    """Return the texts of the first page.

    Raises OSError if the emblem cannot be read, and EmblemInvalid if it is not a plain drawing.
    """
    letter, statement = snapshot.letter, snapshot.statement
    serial = group_digits(letter.serial)
    return Page(
        title=f"نامه اعلام سابقه، شماره سریال {serial}",
        organisation=make_printable(letterhead.organisation),
        unit=make_printable(letterhead.unit),
        emblem=load_emblem(letterhead.emblem),
        qr_alt=f"رمزینه اصالت‌سنجی نامه با شماره سریال {serial}",
        how_to_check=_explain_verification(letterhead),
        serial=serial,
        tracking_number=group_digits(letter.tracking_number),
        issued_on=format_moment_day(letter.issued_at),
        issued_at=letter.issued_at.isoformat(timespec="seconds"),
        sentence=_build_sentence(statement),
        facts=list(
            zip_longest(
                _list_person_facts(statement.person), _list_summary_facts(statement), fillvalue=Fact()
            )
        ),
        notes=[
            *_build_notes(letter, statement),
            AS_OF_NOTE,
            *([make_printable(letterhead.note)] if letterhead.note else []),
        ],
    )


def _build_sentence(statement: Statement) -> Markup:
    as_of = format_day(statement.as_of_jalali)
    return Markup(
        "به استحضار می‌رساند {who}، تا تاریخ مبنای {as_of} و بر پایه لیست‌های ماهانه کارفرمایان، {record} است. "
        "این نامه به درخواست و با موافقت ایشان صادر شده {end}."
    ).format(
        who=_describe_person(statement.person),
        as_of=as_of,
        record=_describe_record(statement.summary),
        end="است" if statement.summary.first_month_jalali is None else "و ریز سوابق به شرح زیر است",
    )


def _describe_person(person: Person) -> Markup:
    title = f"{TITLES[person.sex]} " if person.sex else ""
    named = (("کد ملی", person.national_code), ("شماره بیمه", person.insurance_number))
    codes = Markup("به ") + Markup(" و ").join(
        Markup("{} {}").format(name, isolate_text(to_persian_digits(number)))
        for name, number in named
        if number
    )
    parts = [Markup("{}<b>{}</b>").format(title, _join_names(person))]
    if person.father_name:
        parts.append(Markup("فرزند {}").format(person.father_name))
    if person.birth_date_jalali:
        parts.append(Markup("متولد {}").format(format_day(person.birth_date_jalali)))
    return COMMA.join([*parts, codes])


def _join_names(person: Person) -> str:
    return f"{person.first_name} {person.last_name}".lstrip()


def _describe_record(summary: Summary) -> str:
    first, last = summary.first_month_jalali, summary.last_month_jalali
    if first is None or last is None:
        return "فاقد سابقه پرداخت حق بیمه"
    duration = f" ({format_duration(summary.duration)})" if summary.total_days else ""
    period = (
        f"در {format_month(first)}" if first == last else f"از {format_month(first)} تا {format_month(last)}"
    )
    return (
        f"دارای {format_count(summary.total_days, 'روز')} سابقه{duration} "
        f"در {format_count(summary.workshop_count, 'کارگاه')}، {period}،"
    )


def _list_person_facts(person: Person) -> list[Fact]:
    facts = [
        ("نام و نام خانوادگی", _join_names(person)),
        ("نام پدر", person.father_name),
        ("کد ملی", person.national_code and isolate_text(to_persian_digits(person.national_code))),
        ("شماره بیمه", person.insurance_number and isolate_text(to_persian_digits(person.insurance_number))),
        ("تاریخ تولد", person.birth_date_jalali and format_day(person.birth_date_jalali)),
    ]
    return [Fact(label, value) for label, value in facts if value]


def _list_summary_facts(statement: Statement) -> list[Fact]:
    summary = statement.summary
    facts = [
        ("مجموع سابقه", format_count(summary.total_days, "روز")),
        ("معادل", format_duration(summary.duration) if summary.total_days else None),
        ("اولین ماه", summary.first_month_jalali and format_month(summary.first_month_jalali)),
        ("آخرین ماه", summary.last_month_jalali and format_month(summary.last_month_jalali)),
        ("تعداد کارگاه", to_persian_digits(summary.workshop_count)),
        ("تاریخ مبنا", format_day(statement.as_of_jalali)),
    ]
    return [Fact(label, value) for label, value in facts if value]


def _build_notes(letter: Letter, statement: Statement) -> Iterable[Markup]:
    if statement.disputed_months:
        yield Markup("ماه‌های مورد اعتراض بیمه‌شده که در دست بررسی است: {}.").format(
            COMMA.join(format_month_ranges(statement.disputed_months))
        )
    yield Markup(
        "در {}، روزهای هر ماه از طول تقویمی آن بیشتر نمی‌شود؛ هر سال ۱۲ ماه و هر ماه ۳۰ روز محاسبه شده است."
    ).format(
        StatementType.CONSOLIDATED.label.fa if StatementType.CONSOLIDATED in letter.types else "مجموع سابقه"
    )
    yield Markup("موافقت بیمه‌شده: نسخه {} موافقتنامه، {} (به وقت تهران).").format(
        to_persian_digits(letter.agreement.version), format_moment(letter.agreement.agreed_at)
    )


def _explain_verification(letterhead: Letterhead) -> Markup:
    address = isolate_text(make_printable(letterhead.public_url))
    return Markup(
        "برای اطمینان از اصالت و به‌روز بودن نامه، رمزینه را اسکن کنید یا شماره سریال را در بخش "
        "«اصالت‌سنجی نامه» به نشانی {} وارد کنید. صفحه بازشده باید دقیقاً همین نشانی را داشته باشد "
        "و نام کامل را نشان نمی‌دهد."
    ).format(address)
