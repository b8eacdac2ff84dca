"""Credentials as strangers send them: changes, second readings and oversize texts are refused."""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from govah_verify.credential import (
    MOST_DISCLOSURES,
    STATEMENT_VCT,
    TYPE,
    CredentialFault,
    CredentialInvalid,
    verify_credential,
)
from govah_verify.key_set import CredentialKey, build_key

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = build_key(KEY.public_key().public_bytes_raw(), 1000)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
ISSUER = "https://govah.example"


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def write_disclosure(*items: Any) -> tuple[str, str]:
    """Return a disclosure and its digest."""
    text = encode(json.dumps(["salt", *items]).encode())
    return text, encode(sha256(text.encode()).digest())


def sign(
    payload: dict[str, Any] | None = None,
    disclosures: Sequence[str] = (),
    header: dict[str, Any] | None = None,
    raw: bytes | None = None,
) -> str:
    """Return a credential of claims that would count, with some changed."""
    full_header = {"alg": "EdDSA", "typ": TYPE, "kid": PUBLIC.kid} | (header or {})
    full = {"iss": ISSUER, "iat": 5000, "vct": STATEMENT_VCT, "_sd_alg": "sha-256"} | (payload or {})
    signed = f"{encode(json.dumps(full_header).encode())}.{encode(raw or json.dumps(full).encode())}"
    return "~".join((f"{signed}.{encode(KEY.sign(signed.encode()))}", *disclosures, ""))


def find_fault(text: str, keys: Sequence[CredentialKey] = (PUBLIC,), issuers: Sequence[str] = ()) -> str:
    with pytest.raises(CredentialInvalid) as error:
        verify_credential(text, keys, issuers, NOW)
    return error.value.fault.value


def test_disclosed_parts_stand_in_their_places_and_others_are_counted() -> None:
    days, digest_of_days = write_disclosure("total_days", 641)
    _, hidden = write_disclosure("national_code", "0013542419")
    element, digest_of_element = write_disclosure("1398-02")
    credential = verify_credential(
        sign(
            {"summary": {"_sd": [digest_of_days, hidden]}, "months": ["1398-01", {"...": digest_of_element}]},
            [element, days],
        ),
        [PUBLIC],
        [f"{ISSUER}/"],
        NOW,
    )
    assert credential.claims["summary"] == {"total_days": 641}
    assert credential.claims["months"] == ["1398-01", "1398-02"]
    assert (credential.hidden, credential.issued_at.timestamp()) == (1, 5000)


