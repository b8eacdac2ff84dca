"""A signed letter with any change is reported as altered, and hostile files are checked within bounds."""

import io
import random
import time
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from govah_verify.check_digit import append_check_digit
from govah_verify.cms import ORDER
from govah_verify.der import SEQUENCE, encode_der
from govah_verify.trust import Trust, load_trust
from services.inquiry.actions.letters import check_file
from services.inquiry.models import Letter
from services.kit.db import Sessions
from services.pdfworker.signing import authority
from services.pdfworker.signing.credentials import load_credentials
from tests.service.inquiry.desk import API, Desk
from tests.sizes import IS_FULL
from tests.unit.pdfworker.provable import create_keys, create_signed_letter, load_prover
from tests.unit.pdfworker.statements import build_letter
from tests.unit.verify.forging import Holder, remove_form, sign_again

SERIAL = append_check_digit("407182936501")
# The largest file in `make fuzz`, a quarter of it in `make test`.
LARGE = 20 * 1024 * 1024 if IS_FULL else 5 * 1024 * 1024
# Bytes of a letter that are changed; `make fuzz` changes more of them.
PLACES = 1_000 if IS_FULL else 200


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def trust(keys: Path) -> Trust:
    return load_trust(keys / authority.TRUST)


@pytest.fixture(scope="module")
def letter(keys: Path) -> bytes:
    return create_signed_letter(load_prover(keys), letter=build_letter(serial=SERIAL))


@pytest.fixture
def sessions(desk: Desk, letter: bytes) -> Sessions:
    """Return the sessions of a register that has the letter."""
    with desk.sessions.begin() as session:
        digest = sha256(letter).hexdigest()
        session.add(Letter(serial=SERIAL, sha256=digest, issued_at=datetime.now(UTC)))
    return desk.sessions


def check(sessions: Sessions, data: bytes, trust: Trust | None = None) -> tuple[str, str, str | None]:
    """Return the result, the reason and the serial of the letter for a file."""
    checked = check_file(sessions, data, trust)
    return checked.result, checked.reason, checked.letter.serial if checked.letter else None


def test_unchanged_letter_is_genuine(sessions: Sessions, letter: bytes, trust: Trust) -> None:
    for public_keys in (trust, None):
        assert check(sessions, letter, public_keys) == ("genuine", "as-issued", SERIAL)


def test_one_changed_byte_makes_a_letter_altered(sessions: Sessions, letter: bytes, trust: Trust) -> None:
    start = letter.index(b"/l/" + SERIAL.encode())
    places = {*range(40), *range(start, start + 170), *range(len(letter) - 40, len(letter))}
    places |= set(random.Random(3).sample(range(len(letter)), PLACES))
    wrong = []
    for place in places:
        changed = bytearray(letter)
        changed[place] ^= random.Random(place).randrange(1, 256)
        if check_file(sessions, bytes(changed), trust).result != "altered":
            wrong.append(place)
    assert wrong == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data + b"\n", "added-or-cut"),
        (lambda data: data + b"9 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n", "added-or-cut"),
        (lambda data: data[:-1], "added-or-cut"),
        (lambda data: data.replace(b"/XRef", b"/XReg", 1), "changed"),
        (lambda data: data.replace(b"/ByteRange", b"/ByteRangf"), "signature-missing"),
        (lambda data: data.replace(b"%PDF-1", b"%PDG-1", 1), "signature-missing"),
    ],
)
def test_reason_names_the_change(
    sessions: Sessions, letter: bytes, trust: Trust, change: Callable[[bytes], bytes], reason: str
) -> None:
    changed = change(letter)
    assert changed != letter
    assert check(sessions, changed, trust) == ("altered", reason, SERIAL)


def test_registered_serial_without_our_signature_proves_nothing(
    sessions: Sessions, letter: bytes, trust: Trust, tmp_path: Path
) -> None:
    printed = b"%PDF-1.7\n(" + SERIAL.encode() + b")\n%%EOF"
    assert check(sessions, printed, trust) == (
        "cannot-tell",
        "signature-missing",
        SERIAL,
    )
    stranger = create_signed_letter(load_prover(create_keys(tmp_path)), letter=build_letter(serial=SERIAL))
    for public_keys in (trust, None):
        assert check(sessions, stranger, public_keys) == (
            "cannot-tell",
            "signature-missing",
            SERIAL,
        )
    # Without configured public keys no signature can be recognised.
    assert check(sessions, letter + b"\n") == (
        "cannot-tell",
        "signature-missing",
        SERIAL,
    )


