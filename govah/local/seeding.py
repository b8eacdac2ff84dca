"""Sample data for a first start: lists through the public import, accounts through public registration.

`embedded` calls `seed`; the demo registers its own people the same way.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from govah import samples
from govah.local.data_directory import read_messages
from govah.local.list_files import find_lists, upload_list
from govah_client.client import Client
from services.kit.jalali import JalaliMonth, format_jalali_date, to_tehran_date

PEOPLE, MONTHS, WORKSHOPS, SEED = 60, 30, 6, 1403
CITIZENS = 5
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
    citizens = []
    for person in [person for person in tree.people if person.national_code][:CITIZENS]:
        password = secrets.token_urlsafe(12)
        register_citizen(client, data_dir, person, password)
        citizens.append(
            {
                "national_code": person.national_code,
                "birth_date_jalali": format_jalali_date(person.birth_date),
                "mobile": person.mobile,
                "password": password,
            }
        )
    [number_only] = [person for person in tree.people if person.national_code is None][:1]
    foreigner = register_foreigner(client, data_dir, staff, number_only)
    representative = citizens[-1]
    name_representative(client, foreigner, representative)
    say(f"registered {len(citizens) + 1} invented people")
    return {
        "citizens": citizens,
        "foreigner": foreigner,
        "representative": {
            "national_code": representative["national_code"],
            "password": representative["password"],
            "acts_for": foreigner["insurance_number"],
        },
    }


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
    client: Client, data_dir: Path, staff: Mapping[str, Any], person: samples.SamplePerson
) -> dict[str, str]:
    """Return the account of somebody without a national code, whom two officers identify at the counter."""
    account = {
        # As it is printed: the records drop leading zeros.
        "insurance_number": person.insurance_number,
        "birth_date_jalali": format_jalali_date(person.birth_date),
        "mobile": person.mobile,
        "password": secrets.token_urlsafe(12),
    }
    before = len(read_messages(data_dir))
    first, second = client.sign_in(**staff["officer"]), client.sign_in(**staff["second_officer"])
    identification = first.auth.propose_identification(
        birth_date_jalali=account["birth_date_jalali"],
        mobile=person.mobile,
        document="residence-permit",
        document_ends="417",
        insurance_number=person.insurance_number,
    )
    second.auth.confirm_identification(identification["id"])
    code = _wait_for_code(data_dir, person.mobile, before, "counter-activation-code")
    client.auth.activate_identified(code, account["password"])
    return account


def name_representative(client: Client, person: Mapping[str, Any], helper: Mapping[str, Any]) -> None:
    """Let a person name a citizen as representative for a year, who accepts."""
    credentials = {name: person[name] for name in ("insurance_number", "password")}
    client.sign_in(**credentials).auth.create_representative(
        national_code=helper["national_code"],
        label="همکارم",
        name="گل احمد",
        scopes=["record", "letters", "permits"],
        valid_days=365,
        password=person["password"],
    )
    own = client.sign_in(national_code=helper["national_code"], password=helper["password"]).auth
    [invitation] = [one for one in own.list_mandates()["items"] if one["status"] == "invited"]
    own.accept_mandate(invitation["id"])


def register_citizen(client: Client, data_dir: Path, person: samples.SamplePerson, password: str) -> None:
    """Register and activate one invented person with the code that came to the mobile."""
    before = len(read_messages(data_dir))
    registration = client.auth.create_registration(
        str(person.national_code), format_jalali_date(person.birth_date), person.mobile
    )
    code = _wait_for_code(data_dir, person.mobile, before, "activation-code")
    client.auth.activate_account(registration["registration_id"], code, password)


def _wait_for_code(data_dir: Path, mobile: str, skip: int, kind: str) -> str:
    deadline = time.monotonic() + CODE_SECONDS
    while time.monotonic() < deadline:
        for message in read_messages(data_dir)[skip:]:
            if message["to"] == mobile and message["kind"] == kind:
                return str(message["code"])
        time.sleep(0.1)
    raise SeedingFailed(f"no activation code came within {CODE_SECONDS} seconds")
