"""Sample data for a first start: lists through the public import, accounts through public registration.

`embedded` calls `seed`; the demo registers its own people the same way.
"""

import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from importlib import resources
from pathlib import Path
from typing import Any

from govah import samples
from govah.local.data_directory import read_messages, write_by_rename
from govah.local.list_files import find_lists, upload_list
from govah_client.client import Client
from govah_client.errors import ApiError
from services.kit.jalali import JalaliMonth, format_jalali_date, to_tehran_date

PEOPLE, MONTHS, WORKSHOPS, SEED = 60, 30, 6, 1403
CITIZENS = 20
# People who are registered simultaneously.
SIMULTANEOUS = 4
# The accounts that are being registered.
DRAFT = "sample-people.json"
AGREEMENT = 2
CODE_SECONDS = 30


class SeedingFailed(Exception):
    """The sample data could not be brought in."""


def find_last_complete_month() -> JalaliMonth:
    """Return the Jalali month before the present one, in Tehran."""
    return JalaliMonth.from_date(to_tehran_date(datetime.now(UTC))).add_months(-1)


def seed(
    client: Client, data_dir: Path, staff: Mapping[str, Any], say: Callable[[str], None]
) -> dict[str, Any]:
    """Publish the present agreement, import sample lists and register invented people.

    Return their accounts for demo.json.
    """
    publish_agreement(client, staff)
    directory = data_dir / "sample-lists"
    tree = samples.generate(
        people=PEOPLE,
        months=MONTHS,
        workshops=WORKSHOPS,
        encoding="mixed",
        seed=SEED,
        directory=directory,
        last_month=find_last_complete_month(),
    )
    importer = client.sign_in(**staff["officer"])
    pairs = find_lists(directory)
    for number, pair in enumerate(pairs, 1):
        outcome, findings = upload_list(importer, pair)
        if outcome == "refused":
            raise SeedingFailed(f"{pair.label} was refused: {findings[:3]}")
        if number % 50 == 0 or number == len(pairs):
            say(f"sample lists: {number} of {len(pairs)}")
    people = [person for person in tree.people if person.national_code][:CITIZENS]
    [number_only] = [person for person in tree.people if person.national_code is None][:1]
    accounts, is_resumed = draw_accounts(data_dir, people, number_only)
    register_people(client, data_dir, staff, accounts, is_resumed=is_resumed)
    say(f"registered {len(people) + 1} invented people")
    return accounts


def draw_accounts(
    data_dir: Path, people: Sequence[samples.SamplePerson], number_only: samples.SamplePerson
) -> tuple[dict[str, Any], bool]:
    """Return the accounts for demo.json, and whether an earlier run has drawn them and was interrupted.

    They are in a file before the first of them is registered: a password that is only in a lost program
    would make its person unusable.
    """
    path = data_dir / DRAFT
    with suppress(FileNotFoundError):
        drawn: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return drawn, True
    citizens = [draw_account(person) for person in people]
    # As it is printed: the records drop leading zeros.
    foreigner = draw_account(number_only, "insurance_number")
    representative = {name: citizens[-1][name] for name in ("national_code", "password")}
    accounts = {
        "citizens": citizens,
        "foreigner": foreigner,
        "representative": representative | {"acts_for": foreigner["insurance_number"]},
    }
    write_by_rename(path, json.dumps(accounts, ensure_ascii=False) + "\n")
    return accounts, False


def draw_account(person: samples.SamplePerson, identifier: str = "national_code") -> dict[str, str]:
    """Return an invented person's account with a new password, as demo.json has it."""
    return {
        identifier: getattr(person, identifier),
        "birth_date_jalali": format_jalali_date(person.birth_date),
        "mobile": person.mobile,
        "password": secrets.token_urlsafe(12),
    }


