"""Archives of strangers: which lists they have, and files that are packed to do harm."""

import io
import struct
import tarfile
import zipfile
import zlib

import pytest

from services.kit.sizes import LARGEST_FILE, MEBIBYTE
from services.records.archives import indexes
from services.records.archives.failures import ArchiveUnusable, ImportFailure, ReadTooLarge
from services.records.archives.indexes import read_index
from services.records.archives.members import (
    Member,
    MemberUnreadable,
    Place,
    parse_place,
    read_member,
    unpack,
)

PAIR = {"a/DSKKAR00.DBF": b"header", "a/DSKWOR00.DBF": b"workers"}


def write_zip(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer


def write_tar(files: dict[str, bytes], tar_format: int = tarfile.PAX_FORMAT) -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tar_format) as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer


@pytest.mark.parametrize("write", [write_zip, write_tar])
def test_files_are_paired_by_folder_and_number(write: object) -> None:
    files = {
        "b/DSKKAR00.DBF": b"1",
        "b/DSKWOR00.DBF": b"2",
        "b/DSKWOR01.dbf": b"3",
        "b/dskkar01.dbf": b"4",
        "DSKKAR00.DBF": b"5",
        "DSKWOR00.DBF": b"6",
        "c/DSKKAR07.DBF": b"7",
        "c/DSKWOR00.DBF": b"8",
        "d/DSKKAR00.DBF": b"9",
        "notes/DSKKAR00.TXT": b"",
    }
    archive = write(files)  # type: ignore[operator]
    index = read_index(archive)
    contents = [
        tuple(read_member(archive, member)[1] for member in (pair.header, pair.workers))
        for pair in index.pairs
    ]
    assert contents == [(b"1", b"2"), (b"4", b"3"), (b"5", b"6"), (b"7", b"8")]
    assert [member.path for member in index.alone] == ["d/DSKKAR00.DBF"]


def test_paths_lead_nowhere_outside() -> None:
    files = {"../../x/DSKKAR00.DBF": b"1", "/x/DSKWOR00.DBF": b"2", "C:\\x\\DSKKAR00.DBF": b"3"}
    index = read_index(write_zip(files))
    assert [pair.header.path for pair in index.pairs] == ["x/DSKKAR00.DBF"]
    assert [member.path for member in index.repeated] == ["x/DSKKAR00.DBF"]


def test_of_two_files_with_one_name_the_first_counts() -> None:
    buffer = write_zip(PAIR)
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a/DSKWOR00.DBF", b"other")
    index = read_index(buffer)
    assert [read_member(buffer, pair.workers)[1] for pair in index.pairs] == [b"workers"]
    assert len(index.repeated) == 1


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        (b"", ImportFailure.NOT_AN_ARCHIVE),
        (b"MZ" + bytes(5000), ImportFailure.NOT_AN_ARCHIVE),
        (b"PK\x03\x04" + bytes(5000), ImportFailure.ARCHIVE_DAMAGED),
        (zlib.compress(b"a tar that is compressed"), ImportFailure.NOT_AN_ARCHIVE),
        (bytes(10240), ImportFailure.NO_LISTS),
        (write_tar(PAIR).getvalue()[:700], ImportFailure.ARCHIVE_DAMAGED),
    ],
)
def test_unusable_archives_say_why(content: bytes, failure: ImportFailure) -> None:
    with pytest.raises(ArchiveUnusable) as unusable:
        read_index(io.BytesIO(content))
    assert unusable.value.failure is failure


def test_number_of_files_and_their_unpacked_size_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, failure in (
        ("MAX_FILES", ImportFailure.TOO_MANY_FILES),
        ("MAX_UNPACKED", ImportFailure.TOO_LARGE_UNPACKED),
    ):
        for archive in (write_zip(PAIR), write_tar(PAIR)):
            with monkeypatch.context() as patch:
                patch.setattr(indexes, name, 1)
                with pytest.raises(ArchiveUnusable) as unusable:
                    read_index(archive)
                assert unusable.value.failure is failure


