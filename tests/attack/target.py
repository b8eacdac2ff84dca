"""A fresh embedded system to attack, with people of its own, callers at any address of loopback, and staff.

Every attack takes addresses and people of its own where failures are counted, so none disturbs another.
"""

import itertools
import json
import shutil
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import httpx

from govah import samples
from govah.local.list_files import find_lists
from govah.local.programs import Plan
from services.kit.jalali import JalaliMonth, format_jalali_date, to_tehran_date
from tests.attack import processes
from tests.attack.registry import LONGEST, Tally
from tests.attack.staff import Staff, make_staff, read_plan
from tests.e2e.client import AUTH, DISCLOSURE, INQUIRY, RECORDS, Stranger
from tests.e2e.system import Embedded, System, free_port, start

PEOPLE, MONTHS, WORKSHOPS = 90, 4, 2
HOME = "127.0.0.1"
# After which a token is drawn again; it lives ten minutes.
TOKEN_SECONDS = 360.0
# Made once: there are thousands of clients, and nothing here is spoken to by TLS.
NO_TLS = ssl.create_default_context()
__all__ = ["AUTH", "DISCLOSURE", "INQUIRY", "RECORDS", "Caller", "Holder", "Person", "Target", "running"]


def create_transport(source: str | None) -> httpx.HTTPTransport:
    """Return what opens a connection for each call, from an address of loopback if one is given."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.HTTPTransport(verify=NO_TLS, local_address=source, limits=limits)


class Caller(Stranger):
    """A stranger who calls from an address of loopback, or behind the door as the edge would name it."""

    # Of all callers together: what must stand in no file.
    secrets: ClassVar[set[str]] = set()

    def __init__(
        self, system: System, token: str | None = None, address: str = HOME, base_url: str = ""
    ) -> None:
        self.system, self.address, self.token, self.base_url = system, address, token, base_url
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        source: str | None = address
        if base_url:
            headers["X-Forwarded-For"], source = address, None
        transport = create_transport(source)
        self.http = httpx.Client(
            base_url=base_url or system.base_url, headers=headers, timeout=60, transport=transport
        )

    def sign_in(self, **credentials: str) -> "Caller":
        """Return the same caller, signed in."""
        answer = self.try_sign_in(**credentials)
        assert answer.status_code == 200, answer.text
        return self.copy_with_token(answer.json()["access_token"])

    def try_sign_in(self, **credentials: str) -> httpx.Response:
        """Return the answer to a sign-in."""
        answer = self.post(f"{AUTH}/sessions", credentials)
        if answer.status_code == 200:
            tokens = ("access_token", "refresh_token", "device_token")
            self.secrets.update(str(answer.json()[name]) for name in tokens if answer.json().get(name))
            self.secrets.add(credentials["password"])
        return answer

    def issue_permit(self, letter_id: str, **fields: Any) -> dict[str, Any]:
        """Return a new permit, with its code."""
        permit = super().issue_permit(letter_id, **fields)
        self.secrets.update({permit["code"], permit["code"].replace(" ", "")})
        return permit

    def copy_with_token(self, token: str) -> "Caller":
        """Return the same caller with an access token."""
        return Caller(self.system, token, self.address, self.base_url)


@dataclass
class Person:
    """Somebody invented with an account, and a mobile whose messages can be read."""

    national_code: str
    birth_date_jalali: str
    mobile: str
    password: str
    name: str
    signed_in: Caller
    _since: float = field(default_factory=time.monotonic)

    @property
    def caller(self) -> Caller:
        """The person with a token that is good for some minutes."""
        if time.monotonic() - self._since > TOKEN_SECONDS:
            self.signed_in, self._since = self.signed_in.sign_in(**self.credentials), time.monotonic()
        return self.signed_in

    @property
    def credentials(self) -> dict[str, str]:
        """What signs this person in."""
        return {"national_code": self.national_code, "password": self.password}

    @property
    def identity(self) -> dict[str, str]:
        """What a password reset asks for."""
        return {"national_code": self.national_code, "birth_date_jalali": self.birth_date_jalali}


@dataclass(frozen=True)
class Holder:
    """A person with a letter."""

    person: Person
    letter: dict[str, Any]

    def issue_permit(self, **fields: Any) -> dict[str, Any]:
        """Return a new permit for the letter, with its code."""
        return self.person.caller.issue_permit(self.letter["id"], **fields)


class Target:
    """The attacked system."""

    def __init__(self, system: Embedded, say: Callable[[str], None], seed: int) -> None:
        self.system, self.say = system, say
        self.plan: Plan = read_plan(system.data_dir, system.port)
        self._tokens: dict[str, tuple[Caller, float]] = {}
        self._addresses = (f"127.{20 + n // 62500}.{n // 250 % 250}.{n % 250 + 1}" for n in itertools.count())
        self._waiting: Iterator[samples.SamplePerson] = iter(self._import_people(seed))

    @property
    def data_dir(self) -> Path:
        return self.system.data_dir

    @property
    def bank(self) -> dict[str, Any]:
        """The sample's institution."""
        institution: dict[str, Any] = self.system.demo["institution"]
        return institution

    @cached_property
    def staff(self) -> Staff:
        """Officers and clerks of the attacks' own."""
        return make_staff(self.plan, self.bank["id"])

    def start_tally(self, seconds: float = LONGEST) -> Tally:
        """Return a new count of tries and hits."""
        return Tally(self.say, seconds)

    def take_address(self) -> str:
        """Return an address that nobody has called from."""
        return next(self._addresses)

    def create_stranger(self, address: str | None = None) -> Caller:
        """Return somebody without an account, at an address of its own if none is given."""
        return Caller(self.system, address=address or self.take_address())

    def create_caller_behind(self, service: str, address: str) -> Caller:
        """Return somebody whom the edge has let through to a service and named by any address."""
        return Caller(self.system, address=address, base_url=self.plan.find_url(service))

    def take_sample_person(self) -> samples.SamplePerson:
        """Return somebody who is in the records and has no account yet."""
        return next(self._waiting)

    def register_person(self) -> Person:
        """Return somebody with a new account, signed in."""
        sample = self.take_sample_person()
        assert sample.national_code
        born, password = format_jalali_date(sample.birth_date), f"سه اسب زرد {sample.national_code[::-1]}"
        caller = self.create_stranger()
        registered = caller.register(sample.national_code, born, sample.mobile, password)
        assert isinstance(registered, Caller)
        name = f"{sample.first_name} {sample.last_name}"
        Caller.secrets.update({sample.national_code, sample.mobile, sample.last_name, password})
        return Person(sample.national_code, born, sample.mobile, password, name, registered)

    @cached_property
    def holder(self) -> Holder:
        """Somebody with a letter whose sign-in nobody spoils: for attacks that only need permits."""
        return self.create_holder()

    @cached_property
    def letter_pdf(self) -> bytes:
        """The PDF of the holder's letter."""
        return self.holder.person.caller.get_document(self.holder.letter["id"])

    def create_holder(self) -> Holder:
        """Return a new person with a letter."""
        person = self.register_person()
        return Holder(person, person.caller.ask_for_letter("all", "wages"))

    def sign_in_officer(self, name: str = "officer") -> Caller:
        """Return an officer of the sample or of the attacks' own, an admin, or a clerk, signed in."""
        return self._reuse_sign_in(name, lambda: self._sign_in_staff(name))

    def _reuse_sign_in(self, name: str, sign_in: Callable[[], Caller]) -> Caller:
        caller, since = self._tokens.get(name, (None, 0.0))
        if caller is None or time.monotonic() - since > TOKEN_SECONDS:
            caller = sign_in()
            self._tokens[name] = caller, time.monotonic()
        return caller

    def _sign_in_staff(self, name: str) -> Caller:
        demo = self.system.demo
        secrets = {"officer": demo["officer"], "second-officer": demo["second_officer"]}
        secrets |= {"clerk": self.bank["clerk"], "manager": self.bank["manager"], "admin": demo["admin"]}
        return self.create_stranger().sign_in(**(secrets.get(name) or self.staff.logins[name]))

    def sign_in_client(self, client_id: str, secret: str, scope: str = "") -> Caller:
        """Return a program with a token of its own."""
        stranger = self.create_stranger()
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        answer = stranger.http.post(f"{AUTH}/token", data=form, auth=(client_id, secret))
        assert answer.status_code == 200, answer.text
        return stranger.copy_with_token(answer.json()["access_token"])

    def sign_in_bank(self, bank: dict[str, Any] | None = None) -> Caller:
        """Return the system of the sample's institution, or of another."""
        own = bank or self.bank
        return self._reuse_sign_in(
            own["client_id"], lambda: self.sign_in_client(own["client_id"], own["client_secret"])
        )

    def list_pids(self, service: str) -> list[int]:
        """Return the processes of a service."""
        return processes.find_service(self.system.process.pid, service)

    def list_messages_to(self, mobile: str, kind: str = "") -> list[dict[str, Any]]:
        """Return the messages that went to a mobile."""
        messages = self.system.list_messages()
        return [one for one in messages if one["to"] == mobile and kind in {"", one["kind"]}]

    def _import_people(self, seed: int) -> list[samples.SamplePerson]:
        directory = self.data_dir / "attack-lists"
        last_month = JalaliMonth.from_date(to_tehran_date(datetime.now(UTC))).add_months(-1)
        tree = samples.generate(PEOPLE, MONTHS, WORKSHOPS, "mixed", seed, directory, last_month=last_month)
        officer = self.create_stranger().sign_in(**self.system.demo["officer"])
        for pair in find_lists(directory):
            files = {"header": pair.header.read_bytes(), "workers": pair.workers.read_bytes()}
            answer = officer.import_list(files)
            assert answer.status_code == 201, answer.text
        return [person for person in tree.people if person.national_code]


@contextmanager
def running(say: Callable[[str], None], seed: int) -> Iterator[Target]:
    """Lend a fresh system in a directory of its own; at the end it is stopped and the directory removed."""
    directory = Path(tempfile.mkdtemp(prefix="govah-attack-"))
    try:
        # A folder that the system makes itself, as it does for everybody.
        system = start(directory / "data", free_port())
        try:
            yield Target(system, say, seed)
        finally:
            system.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def read_problem_code(answer: httpx.Response) -> str:
    """Return the code of a problem document, or nothing."""
    try:
        body = answer.json()
    except json.JSONDecodeError:
        return ""
    return str(body.get("code", "")) if isinstance(body, dict) else ""
