"""The findings of a list's checks; `wordings` has what they say."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from services.kit.text import normalise_text, to_persian_digits
from services.records.lists.wordings import WORDINGS, Code, Severity

_MAX_VALUE_LENGTH = 80


class ListFile(StrEnum):
    """The two files of a list."""

    HEADER = "DSKKAR00.DBF"
    WORKERS = "DSKWOR00.DBF"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: where it is, the value there, and a sentence about it in Persian and English.

    row counts the file's records from 1; row, field and value are None if a finding is about the whole file.
    expected is the value that was expected there, or None where no single value was. With an error the list
    is refused; a warning does not prevent its import.
    """

    file: ListFile
    row: int | None
    field: str | None
    value: str | None
    severity: Severity
    code: Code
    message_fa: str
    message_en: str


class _Wording(NamedTuple):
    code: Code
    fa: str
    en: str
    severity: Severity = "error"


_WORDINGS = {
    "empty": _Wording(
        "not-dbf",
        "فایل خالی است. فایل لیست را دوباره بفرستید.",
        "The file is empty. Send the list's file again.",
    ),
    "too-large": _Wording(
        "not-dbf",
        "فایل بزرگ‌تر از ۲۰ مگابایت است. لیست را در چند شماره بفرستید.",
        "The file is larger than 20 MiB. Send the list under several numbers.",
    ),
    "too-many-records": _Wording(
        "not-dbf",
        "فایل بیش از ۹۹٬۹۹۹ سطر دارد. لیست را در چند شماره بفرستید.",
        "The file has more than 99,999 records. Send the list under several numbers.",
    ),
    "other-kind": _Wording(
        "not-dbf",
        "این فایل از نوع {kind} است. فایل DBF را جداگانه بفرستید.",
        "This is a {kind} file. Send the DBF itself.",
    ),
    "not-dbase-3": _Wording(
        "not-dbf",
        "فایل جدول dBase یا FoxPro نیست. آن را با برنامه لیست بیمه بسازید.",
        "The file is not a table of dBase or FoxPro. Make it with a program for insurance lists.",
    ),
    "bad-columns": _Wording(
        "not-dbf",
        "ساختار ستون‌های فایل درست نیست. آن را با برنامه لیست بیمه بسازید.",
        "The file's columns are malformed. Make it with a program for insurance lists.",
    ),
    "cut-short": _Wording(
        "truncated",
        "فایل ناقص یا آسیب‌دیده است: اندازه آن با سرآیندش نمی‌خواند. آن را دوباره بفرستید.",
        "The file is cut short or damaged: its size does not fit its header. Send it again.",
    ),
    "field-missing": _Wording(
        "field-missing",
        "ستون {field} در فایل نیست. لیست را با برنامه‌ای بسازید که این ستون را می‌نویسد.",
        "The file has no {field}. Make the list with a program that writes it.",
    ),
    "field-not-text": _Wording(
        "field-missing",
        "ستون {field} از نوع یادداشت یا دودویی است و متن ندارد. لیست را با ستون متنی یا عددی بسازید.",
        "{field} is a memo or binary column and has no text. Make the list with a text or number column.",
    ),
    "files-swapped": _Wording(
        "files-swapped",
        "در جای {right} فایل {wrong} آمده است. هر فایل را در جای خود بفرستید.",
        "A {wrong} is in the place of {right}. Send each file in its own place.",
    ),
    "workshop-code": _Wording(
        "field-missing",
        "کد کارگاه باید ۱ تا ۱۰ نویسه باشد. کد را بنویسید.",
        "The workshop code has 1 to 10 characters. Give it.",
    ),
    "list-number": _Wording(
        "field-missing",
        "شماره لیست باید حداکثر ۱۲ نویسه باشد. شماره را اصلاح کنید.",
        "The list number has at most 12 characters. Correct it.",
    ),
    "last-name": _Wording(
        "field-missing",
        "نام خانوادگی خالی است. آن را بنویسید.",
        "The surname is blank. Give it.",
    ),
    "header-count": _Wording(
        "header-count",
        "فایل سرآیند باید دقیقاً یک سطر داشته باشد. برای هر لیست دو فایل جدا بفرستید.",
        "The header file must have exactly one record. Send two files for each list.",
    ),
    "sums-differ": _Wording(
        "sums-differ",
        "{field} با جمع سطرهای کارکنان ({added}) برابر نیست. لیست را دوباره بسازید.",
        "{field} differs from the sum over the workers' rows ({added}). Make the list again.",
    ),
    "period-differs": _Wording(
        "period-differs",
        "{field} با {of_header} در سرآیند یکی نیست. هر دو فایل را از یک لیست بفرستید.",
        "{field} is not the header's {of_header}. Send both files of one list.",
    ),
    "month": _Wording(
        "period-differs",
        "ماه لیست باید از ۱ تا ۱۲ باشد. سال و ماه را اصلاح کنید.",
        "The list's month must be 1 to 12. Correct the year and month.",
    ),
    "month-to-come": _Wording(
        "period-differs",
        "{month} هنوز نرسیده است. سال و ماه را اصلاح کنید.",
        "{month_en} has not come yet. Correct the year and month.",
    ),
    "days-out-of-range": _Wording(
        "days-out-of-range",
        "روزهای {month} نمی‌تواند بیش از {longest} باشد. روزها را اصلاح کنید.",
        "{month_en} cannot exceed {longest} days. Correct the days.",
    ),
    **{
        f"number/{code}": _Wording(
            code,
            "{field} باید عدد صحیح و نامنفی باشد. مقدار را در لیست اصلاح کنید.",
            "{field} must be a whole number, zero or more. Correct it in the list.",
        )
        for code in ("amount-negative", "days-out-of-range", "period-differs", "sums-differ")
    },
    "national-code-invalid": _Wording(
        "national-code-invalid",
        "کد ملی درست نیست: ده رقم با رقم کنترل لازم است. کد را از روی کارت ملی اصلاح کنید.",
        "The national code is invalid: ten digits with a check digit. Correct it from the card.",
    ),
    "person-twice": _Wording(
        "person-twice",
        "این شخص در سطر {first} هم آمده است. یکی از دو سطر را حذف کنید.",
        "This person is in row {first} too. Remove one of the two rows.",
    ),
    "foreigner-unknown": _Wording(
        "foreigner-without-code",
        "این تبعه خارجی نه کد ملی معتبر دارد و نه شماره بیمه. یکی از دو را بنویسید.",
        "This foreigner has neither a valid national code nor an insurance number. Give one of them.",
    ),
    "foreigner-without-code": _Wording(
        "foreigner-without-code",
        "این تبعه خارجی کد ملی معتبر ندارد؛ با شماره بیمه نگهداری می‌شود و هنوز حساب کاربری ندارد.",
        "This foreigner has no valid national code: identified by insurance number, no online account yet.",
        "warning",
    ),
    "list-changed": _Wording(
        "list-changed",
        "لیست {month} این کارگاه با همین شماره پیش‌تر با محتوای دیگری ثبت شده است. "
        "اگر این فایل‌ها درست است، از صفحه همان لیست جایگزینی آن را پیشنهاد دهید. "
        "شماره دیگر تنها برای لیست متمم است.",
        "This workshop's list of {month_en} with this number was imported with other content. "
        "If these files are right, propose on that list's page to replace it. "
        "Another number is for supplementary lists only.",
    ),
    "premium-differs": _Wording(
        "premium-differs",
        "حق بیمه ۷ درصد دستمزد و مزایای مشمول نیست. سطر همان‌گونه ثبت می‌شود؛ با کارفرما بررسی کنید.",
        "{field} is not 7 % of DSW_MASH. The row is imported as listed; check it with the employer.",
        "warning",
    ),
    "total-below-insurable": _Wording(
        "total-below-insurable",
        "جمع کل کمتر از دستمزد و مزایای مشمول است. سطر همان‌گونه ثبت می‌شود؛ با کارفرما بررسی کنید.",
        "{field} is below DSW_MASH. The row is imported as listed; check it with the employer.",
        "warning",
    ),
    "insurable-differs": _Wording(
        "wages-differ",
        "جمع مشمول با دستمزد و مزایا برابر نیست. سطر همان‌گونه ثبت می‌شود؛ با کارفرما بررسی کنید.",
        "{field} is not DSW_MAH + DSW_MAZ. The row is imported as listed; check it with the employer.",
        "warning",
    ),
    "monthly-wage-differs": _Wording(
        "wages-differ",
        "دستمزد ماهانه با دستمزد روزانه در روزها برابر نیست. سطر همان‌گونه ثبت می‌شود؛ با کارفرما بررسی کنید.",
        "{field} is not DSW_ROOZ × DSW_DD. The row is imported as listed; check it with the employer.",
        "warning",
    ),
    "birth-date-unreadable": _Wording(
        "identity-differs",
        "تاریخ تولد خوانا نیست و ثبت نمی‌شود. آن را به شکل ۱۳۶۰۰۲۱۱ بنویسید.",
        "The birth date cannot be read and is not stored. Write it like 13600211.",
        "warning",
    ),
    "insurance-number-unreadable": _Wording(
        "identity-differs",
        "شماره بیمه خوانا نیست و ثبت نمی‌شود. شماره بیمه حداکثر ۱۰ رقم است؛ آن را اصلاح کنید.",
        "The insurance number cannot be read and is not stored. It has at most 10 digits; correct it.",
        "warning",
    ),
    "identity-differs": _Wording(
        "identity-differs",
        "{field} با آنچه از این کد ملی ثبت شده یکی نیست؛ مقدار پیشین می‌ماند. مدارک را بررسی کنید.",
        "{field} differs from what is known of this national code; what was known stays. Check it.",
        "warning",
    ),
}  # fmt: skip


