"""Officers at the counter, and people who come to them."""

import uuid
from datetime import date
from typing import Any

from services.auth.models.counter import CounterNoticeKind
from services.kit.jalali import format_jalali_date
from tests.service.auth.desk import NUMBERS, OTHER_PASSWORD, Desk, Person
from tests.service.auth.endings import fetch_staff_tokens
from tests.service.auth.staff import add_officer

ABROAD = "+491701234567"
BIRTH_DATE = date(1975, 3, 2)
IDENTIFICATIONS = "/counter/identifications"


def add_officers(desk: Desk) -> tuple[str, str]:
    """Return the tokens of two officers at the counter."""
    names = [f"counter.{next(NUMBERS)}" for _ in range(2)]
    for name in names:
        add_officer(desk, name, "accounts:identify")
    first, second = (str(fetch_staff_tokens(desk, name)["access_token"]) for name in names)
    return first, second


def add_foreigner(desk: Desk) -> tuple[uuid.UUID, str]:
    """Return the id and the insurance number of a person without a national code."""
    person_id, number = uuid.uuid4(), f"7{next(NUMBERS):07}"
    desk.people.insured[number, BIRTH_DATE] = person_id
    return person_id, number


def build_finding(person: Person | None = None, **changed: Any) -> dict[str, Any]:
    """Return what an officer has read in a person's documents."""
    identity = person.identity if person else {"birth_date_jalali": format_jalali_date(BIRTH_DATE)}
    return {
        **identity,
        "mobile": ABROAD,
        "document": "passport",
        "document_ends": "9A7",
        "note": "مدرک اصل دیده شد",
        **changed,
    }


def propose(desk: Desk, token: str, finding: dict[str, Any]) -> dict[str, Any]:
    """Return a proposal."""
    response = desk.post(IDENTIFICATIONS, finding, token=token)
    assert response.status_code == 201, response.text
    document: dict[str, Any] = response.get_json()
    return document


def decide(desk: Desk, token: str, identification_id: str, word: str = "confirmation", **body: Any) -> Any:
    """Return the response to an officer who confirms or rejects."""
    return desk.post(f"{IDENTIFICATIONS}/{identification_id}/{word}", body or None, token=token)


def read_code(desk: Desk) -> str:
    """Return the code of the last activation message."""
    return str(desk.list_sent(CounterNoticeKind.ACTIVATION.value)[-1].code)


def use_code(desk: Desk, code: str, password: str = OTHER_PASSWORD) -> Any:
    """Return the response to a person who sets a password with the code."""
    return desk.post("/counter/activations", {"code": code, "password": password})


def identify(desk: Desk, finding: dict[str, Any]) -> None:
    """Let two officers identify a person, who then sets `OTHER_PASSWORD`."""
    first, second = add_officers(desk)
    assert decide(desk, second, propose(desk, first, finding)["id"]).status_code == 200
    assert use_code(desk, read_code(desk)).status_code == 201
