"""Each service as strangers meet it: over a database, with fakes of the others, and callers of every role."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
import svcs
from flask import Flask

from services.auth.actions.keys import ensure_key, load_private_key
from services.auth.models import ActingSession, Client, Institution, RefreshFamily, Role, Staff, StaffRole
from services.kit.db import Sessions, sql_now
from services.kit.http.access import Rule
from tests.fakes.lists import HASAN, MARYAM, MEHR
from tests.service.auth.counter import add_officers, build_finding, propose
from tests.service.auth.desk import PASSWORD, open_desk
from tests.service.auth.desk import Desk as AuthDesk
from tests.service.auth.representatives import invite
from tests.service.disclosure.desk import open_desk as open_disclosure_desk
from tests.service.inquiry.desk import as_clerk
from tests.service.inquiry.desk import open_desk as open_inquiry_desk
from tests.service.records.desk import Desk as RecordsDesk
from tests.service.records.desk import open_desk as open_records_desk
from tests.service.records.desk import write_files
from tests.service.records.importing import begin
from tests.tokens import build_bearer_header, build_public_jwk, mint
from tests.unit.records.papers import write_png

Headers = dict[str, str]
OBJECTIONS = "/api/v1/records/me/objections"
# The member of staff whom tokens are about, and the institution of clerks.
STAFF_ID, INSTITUTION_ID = uuid.UUID(int=99), uuid.UUID(int=7)
SCOPES = {
    "citizen": ["self"],
    "officer": ["lists", "objections", "helpdesk", "audit", "accounts:identify"],
    "institution": ["inquiry:inquire", "inquiry:report"],
    "admin": ["admin"],
}


class Route(NamedTuple):
    """One method of one address, with the ids of somebody's things in its path if it takes any."""

    rule: Rule
    endpoint: str
    method: str
    path: str
    has_things: bool


