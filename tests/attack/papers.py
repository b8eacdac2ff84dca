"""Letters on paper: guesses of their person, other letters' QR codes, pictures and PDFs made to do harm."""

import io
import time
from collections.abc import Iterator

from PIL import Image

from services.kit.national_code import compute_check_digit
from tests.attack.forging import read_qr_text
from tests.attack.proof import REFUSED, check_online
from tests.attack.registry import AttackVoid, Outcome, Size, register_attack
from tests.attack.target import INQUIRY, Target
from tests.unit.verify.pictures import draw_page, encode, print_to_pdf, scan_page
from tests.unit.verify.test_scans import HOSTILE, build_pdf, draw_form_in_itself, draw_much
from tests.waiting import wait_until

# Of one caller about one letter before the first limit.
MOST_GUESSES = 5
# Seconds in which the check answers whatever it is sent; the child's own bound is 20.
LONGEST_CHECK = 24


def _iterate_codes(size: Size) -> Iterator[str]:
    dice = size.create_dice("paper codes")
    while True:
        digits = f"{dice.randrange(10**9):09}"
        yield digits + compute_check_digit(digits)


def _wait_for_register(target: Target, serial: str) -> None:
    """Wait until inquiry has read the event of a letter."""
    stranger = target.create_stranger()
    wait_until(lambda: stranger.http.get(f"{INQUIRY}/letters/{serial}").status_code == 200)


@register_attack(
    "guesses of the person of a QR code", f"429 after {MOST_GUESSES} that differ, also for the right one"
)
def guess_person(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    holder = target.holder
    serial, token = holder.letter["serial"], read_qr_text(target.letter_pdf).partition("#")[2]
    _wait_for_register(target, serial)
    stranger = target.create_stranger()
    path = f"{INQUIRY}/letters/{serial}"
    right = {"token": token, "person": holder.person.national_code}
    if stranger.http.post(path, json=right).json().get("comparison") != "fits":
        raise AttackVoid("the right code does not fit")
    answered = 0
    for number, code in enumerate(_iterate_codes(size)):
        if number >= size.pick(20, 200):
            break
        answer = stranger.http.post(path, json={"token": token, "person": code})
        answered += answer.status_code == 200
        is_fit = answer.status_code == 200 and answer.json()["comparison"] == "fits"
        tally.add(f"guess {number}: {answer.status_code}", is_hit=is_fit or answered > MOST_GUESSES)
    refused = stranger.http.post(path, json=right)
    tally.add(f"the right one afterwards: {refused.status_code}", is_hit=refused.status_code != 429)
    return tally.summarise()


@register_attack("a QR code sent for another letter", "422 and no word about a person")
def swap_codes(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    text = read_qr_text(target.letter_pdf)
    other = target.create_holder()
    _wait_for_register(target, other.letter["serial"])
    for sent in (
        text,
        text.partition("#")[2],
        text.replace(target.holder.letter["serial"], other.letter["serial"]),
    ):
        answer = target.create_stranger().http.post(
            f"{INQUIRY}/letters/{other.letter['serial']}",
            json={"token": sent, "person": other.person.national_code},
        )
        is_hit = answer.status_code != 422 or "initials" in answer.text
        tally.add(f"{sent[:40]}: {answer.status_code}", is_hit=is_hit)
    return tally.summarise()


@register_attack("pictures and PDFs that expand or never end", f"200 within {LONGEST_CHECK} s, never genuine")
def upload_bombs(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    files = {name: make for name, (make, _) in HOSTILE.items()}
    if size.is_full:
        files["a PDF of much"] = lambda: build_pdf(draw_much)
        files["a form in itself"] = lambda: build_pdf(draw_form_in_itself)
    for name, make in files.items():
        began = time.monotonic()
        status, result = check_online(target, make())
        took = time.monotonic() - began
        is_hit = status != 200 or result not in REFUSED or took > LONGEST_CHECK
        tally.add(f"{name}: {status} {result}, {took:.1f} s", is_hit=is_hit)
    return tally.summarise()


@register_attack(
    "a letter's QR code on a forged page", "cannot-tell with the claims of the code, never genuine"
)
def try_transplanted_code(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    page = draw_page(read_qr_text(target.letter_pdf), ("ANOTHER NAME", "9999 DAYS"))
    for data in (scan_page(page), print_to_pdf(page), encode(page, "PNG")):
        answer = target.create_stranger().http.post(
            f"{INQUIRY}/letters/check", files={"file": ("scan", io.BytesIO(data))}
        )
        reply = answer.json()
        is_shown = reply.get("paper", {}).get("serial") == target.holder.letter["serial"]
        tally.add(
            f"{answer.status_code} {reply}", is_hit=reply.get("result") != "cannot-tell" or not is_shown
        )
    blank = check_online(target, encode(Image.new("L", (900, 900), 255), "PNG"))
    tally.add(f"a blank picture: {blank}", is_hit=blank != (200, "cannot-tell"))
    return tally.summarise()
