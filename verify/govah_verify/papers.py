"""What the QR codes of a scan, a photo or a PDF without a valid signature say about the letter on paper.

A genuine code proves its claims and not the text beside it: people compare the two. Called by `report` and by
Govah's services.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidSignature

from govah_verify import letter_token
from govah_verify.letters import is_own_address
from govah_verify.scans import Problem, Scan, read_codes
from govah_verify.traces import Paper
from govah_verify.trust import Trust


class Finding(StrEnum):
    """What the codes of a file are worth."""

    # A genuine code in a picture, or in a PDF that was printed or saved by another program.
    SCANNED = "scanned"
    SAVED_AGAIN = "saved-again"
    # Genuine codes of more than one letter.
    SEVERAL_LETTERS = "several-letters"
    # A genuine token behind an address that is not the organisation's.
    OTHER_ADDRESS = "other-address"
    # A code that names our key and was not signed with it, or our address without a token.
    CODE_INVALID = "code-invalid"
    CODE_INCOMPLETE = "code-incomplete"
    # A picture without a code that can be read.
    CODE_UNREADABLE = "code-unreadable"
    PICTURE_KIND = "picture-kind"
    TOO_LARGE = "too-large"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    # Bytes that begin like a PDF and cannot be opened.
    NOT_OPENED = "not-opened"
    # A file without a trace, or with codes of others only.
    NOTHING = "nothing"


# Findings about a code that was read.
DECISIVE = frozenset(
    {
        Finding.SCANNED,
        Finding.SAVED_AGAIN,
        Finding.SEVERAL_LETTERS,
        Finding.OTHER_ADDRESS,
        Finding.CODE_INVALID,
        Finding.CODE_INCOMPLETE,
    }
)


@dataclass(frozen=True)
class PaperReading:
    """What the codes of a file are worth, and the letters that genuine ones are of, in their order."""

    finding: Finding
    papers: Sequence[Paper] = ()


def read_papers(data: bytes, trust: Trust, traces: Sequence[Paper] = ()) -> PaperReading:
    """Return what the QR codes of a file are worth. No bytes make it raise.

    `traces` are the tokens in its bytes. They count if no code can be read.
    """
    reading = judge_codes(read_codes(data), trust)
    if traces and reading.finding not in DECISIVE:
        return PaperReading(Finding.SAVED_AGAIN, traces)
    return reading


def judge_codes(scan: Scan, trust: Trust) -> PaperReading:
    """Return what QR codes that were read are worth."""
    judged = [_judge_text(text, trust) for text in scan.texts]
    papers = list({paper.token: paper for _, paper in judged if paper}.values())
    findings = {finding for finding, _ in judged}
    for worst in (Finding.CODE_INVALID, Finding.OTHER_ADDRESS):
        if worst in findings:
            return PaperReading(worst, papers)
    if papers:
        return PaperReading(_describe_papers(papers, scan), papers)
    return PaperReading(_explain_missing(findings, scan))


_BY_PROBLEM = {
    Problem.PICTURE_KIND: Finding.PICTURE_KIND,
    Problem.TOO_LARGE: Finding.TOO_LARGE,
    Problem.DAMAGED: Finding.DAMAGED,
    Problem.ENCRYPTED: Finding.ENCRYPTED,
}


def _describe_papers(papers: Iterable[Paper], scan: Scan) -> Finding:
    if len({paper.claims.serial for paper in papers}) > 1:
        return Finding.SEVERAL_LETTERS
    return Finding.SCANNED if scan.is_picture else Finding.SAVED_AGAIN


def _explain_missing(findings: Collection[Finding], scan: Scan) -> Finding:
    """Return why a file has no genuine code."""
    if Finding.CODE_INCOMPLETE in findings:
        return Finding.CODE_INCOMPLETE
    if scan.problem == Problem.DAMAGED and not scan.is_picture:
        return Finding.NOT_OPENED
    if scan.problem:
        return _BY_PROBLEM[scan.problem]
    return Finding.CODE_UNREADABLE if scan.is_picture and not scan.texts else Finding.NOTHING


def _judge_text(text: str, trust: Trust) -> tuple[Finding, Paper | None]:
    """Return what the text of one code is worth, and the paper of a genuine token."""
    address, _, token = text.strip().rpartition("#")
    try:
        claims = letter_token.verify_token(token, trust.letter_keys)
    except InvalidSignature:
        return Finding.CODE_INVALID, None
    except (ValueError, OverflowError):
        # Without a token, or with one whose key is not trusted yet.
        is_ours = is_own_address(address or token, None, trust)
        return Finding.CODE_INCOMPLETE if is_ours else Finding.NOTHING, None
    is_ours = not trust.public_urls or is_own_address(address, claims.serial, trust)
    return Finding.SCANNED if is_ours else Finding.OTHER_ADDRESS, Paper(token, claims)
