"""The words of findings about who the people of a list are."""

from services.records.lists.wordings.wording import Wording

WORDINGS = {
    "last-name": Wording(
        "field-missing",
        "نام خانوادگی خالی است. آن را بنویسید.",
        "The surname is blank. Give it.",
    ),
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
    "former-identifier": Wording(
        "identity-conflict",
        "{field} این سطر پیش‌تر از شخص دیگری با همین نام بود و اصلاح شده است. "
        "سطر تا تصمیم دو کارشناس در سابقه کسی حساب نمی‌شود.",
        "{field} of this row was that of a person of such a name until it was corrected. "
        "The row counts in nobody's record until two officers decide.",
        "held",
    ),
    "former-code-counted": Wording(
        "identity-differs",
        "کد ملی این شخص اصلاح شده است؛ سطر با شماره بیمه برای همان شخص حساب می‌شود. کد را در لیست اصلاح کنید.",
        "This person's national code was corrected; the row counts for the same person, by the insurance "
        "number. Correct the code in the list.",
        "warning",
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
