"""The words of findings about the files of a list, their tables and the list as a whole."""

from services.records.lists.wordings.wording import Wording

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
    "packed-unreadable": Wording(
        "file-unreadable",
        "این فایل در بایگانی رمز دارد، آسیب دیده یا بزرگ‌تر از ۲۰ مگابایت است. بایگانی را دوباره بسازید.",
        "This file is encrypted in the archive, damaged or larger than 20 MiB. Make the archive again.",
    ),
    "file-alone": Wording(
        "file-missing",
        "فایل دیگر این لیست کنار این فایل در بایگانی نیست. هر دو فایل لیست را در یک پوشه بگذارید.",
        "The list's other file is not beside this one in the archive. Put both into one folder.",
    ),
    "file-repeated": Wording(
        "file-repeated",
        "پوشه این فایل در بایگانی فایل دیگری به همین نام دارد. هر لیست را در پوشه‌ای جدا بگذارید.",
        "The folder of this file has another one of this name in the archive. Give each list a folder.",
    ),
    "not-processed": Wording(
        "not-processed",
        "پردازش این لیست چند بار ناتمام ماند. آن را جداگانه بفرستید و اگر باز نشد به پشتیبانی خبر دهید.",
        "This list could not be processed, several times. Send it alone, and inform support if that fails.",
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
    "header-count": Wording(
        "header-count",
        "فایل سرآیند باید دقیقاً یک سطر داشته باشد. برای هر لیست دو فایل جدا بفرستید.",
        "The header file must have exactly one record. Send two files for each list.",
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
    "list-empty": Wording(
        "list-empty",
        "فایل کارکنان هیچ سطری ندارد. اگر در این ماه کسی کار کرده است، لیست را دوباره بسازید.",
        "The workers' file has no rows. If anyone worked in this month, make the list again.",
        "warning",
    ),
}  # fmt: skip
