"""People who come to the counter: one without the old mobile, and one without a national code."""

import pytest
from playwright.sync_api import expect

from services.kit.text import normalise_digits
from tests.browser.counter import Counter
from tests.browser.institutions import Panel
from tests.browser.letters import Letters
from tests.browser.pages import Portal
from tests.browser.people import Newcomer, invent_mobile, sign_out
from tests.e2e.client import DISCLOSURE, Stranger
from tests.unit.pdfworker.extraction import extract_text, fold


@pytest.fixture
def counter(portal: Portal) -> Counter:
    return Counter(portal)


def expect_note(portal: Portal, text: str) -> None:
    """Return once the page says that."""
    expect(portal.page.get_by_role("status")).to_have_text(portal.translate(text))


def test_a_lost_mobile_is_replaced_by_two_officers(counter: Counter) -> None:
    portal = counter.portal
    person, mobile = Newcomer.register(portal.system), invent_mobile()
    counter.open_proposal()
    portal.look("counter-propose")
    portal.press("ثبت برای تایید")
    portal.expect_mistakes(4)
    portal.look("counter-propose-mistakes")
    path = counter.propose(person, mobile, "کارت ملی")
    expect_note(portal, "شناسایی ثبت شد. کارشناس دیگری باید آن را تایید کند.")
    # No one confirms an own proposal.
    confirm = portal.page.get_by_role("button", name=portal.translate("تایید شناسایی"))
    expect(confirm).to_have_count(0)
    portal.look("counter-own-proposal")
    stranger = Stranger(portal.system)
    stranger.wait_for_message(person.mobile, "counter-proposed")
    counter.find_identification(person)
    assert portal.page.url.endswith(path)
    portal.look("counter-identification")
    confirm.click()
    expect_note(portal, "شناسایی تایید شد و کد فعال‌سازی به شماره تازه فرستاده شد.")
    portal.look("counter-confirmed")
    stranger.wait_for_message(person.mobile, "counter-confirmed")
    changed = counter.activate(person, mobile)
    expect_note(portal, "حساب شما آماده است. با گذرواژه تازه وارد شوید؛ اگر کد ملی ندارید با شماره بیمه.")
    portal.fill("کد ملی (نام کاربری)", str(person.national_code))
    portal.fill("گذرواژه", person.password)
    portal.press("ورود به سامانه")
    portal.expect_mistakes(1)
    changed.sign_in(portal)
    stranger.wait_for_message(person.mobile, "mobile-changed")
    # Nothing of this goes to the mobile that is lost but words, and the code that reverses it.
    sent = [one for one in portal.system.list_messages() if one["to"] == person.mobile]
    assert "counter-activation-code" not in {one["kind"] for one in sent}


def test_a_foreigner_gets_an_account_a_letter_and_an_answer(counter: Counter) -> None:
    portal = counter.portal
    person = Newcomer.create_employee(portal.system, is_foreigner=True)
    mobile = f"+49170{person.mobile[-7:]}"
    counter.open_proposal()
    counter.propose(person, mobile.replace("+", "00"), "گذرنامه")
    counter.find_identification(person)
    portal.look("counter-identification-foreigner")
    portal.press("تایید شناسایی")
    person = counter.activate(person, mobile)
    portal.follow("کد ملی ندارم؛ ورود با شماره بیمه")
    portal.look("sign-in-insured")
    person.sign_in(portal)
    portal.follow("بیمه‌شدگان")
    portal.look("insured-foreigner")
    letters = Letters(portal)
    letters.get_letter()
    portal.look("inbox-letter-foreigner")
    citizen = Stranger(portal.system).sign_in(**person.credentials)
    [letter] = citizen.get(f"{DISCLOSURE}/inbox").json()["items"]
    text = normalise_digits(fold(extract_text(citizen.get_document(letter["id"]))))
    assert person.insurance_number in text.replace(" ", "")
    assert "کد ملی" not in text
    citizen.wait_until_registered(letter["serial"])
    code = letters.issue("یک ماه (۳۰ روز) – پیشنهادی")
    sign_out(portal)
    panel = Panel(portal)
    panel.sign_in()
    panel.inquire_insured(person.insurance_number, code, "استخدام")
    portal.expect_heading("نامه اعلام سابقه")
    portal.look("institution-answer-foreigner")
