"""Letters under certificates, time stamps and dates that are not what they should be, checked offline."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from pyhanko.sign.timestamps import DummyTimeStamper

from tests.attack.forging import AUTHORITY, Forgery, Pair, Usage, issue, sign_again, verify
from tests.attack.registry import AttackVoid, Outcome, Size, register_attack
from tests.attack.target import INQUIRY, Target
from tests.fakes.time_stamps import create_tsa, request_token

Rogue = tuple[Pair, Sequence[Pair]]


@contextmanager
def forging() -> Iterator[Forgery]:
    """Lend an organisation of the forger's own, once its own letters are genuine."""
    directory = Path(mkdtemp(prefix="govah-forgery-"))
    try:
        forgery = Forgery(directory)
        if not verify(forgery.sign_letter(), forgery.trust).is_genuine:
            raise AttackVoid("a genuine letter is not told as one")
        yield forgery
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def issue_rogues(root: Pair) -> Iterator[tuple[str, Rogue]]:
    """Yield signers that the trusted authority has issued, or seems to have, for something else."""

    def issue_leaf(name: str, *bits: str, extended: Sequence[Any] = (), by: Pair = root, **more: Any) -> Pair:
        return issue(name, Usage(bits, extended, **more), by)

    server = issue_leaf("printer7", "digital_signature", extended=[Purpose.SERVER_AUTH])
    yield "a TLS server", (server, ())
    yield "a TLS client", (issue_leaf("client", "digital_signature", extended=[Purpose.CLIENT_AUTH]), ())
    yield "key agreement", (issue_leaf("agree", "key_agreement", extended=[Purpose.CLIENT_AUTH]), ())
    yield "key agreement without purpose", (issue_leaf("agree2", "key_agreement"), ())
    yield "encipherment", (issue_leaf("encipher", "key_encipherment", "data_encipherment"), ())
    yield "code signing", (issue_leaf("code", "digital_signature", extended=[Purpose.CODE_SIGNING]), ())
    yield "mail", (issue_leaf("mail", "content_commitment", extended=[Purpose.EMAIL_PROTECTION]), ())
    yield "time stamps", (issue_leaf("stamps", "digital_signature", extended=[Purpose.TIME_STAMPING]), ())
    yield "OCSP", (issue_leaf("ocsp", "digital_signature", extended=[Purpose.OCSP_SIGNING]), ())
    yield "an authority's own usage", (issue_leaf("crl", "crl_sign"), ())
    no_cert_sign = issue("Sub CA", Usage(("digital_signature",), is_authority=True), root)
    yield (
        "below an authority without keyCertSign",
        (
            issue_leaf("below", "digital_signature", by=no_cert_sign),
            [no_cert_sign],
        ),
    )
    yield "below a leaf", (issue_leaf("below2", "digital_signature", by=server), [server])
    plain = issue("no constraints", Usage(("key_cert_sign",), is_authority=None), root)
    yield "below one without constraints", (issue_leaf("below3", "digital_signature", by=plain), [plain])
    flat = issue("flat CA", Usage(AUTHORITY.bits, is_authority=True, path_length=0), root)
    deep = issue("deep CA", AUTHORITY, flat)
    yield "below a pathLen of 0", (issue_leaf("deep", "digital_signature", by=deep), [deep, flat])
    namesake = issue("Organisation CA", AUTHORITY)
    yield "the authority's namesake", (issue_leaf("fake", "digital_signature", by=namesake), ())
    yield (
        "the authority's namesake in the chain",
        (
            issue_leaf("fake2", "digital_signature", by=namesake),
            [namesake],
        ),
    )
    own = issue("letters", Usage(("digital_signature", "content_commitment")))
    yield "one's own", (own, ())