@dataclass(frozen=True)
class Served:
    """A service, one person whose things it holds, and the ids of these by the name of their variable.

    `bodies` are what an endpoint must be sent before it asks whose thing it is, `forms` make it for those
    that take a file.
    """

    name: str
    app: Flask
    person_id: uuid.UUID
    things: Mapping[str, object]
    sign: Callable[..., str] = mint
    jwk: Mapping[str, Any] = field(default_factory=build_public_jwk)
    bodies: Mapping[str, Any] = field(default_factory=dict)
    forms: Mapping[str, Callable[[], Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def access(self) -> Mapping[str, Rule]:
        """The rule of every endpoint."""
        rules: Mapping[str, Rule] = self.app.extensions["access"]
        return rules

    def list_routes(self) -> Iterator[Route]:
        """Yield every route, also the internal ones; OPTIONS once for each address."""
        site = self.app.url_map.bind("localhost")
        with_options: set[str] = set()
        for address in self.app.url_map.iter_rules():
            unnamed = address.arguments - self.things.keys()
            assert not unnamed, f"name a thing for {unnamed} of {address.rule} here"
            values = {name: self.things[name] for name in address.arguments}
            for method in sorted(address.methods or ()):
                path = site.build(address.endpoint, values, method)
                if method == "OPTIONS" and path in with_options:
                    continue
                with_options.update([path] if method == "OPTIONS" else [])
                yield Route(self.access[address.endpoint], address.endpoint, method, path, bool(values))

    def sign_token(self, role: str, *, scopes: Iterable[str] | None = None, **changed: Any) -> str:
        """Return a token of that role that this service accepts, unless something about it is changed."""
        if scopes is None:
            scopes = SCOPES.get(role, sorted(self._list_service_scopes()))
        subject = self.person_id if role == "citizen" else STAFF_ID
        audience = self.name if role == "service" else None
        if role == "institution":
            changed = {"name": "بانک نمونه", "institution_id": str(INSTITUTION_ID)} | changed
        given = {"subject": subject, "audience": audience} | changed
        return self.sign(role, scopes=scopes, **given)

    def build_headers(self, role: str, **changed: Any) -> Headers:
        """Return the header of a caller of that role."""
        return build_bearer_header(self.sign_token(role, **changed))

    def _list_service_scopes(self) -> set[str]:
        return {scope for rule in self.access.values() if "service" in rule.roles for scope in rule.scopes}


def get_engine(app: Flask) -> sa.Engine:
    """Return the engine that an app works with."""
    with app.app_context():
        return svcs.flask.get(sa.Engine)


@contextmanager
def serve_auth(url: str, directory: Path) -> Iterator[Served]:
    with open_desk(url, directory) as desk:
        yield _serve_auth(desk)


def _serve_auth(desk: AuthDesk) -> Served:
    person = desk.add_citizen()
    registration_id = desk.register(desk.add_person())
    reset_id = desk.post("/password-resets", person.identity).get_json()["reset_id"]
    keys = desk.settings.token_keys_dir
    with desk.sessions.begin() as session:
        kid = ensure_key(session, keys)
    private = load_private_key(keys, kid)
    sign, jwk = (
        partial(_sign_for_auth, desk.sessions, kid=kid, private=private),
        build_public_jwk(private, kid),
    )
    for role in Role:
        sign(role.value, person.id)
    _add_staff(desk.sessions)
    token = desk.fetch_tokens(person)["access_token"]
    [device] = desk.call("GET", "/me/devices", token=token).get_json()["items"]
    confirmed = {"password": PASSWORD}
    factor = desk.post("/me/second-factors", {"kind": "totp", **confirmed}, token=token).get_json()
    things = {
        "registration_id": registration_id,
        "reset_id": reset_id,
        "device_id": device["id"],
        "factor_id": factor["id"],
        "client_id": "a-client",
        "officer_id": STAFF_ID,
        "clerk_id": uuid.uuid4(),
        "institution_id": INSTITUTION_ID,
        "mandate_id": invite(desk, person, desk.add_citizen())["id"],
        "closed_id": uuid.uuid4(),
        "identification_id": propose(desk, add_officers(desk)[0], build_finding(desk.add_person()))["id"],
    }
    bodies = {
        "second_factors.confirm_factor": {"code": "123456"},
        "second_factors.remove_factor": confirmed,
    }
    return Served("auth", desk.app, person.id, things, sign, jwk, bodies)


def _add_staff(sessions: Sessions) -> None:
    """Add the member of staff whom the tokens of officers, admins and clerks are about."""
    with sessions.begin() as session:
        institution = Institution(id=INSTITUTION_ID, name="بانک نمونه")
        session.add(institution)
        session.flush()
        manager = Staff(
            id=STAFF_ID,
            username="manager",
            role=StaffRole.CLERK,
            institution_id=institution.id,
            scopes=[],
            password_hash="",
            is_manager=True,
        )
        session.add(manager)


def _sign_for_auth(sessions: Sessions, role: str, subject: object, **claims: Any) -> str:
    """Return a token that auth knows: of a client where there is no `sid`, or else of a session."""
    with sessions.begin() as session:
        if role == "service" or claims.get("sid", "") is None:
            session.merge(Client(id=str(subject), scopes=[], secret_hash=""))
        elif "act" in claims:
            claims["sid"] = str(uuid.uuid5(uuid.NAMESPACE_OID, "acting"))
            ids = dict.fromkeys(("id", "family_id", "mandate_id"), uuid.UUID(claims["sid"]))
            session.merge(ActingSession(**ids, expires_at=sql_now(3600), ended_at=None))
        else:
            # One of each role, going on again should a call have ended it: who counts rows finds no new ones.
            sid = uuid.UUID(claims.setdefault("sid", str(uuid.uuid5(uuid.NAMESPACE_OID, role))))
            session.merge(
                RefreshFamily(
                    id=sid,
                    subject=uuid.uuid5(sid, "subject"),
                    role=Role(role),
                    token_hash="",
                    expires_at=sql_now(3600),
                    ended_at=None,
                )
            )
    return mint(role, str(subject), **claims)


@contextmanager
def serve_records(url: str, directory: Path) -> Iterator[Served]:
    with open_records_desk(url, directory) as desk:
        yield _serve_records(desk)


def _serve_records(desk: RecordsDesk) -> Served:
    imported = desk.import_list(write_files(MARYAM, HASAN))
    draft = {
        "kind": "days",
        "months": [{"month_jalali": str(MEHR), "workshop_code": imported["workshop_code"], "days": 29}],
        "text": "یک روز کمتر",
    }
    maryam = desk.find_person_id(MARYAM.national_code or "")
    response = desk.call("POST", OBJECTIONS, mint("citizen", maryam, scopes=["self"]), json=draft)
    things = {
        "list_id": imported["id"],
        "objection_id": response.get_json()["id"],
        "proposal_id": str(uuid.uuid4()),
        "file": "workers",
        "held_row_id": str(uuid.uuid4()),
        "person_id": maryam,
        "import_id": begin(desk, b"an archive")["id"],
        "number": 0,
        "attachment_id": _attach(desk, maryam, response.get_json()["id"]),
    }
    bodies = {
        "objections.draft_objection": draft,
        "objections.update_draft": draft,
        "decisions.open_objection": {"reason": "بررسی اعتراض"},
        "decisions.propose_decision": {"accept": True, "reason": "درست است"},
        "decisions.ask_question": {"text": "فیش دارید؟"},
        "objections.answer_question": {"text": "بله"},
    }
    forms = {"attachments.attach_file": _build_form}
    return Served("records", desk.app, maryam, things, bodies=bodies, forms=forms)


def _build_form() -> dict[str, Any]:
    return {"file": (BytesIO(write_png()), "file")}


def _attach(desk: RecordsDesk, person_id: uuid.UUID, objection_id: str) -> str:
    path, token = f"{OBJECTIONS}/{objection_id}/attachments", mint("citizen", person_id, scopes=["self"])
    attachment_id: str = desk.call("POST", path, token, data=_build_form()).get_json()["id"]
    return attachment_id


@contextmanager
def serve_disclosure(url: str, directory: Path) -> Iterator[Served]:
    with open_disclosure_desk(url, directory) as desk:
        letter_id = desk.deliver_letter()
        letter = desk.list_letters()[0]
        things = {
            "letter_id": letter_id,
            "disclosure_id": letter.disclosure_id,
            "serial": letter.serial,
            "consent_id": desk.queue_letter_of_consent(),
        }
        yield Served("disclosure", desk.app, letter.person_id, things)


@contextmanager
def serve_inquiry(url: str, directory: Path) -> Iterator[Served]:
    with open_inquiry_desk(url, directory) as desk:
        person = desk.add_person()
        permit = desk.issue_permit(person)
        answer = desk.inquire(person.national_code, permit["code"]).get_json()
        clerk = as_clerk()
        seen = desk.inquire(person.national_code, permit["code"], headers=clerk).get_json()
        report = {"inquiry_id": seen["inquiry_id"], "month_jalali": "1402-07", "text": "۳۰ روز"}
        reported = desk.client.post("/api/v1/inquiry/discrepancies", json=report, headers=clerk).get_json()
        things = {
            "discrepancy_id": reported["id"],
            "permit_id": permit["id"],
            "serial": person.letter.serial,
            "inquiry_id": answer["inquiry_id"],
            "token": answer["document_url"].rpartition("/")[2],
        }
        yield Served("inquiry", desk.app, person.id, things)


SERVE = {
    "auth": serve_auth,
    "records": serve_records,
    "disclosure": serve_disclosure,
    "inquiry": serve_inquiry,
}
