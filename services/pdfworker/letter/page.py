"""The words of the letter's first page, from who is addressed to who signs. Called by `render`."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, zip_longest
from pathlib import Path

from markupsafe import Markup

from services.kit.jalali import JalaliMonth
from services.kit.statement_types import StatementType
from services.kit.text import to_persian_digits
from services.pdfworker.letter.emblem import EMBLEM, emblem_url
from services.pdfworker.letter.figures import (
    counted,
    day_words,
    duration_words,
    grouped,
    isolated,
    moment_day,
    moment_words,
    month_words,
)
from services.pdfworker.letter.printable import printable
from services.pdfworker.letter.statement import Letter, Person, Snapshot, Statement, Summary

TITLES = {"female": "خانم", "male": "آقای"}
COMMA = Markup("، ")
AS_OF_NOTE = "نامه وضعیت سوابق در تاریخ مبنا را نشان می‌دهد؛ اعتبار کنونی را با رمزینه بررسی کنید."


@dataclass(frozen=True)
class Look:
    """What differs between installations: who issues letters, and whether they count."""

    organisation: str
    unit: str
    public_url: str
    note: str = ""
    emblem: Path = EMBLEM
    test_mode: bool = False


@dataclass(frozen=True)
class Fact:
    """A labelled value of the box under the letter's sentence."""

    label: str = ""
    value: str = ""


@dataclass(frozen=True)
class Page:
    """The first page, ready for its template."""

    title: str
    organisation: str
    unit: str
    emblem: str
    qr: str
    qr_alt: str
    how_to_check: Markup
    serial: str
    tracking_number: str
    issued_on: str
    issued_at: str
    sentence: Markup
    facts: list[tuple[Fact, Fact]]
    notes: list[str]


def page_of(snapshot: Snapshot, look: Look, qr: str) -> Page:
    """Return the first page's words around a QR code, given as a data: URL.

    Raises OSError when the emblem cannot be read and EmblemInvalid when it is no plain drawing.
    """
    letter, statement = snapshot.letter, snapshot.statement
    serial = grouped(letter.serial)
    return Page(
        title=f"نامه اعلام سابقه، شماره سریال {serial}",
        organisation=printable(look.organisation),
        unit=printable(look.unit),
        emblem=emblem_url(look.emblem),
        qr=qr,
        qr_alt=f"رمزینه اصالت‌سنجی نامه با شماره سریال {serial}",
        how_to_check=_how_to_check(look),
        serial=serial,
        tracking_number=grouped(letter.tracking_number),
        issued_on=moment_day(letter.issued_at),
        issued_at=letter.issued_at.isoformat(timespec="seconds"),
        sentence=_sentence(statement),
        facts=list(zip_longest(_person(statement.person), _summary(statement), fillvalue=Fact())),
        notes=[*_notes(letter, statement), AS_OF_NOTE, *([printable(look.note)] if look.note else [])],
    )


def _sentence(statement: Statement) -> Markup:
    as_of = day_words(statement.as_of_jalali)
    return Markup(
        "به استحضار می‌رساند {who}، تا تاریخ مبنای {as_of} و بر پایه لیست‌های ماهانه کارفرمایان، {record} است. "
        "این نامه به درخواست و با موافقت ایشان صادر شده {end}."
    ).format(
        who=_who(statement.person),
        as_of=as_of,
        record=_record(statement.summary),
        end="است" if statement.summary.first_month_jalali is None else "و ریز سوابق به شرح زیر است",
    )


def _who(person: Person) -> Markup:
    title = f"{TITLES[person.sex]} " if person.sex else ""
    codes = Markup("به کد ملی {}").format(isolated(to_persian_digits(person.national_code)))
    if person.insurance_number:
        codes += Markup(" و شماره بیمه {}").format(isolated(to_persian_digits(person.insurance_number)))
    parts = [Markup("{}<b>{}</b>").format(title, _full_name(person))]
    if person.father_name:
        parts.append(Markup("فرزند {}").format(person.father_name))
    if person.birth_date_jalali:
        parts.append(Markup("متولد {}").format(day_words(person.birth_date_jalali)))
    return COMMA.join([*parts, codes])


