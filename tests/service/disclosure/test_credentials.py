"""A letter's statement as a credential: what it shows, what stays hidden, and what others read in it."""

import base64
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwcrypto.jwk import JWK
from sd_jwt.verifier import SDJWTVerifier
from werkzeug.test import TestResponse

from govah_verify.credential import Credential, verify_credential
from govah_verify.key_set import CredentialKey, build_key
from tests.service.disclosure.desk import AHMADI, API, AS_OF, KARIMI, OFFICER, Desk, authorise
from tests.unit.pdfworker.statements import build_career, build_statement

PERSON = {
    *("national_code", "first_name", "last_name", "father_name"),
    *("birth_date_jalali", "insurance_number", "sex"),
}
OPEN = {
    *("iss", "iat", "vct", "serial", "schema_version", "as_of", "as_of_jalali", "types", "disputed_months"),
}


@pytest.fixture
def key(sqlite_desk: Desk) -> CredentialKey:
    """Return the public half of a key that the desk signs with from now on."""
    private = Ed25519PrivateKey.generate()
    file = Path(sqlite_desk.settings.credential_key_file or "")
    file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return build_key(private.public_key().public_bytes_raw(), 0)


def get_credential(desk: Desk, letter_id: str, *parts: str, person: uuid.UUID = AHMADI) -> TestResponse:
    return desk.client.get(
        f"{API}/inbox/{letter_id}/credential", query_string={"part": parts}, headers=authorise(person)
    )


def verify(response: TestResponse, key: CredentialKey) -> Credential:
    assert response.status_code == 200, response.text
    assert response.content_type == "application/dc+sd-jwt"
    return verify_credential(response.text, [key], ["https://govah.example"])


def test_whole_credential_holds_the_statement_of_the_letter(sqlite_desk: Desk, key: CredentialKey) -> None:
    letter_id = sqlite_desk.deliver_letter(types=["all", "wages", "consolidated"])
    response = get_credential(sqlite_desk, letter_id)
    credential = verify(response, key)
    claims = dict(credential.claims)
    assert (claims.pop("iss"), claims.pop("vct")) == (
        "https://govah.example",
        "urn:govah:credential:statement:1",
    )
    assert claims.pop("serial") == sqlite_desk.get_letter(letter_id)["serial"]
    del claims["iat"]
    types = ["all", "wages", "consolidated"]
    assert claims == {**sqlite_desk.records.content, "types": types}
    assert credential.hidden == 0
    serial = sqlite_desk.get_letter(letter_id)["serial"]
    assert response.headers["Content-Disposition"] == f'attachment; filename="govah-{serial}.sd-jwt"'


def test_only_the_chosen_parts_are_in_the_text(sqlite_desk: Desk, key: CredentialKey) -> None:
    letter_id = sqlite_desk.deliver_letter(types=["all", "wages"])
    response = get_credential(
        sqlite_desk, letter_id, "person.last_name", "summary.total_days", "tables.wages.total_wage"
    )
    claims = verify(response, key).claims
    statement = sqlite_desk.records.content
    assert claims.keys() == OPEN | {"person", "summary", "tables"}
    assert claims["person"] == {"last_name": statement["person"]["last_name"]}
    assert claims["summary"] == {"total_days": statement["summary"]["total_days"]}
    assert claims["tables"] == {"wages": {"total_wage": statement["tables"]["wages"]["total_wage"]}}
    for hidden in (statement["person"]["national_code"], statement["person"]["first_name"]):
        assert hidden not in read_everything(response.text)


def read_everything(text: str) -> str:
    """Return all that anyone can decode in a credential."""
    signed, *disclosures = text.split("~")
    pieces = [*signed.split(".")[:2], *disclosures[:-1]]
    return "".join(base64.urlsafe_b64decode(f"{piece}==").decode() for piece in pieces)


@pytest.mark.parametrize("part", ["tables.wages", "summary", "person"])
def test_choosing_a_whole_shows_all_of_it(sqlite_desk: Desk, key: CredentialKey, part: str) -> None:
    letter_id = sqlite_desk.deliver_letter(types=["all", "wages"])
    response = get_credential(sqlite_desk, letter_id, part)
    value: Any = verify(response, key).claims
    expected: Any = sqlite_desk.records.content
    for name in part.split("."):
        value, expected = value[name], expected[name]
    assert value == expected


def test_no_two_credentials_of_a_letter_share_a_digest(sqlite_desk: Desk, key: CredentialKey) -> None:
    letter_id = sqlite_desk.deliver_letter()
    payloads = [
        json.loads(base64.urlsafe_b64decode(f"{response.text.split('~')[0].split('.')[1]}=="))
        for response in (get_credential(sqlite_desk, letter_id, "person.sex") for _ in range(2))
    ]
    digests = [set(payload["person"]["_sd"]) | set(payload["summary"]["_sd"]) for payload in payloads]
    assert len(digests[0]) == len(PERSON) + 5
    assert not digests[0] & digests[1]


