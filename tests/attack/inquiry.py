"""Permits and their codes: more looks than allowed, after the end, by somebody else, for another letter."""

import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from services.inquiry.actions.codes import new_code
from tests.attack.registry import AttackVoid, Outcome, Size, register_attack
from tests.attack.target import INQUIRY, RECORDS, Caller, Target, read_problem_code

PERMITS = f"{INQUIRY}/permits"
# Beside the one answer: what those hear who come too late, or while too many ask.
TOO_LATE = {(410, "permit-used-up"), (503, "busy"), (503, "unavailable")}


def ask_together(callers: list[Caller], national_code: str, code: str) -> list[httpx.Response]:
    """Return the answers of all, asked at one time."""
    barrier = threading.Barrier(len(callers))

    def ask(caller: Caller) -> httpx.Response:
        barrier.wait(timeout=60)
        return caller.inquire(national_code, code)

    with ThreadPoolExecutor(len(callers)) as threads:
        return list(threads.map(ask, callers))


def _read_status_and_code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, read_problem_code(answer)


@register_attack("a permit of one look, asked by 50 together", "one answer; the others hear used-up or busy")
def look_together(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    holder = target.holder
    for is_one_address in (True, False):
        permit = holder.issue_permit(max_views=1)
        one = target.create_stranger()
        count = size.pick(12, 50)
        callers = [one if is_one_address else target.create_stranger() for _ in range(count)]
        answers = ask_together(callers, holder.person.national_code, permit["code"])
        results = Counter(_read_status_and_code(answer) for answer in answers)
        answered = results.pop((200, ""), 0)
        for key, times in results.items():
            for _ in range(times):
                tally.add(f"{key[0]} {key[1]}", is_hit=key not in TOO_LATE)
        for number in range(answered):
            tally.add("a second answer", is_hit=number > 0)
        if not answered:
            raise AttackVoid(f"nobody was answered: {results}")
    return tally.summarise()


@register_attack(
    "askers while a permit is revoked", "no answer that was begun after the revocation was confirmed"
)
def inquire_during_revocation(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    holder = target.holder
    permit = holder.issue_permit()
    revoked, answered, askers = threading.Event(), threading.Semaphore(0), size.pick(4, 20)

    def ask_on(_number: int) -> list[tuple[bool, int]]:
        caller = target.create_stranger()
        seen: list[tuple[bool, int]] = []
        while len(seen) < 40:
            was_revoked = revoked.is_set()
            seen.append(
                (was_revoked, caller.inquire(holder.person.national_code, permit["code"]).status_code)
            )
            answered.release()
            if was_revoked:
                break
        return seen

    with ThreadPoolExecutor(20) as threads:
        futures = [threads.submit(ask_on, number) for number in range(askers)]
        for _ in range(askers):
            answered.acquire(timeout=30)
        holder.person.caller.http.delete(f"{PERMITS}/{permit['id']}")
        revoked.set()
        for one in futures:
            for was_revoked, status in one.result():
                tally.add(f"answered {status} after the end", is_hit=was_revoked and status == 200)
    return tally.summarise()


@register_attack(
    "one Idempotency-Key, many times and by another", "one code; the other person gets a permit of his own"
)
def repeat_key(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    holder, other = target.holder, target.create_holder()
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"letter_id": holder.letter["id"], "valid_days": 30}

    def issue(_number: int) -> httpx.Response:
        return holder.person.caller.post(PERMITS, body, headers=key)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(issue, range(8)))
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 201}
    for answer in answers:
        tally.add(f"{answer.status_code}", is_hit=answer.status_code not in {201, 409, 503})
    tally.add(f"{len(codes)} codes", is_hit=len(codes) != 1)
    own = other.person.caller.post(PERMITS, {"letter_id": other.letter["id"], "valid_days": 30}, headers=key)
    tally.add("another's key", is_hit=own.status_code != 201 or own.json()["code"] in codes)
    return tally.summarise()


