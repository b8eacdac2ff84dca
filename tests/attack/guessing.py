"""Secrets guessed from many addresses, and whom a guesser shuts out by it."""

from collections import Counter
from collections.abc import Iterator

from services.inquiry.actions.codes import new_code
from services.kit.jalali import format_jalali_date
from services.kit.national_code import compute_check_digit
from tests.attack.registry import AttackVoid, Outcome, Size, Tally, register_attack
from tests.attack.target import AUTH, Caller, Target, read_problem_code

# What one source may have looked at of one pair, and of all pairs, before it must wait.
OF_A_PAIR, OF_AN_ADDRESS = 5, 30


def guess_codes(target: Target, callers: list[Caller], national_codes: Iterator[str], tally: Tally) -> int:
    """Return how many codes were looked at; a right one is a hit."""
    looked_at = 0
    for caller, national_code in tally.limit_by_time(zip(callers, national_codes, strict=False)):
        answer = caller.inquire(national_code, new_code())
        looked_at += answer.status_code == 404
        tally.add(f"{answer.status_code}", is_hit=answer.status_code not in {404, 429, 503})
    return looked_at


def _repeat_value(value: str) -> Iterator[str]:
    while True:
        yield value


@register_attack(
    "codes guessed from many addresses", "none right; the holder of the code is answered; one message"
)
def guess_from_everywhere(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    holder = target.holder
    permit = holder.issue_permit()
    addresses = [target.create_stranger() for _ in range(size.pick(8, 300))]
    before = len(target.list_messages_to(holder.person.mobile, "attempts-failed"))
    callers = [caller for caller in addresses for _ in range(4)]
    looked_at = guess_codes(target, callers, _repeat_value(holder.person.national_code), tally)
    answer = target.create_stranger().inquire(holder.person.national_code, permit["code"])
    tally.add(f"the holder hears {answer.status_code}", is_hit=answer.status_code != 200)
    messages = len(target.list_messages_to(holder.person.mobile, "attempts-failed")) - before
    tally.add(f"{messages} messages", is_hit=messages > 1)
    return tally.summarise(f"{looked_at} looked at, {messages} messages")


@register_attack(
    "codes of five people guessed from one address", f"at most {OF_AN_ADDRESS} looked at, then 429"
)
def guess_from_one_address(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    caller = target.create_stranger()
    people = [target.take_sample_person().national_code or "" for _ in range(5)]
    looked_at = guess_codes(target, [caller] * 45, iter(people * 9), tally)
    if not looked_at:
        raise AttackVoid("nothing was looked at")
    tally.add(f"{looked_at} looked at", is_hit=looked_at > OF_AN_ADDRESS)
    return tally.summarise(f"{looked_at} looked at")


@register_attack("codes guessed from one network of IPv6", f"{OF_A_PAIR} looked at of a whole /64")
def guess_codes_from_a_network(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    callers = [target.create_caller_behind("inquiry", f"2001:db8:1:1::{number:x}") for number in range(1, 13)]
    looked_at = guess_codes(target, callers, _repeat_value(target.holder.person.national_code), tally)
    if not looked_at:
        raise AttackVoid("nothing was looked at")
    tally.add(f"{looked_at} looked at", is_hit=looked_at > OF_A_PAIR)
    return tally.summarise(f"{looked_at} looked at")


@register_attack("passwords guessed from one network of IPv6", f"{OF_A_PAIR} looked at of a whole /64")
def guess_passwords_from_a_network(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    person = target.register_person()
    statuses: Counter[int] = Counter()
    for number in range(1, size.pick(10, 60)):
        caller = target.create_caller_behind("auth", f"2001:db8:2:2:{number:x}::1")
        answer = caller.try_sign_in(national_code=person.national_code, password=f"wrong {number}")
        statuses[answer.status_code] += 1
        tally.add(f"{answer.status_code}", is_hit=answer.status_code not in {401, 429})
    if not statuses[401]:
        raise AttackVoid("nothing was looked at")
    tally.add(f"{statuses[401]} looked at", is_hit=statuses[401] > OF_A_PAIR)
    return tally.summarise(f"{statuses[401]} looked at")


@register_attack(
    "the same code from mapped and plain addresses", f"{OF_A_PAIR} looked at: ::ffff:a.b.c.d is a.b.c.d"
)
def guess_by_mapped_addresses(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    plain = "203.0.113.77"
    forms = [plain, f"::ffff:{plain}", "::ffff:cb00:714d", plain, f"::FFFF:{plain}"]
    callers = [target.create_caller_behind("inquiry", form) for form in forms * 2]
    looked_at = guess_codes(target, callers, _repeat_value(target.holder.person.national_code), tally)
    if not looked_at:
        raise AttackVoid("nothing was looked at")
    tally.add(f"{looked_at} looked at", is_hit=looked_at > OF_A_PAIR)
    return tally.summarise(f"{looked_at} looked at")


@register_attack(
    "one clerk's 100 wrong pairs", "his own day is over; his bank's system and other clerks are answered"
)
def exhaust_bank_attempts(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    holder = target.holder
    permit = holder.issue_permit()
    clerk = target.sign_in_officer("clerk")
    statuses: Counter[int] = Counter()
    for number in tally.limit_by_time(range(104)):
        answer = clerk.inquire(f"{number:010}", new_code())
        statuses[answer.status_code] += 1
        tally.add(f"{answer.status_code}", is_hit=answer.status_code not in {404, 429, 503})
    tally.add(f"{statuses[404]} looked at", is_hit=statuses[404] > 100)
    for name, caller in {
        "the bank's system": target.sign_in_bank(),
        "the second clerk": target.sign_in_officer("second-clerk"),
        "a form": target.create_stranger(),
        "the other bank": target.sign_in_bank(target.staff.other_bank),
    }.items():
        answer = caller.inquire(holder.person.national_code, permit["code"])
        tally.add(f"{name}: {answer.status_code}", is_hit=answer.status_code != 200)
    again = target.sign_in_officer("clerk").inquire(holder.person.national_code, permit["code"])
    tally.add(f"the clerk again: {again.status_code}", is_hit=again.status_code != 429)
    return tally.summarise()


@register_attack(
    "a bank's codes of one person by many of its callers", f"{OF_A_PAIR} looked at of a pair in all"
)
def guess_as_a_bank(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    bank = target.staff.other_bank
    callers = [target.sign_in_officer("other-clerk"), target.sign_in_bank(bank)] * 6
    national_code = target.take_sample_person().national_code or ""
    looked_at = guess_codes(target, callers, _repeat_value(national_code), tally)
    if not looked_at:
        raise AttackVoid("nothing was looked at")
    tally.add(f"{looked_at} looked at", is_hit=looked_at > OF_A_PAIR)
    return tally.summarise(f"{looked_at} looked at")


@register_attack(
    "a stranger asks for another's codes", "the person registers and resets all the same, and gets the code"
)
def keep_from_registering(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    sample, person = target.take_sample_person(), target.register_person()
    for number in range(size.pick(5, 30)):
        wrong = {"birth_date_jalali": f"13{50 + number}-01-01"}
        response = target.create_stranger().post(
            f"{AUTH}/registrations", {"national_code": sample.national_code, "mobile": sample.mobile, **wrong}
        )
        tally.add(f"registration {response.status_code}", is_hit=response.status_code != 202)
        reset = target.create_stranger().post(
            f"{AUTH}/password-resets", {"national_code": person.national_code, **wrong}
        )
        tally.add(f"reset {reset.status_code}", is_hit=reset.status_code != 202)
        other = target.create_stranger().post(
            f"{AUTH}/registrations",
            {"national_code": f"{number:010}", "mobile": sample.mobile, **wrong},
        )
        tally.add(f"another at that mobile {other.status_code}", is_hit=other.status_code not in {202, 422})
    born = format_jalali_date(sample.birth_date)
    try:
        target.create_stranger().register(sample.national_code or "", born, sample.mobile, "اسب سپید در مه")
        registered = ""
    except AssertionError as error:
        registered = str(error)[:60]
    tally.add(f"the person cannot register: {registered}", is_hit=bool(registered))
    before = len(target.system.list_messages())
    response = target.create_stranger().post(f"{AUTH}/password-resets", person.identity)
    try:
        person.caller.wait_for_code(person.mobile, "password-reset-code", before)
        came = True
    except AssertionError:
        came = False
    tally.add(f"the person's reset: {response.status_code}", is_hit=response.status_code != 202 or not came)
    return tally.summarise()


def generate_unknown_national_code(number: int) -> str:
    """Return a national code with a right check digit that the samples do not have."""
    nine = f"999{number:06}"
    return nine + compute_check_digit(nine)


@register_attack(
    "codes asked from one network without end", "429 with Retry-After past 300 an hour", full_only=True
)
def ask_without_end(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    statuses: Counter[int] = Counter()
    for number in tally.limit_by_time(range(320)):
        caller = target.create_caller_behind("auth", f"2001:db8:3:3::{number + 1:x}")
        answer = caller.post(
            f"{AUTH}/password-resets",
            {"national_code": generate_unknown_national_code(number), "birth_date_jalali": "1350-01-01"},
        )
        statuses[answer.status_code] += 1
        is_bad = answer.status_code == 429 and "Retry-After" not in answer.headers
        tally.add(f"{answer.status_code} {read_problem_code(answer)}", is_hit=is_bad)
    if not statuses[202]:
        raise AttackVoid("nothing was accepted")
    tally.add(f"{statuses[202]} accepted", is_hit=statuses[202] > 300)
    return tally.summarise(f"{statuses[202]} accepted")
