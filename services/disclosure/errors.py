"""What can fail in disclosure, with status, stable code and words in both languages."""

from services.kit.problems import Problem, Text, TooManyAttempts, Unavailable


class AgreementRequired(Problem):
    status, code = 422, "agreement-required"
    title = Text("موافقت لازم است", "Agreement required")
    detail = Text(
        "بدون موافقت شما نامه‌ای تهیه نمی‌شود. موافقتنامه را بخوانید و «موافقم» را انتخاب کنید.",
        "No letter is made without your consent. Read the agreement and send agreed: true.",
    )


class AgreementOutdated(Problem):
    status, code = 409, "agreement-outdated"
    title = Text("موافقتنامه تغییر کرده است", "Agreement outdated")
    detail = Text(
        "متن موافقتنامه تغییر کرده است. متن تازه را بخوانید.", "The agreement has changed. Read the new text."
    )


class AgreementUnchanged(Problem):
    status, code = 409, "agreement-unchanged"
    title = Text("موافقتنامه تغییری ندارد", "Agreement unchanged")
    detail = Text(
        "این متن همان نسخه {version} است که اکنون برقرار است. متن تازه را بدهید.",
        "These texts are those of version {version}, which is the current one. Give the new texts.",
    )


class DailyLimitReached(TooManyAttempts):
    """Past the number of requests a day; `retry_after` in seconds."""

    title = Text("درخواست بیش از حد مجاز", "Too many requests")
    detail = Text(
        "تعداد درخواست‌های شما در ۲۴ ساعت به سقف مجاز رسیده است. {wait} دوباره درخواست کنید.",
        "You have reached the number of requests in 24 hours. Ask again {wait}.",
    )


class NotFailed(Problem):
    status, code = 409, "not-failed"
    title = Text("درخواست ناموفق نیست", "Request has not failed")
    detail = Text(
        "تنها درخواست ناموفق دوباره فرستاده می‌شود. وضعیت درخواست را ببینید.",
        "Only a failed request can be retried. Look at its status.",
    )


class NotClaimable(Problem):
    status, code = 409, "not-claimable"
    title = Text("درخواست در انتظار نیست", "Not claimable")
    detail = Text(
        "این درخواست اکنون برای تهیه آزاد نیست. کار را رها کنید.",
        "This request is not free to be rendered now. Drop the task.",
    )


class AttemptStale(Problem):
    status, code = 409, "attempt-stale"
    title = Text("نوبت از دست رفته است", "Attempt is stale")
    detail = Text(
        "این درخواست به نوبت دیگری سپرده شده است. کار را رها کنید.",
        "Another attempt has this request. Drop the work.",
    )


class DocumentDamaged(Problem):
    status, code = 422, "document-damaged"
    title = Text("فایل آسیب دیده است", "Document damaged")
    detail = Text(
        "فایل با چکیده اعلام‌شده مطابقت ندارد. دوباره ارسال کنید.",
        "The body is not the PDF whose hash was sent. Send it again.",
    )


class LetterRevoked(Problem):
    status, code = 409, "letter-revoked"
    title = Text("نامه باطل شده است", "Letter revoked")
    detail = Text(
        "این نامه باطل شده است و مجوزی برای آن صادر نمی‌شود. نامه تازه‌ای درخواست کنید.",
        "This letter has been revoked and no permit can be issued for it. Request a new one.",
    )


class CredentialsNotIssued(Unavailable):
    detail = Text(
        "این سامانه اکنون گواهی دیجیتال صادر نمی‌کند. نامه را به صورت PDF بگیرید، یا بعدا دوباره تلاش کنید.",
        "This system issues no credentials now. Get the letter as PDF, or try again later.",
    )


class PartUnknown(Problem):
    """A part that the statement does not have; `part` is its name as sent."""

    status, code = 422, "part-unknown"
    title = Text("بخش ناشناخته", "Unknown part")
    detail = Text(
        "این نامه بخشی به نام «{part}» ندارد. نام بخش‌ها را از صورت سوابق همان نامه بردارید.",
        "The letter has no part {part}. Take the names of parts from the statement of that letter.",
    )
