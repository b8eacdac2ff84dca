"""People who object and officers who decide, for the tests of objections."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.test import TestResponse

from services.kit.jalali import JalaliMonth
from services.records.lists import WorkerRow
from tests.service.records.callers import OFFICER, Files, Records, files_of
from tests.tokens import mint
from tests.unit.records.lists.lists import MARYAM

CODE = "0012345679"
WORKSHOP = "0012345678"
MEHR_1402 = JalaliMonth(1402, 7)
SECOND_OFFICER = uuid.UUID("00000000-0000-4000-8000-00000000000b")
ME = "/api/v1/records/me"
OWN = f"{ME}/objections"
ALL = "/api/v1/records/objections"
DAYS: Mapping[str, Any] = {
    "kind": "days",
    "months": [{"month_jalali": "1402-07", "workshop_code": WORKSHOP, "days": 30}],
    "text": "همه ماه کار کرده‌ام.",
}
PERIOD: Mapping[str, Any] = {
    "kind": "missing-period",
    "workshop_name": "کارگاه گلدوزی نرگس",
    "workshop_code": "0044444444",
    "city": "یزد",
    "start_jalali": "1401-12-15",
    "end_jalali": "1402-02-10",
    "days": 56,
    "text": "کارفرما لیست نداده است.",
}


def listed(days: int, month: JalaliMonth = MEHR_1402, row: WorkerRow = MARYAM, **place: Any) -> Files:
    """The list of one worker in one month, its wage the daily wage of these days."""
    wage = row.daily_wage * days
    priced = replace(
        row,
        days=days,
        monthly_wage=wage,
        benefits=0,
        insurable=wage,
        gross=wage,
        premium=wage * 7 // 100,
        start_date=None,
    )
    return files_of(priced, month=month, **place)


@dataclass(frozen=True)
class Objecting:
    """The service, one citizen of it and two officers."""

    records: Records
    code: str = CODE

    def me(self, method: str, path: str = OWN, **kw: Any) -> TestResponse:
        token = mint("citizen", self.records.person_id(self.code), scopes=["self"])
        return self.records.call(method, path, token, **kw)

    def officer(
        self, method: str, path: str = ALL, officer_id: uuid.UUID = OFFICER, **kw: Any
    ) -> TestResponse:
        return self.records.call(method, path, mint("officer", officer_id, scopes=["objections"]), **kw)

    def drafted(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return answered(self.me("POST", json=body), 201)

    def submitted(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return answered(self.me("POST", f"{OWN}/{self.drafted(body)['id']}/confirmation"))

    def open(
        self, objection_id: str, reason: str = "بررسی اعتراض", officer_id: uuid.UUID = OFFICER
    ) -> TestResponse:
        return self.officer("POST", f"{ALL}/{objection_id}/opening", officer_id, json={"reason": reason})

    def propose(
        self, objection_id: str, *, accept: bool = True, officer_id: uuid.UUID = OFFICER
    ) -> TestResponse:
        body = {"accept": accept, "reason": "کارت ساعت دیده شد."}
        return self.officer("POST", f"{ALL}/{objection_id}/decision", officer_id, json=body)

    def confirm(self, objection_id: str, officer_id: uuid.UUID = SECOND_OFFICER) -> TestResponse:
        return self.officer("POST", f"{ALL}/{objection_id}/decision/confirmation", officer_id)

    def decided(self, body: Mapping[str, Any], *, accept: bool = True) -> dict[str, Any]:
        objection_id = self.submitted(body)["id"]
        answered(self.propose(objection_id, accept=accept))
        return answered(self.confirm(objection_id))

    def statement(self) -> dict[str, Any]:
        document = answered(self.me("GET", "/internal/statement?types=all,wages,consolidated"))
        document.pop("as_of")
        return document

    def contributions(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = answered(self.me("GET", f"{ME}/contributions"))["items"]
        return items


def answered(answer: TestResponse, status: int = 200) -> dict[str, Any]:
    """The document of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    document: dict[str, Any] = answer.get_json()
    return document


def refused(answer: TestResponse) -> tuple[int, str]:
    """The status and code of an answer."""
    return answer.status_code, answer.get_json()["code"]
