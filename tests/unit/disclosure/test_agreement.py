"""The agreement's published text stays as it was agreed to."""

import hashlib

from services.disclosure.actions.agreement import current_agreement


def test_version_one_is_never_changed() -> None:
    agreement = current_agreement()
    assert agreement.version == 1
    assert agreement.sha256 == "cbdddfc60b55b4f04b0fc16d62a40450634a048008ecf94ed503f7a2c75bb5c3"


def test_the_hash_is_over_both_texts() -> None:
    agreement = current_agreement()
    both = f"{agreement.text_fa}\n{agreement.text_en}".encode()
    assert agreement.sha256 == hashlib.sha256(both).hexdigest()
    assert [text.count("\n") for text in (agreement.text_fa, agreement.text_en)] == [5, 5]
