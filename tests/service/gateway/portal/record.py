"""A person's record as the service answers it."""

import re
from typing import Any

from tests.service.gateway.portal.desk import Person, Services

ME = "/api/v1/records/me"
SHOP, BAKERY = "0099000001", "0099000002"
NAMES = {SHOP: "کارگاه نمونه", BAKERY: "نانوایی حسینی"}


def build_row(month: str, days: int, workshop: str = SHOP, wage: int = 1_000_000) -> dict[str, Any]:
    """Return a month as in contributions and in the table of wages."""
    return {
        "month_jalali": month,
        "workshop_code": workshop,
        "workshop_name": NAMES[workshop],
        "list_number": "01",
        "job_title": "فروشنده" if workshop == SHOP else "",
        "days": days,
        "wage": wage,
    }


ROWS = [
    build_row("1402-12", 29),
    build_row("1403-01", 10),
    build_row("1403-01", 31, BAKERY),
    build_row("1403-02", 0),
    build_row("1403-05", 8, BAKERY, 2_500_000),
]
# The same as contributions have it, with what the list says besides.
DETAILED: dict[str, Any] = build_row("1403-01", 10) | {
    "premium": 70_000,
    "gross": 1_200_000,
    "job_title": "فروشنده",
    "job_code": "000451",
    "start_date_jalali": "1403-01-22",
    "leave_date_jalali": None,
    "contract_row": "003",
    "hard_jobs": 5_400_000,
    "source": {
        "kind": "objection",
        "workshop_code": SHOP,
        "list_id": "6f2b2f0e-0000-4000-8000-000000000002",
        "list_number": "01",
        "file_sha256": "9f2c",
        "row": 7,
        "listed_days": 8,
        "objection_id": "6f2b2f0e-0000-4000-8000-000000000001",
        "tracking_number": "518203746195",
    },
}
GAP = {
    "code": "gap",
    "first_month_jalali": "1403-03",
    "last_month_jalali": "1403-04",
    "message": "از خرداد ۱۴۰۳ تا تیر ۱۴۰۳ لیستی نیست.",
}


def set_record(services: Services, rows: list[dict[str, Any]]) -> None:
    """Let records answer about a person of these months."""
    months = sorted(one["month_jalali"] for one in rows)
    person = {"first_name": "علی", "last_name": "محمدی", "national_code": "0440000017"}
    record = {
        "person": person,
        "insurance_number": "12345678",
        "totals": {"total_days": 68, "duration": {}, "total_wage": 6_500_000, "workshop_count": 2},
        "first_month_jalali": months[0] if months else None,
        "last_month_jalali": months[-1] if months else None,
        "open_objections": [],
        "warnings": [GAP] if months else [],
    }
    corrected = {"month_jalali": "1402-12", "workshop_code": SHOP, "tracking_number": "518203746195"}
    statement = {
        "disputed_months": ["1403-02"],
        "corrections": [corrected],
        "tables": {"wages": {"rows": rows}},
    }
    services.set_reply("GET", ME, 200, record)
    services.set_reply("GET", f"{ME}/contributions", 200, {"items": rows, "next_cursor": None})
    services.set_reply("GET", f"{ME}/statement", 200, statement)


def read_text(person: Person, path: str) -> str:
    """Return the text of a page's main part."""
    page: str = person.read(path)
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(re.sub("<[^>]+>", " ", main).split())
