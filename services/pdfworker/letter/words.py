"""The fixed words of a letter, read by the template and by the pages that are set without it."""

SUBJECT = "موضوع: اعلام سابقه پرداخت حق بیمه"
ADDRESSEE = "مدیریت محترم موسسه استعلام‌کننده"
SALUTATION = "با سلام و احترام،"
SERIAL, TRACKING_NUMBER, ISSUED_ON = "شماره سریال", "شماره پیگیری درخواست", "تاریخ صدور"
ATTACHMENT, ATTACHED = "پیوست", "داده ماشین‌خوان"
PERSON_FACTS, RECORD_FACTS = "مشخصات بیمه‌شده", "خلاصه سوابق"
SIGNED_NOTE = (
    "این نامه به‌صورت الکترونیکی امضا شده است و به مهر و امضای دستی نیاز ندارد؛ "
    "امضا در فایل PDF قابل بررسی است."
)
YEAR, MONTH, SUM, TOTAL = "سال", "ماه", "جمع", "جمع کل"
WORKSHOP_SUM, GRAND_TOTAL, YEAR_SUM = "جمع کارگاه", "جمع کل همه کارگاه‌ها", "جمع سال"
LIST_COLUMN, JOB_TITLE, DAYS, WAGE = (
    "کد، شماره لیست و نام کارگاه",
    "عنوان شغل",
    "روز",
    "دستمزد و مزایای مشمول",
)
RUNNING_SUM = "جمع تا پایان سال"
DURATION_PARTS = ("به روز", "سال", "ماه", "روز")
CONTINUED = "ادامه"
TEST_NOTICE = "نمونه آزمایشی – فاقد اعتبار"
