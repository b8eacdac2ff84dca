"""Prints what answers, letters that were asked for and receipts prove. Called by `command`."""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from govah_verify.answers import LARGEST_ANSWER, AnswerFault, AnswerInvalid, Proved
from govah_verify.key_set import ANSWERS_TYPE, LETTER_TYPE
from govah_verify.report import CANNOT_TELL, GENUINE, NOT_GENUINE
from govah_verify.texts import Text

_FAULTS: Mapping[AnswerFault, Text] = {
    AnswerFault.MALFORMED: Text(
        "این فایل به شکل فایل‌های امضاشده ما نیست یا ناقص است.",
        "The file does not have the form of our signed files, or is incomplete.",
    ),
    AnswerFault.OTHER_KIND: Text(
        "فایل از نوع دیگری است: پاسخ، نامه و رسید هر یک دستور خود را دارند.",
        "The file is of another kind: answers and letters, and receipts, have a command each.",
    ),
    AnswerFault.KEY_UNKNOWN: Text(
        "کلیدی که فایل با آن امضا شده است در فایل کلیدها نیست. فایل تازه کلیدها را بگیرید و دوباره بررسی "
        "کنید.",
        "The key that signed the file is not in the set. Get the current set of keys and check again.",
    ),
    AnswerFault.KEY_OF_OTHERS: Text(
        "کلیدی که فایل با آن امضا شده است برای این نوع فایل نیست.",
        "The key that signed the file does not sign files of this kind.",
    ),
    AnswerFault.SIGNATURE_WRONG: Text(
        "فایل پس از امضا تغییر کرده است.", "The file was changed after it was signed."
    ),
    AnswerFault.KEY_RETIRED: Text(
        "فایل در زمانی امضا شده است که این کلید به کار نمی‌رفت.",
        "The file was signed at a time at which this key was not in use.",
    ),
    AnswerFault.OTHER_ISSUER: Text("فایل از سامانه دیگری است.", "The file was issued by another system."),
    AnswerFault.OTHER_AUDIENCE: Text(
        "این پاسخ برای موسسه دیگری است. شناسه موسسه خود را با ‎--audience بدهید؛ پاسخی که با کد رمز گرفته‌اید "
        "شناسه ندارد.",
        "The answers were made for another institution. Give the id of yours with --audience; answers to a "
        "secret code have none.",
    ),
    AnswerFault.NOT_YET_VALID: Text(
        "زمان صدور فایل در آینده است؛ ساعت این رایانه را بررسی کنید.",
        "The file was issued in the future; check this computer's clock.",
    ),
    AnswerFault.ENDED: Text(
        "فایل اصیل است، ولی مدت اعتبار آن گذشته است. از متقاضی پاسخ تازه بخواهید.",
        "The file is genuine, but its days are over. Ask the applicant for new answers.",
    ),
}
# None of them says that the file is false.
_UNDECIDED = {AnswerFault.KEY_UNKNOWN, AnswerFault.NOT_YET_VALID}
_OTHER_DOCUMENT = Text(
    "این رسید از فایل دیگری است: چکیده آن یکی نیست.", "The receipt is of another file: the hash differs."
)
_ANSWERS: Mapping[str, Text] = {
    "yes": Text("بله", "yes"),
    "no": Text("خیر", "no"),
    "disputed": Text("مورد اعتراض", "disputed"),
    "not-known-yet": Text("هنوز معلوم نیست", "not known yet"),
}
_TITLES: Mapping[str, Text] = {
    ANSWERS_TYPE: Text("اصیل است: پاسخ به موسسه، شماره", "Genuine: answers to an institution, number"),
    LETTER_TYPE: Text("اصیل است: نامه اعلام سابقه، شماره", "Genuine: disclosure letter, number"),
}
_STATE = Text(
    "این که پس از صدور پس گرفته شده یا تغییر کرده است تنها با شماره سریال در سامانه معلوم می‌شود.",
    "Whether it was withdrawn or has changed since shows only online, by the serial number.",
)
_RECEIPT = Text("اصیل است: رسید", "Genuine: receipt")


