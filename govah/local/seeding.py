"""Sample data for a first start: lists through the public import, accounts through public registration.

`embedded` calls `seed`; the demo registers its own people the same way.
"""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from govah import samples
from govah.local.data_directory import read_messages
from govah.local.list_files import find_lists, upload_list
from govah_client.client import Client
from services.kit.jalali import JalaliMonth, format_jalali_date, to_tehran_date

PEOPLE, MONTHS, WORKSHOPS, SEED = 60, 30, 6, 1403
CITIZENS = 5
CODE_SECONDS = 30


class SeedingFailed(Exception):
    """The sample data could not be brought in."""


def find_last_complete_month() -> JalaliMonth:
    """Return the Jalali month before the present one, in Tehran."""
    return JalaliMonth.from_date(to_tehran_date(datetime.now(UTC))).add_months(-1)


def seed(
    client: Client, data_dir: Path, officer: dict[str, str], say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Import sample lists and register invented people; returns the citizens for demo.json."""
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
    importer = client.sign_in(**officer)
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
    say(f"registered {len(citizens)} invented people")
    return citizens


def register_citizen(client: Client, data_dir: Path, person: samples.SamplePerson, password: str) -> None:
    """Register and activate one invented person with the code that came to the mobile."""
    before = len(read_messages(data_dir))
    registration = client.auth.create_registration(
        str(person.national_code), format_jalali_date(person.birth_date), person.mobile
    )
    code = _wait_for_code(data_dir, person.mobile, before)
    client.auth.activate_account(registration["registration_id"], code, password)


def _wait_for_code(data_dir: Path, mobile: str, skip: int) -> str:
    deadline = time.monotonic() + CODE_SECONDS
    while time.monotonic() < deadline:
        for message in read_messages(data_dir)[skip:]:
            if message["to"] == mobile and message["kind"] == "activation-code":
                return str(message["code"])
        time.sleep(0.1)
    raise SeedingFailed(f"no activation code came within {CODE_SECONDS} seconds")
