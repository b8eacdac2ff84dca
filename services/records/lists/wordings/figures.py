"""The words of findings about a list's numbers: codes, periods, days and money."""

from services.records.lists.wordings.wording import Wording

WORDINGS = {
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
    "not-a-number": Wording(
        "not-a-number",
        "{field} عدد نیست. مقدار را در لیست اصلاح کنید.",
        "{field} is not a number. Correct it in the list.",
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
}  # fmt: skip
