"""Sealed objects: ciphertext in the store, and nothing but what was sealed out of it."""

from pathlib import Path

import obstore
import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore

from services.kit import storage
from services.kit.storage import KeyFile, KeyUnknown, ObjectDamaged, ObjectExists, SealedObjects

KEY = "letters/2026/1.pdf"
LETTER = b"%PDF-1.7 a letter that is nobody's business"


def write_keys(path: Path, *lines: str) -> KeyFile:
    path.write_text("\n".join(lines) + "\n", "ascii")
    return KeyFile(path)


@pytest.fixture
def sealed(tmp_path: Path) -> SealedObjects:
    return SealedObjects(MemoryStore(), write_keys(tmp_path / "keys", storage.new_key_line()))


@pytest.fixture(scope="session")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> SealedObjects:
    """One store for many examples, each of which leaves it as it was."""
    path = tmp_path_factory.mktemp("sealed") / "keys"
    sealed = SealedObjects(MemoryStore(), write_keys(path, storage.new_key_line()))
    sealed.put_new(KEY, LETTER)
    return sealed


@given(data=st.binary(max_size=500), key=st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,3}", fullmatch=True))
def test_what_is_sealed_comes_back(fixed: SealedObjects, data: bytes, key: str) -> None:
    fixed.put_new(key, data)
    try:
        assert fixed.read(key) == data
        assert fixed.read_key_id(key) == fixed.keys.newest
    finally:
        fixed.remove(key)


@given(st.data())
def test_a_changed_object_never_comes_out(fixed: SealedObjects, data: st.DataObject) -> None:
    stored = storage.read(fixed.store, KEY)
    place = data.draw(st.integers(0, len(stored) - 1))
    changed = data.draw(
        st.sampled_from(
            [
                stored[:place]
                + bytes([stored[place] ^ data.draw(st.integers(1, 255))])
                + stored[place + 1 :],
                stored[:place],
                stored[:place] + stored[place + 1 :],
                stored + bytes([place % 256]),
            ]
        )
    )
    obstore.put(fixed.store, KEY, changed)
    try:
        with pytest.raises((ObjectDamaged, KeyUnknown)):
            fixed.read(KEY)
    finally:
        obstore.put(fixed.store, KEY, stored)


def test_the_store_holds_nothing_of_it(sealed: SealedObjects) -> None:
    for key in (KEY, "letters/2026/2.pdf"):
        sealed.put_new(key, LETTER * 20)
    first, second = (storage.read(sealed.store, key) for key in (KEY, "letters/2026/2.pdf"))
    assert b"letter" not in first
    # The same letter twice: not even that can be seen.
    assert first[60:] != second[60:]


def test_objects_cannot_be_swapped(sealed: SealedObjects) -> None:
    for key in ("a", "b"):
        sealed.put_new(key, key.encode())
    obstore.put(sealed.store, "a", storage.read(sealed.store, "b"))
    with pytest.raises(ObjectDamaged):
        sealed.read("a")


def test_an_object_is_not_sealed_over(sealed: SealedObjects) -> None:
    sealed.put_new(KEY, LETTER)
    with pytest.raises(ObjectExists):
        sealed.put_new(KEY, LETTER)
    assert sealed.read(KEY) == LETTER


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7 plain", b"GVH1", b"GVH1\xff", b"GVH1\x02\xff\xff" + bytes(40)]
)
def test_what_was_never_sealed_is_damaged(sealed: SealedObjects, content: bytes) -> None:
    obstore.put(sealed.store, KEY, content)
    with pytest.raises((ObjectDamaged, KeyUnknown)):
        sealed.read(KEY)


def test_an_object_of_a_key_that_is_gone(tmp_path: Path) -> None:
    old, new = storage.new_key_line(), storage.new_key_line()
    store = MemoryStore()
    SealedObjects(store, write_keys(tmp_path / "old", old)).put_new(KEY, LETTER)
    with pytest.raises(KeyUnknown) as raised:
        SealedObjects(store, write_keys(tmp_path / "new", new)).read(KEY)
    assert raised.value.key_id == old.partition(":")[0]
    assert SealedObjects(store, write_keys(tmp_path / "both", new, old)).read(KEY) == LETTER


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_all_objects_get_the_newest_key_and_the_rest_is_named(kind: str, tmp_path: Path) -> None:
    lost, old, new = (storage.new_key_line() for _ in range(3))
    store = storage.open_store("memory:///" if kind == "memory" else (tmp_path / "objects").as_uri())
    SealedObjects(store, write_keys(tmp_path / "lost", lost)).put_new("lost", b"lost")
    before = SealedObjects(store, write_keys(tmp_path / "keys", old))
    for number in range(4):
        before.put_new(f"letters/{number}", bytes([number]))
    obstore.put(store, "stray", b"")
    sealed = SealedObjects(store, write_keys(tmp_path / "keys", new, old))
    sealed.put_new("letters/4", bytes([4]))
    ids = {name: line.partition(":")[0] for name, line in (("lost", lost), ("old", old), ("new", new))}
    usage = storage.count_keys(sealed)
    assert (usage.by_key, usage.unreadable) == ({ids["lost"]: 1, ids["old"]: 4, ids["new"]: 1}, 1)

    # Stopped in the middle, begun again, and once more.
    assert sealed.rekey("letters/2")
    for anew in (3, 0):
        output: list[str] = []
        assert storage.rekey_all(sealed, output.append, lambda _key, _data: False) == 2
        assert f"7 objects looked at, {anew} sealed again" in output
        assert any("lost" in line and ids["lost"] in line for line in output)
    assert storage.count_keys(sealed).by_key == {ids["lost"]: 1, ids["new"]: 5}
    only_new = SealedObjects(store, write_keys(tmp_path / "keys", new))
    assert [only_new.read(f"letters/{number}") for number in range(5)] == [bytes([n]) for n in range(5)]
    assert list(tmp_path.rglob("*#*")) == []

    # What nobody sealed is sealed where somebody knows it, and only there.
    assert storage.rekey_all(sealed, output.append, lambda key, data: (key, data) == ("stray", b"")) == 1
    assert sealed.read("stray") == b""

    # What nobody sealed is sealed where somebody knows it, and only there.
    assert storage.rekey_all(sealed, output.append, lambda key, data: (key, data) == ("stray", b"")) == 1
    assert sealed.read("stray") == b""
