"""The file of public keys: its certificates and purposes, also in older files without purposes."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from govah_verify.trust import Purpose, TrustUnusable, load_trust
from tests.unit.verify.forging import LETTER_KEY, Profile, create_authority, issue_certificate, write_trust

LETTERS, STAMPS = Purpose.LETTERS, Purpose.TIME_STAMPS


def test_a_file_without_purposes_is_read(tmp_path: Path) -> None:
    root = create_authority()
    signer = issue_certificate(Profile(), root)
    # With the text that `openssl pkcs12` adds.
    bag = b"Bag Attributes\n    localKeyID: 3C 12\nsubject=CN = letters of tests\n\nissuer=CN = authority\n\n"
    trust = write_trust(tmp_path, bag, signer.pem, bag, root.pem)
    assert trust.certificates == [signer.certificate, root.certificate]
    assert [entry.purposes for entry in trust.entries] == [{LETTERS}, {LETTERS}]
    assert [(entry.is_purpose_stated, entry.is_authority) for entry in trust.entries] == [
        (False, False),
        (False, True),
    ]
    assert (trust.public_urls, trust.signer) == ([], signer.certificate)
    assert trust.letter_keys == [LETTER_KEY.public_key()]


def test_purposes_and_addresses_are_read_and_written_again(tmp_path: Path) -> None:
    root, stamps = create_authority(), create_authority("time stamps")
    signer = issue_certificate(Profile(), root)
    trust = write_trust(
        tmp_path,
        b"# The organisation\nPublic-URL: https://govah.example\n",
        b"PURPOSE :time-stamps\r\n" + stamps.pem,
        b"public-url:https://old.govah.example\n  Purpose: letters\n" + signer.pem,
        b"Purpose: letters , Time-Stamps\n" + root.pem,
    )
    assert [entry.purposes for entry in trust.entries] == [{STAMPS}, {LETTERS}, {LETTERS, STAMPS}]
    assert trust.public_urls == ["https://govah.example", "https://old.govah.example"]
    assert trust.signer == signer.certificate
    again = tmp_path / "again.pem"
    again.write_bytes(trust.pem)
    assert load_trust(again) == trust


def test_more_addresses_are_added_once(tmp_path: Path) -> None:
    trust = write_trust(tmp_path, b"Public-URL: https://a.example\n", issue_certificate(Profile()).pem)
    urls = trust.add_public_urls(["https://b.example", "https://a.example"]).public_urls
    assert urls == ["https://a.example", "https://b.example"]


@pytest.mark.parametrize(
    "purpose", [b"", b"everything", b"letters time-stamps", b"letters,", "نامه".encode()]
)
def test_an_unknown_purpose_is_rejected(purpose: bytes, tmp_path: Path) -> None:
    with pytest.raises(TrustUnusable, match="letters, time-stamps"):
        write_trust(tmp_path, b"Purpose: " + purpose + b"\n", issue_certificate(Profile()).pem)


def test_a_private_key_is_rejected(tmp_path: Path) -> None:
    private = LETTER_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(TrustUnusable, match="certificates and Ed25519 public keys only"):
        write_trust(tmp_path, issue_certificate(Profile()).pem, private)


@pytest.mark.parametrize("content", [b"", b"nothing", b"\xff\xfe" * 99])
def test_a_file_without_a_certificate_is_rejected(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(TrustUnusable, match="holds no certificate"):
        write_trust(tmp_path, content)


@pytest.mark.parametrize(
    ("profile", "is_authority"),
    [
        (Profile(), False),
        (Profile(is_authority=True, usages={"key_cert_sign"}), True),
        (Profile(is_authority=True, usages={"digital_signature"}), False),
        (Profile(is_authority=True, usages=None), True),
        (Profile(usages={"key_cert_sign"}), False),
    ],
)
def test_an_authority_is_a_certificate_that_may_issue_others(
    profile: Profile, is_authority: bool, tmp_path: Path
) -> None:
    [entry] = write_trust(tmp_path, issue_certificate(profile).pem).entries
    assert entry.is_authority is is_authority
