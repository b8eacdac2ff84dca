"""An inquiry as the service answers it."""

from typing import Any

from tests.service.gateway.portal.desk import Person

INQUIRIES, DISCREPANCIES = "/api/v1/inquiry/inquiries", "/api/v1/inquiry/discrepancies"
INQUIRY_ID = "6f2b2f0e-0000-4000-8000-000000000007"
STATE = f"{INQUIRIES}/{INQUIRY_ID}"
TOKEN = "a-document-token-of-forty-three-characters0"
DOCUMENT = f"/api/v1/inquiry/documents/{TOKEN}"
SERIAL = "8776653018638"
FORM, ANSWER = "/institution/inquiry", f"/institution/answers/{INQUIRY_ID}"
TYPED = {"national_code": "۰۰۸۴۵۷۵۹۴۸", "code": "۷۷۱۰ ۰۷۹۳-۹۵۸۴ ۳۱۷۲", "purpose": "وام مسکن"}
MONTHS: list[int | None] = [None] * 10 + [0, 29]


def sign_in_clerk(person: Person) -> Any:
    return person.send("/institution/sign-in", username="clerk", password="correct horse battery")


def build_statement(version: int = 2) -> dict[str, Any]:
    """Return a small statement with a disputed month and a corrected one, in a version of the schema."""
    span = {"years": 0, "months": 0, "days": 29}
    year = {"year": 1402, "months": MONTHS, "total_days": 29}
    running = {"duration": span, "running_days": 29, "running_duration": span}
    row = {
        "month_jalali": "1402-12",
        "workshop_code": "0895237655",
        "workshop_name": "<صنایع چوب>",
        "list_number": "01",
        "job_title": "نجار",
        "days": 29,
        "wage": 147_757_500,
    }
    workshop = {
        "workshop_code": "0895237655",
        "workshop_name": "<صنایع چوب>",
        "years": [year],
        "total_days": 29,
    }
    all_table = {"years": [year]} if version == 1 else {"workshops": [workshop]}
    if version == 1:
        del row["job_title"]
    return {
        "schema_version": version,
        "as_of": "2026-11-23T03:22:09.328000Z",
        "as_of_jalali": "1405-09-02",
        "types": ["all", "wages", "consolidated"],
        "person": {
            "national_code": "0084575948",
            "first_name": "سحر",
            "last_name": "احمدی",
            "father_name": None,
            "birth_date_jalali": "1349-09-20",
            "insurance_number": "54076012",
            "sex": "female",
        },
        "summary": {
            "total_days": 29,
            "duration": span,
            "first_month_jalali": "1402-11",
            "last_month_jalali": "1402-12",
            "workshop_count": 1,
        },
        "tables": {
            "all": {**all_table, "total_days": 29},
            "wages": {
                "rows": [row],
                "years": [{"year": 1402, "days": 29, "wage": 147_757_500}],
                "total_days": 29,
                "total_wage": 147_757_500,
            },
            "consolidated": {"years": [year | running], "total_days": 29, "duration": span},
        },
        "disputed_months": ["1402-12"],
        "corrections": [
            {"month_jalali": "1402-11", "workshop_code": "0895237655", "tracking_number": "1234567890128"}
        ],
    }


def build_reply(state: str = "valid") -> dict[str, Any]:
    """Return a reply of the inquiry service."""
    return {
        "inquiry_id": INQUIRY_ID,
        "letter": {
            "serial": SERIAL,
            "issued_at": "2026-11-23T03:22:09.328000+00:00",
            "types": ["all", "wages", "consolidated"],
            "sha256": "0" * 64,
            "state": state,
        },
        "notices": [],
        "objections": [
            {
                "status": "submitted",
                "months": ["1402-12"],
                "submitted_at": "2026-11-24T08:00:00+00:00",
                "decided_at": None,
            }
        ],
        "objections_as_of": "2026-11-25T08:00:00+00:00",
        "person": build_statement()["person"],
        "statement": build_statement(),
        "receipt": None,
        "document_url": DOCUMENT,
    }
