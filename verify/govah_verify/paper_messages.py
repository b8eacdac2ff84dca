"""What people do next with a scan, a photo or a saved copy of a letter, in both languages.

Most such files are true letters of honest people: no sentence here may be read as a proof of forgery. Called
by `report` and by Govah's services.
"""

from collections.abc import Mapping

from govah_verify.papers import Finding
from govah_verify.texts import Text

MESSAGES: Mapping[Finding, Text] = {
    Finding.SCANNED: Text(
        "رمزینه این تصویر اصیل است. تصویر نامه امضای دیجیتال ندارد و این عادی است؛ پس نوشته‌های آن را "
        "خودتان با مشخصات رمزینه بسنجید. اگر یکی است، این نامه را سازمان صادر کرده است؛ اگر فرق دارد، آن "
        "را نپذیرید.",
        "The QR code in this picture is genuine. A picture of a letter carries no digital signature, which "
        "is normal, so compare what is printed with the details of the QR code. If they agree, the "
        "organisation issued this letter; if they differ, do not accept it.",
    ),
    Finding.SAVED_AGAIN: Text(
        "این فایل رمزینه اصیل نامه را دارد، ولی برنامه دیگری آن را ذخیره یا چاپ کرده و امضای دیجیتال از "
        "میان رفته است. این به تنهایی نشانه جعل نیست. نوشته‌ها را با مشخصات رمزینه بسنجید: اگر فرق دارد، "
        "نامه را نپذیرید. فایل اصلی متقاضی همه نوشته‌ها را ثابت می‌کند.",
        "The file has the genuine QR code of a letter, but another program saved or printed it, and so the "
        "digital signature was lost. This alone is not a sign of forgery. Compare what is printed with the "
        "details of the QR code: if they differ, do not accept the letter. The applicant's original file "
        "proves all of the text.",
    ),
    Finding.SEVERAL_LETTERS: Text(
        "در این فایل رمزینه چند نامه است. هر نامه را در فایل جدا بفرستید و نوشته‌های هر صفحه را با رمزینه "
        "همان صفحه بسنجید.",
        "The file has the QR codes of several letters. Send each letter in a file of its own, and compare "
        "what is printed on each page with the QR code of that page.",
    ),
    Finding.OTHER_ADDRESS: Text(
        "رمزینه این نوشته به نشانی سازمان نمی‌رود. آن نشانی را باز نکنید و به این نوشته تکیه نکنید. از "
        "متقاضی فایل اصلی را بخواهید یا با کد رمز استعلام کنید.",
        "The QR code does not lead to the organisation's address. Do not open that address and do not rely "
        "on this document. Ask the applicant for the original file, or inquire with a secret code.",
    ),
    Finding.CODE_INVALID: Text(
        "رمزینه این نوشته تغییر کرده است: نام کلید سازمان را دارد، ولی سازمان آن را امضا نکرده است. به این "
        "نوشته تکیه نکنید. از متقاضی فایل اصلی را بخواهید یا با کد رمز استعلام کنید.",
        "The QR code was changed: it names the organisation's key, but the organisation did not sign it. "
        "Do not rely on this document. Ask the applicant for the original file, or inquire with a secret "
        "code.",
    ),
    Finding.CODE_INCOMPLETE: Text(
        "رمزینه نشانی سازمان را دارد، ولی مشخصات امضاشده در آن نیست یا کلید آن شناخته نیست. این به تنهایی "
        "نشانه جعل نیست. شماره سریال را بررسی کنید و فایل اصلی را از متقاضی بخواهید.",
        "The QR code has the organisation's address, but no signed details, or their key is not known. "
        "This alone is not a sign of forgery. Check the serial number, and ask the applicant for the "
        "original file.",
    ),
    Finding.CODE_UNREADABLE: Text(
        "در این تصویر رمزینه‌ای خوانده نشد. این درباره اصالت نامه چیزی نمی‌گوید. عکسی صاف و روشن بفرستید "
        "که همه رمزینه پایین صفحه در آن باشد، یا شماره سریال نامه را بررسی کنید.",
        "No QR code could be read in this picture. This says nothing about whether the letter is genuine. "
        "Send a sharp, well-lit picture with the whole QR code at the foot of the page, or check the "
        "serial number.",
    ),
    Finding.PICTURE_KIND: Text(
        "این گونه تصویر (مانند HEIC آیفون) خوانده نمی‌شود. این درباره اصالت نامه چیزی نمی‌گوید. تصویر را "
        "به شکل JPEG، PNG یا PDF ذخیره کنید و دوباره بفرستید؛ عکس صفحه (screenshot) هم کافی است.",
        "This kind of picture (such as HEIC of an iPhone) cannot be read. This says nothing about whether "
        "the letter is genuine. Save it as JPEG, PNG or PDF and send it again; a screenshot of it will do.",
    ),
    Finding.TOO_LARGE: Text(
        "این فایل برای خواندن رمزینه بیش از اندازه بزرگ یا پیچیده است. این درباره اصالت نامه چیزی "
        "نمی‌گوید. یک صفحه نامه را به شکل JPEG یا PNG بفرستید، یا شماره سریال را بررسی کنید.",
        "The file is too large or too complex for its QR code to be read. This says nothing about whether "
        "the letter is genuine. Send one page of the letter as JPEG or PNG, or check the serial number.",
    ),
    Finding.DAMAGED: Text(
        "این فایل آسیب دیده است و باز نمی‌شود. این درباره اصالت نامه چیزی نمی‌گوید. آن را دوباره از متقاضی "
        "بگیرید، یا شماره سریال نامه را بررسی کنید.",
        "The file is damaged and cannot be opened. This says nothing about whether the letter is genuine. "
        "Get it from the applicant again, or check the serial number.",
    ),
    Finding.ENCRYPTED: Text(
        "این فایل رمز دارد و باز نمی‌شود. این درباره اصالت نامه چیزی نمی‌گوید. فایل اصلی بدون رمز را از "
        "متقاضی بخواهید، یا شماره سریال نامه را بررسی کنید.",
        "The file is protected by a password and cannot be opened. This says nothing about whether the "
        "letter is genuine. Ask the applicant for the original file without one, or check the serial "
        "number.",
    ),
    Finding.NOT_OPENED: Text(
        "این فایل باز نمی‌شود: PDF نیست یا آسیب دیده است، و نشانی از نامه‌های ما در آن نیست. این درباره "
        "نامه متقاضی چیزی نمی‌گوید. فایل را دوباره از متقاضی بگیرید، یا شماره سریال نامه را بررسی کنید.",
        "The file cannot be opened: it is not a PDF, or it is damaged, and it has no trace of our letters. "
        "This says nothing about the applicant's letter. Get the file from the applicant again, or check "
        "the letter's serial number.",
    ),
}
# Of letters whose QR code names no person.
OLD_CODE = Text(
    "رمزینه این نامه از نسخه قدیمی است و نام کسی در آن نیست: تنها شماره سریال، تاریخ صدور و جمع روزها را "
    "گواهی می‌کند. برای سنجیدن نام، فایل اصلی را از متقاضی بخواهید یا با کد رمز استعلام کنید.",
    "The QR code of this letter is of an older version and names nobody: it states only the serial number, "
    "the day of issue and the total days. To check the name, ask the applicant for the original file, or "
    "inquire with a secret code.",
)
