"""What must not get in: each bad upload and bad token has its code, and nothing of it is written."""

import struct
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.records.lists.encodings import Encoding
from services.records.lists.writers import write_list
from tests.service.records.callers import LISTS, OFFICER, Files, Records, files_of
from tests.tokens import bearer, mint
from tests.unit.records.lists.lists import HASAN, MARYAM, header_of

NOTHING = [0, 0, 0, 0, 0]
HEADER, WORKERS = files_of(MARYAM, HASAN)
DBASE_VII = 0x04


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is refused never reaches the database: one kind is enough."""
    return sqlite_url


def zipped(data: bytes) -> bytes:
    archive = BytesIO()
    with ZipFile(archive, "w") as file:
        file.writestr("DSKWOR00.DBF", data)
    return archive.getvalue()


def with_header(**other: object) -> Files:
    header = replace(header_of([MARYAM]), **other)  # type: ignore[arg-type]
    return write_list(header, [MARYAM], Encoding.CP1256)


def renamed(data: bytes, field: bytes, other: bytes) -> bytes:
    return data.replace(field.ljust(11, b"\0"), other.ljust(11, b"\0"), 1)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        pytest.param((HEADER, b""), "not-dbf", id="empty file"),
        pytest.param((HEADER, zipped(WORKERS)), "not-dbf", id="ZIP"),
        pytest.param((HEADER, bytes([DBASE_VII]) + WORKERS[1:]), "not-dbf", id="other kind of DBF"),
        pytest.param((b"national_code,days\n", WORKERS), "not-dbf", id="CSV"),
        pytest.param((HEADER, WORKERS[:-200]), "truncated", id="truncated"),
        pytest.param((HEADER[:20], WORKERS), "truncated", id="truncated in the header"),
        pytest.param((HEADER, renamed(WORKERS, b"DSW_DD", b"DSW_XX")), "field-missing", id="no days"),
        pytest.param((WORKERS, HEADER), "field-missing", id="files changed over"),
        pytest.param(with_header(days=31), "sums-differ", id="days off by one"),
        pytest.param(with_header(insurable=79_999_999), "sums-differ", id="a rial too little"),
        pytest.param(with_header(workers=2), "sums-differ", id="a worker too many"),
        pytest.param((files_of(MARYAM, number="02")[0], WORKERS), "period-differs", id="other list"),
        pytest.param(files_of(replace(MARYAM, days=32)), "days-out-of-range", id="32 days"),
        pytest.param(files_of(replace(MARYAM, days=31)), "days-out-of-range", id="31 days of Mehr"),
        pytest.param(files_of(replace(MARYAM, gross=-1)), "amount-negative", id="negative gross"),
        pytest.param(
            files_of(replace(MARYAM, national_code="0012345678")), "national-code-invalid", id="check digit"
        ),
        pytest.param(files_of(replace(MARYAM, national_code=None)), "national-code-invalid", id="no code"),
        pytest.param(files_of(MARYAM, replace(MARYAM, row=2)), "person-twice", id="person twice"),
        pytest.param(
            files_of(replace(HASAN, national_code=None, insurance_number=None, foreigner=True)),
            "foreigner-without-code",
            id="foreigner without any number",
        ),
    ],
)
def test_a_wrong_list_is_refused_whole(records: Records, files: Files, code: str) -> None:
    answer = records.upload(files)
    assert answer.status_code == 422
    assert answer.get_json()["code"] == "list-refused"
    assert code in {f["code"] for f in answer.get_json()["findings"] if f["severity"] == "error"}
    assert answer.get_json()["findings_total"] >= len(answer.get_json()["findings"])
    assert records.counts() == NOTHING


def test_one_wrong_row_keeps_all_rows_out(records: Records) -> None:
    answer = records.upload(files_of(MARYAM, replace(HASAN, national_code="1234567890")))
    assert answer.status_code == 422
    assert [(f["row"], f["field"]) for f in answer.get_json()["findings"]] == [(2, "PER_NATCOD")]
    assert records.counts() == NOTHING


def test_claimed_sizes_are_not_believed(records: Records) -> None:
    monster = bytearray(WORKERS)
    struct.pack_into("<L", monster, 4, 2**32 - 1)
    assert records.upload((HEADER, bytes(monster))).status_code == 422
    assert records.counts() == NOTHING


def test_more_than_twenty_mebibytes_are_too_large(records: Records) -> None:
    answer = records.upload((HEADER, WORKERS + bytes(21 * 1024 * 1024)))
    assert answer.status_code == 413
    assert answer.get_json()["code"] == "body-too-large"
    assert "20 MiB" in answer.get_json()["detail"]
    assert records.counts() == NOTHING


def test_parts_that_are_no_files_are_missing(records: Records) -> None:
    answer = records.as_officer(
        "POST", LISTS, "lists", data={"header": "x", "workers": "y"}, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    assert {error["field"] for error in answer.get_json()["errors"]} == {"header", "workers"}


TOKENS: list[tuple[str, Callable[[], str], int, str]] = [
    ("other audience", lambda: mint("officer", OFFICER, ["inquiry"], ["lists"]), 401, "token-invalid"),
    ("expired", lambda: mint("officer", OFFICER, scopes=["lists"], expires_in=-120), 401, "token-expired"),
    (
        "forged",
        lambda: mint("officer", OFFICER, scopes=["lists"], private=Ed25519PrivateKey.generate()),
        401,
        "token-invalid",
    ),
    ("no token at all", lambda: "x.y.z", 401, "token-invalid"),
    ("other scope", lambda: mint("officer", OFFICER, scopes=["helpdesk"]), 403, "forbidden"),
    ("citizen", lambda: mint("citizen", OFFICER, scopes=["self", "lists"]), 403, "forbidden"),
]


@pytest.mark.parametrize(("token", "status", "code"), [pytest.param(*t[1:], id=t[0]) for t in TOKENS])
def test_a_wrong_token_imports_nothing(
    records: Records, token: Callable[[], str], status: int, code: str
) -> None:
    parts = {"header": (BytesIO(HEADER), "h"), "workers": (BytesIO(WORKERS), "w")}
    answer = records.call("POST", LISTS, data=parts, headers=bearer(token()))
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert records.counts() == NOTHING


def test_without_a_token_nothing_opens(records: Records) -> None:
    for path in ("me", "me/contributions", "me/statement?type=all", "lists"):
        answer = records.call("GET", f"/api/v1/records/{path}")
        assert (answer.status_code, answer.get_json()["code"]) == (401, "token-missing")
