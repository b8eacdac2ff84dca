"""An institution opens what is sealed to its key, and nothing else."""

import base64
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import ECKey, OKPKey

from govah_client.sealed_answers import (
    ALGORITHMS,
    ANSWERS_TYPE,
    LETTER_TYPE,
    AnswerUnreadable,
    export_public_key,
    generate_key,
    open_answer,
    open_document,
)

CURVES = ("P-256", "X25519")
SIGNED = "header.payload.signature"


def seal(public: dict[str, Any], content: str = SIGNED, *, content_type: str = ANSWERS_TYPE) -> str:
    """Return a compact JWE as Govah makes it."""
    members = {name: value for name, value in public.items() if name not in {"use", "kid"}}
    key = (ECKey if public["kty"] == "EC" else OKPKey).import_key(members)
    header = {"alg": ALGORITHMS[0], "enc": ALGORITHMS[1], "cty": content_type, "kid": key.thumbprint()}
    return jwe.encrypt_compact(header, content.encode(), key, algorithms=ALGORITHMS)


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("content_type", [ANSWERS_TYPE, LETTER_TYPE])
def test_answer_opens_with_its_key_among_others(curve: Any, content_type: str) -> None:
    key = generate_key(curve)
    sealed = seal(export_public_key(key), content_type=content_type)
    assert open_answer(f"{sealed}\n", [generate_key(), generate_key("X25519"), key]) == SIGNED


@pytest.mark.parametrize("curve", CURVES)
def test_public_half_has_no_private_member(curve: Any) -> None:
    key = generate_key(curve)
    public = export_public_key(key)
    assert "d" not in public
    assert public["use"] == "enc"
    assert public["kid"] == key["kid"]
    with pytest.raises(ValueError, match="private"):
        open_answer(seal(public), [public])


def test_other_key_opens_nothing() -> None:
    sealed = seal(export_public_key(generate_key()))
    with pytest.raises(AnswerUnreadable, match="another key"):
        open_answer(sealed, [generate_key()])


def test_kid_of_another_key_opens_nothing() -> None:
    own, other = generate_key(), generate_key()
    public = export_public_key(other)
    members = {name: value for name, value in public.items() if name not in {"use", "kid"}}
    header = {"alg": ALGORITHMS[0], "enc": ALGORITHMS[1], "cty": ANSWERS_TYPE, "kid": own["kid"]}
    sealed = jwe.encrypt_compact(header, b"x", ECKey.import_key(members), algorithms=ALGORITHMS)
    with pytest.raises(AnswerUnreadable):
        open_answer(sealed, [own])


@pytest.mark.parametrize("content_type", ["JWT", "govah-receipt+jwt", ""])
def test_envelope_of_another_type_is_refused(content_type: str) -> None:
    key = generate_key()
    with pytest.raises(AnswerUnreadable, match="type"):
        open_answer(seal(export_public_key(key), content_type=content_type), [key])


@given(st.one_of(st.text(max_size=300), st.from_regex(r"[\w-]*(\.[\w-]*){4}", fullmatch=True)))
def test_garbage_is_unreadable(text: str) -> None:
    with pytest.raises(AnswerUnreadable):
        open_answer(text, [_KEY])


@given(st.data())
def test_changed_envelope_is_unreadable(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(_SEALED) - 1))
    letter = data.draw(st.sampled_from([one for one in "Aa0-_.~" if one != _SEALED[place]]))
    changed = _SEALED[:place] + letter + _SEALED[place + 1 :]
    try:
        opened = open_answer(changed, [_KEY])
    except AnswerUnreadable:
        return
    # The last character of a part may have bits that no byte has.
    assert opened == SIGNED


_KEY = generate_key()
_SEALED = seal(export_public_key(_KEY))


def test_document_opens_with_the_key_of_its_letter() -> None:
    key, nonce = os.urandom(32), os.urandom(12)
    text = base64.urlsafe_b64encode(key).rstrip(b"=").decode()
    sealed = nonce + AESGCM(key).encrypt(nonce, b"%PDF", None)
    assert open_document(sealed, text) == b"%PDF"
    for wrong in (sealed[:-1], b"", sealed[:5]):
        with pytest.raises(AnswerUnreadable):
            open_document(wrong, text)
    for other in ("", "é", text[:-5], base64.urlsafe_b64encode(os.urandom(32)).decode()):
        with pytest.raises(AnswerUnreadable):
            open_document(sealed, other)
