"""Officers who look without a reason, hide that they looked, or decide alone."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from tests.attack.registry import AttackVoid, Outcome, Size, register_attack
from tests.attack.target import DISCLOSURE, RECORDS, Caller, Person, Target
from tests.waiting import PATIENCE

SEARCH, ACCESSES, OBJECTIONS = f"{RECORDS}/people/search", f"{RECORDS}/accesses", f"{RECORDS}/objections"
MISSING = {
    "kind": "missing-period",
    "workshop_name": "کارگاه بی‌نام",
    "city": "تهران",
    "start_jalali": "1391-01-01",
    "end_jalali": "1391-01-31",
    "days": 30,
    "text": "در فهرست‌ها نیست",
}
NO_REASONS: tuple[Any, ...] = (None, "", "   ", "\u200c\u200e", "آ" * 201, 7, ["x"], {"a": 1}, "a\x00b")


def submit_objection(person: Person) -> str:
    """Return the id of a person's submitted objection."""
    drafted = person.caller.post(f"{RECORDS}/me/objections", MISSING)
    assert drafted.status_code == 201, drafted.text
    objection: str = drafted.json()["id"]
    confirmed = person.caller.post(f"{RECORDS}/me/objections/{objection}/confirmation")
    assert confirmed.status_code == 200, confirmed.text
    return objection


def list_activity(person: Person) -> list[dict[str, Any]]:
    """Return what the person's own page shows."""
    items: list[dict[str, Any]] = person.caller.get(f"{DISCLOSURE}/activity").json()["items"]
    return items


def wait_for_look(person: Person, before: int, seconds: float) -> list[dict[str, Any]]:
    """Return the new looks on the person's own page, waiting some seconds for the first."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        looks = [one for one in list_activity(person) if "record.viewed" in one["kind"]]
        if len(looks) > before:
            return looks[: len(looks) - before]
        time.sleep(0.5)
    return []


@register_attack("a look without a reason", "422 and no word of the person")
def look_without_reason(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    person = target.register_person()
    officer = target.sign_in_officer("only-helpdesk")
    for reason in NO_REASONS:
        body = {"national_code": person.national_code} | ({} if reason is None else {"reason": reason})
        answer = officer.post(SEARCH, body)
        tells = person.name.split()[-1] in answer.text
        tally.add(
            f"search with {reason!r:.20}: {answer.status_code}", is_hit=answer.status_code != 422 or tells
        )
    objection = submit_objection(person)
    judge = target.sign_in_officer("only-objections")
    for reason in NO_REASONS:
        body = {} if reason is None else {"reason": reason}
        answer = judge.post(f"{OBJECTIONS}/{objection}/opening", body)
        tells = person.name.split()[-1] in answer.text
        is_open = answer.status_code != 422 or tells
        tally.add(f"objection with {reason!r:.20}: {answer.status_code}", is_hit=is_open)
    for path in (f"{OBJECTIONS}/{objection}", OBJECTIONS):
        answer = judge.get(path)
        tells = person.national_code in answer.text or person.name.split()[-1] in answer.text
        tally.add(f"{path} names the person", is_hit=tells)
    return tally.summarise()


@register_attack("a look that nobody hears of", "on the person's page within seconds, with its reason")
def look_in_silence(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    person = target.register_person()
    objection = submit_objection(person)
    looks: dict[str, Callable[[], httpx.Response]] = {
        "a search": lambda: target.sign_in_officer("only-helpdesk").post(
            SEARCH, {"national_code": person.national_code, "reason": "پرسش آشکار یک"}
        ),
        "an objection": lambda: target.sign_in_officer("only-objections").post(
            f"{OBJECTIONS}/{objection}/opening", {"reason": "پرسش آشکار دو"}
        ),
    }
    for name, look in looks.items():
        before = len([one for one in list_activity(person) if "record.viewed" in one["kind"]])
        answer = look()
        if answer.status_code != 200:
            tally.add(f"{name}: {answer.status_code}", is_hit=True)
            continue
        seen = wait_for_look(person, before, size.pick(PATIENCE, 10.0))
        tally.add(f"{name} is on no page", is_hit=not seen)
        tally.add(f"{name} without its reason", is_hit="پرسش آشکار" not in str(seen))
    return tally.summarise()


@register_attack("the book of looks", "read by scope audit; nobody else reads it, nobody writes or clears it")
def read_the_book(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    person = target.register_person()
    searched = target.sign_in_officer("only-helpdesk").post(
        SEARCH, {"national_code": person.national_code, "reason": "پرسش برای دفتر"}
    )
    if searched.status_code != 200:
        raise AttackVoid(f"a search with a reason: {searched.status_code}")
    auditor = target.sign_in_officer("only-audit")
    answer = auditor.get(ACCESSES)
    tally.add(f"the auditor: {answer.status_code}", is_hit=answer.status_code != 200)
    tally.add("the look is not in it", is_hit="پرسش برای دفتر" not in answer.text)
    others: dict[str, Caller] = {
        name: target.sign_in_officer(name)
        for name in ("only-lists", "only-objections", "only-helpdesk", "clerk")
    }
    others |= {"the person": person.caller, "the bank": target.sign_in_bank()}
    for name, caller in others.items():
        status = caller.get(ACCESSES).status_code
        tally.add(f"{name}: {status}", is_hit=status not in {401, 403})
    for method in ("POST", "PUT", "DELETE"):
        status = auditor.http.request(method, ACCESSES, json={}).status_code
        tally.add(f"{method}: {status}", is_hit=status not in {404, 405})
    for path in (SEARCH, f"{RECORDS}/lists", OBJECTIONS):
        status = (auditor.post(path, {}) if path == SEARCH else auditor.get(path)).status_code
        tally.add(f"the auditor at {path}: {status}", is_hit=status != 403)
    return tally.summarise()


@register_attack("an officer decides alone", "403 own-decision; one decision of two officers, once")
def decide_alone(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    objection = submit_objection(target.register_person())
    officer, second = target.sign_in_officer("officer"), target.sign_in_officer("second-officer")
    path = f"{OBJECTIONS}/{objection}/decision"
    early = officer.post(f"{path}/confirmation")
    tally.add(f"nothing proposed: {early.status_code}", is_hit=early.status_code < 400)
    proposed = officer.post(path, {"accept": False, "reason": "مدرکی نیست"})
    if proposed.status_code != 200:
        raise AttackVoid(f"a proposal: {proposed.status_code}")
    for _ in range(3):
        own = officer.post(f"{path}/confirmation")
        tally.add(f"one's own: {own.status_code}", is_hit=own.status_code != 403)
    for name in ("only-lists", "only-helpdesk", "only-audit"):
        other = target.sign_in_officer(name).post(f"{path}/confirmation")
        tally.add(f"{name}: {other.status_code}", is_hit=other.status_code != 403)
    confirmed = second.post(f"{path}/confirmation")
    if confirmed.status_code != 200:
        raise AttackVoid(f"a confirmation: {confirmed.status_code}")
    again = second.post(f"{path}/confirmation")
    tally.add(f"twice: {again.status_code}", is_hit=again.status_code < 400)
    return tally.summarise()
