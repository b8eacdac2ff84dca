"""Every text that pages and letters show is weighed: jobs, addresses and nationalities as well as names."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from govah.samples.words import CITIES, FEMALE_NAMES, JOBS, LAST_NAMES, MALE_NAMES, STREETS, TRADES
from services.records.lists import Finding, ParsedList, read_list
from services.records.lists.encodings import Encoding, get_decoder, get_encoder
from services.records.lists.finding_logs import MAX_FINDINGS
from services.records.lists.name_fits import Fit, Sort, judge_typed_name, read_name
from services.records.lists.name_weights import WORDS
from services.records.lists.writers import Layout
from tests.fakes.lists import get_only, list_codes, set_cell, write_sample_list
from tests.unit.records.lists.test_names import build_rows

CP1256, IRAN_SYSTEM, UTF_8 = Encoding
WIDE = Layout(
    widths=dict.fromkeys(("DSW_FNAME", "DSW_LNAME", "DSW_DNAME", "DSW_OCP", "DSK_ADRS", "DSW_SEX"), 120)
)
TITLES = [
    "حسابدار", "لوله کش", "کارگر ساده", "راننده پایه یک", "اپراتور CNC", "مدیر R&D", "کارشناس IT (شبکه)",
    "نقاش/بنا", "سرپرست خط ۲", "کارگر فنی - درجه ۳", "جوش‌کار آرگون", "خیاط و برش‌کار", "تکنسین برق، تلفن",
    "مسئول امور اداری", "مهندس ناظر (پایه ۱)", "مسؤول دفتر", "هیأت مدیره", "اُپراتور", "پرسنل آشپزخانه",
    "کارگر_ساده", "کارشناس کیفیّت", "کمک‌راننده", "«سر»آشپز مدل «الف»", "-", "0", ".", "منشی 1", "دکتر داروساز",
]  # fmt: skip
ADDRESSES = [
    "تهران، خیابان لاله، پلاک 12",
    "کرج م. آزادی ک 3 پ12 ط۲",
    "قم - بلوار امین - خ 12/1 #3",
    "-",
    "12",
]


def encode(text: str, encoding: Encoding = CP1256) -> bytes:
    return get_encoder(encoding)(text)


LOST = {
    "question mark": "مر?م",
    "Persian question mark": "مر؟م",
    "only question marks": "????",
    "control character": "مر\x02م",
    "escape": "مر\x1bم",
    "delete": "مر\x7fم",
    "asterisk": "مر*م",
    "percent": "مر%م",
    "null": "NULL",
}
HIDDEN: dict[str, Callable[[str], bytes]] = {
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64 of cp1256": lambda text: base64.b64encode(encode(text)),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")),
    "base64 without its end": lambda text: base64.b64encode(text.encode()).rstrip(b"="),
    "hexadecimal": lambda text: text.encode().hex().encode(),
    "hexadecimal of a database": lambda text: b"0x" + text.encode().hex().upper().encode(),
    "quoted-printable": lambda text: "".join(f"={byte:02X}" for byte in text.encode()).encode(),
    "bytes": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()).encode(),
    "a word of mail": lambda text: b"=?UTF-8?B?" + base64.b64encode(text.encode()) + b"?=",
    "code points": lambda text: "".join(f"U+{ord(letter):04X}" for letter in text).encode(),
    "code points of R": lambda text: "".join(f"<U+{ord(letter):04X}>" for letter in text).encode(),
    "quotes": lambda text: encode(f'"{text}"'),
    "two quotes": lambda text: encode(f'""{text}""'),
    "apostrophes": lambda text: encode(f"'{text}'"),
    "half the quotes": lambda text: encode(f'"{text}'),
    "the other half": lambda text: encode(f"{text}'"),
    "guillemets": lambda text: encode(f"«{text}»"),
    "UTF-8": lambda text: text.encode(),
    "converted": lambda text: text.encode().decode("cp1256", "replace").encode("cp1256", "replace"),
}


def read_damaged(field: str, cell: bytes, encoding: Encoding = CP1256) -> ParsedList:
    rows = [replace(row, job_title=JOBS[at]) for at, row in enumerate(build_rows(6))]
    header, workers = write_sample_list(*rows, encoding=encoding, layout=WIDE)
    if field.startswith("DSK"):
        return read_list(set_cell(header, field, cell, 1), workers)
    return read_list(header, set_cell(workers, field, cell, 2))


def get_warning(parsed: ParsedList) -> Finding:
    finding = get_only(parsed.findings)
    assert (finding.severity, finding.code) == ("warning", "name-implausible")
    return finding


@pytest.mark.parametrize("field", ["DSW_FNAME", "DSW_OCP", "DSK_ADRS"])
@pytest.mark.parametrize("kind", LOST)
def test_a_text_that_lost_a_letter_is_a_warning(field: str, kind: str) -> None:
    finding = get_warning(read_damaged(field, encode(LOST[kind])))
    assert (finding.field, finding.expected) == (field, None)


@pytest.mark.parametrize(
    "cell", ["مر\ufffdم".encode(), "مر\x85م".encode(), "مر\ue000م".encode(), b"\xd9\x85\xd8\xd9\x85"]
)
def test_a_letter_that_utf_8_has_lost_is_a_warning(cell: bytes) -> None:
    for field in ("DSW_LNAME", "DSW_OCP"):
        assert get_warning(read_damaged(field, cell, UTF_8)).field == field


@pytest.mark.parametrize("kind", HIDDEN)
def test_a_hidden_text_is_read(kind: str) -> None:
    for field, attribute, text in (
        ("DSW_DNAME", "father_name", "مرتضی"),
        ("DSW_OCP", "job_title", "جوشکار ماهر"),
    ):
        stored = text.replace("ی", "ي") if kind == "base64 of cp1256" else text
        parsed = read_damaged(field, HIDDEN[kind](stored))
        finding = get_warning(parsed)
        assert (finding.field, finding.expected, getattr(parsed.rows[1], attribute)) == (field, text, text)
        assert text in finding.message_fa
        assert text in finding.message_en


def test_letters_of_another_code_page_are_read_in_utf_8() -> None:
    parsed = read_damaged("DSW_LNAME", encode("کریمی").decode("cp1252").encode(), UTF_8)
    assert get_warning(parsed).expected == "کریمی"
    assert not read_damaged("DSW_LNAME", "Müller-Çelik".encode(), UTF_8).findings


@pytest.mark.parametrize("encoding", Encoding)
def test_one_job_in_another_encoding_is_read_in_it(encoding: Encoding) -> None:
    for other in Encoding:
        if other is not encoding:
            parsed = read_damaged("DSW_OCP", encode("جوشکار کارگاه", other), encoding)
            assert parsed.rows[1].job_title == "جوشکار کارگاه"
            assert get_warning(parsed).expected == "جوشکار کارگاه"


def test_a_garbled_column_of_jobs_does_not_refuse_the_list() -> None:
    header, workers = write_sample_list(*build_rows(6), layout=WIDE)
    parsed = read_list(header, set_cell(workers, "DSW_OCP", b"????"))
    assert parsed.is_importable
    assert {code for *_, code in list_codes(parsed)} == {"name-implausible"}
    assert len(parsed.findings) == 6


@pytest.mark.parametrize("word", ["نا", "1", "؟", "X", "مر?", "نامشخص"])
def test_an_unknown_word_for_the_sex_is_a_warning(word: str) -> None:
    parsed = read_damaged("DSW_SEX", encode(word))
    finding = get_warning(parsed)
    assert (finding.field, finding.value, parsed.rows[1].sex) == ("DSW_SEX", word, None)


def test_a_blank_or_known_word_for_the_sex_has_no_finding() -> None:
    for word in ("", "-", "مرد", "زن", "مذکر", "خانم", "F"):
        assert not read_damaged("DSW_SEX", encode(word)).findings, word


def test_a_damaged_nationality_is_a_warning() -> None:
    assert get_warning(read_damaged("DSW_NAT", encode("ایر?نی"))).field == "DSW_NAT"
    assert get_warning(read_damaged("DSW_NAT", b"????")).field == "DSW_NAT"
    for nationality in ("ایرانی", "اتباع", "افغانستان", "Iran", "عراقی", "1", ""):
        assert not read_damaged("DSW_NAT", encode(nationality)).findings, nationality


def list_true_texts() -> Iterator[tuple[str, Sort]]:
    yield from ((name, Sort.PERSON) for name in (*MALE_NAMES, *FEMALE_NAMES, *LAST_NAMES, *WORDS.split()))
    yield from ((title, Sort.JOB) for title in (*JOBS, *TITLES, *WORDS.split()))
    yield from ((text, Sort.OTHER) for text in (*ADDRESSES, *STREETS, *CITIES, *TRADES))


@pytest.mark.parametrize("encoding", Encoding)
def test_true_texts_have_no_findings_in_any_encoding(encoding: Encoding) -> None:
    for text, sort in list_true_texts():
        try:
            cell = encode(text, encoding)
        except UnicodeEncodeError:
            continue
        if encoding is IRAN_SYSTEM and "\u200c" in text:
            continue  # has no sign for it, and is tested with names
        assert read_name(cell, encoding, get_decoder(encoding)(cell), sort=sort).fit is Fit.GOOD, text


def test_true_latin_names_are_not_read_as_base64() -> None:
    for name in (
        "Mohammad",
        "Alireza",
        "Maryam",
        "Fatemeh",
        "Abdolreza",
        "Hosseini",
        "Mohammadi",
        "deadbeef",
        "Ahmadi12",
    ):
        assert judge_typed_name(name).fit is Fit.GOOD, name


def test_of_very_many_misfits_the_first_are_described_and_all_are_counted() -> None:
    rows = build_rows(MAX_FINDINGS + 500)
    wrong = [replace(row, job_title=f"کار?گر {row.row}") for row in rows]
    header, workers = write_sample_list(*wrong, layout=WIDE, encoding=UTF_8)
    parsed = read_list(header, workers)
    assert parsed.findings_total == len(rows)
    assert [finding.value for finding in parsed.findings] == [row.job_title for row in wrong[:MAX_FINDINGS]]
