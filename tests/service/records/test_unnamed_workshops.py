"""Workshops without a code keep the order of a statement's corrections, as letters need it."""

from typing import Any

from tests.service.records.desk import Desk
from tests.service.records.objectors import PERIOD, Objector, write_one_month

UNNAMED: dict[str, Any] = {name: value for name, value in PERIOD.items() if name != "workshop_code"}


def test_corrections_are_in_the_order_of_the_rows_and_workshops_without_a_code(desk: Desk) -> None:
    desk.import_list(write_one_month(20))
    objector = Objector(desk)
    # The later period first; both have the second month of 1402.
    for name, start, end in (
        ("کارگاه لاله", "1402-02-01", "1402-03-31"),
        ("کارگاه نرگس", "1402-01-01", "1402-02-31"),
    ):
        objector.decide(
            UNNAMED | {"workshop_name": name, "start_jalali": start, "end_jalali": end, "days": 20}
        )
    statement = objector.get_statement()
    rows = [row for row in statement["tables"]["wages"]["rows"] if row["workshop_code"] == "-"]
    corrections = statement["corrections"]
    assert [row["month_jalali"] for row in rows] == [one["month_jalali"] for one in corrections]
    by_number: dict[str, set[str]] = {}
    for row, one in zip(rows, corrections, strict=True):
        by_number.setdefault(one["tracking_number"], set()).add(row["workshop_name"])
    assert list(by_number.values()) == [{"کارگاه نرگس"}, {"کارگاه لاله"}]
    workshops = statement["tables"]["all"]["workshops"]
    unnamed = [one["workshop_name"] for one in workshops if one["workshop_code"] == "-"]
    assert unnamed == ["کارگاه نرگس", "کارگاه لاله"]