def _full_name(person: Person) -> str:
    return f"{person.first_name} {person.last_name}".lstrip()


def _record(summary: Summary) -> str:
    first, last = summary.first_month_jalali, summary.last_month_jalali
    if first is None or last is None:
        return "فاقد سابقه پرداخت حق بیمه"
    duration = f" ({duration_words(summary.duration)})" if summary.total_days else ""
    period = (
        f"در {month_words(first)}" if first == last else f"از {month_words(first)} تا {month_words(last)}"
    )
    return (
        f"دارای {counted(summary.total_days, 'روز')} سابقه{duration} "
        f"در {counted(summary.workshop_count, 'کارگاه')}، {period}،"
    )


def _person(person: Person) -> list[Fact]:
    facts = [
        ("نام و نام خانوادگی", _full_name(person)),
        ("نام پدر", person.father_name),
        ("کد ملی", isolated(to_persian_digits(person.national_code))),
        ("شماره بیمه", person.insurance_number and isolated(to_persian_digits(person.insurance_number))),
        ("تاریخ تولد", person.birth_date_jalali and day_words(person.birth_date_jalali)),
    ]
    return [Fact(label, value) for label, value in facts if value]


def _summary(statement: Statement) -> list[Fact]:
    summary = statement.summary
    facts = [
        ("مجموع سابقه", counted(summary.total_days, "روز")),
        ("معادل", duration_words(summary.duration) if summary.total_days else None),
        ("نخستین ماه", summary.first_month_jalali and month_words(summary.first_month_jalali)),
        ("آخرین ماه", summary.last_month_jalali and month_words(summary.last_month_jalali)),
        ("تعداد کارگاه", to_persian_digits(summary.workshop_count)),
        ("تاریخ مبنا", day_words(statement.as_of_jalali)),
    ]
    return [Fact(label, value) for label, value in facts if value]


def _notes(letter: Letter, statement: Statement) -> Iterable[Markup]:
    if statement.disputed_months:
        yield Markup("ماه‌های مورد اعتراض بیمه‌شده که در دست بررسی است: {}.").format(
            COMMA.join(_ranges(statement.disputed_months))
        )
    yield Markup(
        "در {}، روزهای هر ماه از طول تقویمی آن بیشتر نمی‌شود؛ هر سال ۱۲ ماه و هر ماه ۳۰ روز محاسبه شده است."
    ).format(
        StatementType.CONSOLIDATED.label.fa if StatementType.CONSOLIDATED in letter.types else "مجموع سابقه"
    )
    yield Markup("موافقت بیمه‌شده: نسخه {} موافقتنامه، {} (به وقت تهران).").format(
        to_persian_digits(letter.agreement.version), moment_words(letter.agreement.agreed_at)
    )


def _how_to_check(look: Look) -> Markup:
    address = isolated(printable(look.public_url))
    return Markup(
        "برای اطمینان از اصالت و به‌روز بودن نامه، رمزینه را اسکن کنید یا شماره سریال را در بخش "
        "«اصالت‌سنجی نامه» به نشانی {} وارد کنید. صفحه بازشده باید دقیقاً همین نشانی را داشته باشد "
        "و اطلاعات شخصی نشان نمی‌دهد."
    ).format(address)


def _ranges(months: Iterable[JalaliMonth]) -> Iterable[str]:
    ordered = enumerate(sorted(set(months)))
    for _, run in groupby(ordered, key=lambda place: place[1].year * 12 + place[1].month - place[0]):
        first, *rest = (month for _, month in run)
        yield f"{month_words(first)} تا {month_words(rest[-1])}" if rest else month_words(first)
