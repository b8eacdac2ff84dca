"""Representatives: what the person and the helper do, by the words on the screen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.browser.pages import Portal
from tests.browser.people import Newcomer
from tests.e2e.client import AUTH, Stranger

Place = tuple[str, str]
LABEL, NAME = "پسرم علی", "مادر"


@dataclass(frozen=True)
class Principal:
    """The person who names a representative."""

    portal: Portal

    def open_form(self) -> None:
        self.portal.follow("نمایندگان من")
        self.portal.follow("معرفی نماینده")

    def name_representative(self, helper: Newcomer, given: Sequence[str], password: str) -> None:
        """Send the form for somebody, with 30 days and exactly what is named."""
        portal = self.portal
        portal.fill("کد ملی نماینده", str(helper.national_code))
        portal.fill("نام نماینده", LABEL)
        portal.fill("نام شما", NAME)
        for box in portal.page.get_by_role("checkbox").all():
            box.uncheck()
        for name in given:
            portal.page.get_by_label(portal.translate(name), exact=True).check()
        portal.page.get_by_label(portal.translate("یک ماه"), exact=True).check()
        portal.fill("گذرواژه", password)
        portal.press("فرستادن دعوت")

    def end_mandate(self) -> None:
        self.portal.follow("نمایندگان من")
        button = self.portal.translate("پایان نمایندگی %(name)s") % {"name": LABEL}
        self.portal.page.get_by_role("button", name=button, exact=True).click()


@dataclass(frozen=True)
class Helper:
    """The representative."""

    portal: Portal

    @property
    def heading(self) -> str:
        return self.portal.translate("به نمایندگی از %(name)s") % {"name": NAME}

    def accept(self) -> None:
        """Accept from the first page after signing in."""
        self.portal.look("home-with-an-invitation")
        self.portal.follow("پاسخ به این دعوت")
        self.portal.look("mandate-invited")
        self.portal.press("می‌پذیرم")

    def begin(self) -> None:
        """Begin to act for the person."""
        button = self.portal.translate("کار به نمایندگی از %(name)s") % {"name": NAME}
        self.portal.page.get_by_role("button", name=button, exact=True).first.click()

    def get_status(self, path: str) -> int:
        """Return the status of a page that the browser opens."""
        response = self.portal.page.goto(path)
        assert response
        return response.status

    def expect_open_links(self) -> None:
        """Raise AssertionError if the page leads to what was not given."""
        page = self.portal.page
        links = page.locator("a[href^='/']:visible").evaluate_all("links => links.map(link => link.href)")
        answers = {link: page.request.get(link, max_redirects=0).status for link in set(links)}
        closed = [link for link, status in answers.items() if status == 403]
        assert closed == []


def open_representatives(portal: Portal, number: int) -> Iterator[Place]:
    """Yield every page of representatives, for a citizen of the sample who is signed in."""
    reader, parent = portal.system.demo["citizens"][number], Newcomer.register(portal.system)
    child = Newcomer.register(portal.system)
    offer = {"label": LABEL, "name": NAME, "scopes": ["record", "letters", "permits"], "valid_days": 30}
    for person, helper in (
        (reader, {"national_code": child.national_code, "password": reader["password"]}),
        (parent.credentials, {"national_code": reader["national_code"], "password": parent.password}),
    ):
        credentials = {name: str(person[name]) for name in ("national_code", "password")}
        caller = Stranger(portal.system).sign_in(**credentials)
        answer = caller.post(f"{AUTH}/me/representatives", {**offer, **helper})
        assert answer.status_code == 201, answer.text
    yield "representatives.name_representative", "/representatives/new"
    yield "representatives.list_representatives", "/representatives"
    yield "representatives.list_mandates", "/mandates"
    portal.open("/mandates")
    portal.press("می‌پذیرم")
    portal.open("/mandates")
    Helper(portal).begin()
    portal.page.wait_for_url("**/acting")
    yield "acting.show_person", "/acting"
