"""What outlives its end: tokens of sessions that are over, refresh tokens used by two."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.attack.accounts import reset_password
from tests.attack.registry import AttackVoid, Outcome, Size, Tally, register_attack
from tests.attack.staff import run_commands
from tests.attack.target import AUTH, DISCLOSURE, INQUIRY, RECORDS, Caller, Target
from tests.waiting import PATIENCE

CITIZENS = {
    "records": f"{RECORDS}/me",
    "disclosure": f"{DISCLOSURE}/inbox",
    "inquiry": f"{INQUIRY}/permits",
}
OFFICERS = {"records": f"{RECORDS}/lists", "disclosure": f"{DISCLOSURE}/requests"}


def try_after_end(tally: Tally, caller: Caller, paths: Mapping[str, str], seconds: float, name: str) -> None:
    """Count for every service whether it still takes the token when its seconds are over."""
    left, ends = dict(paths), time.monotonic() + seconds
    while left and time.monotonic() < ends:
        for service, path in list(left.items()):
            if caller.get(path).status_code == 401:
                del left[service]
                tally.add(f"{name}: {service}", is_hit=False)
        time.sleep(0.25)
    for service in left:
        tally.add(f"{name}: {service} after {seconds:g} s", is_hit=True)


def demand_taken(caller: Caller, paths: Mapping[str, str]) -> None:
    """Raise AttackVoid unless every service takes the token."""
    for service, path in paths.items():
        if (status := caller.get(path).status_code) != 200:
            raise AttackVoid(f"{service} does not take a living token: {status}")


def pick_bound(size: Size) -> float:
    """Return the seconds in which the end of a session is to be known; more on a busy machine."""
    return size.pick(PATIENCE, 5.0)


@register_attack(
    "tokens after the sign-out", "401 everywhere within 5 seconds; the person's other session goes on"
)
def use_after_sign_out(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    person = target.register_person()
    ended, other = target.create_stranger().sign_in(**person.credentials), person.caller
    demand_taken(ended, CITIZENS)
    assert ended.http.delete(f"{AUTH}/sessions/current").status_code == 204
    try_after_end(tally, ended, CITIZENS, pick_bound(size), "signed out")
    letter = {"letter_id": target.holder.letter["id"], "valid_days": 365}
    answer = ended.post(f"{INQUIRY}/permits", letter)
    tally.add(f"a permit: {answer.status_code}", is_hit=answer.status_code != 401)
    answer = ended.post(f"{AUTH}/mobile", {"mobile": "09120000000", "password": person.password})
    tally.add(f"a mobile: {answer.status_code}", is_hit=answer.status_code != 401)
    demand_taken(other, CITIZENS)
    return tally.summarise()


@register_attack("tokens after a password reset and a new password", "401 everywhere within 5 seconds")
def use_after_reset(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    person = target.register_person()
    thief = target.create_stranger().sign_in(**person.credentials)
    demand_taken(thief, CITIZENS)
    reset_password(target, person, "رود از کوه می‌آید")
    try_after_end(tally, thief, CITIZENS, pick_bound(size), "reset")
    again = target.register_person()
    thief = target.create_stranger().sign_in(**again.credentials)
    demand_taken(thief, CITIZENS)
    new = {"old_password": again.password, "new_password": "کوه از رود می‌ماند"}
    assert again.caller.post(f"{AUTH}/password", new).status_code == 204
    try_after_end(tally, thief, CITIZENS, pick_bound(size), "new password")
    return tally.summarise()


@register_attack("tokens of a disabled officer", "401 everywhere within 5 seconds; other officers go on")
def use_after_disabling(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    officer, other = target.sign_in_officer("leaving"), target.sign_in_officer("second-officer")
    demand_taken(officer, OFFICERS)
    run_commands(target.plan, [["officers", "disable", "leaving"]])
    try_after_end(tally, officer, OFFICERS, pick_bound(size), "disabled")
    answer = target.create_stranger().try_sign_in(**target.staff.logins["leaving"])
    tally.add(f"sign-in: {answer.status_code}", is_hit=answer.status_code != 401)
    demand_taken(other, OFFICERS)
    return tally.summarise()


@register_attack("one refresh token used by ten", "at most one new token, then the whole family is dead")
def refresh_together(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    person = target.register_person()
    token = target.create_stranger().try_sign_in(**person.credentials).json()["refresh_token"]
    address = target.take_address()

    def refresh(given: str) -> httpx.Response:
        return target.create_stranger(address).post(f"{AUTH}/sessions/refresh", {"refresh_token": given})

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(refresh, [token] * 10))
    fresh = [answer.json()["refresh_token"] for answer in answers if answer.status_code == 200]
    for answer in answers:
        tally.add(f"{answer.status_code}", is_hit=answer.status_code not in {200, 401})
    tally.add(f"{len(fresh)} refreshed", is_hit=len(fresh) > 1)
    for one in [*fresh, token]:
        status = refresh(one).status_code
        tally.add(f"afterwards {status}", is_hit=status != 401)
    return tally.summarise()