def report_signed(file: Path, verify: Callable[[str], Proved], *, as_json: bool) -> int:
    """Return the exit status for answers or a letter, and print what they prove.

    Raises click.ClickException if the file cannot be read.
    """
    return _report_file(file, verify, _print_proved, as_json=as_json)


def report_receipt(
    file: Path, verify: Callable[[str], Proved], document: Path | None, *, as_json: bool
) -> int:
    """Return the exit status for a receipt, and print what it proves.

    With a document, the receipt must be about its bytes. Raises click.ClickException.
    """

    def verify_with_document(text: str) -> Proved:
        proved = verify(text)
        if document and proved.claims.get("sha256") != sha256(_read(document)).hexdigest():
            raise _OtherDocument
        return proved

    return _report_file(file, verify_with_document, _print_receipt, as_json=as_json)


class _OtherDocument(Exception):
    pass


def _report_file(
    file: Path, verify: Callable[[str], Proved], show: Callable[[Proved], None], *, as_json: bool
) -> int:
    text = _read(file, LARGEST_ANSWER + 1).decode("ascii", "replace")
    try:
        proved = verify(text)
    except AnswerInvalid as error:
        return _print_fault(error.fault.value, _FAULTS[error.fault], error.fault in _UNDECIDED, as_json)
    except _OtherDocument:
        return _print_fault("other-document", _OTHER_DOCUMENT, False, as_json)
    if as_json:
        document = {"genuine": True, "result": "genuine", "kind": proved.kind, "claims": proved.claims}
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        show(proved)
    return GENUINE


def _read(file: Path, most: int = -1) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(most)
    except OSError as error:
        raise click.ClickException(f"فایل خوانده نمی‌شود / cannot read the file: {error.strerror}") from error


def _print_fault(result: str, reason: Text, is_undecided: bool, as_json: bool) -> int:
    if as_json:
        document = {
            "genuine": result == AnswerFault.ENDED,
            "result": "cannot-tell" if is_undecided else result,
            "fa": reason.fa,
            "en": reason.en,
        }
        click.echo(json.dumps(document, ensure_ascii=False))
    elif is_undecided:
        click.echo(f"نمی‌توان گفت: {reason.fa}\nCannot tell: {reason.en}")
    elif result == AnswerFault.ENDED:
        click.echo(f"پایان یافته است: {reason.fa}\nEnded: {reason.en}")
    else:
        click.echo(f"اصیل نیست: {reason.fa}\nNot genuine: {reason.en}")
    return CANNOT_TELL if is_undecided else NOT_GENUINE


def _print_proved(proved: Proved) -> None:
    claims, title = proved.claims, _TITLES[proved.kind]
    click.echo(f"{title.fa} {claims['jti']}\n{_STATE.fa}\n{title.en} {claims['jti']}\n{_STATE.en}")
    for name in ("name", "national_code", "aud", "purpose", "reference", "as_of_jalali"):
        if claims.get(name) is not None:
            click.echo(f"  {name}: {claims[name]}")
    click.echo(
        f"  issued_at: {_format_moment(proved.issued_at)}\n  ends_at: {_format_moment(proved.ends_at)}"
    )
    for name in ("closed_until_jalali", "sha256", "statement_sha256"):
        if name in claims:
            click.echo(f"  {name}: {claims[name]}")
    for answer in claims.get("answers", ()):
        click.echo(f"  {_describe_answer(answer)}")


def _format_moment(moment: Any) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _describe_answer(answer: Mapping[str, Any]) -> str:
    parameters = [f"{name}={value}" for name, value in answer.items() if name not in ("question", "answer")]
    question = f"{answer['question']}({', '.join(parameters)})" if parameters else answer["question"]
    words = _ANSWERS[answer["answer"]]
    return f"{question}: {words.fa} / {words.en}"


def _print_receipt(proved: Proved) -> None:
    click.echo(f"{_RECEIPT.fa}\n{_RECEIPT.en}\n  issued_at: {_format_moment(proved.issued_at)}")
    for name, value in proved.claims.items():
        if name != "iat" and value not in (None, {}):
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            click.echo(f"  {name}: {text}")
