"""The words of findings about texts that are damaged, or that do not look like what they should be."""

from services.records.lists.wordings.wording import Wording

WORDINGS = {
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
    "text-implausible": Wording(
        "name-implausible",
        "{field} متن درستی به نظر نمی‌رسد و همان‌گونه ثبت می‌شود. آن را در لیست اصلاح کنید.",
        "{field} does not look like a proper text. It is imported as listed; correct it in the list.",
        "warning",
    ),
    "sex-unknown": Wording(
        "name-implausible",
        "{field} نه «مرد» است و نه «زن» و ثبت نمی‌شود. آن را در لیست اصلاح کنید.",
        "{field} is neither “مرد” nor “زن”, and is not stored. Correct it in the list.",
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
        "{field} درست نوشته نشده است؛ «{better}» خوانده و ثبت می‌شود. آن را در لیست اصلاح کنید.",
        "{field} is not written correctly. It is read and imported as “{better}”; correct it in the list.",
        "warning",
    ),
    "text-after-end": Wording(
        "text-after-end",
        "پس از پایان {field} نویسه‌های دیگری آمده است که خوانده نمی‌شود. آن را در لیست بررسی کنید.",
        "{field} has more characters after its end, which are not read. Check it in the list.",
        "warning",
    ),
}  # fmt: skip
