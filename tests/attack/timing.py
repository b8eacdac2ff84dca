"""What the duration of refusals reveals. In small size slow hashes are counted instead."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import sqlalchemy as sa

from services.inquiry.actions.codes import new_code
from services.inquiry.models import Base
from services.kit.national_code import compute_check_digit
from tests.attack.registry import Outcome, Size, register_attack
from tests.attack.target import AUTH, INQUIRY, Caller, Target
from tests.service.inquiry.desk import BANK_ID, alter_code, open_desk

LOW, HIGH = 0.45, 0.55
REFUSED = (404, "code-not-accepted")


def compute_auc(some: Sequence[float], others: Sequence[float]) -> float:
    """Return the probability that one of the first takes longer than one of the others.

    A half means that they do not differ.
    """
    ranked = sorted([(value, True) for value in some] + [(value, False) for value in others])
    ranks, place = 0.0, 0
    while place < len(ranked):
        same = place
        while same < len(ranked) and ranked[same][0] == ranked[place][0]:
            same += 1
        ranks += sum(is_one for _, is_one in ranked[place:same]) * (place + 1 + same) / 2
        place = same
    return (ranks - len(some) * (len(some) + 1) / 2) / (len(some) * len(others))


def generate_unknown_national_code(dice: random.Random) -> str:
    """Return a national code that nobody of the samples has, with a right check digit."""
    nine = f"{dice.randrange(10**8, 10**9)}"
    return nine + compute_check_digit(nine)


def build_refusals(target: Target, dice: random.Random) -> Mapping[str, Callable[[], tuple[str, str]]]:
    """Return what makes a pair of each kind that is refused in one and the same way."""
    holder, other = target.holder, target.create_holder()
    own, others = holder.issue_permit()["code"], other.issue_permit()["code"]
    bound = holder.issue_permit(institution_id=target.bank["id"])["code"]
    national_code = holder.person.national_code
    return {
        "a wrong code": lambda: (national_code, alter_code(own)),
        "another's code": lambda: (national_code, others),
        "bound to a bank": lambda: (national_code, bound),
        "a code that never was": lambda: (national_code, new_code()),
        "an unknown person": lambda: (generate_unknown_national_code(dice), own),
    }


def _time_call(caller: Caller, path: str, body: Mapping[str, str]) -> tuple[httpx.Response, float]:
    began = time.perf_counter()
    answer = caller.post(path, body)
    return answer, time.perf_counter() - began


@register_attack(
    "timing of the five refusals", f"1,000 each, interleaved: AUC within {LOW} to {HIGH}", full_only=True
)
def time_refusals(target: Target, size: Size) -> Outcome:
    tally, dice = target.start_tally(900), size.create_dice("timing")
    kinds = build_refusals(target, dice)
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    wrong = 0
    for _ in tally.limit_by_time(range(1000)):
        caller = target.create_stranger()
        for kind in dice.sample(list(kinds), len(kinds)):
            national_code, code = kinds[kind]()
            body = {"national_code": national_code, "code": code}
            answer, took = _time_call(caller, f"{INQUIRY}/inquiries", body)
            tally.add(f"{kind}: {answer.status_code}", is_hit=answer.status_code not in {404, 503})
            wrong += answer.status_code != 404
            if answer.status_code == 404:
                times[kind].append(took)
    values = {}
    for kind, own in times.items():
        rest = [value for other, some in times.items() if other != kind for value in some]
        values[kind] = compute_auc(own, rest)
        tally.add(f"{kind}: AUC {values[kind]:.3f}", is_hit=not LOW <= values[kind] <= HIGH)
    note = f"AUC {min(values.values()):.3f} to {max(values.values()):.3f}, {wrong} not counted"
    return tally.summarise(note)


@register_attack(
    "timing of sign-ins of known and unknown people", f"AUC within {LOW} to {HIGH}", full_only=True
)
def time_sign_ins(target: Target, size: Size) -> Outcome:
    tally, dice = target.start_tally(600), size.create_dice("sign-ins")
    people = [target.register_person().national_code for _ in range(8)]
    staff = [login["username"] for name, login in target.staff.logins.items() if name.startswith("only-")]
    kinds: dict[str, Callable[[int], dict[str, str]]] = {
        "citizen known": lambda n: {"national_code": people[n % len(people)]},
        "citizen unknown": lambda _: {"national_code": generate_unknown_national_code(dice)},
        "staff known": lambda n: {"username": staff[n % len(staff)]},
        "staff unknown": lambda n: {"username": f"nobody-{n}"},
    }
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    # Fewer than an account's threshold of failures each.
    for number in tally.limit_by_time(range(19 * len(staff))):
        for kind in dice.sample(list(kinds), len(kinds)):
            body = {**kinds[kind](number), "password": f"wrong {number}"}
            answer, took = _time_call(target.create_stranger(), f"{AUTH}/sessions", body)
            tally.add(f"{kind}: {answer.status_code}", is_hit=answer.status_code not in {401, 429})
            if answer.status_code == 401:
                times[kind].append(took)
    values = {
        who: compute_auc(times[f"{who} known"], times[f"{who} unknown"]) for who in ("citizen", "staff")
    }
    # The fewer the tries, the wider what chance does: three standard deviations.
    for who, value in values.items():
        count = min(len(times[f"{who} known"]), len(times[f"{who} unknown"]))
        room = max(HIGH - 0.5, 3 * ((2 * count + 1) / (12 * count * count)) ** 0.5)
        tally.add(f"{who}: AUC {value:.3f}", is_hit=abs(value - 0.5) > room)
    return tally.summarise(", ".join(f"{who} AUC {value:.3f}" for who, value in values.items()))


def _create_database(url: str) -> str:
    """Return the address of a database that has the tables of inquiry."""
    engine = sa.create_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()
    return url


@register_attack(
    "the refusals by their slow hashes", "one Argon2 run each, the same status, code and members"
)
def count_hashes(target: Target, size: Size) -> Outcome:
    tally, dice = target.start_tally(), size.create_dice("hashes")
    with (
        TemporaryDirectory(prefix="govah-hashes-") as name,
        open_desk(_create_database(f"sqlite:///{name}/inquiry.db"), Path(name)) as desk,
    ):
        person, other = desk.add_person(1), desk.add_person(2)
        desk.add_bank()
        own, others = desk.issue_permit(person)["code"], desk.issue_permit(other)["code"]
        bound = desk.issue_permit(person, institution_id=str(BANK_ID))["code"]
        revoked = desk.issue_permit(person)
        desk.client.delete(f"{INQUIRY}/permits/{revoked['id']}", headers=person.headers)
        pairs = {
            "a wrong code": (person.national_code, alter_code(own)),
            "another's code": (person.national_code, others),
            "bound to a bank": (person.national_code, bound),
            "a code that never was": (person.national_code, new_code()),
            "an unknown person": (generate_unknown_national_code(dice), own),
            "a revoked code of another": (other.national_code, revoked["code"]),
        }
        members = set()
        for number, (kind, pair) in enumerate(list(pairs.items()) * size.pick(2, 20)):
            before = desk.stretcher.runs
            answer = desk.inquire(*pair, source=f"192.0.2.{number}")
            result, runs = (answer.status_code, answer.get_json()["code"]), desk.stretcher.runs - before
            members.add(tuple(sorted(answer.get_json())))
            tally.add(f"{kind}: {result}, {runs} runs", is_hit=result != REFUSED or runs != 1)
        tally.add("refusals differ in their members", is_hit=len(members) != 1)
    return tally.summarise()
