"""Which files of an upload belong together."""

from collections.abc import Sequence
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from gateway.portal.pages.officer.pairs import (
    HEAD,
    HEADER,
    WORKERS,
    FileHead,
    NotAListFile,
    Pairing,
    Place,
    describe_head,
    pair_up,
    read_head,
)
from services.kit.jalali import JalaliMonth
from services.records.lists.encodings import Encoding
from services.records.lists.writers import write_list
from tests.fakes.lists import HASAN, MARYAM, build_sample_header, write_sample_list

FILES = [write_sample_list(MARYAM, month=JalaliMonth(year, 7)) for year in (1399, 1402, 1403)]


def pair_files(files: Sequence[bytes]) -> Pairing:
    return pair_up([describe_head(file[:HEAD]) for file in files])


def test_head_identifies_its_list() -> None:
    place = Place("0012345678", "03", "07", "1")
    assert [read_head(one[:HEAD]) for one in write_sample_list(MARYAM, HASAN)] == [
        (HEADER, place),
        (WORKERS, place),
    ]


@given(st.permutations([one for pair in FILES for one in pair]))
def test_pairs_are_found_in_any_order(files: list[bytes]) -> None:
    pairing = pair_files(files)
    assert pairing.strays == []
    assert {(files[header], files[workers]) for header, workers, _place in pairing.pairs} == set(FILES)


def test_the_same_list_twice_is_two_pairs() -> None:
    pairing = pair_files([*FILES[0], *FILES[0]])
    assert sorted(pair[:2] for pair in pairing.pairs) == [(0, 1), (2, 3)]


def test_one_unpaired_file_of_each_kind_is_a_pair() -> None:
    assert [pair[:2] for pair in pair_files([FILES[0][0], FILES[1][1]]).pairs] == [(0, 1)]
    left = pair_files([FILES[0][0], FILES[1][1], FILES[2][0]])
    assert (left.pairs, [index for index, _reason in left.strays]) == ([], [0, 1, 2])


def test_ten_thousand_files_are_paired_in_a_moment() -> None:
    places = [Place(f"{number:010}") for number in range(5_000)]
    heads = [FileHead(HEADER, place) for place in places] + [
        FileHead(WORKERS, place) for place in places[::-1]
    ]
    pairing = pair_up(heads)
    assert all(heads[header].place == heads[workers].place for header, workers, _place in pairing.pairs)
    assert (len(pairing.pairs), pairing.strays) == (5_000, [])


def test_a_list_without_workers_is_a_pair_too() -> None:
    assert [
        pair[:2] for pair in pair_files(list(write_list(build_sample_header([]), [], Encoding.CP1256))).pairs
    ] == [(0, 1)]


@given(st.binary(max_size=600) | st.binary(max_size=600).map(lambda rest: FILES[0][0][:400] + rest))
def test_any_bytes_are_a_head_or_rejected(head: bytes) -> None:
    with suppress(NotAListFile):
        assert read_head(head)[0] in {HEADER, WORKERS}


def test_tables_of_visual_foxpro_and_padded_numbers_are_paired() -> None:
    header, workers = FILES[0]
    padded = header.replace(b"01          ", b"000000000001")
    assert padded != header
    assert [pair[:2] for pair in pair_files([b"\x30" + padded[1:], workers, *FILES[1]]).pairs] == [
        (0, 1),
        (2, 3),
    ]
