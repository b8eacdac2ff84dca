"""`govah letter`: genuine letters pass offline, and nothing else does."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import commands
from gateway.letters import verify
from gateway.letters.verify import NotProved, verify_file, verify_qr
from services.kit.proof.trust import Trust, load_trust
from services.pdfworker.signing import authority
from services.pdfworker.signing.prove import Prover
from tests.unit.pdfworker.provable import (
    LETTER,
    STATEMENT,
    keys_in,
    prover_of,
    signed_letter,
    unsigned_letter,
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keys_in(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def prover(keys: Path) -> Prover:
    return prover_of(keys)


@pytest.fixture(scope="module")
def trust(keys: Path) -> Trust:
    return load_trust(keys / authority.TRUST)


@pytest.fixture(scope="module")
def letter(prover: Prover) -> bytes:
    return signed_letter(prover)


def refusal(data: bytes, trust: Trust) -> object:
    """Why a file proves nothing."""
    with pytest.raises(NotProved) as refused:
        verify_file(data, trust)
    return refused.value.reason


def test_a_letter_proves_itself(letter: bytes, trust: Trust) -> None:
    proved = verify_file(letter, trust)
    assert proved.claims.serial == LETTER["serial"]
    assert proved.claims.total_days == STATEMENT["summary"]["total_days"]
    assert str(proved.claims.issued_on) == "2026-11-23"  # in Tehran
    assert authority.SIGNER_NAME in proved.signer
    assert not proved.has_time_stamp


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


def test_what_is_added_or_cut_off_is_told(letter: bytes, trust: Trust) -> None:
    assert refusal(letter + b"\n", trust) == verify.NOT_WHOLE
    assert refusal(letter[:-1], trust) == verify.NOT_WHOLE
    assert refusal(letter + letter, trust) == verify.NOT_WHOLE


def test_a_later_update_is_told(letter: bytes, prover: Prover, trust: Trust) -> None:
    updated = letter + b"1 0 obj\n<<>>\nendobj\ntrailer\n<</Size 1>>\nstartxref\n0\n%%EOF\n"
    assert refusal(updated, trust) == verify.NOT_WHOLE


def test_what_was_never_signed_is_told(trust: Trust) -> None:
    for data in (b"", b"%PDF-1.7", unsigned_letter(), b"\0" * 1000):
        assert refusal(data, trust) == verify.NOT_SIGNED


def test_capitals_in_the_signature_are_another_file(letter: bytes, trust: Trust) -> None:
    start = letter.index(b"/Contents <") + 11
    capitals = letter[:start] + letter[start : start + 8000].upper() + letter[start + 8000 :]
    assert refusal(capitals, trust) == verify.MALFORMED


def test_another_authority_is_not_trusted(trust: Trust, tmp_path: Path) -> None:
    foreign = signed_letter(prover_of(keys_in(tmp_path)))
    assert refusal(foreign, trust) == verify.NOT_TRUSTED


def test_a_statement_put_in_place_of_another_is_told(prover: Prover, trust: Trust) -> None:
    richer = {**STATEMENT, "summary": {**STATEMENT["summary"], "workshop_count": 9}}
    text = prover.qr_text(LETTER, STATEMENT)
    assert refusal(prover.sign(unsigned_letter(richer), 1, text).pdf, trust) == verify.STATEMENT_DIFFERS


def test_the_text_of_the_qr_code_proves_itself(prover: Prover, trust: Trust) -> None:
    text = prover.qr_text(LETTER, STATEMENT)
    _, _, token = text.partition("#")
    assert verify_qr(text, trust) == verify_qr(token, trust)
    wrong: Sequence[tuple[str, object]] = (
        (token[:-1], verify.TOKEN_MALFORMED),
        (token[:-1] + ("B" if token[-1] != "B" else "C"), verify.TOKEN_MALFORMED),
        ("", verify.TOKEN_MALFORMED),
        ("متن", verify.TOKEN_MALFORMED),
        ("Ag" + token[2:], verify.TOKEN_MALFORMED),
        (token[:3] + ("A" if token[3] != "A" else "B") + token[4:], verify.KEY_UNKNOWN),
        (token[:20] + ("A" if token[20] != "A" else "B") + token[21:], verify.TOKEN_CHANGED),
        (f"https://govah.example/l/4071829365019#{token}", verify.OTHER_SERIAL),
    )
    for told, reason in wrong:
        with pytest.raises(NotProved) as refused:
            verify_qr(told, trust)
        assert refused.value.reason == reason, told


def run(*words: str) -> Result:
    return CliRunner().invoke(commands, ["letter", *words])


def test_the_command_says_it_in_words_and_by_its_exit_status(
    letter: bytes, keys: Path, prover: Prover, tmp_path: Path
) -> None:
    file, trust = tmp_path / "letter.pdf", f"--trust={keys / authority.TRUST}"
    file.write_bytes(letter)
    good = run("verify", str(file), trust)
    assert (good.exit_code, "اصیل است" in good.output, "Genuine" in good.output) == (0, True, True)
    assert json.loads(run("verify", str(file), trust, "--json").output)["serial"] == LETTER["serial"]
    assert run("verify-qr", prover.qr_text(LETTER, STATEMENT), trust).exit_code == 0
    file.write_bytes(letter + b"\n")
    bad = run("verify", str(file), trust)
    assert (bad.exit_code, "اصیل نیست" in bad.output, "Not genuine" in bad.output) == (1, True, True)
    assert json.loads(run("verify", str(file), trust, "--json").output)["genuine"] is False
    assert run("verify-qr", "x", trust).exit_code == 1
    assert run("verify", str(tmp_path / "none.pdf"), trust).exit_code == 2
    assert run("verify", str(file), f"--trust={file}").exit_code == 2
    assert run("verify", str(file), f"--data-dir={tmp_path}").exit_code == 2


def test_without_another_file_the_data_directory_s_own_keys_count(
    letter: bytes, keys: Path, tmp_path: Path
) -> None:
    place = tmp_path / "secrets" / "letters"
    place.mkdir(parents=True)
    (place / "letter-trust.pem").write_bytes((keys / authority.TRUST).read_bytes())
    (tmp_path / "letter.pdf").write_bytes(letter)
    assert run("verify", str(tmp_path / "letter.pdf"), f"--data-dir={tmp_path}").exit_code == 0
