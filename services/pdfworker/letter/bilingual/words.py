"""The English words of a letter beside their Persian counterparts."""

from markupsafe import Markup

from services.kit.problems import Text
from services.pdfworker.letter import tables
from services.pdfworker.letter.marks import DISPUTED_NOTE

SUBJECT = "Subject: Record of social insurance contributions"
ADDRESSEE = "To the institution that receives this letter"
SALUTATION = "Dear Sir or Madam,"
SERIAL, TRACKING_NUMBER, ISSUED_ON = "Serial number", "Request number", "Date of issue"
ATTACHMENT, ATTACHED = "Attachment", "Machine-readable data"
PERSON_FACTS, RECORD_FACTS = "Insured person", "Summary of the record"
SENTENCE = Markup(
    "We hereby inform you that {who}, as of {as_of} and according to the monthly lists of employers, "
    "{record}. This letter was issued at the person's request and with the person's consent{end}."
)
DETAILS_FOLLOW = "; the details follow"
FACT_LABELS = {
    "نام و نام خانوادگی": "Full name",
    "نام پدر": "Father's name",
    "کد ملی": "National code",
    "شماره بیمه": "Insurance number",
    "تاریخ تولد": "Date of birth",
    "مجموع سابقه": "Total record",
    "معادل": "Equal to",
    "اولین ماه": "First month",
    "آخرین ماه": "Last month",
    "تعداد کارگاه": "Workshops",
    "تاریخ مبنا": "As of",
}
DISPUTED_MONTHS = "Months that the person disputes and that are under review: {months}."
COUNTING = (
    "In {where}, the days of a month do not exceed its length in the calendar. A year is counted as 12 "
    "months and a month as 30 days."
)
CONSENT = "Consent of the insured person: version {version} of the agreement, {at} (Tehran time)."
AS_OF = (
    "The letter shows the record as of the date above. Check with the QR code whether it is still current."
)
OWN_SPELLING_NOTE = Text(
    "املای نام به حروف لاتین از خود بیمه‌شده است، به گونه‌ای که هنگام درخواست نامه نوشته است. سازمان آن "
    "را با گذرنامه مقایسه نکرده است.",
    "The person's own spelling of the name, as the person gave it when requesting the letter. The "
    "organisation has not compared it with a passport.",
)
BY_PROGRAM_NOTE = Text(
    "برنامه این نام‌ها را حرف به حرف به لاتین برگردانده است. املای رسمی آن‌ها ممکن است فرق کند.",
    "Transliterated by a program, letter by letter: Persian does not write short vowels. The official "
    "spelling may differ.",
)
PERSIAN_DECIDES = Text(
    "در متن انگلیسی تاریخ میلادی پس از تاریخ شمسی آمده است. اگر دو متن فرق کند، متن فارسی معتبر است.",
    "Dates of the Jalali calendar are followed by the Gregorian ones. Where the two languages differ, the "
    "Persian text decides.",
)
HOW_TO_CHECK = (
    "To make sure that the letter is genuine and current, scan the QR code, or enter the serial number "
    "under “Check a letter” at {address}. The page that opens must have exactly this address; it does "
    "not show the full name."
)
SIGNED_NOTE = (
    "This letter is signed electronically and needs no stamp or handwritten signature. The signature can "
    "be verified in the PDF file."
)
# Of the tables.
TABLE, YEAR, MONTH, SUM, TOTAL = "Table", "Year", "Month", "Sum", "Total"
WORKSHOP_SUM, GRAND_TOTAL, YEAR_SUM, RUNNING_SUM = (
    "Sum of the workshop", "Total of all workshops", "Sum of the year", "Sum to the end of the year",
)  # fmt: skip
LIST_COLUMN, JOB_TITLE, DAYS, WAGE = (
    "Code, list number and name of the workshop", "Job title", "Days", "Insurable wage and benefits (rials)",
)  # fmt: skip
DURATION_PARTS = ("Days", "Years", "Months", "Days")
UNNAMED_WORKSHOP, WITHOUT_CODE = "Workshop without a name", "without a workshop code"
LIST, WITHOUT_LIST = "list", "without a list"
# Tables of months have no room for lists: with the table of wages in the same letter, or without.
SOURCES = {
    True: Text(
        "منبع: لیست‌های ماهانه کارفرمایان، و هر جا نشان دارد تصمیم درباره اعتراض. شماره لیست و عنوان شغل "
        "هر ماه در جدول ۲ است.",
        "Source: the monthly lists of employers, and decisions on objections where marked. The list "
        "number and job title of each month are in Table 2.",
    ),
    False: Text(
        "منبع: لیست‌های ماهانه کارفرمایان، و هر جا نشان دارد تصمیم درباره اعتراض. شماره لیست و عنوان شغل "
        "هر ماه در نامه «سوابق و ریز دستمزدها» می‌آید.",
        "Source: the monthly lists of employers, and decisions on objections where marked. The list "
        "number and job title of each month are in letters of the type “With wages”.",
    ),
}
CORRECTED_NOTE = "({mark}) {months}: recorded or corrected by the decision on objection number {number}."
FOOTNOTES = {
    tables.LISTS_NOTE: '"—": no list was received. "0": a list was received, with no days of work.',
    tables.AS_LISTED_NOTE: (
        "Each row is as the employer listed it. Concurrent days are counted separately in this table."
    ),
    tables.MOSTLY_AS_LISTED_NOTE: (
        "Each row without a mark of a correction is as the employer listed it. Concurrent days are "
        "counted separately in this table."
    ),
    tables.CONCURRENT_NOTE: (
        "Concurrent days in several workshops count once in the total, which is therefore less than the "
        "sum of the workshops."
    ),
    DISPUTED_NOTE: "(1) The insured person disputes this month; it is under review.",
}