def register_people(
    client: Client, data_dir: Path, staff: Mapping[str, Any], accounts: Mapping[str, Any], *, is_resumed: bool
) -> None:
    """Register those of the drawn people who have no account yet, and the representative."""

    def is_registered(account: Mapping[str, Any]) -> bool:
        return is_resumed and can_sign_in(client, account)

    def ensure_citizen(citizen: Mapping[str, Any]) -> None:
        if not is_registered(citizen):
            register_citizen(client, data_dir, citizen)

    with ThreadPoolExecutor(SIMULTANEOUS) as pool:
        list(pool.map(ensure_citizen, accounts["citizens"]))
    foreigner = accounts["foreigner"]
    if not is_registered(foreigner):
        register_foreigner(client, data_dir, staff, foreigner)
    name_representative(client, foreigner, accounts["citizens"][-1])


def can_sign_in(client: Client, account: Mapping[str, Any]) -> bool:
    """Return whether a person has an account with the drawn password."""
    try:
        sign_in(client, account)
    except ApiError as error:
        if error.status != HTTPStatus.UNAUTHORIZED:
            raise
        return False
    return True


def sign_in(client: Client, account: Mapping[str, Any]) -> Client:
    """Return the client of a person of demo.json."""
    names = ("national_code", "insurance_number", "password")
    return client.sign_in(**{name: account[name] for name in names if name in account})


def publish_agreement(client: Client, staff: Mapping[str, Any]) -> None:
    """Publish the newest text that comes with the code, unless it is current.

    A new installation begins with version 1; its operator decides about later texts.
    """
    texts = resources.files("services.disclosure") / "agreements"
    fa, en = ((texts / f"{AGREEMENT}.{language}.txt").read_text("utf-8").strip() for language in ("fa", "en"))
    disclosure = client.sign_in(**staff["admin"]).disclosure
    if disclosure.get_agreement()["version"] < AGREEMENT:
        disclosure.create_agreement(fa, en)


def register_foreigner(
    client: Client, data_dir: Path, staff: Mapping[str, Any], account: Mapping[str, Any]
) -> None:
    """Register somebody without a national code, whom two officers identify at the counter."""
    before = len(read_messages(data_dir))
    first, second = client.sign_in(**staff["officer"]), client.sign_in(**staff["second_officer"])
    for waiting in first.auth.list_identifications()["items"]:
        if waiting["status"] in {"proposed", "confirmed"}:
            # Of an interrupted run, for the same person.
            second.auth.reject_identification(waiting["id"], "ناتمام مانده است")
    identification = first.auth.propose_identification(
        birth_date_jalali=account["birth_date_jalali"],
        mobile=account["mobile"],
        document="residence-permit",
        document_ends="417",
        insurance_number=account["insurance_number"],
    )
    second.auth.confirm_identification(identification["id"])
    code = _wait_for_code(data_dir, account["mobile"], before, "counter-activation-code")
    client.auth.activate_identified(code, account["password"])


def name_representative(client: Client, person: Mapping[str, Any], helper: Mapping[str, Any]) -> None:
    """Let a person name a citizen as representative for a year, who accepts; once."""
    auth = sign_in(client, person).auth
    own = sign_in(client, helper).auth
    mandates = own.list_mandates()["items"]
    if not mandates:
        auth.create_representative(
            national_code=helper["national_code"],
            label="همکارم",
            name="گل احمد",
            scopes=["record", "letters", "permits"],
            valid_days=365,
            password=person["password"],
        )
        mandates = own.list_mandates()["items"]
    for invitation in [one for one in mandates if one["status"] == "invited"]:
        own.accept_mandate(invitation["id"])


def register_citizen(client: Client, data_dir: Path, account: Mapping[str, Any]) -> None:
    """Register and activate one invented person with the code that came to the mobile."""
    before = len(read_messages(data_dir))
    registration = client.auth.create_registration(
        account["national_code"], account["birth_date_jalali"], account["mobile"]
    )
    code = _wait_for_code(data_dir, account["mobile"], before, "activation-code")
    client.auth.activate_account(registration["registration_id"], code, account["password"])


def _wait_for_code(data_dir: Path, mobile: str, skip: int, kind: str) -> str:
    deadline = time.monotonic() + CODE_SECONDS
    while time.monotonic() < deadline:
        for message in read_messages(data_dir)[skip:]:
            if message["to"] == mobile and message["kind"] == kind:
                return str(message["code"])
        time.sleep(0.1)
    raise SeedingFailed(f"no activation code came within {CODE_SECONDS} seconds")
