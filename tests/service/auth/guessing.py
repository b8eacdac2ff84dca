"""Attempts to sign in from many networks, as a stranger makes them."""

from typing import Any

import sqlalchemy as sa
from prometheus_client import REGISTRY
from werkzeug.test import TestResponse

from services.auth.actions.limits import PER_ACCOUNT, build_keys
from services.auth.models import FailedAttempt
from tests.service.auth.desk import Desk

WRONG_PASSWORD = "not the password of anybody"


def make_address(number: int, host: int = 1) -> str:
    """Return an address in one of many IPv6 networks."""
    return f"2001:db8:0:{number:x}::{host:x}"


def sign_in(desk: Desk, user: str, password: str, source: str = "192.0.2.1", **fields: Any) -> TestResponse:
    """Return the response to a national code or a user name with a password, from an address."""
    name = "national_code" if user.isdecimal() else "username"
    body = {name: user, "password": password, **fields}
    return desk.post("/sessions", body, headers={"X-Forwarded-For": source})


def get_problem_code(response: TestResponse) -> str | None:
    """Return the code of a problem; None for success."""
    document = response.get_json()
    return None if response.status_code == 200 else str(document["code"])


def pass_threshold(desk: Desk, user: str) -> None:
    """Add as many failures as the threshold to an account, as strangers in many networks would."""
    kind = "citizen" if user.isdecimal() else "staff"
    key = build_keys(desk.settings.pepper, kind, user, "192.0.2.99", None).account
    with desk.sessions.begin() as session:
        session.execute(sa.insert(FailedAttempt), [{"key": key}] * PER_ACCOUNT.failures)


def count_argon2_runs() -> float:
    """Return how often Argon2 has run in this process."""
    return REGISTRY.get_sample_value("govah_argon2_runs_total") or 0.0
