"""What a bench finds in the databases: people with careers, letters in inboxes, permits with their codes."""

import hashlib
import json
import random
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import sqlalchemy as sa
import svcs
from obstore.store import MemoryStore
from pydantic_settings import BaseSettings

from bench.importing import LISTS, invent_lists, upload
from bench.load import Call
from bench.stack import Stack
from govah_verify.check_digit import append_check_digit
from services.disclosure.app import create_app as create_disclosure
from services.disclosure.settings import Settings as DisclosureSettings
from services.inquiry.app import create_app as create_inquiry
from services.inquiry.clients import LetterCopy
from services.inquiry.settings import Settings as InquirySettings
from services.kit.db import new_sessions
from services.kit.national_code import compute_check_digit
from tests.fakes.disclosure import FakeFacts, FakeRecords
from tests.fakes.inquiry import FakeLetterReader
from tests.service.disclosure.desk import Desk
from tests.tokens import ISSUER, TestKeys, build_bearer_header, mint
from tests.unit.pdfworker.statements import build_career, build_person, build_statement

PDF_BYTES = 60_000
YEARS = 10

SettingsType = TypeVar("SettingsType", bound=BaseSettings)


@dataclass(frozen=True)
class Pair:
    """A national code and a secret code that opens a letter."""

    national_code: str
    code: str


def _load_settings(kind: type[SettingsType], stack: Stack, name: str) -> SettingsType:
    """Return the settings of a service in this process, which accepts tokens of the tests."""
    prefix = "GOVAH_"
    given: dict[str, Any] = {
        key.removeprefix(prefix).lower(): value for key, value in stack.build_environment(name).items()
    }
    return kind(**{**given, "issuer": ISSUER, "log_level": "WARNING"})


def import_people(stack: Stack, people: int, months: int, workshops: int) -> Sequence[uuid.UUID]:
    """Import invented lists through the running records service. Return the people with months."""
    url = f"{stack.find_url('records')}{LISTS}"
    with tempfile.TemporaryDirectory() as directory, httpx.Client(timeout=60) as client:
        for path in invent_lists(people, months, workshops, Path(directory)):
            headers, body = upload(path)
            answer = client.post(url, headers=stack.mint_officer("lists") | headers, content=body)
            assert answer.status_code == 201, answer.text
    with stack.connect("records") as database:
        rows = database.execute("SELECT id FROM people WHERE national_code IS NOT NULL ORDER BY position")
        return [person for [person] in rows.fetchall()]


def fill_inboxes(stack: Stack, people: Sequence[uuid.UUID], letters: int) -> None:
    """Put `letters` letters into the inbox of each person, through the routes of disclosure."""
    app = create_disclosure(
        settings := _load_settings(DisclosureSettings, stack, "disclosure"),
        keys=TestKeys(),
        records=(records := FakeRecords(build_statement(build_career("1393-01", 12 * YEARS)))),
    )
    with app.app_context():
        engine = svcs.flask.get(sa.Engine)
    # The app has the object store of its settings; the desk's own one is not used.
    desk = Desk(app, engine, new_sessions(engine), settings, records, MemoryStore(), FakeFacts({}))
    for person in people:
        for _ in range(letters):
            desk.deliver_letter(person)
    svcs.flask.close_registry(app)


def issue_permits(stack: Stack, count: int) -> Sequence[Pair]:
    """Issue permits without a limit of views for `count` people, through the routes of inquiry."""
    letters = FakeLetterReader()
    app = create_inquiry(_load_settings(InquirySettings, stack, "inquiry"), keys=TestKeys(), letters=letters)
    client, pairs = app.test_client(), []
    for number in range(count):
        person, letter = uuid.uuid4(), _build_letter(number)
        letters.add_letter(person, letter)
        headers = build_bearer_header(mint("citizen", person, scopes=["self"]))
        body = {"letter_id": str(letter.id), "valid_days": 30, "max_views": None}
        answer = client.post("/api/v1/inquiry/permits", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        pairs.append(Pair(letter.national_code or "", answer.get_json()["code"].replace(" ", "")))
    svcs.flask.close_registry(app)
    return pairs


def _build_letter(number: int) -> LetterCopy:
    serial, document = f"24{number:010}", b"%PDF-1.7" + random.Random(number).randbytes(PDF_BYTES)
    statement = build_statement(
        build_career("1393-01", 12 * YEARS), person=build_person(national_code=write_national_code(number))
    )
    return LetterCopy(
        id=uuid.uuid4(),
        serial=append_check_digit(serial),
        types=list(statement["types"]),
        issued_at=datetime.now(UTC),
        sha256=hashlib.sha256(document).hexdigest(),
        superseded=False,
        statement=statement,
        document=document,
    )


def build_inquiry(national_code: str, code: str, number: int) -> Call:
    """Return an inquiry from an address of its own, so that no limit is reached."""
    address = f"198.{18 + number // 65536 % 2}.{number // 256 % 256}.{number % 256}"
    body = json.dumps({"national_code": national_code, "code": code})
    return Call("/api/v1/inquiry/inquiries", "POST", {"X-Forwarded-For": address}, body)


def build_right_inquiry(pair: Pair) -> Call:
    """Return an inquiry that is answered."""
    return build_inquiry(pair.national_code, pair.code, random.getrandbits(17))


def write_national_code(number: int) -> str:
    """Return the national code of an invented person."""
    nine = f"{number:09}"
    return nine + compute_check_digit(nine)