def test_part_inside_a_part_needs_both() -> None:
    wage, digest_of_wage = write_disclosure("total_wage", 9)
    table, digest_of_table = write_disclosure("wages", {"_sd": [digest_of_wage]})
    whole = sign({"tables": {"_sd": [digest_of_table]}}, [wage, table])
    assert verify_credential(whole, [PUBLIC], (), NOW).claims["tables"] == {"wages": {"total_wage": 9}}
    assert find_fault(sign({"tables": {"_sd": [digest_of_table]}}, [wage])) == "malformed"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (sign(header={"typ": "JWT"}), "malformed"),
        (sign(header={"alg": "none"}), "malformed"),
        (sign(header={"alg": "HS256"}), "malformed"),
        (sign(header={"kid": "x"}), "key-unknown"),
        (sign(header={"kid": None}), "malformed"),
        (sign({"vct": "urn:other"}), "other-type"),
        (sign({"iss": "https://evil.example"}), "other-issuer"),
        (sign({"iss": None}), "malformed"),
        (sign({"iat": 999}), "key-retired"),
        (sign({"iat": "5000"}), "malformed"),
        (sign({"iat": True}), "malformed"),
        (sign({"iat": NOW.timestamp().__trunc__() + 3600}), "not-yet-valid"),
        (sign({"_sd_alg": "md5"}), "malformed"),
        (sign({"_sd_alg": None}), "malformed"),
        (sign(raw=b"[1]"), "malformed"),
        (sign(raw=b'{"iss": "a", "iss": "b"}'), "malformed"),
        (sign(raw=b"\xff"), "malformed"),
        (sign({"half": "\ud800"}), "malformed"),
        (
            sign(raw=b'{"iss": "a", "iat": 5000, "vct": "a", "_sd_alg": "sha-256", "days": 1e999}'),
            "malformed",
        ),
        (sign({"deep": json.loads("[" * 40 + "]" * 40)}), "malformed"),
        (sign({"...": "x"}), "malformed"),
        (sign({"inner": {"_sd_alg": "sha-256"}}), "malformed"),
        (sign({"_sd": "x"}), "malformed"),
        (sign({"_sd": [1]}), "malformed"),
        (sign({"_sd": ["a", "a"]}), "malformed"),
        (sign({"list": [{"...": "a", "b": 1}]}), "malformed"),
        (sign().rstrip("~"), "malformed"),
        (f"{sign()}e30.e30.AAAA", "malformed"),
        ("", "malformed"),
        ("~", "malformed"),
        ("a.b.c~", "malformed"),
        ("نامه~", "malformed"),
        (f"{sign()}\ud800~", "malformed"),
        ("x" * (4 * 1024**2 + 1), "malformed"),
        (sign(disclosures=["AAAA"] * (MOST_DISCLOSURES + 1)), "malformed"),
    ],
)
def test_what_proves_nothing_is_refused_with_its_fault(text: str, fault: str) -> None:
    assert find_fault(text, issuers=[ISSUER]) == fault


@pytest.mark.parametrize(
    "items", [("iss", "x"), ("_sd", []), ("...", "x"), ("_sd_alg", "sha-256"), (1, "x"), ("a", "b", "c"), ()]
)
def test_disclosure_that_could_be_read_twice_is_refused(items: tuple[Any, ...]) -> None:
    disclosure, digest = write_disclosure(*items)
    assert find_fault(sign({"_sd": [digest]}, [disclosure])) == "malformed"


def test_disclosures_in_a_chain_are_bounded() -> None:
    texts: list[str] = []
    digest = "end"
    for _ in range(100):
        text, digest = write_disclosure("a", {"_sd": [digest]})
        texts.append(text)
    assert find_fault(sign({"_sd": [digest]}, texts)) == "malformed"


def test_disclosure_of_an_element_counts_in_lists_only_and_once() -> None:
    element, digest = write_disclosure("x")
    assert find_fault(sign({"_sd": [digest]}, [element])) == "malformed"
    assert find_fault(sign({"list": [{"...": digest}, {"...": digest}]}, [element])) == "malformed"
    assert find_fault(sign({"list": [{"...": digest}]}, [element, element])) == "malformed"


def test_key_signs_until_it_is_retired() -> None:
    retired = build_key(KEY.public_key().public_bytes_raw(), 1000, 6000)
    assert verify_credential(sign({"iat": 6000}), [retired], (), NOW).kid == retired.kid
    assert find_fault(sign({"iat": 6001}), [retired]) == "key-retired"


def test_signature_has_one_spelling() -> None:
    text = sign()
    last = text.index("~") - 1
    others = [text[:last] + letter + "~" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"]
    assert {find_fault(other) for other in others if other != text} <= {"malformed", "signature-wrong"}


@given(st.data())
def test_any_changed_letter_is_refused(data: st.DataObject) -> None:
    days, digest = write_disclosure("total_days", 641)
    text = sign({"_sd": [digest]}, [days])
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("ABab01-_.~=é ").filter(lambda letter: letter != text[at]))
    changed = text[:at] + letter + text[at + 1 :]
    if changed.strip() != text:
        assert find_fault(changed) in set(CredentialFault)


@given(st.text(max_size=300))
def test_any_text_is_refused_with_a_fault(text: str) -> None:
    assert find_fault(text) in set(CredentialFault)
