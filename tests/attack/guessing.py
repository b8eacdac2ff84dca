"""Secrets guessed from many addresses, and whom a guesser shuts out by it."""

from collections import Counter
from collections.abc import Iterator

from services.inquiry.actions.codes import new_code
from services.kit.jalali import format_jalali_date
from services.kit.national_code import compute_check_digit
from tests.attack.registry import AttackVoid, Outcome, Size, Tally, attack
from tests.attack.target import AUTH, Caller, Target, problem_code

# What one source may have looked at of one pair, and of all pairs, before it must wait.
OF_A_PAIR, OF_AN_ADDRESS = 5, 30


def guess_codes(target: Target, callers: list[Caller], national_codes: Iterator[str], tally: Tally) -> int:
    """Return how many codes were looked at; a right one is a hit."""
    looked_at = 0
    for caller, national_code in tally.bounded(zip(callers, national_codes, strict=False)):
        answer = caller.inquire(national_code, new_code())
        looked_at += answer.status_code == 404
        tally.add(f"{answer.status_code}", is_hit=answer.status_code not in {404, 429, 503})
    return looked_at


def _always(value: str) -> Iterator[str]:
    while True:
        yield value


@attack("codes guessed from many addresses", "none right; the holder of the code is answered; one message")
def guess_from_everywhere(target: Target, size: Size) -> Outcome:
    tally = target.tally()
    holder = target.holder
    permit = holder.permit()
    addresses = [target.stranger() for _ in range(size.pick(8, 300))]
    before = len(target.messages_to(holder.person.mobile, "attempts-failed"))
    callers = [caller for caller in addresses for _ in range(4)]
    looked_at = guess_codes(target, callers, _always(holder.person.national_code), tally)
    answer = target.stranger().inquire(holder.person.national_code, permit["code"])
    tally.add(f"the holder hears {answer.status_code}", is_hit=answer.status_code != 200)
    messages = len(target.messages_to(holder.person.mobile, "attempts-failed")) - before
    tally.add(f"{messages} messages", is_hit=messages > 1)
    return tally.outcome(f"{looked_at} looked at, {messages} messages")


@attack("codes of five people guessed from one address", f"at most {OF_AN_ADDRESS} looked at, then 429")
def guess_from_one_address(target: Target, size: Size) -> Outcome:
    tally = target.tally()
    caller = target.stranger()
    people = [target.sample_person().national_code or "" for _ in range(5)]
    looked_at = guess_codes(target, [caller] * 45, iter(people * 9), tally)
    if not looked_at:
        raise AttackVoid("nothing was looked at")
    tally.add(f"{looked_at} looked at", is_hit=looked_at > OF_AN_ADDRESS)
    return tally.outcome(f"{looked_at} looked at")


@attack("codes guessed from one network of IPv6", f"{OF_A_PAIR} looked at of a whole /64")
def guess_codes_from_a_network(target: Target, size: Size) -> Outcome:
    tally = target.tally()
    callers = [target.behind("inquiry", f"2001:db8:1:1::{number:x}") for number in range(1, 13)]
    looked_at = guess_codes(target, callers, _always(target.holder.person.national_code), tally)
    if not looked_at:
        raise AttackVoid("nothing was looked at")
    tally.add(f"{looked_at} looked at", is_hit=looked_at > OF_A_PAIR)
    return tally.outcome(f"{looked_at} looked at")


@attack("passwords guessed from one network of IPv6", f"{OF_A_PAIR} looked at of a whole /64")
def guess_passwords_from_a_network(target: Target, size: Size) -> Outcome:
    tally = target.tally()
    person = target.person()
    told: Counter[int] = Counter()
    for number in range(1, size.pick(10, 60)):
        caller = target.behind("auth", f"2001:db8:2:2:{number:x}::1")
        answer = caller.try_sign_in(national_code=person.national_code, password=f"wrong {number}")
        told[answer.status_code] += 1
        tally.add(f"{answer.status_code}", is_hit=answer.status_code not in {401, 429})
    if not told[401]:
        raise AttackVoid("nothing was looked at")
    tally.add(f"{told[401]} looked at", is_hit=told[401] > OF_A_PAIR)
    return tally.outcome(f"{told[401]} looked at")


@attack("the same code from mapped and plain addresses", f"{OF_A_PAIR} looked at: ::ffff:a.b.c.d is a.b.c.d")
def guess_by_mapped_addresses(target: Target, size: Size) -> Outcome:
    tally = target.tally()
    plain = "203.0.113.77"
    forms = [plain, f"::ffff:{plain}", "::ffff:cb00:714d", plain, f"::FFFF:{plain}"]
    callers = [target.behind("inquiry", form) for form in forms * 2]
    looked_at = guess_codes(target, callers, _always(target.holder.person.national_code), tally)
    if not looked_at:
        raise AttackVoid("nothing was looked at")
    tally.add(f"{looked_at} looked at", is_hit=looked_at > OF_A_PAIR)
    return tally.outcome(f"{looked_at} looked at")


