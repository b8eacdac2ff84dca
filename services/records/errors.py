"""The problems of records, with the words for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.kit.problems import NotFound, Problem, Text

Finding = Mapping[str, Any]


class PersonUnknown(NotFound):
    """The token is valid, but no person in the records has its id."""

    detail = Text(
        "برای این حساب سابقه‌ای پیدا نشد. با پشتیبانی سازمان تماس بگیرید.",
        "No record belongs to this account. Contact the organisation's support.",
    )


class NationalCodeUnknown(NotFound):
    """An officer searched for a national code that is in no list."""

    detail = Text(
        "کسی با این کد ملی در سوابق نیست. کد ملی را بررسی و دوباره جستجو کنید.",
        "No person in the records has this national code. Check it and search again.",
    )


class ObjectionUnknown(NotFound):
    """The objection is unknown, or another person's."""

    detail = Text(
        "چنین اعتراضی نیست. شناسه را از فهرست اعتراض‌ها بردارید.",
        "There is no such objection. Take its id from the collection of objections.",
    )


class ObjectionOpen(Problem):
    """Another objection of this kind is undecided."""

    status, code = 409, "objection-open"
    title = Text("اعتراض پیشین در دست بررسی است", "An objection is undecided")
    detail = Text(
        "اعتراض دیگری از همین نوع ثبت کرده‌اید که هنوز بررسی نشده است. تا پایان بررسی آن صبر کنید.",
        "Another objection of this kind is submitted and undecided. Wait for its decision.",
    )


class ObjectionStatusDiffers(Problem):
    """The objection's status does not allow the call; `objection_status` is its current status."""

    status, code = 409, "objection-status-differs"
    title = Text("وضعیت اعتراض تغییر کرده است", "The objection has moved on")
    detail = Text(
        "این کار در وضعیت کنونی اعتراض ممکن نیست. اعتراض را دوباره باز و وضعیت آن را بررسی کنید.",
        "The objection's current status does not allow this. Open it again and check its status.",
    )

    def __init__(self, objection_status: str) -> None:
        super().__init__(extra={"objection_status": str(objection_status)})


class OwnDecision(Problem):
    """An officer confirms their own proposal, or decides about their own record."""

    status, code = 403, "own-decision"
    title = Text("تصمیم خود شماست", "Your own decision")
    detail = Text(
        "کارشناس نمی‌تواند پیشنهاد خود را تایید کند یا درباره خود تصمیم بگیرد. به کارشناس دیگری بسپارید.",
        "You cannot confirm your own proposal or decide about your own record. Leave it to another officer.",
    )


class ListUnknown(NotFound):
    detail = Text(
        "چنین لیستی پذیرفته نشده است. شناسه را از فهرست لیست‌ها بردارید.",
        "No such list was accepted. Take its id from the collection of lists.",
    )


class ListRefused(Problem):
    """Nothing of the list was imported; `findings` explains why, `findings_total` is their full number."""

    status, code = 422, "list-refused"
    title = Text("لیست پذیرفته نشد", "List refused")
    detail = Text(
        "چیزی از این لیست ثبت نشد. خطاهای زیر را در فایل‌ها اصلاح و دوباره ارسال کنید.",
        "Nothing of this list was imported. Correct the errors below in the files and send them again.",
    )

    def __init__(self, findings: Sequence[Finding], findings_total: int) -> None:
        super().__init__()
        self.findings = findings
        self.findings_total = findings_total

    def build_document(self, language: str, request_id: str) -> dict[str, Any]:
        return super().build_document(language, request_id) | {
            "findings": translate_findings(self.findings, language),
            "findings_total": self.findings_total,
        }


def translate_findings(findings: Sequence[Finding], language: str) -> list[dict[str, Any]]:
    """Return the findings with their `message` in that language."""
    return [
        {name: value for name, value in finding.items() if not name.startswith("message_")}
        | {"message": finding["message_en" if language == "en" else "message_fa"]}
        for finding in findings
    ]
