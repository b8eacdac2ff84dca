"""Held rows and proposals as records returns them; the people are invented."""

from typing import Any

PROPOSALS = "/api/v1/records/proposals"
HELD_ROWS = "/api/v1/records/held-rows"
LISTS = "/api/v1/records/lists"
ROW, LIST, PROPOSAL, PERSON, OTHER = (f"6f2b2f0e-0000-4000-8000-00000000000{n}" for n in range(1, 6))
AT = "2026-11-22T10:00:00+00:00"
# The subject of the officer who is signed in, and of another one.
ME, COLLEAGUE = "first", "6f2b2f0e-0000-4000-8000-0000000000aa"

KNOWN: dict[str, Any] = {
    "id": PERSON,
    "national_code": "0084575948",
    "first_name": "مریم",
    "last_name": "محمدی",
    "father_name": "رضا",
    "birth_date_jalali": "1360-05-15",
    "insurance_number": "12345678",
    "sex": "female",
}
HELD: dict[str, Any] = {
    "id": ROW,
    "list_id": LIST,
    "month_jalali": "1403-07",
    "imported_at": AT,
    "row": 12,
    "reasons": ["identity-conflict"],
    "listed": KNOWN
    | {
        "first_name": "کامبیز",
        "last_name": "یوسفی",
        "father_name": None,
        "birth_date_jalali": None,
        "insurance_number": "012345678",
        "sex": "male",
        "foreigner": False,
        "job_title": "راننده",
        "start_date_jalali": "1403-07-01",
        "leave_date_jalali": None,
        "days": 27,
        "wage": 180_000_000,
        "premium": 12_600_000,
        "gross": 190_000_000,
    },
    "known": KNOWN,
    "number_owner": None,
    "status": "held",
    "proposal_id": None,
}
LISTED: dict[str, Any] = {
    "id": LIST,
    "workshop_code": "0012345678",
    "workshop_name": "کارگاه نجاری بهار",
    "month_jalali": "1403-07",
    "list_number": "1",
    "workers": 40,
    "total_days": 30,
    "total_wage": 80_000_000,
    "total_premium": 5_600_000,
    "imported_at": AT,
    "findings_total": 0,
    "version": 1,
    "withdrawn_at": None,
    "contract_row": "000",
    "hard_jobs": 0,
    "held": 2,
    "has_files": True,
    "file_name": "کارگاه بهار/DSKKAR00.DBF",
    "findings": [],
    "versions": [],
}
FORMER: dict[str, Any] = {
    "version": 1,
    "imported_by": ME,
    "imported_at": "2026-11-20T10:00:00+00:00",
    "workers": 41,
    "total_days": 28,
    "total_wage": 79_000_000,
    "has_files": False,
    "ended_at": "2026-11-22T10:00:00+00:00",
    "proposal_id": PROPOSAL,
    "kind": "list-replacement",
    "reason": "اصلاحیه کارفرما",
    "proposed_by": ME,
    "confirmed_by": COLLEAGUE,
}
CHANGES: dict[str, Any] = {
    "id": PROPOSAL,
    "kind": "person-correction",
    "status": "proposed",
    "target": PERSON,
    "by_system": False,
    "proposed_by": COLLEAGUE,
    "proposed_at": AT,
    "decided_by": None,
    "confirmed_by": None,
    "decided_at": None,
    "change": {"fields": {"birth_date_jalali": "1360-05-16"}},
    "differences": [{"field": "birth_date_jalali", "old": "1360-05-15", "new": "1360-05-16"}],
    "differences_total": 1,
    "people": [KNOWN],
    "reason": "شناسنامه دیده شد.",
    "decision_reason": None,
}


def build_page(*items: dict[str, Any], next_cursor: str | None = None) -> dict[str, Any]:
    return {"items": items, "next_cursor": next_cursor}