@register_attack("another's letter and fields that are not offered", "404 or 422, and nothing of it is taken")
def assign_fields(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    holder, other = target.holder, target.register_person()
    letter = {"letter_id": holder.letter["id"], "valid_days": 30}
    answer = other.caller.post(PERMITS, letter)
    tally.add(f"another's letter: {answer.status_code}", is_hit=answer.status_code != 404)
    for extra in (
        {"person_id": str(uuid.uuid4())},
        {"state": "active", "view_count": -5},
        {"code": new_code()},
        {"expires_at": "2099-01-01T00:00:00Z"},
        {"valid_days": 366},
        {"valid_days": 10**9},
        {"max_views": 0},
        {"max_views": -1},
    ):
        answer = holder.person.caller.post(PERMITS, letter | extra)
        taken = answer.status_code == 201 and _has_extras(holder.person.caller, answer.json(), extra)
        tally.add(f"{extra}", is_hit=answer.status_code not in {201, 422} or taken)
    national_code = {"kind": "days", "months": [], "text": "متن", "person_id": str(uuid.uuid4())}
    answer = other.caller.post(f"{RECORDS}/me/objections", national_code)
    tally.add(f"an objection for another: {answer.status_code}", is_hit=answer.status_code < 400)
    return tally.summarise()


def _has_extras(caller: Caller, issued: dict[str, Any], extra: dict[str, Any]) -> bool:
    stored = caller.get(f"{PERMITS}/{issued['id']}").json()
    everything = {**stored, "code": issued["code"].replace(" ", "")}
    return any(everything.get(name) == value for name, value in extra.items() if name != "state")


@register_attack("a permit bound to a bank, asked by others", "404 code-not-accepted, like any wrong code")
def ask_for_another_bank(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    holder = target.holder
    permit = holder.issue_permit(institution_id=target.bank["id"])
    national_code = holder.person.national_code
    others = [
        target.create_stranger(),
        target.sign_in_bank(target.staff.other_bank),
        target.sign_in_officer("other-clerk"),
    ]
    for caller in others:
        result = _read_status_and_code(caller.inquire(national_code, permit["code"]))
        tally.add(f"{result}", is_hit=result != (404, "code-not-accepted"))
    for extra in ({"institution_id": target.bank["id"]}, {"institution_name": target.bank["name"]}):
        result = _read_status_and_code(
            target.create_stranger().inquire(national_code, permit["code"], **extra)
        )
        tally.add(f"{result} with {extra}", is_hit=result[0] == 200)
    if target.sign_in_bank().inquire(national_code, permit["code"]).status_code != 200:
        raise AttackVoid("the bank itself is not answered")
    return tally.summarise()


@register_attack("documents by guessed and spent tokens", "404 but for the answer's own within its minutes")
def guess_documents(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    holder, dice = target.holder, size.create_dice("documents")
    permit = holder.issue_permit()
    url = target.create_stranger().inquire(holder.person.national_code, permit["code"]).json()["document_url"]
    if target.create_stranger().get(url).status_code != 200:
        raise AttackVoid("the document's own address does not open it")
    head, _, token = url.rpartition("/")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for _ in range(size.pick(20, 500)):
        place, one = dice.randrange(len(token) - 1), dice.choice(alphabet)
        if one != token[place]:
            status = (
                target.create_stranger().get(f"{head}/{token[:place]}{one}{token[place + 1 :]}").status_code
            )
            tally.add(f"{status}", is_hit=status != 404)
    holder.person.caller.http.delete(f"{PERMITS}/{permit['id']}")
    status = target.create_stranger().get(url).status_code
    tally.add(f"{status} after the revocation", is_hit=status == 200)
    return tally.summarise()


@register_attack("what a bank finds again of its wrong pairs", "the same row for each, as long as any other")
def compare_history(target: Target, size: Size) -> Outcome:
    """Look for a row that says whether a person has permits, or whose insurance number was typed."""
    tally = target.start_tally()
    holder, bank = target.holder, target.sign_in_bank(target.staff.other_bank)
    bound = holder.issue_permit(institution_id=target.bank["id"])["code"]
    insurance_number = holder.person.caller.get(f"{RECORDS}/me").json()["insurance_number"]
    pairs: list[dict[str, Any]] = [
        {"national_code": holder.person.national_code, "code": new_code()},
        {"national_code": target.take_sample_person().national_code, "code": new_code()},
        {"national_code": holder.person.national_code, "code": bound},
        {"insurance_number": insurance_number, "code": bound},
        {"insurance_number": insurance_number[::-1].lstrip("0").ljust(8, "1"), "code": bound},
    ]
    reference = f"attack-{uuid.uuid4().hex[:12]}"
    for pair in pairs:
        answer = bank.post(f"{INQUIRY}/inquiries", {**pair, "reference": reference})
        result = _read_status_and_code(answer)
        tally.add(f"{result}", is_hit=result != (404, "code-not-accepted"))
    # The loop that tells people of failed attempts has come and gone.
    time.sleep(size.pick(3, 10))
    rows = bank.get(f"{INQUIRY}/inquiries", params={"reference": reference}).json()["items"]
    shapes = {tuple(sorted({**row, "id": "", "time": ""}.items(), key=str)) for row in rows}
    tally.add(f"{len(rows)} rows of {len(pairs)}", is_hit=len(rows) != len(pairs))
    tally.add(f"{len(shapes)} kinds of rows", is_hit=len(shapes) != 1)
    return tally.summarise()
