"""Time-based codes: the numbers of RFC 4226 and RFC 6238, the steps around now, and the encryption."""

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.actions.second_factors import compute_code, find_step, seal_secret
from services.auth.models import SecondFactor

SECRET = b"12345678901234567890"
PEPPER = b"a pepper of these tests only"
NOW = datetime(2026, 11, 22, 9, 15, tzinfo=UTC)
CURRENT = int(NOW.timestamp()) // 30


def build_factor(pepper: bytes = PEPPER) -> SecondFactor:
    staff_id = uuid.UUID(int=7)
    return SecondFactor(staff_id=staff_id, sealed_secret=seal_secret(pepper, staff_id, SECRET), last_step=0)


def test_codes_match_rfc_4226() -> None:
    # Appendix D.
    codes = "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489"
    assert " ".join(compute_code(SECRET, counter) for counter in range(10)) == codes


@pytest.mark.parametrize(
    ("seconds", "code"),
    # RFC 6238, appendix B: the last six of its eight digits.
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_steps_match_rfc_6238(seconds: int, code: str) -> None:
    assert find_step(PEPPER, build_factor(), code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


@given(st.integers(-20, 20))
def test_a_code_is_valid_up_to_one_step_off(off: int) -> None:
    step = find_step(PEPPER, build_factor(), compute_code(SECRET, CURRENT + off), NOW)
    assert step == (CURRENT + off if abs(off) <= 1 else None)


def test_an_invalid_code_has_no_step() -> None:
    assert find_step(PEPPER, build_factor(), "", NOW) is None
    assert find_step(PEPPER, build_factor(), compute_code(SECRET, CURRENT) + "0", NOW) is None


def test_a_secret_opens_only_with_its_pepper_and_for_its_owner() -> None:
    code = compute_code(SECRET, CURRENT)
    assert find_step(PEPPER, build_factor(), code, NOW) == CURRENT
    assert find_step(b"another pepper", build_factor(), code, NOW) is None
    moved = build_factor()
    moved.staff_id = uuid.UUID(int=8)
    assert find_step(PEPPER, moved, code, NOW) is None
    assert SECRET not in build_factor().sealed_secret
