"""A record of thirty years, with the second jobs and gaps of a long working life."""

from typing import Any

from tests.service.gateway.portal.desk import Services
from tests.service.gateway.portal.record import ME
from tests.unit.pdfworker.statements import build_statement, build_workshops

# The workshop, the first month and the number of months; twelve years have a second job.
SPANS = (
    (0, "1375-02", 70),
    (3, "1381-01", 61),
    (4, "1382-06", 48),
    (1, "1386-04", 130),
    (6, "1390-01", 96),
    (10, "1398-03", 85),
)
YEARS = range(1375, 1406)


def build_long_statement() -> dict[str, Any]:
    """Return the statement of thirty years with all tables, some disputed months and a correction."""
    corrected = {"month_jalali": "1384-05", "workshop_code": "0045678901", "tracking_number": "518203746195"}
    return build_statement(
        build_workshops(SPANS, jobs=True), disputed=["1391-03", "1391-04"], corrections=[corrected]
    )


def set_long_record(services: Services) -> None:
    """Let records answer about that person, with a warning for every month of two jobs."""
    statement = build_long_statement()
    rows = statement["tables"]["wages"]["rows"]
    services.set_reply("GET", f"{ME}/contributions", 200, {"items": rows, "next_cursor": None})
    services.set_reply("GET", f"{ME}/statement", 200, statement)
    services.set_reply("GET", ME, 200, _build_record(statement))


def _build_record(statement: dict[str, Any]) -> dict[str, Any]:
    summary, rows = statement["summary"], statement["tables"]["wages"]["rows"]
    months = [row["month_jalali"] for row in rows]
    overlaps = [
        {
            "code": "overlap",
            "first_month_jalali": month,
            "last_month_jalali": month,
            "message": f"لیست‌های {month} با هم بیش از طول ماه است.",
        }
        for month in sorted({month for month in months if months.count(month) > 1})
    ]
    gaps = [
        {
            "code": "gap",
            "first_month_jalali": "1397-02",
            "last_month_jalali": "1398-02",
            "message": "از اردیبهشت ۱۳۹۷ تا اردیبهشت ۱۳۹۸ لیستی نیست.",
        }
    ]
    return {
        "person": statement["person"],
        "insurance_number": "12345678",
        "totals": {
            "total_days": summary["total_days"],
            "duration": summary["duration"],
            "total_wage": statement["tables"]["wages"]["total_wage"],
            "workshop_count": summary["workshop_count"],
        },
        "first_month_jalali": summary["first_month_jalali"],
        "last_month_jalali": summary["last_month_jalali"],
        "open_objections": [],
        "warnings": [*gaps, *overlaps],
    }