@attack("one clerk's 100 wrong pairs", "his own day is over; his bank's system and other clerks are answered")
def shut_the_bank_out(target: Target, size: Size) -> Outcome:
    tally = target.tally()
    holder = target.holder
    permit = holder.permit()
    clerk = target.officer("clerk")
    told: Counter[int] = Counter()
    for number in tally.bounded(range(104)):
        answer = clerk.inquire(f"{number:010}", new_code())
        told[answer.status_code] += 1
        tally.add(f"{answer.status_code}", is_hit=answer.status_code not in {404, 429, 503})
    tally.add(f"{told[404]} looked at", is_hit=told[404] > 100)
    for name, caller in {
        "the bank's system": target.bank_client(),
        "the second clerk": target.officer("second-clerk"),
        "a form": target.stranger(),
        "the other bank": target.bank_client(target.staff.other_bank),
    }.items():
        answer = caller.inquire(holder.person.national_code, permit["code"])
        tally.add(f"{name}: {answer.status_code}", is_hit=answer.status_code != 200)
    again = target.officer("clerk").inquire(holder.person.national_code, permit["code"])
    tally.add(f"the clerk again: {again.status_code}", is_hit=again.status_code != 429)
    return tally.outcome()


@attack("a bank's codes of one person by many of its callers", f"{OF_A_PAIR} looked at of a pair in all")
def guess_as_a_bank(target: Target, size: Size) -> Outcome:
    tally = target.tally()
    bank = target.staff.other_bank
    callers = [target.officer("other-clerk"), target.bank_client(bank)] * 6
    national_code = target.sample_person().national_code or ""
    looked_at = guess_codes(target, callers, _always(national_code), tally)
    if not looked_at:
        raise AttackVoid("nothing was looked at")
    tally.add(f"{looked_at} looked at", is_hit=looked_at > OF_A_PAIR)
    return tally.outcome(f"{looked_at} looked at")


@attack(
    "a stranger asks for another's codes", "the person registers and resets all the same, and gets the code"
)
def keep_from_registering(target: Target, size: Size) -> Outcome:
    tally = target.tally()
    sample, person = target.sample_person(), target.person()
    for number in range(size.pick(5, 30)):
        wrong = {"birth_date_jalali": f"13{50 + number}-01-01"}
        asked = target.stranger().post(
            f"{AUTH}/registrations", {"national_code": sample.national_code, "mobile": sample.mobile, **wrong}
        )
        tally.add(f"registration {asked.status_code}", is_hit=asked.status_code != 202)
        reset = target.stranger().post(
            f"{AUTH}/password-resets", {"national_code": person.national_code, **wrong}
        )
        tally.add(f"reset {reset.status_code}", is_hit=reset.status_code != 202)
        other = target.stranger().post(
            f"{AUTH}/registrations",
            {"national_code": f"{number:010}", "mobile": sample.mobile, **wrong},
        )
        tally.add(f"another at that mobile {other.status_code}", is_hit=other.status_code not in {202, 422})
    born = format_jalali_date(sample.birth_date)
    try:
        target.stranger().register(sample.national_code or "", born, sample.mobile, "اسب سپید در مه")
        registered = ""
    except AssertionError as error:
        registered = str(error)[:60]
    tally.add(f"the person cannot register: {registered}", is_hit=bool(registered))
    before = len(target.system.messages())
    asked = target.stranger().post(f"{AUTH}/password-resets", person.identity)
    try:
        person.caller.message_code(person.mobile, "password-reset-code", before)
        came = True
    except AssertionError:
        came = False
    tally.add(f"the person's reset: {asked.status_code}", is_hit=asked.status_code != 202 or not came)
    return tally.outcome()


def unknown_national_code(number: int) -> str:
    """Return a national code with a right check digit that the samples do not have."""
    nine = f"999{number:06}"
    return nine + compute_check_digit(nine)


@attack("codes asked from one network without end", "429 with Retry-After past 300 an hour", full_only=True)
def ask_without_end(target: Target, size: Size) -> Outcome:
    tally = target.tally()
    told: Counter[int] = Counter()
    for number in tally.bounded(range(320)):
        caller = target.behind("auth", f"2001:db8:3:3::{number + 1:x}")
        answer = caller.post(
            f"{AUTH}/password-resets",
            {"national_code": unknown_national_code(number), "birth_date_jalali": "1350-01-01"},
        )
        told[answer.status_code] += 1
        is_bad = answer.status_code == 429 and "Retry-After" not in answer.headers
        tally.add(f"{answer.status_code} {problem_code(answer)}", is_hit=is_bad)
    if not told[202]:
        raise AttackVoid("nothing was accepted")
    tally.add(f"{told[202]} accepted", is_hit=told[202] > 300)
    return tally.outcome(f"{told[202]} accepted")
