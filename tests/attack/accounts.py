"""Accounts taken over: guessed passwords and codes, bypassed devices, changes hidden from the owner."""

import base64
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from services.auth.actions.second_factors import compute_code
from tests.attack.registry import AttackVoid, Outcome, Size, register_attack
from tests.attack.target import AUTH, INQUIRY, Caller, Person, Target, read_problem_code
from tests.waiting import PATIENCE

# Failures a day past which an unknown device needs a code; wrong codes of an account; seconds it then waits.
OF_AN_ACCOUNT, WRONG_CODES, LONGEST_WAIT = 20, 5, 900
ASKED_FOR_CODE = (401, "sign-in-code-required")


@dataclass(frozen=True)
class Besieged:
    """A person whose password was guessed at from everywhere, and the token of the person's own device."""

    person: Person
    device_token: str | None
    responses: Counter[tuple[int, str]]


def read_status_and_code(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the problem code of a response."""
    return answer.status_code, read_problem_code(answer)


def read_device_token(answer: httpx.Response) -> str | None:
    """Return the device token that came with a sign-in, if one did."""
    return answer.json().get("device_token") or None


@cache
def exhaust_failures(target: Target, size: Size) -> Besieged:
    """Return a person whose account is past its threshold of failed sign-ins."""
    person = target.register_person()
    signed_in = target.create_stranger().try_sign_in(**person.credentials)
    return Besieged(person, read_device_token(signed_in), guess_at(target, person, size.pick(24, 200)))


def guess_at(target: Target, person: Person, count: int) -> Counter[tuple[int, str]]:
    """Return how often each response came to `count` wrong passwords, four from each address."""
    responses: Counter[tuple[int, str]] = Counter()
    caller = target.create_stranger()
    for number in range(count):
        if number % 4 == 0:
            caller = target.create_stranger()
        answer = caller.try_sign_in(national_code=person.national_code, password=f"wrong {number}")
        responses[read_status_and_code(answer)] += 1
    return responses


@register_attack(
    "passwords of one account from many addresses", f"{OF_AN_ACCOUNT} looked at a day, then a code as well"
)
def guess_passwords(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    besieged = exhaust_failures(target, size)
    looked_at = besieged.responses[401, "credentials-not-accepted"]
    if not looked_at:
        raise AttackVoid("nothing was looked at")
    for key, times in besieged.responses.items():
        for _ in range(times):
            tally.add(f"{key}", is_hit=key[0] not in {401, 429})
    tally.add(f"{looked_at} looked at", is_hit=looked_at > OF_AN_ACCOUNT)
    person = besieged.person
    answers = {
        "right": target.create_stranger().try_sign_in(**person.credentials),
        "wrong": target.create_stranger().try_sign_in(
            national_code=person.national_code, password="اشتباه بود"
        ),
    }
    for name, answer in answers.items():
        tally.add(
            f"a {name} password: {read_status_and_code(answer)}",
            is_hit=read_status_and_code(answer) != ASKED_FOR_CODE,
        )
    right, wrong = (set(answer.json()) for answer in answers.values())
    tally.add("a right password is told from a wrong one", is_hit=right != wrong)
    if read_status_and_code(answers["right"]) == ASKED_FOR_CODE:
        messages = wait_for_messages(target, person.mobile, "sign-in-code")
        tally.add(f"{len(messages)} codes for one right password", is_hit=len(messages) != 1)
    return tally.summarise(f"{looked_at} looked at")


@register_attack(
    "the person behind a besieged account", "signs in: by the own device, or with a code to the mobile"
)
def sign_in_as_owner(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    besieged = exhaust_failures(target, size)
    person, token = besieged.person, besieged.device_token
    tally.add("no device token", is_hit=token is None)
    if token:
        answer = target.create_stranger().try_sign_in(**person.credentials, device_token=token)
        tally.add(f"the own device: {read_status_and_code(answer)}", is_hit=answer.status_code != 200)
    before = len(target.system.list_messages())
    caller = target.create_stranger()
    response = caller.try_sign_in(**person.credentials)
    if read_status_and_code(response) != ASKED_FOR_CODE:
        tally.add(f"another device: {read_status_and_code(response)}", is_hit=response.status_code != 200)
        return tally.summarise()
    code = caller.wait_for_code(person.mobile, "sign-in-code", before)
    answer = caller.try_sign_in(**person.credentials, sign_in_id=response.json()["sign_in_id"], code=code)
    tally.add(f"with the code: {read_status_and_code(answer)}", is_hit=answer.status_code != 200)
    return tally.summarise()


@register_attack(
    "device tokens of others, changed or old", "no right password alone opens a besieged account"
)
def borrow_device(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    besieged = exhaust_failures(target, size)
    person, own = besieged.person, besieged.device_token
    other = read_device_token(target.create_stranger().try_sign_in(**target.register_person().credentials))
    tokens = {"none": "", "junk": "x" * 40, "another's": other or "", "a JWT": person.caller.token or ""}
    if own:
        middle = len(own) // 2
        flipped = "A" if own[middle] != "A" else "B"
        tokens |= {"a character changed": own[:middle] + flipped + own[middle + 1 :], "cut": own[:-1]}
        tokens["put before another's"] = own + (other or "")
    for name, token in tokens.items():
        answer = target.create_stranger().try_sign_in(
            **person.credentials, **({"device_token": token} if token else {})
        )
        is_in = answer.status_code == 200 or answer.status_code >= 500
        tally.add(f"{name}: {read_status_and_code(answer)}", is_hit=is_in)
    for number in range(3):
        wrong = {"national_code": person.national_code, "password": f"still wrong {number}"}
        answer = target.create_stranger().try_sign_in(**wrong, device_token=own or "x")
        tally.add(
            f"wrong with the own token: {read_status_and_code(answer)}", is_hit=answer.status_code == 200
        )
    return tally.summarise()


@register_attack("a device token after a password reset", "it is known no more")
def replay_device(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    besieged = exhaust_failures(target, size)
    person, own = besieged.person, besieged.device_token
    new = "ماه نو بر بام کهنه"
    reset_password(target, person, new)
    credentials = {"national_code": person.national_code, "password": new}
    exhaust_failures.cache_clear()
    if target.create_stranger().try_sign_in(**credentials).status_code == 200:
        # The reset has forgiven what had failed before.
        guess_at(target, person, size.pick(24, 60))
    answer = target.create_stranger().try_sign_in(**credentials, device_token=own or "none")
    tally.add(f"{read_status_and_code(answer)}", is_hit=read_status_and_code(answer) != ASKED_FOR_CODE)
    return tally.summarise("" if own else "there is no device token at all")


def reset_password(target: Target, person: Person, new: str) -> None:
    """Set another password with the code that comes to the person's mobile."""
    before, caller = len(target.system.list_messages()), target.create_stranger()
    reset = caller.post(f"{AUTH}/password-resets", person.identity).json()
    code = caller.wait_for_code(person.mobile, "password-reset-code", before)
    done = caller.post(
        f"{AUTH}/password-resets/{reset['reset_id']}/completion", {"reset_code": code, "password": new}
    )
    assert done.status_code == 200, done.text


@register_attack(
    "codes of a sign-in guessed",
    f"{WRONG_CODES} looked at for the account, then 429 for at most a quarter hour",
)
def guess_sign_in_codes(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    person = exhaust_failures(target, size).person
    responses: Counter[int] = Counter()
    for number in range(size.pick(7, 20)):
        caller = target.create_stranger()
        response = caller.try_sign_in(**person.credentials)
        if response.status_code == 429:
            tally.add("429", is_hit=int(response.headers.get("Retry-After", 10**6)) > LONGEST_WAIT)
            continue
        if read_status_and_code(response) != ASKED_FOR_CODE:
            tally.add(f"no code is asked for: {read_status_and_code(response)}", is_hit=True)
            break
        fields = {"sign_in_id": response.json()["sign_in_id"], "code": f"{number:06}"}
        answer = caller.try_sign_in(**person.credentials, **fields)
        responses[answer.status_code] += 1
        tally.add(f"{read_status_and_code(answer)}", is_hit=answer.status_code not in {422, 429})
    tally.add(f"{responses[422]} looked at", is_hit=responses[422] > WRONG_CODES)
    return tally.summarise(f"{responses[422]} looked at")


def compute_totp(secret: str, steps: int = 0) -> str:
    """Return the one-time code of now, or of some steps of half a minute later."""
    return compute_code(base64.b32decode(secret), int(time.time()) // 30 + steps)


def compute_wrong_totp(secret: str, number: int) -> str:
    """Return a code that is wrong in every step that could count."""
    right = {compute_totp(secret, step) for step in range(-3, 6)}
    return next(code for code in (f"{(number + more) % 10**6:06}" for more in range(20)) if code not in right)


@register_attack(
    "one-time codes guessed with a stolen password", f"{WRONG_CODES} looked at, then 429 for a quarter hour"
)
def guess_totp(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    login, secret = target.staff.logins["two-factors"], target.staff.totp_secret
    for number in range(4):
        stranger = {**login, "password": f"wrong {number}", "totp": compute_totp(secret)}
        target.create_stranger().try_sign_in(**stranger)
    right = target.create_stranger().try_sign_in(**login, totp=compute_totp(secret))
    if right.status_code != 200:
        raise AttackVoid(f"the right code is not taken: {right.text}")
    replayed = target.create_stranger().try_sign_in(**login, totp=compute_totp(secret, -1))
    tally.add(f"an older code: {read_status_and_code(replayed)}", is_hit=replayed.status_code == 200)
    responses: Counter[int] = Counter({401: 1})
    for number in range(size.pick(9, 300)):
        caller = (
            target.create_caller_behind("auth", f"2001:db8:4:4::{number + 1:x}")
            if number % 2
            else target.create_stranger()
        )
        answer = caller.try_sign_in(**login, totp=compute_wrong_totp(secret, number))
        responses[answer.status_code] += 1
        waits = int(answer.headers.get("Retry-After", 0))
        is_bad = answer.status_code not in {401, 429} or waits > LONGEST_WAIT
        tally.add(f"{read_status_and_code(answer)} {waits}", is_hit=is_bad)
    tally.add(f"{responses[401]} looked at", is_hit=responses[401] > WRONG_CODES)
    return tally.summarise(f"{responses[401]} looked at")


def change_mobile(target: Target, thief: Caller, person: Person, mobile: str, password: str) -> None:
    """Move an account to another mobile, as anyone who has the password can."""
    before = len(target.system.list_messages())
    response = thief.post(f"{AUTH}/mobile", {"mobile": mobile, "password": password})
    assert response.status_code == 202, response.text
    code = next(
        str(one["code"])
        for one in _wait(lambda: target.system.list_messages()[before:], lambda one: one["to"] == mobile)
    )
    done = thief.post(f"{AUTH}/mobile/confirmation", {"code": code})
    assert done.status_code == 204, done.text


def _wait(
    look: Callable[[], list[dict[str, Any]]],
    fits: Callable[[dict[str, Any]], bool],
    seconds: float = PATIENCE,
) -> list[dict[str, Any]]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if matches := [one for one in look() if fits(one)]:
            return matches
        time.sleep(0.2)
    return []


def wait_for_messages(
    target: Target, mobile: str, kind: str, seconds: float = PATIENCE
) -> list[dict[str, Any]]:
    """Return the messages of a kind that a mobile has got, waiting some seconds for the first."""
    return _wait(lambda: target.list_messages_to(mobile), lambda one: one["kind"] == kind, seconds)


@register_attack(
    "a stolen account's mobile is changed", "the old mobile hears of it and takes the account back"
)
def take_over(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    person, mobile = target.register_person(), "09129998877"
    thief = target.create_stranger().sign_in(**person.credentials)
    change_mobile(target, thief, person, mobile, person.password)
    messages = wait_for_messages(target, person.mobile, "mobile-changed")
    tally.add("the old mobile hears nothing", is_hit=not messages)
    for number in range(8):
        guess = f"{number:04} 0000 0000 {number:04}"
        answer = target.create_stranger().post(f"{AUTH}/mobile/reversal", {"code": guess})
        tally.add(
            f"a guessed code: {read_status_and_code(answer)}", is_hit=answer.status_code not in {422, 429}
        )
    if not messages:
        return tally.summarise()
    answer = target.create_stranger().post(f"{AUTH}/mobile/reversal", {"code": messages[0].get("code", "")})
    tally.add(f"the reversal: {read_status_and_code(answer)}", is_hit=answer.status_code != 200)
    again = target.create_stranger().post(f"{AUTH}/mobile/reversal", {"code": messages[0].get("code", "")})
    tally.add(f"a second time: {read_status_and_code(again)}", is_hit=again.status_code == 200)
    signed_in = target.create_stranger().try_sign_in(**person.credentials)
    tally.add(f"the thief's password: {read_status_and_code(signed_in)}", is_hit=signed_in.status_code == 200)
    try:
        reset_password(target, person, "برگ سبز در پاییز")
        is_back = True
    except AssertionError:
        is_back = False
    tally.add("the code of a reset does not come to the old mobile", is_hit=not is_back)
    return tally.summarise()


@register_attack("a thief at work in silence", "the person hears of a new device, password and permit")
def use_account_silently(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    holder = target.create_holder()
    person = holder.person
    thief = target.create_stranger().sign_in(**person.credentials)
    permit = thief.issue_permit(holder.letter["id"])
    changed = thief.post(
        f"{AUTH}/password", {"old_password": person.password, "new_password": "دزد آمد و رفت"}
    )
    assert changed.status_code == 204, changed.text
    for kind in ("new-sign-in", "permit-issued", "password-changed"):
        tally.add(
            f"no {kind}", is_hit=not wait_for_messages(target, person.mobile, kind, size.pick(PATIENCE, 15.0))
        )
    code = permit["code"].replace(" ", "")
    texts = [f"{one['text']} {one.get('code', '')}" for one in target.list_messages_to(person.mobile)]
    tally.add("the permit's code is in a message", is_hit=any(code in one.replace(" ", "") for one in texts))
    target.create_stranger().http.delete(f"{INQUIRY}/permits/{permit['id']}")
    return tally.summarise()