class RawFinding(NamedTuple):
    """A finding whose sentences are not written yet: of very many findings, most are only counted."""

    wording: str
    file: ListFile
    field: str | None
    row: int | None
    value: object
    expected: object
    details: Mapping[str, str | int]

    @property
    def order(self) -> tuple[str, str, int]:
        """Return the key that findings are sorted by: errors first, then by file and row."""
        return WORDINGS[self.wording].severity, self.file, self.row or 0

    def describe(self) -> Finding:
        """Return the finding with the details set into its sentences.

        Its value is safe to show: one line, no invisible characters, at most 80 characters.
        """
        wording = WORDINGS[self.wording]
        persian = {k: to_persian_digits(v) if isinstance(v, int) else v for k, v in self.details.items()}
        return Finding(
            file=self.file,
            row=self.row,
            field=self.field,
            value=_show_value(self.value),
            severity=wording.severity,
            code=wording.code,
            message_fa=wording.fa.format(field=self.field, **persian),
            message_en=wording.en.format(field=self.field, **self.details),
            expected=_show_value(self.expected),
        )


def _show_value(value: object) -> str | None:
    return None if value is None else normalise_text(str(value))[:_MAX_VALUE_LENGTH]


def make_finding(
    wording: str,
    file: ListFile,
    field: str | None = None,
    row: int | None = None,
    value: object = None,
    *,
    expected: object = None,
    **details: str | int,
) -> RawFinding:
    """Return a finding with the named wording."""
    return RawFinding(wording, file, field, row, value, expected, details)