@pytest.mark.parametrize("parts", [(), ("person.last_name", "tables.all.total_days")])
def test_reference_implementation_reads_the_same(
    sqlite_desk: Desk, key: CredentialKey, parts: tuple[str, ...]
) -> None:
    letter_id = sqlite_desk.deliver_letter()
    text = get_credential(sqlite_desk, letter_id, *parts).text
    jwk = JWK(kty="OKP", crv="Ed25519", x=key.x)
    read = SDJWTVerifier(text, lambda _issuer, _header: jwk).get_verified_payload()
    assert read == verify_credential(text, [key]).claims


@pytest.mark.parametrize(
    "part", ["tables.rents", "tables.wages", "summary.wage", "person.name", "corrections.x", "serial"]
)
def test_part_that_the_letter_does_not_have_is_rejected(
    sqlite_desk: Desk, key: CredentialKey, part: str
) -> None:
    content = build_statement(build_career("1390-01", 3), types=("all",))
    sqlite_desk.records.content = content | {"as_of": AS_OF}
    response = get_credential(sqlite_desk, sqlite_desk.deliver_letter(types=["all"]), part)
    assert (response.status_code, response.get_json()["code"]) == (422, "part-unknown")
    assert part in response.get_json()["detail"]


@pytest.mark.parametrize("part", ["", "a.b.c.d", "person.<b>", "person.نام", "x" * 31, "a..b", "a\n"])
def test_malformed_part_is_rejected(sqlite_desk: Desk, key: CredentialKey, part: str) -> None:
    response = get_credential(sqlite_desk, sqlite_desk.deliver_letter(), part)
    assert (response.status_code, response.get_json()["code"]) == (422, "validation")


@pytest.mark.parametrize(
    "query", ["parts=person", "part[]=person", "Part=person", "part=person&parts=summary"]
)
def test_a_misspelled_choice_does_not_show_everything(
    sqlite_desk: Desk, key: CredentialKey, query: str
) -> None:
    letter_id = sqlite_desk.deliver_letter()
    response = sqlite_desk.client.get(
        f"/api/v1/disclosure/inbox/{letter_id}/credential", query_string=query, headers=authorise()
    )
    assert response.status_code == 422, query


def test_too_many_parts_are_rejected(sqlite_desk: Desk, key: CredentialKey) -> None:
    response = get_credential(sqlite_desk, sqlite_desk.deliver_letter(), *["person.sex"] * 51)
    assert response.status_code == 422


def test_letter_of_another_person_is_not_found(sqlite_desk: Desk, key: CredentialKey) -> None:
    letter_id = sqlite_desk.deliver_letter()
    assert get_credential(sqlite_desk, letter_id, person=KARIMI).status_code == 404


def test_revoked_letter_gives_no_credential(sqlite_desk: Desk, key: CredentialKey) -> None:
    letter_id = sqlite_desk.deliver_letter()
    serial = sqlite_desk.get_letter(letter_id)["serial"]
    path = f"{API}/letters/{serial}/revocation"
    assert sqlite_desk.client.post(path, json={"reason": "خطا"}, headers=OFFICER).status_code == 200
    response = get_credential(sqlite_desk, letter_id)
    assert (response.status_code, response.get_json()["code"]) == (409, "letter-revoked")


@pytest.mark.parametrize("content", [None, b"", b"no key", "rsa"])
def test_without_a_usable_key_no_credential_is_issued(sqlite_desk: Desk, content: bytes | None) -> None:
    file = Path(sqlite_desk.settings.credential_key_file or "")
    file.unlink(missing_ok=True)
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else b"-----BEGIN PRIVATE KEY-----\n")
    letter_id = sqlite_desk.deliver_letter()
    response = get_credential(sqlite_desk, letter_id)
    assert (response.status_code, response.get_json()["code"]) == (503, "unavailable")
    assert sqlite_desk.get_document(letter_id).status_code == 200


def test_key_that_was_changed_signs_from_the_next_call_on(sqlite_desk: Desk, key: CredentialKey) -> None:
    letter_id = sqlite_desk.deliver_letter()
    newer = Ed25519PrivateKey.generate()
    Path(sqlite_desk.settings.credential_key_file or "").write_bytes(
        newer.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    public = build_key(newer.public_key().public_bytes_raw(), 0)
    assert verify(get_credential(sqlite_desk, letter_id), public).kid == public.kid