def test_unregistered_letter_is_undecided(sessions: Sessions, keys: Path, trust: Trust) -> None:
    unknown = create_signed_letter(load_prover(keys))
    assert check(sessions, unknown, trust) == ("cannot-tell", "not-registered", None)
    # Changed, it is altered too; another file with a registered serial is not that letter.
    assert check(sessions, unknown + b"\n", trust) == ("altered", "added-or-cut", None)
    again = create_signed_letter(load_prover(keys), letter=build_letter(serial=SERIAL))
    assert check(sessions, again, trust) == ("altered", "changed", SERIAL)


def test_letter_with_an_older_signature_form_is_genuine_by_its_hash(
    sessions: Sessions, letter: bytes, keys: Path, trust: Trust
) -> None:
    # The form of older signatures: s in either half.
    own = load_credentials(keys / authority.SIGNING, keys / authority.PASSWORD)
    holder = Holder(own.certificate, own.key)
    old = sign_again(remove_form(letter), holder, mirror_signature)
    other = sign_again(remove_form(letter), holder)
    with sessions.begin() as session:
        session.get_one(Letter, SERIAL).sha256 = sha256(old).hexdigest()
    assert check(sessions, old, trust) == ("genuine", "as-issued", SERIAL)
    assert check(sessions, other, trust) == ("altered", "changed", SERIAL)


def mirror_signature(value: bytes) -> bytes:
    r, s = decode_dss_signature(value)
    return encode_dss_signature(r, max(s, ORDER - s))


def make_encrypted_file() -> bytes:
    pdf, output = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    pdf.save(output, encryption=pikepdf.Encryption(owner="o", user="u"))
    return output.getvalue()


def repeat_page(pdf: pikepdf.Pdf) -> None:
    pages = pdf.Root.Pages
    pages.Kids, pages.Count = pikepdf.Array([pages.Kids[0]] * 10_000), 10_000


def make_file_of_many_pages() -> bytes:
    pdf, output = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    repeat_page(pdf)
    pdf.save(output)
    return output.getvalue()


