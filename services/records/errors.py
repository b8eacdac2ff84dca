"""The problems of records, with the words for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.kit.problems import NotFound, Problem, Text
from services.records.refusals import (  # noqa: F401 -- the documentation takes all problems from here
    AttachmentActive,
    AttachmentAmbiguous,
    AttachmentDamaged,
    AttachmentEncrypted,
    AttachmentExpands,
    AttachmentsFull,
    AttachmentTypeUnknown,
    AttachmentUnknown,
    DigestUnreadable,
    ImportIncomplete,
    ImportPartUnknown,
    ImportStatusDiffers,
    ImportUnknown,
    PartDamaged,
    PartDiffers,
    PartSizeWrong,
)

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


class PersonNotFound(NotFound):
    """An officer searched for a number, or for a name and birth date, that nobody has."""

    detail = Text(
        "کسی با این مشخصات در سوابق نیست. آنچه نوشته‌اید را بررسی و دوباره جستجو کنید.",
        "No person in the records fits. Check what you have entered and search again.",
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


class QuestionAsked(Problem):
    """An officer has already asked a question about this objection."""

    status, code = 409, "question-asked"
    title = Text("پرسش پیش‌تر فرستاده شده است", "A question was asked already")
    detail = Text(
        "درباره هر اعتراض یک بار می‌توان پرسید. اعتراض را دوباره باز کنید و پرسش و پاسخ آن را بخوانید.",
        "Only one question may be asked about an objection. Open it again and read its question and answer.",
    )


class QuestionMissing(Problem):
    """The person answers, but no officer has asked."""

    status, code = 409, "question-missing"
    title = Text("پرسشی نیست", "There is no question")
    detail = Text(
        "کارشناسان درباره این اعتراض چیزی نپرسیده‌اند. اگر مدرکی دارید، آن را پیوست کنید.",
        "No officer has asked about this objection. If you have papers, attach them.",
    )


class AnswerGiven(Problem):
    """The question has been answered; a second answer is refused."""

    status, code = 409, "answer-given"
    title = Text("پاسخ پیش‌تر فرستاده شده است", "The question was answered already")
    detail = Text(
        "به پرسش کارشناس پاسخ داده‌اید و پاسخ تغییر نمی‌کند. اگر مدرکی دارید، آن را پیوست کنید.",
        "You have answered the question, and an answer cannot be changed. If you have papers, attach them.",
    )


class OwnDecision(Problem):
    """An officer confirms their own proposal, or decides about their own record."""

    status, code = 403, "own-decision"
    title = Text("تصمیم خود شماست", "Your own decision")
    detail = Text(
        "کارشناس نمی‌تواند پیشنهاد خود را تایید کند یا درباره خود تصمیم بگیرد. به کارشناس دیگری بسپارید.",
        "You cannot confirm your own proposal or decide about your own record. Leave it to another officer.",
    )


class ProposalUnknown(NotFound):
    detail = Text(
        "چنین پیشنهادی نیست. شناسه را از فهرست پیشنهادها بردارید.",
        "There is no such proposal. Take its id from the collection of proposals.",
    )


class TargetUnknown(NotFound):
    """What a proposal is about does not exist."""

    detail = Text(
        "آنچه این پیشنهاد درباره آن است پیدا نشد. شناسه را در `target` بررسی کنید.",
        "What this proposal is about does not exist. Check the id in `target`.",
    )


class HeldRowUnknown(NotFound):
    detail = Text(
        "چنین سطر نگه‌داشته‌ای نیست. شناسه را از فهرست سطرهای نگه‌داشته بردارید.",
        "There is no such held row. Take its id from the collection of held rows.",
    )


class ProposalOpen(Problem):
    """Another proposal of this kind about the same thing is undecided; `proposal_id` is its id."""

    status, code = 409, "proposal-open"
    title = Text("پیشنهاد دیگری در انتظار است", "Another proposal is undecided")
    detail = Text(
        "پیشنهاد دیگری درباره همین مورد در انتظار تصمیم است. ابتدا درباره آن تصمیم بگیرید.",
        "Another proposal about the same thing is undecided. Decide about that one first.",
    )

    def __init__(self, proposal_id: object = None) -> None:
        super().__init__(extra={"proposal_id": proposal_id and str(proposal_id)})


class ProposalStatusDiffers(Problem):
    """The proposal was decided already; `proposal_status` is its current status."""

    status, code = 409, "proposal-status-differs"
    title = Text("درباره این پیشنهاد تصمیم گرفته شده است", "The proposal was decided")
    detail = Text(
        "این پیشنهاد دیگر در انتظار تصمیم نیست. آن را دوباره باز و نتیجه را بررسی کنید.",
        "The proposal waits for no decision any more. Open it again and check its status.",
    )

    def __init__(self, proposal_status: str) -> None:
        super().__init__(extra={"proposal_status": str(proposal_status)})


class ProposalOutdated(Problem):
    """What the proposal changes has changed since it was proposed."""

    status, code = 409, "proposal-outdated"
    title = Text("پیشنهاد کهنه شده است", "The proposal is outdated")
    detail = Text(
        "آنچه این پیشنهاد تغییر می‌دهد پس از آن تغییر کرده است. پیشنهاد را رد کنید و پیشنهاد تازه‌ای بدهید.",
        "What this proposal changes has changed since. Reject it and make a new one.",
    )


class OwnProposal(Problem):
    """An officer decides about their own proposal."""

    status, code = 403, "own-proposal"
    title = Text("پیشنهاد خود شماست", "Your own proposal")
    detail = Text(
        "کارشناس درباره پیشنهاد خود تصمیم نمی‌گیرد. آن را به کارشناس دیگری بسپارید یا پس بگیرید.",
        "You cannot decide about your own proposal. Leave it to another officer, or withdraw it.",
    )


class OthersProposal(Problem):
    """An officer withdraws a proposal of another officer."""

    status, code = 403, "others-proposal"
    title = Text("پیشنهاد کارشناس دیگر", "Another officer's proposal")
    detail = Text(
        "تنها پیشنهاددهنده پیشنهاد خود را پس می‌گیرد. اگر با آن موافق نیستید، آن را رد کنید.",
        "Only the officer who made a proposal withdraws it. Reject it if you disagree.",
    )


class OwnRecord(Problem):
    """An officer proposes or decides about their own record."""

    status, code = 403, "own-record"
    title = Text("سابقه خود شماست", "Your own record")
    detail = Text(
        "کارشناس درباره سابقه خود پیشنهاد نمی‌دهد و تصمیم نمی‌گیرد. آن را به کارشناس دیگری بسپارید.",
        "You can neither propose nor decide about your own record. Leave it to other officers.",
    )


class ListUnknown(NotFound):
    detail = Text(
        "چنین لیستی پذیرفته نشده است. شناسه را از فهرست لیست‌ها بردارید.",
        "No such list was accepted. Take its id from the collection of lists.",
    )


class FileNotKept(NotFound):
    """The list was imported before files were stored, or they were deleted after their time."""

    code = "file-not-kept"
    title = Text("فایل نگه‌داری نشده است", "File not kept")
    detail = Text(
        "فایل‌های این لیست نگه‌داری نشده، یا مدت نگه‌داری آن گذشته است. فایل را از کارفرما بخواهید.",
        "The files of this list were not stored, or their time is over. Ask the employer for the file.",
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
    """Return the findings with their `message` in that language.

    Findings that were stored by earlier versions have no `expected`.
    """
    return [
        {"expected": None}
        | {name: value for name, value in finding.items() if not name.startswith("message_")}
        | {"message": finding["message_en" if language == "en" else "message_fa"]}
        for finding in findings
    ]
