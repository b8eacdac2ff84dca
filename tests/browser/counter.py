"""The counter: what two officers and the person who came to them do, by the words on the screen."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from services.kit.text import normalise_digits
from tests.browser.officers import Desk
from tests.browser.pages import Portal
from tests.browser.people import Newcomer, invent_mobile, sign_out
from tests.e2e.client import Stranger

Place = tuple[str, str]
NEW_PASSWORD = "nine green pears in a box"


@dataclass(frozen=True)
class Counter:
    """«شناسایی در شعبه»."""

    portal: Portal

    def open_proposal(self) -> None:
        """Open the form of an identification as the first officer."""
        desk = Desk(self.portal)
        desk.sign_in()
        desk.enter("شناسایی در شعبه")
        self.portal.follow("شناسایی تازه")

    def propose(self, person: Newcomer, mobile: str, document: str) -> str:
        """Send the form about a person with a new mobile. Return the path of the identification."""
        portal = self.portal
        label = portal.translate("کد ملی" if person.national_code else "شماره بیمه")
        # The choice between the two numbers has their names too.
        portal.page.get_by_role("radio", name=label, exact=True).check()
        portal.page.get_by_role("textbox", name=label, exact=True).fill(
            person.national_code or person.insurance_number
        )
        portal.fill_date(person.birth_date_jalali)
        portal.fill("شماره همراه تازه", mobile)
        portal.page.get_by_label(portal.translate("مدرکی که دیدید"), exact=True).select_option(
            portal.translate(document)
        )
        portal.fill("پایان شماره مدرک", "9A7")
        portal.fill("یادداشت (اختیاری)", "اصل مدرک دیده شد.")
        portal.press("ثبت برای تایید")
        portal.page.get_by_role("status").wait_for()
        return urlsplit(portal.page.url).path

    def find_identification(self, person: Newcomer) -> None:
        """Open the identification of a person as the second officer, from the list of those that wait."""
        desk = Desk(self.portal)
        desk.sign_in("second_officer")
        desk.enter("شناسایی در شعبه")
        number = person.national_code or person.insurance_number
        links = self.portal.page.locator(".log a.what")
        ends = [normalise_digits(text).replace(" ", "") for text in links.all_inner_texts()]
        links.nth(next(i for i, text in enumerate(ends) if number in text)).click()

    def activate(self, person: Newcomer, mobile: str) -> Newcomer:
        """Set a password with the code that has come to the new mobile. Return the person with both."""
        portal = self.portal
        code = Stranger(portal.system).wait_for_code(mobile, "counter-activation-code")
        sign_out(portal)
        portal.open("/sign-in")
        portal.follow("فعال‌سازی با کد شعبه")
        portal.fill("کد فعال‌سازی", code)
        portal.fill("گذرواژه تازه", NEW_PASSWORD)
        portal.look("counter-activation")
        portal.press("فعال‌سازی")
        portal.expect_heading("ورود به سامانه")
        return replace(person, mobile=mobile, password=NEW_PASSWORD)


def open_counter(portal: Portal) -> Iterator[Place]:
    """Yield every page of the counter for an officer who is signed in."""
    yield "officer_counter.propose_identification", "/officer/counter/new"
    portal.open("/officer/counter/new")
    foreigner = Newcomer.create_employee(portal.system, is_foreigner=True)
    path = Counter(portal).propose(foreigner, invent_mobile(), "گذرنامه")
    yield "officer_counter.show_identification", path
    yield "officer_counter.reject_identification", f"{path}/rejection"
    yield "officer_counter.list_identifications", "/officer/counter"
