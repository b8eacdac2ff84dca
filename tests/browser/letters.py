"""What a citizen does to have a letter made and to let an institution see it, by the words on the screen."""

import re
from dataclasses import dataclass

import httpx

from services.kit.text import normalise_digits
from tests.browser.pages import Portal, describe_page
from tests.waiting import wait_until


@dataclass(frozen=True)
class Letters:
    """The way from «اعلام سابقه به موسسات» to the inbox, of the sample's citizen of that number."""

    portal: Portal
    number: int = 0

    def choose(self, *types: str, note: str = "") -> None:
        self.portal.open("/disclosure")
        for name in types:
            self.portal.page.get_by_label(self.portal.translate(name), exact=True).check()
        self.portal.fill("یادداشت (اختیاری)", note)
        self.portal.press("ارسال به صندوق شخصی")

    def wait_until_ready(self) -> None:
        """Wait for the page to move automatically, or reload it where no script runs."""
        ready = self.portal.page.get_by_role("link", name=self.portal.translate("رویت مکاتبه"), exact=True)
        if self.portal.scripts:
            ready.wait_for()
            return

        def is_there() -> bool:
            if ready.count():
                return True
            self.portal.follow("بررسی دوباره")
            return False

        wait_until(is_there, lambda: f"the letter is not ready\n{describe_page(self.portal.page)}", pause=0.3)

    def get_letter(self) -> None:
        """Go from the first step to the letter's page."""
        self.choose("کلیه سوابق")
        self.portal.press("موافقم")
        self.wait_until_ready()
        self.portal.follow("رویت مکاتبه")

    def issue(self, duration: str) -> str:
        """Issue a permit for the letter on screen. Return the code's sixteen digits."""
        self.portal.follow("صدور مجوز استعلام")
        self.portal.page.get_by_label(self.portal.translate(duration), exact=True).check()
        self.portal.press("صدور مجوز استعلام")
        return self.code

    @property
    def code(self) -> str:
        return re.sub(r"\s", "", normalise_digits(self.portal.page.locator("#secret").inner_text()))

    def inquire(self, code: str) -> httpx.Response:
        """As an institution's program would."""
        person = self.portal.system.demo["citizens"][self.number]
        body = {"national_code": person["national_code"], "code": code, "purpose": "وام مسکن"}
        return httpx.post(f"{self.portal.system.base_url}/api/v1/inquiry/inquiries", json=body)
