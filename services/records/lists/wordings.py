"""The words of findings, which officers and employers read, in Persian and English.

A code may have several wordings. The braces name the details that a check gives.
"""

from typing import Literal, NamedTuple

Severity = Literal["error", "held", "warning"]
Code = Literal[
    "not-dbf", "truncated", "field-missing", "header-count", "sums-differ", "period-differs",
    "days-out-of-range", "amount-negative", "national-code-invalid", "person-twice", "list-changed",
    "premium-differs", "total-below-insurable", "wages-differ", "identity-differs", "foreigner-without-code",
    "value-missing", "code-padded", "date-unreadable", "list-empty",
    "files-swapped", "text-unreadable", "name-implausible",
    "name-differs", "identity-conflict", "insurance-number-shared",
]  # fmt: skip


class Wording(NamedTuple):
    """What a finding says."""

    code: Code
    fa: str
    en: str
    severity: Severity = "error"


WORDINGS = {
    "empty": Wording(
        "not-dbf",
        "فایل خالی است. فایل لیست را دوباره بفرستید.",
        "The file is empty. Send the list's file again.",
    ),
    "too-large": Wording(
        "not-dbf",
        "فایل بزرگ‌تر از ۲۰ مگابایت است. لیست را در چند شماره بفرستید.",
        "The file is larger than 20 MiB. Send the list under several numbers.",
    ),
    "too-many-records": Wording(
        "not-dbf",
        "فایل بیش از ۹۹٬۹۹۹ سطر دارد. لیست را در چند شماره بفرستید.",
        "The file has more than 99,999 records. Send the list under several numbers.",
    ),
    "other-kind": Wording(
        "not-dbf",
        "این فایل از نوع {kind} است. فایل DBF را جداگانه بفرستید.",
        "This is a {kind} file. Send the DBF itself.",
    ),
    "not-dbase-3": Wording(
        "not-dbf",
        "فایل جدول dBase یا FoxPro نیست. آن را با برنامه لیست بیمه بسازید.",
        "The file is not a table of dBase or FoxPro. Make it with a program for insurance lists.",
    ),
    "bad-columns": Wording(
        "not-dbf",
        "ساختار ستون‌های فایل درست نیست. آن را با برنامه لیست بیمه بسازید.",
        "The file's columns are malformed. Make it with a program for insurance lists.",
    ),
    "cut-short": Wording(
        "truncated",
        "فایل ناقص یا آسیب‌دیده است: اندازه آن با سرآیندش نمی‌خواند. آن را دوباره بفرستید.",
        "The file is cut short or damaged: its size does not fit its header. Send it again.",
    ),
    "text-unreadable": Wording(
        "text-unreadable",
        "نام‌ها با هیچ کدگذاری خوانا نیست. لیست را دوباره با کدگذاری Windows-1256 یا ایران‌سیستم بسازید.",
        "The names cannot be read in any encoding. Make the list again in Windows-1256 or Iran System.",
    ),
    "text-converted": Wording(
        "text-unreadable",
        "نام‌ها هنگام تبدیل خراب شده است (این نام شاید «{better}» باشد). لیست را دوباره با کدگذاری "
        "Windows-1256 یا ایران‌سیستم بسازید.",
        "The names were damaged by a conversion (this one may be “{better}”). "
        "Make the list again in Windows-1256 or Iran System.",
    ),
    "name-implausible": Wording(
        "name-implausible",
        "{field} نام درستی به نظر نمی‌رسد و همان‌گونه ثبت می‌شود. نام را در لیست اصلاح کنید.",
        "{field} does not look like a name. It is imported as listed; correct it in the list.",
        "warning",
    ),
    "name-cut": Wording(
        "name-implausible",
        "{field} ستون خود را پر کرده و شاید آخر آن بریده باشد. نام را کامل در ستونی پهن‌تر بنویسید.",
        "{field} fills its column, and its end may be cut off. Write the whole name in a wider column.",
        "warning",
    ),
    "name-converted": Wording(
        "name-implausible",
        "{field} درست نوشته نشده است؛ «{better}» خوانده و ثبت می‌شود. نام را در لیست اصلاح کنید.",
        "{field} is not written correctly. It is read and imported as “{better}”; correct it in the list.",
        "warning",
    ),
    "field-missing": Wording(
        "field-missing",
        "ستون {field} در فایل نیست. لیست را با برنامه‌ای بسازید که این ستون را می‌نویسد.",
        "The file has no {field}. Make the list with a program that writes it.",
    ),
    "field-not-text": Wording(
        "field-missing",
        "ستون {field} از نوع یادداشت یا دودویی است و متن ندارد. لیست را با ستون متنی یا عددی بسازید.",
        "{field} is a memo or binary column and has no text. Make the list with a text or number column.",
    ),
    "files-swapped": Wording(
        "files-swapped",
        "در جای {right} فایل {wrong} آمده است. هر فایل را در جای خود بفرستید.",
        "A {wrong} is in the place of {right}. Send each file in its own place.",
    ),
    "workshop-code": Wording(
        "field-missing",
        "کد کارگاه باید ۱ تا ۱۰ نویسه باشد. کد را بنویسید.",
        "The workshop code has 1 to 10 characters. Give it.",
    ),
    "list-number": Wording(
        "field-missing",
        "شماره لیست باید حداکثر ۱۲ نویسه باشد. شماره را اصلاح کنید.",
        "The list number has at most 12 characters. Correct it.",
    ),
    "last-name": Wording(
        "field-missing",
        "نام خانوادگی خالی است. آن را بنویسید.",
        "The surname is blank. Give it.",
    ),
    "header-count": Wording(
        "header-count",
        "فایل سرآیند باید دقیقاً یک سطر داشته باشد. برای هر لیست دو فایل جدا بفرستید.",
        "The header file must have exactly one record. Send two files for each list.",
    ),
    "sums-differ": Wording(
        "sums-differ",
        "{field} با جمع سطرهای کارکنان ({added}) برابر نیست. لیست را دوباره بسازید.",
        "{field} differs from the sum over the workers' rows ({added}). Make the list again.",
    ),
    "period-differs": Wording(
        "period-differs",
        "{field} با {of_header} در سرآیند یکی نیست. هر دو فایل را از یک لیست بفرستید.",
        "{field} is not the header's {of_header}. Send both files of one list.",
    ),
    "month": Wording(
        "period-differs",
        "ماه لیست باید از ۱ تا ۱۲ باشد. سال و ماه را اصلاح کنید.",
        "The list's month must be 1 to 12. Correct the year and month.",
    ),
    "month-to-come": Wording(
        "period-differs",
        "{month} هنوز نرسیده است. سال و ماه را اصلاح کنید.",
        "{month_en} has not come yet. Correct the year and month.",
    ),
    "days-out-of-range": Wording(
        "days-out-of-range",
        "روزهای {month} نمی‌تواند بیش از {longest} باشد. روزها را اصلاح کنید.",
        "{month_en} cannot exceed {longest} days. Correct the days.",
    ),
    **{
        f"number/{code}": Wording(
            code,
            "{field} باید عدد صحیح و نامنفی باشد. مقدار را در لیست اصلاح کنید.",
            "{field} must be a whole number, zero or more. Correct it in the list.",
        )
        for code in ("amount-negative", "days-out-of-range", "period-differs", "sums-differ")
    },
    "national-code-invalid": Wording(
        "national-code-invalid",
        "کد ملی درست نیست: ده رقم با رقم کنترل لازم است. کد را از روی کارت ملی اصلاح کنید.",
        "The national code is invalid: ten digits with a check digit. Correct it from the card.",
    ),
    "person-twice": Wording(
        "person-twice",
        "این شخص در سطر {first} هم آمده است. یکی از دو سطر را حذف کنید.",
        "This person is in row {first} too. Remove one of the two rows.",
    ),
    "foreigner-unknown": Wording(
        "foreigner-without-code",
        "این تبعه خارجی نه کد ملی معتبر دارد و نه شماره بیمه. یکی از دو را بنویسید.",
        "This foreigner has neither a valid national code nor an insurance number. Give one of them.",
    ),
    "foreigner-without-code": Wording(
        "foreigner-without-code",
        "این تبعه خارجی کد ملی معتبر ندارد؛ با شماره بیمه نگهداری می‌شود و هنوز حساب کاربری ندارد.",
        "This foreigner has no valid national code: identified by insurance number, no online account yet.",
        "warning",
    ),
    "list-changed": Wording(
        "list-changed",
        "لیست {month} این کارگاه با همین شماره پیش‌تر با محتوای دیگری ثبت شده است. "
        "اگر این فایل‌ها درست است، از صفحه همان لیست جایگزینی آن را پیشنهاد دهید. "
        "شماره دیگر تنها برای لیست متمم است.",
        "This workshop's list of {month_en} with this number was imported with other content. "
        "If these files are right, propose on that list's page to replace it. "
        "Another number is for supplementary lists only.",
    ),
    "premium-differs": Wording(
        "premium-differs",
        "حق بیمه ۷ درصد دستمزد و مزایای مشمول نیست. سطر همان‌گونه ثبت می‌شود؛ با کارفرما بررسی کنید.",
        "{field} is not 7 % of DSW_MASH. The row is imported as listed; check it with the employer.",
        "warning",
    ),
    "total-below-insurable": Wording(
        "total-below-insurable",
        "جمع کل کمتر از دستمزد و مزایای مشمول است. سطر همان‌گونه ثبت می‌شود؛ با کارفرما بررسی کنید.",
        "{field} is below DSW_MASH. The row is imported as listed; check it with the employer.",
        "warning",
    ),
    "insurable-differs": Wording(
        "wages-differ",
        "جمع مشمول با دستمزد و مزایا برابر نیست. سطر همان‌گونه ثبت می‌شود؛ با کارفرما بررسی کنید.",
        "{field} is not DSW_MAH + DSW_MAZ. The row is imported as listed; check it with the employer.",
        "warning",
    ),
    "monthly-wage-differs": Wording(
        "wages-differ",
        "دستمزد ماهانه با دستمزد روزانه در روزها برابر نیست. سطر همان‌گونه ثبت می‌شود؛ با کارفرما بررسی کنید.",
        "{field} is not DSW_ROOZ × DSW_DD. The row is imported as listed; check it with the employer.",
        "warning",
    ),
    "value-missing": Wording(
        "value-missing",
        "{field} خالی است و خالی به معنای صفر نیست. مقدار آن را بنویسید.",
        "{field} is blank, and a blank is not a zero. Give its value.",
    ),
    "list-empty": Wording(
        "list-empty",
        "فایل کارکنان هیچ سطری ندارد. اگر در این ماه کسی کار کرده است، لیست را دوباره بسازید.",
        "The workers' file has no rows. If anyone worked in this month, make the list again.",
        "warning",
    ),
    "code-padded": Wording(
        "code-padded",
        "صفرهای آغاز {field} کم یا زیاد است؛ به شکل {canonical} ثبت می‌شود. آن را بررسی کنید.",
        "{field} has lost or gained leading zeros; it is stored as {canonical}. Check it.",
        "warning",
    ),
    "list-number-blank": Wording(
        "code-padded",
        "شماره لیست خالی است؛ به شکل {canonical} ثبت می‌شود. آن را بررسی کنید.",
        "The list number is blank; it is stored as {canonical}. Check it.",
        "warning",
    ),
    "date-unreadable": Wording(
        "date-unreadable",
        "{field} خوانا نیست یا در تقویم نیست و ثبت نمی‌شود. آن را به شکل ۱۳۶۰۰۲۱۱ بنویسید.",
        "{field} cannot be read or is not in the calendar, and is not stored. Write it like 13600211.",
        "warning",
    ),
    "birth-date-late": Wording(
        "date-unreadable",
        "تاریخ تولد پس از ماه لیست است و ثبت نمی‌شود. آن را به شکل ۱۳۶۰۰۲۱۱ بنویسید.",
        "The birth date is after the list's month and is not stored. Write it like 13600211.",
        "warning",
    ),
    "insurance-number-unreadable": Wording(
        "identity-differs",
        "شماره بیمه خوانا نیست و ثبت نمی‌شود. شماره بیمه حداکثر ۱۰ رقم است؛ آن را اصلاح کنید.",
        "The insurance number cannot be read and is not stored. It has at most 10 digits; correct it.",
        "warning",
    ),
    "identity-differs": Wording(
        "identity-differs",
        "{field} با آنچه از این کد ملی ثبت شده یکی نیست؛ مقدار پیشین می‌ماند. مدارک را بررسی کنید.",
        "{field} differs from what is known of this national code; what was known stays. Check it.",
        "warning",
    ),
    "name-differs": Wording(
        "name-differs",
        "{field} با آنچه از این شخص ثبت شده یکی نیست؛ مقدار پیشین می‌ماند. مدارک را بررسی کنید.",
        "{field} differs from what is known of this person; what was known stays. Check it.",
        "warning",
    ),
    "names-of-another": Wording(
        "identity-conflict",
        "نام و نام خانوادگی و نام پدر این سطر با صاحب این کد ملی یا شماره بیمه نمی‌خواند. "
        "سطر تا تصمیم دو کارشناس در سابقه کسی حساب نمی‌شود.",
        "No name in this row is that of the person known by this code or number. "
        "The row counts in nobody's record until two officers decide.",
        "held",
    ),
    "number-of-another": Wording(
        "identity-conflict",
        "این شماره بیمه از شخص دیگری است. سطر تا تصمیم دو کارشناس در سابقه کسی حساب نمی‌شود.",
        "This insurance number belongs to another person. "
        "The row counts in nobody's record until two officers decide.",
        "held",
    ),
    "same-person-twice": Wording(
        "identity-conflict",
        "این سطر و سطر {first} از یک شخص است. سطر تا تصمیم دو کارشناس در سابقه کسی حساب نمی‌شود.",
        "This row and row {first} are of one person. "
        "The row counts in nobody's record until two officers decide.",
        "held",
    ),
    "insurance-number-shared": Wording(
        "insurance-number-shared",
        "این شماره بیمه در این لیست برای دو شخص آمده است. "
        "هر دو سطر تا تصمیم دو کارشناس در سابقه کسی حساب نمی‌شود.",
        "This insurance number stands for two people in this list. "
        "Both rows count in nobody's record until two officers decide.",
        "held",
    ),
}  # fmt: skip
