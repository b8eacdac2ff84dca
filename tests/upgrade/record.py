"""Records what a release leaves in its databases: ``python -m tests.upgrade.record DIRECTORY``.

It is run on the release itself (README.md says how). Invented people go the whole way through the running
system; then parts of it are stopped, so that requests and events are left half-way, and power is cut.
"""

import json
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from govah.local.data_directory import find_addresses_file
from govah.local.embedded import administer
from govah.local.programs import Plan
from services import SERVICES
from services.kit.db import new_engine
from tests.e2e.client import AUTH, DISCLOSURE, INQUIRY, RECORDS, Stranger
from tests.e2e.other_lists import Month, Worker, build_national_code
from tests.e2e.system import Embedded, free_port, start
from tests.upgrade.rows import read_rows
from tests.waiting import wait_until

ALI, ZAHRA, NADER = (build_national_code(f"04400000{number}") for number in (1, 2, 3))
MOBILES = {ALI: "09120001101", ZAHRA: "09120001102", NADER: "09120001103"}
PASSWORD = "گذرواژه بلند و تازه ۱۴۰۳"
BIRTH_DATE = "1360-05-15"
WORKSHOP = "0099000001"
WRONG_CODE = "0" * 16


class Walk:
    """One journey through a running system."""

    def __init__(self, system: Embedded) -> None:
        self.system = system
        self.anybody = Stranger(system)
        self.officer = self.anybody.sign_in_officer()
        self.second = self.anybody.sign_in(**system.demo["second_officer"])
        self.bank = self.anybody.sign_in_institution()
        self.permits: dict[str, dict[str, Any]] = {}
        self.days = 20

    def import_lists(self, *months: tuple[int, int]) -> None:
        """Ali's and Zahra's months, in both encodings; Zahra's insurance number cannot be read."""
        for year, month in months:
            workers = [
                Worker(ALI, "علی", "محمدی", "12345678", self.days, 3_000_000),
                Worker(ZAHRA, "زهرا", "احمدی", "12-X", 15, 2_500_000, sex="زن"),
                Worker(NADER, "نادر", "کریمی", "87654321", 10, 2_500_000),
            ]
            encoding = "iransystem" if month % 2 else "cp1256"
            files = Month(WORKSHOP, year, month, workers, encoding=encoding).build_files()
            parts = {name: (f"{name}.dbf", data, "application/octet-stream") for name, data in files.items()}
            headers = {"Idempotency-Key": f"list-{year}-{month}"}
            read_response(self.officer.http.post(f"{RECORDS}/lists", files=parts, headers=headers), 201)

    def register(self) -> None:
        """Two have accounts; Nader has asked for one, and the others for what they forgot or changed."""
        self.ali, self.zahra = (
            self.anybody.register(code, BIRTH_DATE, MOBILES[code], PASSWORD) for code in (ALI, ZAHRA)
        )
        nader = {"national_code": NADER, "birth_date_jalali": BIRTH_DATE, "mobile": MOBILES[NADER]}
        key = {"Idempotency-Key": "nader"}
        read_response(self.anybody.post(f"{AUTH}/registrations", nader, headers=key), 202)
        self.anybody.wait_for_message(MOBILES[NADER], "activation-code")
        zahra = {"national_code": ZAHRA, "birth_date_jalali": BIRTH_DATE}
        read_response(self.anybody.post(f"{AUTH}/password-resets", zahra), 202)
        read_response(self.zahra.post(f"{AUTH}/mobile", {"mobile": "09120001104", "password": PASSWORD}), 202)
        wrong = {"national_code": ALI, "password": "not this one at all"}
        read_response(self.anybody.post(f"{AUTH}/sessions", wrong), 401)
        ended = self.anybody.sign_in(national_code=ALI, password=PASSWORD)
        read_response(ended.http.delete(f"{AUTH}/sessions/current"), 204)

    def administer(self, service: str, *words: str) -> None:
        plan = Plan(self.system.data_dir, self.system.port, dict.fromkeys(SERVICES, 9))
        administer(plan, service, *words)

    def appoint(self) -> None:
        """Add an officer who has left, one with one-time codes, one with an own record, and keys."""
        secret = self.system.data_dir / "password"
        secret.write_text("quiet-river-stone-41\n", "utf-8")
        for name in ("third", "fourth"):
            self.administer(
                "auth", "officers", "add", name, "--scope", "helpdesk", "--password-file", str(secret)
            )
        self.administer("auth", "officers", "disable", "third")
        self.administer(
            "auth", "officers", "totp", "fourth", "--secret-file", str(self.system.data_dir / "t")
        )
        fourth = "00000000-0000-4000-8000-000000000004"
        self.administer("records", "officers", "name-record", fourth, "--national-code", NADER)
        self.anybody.sign_in(**self.system.demo["institution"]["clerk"])
        for following in ((), ("retire", "--now")):
            files = self.system.data_dir / "secrets" / "token-keys"
            before = {path.stem for path in files.iterdir()}
            self.administer("auth", "keys", "add")
            [kid] = {path.stem for path in files.iterdir()} - before
            self.administer("auth", "keys", "publish", kid)
            if following:
                self.administer("auth", "keys", *following, kid)

    def get_letters(self) -> None:
        """One that a later list outdates and a newer letter replaces, one revoked, one valid, one unseen."""
        outdated = self.ali.ask_for_letter("all")
        self.ali.get_document(outdated["id"])
        self.days = 21
        self.import_lists((1402, 8))
        wait_until(
            lambda: self.ali.get(f"{DISCLOSURE}/inbox/{outdated['id']}").json()["state"] == "superseded"
        )
        self.letter = self.ali.ask_for_letter("all", "wages")
        revoked = self.ali.ask_for_letter("consolidated")
        read_response(
            self.officer.post(
                f"{DISCLOSURE}/letters/{revoked['serial']}/revocation", {"reason": "اشتباه در کارگاه"}
            )
        )
        self.zahra.ask_for_letter("consolidated")

    def object(self) -> None:
        """Objections in every state, of both kinds."""
        path = f"{RECORDS}/me/objections"

        def build_claim(month: str) -> dict[str, Any]:
            claimed = {"month_jalali": month, "workshop_code": WORKSHOP, "days": 25}
            return {"kind": "days", "months": [claimed], "text": "همه ماه کار کرده‌ام."}

        period = {
            "kind": "missing-period",
            "workshop_name": "کارگاه گلدوزی",
            "workshop_code": None,
            "city": "یزد",
            "start_jalali": "1401-12-15",
            "end_jalali": "1401-12-29",
            "days": 15,
            "text": "کارفرما لیست نداده است.",
        }

        def submit(body: Mapping[str, Any]) -> str:
            draft = read_response(self.zahra.post(path, body), 201)["id"]
            headers = {"Idempotency-Key": f"objection-{draft}"}
            read_response(self.zahra.post(f"{path}/{draft}/confirmation", headers=headers))
            return str(draft)

        def propose(objection: str, *, accept: bool) -> str:
            body = {"accept": accept, "reason": "کارت ساعت دیده شد."}
            read_response(self.officer.post(f"{RECORDS}/objections/{objection}/decision", body))
            return f"{RECORDS}/objections/{objection}/decision/confirmation"

        read_response(self.second.post(propose(submit(build_claim("1402-01")), accept=True)))
        read_response(self.second.post(propose(submit(period), accept=False)))
        propose(submit(build_claim("1402-02")), accept=True)
        submit(period)
        read_response(self.ali.post(path, build_claim("1402-01")), 201)
        read_response(self.officer.get(f"{RECORDS}/objections"))

    def issue_permit(self, name: str, **fields: Any) -> dict[str, Any]:
        headers = {"Idempotency-Key": f"permit-{name}"}
        body = {"letter_id": self.letter["id"], "valid_days": 30, **fields}
        self.permits[name] = read_response(self.ali.post(f"{INQUIRY}/permits", body, headers=headers), 201)
        return self.permits[name]

    def issue_permits(self) -> None:
        """Permits in every state, and inquiries with every result."""
        bank_id = self.system.demo["institution"]["id"]
        active, paused, revoked, expired = (
            self.issue_permit(name) for name in ("active", "paused", "revoked", "expired")
        )
        used_up, bound = (
            self.issue_permit("used-up", max_views=1),
            self.issue_permit("bound", institution_id=bank_id),
        )
        answered = read_response(self.bank.inquire(ALI, active["code"], purpose="وام مسکن"))
        month = {"month_jalali": "1402-01", "text": "۲۵ روز درست است."}
        read_response(
            self.bank.post(f"{INQUIRY}/discrepancies", {"inquiry_id": answered["inquiry_id"], **month}), 201
        )
        read_response(self.anybody.inquire(ALI, used_up["code"]))
        read_response(self.anybody.inquire(ALI, used_up["code"]), 410)
        read_response(self.ali.post(f"{INQUIRY}/permits/{paused['id']}/pause"))
        read_response(self.ali.http.delete(f"{INQUIRY}/permits/{revoked['id']}"), 204)
        self.expire("permits", "id", created_at="2026-01-01", expires_at="2026-02-01")
        for permit, asker, status in (
            (paused, self.bank, 410),
            (revoked, self.bank, 410),
            (expired, self.anybody, 410),
            (bound, self.anybody, 404),
        ):
            answer = asker.inquire(ALI, permit["code"])
            assert answer.status_code == status, (answer.status_code, answer.text)
        # The same code belongs to nobody else.
        read_response(self.anybody.inquire(ZAHRA, active["code"]), 404)
        read_response(self.bank.inquire(ALI, WRONG_CODE), 404)
        self.anybody.wait_for_message(MOBILES[ALI], "attempts-failed")
        read_response(self.bank.inquire(ALI, bound["code"]))
        wait_until(lambda: len(self.ali.get(f"{DISCLOSURE}/activity").json()["items"]) >= 12)

    def expire(self, table: str, key: str, **moments: str) -> None:
        """Make rows expire, which only time does otherwise."""
        changes = ", ".join(f"{name} = '{day} 00:00:00.000000'" for name, day in moments.items())
        mine = self.permits["expired"]["id"].replace("-", "")
        with sqlite3.connect(self.system.data_dir / "db" / "inquiry.sqlite3", timeout=30) as database:
            database.execute(f"UPDATE {table} SET {changes} WHERE {key} = '{mine}'")

    def leave_half_way(self) -> None:
        """Leave two failed requests, one rendering, one queued, and unpublished events in every service."""
        processes = dict(list_children(self.system.process.pid))
        pause(processes, "services.pdfworker")
        failed, too_large, rendering = (self.ask() for _ in range(3))
        token = self.fetch_token("pdfworker", "disclosure:render")
        addresses = json.loads(find_addresses_file(self.system.data_dir).read_text("utf-8"))
        disclosure = addresses["services"]["disclosure"]
        with httpx.Client(base_url=f"{disclosure}/internal/requests", headers=token) as worker:
            for request, code in (
                (failed, "rendering-failed"),
                (too_large, "statement-too-large"),
                (rendering, None),
            ):
                claim = read_response(worker.post(f"/{request}/claim?statement_version=2"))
                report = {"attempt_token": claim["attempt_token"], "code": code, "retriable": False}
                if code:
                    read_response(worker.post(f"/{request}/failure", json=report), 204)
        # The names of forked programs are cut after 15 letters.
        pause(processes, "-back")
        self.expire("sealed_copies", "permit_id", expires_at="2026-02-01")
        self.ask()
        self.import_lists((1402, 9))
        self.issue_permit("last")
        read_response(self.zahra.http.delete(f"{AUTH}/sessions/current"), 204)

    def ask(self) -> str:
        headers = {"Idempotency-Key": f"letter-{time.monotonic_ns()}"}
        body = {"types": ["all"], "agreement_version": 1, "agreed": True, "note": "برای بانک"}
        return str(read_response(self.ali.post(f"{DISCLOSURE}/requests", body, headers=headers), 202)["id"])

    def fetch_token(self, client: str, scope: str) -> dict[str, str]:
        secret = (self.system.data_dir / "secrets" / "clients" / f"{client}.secret").read_text().strip()
        form = {"grant_type": "client_credentials", "scope": scope}
        token = read_response(self.anybody.http.post(f"{AUTH}/token", data=form, auth=(client, secret)))
        return {"Authorization": f"Bearer {token['access_token']}"}