def embed_signature(message: bytes) -> bytes:
    """Return a file with this signature and a byte range that fits."""
    digits = message.hex().encode()
    return b"%%PDF-1.7 <%s> /ByteRange [0 9 %d 1]" % (digits, len(digits) + 20)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "encrypted": make_encrypted_file,
    "10,000 pages": make_file_of_many_pages,
    "JavaScript": lambda: (
        b"%PDF-1.7\n1 0 obj\n<</S/JavaScript/JS(app.alert(1))>>\nendobj\nstartxref\n9\n%%EOF"
    ),
    "broken xref": lambda: b"%PDF-1.7\nxref\n0 99999999\nstartxref\n-1\n%%EOF",
    "xref loop": lambda: b"%PDF-1.7\nxref\n0 0\ntrailer\n<</Prev 9>>\nstartxref\n9\n%%EOF",
    "bombs": lambda: b"%PDF-1.7\n" + (b"/ObjStm>>stream\n" + zlib.compress(bytes(50 * 1024 * 1024), 9)) * 300,
    "no end of object streams": lambda: b"%PDF-1.7 " + b"/ObjStm" * (LARGE // 7),
    "stored blocks of nothing": lambda: (
        b"%PDF-1.7 " + b"/ObjStm>>stream\n" * 99 + b"\x78\x01" + b"\0\0\0\xff\xff" * (LARGE // 5)
    ),
    "byte ranges": lambda: b"%PDF-1.7 " + b"/ByteRange [0 9 99 999]" * (LARGE // 23),
    "a sequence of nulls for a signature": lambda: embed_signature(
        encode_der(SEQUENCE, b"\x05\x00" * (LARGE // 8))
    ),
    "tokens": lambda: b"%PDF-1.7 " + (b"#" + b"A" * 135) * (LARGE // 136),
    "texts": lambda: b"%PDF-1.7 " + (b"<feff" + b"0031" * 13 + b">") * (LARGE // 58),
    "one long number": lambda: b"%PDF-1.7 " + b"7" * LARGE,
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_take_bounded_time_and_memory(
    sessions: Sessions, trust: Trust, make: Callable[[], bytes]
) -> None:
    data = (b"%PDF-1.7 /l/" + SERIAL.encode() + b" " + make())[:LARGE]
    began = time.process_time()
    assert check(sessions, data, trust) == ("cannot-tell", "signature-missing", SERIAL)
    # Measured: half a second for 20 MiB. Slow machines need more.
    assert time.process_time() - began < LARGE / 2**22
    tracemalloc.start()
    try:
        check_file(sessions, data, trust)
        assert tracemalloc.get_traced_memory()[1] < 3 * LARGE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_without_our_serial_are_not_ours(
    sessions: Sessions, trust: Trust, make: Callable[[], bytes]
) -> None:
    result, reason, serial = check(sessions, make()[: LARGE // 20], trust)
    # What is behind a password cannot be read; what cannot be opened has no trace.
    expected = {"encrypted": "cannot-tell", "no-serial": "not-ours", "not-opened": "not-ours"}
    assert (result, serial) == (expected[reason], None)


def test_no_transaction_is_open_while_a_file_is_searched(desk: Desk) -> None:
    began_at: list[float] = []
    open_for: list[float] = []

    def begin(_connection: object) -> None:
        began_at.append(time.process_time())

    def finish(_connection: object) -> None:
        open_for.append(time.process_time() - began_at.pop())

    sa.event.listen(desk.engine, "begin", begin)
    for event in ("commit", "rollback"):
        sa.event.listen(desk.engine, event, finish)
    texts = zlib.compress((b"<feff" + b"0031" * 200 + b">") * 1300)
    slow = b"%PDF-1.7\n" + (b"/ObjStm>>stream\n" + texts) * 20
    upload = {"file": (io.BytesIO(slow), "letter.pdf")}
    began = time.process_time()
    assert desk.client.post(f"{API}/letters/check", data=upload).status_code == 200
    took = time.process_time() - began
    assert open_for
    assert sum(open_for) < took / 3


def save_again(letter: bytes, change: Callable[[pikepdf.Pdf], object], **options: Any) -> bytes:
    with pikepdf.open(io.BytesIO(letter)) as pdf:
        change(pdf)
        output = io.BytesIO()
        pdf.save(output, **options)
    return output.getvalue()


def add_script(pdf: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    pdf.Root.OpenAction = pdf.make_indirect(action)


ENCRYPTION = pikepdf.Encryption(owner="o", user="u")


@pytest.mark.parametrize(
    ("change", "result"),
    [
        # Another program has written these, which proves nothing of what they show.
        (lambda letter: save_again(letter, add_script), "cannot-tell"),
        (lambda letter: save_again(letter, repeat_page), "cannot-tell"),
        (lambda letter: letter.replace(b"startxref", b"startxreg"), "altered"),
        (lambda letter: letter[: letter.rindex(b"startxref")] + b"startxref\n-1\n%%EOF\n", "altered"),
        # The serial number is unreadable; only the certificate in the signature is left.
        (lambda letter: save_again(letter, lambda _: None, encryption=ENCRYPTION), "cannot-tell"),
    ],
    ids=["JavaScript", "10,000 pages", "no xref", "broken xref", "encrypted"],
)
def test_a_letter_made_hostile_is_not_genuine(
    sessions: Sessions, letter: bytes, trust: Trust, change: Callable[[bytes], bytes], result: str
) -> None:
    assert check_file(sessions, change(letter), trust).result == result


@pytest.mark.parametrize("message", [b"", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"\x30" * 3000])
def test_malformed_signature_is_a_change(
    sessions: Sessions, letter: bytes, trust: Trust, message: bytes
) -> None:
    start, end = letter.index(b"/Contents <") + 11, letter.index(b">/M (")
    content = message.hex().encode()[: end - start].ljust(end - start, b"0")
    assert check(sessions, letter[:start] + content + letter[end:], trust)[:2] == (
        "altered",
        "changed",
    )
