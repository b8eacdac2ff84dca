"""A citizen's own record, and what other services get of it."""

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from services.kit.jalali import JalaliMonth
from services.records.lists import WorkerRow
from tests.fakes.lists import HASAN, MARYAM
from tests.service.records.desk import Desk, Files, write_files
from tests.tokens import mint

ME = "/api/v1/records/me"
CODE = "0012345679"
CONTRACTS = Path(__file__).parents[3] / "contracts"
SCHEMA, SCHEMA_V1 = (
    json.loads((CONTRACTS / name).read_text("utf-8"))
    for name in ("statement.schema.json", "statement.v1.schema.json")
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Return a SQLite database: test_sample runs the same reads on both kinds."""
    return sqlite_url


def write_month(row: WorkerRow, month: JalaliMonth, days: int, **place: Any) -> Files:
    daily, insurable = row.daily_wage, row.daily_wage * days
    priced = replace(
        row,
        days=days,
        monthly_wage=daily * days,
        benefits=0,
        insurable=insurable,
        gross=insurable,
        premium=insurable * 7 // 100,
        start_date=None,
    )
    return write_files(priced, month=month, **place)


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """Maryam in 1402: Mehr and Aban, ten days of Aban elsewhere, part of Bahman, none of Esfand."""
    desk.import_list(write_month(MARYAM, JalaliMonth(1402, 7), 30))
    desk.import_list(write_month(MARYAM, JalaliMonth(1402, 8), 30))
    desk.import_list(write_month(MARYAM, JalaliMonth(1402, 8), 10, workshop="0099999999", name="کارگاه دوم"))
    desk.import_list(write_month(MARYAM, JalaliMonth(1402, 11), 12))
    desk.import_list(write_month(MARYAM, JalaliMonth(1402, 12), 0))
    desk.import_list(write_month(HASAN, JalaliMonth(1402, 7), 3, number="02"))
    return desk


def test_summary_of_a_record(filled: Desk) -> None:
    record = filled.get_as_citizen(CODE, ME).get_json()
    warnings = record.pop("warnings")
    assert record == {
        "person": {
            "national_code": CODE,
            "first_name": "مریم",
            "last_name": "رضایی مقدم",
            "father_name": "علی",
            "birth_date_jalali": "1360-02-11",
            "insurance_number": "12345678",
            "sex": "female",
        },
        "insurance_number": "12345678",
        "totals": {
            "total_days": 72,
            "duration": {"years": 0, "months": 2, "days": 12},
            "total_wage": 82 * MARYAM.daily_wage,
            "workshop_count": 2,
        },
        "first_month_jalali": "1402-07",
        "last_month_jalali": "1402-12",
        "open_objections": [],
    }
    spans = [(w["code"], w["first_month_jalali"], w["last_month_jalali"]) for w in warnings]
    assert spans == [("gap", "1402-09", "1402-10"), ("overlap", "1402-08", "1402-08")]
    assert warnings[0]["message"].startswith("از آذر ۱۴۰۲ تا دی ۱۴۰۲ (۲ ماه) لیستی دریافت نشده است.")
    assert warnings[1]["message"].startswith("لیست‌های آبان ۱۴۰۲ با هم ۴۰ روز دارند؛ ۳۰ روز حساب می‌شود.")


def test_warnings_in_english(filled: Desk) -> None:
    record = filled.get_as_citizen(CODE, ME, language="en").get_json()
    assert [warning["message"] for warning in record["warnings"]] == [
        "No list was received from Azar 1402 to Dey 1402 (months: 2). If you worked then, object.",
        "The lists of Aban 1402 add up to 40 days; 30 are counted. If that is wrong, object.",
    ]


def test_contributions_name_their_source(filled: Desk) -> None:
    page = filled.get_as_citizen(CODE, f"{ME}/contributions").get_json()
    first = page["items"][0]
    list_id = first["source"]["list_id"]
    document = filled.call_as_officer("GET", f"/api/v1/records/lists/{list_id}", "lists").get_json()
    assert first == {
        "month_jalali": "1402-07",
        "workshop_code": "0012345678",
        "workshop_name": "کارگاه نجاری بهار",
        "list_number": "1",
        "days": 30,
        "wage": 75_000_000,
        "premium": 5_250_000,
        "gross": 75_000_000,
        "job_title": MARYAM.job_title,
        "job_code": MARYAM.job_code,
        "start_date_jalali": None,
        "leave_date_jalali": None,
        "contract_row": "000",
        "hard_jobs": 0,
        "source": {
            "kind": "list",
            "workshop_code": "0012345678",
            "list_id": document["id"],
            "list_number": "1",
            "file_sha256": document["workers_sha256"],
            "row": 1,
            "listed_days": 30,
            "objection_id": None,
            "tracking_number": None,
        },
    }
    assert len(page["items"]) == 5


@pytest.mark.parametrize(
    ("query", "months"),
    [
        ("from=1402-08&to=1402-11", ["1402-08", "1402-08", "1402-11"]),
        ("from=۱۴۰۲-۱۱", ["1402-11", "1402-12"]),
        ("to=1402-07", ["1402-07"]),
        ("workshop=0099999999", ["1402-08"]),
        ("workshop=۰۰۹۹۹۹۹۹۹۹&from=1402-09", []),
        ("from=1400-01&to=1401-12", []),
    ],
)
def test_contributions_of_a_span_or_a_workshop(filled: Desk, query: str, months: list[str]) -> None:
    page = filled.get_as_citizen(CODE, f"{ME}/contributions?{query}").get_json()
    assert [row["month_jalali"] for row in page["items"]] == months
    assert page["next_cursor"] is None


def test_contributions_page_by_page(filled: Desk) -> None:
    seen: list[tuple[str, str]] = []
    query = "?limit=2"
    for size in (2, 2, 1):
        page = filled.get_as_citizen(CODE, f"{ME}/contributions{query}").get_json()
        assert len(page["items"]) == size
        seen += [(row["month_jalali"], row["workshop_code"]) for row in page["items"]]
        query = f"?limit=2&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert seen == sorted(set(seen))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=1402-13", "from"),
        ("to=1402", "to"),
        ("from=1402-08&to=1402-07", "to"),
        ("workshop=", "workshop"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=AAAA", "cursor"),
    ],
)
def test_invalid_query_is_refused_by_field(filled: Desk, query: str, field: str) -> None:
    response = filled.get_as_citizen(CODE, f"{ME}/contributions?{query}")
    assert response.status_code == 422
    assert response.get_json()["code"] == "validation"
    assert [error["field"] for error in response.get_json()["errors"]] == [field]


@pytest.mark.parametrize("kind", ["all", "wages", "consolidated"])
def test_the_statement_of_one_type_is_that_of_all_types(filled: Desk, kind: str) -> None:
    single = filled.get_as_citizen(CODE, f"{ME}/statement?type={kind}").get_json()
    whole = filled.get_as_citizen(
        CODE, "/internal/statement?types=wages,all,consolidated&version=2"
    ).get_json()
    jsonschema.validate(single, SCHEMA)
    jsonschema.validate(whole, SCHEMA)
    assert single["types"] == [kind]
    assert single["tables"] == {kind: whole["tables"][kind]}
    assert whole["types"] == ["all", "wages", "consolidated"]
    assert single["summary"] == whole["summary"]


def test_a_caller_that_names_no_version_gets_the_first(filled: Desk) -> None:
    path = "/internal/statement?types=all,wages"
    for query, schema in (("", SCHEMA_V1), ("&version=1", SCHEMA_V1), ("&version=2", SCHEMA)):
        jsonschema.validate(filled.get_as_citizen(CODE, path + query).get_json(), schema)
    assert filled.get_as_citizen(CODE, f"{path}&version=3").status_code == 422


@pytest.mark.parametrize(
    "path", [f"{ME}/statement?type=gold", "/internal/statement", "/internal/statement?types="]
)
def test_unknown_types_are_refused(filled: Desk, path: str) -> None:
    assert filled.get_as_citizen(CODE, path).status_code == 422
    assert filled.get_as_citizen(CODE, "/internal/statement?types=all,all").status_code == 422


def test_another_persons_record_is_not_shown(filled: Desk) -> None:
    hasan = filled.get_as_citizen(str(HASAN.national_code), ME).get_json()
    assert hasan["totals"]["total_days"] == 3
    stranger = filled.call("GET", ME, mint("citizen", uuid.uuid4(), scopes=["self"]))
    assert stranger.status_code == 404
    assert stranger.get_json()["code"] == "not-found"


def test_auth_matches_code_and_birth_date(filled: Desk) -> None:
    def match(code: str, birth_date: str) -> object:
        token = mint("service", "auth", "records", scopes=["records:match-person"])
        body = {"national_code": code, "birth_date_jalali": birth_date}
        response = filled.call("POST", "/internal/people/match", token, json=body)
        assert response.status_code == 200
        return response.get_json()["person_id"]

    assert match(CODE, "1360-02-11") == str(filled.find_person_id(CODE))
    assert match("۰۰۱-۲۳۴۵۶۷-۹", "۱۳۶۰/۰۲/۱۱") == str(filled.find_person_id(CODE))
    assert match(CODE, "1360-02-12") is None
    assert match("0499370899", "1360-02-11") is None


def test_person_without_birth_date_is_never_matched(desk: Desk) -> None:
    desk.import_list(write_files(replace(MARYAM, birth_date=None)))
    token = mint("service", "auth", "records", scopes=["records:match-person"])
    body = {"national_code": CODE, "birth_date_jalali": "1360-02-11"}
    response = desk.call("POST", "/internal/people/match", token, json=body)
    assert response.get_json() == {"person_id": None}
