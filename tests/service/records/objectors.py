"""People who object and officers who decide, for the tests of objections."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.test import TestResponse

from services.kit.jalali import JalaliMonth
from services.records.lists import WorkerRow
from tests.fakes.lists import MARYAM
from tests.service.records.desk import OFFICER, Desk, Files, write_files
from tests.tokens import mint

CODE = "0012345679"
WORKSHOP = "0012345678"
MEHR_1402 = JalaliMonth(1402, 7)
SECOND_OFFICER = uuid.UUID("00000000-0000-4000-8000-00000000000b")
ME = "/api/v1/records/me"
OWN = f"{ME}/objections"
ALL = "/api/v1/records/objections"
DAYS: dict[str, Any] = {
    "kind": "days",
    "months": [{"month_jalali": "1402-07", "workshop_code": WORKSHOP, "days": 30}],
    "text": "همه ماه کار کرده‌ام.",
}
PERIOD: dict[str, Any] = {
    "kind": "missing-period",
    "workshop_name": "کارگاه گلدوزی نرگس",
    "workshop_code": "0044444444",
    "city": "یزد",
    "start_jalali": "1401-12-15",
    "end_jalali": "1402-02-10",
    "days": 56,
    "text": "کارفرما لیست نداده است.",
}


def write_one_month(
    days: int, month: JalaliMonth = MEHR_1402, row: WorkerRow = MARYAM, **place: Any
) -> Files:
    """Return the list of one worker in one month, whose wage is the daily wage of these days."""
    wage = row.daily_wage * days
    paid = replace(
        row,
        days=days,
        monthly_wage=wage,
        benefits=0,
        insurable=wage,
        gross=wage,
        premium=wage * 7 // 100,
        start_date=None,
    )
    return write_files(paid, month=month, **place)


@dataclass(frozen=True)
class Objector:
    """One citizen of the service, and two officers who decide about the citizen's objections."""

    desk: Desk
    code: str = CODE

    def call(self, method: str, path: str = OWN, **kw: Any) -> TestResponse:
        token = mint("citizen", self.desk.find_person_id(self.code), scopes=["self"])
        return self.desk.call(method, path, token, **kw)

    def call_as_officer(
        self, method: str, path: str = ALL, officer_id: uuid.UUID = OFFICER, **kw: Any
    ) -> TestResponse:
        return self.desk.call(method, path, mint("officer", officer_id, scopes=["objections"]), **kw)

    def create_draft(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return read_reply(self.call("POST", json=body), 201)

    def submit(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return read_reply(self.call("POST", f"{OWN}/{self.create_draft(body)['id']}/confirmation"))

    def open(
        self, objection_id: str, reason: str = "بررسی اعتراض", officer_id: uuid.UUID = OFFICER
    ) -> TestResponse:
        path = f"{ALL}/{objection_id}/opening"
        return self.call_as_officer("POST", path, officer_id, json={"reason": reason})

    def propose(
        self, objection_id: str, *, accept: bool = True, officer_id: uuid.UUID = OFFICER
    ) -> TestResponse:
        body = {"accept": accept, "reason": "کارت ساعت دیده شد."}
        return self.call_as_officer("POST", f"{ALL}/{objection_id}/decision", officer_id, json=body)

    def confirm(self, objection_id: str, officer_id: uuid.UUID = SECOND_OFFICER) -> TestResponse:
        return self.call_as_officer("POST", f"{ALL}/{objection_id}/decision/confirmation", officer_id)

    def decide(self, body: Mapping[str, Any], *, accept: bool = True) -> dict[str, Any]:
        """Return an objection that was submitted, proposed and confirmed."""
        objection_id = self.submit(body)["id"]
        read_reply(self.propose(objection_id, accept=accept))
        return read_reply(self.confirm(objection_id))

    def get_statement(self) -> dict[str, Any]:
        document = read_reply(self.call("GET", "/internal/statement?types=all,wages,consolidated&version=2"))
        document.pop("as_of")
        return document

    def list_contributions(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = read_reply(self.call("GET", f"{ME}/contributions"))["items"]
        return items


def read_reply(response: TestResponse, status: int = 200) -> dict[str, Any]:
    """Return the document of a response that must have this status."""
    assert response.status_code == status, response.text
    document: dict[str, Any] = response.get_json()
    return document


def read_problem(response: TestResponse) -> tuple[int, str]:
    """Return the status and code of a problem."""
    return response.status_code, response.get_json()["code"]
