"""Names that fit badly: a warning with the better reading for one, an error if most of them do."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govah.samples.words import FEMALE_NAMES, LAST_NAMES, MALE_NAMES
from services.records.lists import ParsedList, WorkerRow, read_list
from services.records.lists.encodings import Encoding, get_encoder
from services.records.lists.writers import Layout
from tests.fakes.hostile_lists import build_national_code
from tests.fakes.lists import HASAN, MARYAM, get_only, list_codes, set_cell, write_sample_list
from tests.unit.records.lists.test_pairs import read_case

CP1256, IRAN_SYSTEM, UTF_8 = Encoding
FIRST_NAMES = [*MALE_NAMES, *FEMALE_NAMES]
WIDE = Layout(widths={"DSW_FNAME": 120, "DSW_LNAME": 120, "DSW_DNAME": 120, "DSK_NAME": 200, "DSK_FARM": 200})
MARK = "ABCDEFGHIJ"


def build_rows(count: int) -> list[WorkerRow]:
    return [
        replace(
            MARYAM,
            row=at + 1,
            national_code=build_national_code(100_000_000 + at).decode(),
            insurance_number=str(10_000_000 + at),
            first_name=FIRST_NAMES[at % len(FIRST_NAMES)],
            last_name=LAST_NAMES[at % len(LAST_NAMES)],
            father_name=MALE_NAMES[at % len(MALE_NAMES)],
        )
        for at in range(count)
    ]


def write_damaged(
    count: int, encoding: Encoding, damage: Callable[[str], bytes], which: Callable[[int, str], bool]
) -> tuple[list[WorkerRow], tuple[bytes, bytes]]:
    """Return rows and a list of them, with some of the names damaged in the bytes of the file."""
    rows = build_rows(count)
    marked, cells = [], {}
    for at, row in enumerate(rows):
        names: dict[str, str] = {}
        for place, name in enumerate(("first_name", "last_name", "father_name")):
            if which(at, name):
                names[name] = f"{MARK}{at:03}{place}".ljust(40, "x")
                cells[names[name]] = damage(getattr(row, name))
        marked.append(replace(row, **names))  # type: ignore[arg-type]
    header, workers = write_sample_list(*marked, encoding=encoding, layout=WIDE)
    for mark, cell in cells.items():
        workers = workers.replace(mark.encode(), cell.ljust(40))
    return rows, (header, workers)


def is_one(at: int, name: str) -> bool:
    return (at, name) == (1, "first_name")


def is_any(_at: int, _name: str) -> bool:
    return True


def is_surname(_at: int, name: str) -> bool:
    return name == "last_name"


def write_as(encoding: Encoding) -> Callable[[str], bytes]:
    return get_encoder(encoding)


def convert(stored: Encoding, taken_for: str) -> Callable[[str], bytes]:
    """Return the damage of a program that takes an encoding for another one and stores UTF-8."""

    def damage(text: str) -> bytes:
        raw = get_encoder(stored)(text)
        return "".join(decode_byte(byte, taken_for) for byte in raw).encode()

    return damage


def decode_byte(byte: int, codec: str) -> str:
    try:
        return bytes([byte]).decode(codec)
    except UnicodeDecodeError:
        return chr(byte)


MOJIBAKE = {
    "UTF-8 as cp1256": convert(UTF_8, "cp1256"),
    "UTF-8 as cp1252": convert(UTF_8, "cp1252"),
    "UTF-8 as Latin-1": convert(UTF_8, "latin-1"),
    "cp1256 as cp1252": convert(CP1256, "cp1252"),
    "cp1256 as Latin-1": convert(CP1256, "latin-1"),
    "Iran System as cp1256": convert(IRAN_SYSTEM, "cp1256"),
    "Iran System as cp437": convert(IRAN_SYSTEM, "cp437"),
    "Iran System as cp850": convert(IRAN_SYSTEM, "cp850"),
}
LOST = {
    "question marks": lambda text: b"?" * len(text),
    "some question marks": lambda text: b"?" + text[1:].encode("cp1256", "replace").replace(b"\x3f", b"?"),
    "Arabic question marks": lambda text: b"\xbf" * len(text),
    "cp1256 as UTF-8": lambda text: get_encoder(CP1256)(text).decode("utf-8", "replace").encode(),
    "box drawing": lambda text: b"\xb2" * len(text),
    "control characters": lambda text: bytes([1, 2]) + b"?" * len(text),
}  # fmt: skip


@pytest.mark.parametrize("kind", MOJIBAKE)
def test_one_converted_name_is_read_as_what_it_was(kind: str) -> None:
    rows, files = write_damaged(6, UTF_8, MOJIBAKE[kind], is_one)
    parsed = read_list(*files)
    finding = get_only(parsed.findings)
    assert (finding.code, finding.severity, finding.row, finding.field) == (
        "name-implausible", "warning", 2, "DSW_FNAME",
    )  # fmt: skip
    assert (finding.expected, parsed.rows[1].first_name) == (rows[1].first_name,) * 2
    assert rows[1].first_name in finding.message_fa
    assert finding.value != rows[1].first_name


@pytest.mark.parametrize("kind", MOJIBAKE)
def test_file_of_converted_names_is_refused(kind: str) -> None:
    rows, files = write_damaged(6, UTF_8, MOJIBAKE[kind], is_any)
    parsed = read_list(*files)
    finding = get_only(parsed.findings)
    assert (finding.code, finding.severity, finding.row) == ("text-unreadable", "error", None)
    assert finding.expected in {rows[at].first_name for at in range(6)} | {
        row.father_name for row in rows
    } | {row.last_name for row in rows}


@pytest.mark.parametrize("encoding", [CP1256, IRAN_SYSTEM])
@pytest.mark.parametrize("kind", LOST)
def test_lost_names_are_warnings_or_errors(kind: str, encoding: Encoding) -> None:
    _, files = write_damaged(6, encoding, LOST[kind], is_one)
    assert list_codes(read_list(*files)) == [("warning", 2, "DSW_FNAME", "name-implausible")]
    _, files = write_damaged(6, encoding, LOST[kind], is_surname)
    assert list_codes(read_list(*files)) == [("error", None, "DSW_LNAME", "text-unreadable")]
    _, files = write_damaged(6, encoding, LOST[kind], is_any)
    assert [finding.code for finding in read_list(*files).findings] == ["text-unreadable"]


@pytest.mark.parametrize("of_file", Encoding)
@pytest.mark.parametrize("of_name", Encoding)
def test_one_name_in_another_encoding_is_read_in_it(of_file: Encoding, of_name: Encoding) -> None:
    if of_file is of_name:
        return
    for place in range(40):

        def is_at_place(at: int, name: str, place: int = place) -> bool:
            return (at, name) == (place, "last_name")

        rows, files = write_damaged(40, of_file, write_as(of_name), is_at_place)
        parsed = read_list(*files)
        assert [row.last_name for row in parsed.rows] == [row.last_name for row in rows]
        assert list_codes(parsed) == [("warning", place + 1, "DSW_LNAME", "name-implausible")]


@pytest.mark.parametrize("of_file", Encoding)
@pytest.mark.parametrize("of_column", Encoding)
def test_a_column_in_an_encoding_of_its_own_is_read_without_findings(
    of_file: Encoding, of_column: Encoding
) -> None:
    rows, files = write_damaged(12, of_file, write_as(of_column), is_surname)
    parsed = read_list(*files)
    assert list(parsed.rows) == rows
    assert not parsed.findings


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("fcf7f5c4f4", "مؤمنی"),
        ("fcf8c4f5", "مؤوی"),
        ("fca8c6a4", "رئسی"),
        ("a49398 90", "اکبر"),
        ("9891 93", "باک"),
    ],
)
def test_letters_that_converters_let_through_are_read(stored: str, text: str) -> None:
    """Case: one such byte made rubbish of every name of the file."""
    _, files = write_damaged(6, IRAN_SYSTEM, lambda _name: bytes.fromhex(stored), is_one)
    parsed = read_list(*files)
    assert parsed.rows[1].first_name == text
    assert [row.last_name for row in parsed.rows] == [row.last_name for row in build_rows(6)]
    assert not [finding for finding in parsed.findings if finding.row != 2]


def test_stored_cases_are_read_with_their_right_names() -> None:
    for name, surname in (("02-utf8-driver-f0", "گودرزی"), ("03-iransystem-c4-hamza-waw", "مؤمنی")):
        parsed = read_case(name)
        assert not parsed.findings
        assert [(row.first_name, row.last_name, row.father_name, row.sex) for row in parsed.rows] == [
            ("مریم", "رضایی مقدم", "علی", "female"),
            ("حسن", surname, "محمدحسین", "male"),
        ]


def test_question_marks_refuse_the_list() -> None:
    parsed = read_case("06-question-marks")
    assert not parsed.is_importable
    assert {(finding.file, finding.code) for finding in parsed.findings} == {
        ("DSKKAR00.DBF", "text-unreadable"),
        ("DSKWOR00.DBF", "text-unreadable"),
    }


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("fea4f4", None),  # an initial form at the end
        ("f4fea4f4", "مریم"),  # a final form inside
        ("f5fea4f4", None),
        ("2d", None),
        ("313233", None),
        ("2e2e2e", None),
    ],
)
def test_forms_and_signs_that_no_name_has_are_warnings(stored: str, expected: str | None) -> None:
    _, files = write_damaged(6, IRAN_SYSTEM, lambda _name: bytes.fromhex(stored), is_one)
    parsed = read_list(*files)
    finding = get_only(parsed.findings)
    assert (finding.code, finding.row, finding.expected) == ("name-implausible", 2, expected)
    assert parsed.is_importable


def test_list_in_logical_order_of_iran_system_is_refused() -> None:
    _, files = write_damaged(9, IRAN_SYSTEM, lambda name: get_encoder(IRAN_SYSTEM)(name)[::-1], is_any)
    assert [finding.code for finding in read_list(*files).findings] == ["text-unreadable"]


@pytest.mark.parametrize("encoding", [CP1256, UTF_8])
def test_list_whose_names_are_reversed_is_refused(encoding: Encoding) -> None:
    """A converter from Iran System that leaves its visual order."""
    _, files = write_damaged(12, encoding, lambda name: get_encoder(encoding)(name[::-1]), is_any)
    finding = get_only(read_list(*files).findings)
    assert finding.code == "text-unreadable"
    assert (finding.value, finding.expected) == ("یلع", "علی")


def test_list_in_an_arabic_code_page_is_refused() -> None:
    to_arabic = str.maketrans("یکپچژگ", "ىكبجزك")
    for codec in ("cp720", "iso8859-6", "utf-16-le", "cp864"):

        def damage(name: str, codec: str = codec) -> bytes:
            return name.translate(to_arabic).encode(codec, "replace")

        _, files = write_damaged(20, CP1256, damage, is_any)
        assert {finding.code for finding in read_list(*files).findings} == {"text-unreadable"}, codec


def test_header_with_a_name_that_cannot_be_read_is_an_error() -> None:
    header, workers = write_sample_list(MARYAM)
    name, employer = (text.encode("cp1256") for text in ("کارگاه نجاري بهار", "ژاله اميني"))
    for lost, code in (((name,), "name-implausible"), ((name, employer), "text-unreadable")):
        damaged = header
        for text in lost:
            damaged = damaged.replace(text, b"?" * len(text))
        finding = get_only(read_list(damaged, workers).findings)
        assert (finding.file, finding.field, finding.code) == ("DSKKAR00.DBF", "DSK_NAME", code)


def test_sound_names_have_no_findings() -> None:
    names = [
        "علی‌رضا",
        "خانه‌ها",
        "John",
        "گل احمد",
        "سید محمد(ص)",
        "مهدی 2",
        "نورالله",
        "أحمد",
        "فاطمة",
        "محمّد",
    ]
    rows = [replace(row, first_name=name) for row, name in zip(build_rows(10), names, strict=True)]
    for encoding in (CP1256, UTF_8):
        assert not read_list(*write_sample_list(*rows, encoding=encoding)).findings


def read_names(parsed: ParsedList) -> list[tuple[str, str, str]]:
    return [(row.first_name, row.last_name, row.father_name) for row in parsed.rows]


@given(
    encoding=st.sampled_from(Encoding),
    people=st.lists(
        st.tuples(*map(st.sampled_from, (FIRST_NAMES, LAST_NAMES, MALE_NAMES))), min_size=2, max_size=12
    ),
    stray=st.integers(0x80, 0xFF),
    driver=st.sampled_from([0, 3, 0x7E, 0xC8, 0xF0]),
)
def test_names_round_trip_beside_a_stray_byte(
    encoding: Encoding, people: list[tuple[str, str, str]], stray: int, driver: int
) -> None:
    """Every name but the one with the stray byte is read as it was written."""
    rows = [
        replace(row, first_name=first, last_name=last, father_name=father)
        for row, (first, last, father) in zip(build_rows(len(people)), people, strict=True)
    ]
    strayed = replace(rows[0], first_name=MARK)
    header, workers = write_sample_list(strayed, *rows[1:], encoding=encoding)
    workers = workers[:29] + bytes([driver]) + workers[30:]
    cell = (get_encoder(encoding)(people[0][0]) + bytes([stray])).ljust(len(MARK))[:40]
    workers = workers.replace(MARK.encode().ljust(len(cell)), cell)
    parsed = read_list(header, workers)
    assert read_names(parsed)[1:] == people[1:]
    assert read_names(parsed)[0][1:] == people[0][1:]


@given(
    encoding=st.sampled_from(Encoding),
    first=st.sampled_from(FIRST_NAMES),
    last=st.sampled_from(LAST_NAMES),
    father=st.sampled_from(MALE_NAMES),
)
def test_list_of_one_person_round_trips(encoding: Encoding, first: str, last: str, father: str) -> None:
    row = replace(MARYAM, first_name=first, last_name=last, father_name=father)
    parsed = read_list(*write_sample_list(row, encoding=encoding))
    assert (list(parsed.rows), parsed.encoding) == ([row], encoding)
    assert not parsed.findings


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("عل&#1740;".encode("cp1256"), "علی"),
        (b"&#x639;&#x644;&#x6cc;", "علی"),
        (b"\\u0639\\u0644\\u06cc", "علی"),
        (b"%D8%B9%D9%84%DB%8C", "علی"),
        ("شه&zwnj;بخش".encode("cp1256"), "شه\u200cبخش"),
        ("عل&#1740;رضا &#17".encode("cp1256"), "علیرضا"),
    ],
)
def test_escapes_of_the_web_are_read_as_letters(stored: bytes, text: str) -> None:
    _, files = write_damaged(20, CP1256, lambda _name: stored, is_one)
    parsed = read_list(*files)
    assert parsed.rows[1].first_name == text
    finding = get_only(parsed.findings)
    assert (finding.row, finding.field, finding.expected) == (2, "DSW_FNAME", text)


def test_a_file_of_escapes_is_refused() -> None:
    _, files = write_damaged(
        20, CP1256, lambda name: name.replace("ی", "&#1740;").encode("cp1256"), lambda _at, _name: True
    )
    assert ("error", "text-unreadable") in {(one.severity, one.code) for one in read_list(*files).findings}


@pytest.mark.parametrize(
    ("encoding", "part"),
    [(UTF_8, slice(20)), (UTF_8, slice(19)), (CP1256, slice(10)), (IRAN_SYSTEM, slice(-10, None))],
)
def test_a_name_that_its_column_may_have_cut_off_is_a_warning(encoding: Encoding, part: slice) -> None:
    layout = Layout(widths={**WIDE.widths, "DSW_FNAME": 10})
    header, workers = write_sample_list(MARYAM, HASAN, encoding=encoding, layout=layout)
    name = get_encoder(encoding)("سیدابوالفضل")[part]
    parsed = read_list(header, set_cell(workers, "DSW_FNAME", name, 1))
    finding = get_only(parsed.findings)
    assert (finding.severity, finding.code) == ("warning", "name-implausible")
    assert (finding.row, finding.field) == (1, "DSW_FNAME")
    assert "سیدابوالفض".startswith(str(finding.value))


@pytest.mark.parametrize("encoding", [CP1256, UTF_8])
def test_one_reversed_name_is_refused_by_the_other_words(encoding: Encoding) -> None:
    row = build_rows(1)[0]
    header, workers = write_sample_list(row, encoding=encoding, layout=WIDE)
    for word in (row.first_name, row.last_name, row.father_name, "ایرانی", "زن"):
        encode = get_encoder(encoding)
        workers = workers.replace(encode(word), encode(word[::-1]))
    assert ("error", "text-unreadable") in {
        (one.severity, one.code) for one in read_list(header, workers).findings
    }


def test_letters_in_the_forms_of_their_places_are_read() -> None:
    """Programs without shaping store U+FEC9 U+FEE0 U+FBFD for علی."""
    header, workers = write_sample_list(replace(MARYAM, first_name="علی"), encoding=UTF_8, layout=WIDE)
    plain = "علی".encode()
    shaped = workers.replace(plain.ljust(120), "\ufecb\ufee0\ufbfd".encode().ljust(120))
    assert shaped != workers
    parsed = read_list(header, shaped)
    assert parsed.rows[0].first_name == "علی"
    assert list_codes(parsed) == []


@pytest.mark.parametrize(
    ("word", "sex"), [("مذکر", "male"), ("مؤنث", "female"), ("F", "female"), ("؟", None)]
)
def test_other_words_for_the_sex_are_read(word: str, sex: str | None) -> None:
    header, workers = write_sample_list(MARYAM, encoding=UTF_8, layout=Layout(widths={"DSW_SEX": 10}))
    parsed = read_list(header, workers.replace("زن".encode().ljust(10), word.encode().ljust(10)))
    assert parsed.rows[0].sex == sex
