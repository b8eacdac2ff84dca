"""Signed answers, letters and receipts as strangers send them: only what is meant for the reader counts."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from govah_verify.answers import (
    AnswerInvalid,
    verify_answer,
    verify_answer_or_letter,
    verify_letter,
    verify_receipt,
)
from govah_verify.check_digit import append_check_digit
from govah_verify.command import verify
from govah_verify.key_set import ANSWERS_TYPE, LETTER_TYPE, RECEIPT_TYPE, build_key, dump_key_set

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RECEIPT_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
PUBLIC = build_key(KEY.public_key().public_bytes_raw(), 1000)
OF_RECEIPTS = build_key(RECEIPT_KEY.public_key().public_bytes_raw(), 1000, kinds=[RECEIPT_TYPE])
KEYS = (PUBLIC, OF_RECEIPTS)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
BEGUN = int(NOW.timestamp()) - 3600
ISSUER, BANK = "https://govah.example", "bank-1"
SERIAL = append_check_digit("240000000001")
COMMON = {
    "iss": ISSUER,
    "aud": BANK,
    "jti": SERIAL,
    "iat": BEGUN,
    "exp": BEGUN + 86_400,
    "national_code": "0012345679",
    "name": "مریم احمدی",
    "as_of_jalali": "1405-09-10",
    "purpose": "loan",
    "reference": None,
}
ANSWER = {"question": "days_at_least", "days": 360, "answer": "yes"}
ANSWERS = {**COMMON, "closed_until_jalali": "1405-06", "answers": [ANSWER]}
LETTER = {
    **COMMON,
    "serial": COMMON["jti"],
    "sha256": "a" * 64,
    "statement_sha256": "b" * 64,
    "document_key": "A" * 43,
}
RECEIPT = {"iss": ISSUER, "iat": BEGUN, "sha256": sha256(b"shown").hexdigest(), "permit_id": "p-1"}


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _sign(
    claims: Any, kind: str = ANSWERS_TYPE, key: Ed25519PrivateKey = KEY, header: dict[str, Any] | None = None
) -> str:
    kid = (PUBLIC if key is KEY else OF_RECEIPTS).kid
    full = {"alg": "EdDSA", "typ": kind, "kid": kid} | (header or {})
    raw = claims if isinstance(claims, bytes) else json.dumps(claims, ensure_ascii=False).encode()
    signed = f"{_encode(json.dumps(full).encode())}.{_encode(raw)}"
    return f"{signed}.{_encode(key.sign(signed.encode()))}"


def _find_fault(check: Callable[[], Any]) -> str:
    with pytest.raises(AnswerInvalid) as caught:
        check()
    return caught.value.fault.value


def _find_answer_fault(text: str, audience: str | None = BANK, **more: Any) -> str:
    return _find_fault(lambda: verify_answer(text, KEYS, audience, **{"now": NOW, **more}))


def test_answers_and_letters_prove_their_claims() -> None:
    proved = verify_answer(_sign(ANSWERS) + "\n", KEYS, BANK, [f"{ISSUER}/"], NOW)
    assert (proved.claims, proved.kind, proved.kid) == (ANSWERS, ANSWERS_TYPE, PUBLIC.kid)
    assert proved.ends_at
    assert (proved.ends_at - proved.issued_at).days == 1
    letter = _sign(LETTER, LETTER_TYPE)
    assert verify_letter(letter, KEYS, BANK, now=NOW).claims == LETTER
    assert verify_answer_or_letter(letter, KEYS, BANK, now=NOW).kind == LETTER_TYPE
    assert _find_answer_fault(letter) == "other-kind"


def test_answers_without_audience_are_for_readers_without_one() -> None:
    text = _sign({name: value for name, value in ANSWERS.items() if name != "aud"})
    assert verify_answer(text, KEYS, None, now=NOW).claims["name"]
    assert _find_answer_fault(text) == "other-audience"
    assert _find_answer_fault(_sign(ANSWERS), audience=None) == "other-audience"
    assert _find_answer_fault(_sign(ANSWERS), audience="bank-2") == "other-audience"


def test_time_key_and_issuer_count() -> None:
    text = _sign(ANSWERS)
    late = datetime.fromtimestamp(ANSWERS["exp"], UTC)  # type: ignore[arg-type]
    assert _find_answer_fault(text, now=late) == "ended"
    assert _find_answer_fault(text, now=datetime.fromtimestamp(BEGUN - 301, UTC)) == "not-yet-valid"
    assert _find_answer_fault(text, issuers=["https://other.example"]) == "other-issuer"
    assert _find_fault(lambda: verify_answer(text, [], BANK, now=NOW)) == "key-unknown"
    for key in (replace(PUBLIC, signs_until=BEGUN - 1), replace(PUBLIC, signs_from=BEGUN + 1)):
        assert _find_fault(lambda key=key: verify_answer(text, [key], BANK, now=NOW)) == "key-retired"  # type: ignore[misc]
    changed = json.loads(json.dumps(ANSWERS)) | {"name": "حسن"}
    payload = _encode(json.dumps(changed).encode())
    head, _, signature = text.split(".")
    assert _find_answer_fault(f"{head}.{payload}.{signature}") == "signature-wrong"


def test_key_signs_only_its_kinds() -> None:
    receipt = _sign(RECEIPT, RECEIPT_TYPE, RECEIPT_KEY)
    assert verify_receipt(receipt, KEYS, [ISSUER], NOW).claims == RECEIPT
    assert verify_receipt(receipt, KEYS, now=NOW).ends_at is None
    of_credentials = _sign(RECEIPT, RECEIPT_TYPE)
    assert _find_fault(lambda: verify_receipt(of_credentials, KEYS, now=NOW)) == "key-of-others"
    assert _find_answer_fault(_sign(ANSWERS, key=RECEIPT_KEY)) == "key-of-others"
    assert _find_fault(lambda: verify_receipt(_sign(ANSWERS), KEYS, now=NOW)) == "other-kind"


MALFORMED: list[dict[str, Any]] = [
    *({"jti": jti} for jti in (None, "", str(int(SERIAL) + 1), "24", 7)),
    *({"iat": iat} for iat in (None, "1", True, 1.5, -1, 10**20)),
    *({"exp": exp} for exp in (None, "1", BEGUN, 10**20, float(BEGUN + 9))),
    *({"iss": iss} for iss in (None, 7, [ISSUER])),
    {"aud": [BANK]},
    {"aud": None},
    {"name": None},
    {"national_code": 12},
    {"purpose": 1},
    {"as_of_jalali": "1405-13-01"},
    {"closed_until_jalali": "1405-09-10"},
    {"answers": []},
    {"answers": [ANSWER] * 6},
    {"answers": [1]},
    {"answers": {}},
    {"answers": [{}]},
    {"answers": [{**ANSWER, "answer": "maybe"}]},
    {"answers": [{**ANSWER, "answer": ["yes"]}]},
    {"answers": [{**ANSWER, "days": True}]},
    {"answers": [{**ANSWER, "days": {"a": 1}}]},
]


@pytest.mark.parametrize("change", MALFORMED)
def test_malformed_claims_prove_nothing(change: dict[str, Any]) -> None:
    assert _find_answer_fault(_sign({**ANSWERS, **change})) == "malformed"


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "aud"])
def test_missing_claim_proves_nothing(name: str) -> None:
    claims = {key: value for key, value in ANSWERS.items() if key != name}
    # A purpose and a reference may be left out, as they may be null.
    if name in {"purpose", "reference", "national_code"}:
        assert verify_answer(_sign(claims), KEYS, BANK, now=NOW)
    else:
        assert _find_answer_fault(_sign(claims)) == "malformed"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"kid": 7},
        {"typ": None},
        {"crit": ["exp"]},
        {"b64": False},
        {"jwk": PUBLIC.jwk},
    ],
)
def test_other_headers_are_malformed(header: dict[str, Any]) -> None:
    assert _find_answer_fault(_sign(ANSWERS, header=header)) == "malformed"


def test_second_reading_of_a_text_is_malformed() -> None:
    twice = json.dumps(ANSWERS)[:-1].encode() + b',"aud":"bank-1"}'
    assert _find_answer_fault(_sign(twice)) == "malformed"
    text = _sign(ANSWERS)
    assert _find_answer_fault(f"{text}=") == "malformed"
    assert _find_answer_fault(text.replace(".", "..", 1)) == "malformed"
    assert _find_answer_fault("x" * 70_000) == "malformed"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.hypothesis
@given(
    st.dictionaries(st.sampled_from(sorted(ANSWERS)), JSON, min_size=1), st.sampled_from([ANSWERS, LETTER])
)
def test_no_signed_claims_break_the_reader(changes: dict[str, Any], whole: dict[str, Any]) -> None:
    kind = ANSWERS_TYPE if whole is ANSWERS else LETTER_TYPE
    try:
        text = _sign({**whole, **changes}, kind)
    except UnicodeEncodeError:
        return
    try:
        proved = verify_answer_or_letter(text, KEYS, BANK, now=NOW)
    except AnswerInvalid:
        return
    assert proved.issued_at
    assert proved.ends_at


@pytest.mark.hypothesis
@given(
    st.text(max_size=200)
    | st.binary(max_size=200).map(lambda raw: f"{_encode(raw)}.{_encode(raw)}.{_encode(raw)}")
)
def test_no_text_breaks_the_reader(text: str) -> None:
    for check in (verify_receipt, lambda text, keys, now: verify_answer(text, keys, BANK, now=now)):
        with pytest.raises(AnswerInvalid):
            check(text, KEYS, now=NOW)


@pytest.mark.hypothesis
@given(st.data())
def test_no_changed_character_is_accepted(data: st.DataObject) -> None:
    text = _sign(ANSWERS)
    place = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(
        st.characters(codec="ascii", exclude_characters=text[place] + " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f")
    )
    with pytest.raises(AnswerInvalid):
        verify_answer(text[:place] + character + text[place + 1 :], KEYS, BANK, now=NOW)


def _run(tmp_path: Path, command: str, text: str, *options: str) -> tuple[int, str]:
    (tmp_path / "keys.json").write_text(dump_key_set(KEYS))
    (tmp_path / "file").write_text(text)
    arguments = [command, str(tmp_path / "file"), "--keys", str(tmp_path / "keys.json"), *options]
    result = CliRunner().invoke(verify, arguments)
    return result.exit_code, result.output


def test_command_prints_answers_in_both_languages(tmp_path: Path) -> None:
    begun = int(datetime.now(UTC).timestamp())
    running = {**ANSWERS, "iat": begun, "exp": begun + 900}
    status, output = _run(tmp_path, "answer", _sign(running), "--audience", BANK)
    assert status == 0
    assert "اصیل است" in output
    assert "days_at_least(days=360): بله / yes" in output
    status, output = _run(tmp_path, "answer", _sign(running), "--audience", BANK, "--json")
    assert json.loads(output)["claims"] == running
    status, output = _run(tmp_path, "answer", _sign(running))
    assert (status, "another institution" in output) == (1, True)
    status, output = _run(
        tmp_path, "answer", _sign({**running, "iat": 5000, "exp": 6000}), "--audience", BANK
    )
    assert (status, output.startswith("پایان یافته است")) == (1, True)


def test_command_compares_a_receipt_with_what_was_shown(tmp_path: Path) -> None:
    receipt = _sign(RECEIPT, RECEIPT_TYPE, RECEIPT_KEY)
    document = tmp_path / "shown"
    document.write_bytes(b"shown")
    status, output = _run(tmp_path, "receipt", receipt, "--document", str(document))
    assert (status, "permit_id: p-1" in output) == (0, True)
    document.write_bytes(b"other")
    status, output = _run(tmp_path, "receipt", receipt, "--document", str(document), "--json")
    assert (status, json.loads(output)["result"]) == (1, "other-document")