def test_read_that_takes_too_much_memory_is_too_many_files() -> None:
    class Bounded(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if size is not None and size > 100_000:
                raise ReadTooLarge
            return super().read(size)

    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 2**30
    with pytest.raises(ArchiveUnusable) as unusable:
        read_index(Bounded(header.tobuf(tarfile.USTAR_FORMAT) + bytes(2048)))
    assert unusable.value.failure is ImportFailure.TOO_MANY_FILES


def test_sparse_and_linked_files_of_a_tar_are_not_read() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content in PAIR.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("b/DSKKAR00.DBF")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    index = read_index(buffer)
    assert [pair.folder for pair in index.pairs] == ["a"]
    assert not index.alone


def build_tar_header(kind: bytes, size: int = 0, name: str = "x") -> bytes:
    header = tarfile.TarInfo(name)
    header.type, header.size = kind, size
    return header.tobuf(tarfile.GNU_FORMAT)


def build_sparse_header() -> bytes:
    """Return the header of a sparse file whose map goes on in the next block."""
    header = bytearray(build_tar_header(tarfile.GNUTYPE_SPARSE))
    header[482] = 1
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


_SPARSE_BLOCK = b"00000000001\x0000000000001\x00" * 21 + b"\x01" + bytes(7)


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        pytest.param(
            (build_tar_header(tarfile.GNUTYPE_LONGNAME, 1) + b"y".ljust(512, b"\0")) * 900,
            ImportFailure.ARCHIVE_DAMAGED,
            id="names-of-names",
        ),
        pytest.param(build_sparse_header(), ImportFailure.ARCHIVE_DAMAGED, id="map-cut-short"),
        pytest.param(
            build_sparse_header() + _SPARSE_BLOCK * 9000, ImportFailure.TOO_MANY_FILES, id="endless-map"
        ),
    ],
)
def test_headers_that_are_made_to_do_harm_end_with_a_cause(content: bytes, failure: ImportFailure) -> None:
    archive = io.BytesIO(content)
    with pytest.raises(ArchiveUnusable) as unusable:
        read_index(archive)
    assert unusable.value.failure is failure
    assert archive.tell() <= 2 * MEBIBYTE


def test_store_that_is_away_is_not_a_damaged_archive() -> None:
    class Away(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 4:
                raise PermissionError("the keys cannot be read")
            return super().read(size)

    with pytest.raises(PermissionError, match="keys"):
        read_index(Away(write_zip(PAIR).getvalue()))


def test_bomb_is_not_unpacked() -> None:
    bomb = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = bomb.compress(bytes(LARGEST_FILE + 1)) + bomb.flush()
    with pytest.raises(MemberUnreadable):
        unpack(packed, Place(0, len(packed), is_deflated=True))
    with pytest.raises(MemberUnreadable):
        read_member(io.BytesIO(packed), Member("x", 0, len(packed), LARGEST_FILE + 1, is_deflated=True))


def test_file_that_says_it_is_smaller_than_it_is_is_not_read() -> None:
    archive = write_zip({"a/DSKKAR00.DBF": bytes(5000), "a/DSKWOR00.DBF": b"workers"})
    # The sizes of the directory's first entry.
    content = archive.getvalue()
    at = content.index(b"PK\x01\x02")
    lying = io.BytesIO(content[: at + 24] + struct.pack("<L", 10) + content[at + 28 :])
    (pair,) = read_index(lying).pairs
    with pytest.raises(MemberUnreadable):
        read_member(lying, pair.header)


def test_encrypted_damaged_and_unusual_files_are_not_read() -> None:
    content = bytearray(write_zip(PAIR, zipfile.ZIP_STORED).getvalue())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    content[content.index(b"workers")] ^= 1
    archive = io.BytesIO(bytes(content))
    (pair,) = read_index(archive).pairs
    for member in (pair.header, pair.workers):
        with pytest.raises(MemberUnreadable):
            read_member(archive, member)
    unusual = write_zip(PAIR, zipfile.ZIP_LZMA)
    (pair,) = read_index(unusual).pairs
    with pytest.raises(MemberUnreadable):
        read_member(unusual, pair.header)


def test_place_is_read_as_it_is_written() -> None:
    for place in (Place(0, 1, is_deflated=True), Place(2**31, LARGEST_FILE, is_deflated=False)):
        assert parse_place(str(place)) == place
    for text in ("", "1+2", "1+2x", "-1+2z", "1+2z "):
        with pytest.raises(ValueError, match="place"):
            parse_place(text)
