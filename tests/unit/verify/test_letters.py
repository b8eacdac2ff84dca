"""`govah letter`: only genuine letters pass offline."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result as CommandResult

from govah.cli import run_command
from govah_verify import messages
from govah_verify.examination import Result
from govah_verify.letters import NotProved, verify_file, verify_qr
from govah_verify.trust import Trust, load_trust
from govah_verify.validation import StampStatus
from services.pdfworker.signing import authority
from services.pdfworker.signing.prove import Prover
from tests.unit.pdfworker.provable import (
    LETTER,
    STATEMENT,
    URL,
    create_keys,
    create_signed_letter,
    create_unsigned_letter,
    load_prover,
)
from tests.unit.pdfworker.statements import build_career, build_statement


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def prover(keys: Path) -> Prover:
    return load_prover(keys)


@pytest.fixture(scope="module")
def trust(keys: Path) -> Trust:
    return load_trust(keys / authority.TRUST)


@pytest.fixture(scope="module")
def letter(prover: Prover) -> bytes:
    return create_signed_letter(prover)


def get_reason(data: bytes, trust: Trust) -> object:
    """Return the reason why a file proves nothing."""
    with pytest.raises(NotProved) as refused:
        verify_file(data, trust)
    return refused.value.reason


def test_a_letter_proves_itself(letter: bytes, trust: Trust) -> None:
    proved = verify_file(letter, trust)
    assert proved.claims.serial == LETTER["serial"]
    assert proved.claims.total_days == STATEMENT["summary"]["total_days"]
    assert str(proved.claims.issued_on) == "2026-11-23"  # in Tehran
    assert authority.SIGNER_NAME in proved.signer
    assert proved.time_stamp.status == StampStatus.NONE


@pytest.mark.parametrize("version", [1, 2])
def test_a_letter_of_either_version_proves_itself(prover: Prover, trust: Trust, version: int) -> None:
    statement = build_statement(build_career("1402-01", 14, 2), version=version)
    proved = verify_file(create_signed_letter(prover, statement), trust)
    assert proved.claims.total_days == statement["summary"]["total_days"]


def test_every_byte_counts(letter: bytes, trust: Trust) -> None:
    contents = letter.index(b"/Contents <") + 10
    signature = range(contents, contents + 2200)
    places = {*random.Random(2).sample(range(len(letter)), 1000), *signature, len(letter) - 1}
    proved = []
    for place in places:
        for bit in (1, 0x20):
            changed = bytearray(letter)
            changed[place] ^= bit
            try:
                verify_file(bytes(changed), trust)
            except NotProved:
                continue
            proved.append((place, bit))
    assert proved == []


def test_added_or_missing_bytes_are_reported(letter: bytes, trust: Trust) -> None:
    assert get_reason(letter + b"\n", trust) == messages.NOT_WHOLE
    assert get_reason(letter[:-1], trust) == messages.NOT_WHOLE
    assert get_reason(letter + letter, trust) == messages.NOT_WHOLE


def test_a_later_update_is_reported(letter: bytes, prover: Prover, trust: Trust) -> None:
    updated = letter + b"1 0 obj\n<<>>\nendobj\ntrailer\n<</Size 1>>\nstartxref\n0\n%%EOF\n"
    assert get_reason(updated, trust) == messages.NOT_WHOLE


def test_an_unsigned_file_is_reported(trust: Trust) -> None:
    for data in (b"", b"%PDF-1.7", create_unsigned_letter(), b"\0" * 1000):
        assert get_reason(data, trust) == messages.NOT_SIGNED


def test_capitals_in_the_signature_are_malformed(letter: bytes, trust: Trust) -> None:
    start = letter.index(b"/Contents <") + 11
    capitals = letter[:start] + letter[start : start + 8000].upper() + letter[start + 8000 :]
    assert get_reason(capitals, trust) == messages.MALFORMED


def test_an_unknown_token_under_a_trusted_signature_is_undecidable(
    prover: Prover, trust: Trust, tmp_path: Path
) -> None:
    foreign = load_prover(create_keys(tmp_path)).build_qr_text(LETTER, STATEMENT)
    with pytest.raises(NotProved) as refused:
        verify_file(create_signed_letter(prover, qr_text=foreign), trust)
    assert (refused.value.reason, refused.value.result) == (messages.KEY_UNKNOWN, Result.CANNOT_TELL)


def test_another_authority_is_not_trusted(trust: Trust, tmp_path: Path) -> None:
    foreign = create_signed_letter(load_prover(create_keys(tmp_path)))
    assert get_reason(foreign, trust) == messages.SIGNER_UNKNOWN


def test_a_replaced_statement_is_reported(prover: Prover, trust: Trust) -> None:
    richer = {**STATEMENT, "summary": {**STATEMENT["summary"], "workshop_count": 9}}
    text = prover.build_qr_text(LETTER, STATEMENT)
    replaced = create_signed_letter(prover, richer, qr_text=text)
    assert get_reason(replaced, trust) == messages.STATEMENT_DIFFERS


def test_the_text_of_the_qr_code_proves_itself(prover: Prover, trust: Trust) -> None:
    text, trust = prover.build_qr_text(LETTER, STATEMENT), trust.add_public_urls([URL])
    _, _, token = text.partition("#")
    assert verify_qr(text, trust) == verify_qr(token, trust)
    wrong: Sequence[tuple[str, object]] = (
        (token[:-1], messages.TOKEN_MALFORMED),
        (token[:-1] + ("B" if token[-1] != "B" else "C"), messages.TOKEN_MALFORMED),
        ("", messages.TOKEN_MALFORMED),
        ("متن", messages.TOKEN_MALFORMED),
        ("Aw" + token[2:], messages.TOKEN_MALFORMED),
        (token[:3] + ("A" if token[3] != "A" else "B") + token[4:], messages.KEY_UNKNOWN),
        (token[:20] + ("A" if token[20] != "A" else "B") + token[21:], messages.TOKEN_CHANGED),
        (f"{URL}/l/4071829365019#{token}", messages.OTHER_SERIAL),
        (f"{URL}/#{token}", messages.OTHER_SERIAL),
        (f"{URL}/l/{LETTER['serial']}/#{token}", messages.OTHER_SERIAL),
        (f"{URL}/x/l/{LETTER['serial']}#{token}", messages.OTHER_SERIAL),
        (f"{URL}/l/{LETTER['serial']}?to=evil#{token}", messages.OTHER_SERIAL),
    )
    for text, reason in wrong:
        with pytest.raises(NotProved) as refused:
            verify_qr(text, trust)
        assert refused.value.reason == reason, text


@pytest.mark.parametrize(
    "base",
    [
        "https://evil.example",
        "https://govah.example.evil.example",
        "https://evil.example/https://govah.example",
        "https://govah.example@evil.example",
        "https://govah.example:443@evil.example",
        "https://user@govah.example",
        "https://govah.example:8443",
        "https://govah.example:x",
        "https://[govah.example",
        "https://evil.example\\@govah.example",
        "javascript://govah.example",
        "ftp://govah.example",
        "//govah.example",
        "govah.example",
        "x",
    ],
)
def test_a_qr_code_with_another_address_does_not_count(prover: Prover, trust: Trust, base: str) -> None:
    _, _, token = prover.build_qr_text(LETTER, STATEMENT).partition("#")
    with pytest.raises(NotProved) as refused:
        verify_qr(f"{base}/l/{LETTER['serial']}#{token}", trust.add_public_urls([URL]))
    assert (refused.value.reason, refused.value.result) == (messages.OTHER_ADDRESS, Result.NOT_OURS)


@pytest.mark.parametrize(
    "base",
    [
        URL,
        "http://govah.example",
        "https://GOVAH.example",
        "https://govah.example:443",
        "https://old.example",
    ],
)
def test_a_qr_code_with_a_trusted_address_counts_in_every_spelling(
    prover: Prover, trust: Trust, base: str
) -> None:
    _, _, token = prover.build_qr_text(LETTER, STATEMENT).partition("#")
    named = trust.add_public_urls([f"{URL}/", "https://old.example"])
    assert verify_qr(f"{base}/l/{LETTER['serial']}#{token}", named).serial == LETTER["serial"]


@pytest.mark.parametrize("added", ["\n", "\r\n  ", "\u200f", "\u2067\u2069", "\u200c", "\u00a0", "\ufeff"])
def test_the_text_of_a_qr_code_may_come_from_a_message(prover: Prover, trust: Trust, added: str) -> None:
    text, trust = prover.build_qr_text(LETTER, STATEMENT), trust.add_public_urls([URL])
    broken = f"{added}{text[:20]}{added}{text[20:90]}{added}{text[90:]}{added}"
    assert verify_qr(broken, trust) == verify_qr(text, trust)


def test_without_a_trusted_address_only_the_token_counts(prover: Prover, trust: Trust) -> None:
    text = prover.build_qr_text(LETTER, STATEMENT)
    with pytest.raises(NotProved) as refused:
        verify_qr(text, trust)
    assert (refused.value.reason, refused.value.result) == (messages.ADDRESS_UNKNOWN, Result.CANNOT_TELL)
    assert verify_qr(text.partition("#")[2], trust).serial == LETTER["serial"]


def run_letter_command(*arguments: str) -> CommandResult:
    return CliRunner().invoke(run_command, ["letter", *arguments])


def test_the_command_prints_the_result_and_exits_with_its_status(
    letter: bytes, keys: Path, prover: Prover, tmp_path: Path
) -> None:
    file, trust = tmp_path / "letter.pdf", f"--trust={keys / authority.TRUST}"
    file.write_bytes(letter)
    good = run_letter_command("verify", str(file), trust)
    assert (good.exit_code, "اصیل است" in good.output, "Genuine" in good.output) == (0, True, True)
    report = json.loads(run_letter_command("verify", str(file), trust, "--json").output)
    assert (report["serial"], report["result"], report["has_time_stamp"]) == (
        LETTER["serial"],
        "genuine",
        False,
    )
    assert report["time_stamp"] == {"status": "none", "by": None, "at": None}
    text = prover.build_qr_text(LETTER, STATEMENT)
    assert run_letter_command("verify-qr", text, trust, f"--public-url={URL}").exit_code == 0
    elsewhere = run_letter_command("verify-qr", text, trust, "--public-url=https://evil.example")
    assert (elsewhere.exit_code, "address in the QR code is not" in elsewhere.output) == (1, True)
    unknown = run_letter_command("verify-qr", text, trust)
    assert (unknown.exit_code, "Cannot tell" in unknown.output) == (2, True)
    file.write_bytes(letter + b"\n")
    bad = run_letter_command("verify", str(file), trust)
    assert (bad.exit_code, "اصیل نیست" in bad.output, "Not genuine" in bad.output) == (1, True, True)
    report = json.loads(run_letter_command("verify", str(file), trust, "--json").output)
    assert (report["genuine"], report["result"]) == (False, "altered")
    file.write_bytes(b"%PDF-1.7\n")
    report = json.loads(run_letter_command("verify", str(file), trust, "--json").output)
    assert (report["genuine"], report["result"]) == (False, "not-ours")
    assert run_letter_command("verify-qr", "x", trust).exit_code == 1
    assert run_letter_command("verify", str(tmp_path / "none.pdf"), trust).exit_code == 2
    assert run_letter_command("verify", str(file), f"--trust={file}").exit_code == 2
    assert run_letter_command("verify", str(file), f"--data-dir={tmp_path}").exit_code == 2


def test_the_keys_of_the_data_directory_are_the_default(
    letter: bytes, keys: Path, prover: Prover, tmp_path: Path
) -> None:
    place = tmp_path / "secrets" / "letters"
    place.mkdir(parents=True)
    (place / "letter-trust.pem").write_bytes((keys / authority.TRUST).read_bytes())
    (tmp_path / "letter.pdf").write_bytes(letter)
    assert run_letter_command("verify", str(tmp_path / "letter.pdf"), f"--data-dir={tmp_path}").exit_code == 0
    text, own = prover.build_qr_text(LETTER, STATEMENT), f"--data-dir={tmp_path}"
    assert run_letter_command("verify-qr", text, own).exit_code == 2
    (tmp_path / "demo.json").write_text(json.dumps({"base_url": URL}))
    assert run_letter_command("verify-qr", text, own).exit_code == 0
    (tmp_path / "demo.json").write_text(json.dumps({"base_url": "https://evil.example"}))
    assert run_letter_command("verify-qr", text, own).exit_code == 1
