"""Sample lists: genuine files, invented people with valid codes, and a truth that the files agree with."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from govah.samples import (
    SampleContribution,
    SampleEncoding,
    SamplePerson,
    SampleTree,
    change_days,
    generate,
    list_under_code,
)
from services.kit.jalali import JalaliMonth
from services.kit.national_code import is_national_code
from services.records.lists import ListHeader, ParsedList, WorkerRow, read_list
from services.records.lists.fields import MAX_RIALS
from services.records.lists.findings import ListFile

LAST = JalaliMonth(1405, 8)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> SampleTree:
    return generate(120, 60, 6, "mixed", 7, tmp_path_factory.mktemp("lists"), last_month=LAST)


@pytest.fixture(scope="module")
def parsed(tree: SampleTree) -> list[ParsedList]:
    return [read(path) for path in tree.lists]


def read(path: Path) -> ParsedList:
    return read_list(*((path / file).read_bytes() for file in ListFile))


def list_rows(parsed: list[ParsedList]) -> Iterator[tuple[ListHeader, WorkerRow]]:
    for one in parsed:
        assert one.header is not None
        for row in one.rows:
            yield one.header, row


def index_by_code(tree: SampleTree) -> dict[str, SamplePerson]:
    return {person.national_code or person.insurance_number: person for person in tree.people}


def test_every_list_imports_and_only_foreigners_are_warned_of(parsed: list[ParsedList]) -> None:
    findings = [finding for one in parsed for finding in one.findings]
    assert {finding.code for finding in findings} == {"foreigner-without-code"}
    assert {finding.severity for finding in findings} == {"warning"}
    assert all(one.is_importable for one in parsed)


def test_each_list_lies_where_its_header_says(tree: SampleTree, parsed: list[ParsedList]) -> None:
    for path, one in zip(tree.lists, parsed, strict=True):
        assert one.header is not None
        assert path.parent.name == one.header.workshop_code
        number = one.header.list_number
        assert path.name == str(one.header.month) + ("" if number == "1" else f"-{number.zfill(2)}")
        assert one.header.workshop_name == tree.workshops[one.header.workshop_code].name


def test_the_lists_say_what_the_tree_says(tree: SampleTree, parsed: list[ParsedList]) -> None:
    rows_by_person = defaultdict(list)
    for header, row in list_rows(parsed):
        rows_by_person[row.national_code or row.insurance_number].append(
            SampleContribution(
                header.month, header.workshop_code, header.list_number, row.days, row.insurable, row.premium
            )
        )
    assert rows_by_person == {code: person.contributions for code, person in index_by_code(tree).items()}


def test_the_lists_carry_the_people_as_they_are(tree: SampleTree, parsed: list[ParsedList]) -> None:
    people = index_by_code(tree)
    for _, row in list_rows(parsed):
        person = people[row.national_code or row.insurance_number or ""]
        for name in (
            "first_name",
            "last_name",
            "father_name",
            "sex",
            "birth_date",
            "insurance_number",
            "id_place",
        ):
            assert getattr(row, name) == getattr(person, name)


def test_people_are_different_adult_and_have_worked(tree: SampleTree) -> None:
    codes = [person.national_code for person in tree.people if person.national_code]
    assert all(map(is_national_code, codes))
    assert len(codes) == len(set(codes)) == 118
    assert len({person.insurance_number for person in tree.people}) == 120
    assert len({person.mobile for person in tree.people}) == 120
    for person in tree.people:
        assert person.mobile.startswith("0912")
        assert len(person.mobile) == 11
        first = person.contributions[0].month
        assert JalaliMonth.from_date(person.birth_date).add_months(18 * 12) <= first


def test_life_is_in_it(tree: SampleTree) -> None:
    """Part months, two concurrent workshops, gaps, supplementary lists, and wages that rise."""
    everything = [c for person in tree.people for c in person.contributions]
    assert any(0 < c.days < c.month.days for c in everything)
    assert any(c.list_number != "1" for c in everything)
    assert all(0 <= c.days <= c.month.days and 0 < c.wage <= MAX_RIALS for c in everything)
    assert any(
        len({c.workshop_code for c in person.contributions if c.month == month}) == 2
        for person in tree.people
        for month in {c.month for c in person.contributions}
    )
    assert any(
        len(list(months[0].iterate_until(months[-1]))) > len(set(months))
        for person in tree.people
        if (months := [c.month for c in person.contributions])
    )
    daily = defaultdict(list)
    for c in everything:
        if c.list_number == "1" and c.days:
            daily[c.month.year].append(c.wage / c.days)
    means = [sum(wages) / len(wages) for _, wages in sorted(daily.items())]
    assert means == sorted(means)


def test_months_reach_the_last_one_and_no_further(tree: SampleTree) -> None:
    months = [c.month for person in tree.people for c in person.contributions]
    assert max(months) == LAST
    assert min(months) >= LAST.add_months(-59)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    def generate_files(seed: int, where: str) -> dict[str, bytes]:
        generate(10, 6, 2, "mixed", seed, tmp_path / where, last_month=LAST)
        root = tmp_path / where
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.DBF")}

    assert generate_files(1, "a") == generate_files(1, "b")
    assert generate_files(1, "a") != generate_files(2, "c")


def test_the_encoding_changes_the_bytes_and_not_the_people(tmp_path: Path) -> None:
    def list_people(encoding: SampleEncoding) -> list[WorkerRow]:
        tree = generate(8, 3, 1, encoding, 3, tmp_path / encoding, last_month=LAST)
        return [row for path in tree.lists for row in read(path).rows]

    assert list_people("cp1256") == list_people("iransystem") == list_people("mixed")
    files = [next((tmp_path / name).rglob("DSKWOR00.DBF")).read_bytes() for name in ("cp1256", "iransystem")]
    assert files[0] != files[1]


def test_a_very_large_workshop_sends_several_lists(tmp_path: Path) -> None:
    tree = generate(1600, 1, 1, "cp1256", 1, tmp_path, last_month=LAST)
    numbers = {c.list_number for person in tree.people for c in person.contributions}
    assert {"1", "2"} <= numbers
    assert all(read(path).is_importable for path in tree.lists)


@pytest.mark.parametrize("counts", [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_nothing_cannot_be_made(counts: tuple[int, int, int], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="positive"):
        generate(*counts, "cp1256", 1, tmp_path, last_month=LAST)


def find_list(tree: SampleTree, person: SamplePerson) -> tuple[Path, SampleContribution]:
    [contribution, *_] = [one for one in person.contributions if one.list_number == "1" and one.days > 3]
    names = (contribution.workshop_code, str(contribution.month))
    [path] = [path for path in tree.lists if (path.parent.name, path.name) == names]
    return path, contribution


def test_changed_days_leave_the_other_rows(tree: SampleTree, tmp_path: Path) -> None:
    person = next(one for one in tree.people if one.national_code and len(one.contributions) > 5)
    path, contribution = find_list(tree, person)
    before, after = read(path), read(change_days(path, person, contribution.days - 3, tmp_path))
    assert after.is_importable
    assert after.header
    assert before.header
    assert after.header.list_number == before.header.list_number
    differing = [new for old, new in zip(before.rows, after.rows, strict=True) if old != new]
    assert [(row.national_code, row.days) for row in differing] == [
        (person.national_code, contribution.days - 3)
    ]
    assert after.content_sha256 != before.content_sha256


def test_list_under_another_code_says_so_in_one_row(tree: SampleTree, tmp_path: Path) -> None:
    owner, other = [one for one in tree.people if one.national_code and len(one.contributions) > 5][:2]
    path, _ = find_list(tree, owner)
    parsed = read(list_under_code(path, owner, str(other.national_code), tmp_path))
    [row] = parsed.rows
    assert parsed.is_importable
    assert parsed.header
    assert parsed.header.list_number == "95"
    assert (row.national_code, row.last_name) == (other.national_code, owner.last_name)
    assert row.insurance_number
    assert int(row.insurance_number) == int(owner.insurance_number)
