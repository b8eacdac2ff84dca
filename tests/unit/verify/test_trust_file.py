"""The file of public keys: what it names for what, and that files of the first stage are still read."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from govah_verify.trust import Purpose, TrustUnusable, load_trust
from tests.unit.verify.forging import LETTER_KEY, Wish, issue, new_authority, trust_of

LETTERS, STAMPS = Purpose.LETTERS, Purpose.TIME_STAMPS


def test_a_file_of_the_first_stage_is_read(tmp_path: Path) -> None:
    root = new_authority()
    signer = issue(Wish(), root)
    # With what `openssl pkcs12` writes around.
    bag = b"Bag Attributes\n    localKeyID: 3C 12\nsubject=CN = letters of tests\n\nissuer=CN = authority\n\n"
    trust = trust_of(tmp_path, bag, signer.pem, bag, root.pem)
    assert trust.certificates == [signer.certificate, root.certificate]
    assert [entry.purposes for entry in trust.entries] == [{LETTERS}, {LETTERS}]
    assert [(entry.is_purpose_stated, entry.is_authority) for entry in trust.entries] == [
        (False, False),
        (False, True),
    ]
    assert (trust.public_urls, trust.signer) == ([], signer.certificate)
    assert trust.letter_keys == [LETTER_KEY.public_key()]


def test_purposes_and_addresses_are_read_and_written_again(tmp_path: Path) -> None:
    root, stamps = new_authority(), new_authority("time stamps")
    signer = issue(Wish(), root)
    trust = trust_of(
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
    trust = trust_of(tmp_path, b"Public-URL: https://a.example\n", issue(Wish()).pem)
    urls = trust.add_public_urls(["https://b.example", "https://a.example"]).public_urls
    assert urls == ["https://a.example", "https://b.example"]


@pytest.mark.parametrize(
    "purpose", [b"", b"everything", b"letters time-stamps", b"letters,", "نامه".encode()]
)
def test_a_purpose_that_is_none_is_refused(purpose: bytes, tmp_path: Path) -> None:
    with pytest.raises(TrustUnusable, match="letters, time-stamps"):
        trust_of(tmp_path, b"Purpose: " + purpose + b"\n", issue(Wish()).pem)


def test_a_private_key_is_refused(tmp_path: Path) -> None:
    private = LETTER_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(TrustUnusable, match="certificates and Ed25519 public keys only"):
        trust_of(tmp_path, issue(Wish()).pem, private)


@pytest.mark.parametrize("content", [b"", b"nothing", b"\xff\xfe" * 99])
def test_a_file_without_a_certificate_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(TrustUnusable, match="holds no certificate"):
        trust_of(tmp_path, content)


@pytest.mark.parametrize(
    ("wish", "is_authority"),
    [
        (Wish(), False),
        (Wish(is_authority=True, usages={"key_cert_sign"}), True),
        (Wish(is_authority=True, usages={"digital_signature"}), False),
        (Wish(is_authority=True, usages=None), True),
        (Wish(usages={"key_cert_sign"}), False),
    ],
)
def test_an_authority_is_what_may_issue(wish: Wish, is_authority: bool, tmp_path: Path) -> None:
    [entry] = trust_of(tmp_path, issue(wish).pem).entries
    assert entry.is_authority is is_authority
