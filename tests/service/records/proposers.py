"""Two officers of lists who propose and decide, for the tests of held rows, corrections and mergers."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from werkzeug.test import TestResponse

from services.records.models import Outbox
from tests.service.records.desk import OFFICER, Desk, Files
from tests.service.records.objectors import SECOND_OFFICER, read_reply
from tests.tokens import mint

PROPOSALS = "/api/v1/records/proposals"
HELD_ROWS = "/api/v1/records/held-rows"
REASON = "کارت ملی و قرارداد دیده شد."


@dataclass(frozen=True)
class Proposers:
    """The officers of a desk."""

    desk: Desk

    def call(
        self, method: str, path: str = PROPOSALS, officer_id: uuid.UUID = OFFICER, **kw: Any
    ) -> TestResponse:
        return self.desk.call(method, path, mint("officer", officer_id, scopes=["lists"]), **kw)

    def propose(
        self,
        kind: str,
        target: object,
        change: Mapping[str, Any],
        officer_id: uuid.UUID = OFFICER,
    ) -> TestResponse:
        body = {"kind": kind, "target": str(target), "change": change, "reason": REASON}
        return self.call("POST", PROPOSALS, officer_id, json=body)

    def confirm(self, proposal_id: str, officer_id: uuid.UUID = SECOND_OFFICER) -> TestResponse:
        return self.call("POST", f"{PROPOSALS}/{proposal_id}/confirmation", officer_id)

    def reject(self, proposal_id: str, officer_id: uuid.UUID = SECOND_OFFICER) -> TestResponse:
        return self.call(
            "POST", f"{PROPOSALS}/{proposal_id}/rejection", officer_id, json={"reason": "مدرک کافی نیست."}
        )

    def decide(self, kind: str, target: object, change: Mapping[str, Any]) -> dict[str, Any]:
        """Return a proposal that was made and confirmed."""
        proposal = read_reply(self.propose(kind, target, change), 201)
        return read_reply(self.confirm(proposal["id"]))

    def correct(self, person_id: object, **fields: Any) -> dict[str, Any]:
        """Return a confirmed correction of a person."""
        return self.decide("person-correction", person_id, {"fields": fields})

    def list_held(self, query: str = "status=held") -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = read_reply(self.call("GET", f"{HELD_ROWS}?{query}"))["items"]
        return items

    def get_only_held(self) -> dict[str, Any]:
        (held_row,) = self.list_held()
        return held_row

    def list_proposals(self, query: str = "status=proposed") -> list[dict[str, Any]]:
        """Return the proposals with what they change, newest first."""
        items = read_reply(self.call("GET", f"{PROPOSALS}?{query}"))["items"]
        return [read_reply(self.call("GET", f"{PROPOSALS}/{item['id']}")) for item in items]

    def list_differences(self) -> list[tuple[str, Any, Any]]:
        """Return field, old and new value of each undecided proposal."""
        return [
            (one["field"], one["old"], one["new"])
            for proposal in self.list_proposals()
            for one in proposal["differences"]
        ]

    def read_statement(self, national_code: str) -> dict[str, Any]:
        path = "/internal/statement?types=all,wages,consolidated"
        return read_reply(self.desk.get_as_citizen(national_code, path))

    def sum_days(self, national_code: str) -> int:
        """Return the days that count for a person."""
        days: int = self.read_statement(national_code)["summary"]["total_days"]
        return days

    def match(self, national_code: str, birth_date_jalali: str) -> str | None:
        """Return the id that auth gets for a registration."""
        body = {"national_code": national_code, "birth_date_jalali": birth_date_jalali}
        token = mint("service", "auth", "records", scopes=["records:match-person"])
        reply = read_reply(self.desk.call("POST", "/internal/people/match", token, json=body))
        person_id: str | None = reply["person_id"]
        return person_id

    def read_events(self, name: str) -> list[dict[str, Any]]:
        """Return the data of the events of that name, with the subject, oldest first."""
        with self.desk.sessions() as session:
            query = sa.select(Outbox).where(Outbox.name == name).order_by(Outbox.position)
            return [{"subject": event.subject, **event.data} for event in session.scalars(query)]


def list_codes(document: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return severity, field and code of a list's findings."""
    return [(one["severity"], one["field"], one["code"]) for one in document["findings"]]


def read_case(directory: Path) -> Files:
    """Return the two files of a case."""
    return tuple((directory / name).read_bytes() for name in ("DSKKAR00.DBF", "DSKWOR00.DBF"))  # type: ignore[return-value]  # two