def read_response(answer: httpx.Response, status: int = 200) -> Any:
    """Return the document of a response that must have this status."""
    assert answer.status_code == status, f"{answer.request.url.path} {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


def list_children(parent: int) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the processes that a process has started, with their names and command lines."""
    for entry in Path("/proc").iterdir():
        if (
            entry.name.isdecimal()
            and int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent
        ):
            name = (entry / "comm").read_text().strip()
            yield int(entry.name), [name, *(entry / "cmdline").read_text().split("\0")]


def pause(processes: Mapping[int, Sequence[str]], word: str) -> None:
    chosen = [pid for pid, words in processes.items() if any(word in one for one in words)]
    assert chosen, word
    for pid in chosen:
        os.kill(pid, signal.SIGSTOP)


def write_rows(path: Path, revision: str, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """One line a row, so that it can be read and compared."""
    tables = ",\n".join(
        f"{json.dumps(table)}: [\n"
        + ",\n".join(json.dumps(row, ensure_ascii=False) for row in entries)
        + "\n]"
        for table, entries in sorted(rows.items())
    )
    path.write_text(f'{{"revision": {json.dumps(revision)}, "tables": {{\n{tables}\n}}}}\n', "utf-8")


def record_release(directory: Path) -> None:
    """Write the rows of every service, and what one has to know to use them."""
    data_dir = Path(tempfile.mkdtemp(prefix="govah-record-"))
    system = start(data_dir, free_port())
    try:
        walk = Walk(system)
        walk.import_lists((1402, 1), (1402, 2))
        walk.register()
        walk.appoint()
        walk.get_letters()
        walk.object()
        walk.issue_permits()
        walk.leave_half_way()
    finally:
        system.process.send_signal(signal.SIGKILL)
        system.wait()
    directory.mkdir(parents=True, exist_ok=True)
    for service in SERVICES:
        engine = new_engine(f"sqlite:///{data_dir / 'db' / service}.sqlite3")
        with engine.begin() as connection:
            revision = str(connection.scalar(sa.text("SELECT version_num FROM alembic_version")))
            # One kept reply is too old to be given again.
            connection.execute(
                sa.text(
                    "UPDATE idempotency_keys SET created_at = '2026-01-01 00:00:00.000000'"
                    " WHERE scope = (SELECT min(scope) FROM idempotency_keys)"
                )
            )
        write_rows(directory / f"{service}.json", revision, read_rows(engine))
        engine.dispose()
    secrets = data_dir / "secrets"
    world = {
        "recorded_at": datetime.now(UTC).isoformat(),
        "ali": ALI,
        "zahra": ZAHRA,
        "password": PASSWORD,
        "permits": walk.permits,
        "auth.pepper": (secrets / "auth.pepper").read_text().strip(),
        "peppers": {path.name: path.read_text().strip() for path in sorted((secrets / "peppers").iterdir())},
    }
    text = json.dumps(world, ensure_ascii=False, indent=1)
    (directory / "world.json").write_text(text + "\n", "utf-8")
    shutil.rmtree(data_dir)


if __name__ == "__main__":
    record_release(Path(sys.argv[1]))
