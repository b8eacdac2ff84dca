"""Invalid uploads and tokens: each is refused with its code, and nothing is stored."""

import struct
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.records.lists.encodings import Encoding
from services.records.lists.writers import write_list
from tests.fakes.lists import HASAN, MARYAM, build_sample_header
from tests.service.records.desk import LISTS, OFFICER, Desk, Files, write_files
from tests.tokens import build_bearer_header, mint

NOTHING = [0, 0, 0, 0, 0]
HEADER, WORKERS = write_files(MARYAM, HASAN)
UNKNOWN_VERSION = 0x01


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Return a SQLite database: refused calls never reach it, so one kind is enough."""
    return sqlite_url


def zip_file(data: bytes) -> bytes:
    archive = BytesIO()
    with ZipFile(archive, "w") as file:
        file.writestr("DSKWOR00.DBF", data)
    return archive.getvalue()


def write_with_header(**other: object) -> Files:
    header = replace(build_sample_header([MARYAM]), **other)  # type: ignore[arg-type]
    return write_list(header, [MARYAM], Encoding.CP1256)


def rename_field(data: bytes, field: bytes, other: bytes) -> bytes:
    return data.replace(field.ljust(11, b"\0"), other.ljust(11, b"\0"), 1)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        pytest.param((HEADER, b""), "not-dbf", id="empty file"),
        pytest.param((HEADER, zip_file(WORKERS)), "not-dbf", id="ZIP"),
        pytest.param((HEADER, bytes([UNKNOWN_VERSION]) + WORKERS[1:]), "not-dbf", id="other kind of DBF"),
        pytest.param((b"national_code,days\n", WORKERS), "not-dbf", id="CSV"),
        pytest.param((HEADER, WORKERS[:-200]), "truncated", id="truncated"),
        pytest.param((HEADER[:20], WORKERS), "truncated", id="truncated in the header"),
        pytest.param((HEADER, rename_field(WORKERS, b"DSW_DD", b"DSW_XX")), "field-missing", id="no days"),
        pytest.param((WORKERS, WORKERS), "files-swapped", id="the same file twice"),
        pytest.param(write_with_header(days=31), "sums-differ", id="days off by one"),
        pytest.param(write_with_header(insurable=79_999_999), "sums-differ", id="a rial too little"),
        pytest.param(write_with_header(workers=2), "sums-differ", id="a worker too many"),
        pytest.param((write_files(MARYAM, number="02")[0], WORKERS), "period-differs", id="other list"),
        pytest.param(write_files(replace(MARYAM, days=32)), "days-out-of-range", id="32 days"),
        pytest.param(write_files(replace(MARYAM, days=31)), "days-out-of-range", id="31 days of Mehr"),
        pytest.param(write_files(replace(MARYAM, gross=-1)), "amount-negative", id="negative gross"),
        pytest.param(
            write_files(replace(MARYAM, national_code="0012345678")),
            "national-code-invalid",
            id="check digit",
        ),
        pytest.param(write_files(replace(MARYAM, national_code=None)), "national-code-invalid", id="no code"),
        pytest.param(write_files(MARYAM, replace(MARYAM, row=2)), "person-twice", id="person twice"),
        pytest.param(
            write_files(replace(HASAN, national_code=None, insurance_number=None, foreigner=True)),
            "foreigner-without-code",
            id="foreigner without any number",
        ),
    ],
)
def test_invalid_list_is_refused_as_a_whole(desk: Desk, files: Files, code: str) -> None:
    response = desk.upload(files)
    assert response.status_code == 422
    assert response.get_json()["code"] == "list-refused"
    assert code in {f["code"] for f in response.get_json()["findings"] if f["severity"] == "error"}
    assert response.get_json()["findings_total"] >= len(response.get_json()["findings"])
    assert desk.count_rows() == NOTHING


def test_one_invalid_row_keeps_all_rows_out(desk: Desk) -> None:
    response = desk.upload(write_files(MARYAM, replace(HASAN, national_code="1234567890")))
    assert response.status_code == 422
    assert [(f["row"], f["field"]) for f in response.get_json()["findings"]] == [(2, "PER_NATCOD")]
    assert desk.count_rows() == NOTHING


def test_claimed_sizes_are_not_trusted(desk: Desk) -> None:
    monster = bytearray(WORKERS)
    struct.pack_into("<L", monster, 4, 2**32 - 1)
    assert desk.upload((HEADER, bytes(monster))).status_code == 422
    assert desk.count_rows() == NOTHING


def test_more_than_20_mebibytes_are_too_large(desk: Desk) -> None:
    response = desk.upload((HEADER, WORKERS + bytes(21 * 1024 * 1024)))
    assert response.status_code == 413
    assert response.get_json()["code"] == "body-too-large"
    assert "20 MiB" in response.get_json()["detail"]
    assert desk.count_rows() == NOTHING


def test_parts_without_a_file_name_are_missing(desk: Desk) -> None:
    response = desk.call_as_officer(
        "POST", LISTS, "lists", data={"header": "x", "workers": "y"}, content_type="multipart/form-data"
    )
    assert response.status_code == 422
    assert {error["field"] for error in response.get_json()["errors"]} == {"header", "workers"}


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
def test_invalid_token_imports_nothing(desk: Desk, token: Callable[[], str], status: int, code: str) -> None:
    parts = {"header": (BytesIO(HEADER), "h"), "workers": (BytesIO(WORKERS), "w")}
    response = desk.call("POST", LISTS, data=parts, headers=build_bearer_header(token()))
    assert (response.status_code, response.get_json()["code"]) == (status, code)
    assert desk.count_rows() == NOTHING


def test_calls_without_a_token_are_refused(desk: Desk) -> None:
    for path in ("me", "me/contributions", "me/statement?type=all", "lists"):
        response = desk.call("GET", f"/api/v1/records/{path}")
        assert (response.status_code, response.get_json()["code"]) == (401, "token-missing")
