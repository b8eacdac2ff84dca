"""Archives from outside are read within their bounds, or refused with one exception."""

import zipfile
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.archives import (
    DAMAGED,
    ENCRYPTED,
    MAX_ENTRIES,
    METHOD_UNKNOWN,
    NOT_ZIP,
    TOO_LARGE,
    TOO_MANY,
    ArchiveInvalid,
    is_zip,
    read_zip,
)
from services.kit.problems import Text

LARGE = 1024 * 1024


def pack(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def read(data: bytes, most: int = LARGE) -> dict[str, bytes]:
    return {file.path: file.data for file in read_zip(data, ".dbf", most)}


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_files_of_the_suffix_are_read_from_all_folders(method: int) -> None:
    files = {"a/DSKKAR00.DBF": b"one", "لیست/dskwor01.dbf": b"two", "readme.txt": b"no", "b/": b""}
    assert read(pack(files, method)) == {"a/DSKKAR00.DBF": b"one", "لیست/dskwor01.dbf": b"two"}


def find_reason(packed: bytes) -> Text:
    """Return why an archive is refused."""
    with pytest.raises(ArchiveInvalid) as refused:
        read(packed)
    return refused.value.reason


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a\\b\\DSKKAR00.DBF", "a/b/DSKKAR00.DBF"),
        ("../../DSKKAR00.DBF", "DSKKAR00.DBF"),
        ("a/../../../etc/DSKKAR00.DBF", "a/etc/DSKKAR00.DBF"),
        ("..\\..\\DSKKAR00.DBF", "DSKKAR00.DBF"),
        ("/etc/DSKKAR00.DBF", "etc/DSKKAR00.DBF"),
        ("C:\\lists\\DSKKAR00.DBF", "lists/DSKKAR00.DBF"),
        ("./.. /DSKKAR00.DBF", "DSKKAR00.DBF"),
    ],
)
def test_no_path_leads_out_of_the_archive(name: str, path: str) -> None:
    assert read(pack({name: b"one"})) == {path: b"one"}


def test_what_unpacks_to_more_than_the_bound_is_refused() -> None:
    bomb = pack({"a.dbf": bytes(LARGE + 1)})
    assert len(bomb) < 10_000
    assert find_reason(bomb) == TOO_LARGE


def test_the_bound_holds_for_all_files_together() -> None:
    with pytest.raises(ArchiveInvalid):
        read(pack({"a.dbf": bytes(LARGE - 10), "b.dbf": bytes(11)}))
    assert len(read(pack({"a.dbf": bytes(LARGE - 10), "b.dbf": bytes(10)}))) == 2


def test_an_entry_that_states_a_smaller_size_is_refused() -> None:
    honest = pack({"a.dbf": bytes(100_000)})
    lying = honest.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(ArchiveInvalid):
        read(lying, most=1000)


def test_an_encrypted_archive_is_refused() -> None:
    packed = bytearray(pack({"a.dbf": b"data"}, zipfile.ZIP_STORED))
    directory = packed.index(b"PK\x01\x02")
    packed[6] |= 1
    packed[directory + 8] |= 1
    assert find_reason(bytes(packed)) == ENCRYPTED


def test_an_archive_of_very_many_entries_is_refused() -> None:
    assert find_reason(pack({f"{number}.txt": b"" for number in range(MAX_ENTRIES + 1)})) == TOO_MANY


def test_each_reason_is_a_sentence_in_both_languages() -> None:
    """Python's own words for a broken archive tell people nothing."""
    whole = pack({"a.dbf": b"data" * 50})
    unknown = bytearray(whole)
    unknown[unknown.index(b"PK\x01\x02") + 10] = 99
    reasons = {
        NOT_ZIP: b"Rar!\x1a\x07",
        DAMAGED: whole[:-30],
        METHOD_UNKNOWN: bytes(unknown),
    }
    for reason, packed in reasons.items():
        assert find_reason(packed) == reason
        assert any("آ" <= letter <= "ی" for letter in reason.fa)
        assert "BadZipFile" not in reason.en


@given(st.data())
def test_a_damaged_archive_is_read_or_refused(data: st.DataObject) -> None:
    packed = bytearray(pack({"a.dbf": b"data" * 50, "b.dbf": b"more"}))
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(packed[: data.draw(st.integers(0, len(packed)))])
    with suppress(ArchiveInvalid):
        read(cut)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_one_exception(data: bytes) -> None:
    with pytest.raises(ArchiveInvalid):
        read(b"PK\x03\x04" + data)
    assert is_zip(b"PK\x03\x04" + data)
    assert not is_zip(b"\x03" + data)