@register_attack("certificates that are not for letters", "none of them makes a letter genuine, none raises")
def sign_with_rogues(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    with forging() as forgery:
        for name, (signer, between) in issue_rogues(forgery.root):
            verdict = verify(forgery.sign_letter(signer, between), forgery.trust)
            tally.add(name, is_hit=verdict.is_genuine or verdict.is_raised)
        own, day = forgery.signer, timedelta(days=1)
        for name, moment in (
            ("signed before it was valid", own.certificate.not_valid_before_utc - day),
            ("signed after it had ended", own.certificate.not_valid_after_utc + day),
        ):
            verdict = verify(
                _replace_date(forgery.sign_letter(), f"{moment:%Y%m%d%H%M%S}", own), forgery.trust
            )
            tally.add(name, is_hit=verdict.is_genuine or verdict.is_raised)
        short = issue("short CA", Usage(AUTHORITY.bits, is_authority=True, path_length=0))
        sub = issue("sub of short", AUTHORITY, short)
        signer = issue("below", Usage(("digital_signature",)), sub)
        trust = forgery.write_trust_file(forgery.trust.with_name("short.pem"), short)
        tally.add(
            "below a trusted pathLen of 0",
            is_hit=verify(forgery.sign_letter(signer, [sub]), trust).is_genuine,
        )
        trust = forgery.write_trust_file(forgery.trust.with_name("signer.pem"), forgery.signer)
        below = issue("by a signer", Usage(("digital_signature",)), forgery.signer)
        tally.add("issued by a named signer", is_hit=verify(forgery.sign_letter(below), trust).is_genuine)
    return tally.summarise()


def _replace_date(letter: bytes, digits: str, signer: Pair) -> bytes:
    start = letter.index(b"/M (D") + 5
    while not letter[start : start + 14].isdigit() or letter[start - 1 : start] not in {b":", b"2"}:
        start += 1
    return sign_again(letter[:start] + digits.encode() + letter[start + 14 :], signer.key)


@register_attack("impossible dates under a right signature", "not genuine, no traceback, no 500 at the check")
def sign_impossible_dates(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    serial = target.holder.letter["serial"]
    with forging() as forgery:
        letter = forgery.sign_letter(serial=serial)
        dates = ["99999999999999", "00000000000000", "20261301000000", "20260230000000", "20260101246060"]
        dates += ["20261201999999", "10000101000000", "99991231235959"]
        for digits in dates[: size.pick(3, len(dates))]:
            forged = _replace_date(letter, digits, forgery.signer)
            verdict = verify(forged, forgery.trust)
            tally.add(f"offline {digits}", is_hit=verdict.is_genuine or verdict.is_raised)
            answer = target.create_stranger().http.post(
                f"{INQUIRY}/letters/check", files={"file": ("l.pdf", forged)}
            )
            was_told = answer.status_code == 200 and answer.json()["result"] not in {"genuine", "superseded"}
            tally.add(f"check {digits}: {answer.status_code}", is_hit=not was_told)
    return tally.summarise()


def _build_junk_stamps(stamper: DummyTimeStamper) -> Iterator[tuple[str, bytes]]:
    yield from {
        "an octet string": b"\x04\x20" + b"a forged time stamp by anybody  ",
        "an empty sequence": b"\x30\x00",
        "null": b"\x05\x00",
        "a stranger's, of something else": request_token(stamper, b"\x01" * 32),
        "a set of nothing": b"\x31\x00",
        "no DER": b"\x30\x84\xff\xff\xff\xff",
        "deep nesting": b"\x30\x80" * 200 + b"\x00\x00" * 200,
    }.items()


def _make_constant(stamp: bytes) -> Callable[[bytes], bytes]:
    return lambda _value: stamp


def _has_trusted_stamp(report: dict[str, Any]) -> bool:
    """Return whether the command says that there is a time stamp to rely on."""
    stamp = report.get("time_stamp")
    state = stamp.get("state", stamp.get("status")) if isinstance(stamp, dict) else stamp
    return report.get("has_time_stamp") is True or state in {"valid", True}


@register_attack("time stamps by anybody", "never reported as a time stamp that holds, no traceback")
def stamp_junk(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    with forging() as forgery:
        stamper = create_tsa("a stranger's time stamps")
        letters = {
            name: forgery.sign_letter(stamp=_make_constant(stamp))
            for name, stamp in _build_junk_stamps(stamper)
        }
        letters["a stranger's of the very signature"] = forgery.sign_letter(
            stamp=lambda value: request_token(stamper, sha256(value).digest())
        )
        for name, letter in letters.items():
            verdict = verify(letter, forgery.trust)
            claims = verdict.is_genuine and _has_trusted_stamp(verdict.report)
            tally.add(f"{name}: {verdict.report.get('time_stamp')}", is_hit=verdict.is_raised or claims)
    return tally.summarise()
