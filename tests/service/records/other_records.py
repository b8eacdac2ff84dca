"""The records of an invented town at the service and, beside them, what they must say.

Each method changes both: it calls the API, and does the same to the ledger and to the known identities.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from random import Random
from typing import Any

import sqlalchemy as sa
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from services.records.models import Person
from tests.e2e.other_lists import Dialect, Worker, choose_dialect
from tests.service.records.desk import LISTS, OFFICER, Desk, Files
from tests.service.records.objectors import ALL, ME, OWN, SECOND_OFFICER, read_reply
from tests.service.records.other_ledger import Ledger, ListKey, YearMonth
from tests.service.records.other_town import FIELDS, Citizen, Sheet, Town, fold, format_day
from tests.service.records.proposers import PROPOSALS, REASON, Proposers
from tests.tokens import mint

STATEMENT = "/internal/statement?types=all,wages,consolidated&version=2"
SEXES = {"مرد": "male", "زن": "female"}


@dataclass
class OtherRecords:
    """A town at the service. `identities` are the known ones, by person; `merged` leads to who remains."""

    desk: Desk
    town: Town
    dice: Random
    ledger: Ledger = field(default_factory=Ledger)
    identities: dict[str, dict[str, str]] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    ids: dict[str, uuid.UUID] = field(default_factory=dict)
    list_ids: dict[ListKey, str] = field(default_factory=dict)
    sheets: dict[ListKey, Sheet] = field(default_factory=dict)
    # By person and field, the months that state each value.
    stated: dict[tuple[str, str], dict[str, set[YearMonth]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )

    @property
    def officers(self) -> Proposers:
        return Proposers(self.desk)

    def import_sheet(self, sheet: Sheet, *, counts: bool = True) -> dict[str, Any]:
        """Return the document of a new list in some dialect. Without `counts`, all its rows must be held."""
        files, dialect = self._write(sheet)
        document = self.desk.import_list(files)
        assert document["held"] == (0 if counts else len(sheet.rows)), document["findings"]
        # All names are plausible: one that is not was read wrongly.
        assert "name-implausible" not in {one["code"] for one in document["findings"]}, dialect
        document["dialect"] = dialect
        self._enter(sheet, dialect, document["id"], counts=counts)
        return document

    def replace(self, sheet: Sheet) -> None:
        """Replace a list by another content in some dialect."""
        files, dialect = self._write(sheet)
        path = f"{LISTS}/{self.list_ids[sheet.key]}/replacement"
        parts = {
            name: FileStorage(BytesIO(content), name)
            for name, content in zip(("header", "workers"), files, strict=True)
        }
        boundary, body = encode_multipart({**parts, "reason": REASON})
        form = f"multipart/form-data; boundary={boundary}"
        proposal = read_reply(self.officers.call("POST", path, data=body, content_type=form), 201)
        read_reply(self.officers.confirm(proposal["id"]))
        self._enter(sheet, dialect, self.list_ids[sheet.key])

    def withdraw(self, key: ListKey) -> None:
        """Withdraw a list."""
        self.officers.decide("list-withdrawal", self.list_ids[key], {})
        del self.ledger.lists[key], self.sheets[key]

    def _write(self, sheet: Sheet) -> tuple[Files, Dialect]:
        numbers = {person: worker.insurance_number for person, worker in sheet.rows.items()}
        has_known_people = all(
            self.identities.get(self.find_key(person), {}).get("insurance_number") == number
            for person, number in numbers.items()
        )
        dialect = choose_dialect(self.dice, has_known_people=has_known_people)
        if any(self._is_mistyped(person, worker) for person, worker in sheet.rows.items()):
            # With the father's name mistyped as well, nothing would be left of the person's names.
            dialect = replace(dialect, swapped_names=False)
        return sheet.write(self.town.workshops[sheet.key.workshop], dialect), dialect

    def _is_mistyped(self, person: str, worker: Worker) -> bool:
        citizen = self.town.people.get(person)
        return citizen is None or any(getattr(worker, name) != getattr(citizen, name) for name in FIELDS)

    def _enter(self, sheet: Sheet, dialect: Dialect, list_id: str, *, counts: bool = True) -> None:
        self.list_ids[sheet.key] = list_id
        self.ledger.names[sheet.key.workshop] = self.town.workshops[sheet.key.workshop]
        if not counts:
            return
        self.sheets[sheet.key] = sheet
        self.ledger.lists[sheet.key] = {
            self.find_key(person): entry for person, entry in sheet.list_entries().items()
        }
        for person, worker in sheet.rows.items():
            values = {name: str(getattr(worker, name)) for name in FIELDS}
            if dialect.swapped_names:
                values |= {"first_name": worker.last_name, "last_name": worker.first_name}
            if not dialect.has_birth_date:
                del values["birth_date"]
            own = self.find_key(person)
            identity = self.identities.setdefault(own, {"national_code": worker.national_code})
            for name, value in values.items():
                identity.setdefault(name, value)
                self.stated[own, name][fold(value)].add(sheet.key.month)

    def find_key(self, person: str) -> str:
        """Return the key of who remains of a person."""
        while person in self.merged:
            person = self.merged[person]
        return person

    def settle_proposals(self) -> int:
        """Return the number of the system's proposals: officers take those of most months, and no other."""
        open_proposals = read_reply(self.officers.call("GET", f"{PROPOSALS}?status=proposed&limit=200"))[
            "items"
        ]
        for item in open_proposals:
            proposal = read_reply(self.officers.call("GET", f"{PROPOSALS}/{item['id']}"))
            assert proposal["kind"] == "person-correction"
            person = self._find_person(proposal["target"])
            [difference] = proposal["differences"]
            name, new = difference["field"], str(difference["new"])
            name = "birth_date" if name == "birth_date_jalali" else name
            value = new.replace("-", "") if name == "birth_date" else new
            if self._find_most_stated(person, name) == fold(value):
                read_reply(self.officers.confirm(item["id"], OFFICER))
                read_reply(self.officers.confirm(item["id"]))
                self.identities[person][name] = value
            else:
                read_reply(self.officers.reject(item["id"]))
        return len(open_proposals)

    def take_most_stated(self) -> None:
        """Take for known what most list months state, as the domain says."""
        for (person, name), values in self.stated.items():
            best = self._find_most_stated(person, name)
            if best in values:
                self.identities[person][name] = best

    def _find_most_stated(self, person: str, name: str) -> str:
        values = self.stated[person, name]
        return min(values, key=lambda value: (-len(values[value]), min(values[value])))

    def _find_person(self, person_id: str) -> str:
        return next(key for key, own in self.ids.items() if str(own) == person_id)

    def load_ids(self) -> None:
        """Read the ids of all people who have an entry in the ledger."""
        with self.desk.sessions() as session:
            query = sa.select(Person.id, Person.national_code, Person.insurance_number)
            for person_id, code, number in session.execute(query):
                self.ids.setdefault(code or str(number), person_id)

    def call_as(
        self, person: str, method: str, path: str = OWN, status: int = 200, **kw: Any
    ) -> dict[str, Any]:
        """Return the reply to a person."""
        token = mint("citizen", self.ids[person], scopes=["self"])
        return read_reply(self.desk.call(method, path, token, **kw), status)

    def submit(self, person: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a submitted objection."""
        draft = self.call_as(person, "POST", OWN, 201, json=body)
        return self.call_as(person, "POST", f"{OWN}/{draft['id']}/confirmation")

    def decide(self, objection_id: str, *, accept: bool) -> None:
        """Let two officers decide about an objection."""
        path, scopes = f"{ALL}/{objection_id}/decision", ["objections"]
        body = {"accept": accept, "reason": REASON}
        read_reply(self.desk.call("POST", path, mint("officer", OFFICER, scopes=scopes), json=body))
        confirmation = f"{path}/confirmation"
        read_reply(self.desk.call("POST", confirmation, mint("officer", SECOND_OFFICER, scopes=scopes)))

    def assign_workshop(self, objection_id: str, workshop: str) -> None:
        """Let two officers give an accepted period its workshop."""
        scopes = ["objections"]
        body = {
            "kind": "missing-period-workshop",
            "target": objection_id,
            "change": {"workshop_code": workshop},
            "reason": REASON,
        }
        first, second = (mint("officer", one, scopes=scopes) for one in (OFFICER, SECOND_OFFICER))
        proposal = read_reply(self.desk.call("POST", PROPOSALS, first, json=body), 201)
        read_reply(self.desk.call("POST", f"{PROPOSALS}/{proposal['id']}/confirmation", second))

    def merge(self, foreigner: Citizen, citizen: Citizen) -> None:
        """Merge a person without a code into the one with it."""
        self.officers.decide("person-merger", self.ids[foreigner.key], {"into": str(self.ids[citizen.key])})
        self.merged[foreigner.key] = citizen.key
        self.ledger.move(foreigner.key, citizen.key)
        for name, value in self.identities.pop(foreigner.key).items():
            self.identities[citizen.key].setdefault(name, value)

    def correct(self, person: str, name: str, value: str) -> None:
        """Correct one field of a person."""
        given: dict[str, str] = {name: value}
        if name == "birth_date":
            given = {"birth_date_jalali": format_day(value)}
        elif name == "sex":
            given = {"sex": SEXES[value]}
        self.officers.correct(self.ids[person], **given)
        self.identities[person][name] = value

    def list_differences(self) -> Iterator[tuple[str, str, Any, Any]]:
        """Yield each person and part of a statement that is not what it must be, with both values."""
        for person in sorted(self.identities):
            answer = self.call_as(person, "GET", STATEMENT)
            expected = self.ledger.build_statement(person) | {"person": self._describe(person)}
            for part, value in expected.items():
                kinds = value.keys() if part == "tables" else [None]
                for kind in kinds:
                    right, real = (value[kind], answer[part][kind]) if kind else (value, answer[part])
                    if fold_texts(right) != fold_texts(real):
                        yield person, kind or part, fold_texts(right), fold_texts(real)

    def count_figures(self) -> int:
        """Return the number of days, sums and wages in all statements."""
        return sum(
            count_numbers(self.call_as(person, "GET", STATEMENT)[part])
            for person in self.identities
            for part in ("summary", "tables")
        )

    def check_merged(self) -> Iterator[str]:
        """Yield who has another record by the id of before a merger."""
        for person in self.merged:
            own, remaining = (self.call_as(one, "GET", f"{ME}") for one in (person, self.find_key(person)))
            if own != remaining:
                yield person

    def _describe(self, person: str) -> dict[str, Any]:
        identity = self.identities[person]
        return {
            "national_code": identity["national_code"] or None,
            "first_name": identity["first_name"],
            "last_name": identity["last_name"],
            "father_name": identity["father_name"],
            "birth_date_jalali": format_day(identity["birth_date"]) if "birth_date" in identity else None,
            "insurance_number": identity.get("insurance_number"),
            "sex": SEXES[identity["sex"]],
        }


def fold_texts(document: Any) -> Any:
    """Return a document whose texts are without what encodings lose."""
    if isinstance(document, dict):
        return {name: fold_texts(value) for name, value in document.items()}
    if isinstance(document, list):
        return [fold_texts(value) for value in document]
    return fold(document) if isinstance(document, str) else document


def count_numbers(document: Any) -> int:
    """Return the number of numbers in a document."""
    if isinstance(document, dict | list):
        return sum(map(count_numbers, document.values() if isinstance(document, dict) else document))
    return isinstance(document, int)
