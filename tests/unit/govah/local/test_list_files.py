"""List files are found and paired in folders and archives, under the names that programs give them."""

import zipfile
from pathlib import Path

import pytest

from govah.local.list_files import ListsUnreadable, find_lists
from services.kit.archives import DAMAGED


def write(directory: Path, *names: str) -> None:
    for name in names:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def describe(path: Path) -> list[tuple[str, bytes, bytes]]:
    return [(pair.label, pair.header.read_bytes(), pair.workers.read_bytes()) for pair in find_lists(path)]


def test_files_are_paired_in_each_folder_in_any_case(tmp_path: Path) -> None:
    write(
        tmp_path, "a/DSKKAR00.DBF", "a/dskwor00.dbf", "b/c/DskKar00.Dbf", "b/c/DSKWOR00.DBF", "b/readme.txt"
    )
    assert describe(tmp_path) == [
        (str(tmp_path / "a"), b"a/DSKKAR00.DBF", b"a/dskwor00.dbf"),
        (str(tmp_path / "b/c"), b"b/c/DskKar00.Dbf", b"b/c/DSKWOR00.DBF"),
    ]


def test_numbered_lists_of_one_folder_are_paired_by_number(tmp_path: Path) -> None:
    write(tmp_path, "DSKKAR00.DBF", "DSKKAR01.DBF", "DSKWOR01.DBF", "DSKWOR00.DBF", "DSKWOR02.DBF")
    assert describe(tmp_path) == [
        (str(tmp_path), b"DSKKAR00.DBF", b"DSKWOR00.DBF"),
        (f"{tmp_path} (01)", b"DSKKAR01.DBF", b"DSKWOR01.DBF"),
    ]


def test_the_only_two_files_are_a_pair_whatever_their_numbers(tmp_path: Path) -> None:
    write(tmp_path, "DSKKAR00.DBF", "DSKWOR01.DBF")
    assert describe(tmp_path) == [(str(tmp_path), b"DSKKAR00.DBF", b"DSKWOR01.DBF")]


def test_files_without_a_partner_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "a/DSKKAR00.DBF", "b/DSKWOR00.DBF", "c/DSKKAR00.DBF", "c/DSKKAR01.DBF", "c/DSKWOR02.DBF")
    assert describe(tmp_path) == []


def test_archives_are_opened_alone_and_in_folders(tmp_path: Path) -> None:
    write(tmp_path, "loose/DSKKAR00.DBF", "loose/DSKWOR00.DBF")
    archive = tmp_path / "lists.ZIP"
    with zipfile.ZipFile(archive, "w") as packed:
        for name in ("x/DSKWOR00.DBF", "DSKKAR01.DBF", "x/DSKKAR00.DBF", "DSKWOR01.DBF", "note.txt"):
            packed.writestr(name, name)
    of_archive = [
        (f"{archive} (01)", b"DSKKAR01.DBF", b"DSKWOR01.DBF"),
        (str(archive / "x"), b"x/DSKKAR00.DBF", b"x/DSKWOR00.DBF"),
    ]
    assert describe(archive) == of_archive
    assert describe(tmp_path) == [
        (str(tmp_path / "loose"), b"loose/DSKKAR00.DBF", b"loose/DSKWOR00.DBF"),
        *of_archive,
    ]


def test_a_damaged_archive_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "lists.zip").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(ListsUnreadable) as refused:
        find_lists(tmp_path)
    assert (refused.value.path, refused.value.reason) == (tmp_path / "lists.zip", DAMAGED)
