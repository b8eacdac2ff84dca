"""The set of public keys of credentials: what is read, and what would mislead its readers."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from govah_verify.key_set import KeySetUnusable, build_key, dump_key_set, load_key_set, parse_key_set

PUBLIC = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
KEY = build_key(PUBLIC, 1000)


def test_set_is_read_as_it_was_written(tmp_path: Path) -> None:
    keys = [KEY, build_key(b"\x11" * 31 + b"\x01", 5, 900)]
    file = tmp_path / "govah-keys.json"
    file.write_text(dump_key_set(keys))
    assert load_key_set(file) == keys


def test_id_is_the_thumbprint_of_rfc_8037() -> None:
    # Appendix A.3 of RFC 8037.
    x = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert build_key(x, 0).kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize(
    "change",
    [
        {"d": "AAAA"},
        {"kty": "EC"},
        {"crv": "X25519"},
        {"kid": "other"},
        {"kid": None},
        {"x": KEY.x[:-1]},
        {"x": f"{KEY.x}="},
        {"x": 7},
        {"govah_from": None},
        {"govah_from": "1000"},
        {"govah_from": True},
        {"govah_until": "x"},
    ],
)
def test_misleading_key_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(KeySetUnusable):
        parse_key_set(json.dumps({"keys": [KEY.jwk | change]}).encode())


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{", b"[]", b"{}", b'{"keys": []}', b'{"keys": {}}', b'{"keys": [1]}', b"\xff"),
        json.dumps({"keys": [KEY.jwk, KEY.jwk]}).encode(),
        json.dumps({"keys": [KEY.jwk] * 101}).encode(),
        b" " * (256 * 1024 + 1),
    ],
)
def test_text_that_is_not_a_set_is_refused(data: bytes) -> None:
    with pytest.raises(KeySetUnusable):
        parse_key_set(data)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeySetUnusable, match=r"keys\.json"):
        load_key_set(tmp_path / "keys.json")


def test_kinds_of_a_key_are_published_and_read(tmp_path: Path) -> None:
    receipts = build_key(PUBLIC, 1000, kinds=["govah-receipt+jwt"])
    file = tmp_path / "govah-keys.json"
    file.write_text(dump_key_set([receipts]))
    assert load_key_set(file) == [receipts]
    assert receipts.jwk["govah_signs"] == ["govah-receipt+jwt"]
    assert receipts.is_signing_kind("govah-receipt+jwt")
    assert not receipts.is_signing_kind("dc+sd-jwt")
    assert KEY.is_signing_kind("dc+sd-jwt")
    assert not KEY.is_signing_kind("govah-receipt+jwt")


@pytest.mark.parametrize("kinds", ["dc+sd-jwt", [], [1], {}, ["x"] * 21])
def test_malformed_kinds_are_refused(kinds: Any) -> None:
    with pytest.raises(KeySetUnusable):
        parse_key_set(json.dumps({"keys": [KEY.jwk | {"govah_signs": kinds}]}).encode())
