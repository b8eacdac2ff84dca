"""A child acts for an old parent, within what was given, until the parent ends it."""

import pytest
from playwright.sync_api import expect

from tests.browser.institutions import Panel
from tests.browser.letters import Letters
from tests.browser.pages import Portal, describe_page
from tests.browser.people import Newcomer, sign_out
from tests.browser.representatives import LABEL, Helper, Principal
from tests.e2e.client import DISCLOSURE, Stranger
from tests.waiting import wait_until

RECORD, LETTERS, PERMITS = "دیدن سوابق", "درخواست و دیدن نامه‌ها", "صدور و لغو مجوز استعلام"
# The person's own for ever, and given to nobody.
NEVER_GIVEN = ("/home", "/record/objections", "/representatives", "/account", "/account/password", "/reports")
PERMIT_OF_A_MONTH = "یک ماه (۳۰ روز) – پیشنهادی"


@pytest.fixture
def person(portal: Portal) -> Newcomer:
    """Return the parent, signed in."""
    person = Newcomer.register(portal.system)
    person.sign_in(portal)
    return person


def invite(person: Newcomer, portal: Portal, *given: str) -> Newcomer:
    """Name a new child with an account as representative. Return the child."""
    child, principal = Newcomer.register(portal.system), Principal(portal)
    principal.open_form()
    portal.look("representative-new")
    principal.name_representative(child, (), "")
    portal.expect_mistakes(2)
    portal.look("representative-new-mistakes")
    principal.name_representative(child, given, person.password)
    portal.expect_heading("نمایندگان من")
    portal.look("representatives-invited")
    return child


def start_helper(portal: Portal, child: Newcomer) -> Helper:
    """Return the child, who has accepted and acts."""
    helper = Helper(portal)
    child.sign_in(portal)
    helper.accept()
    portal.look("mandates")
    helper.begin()
    expect(portal.page.locator("h1")).to_have_text(helper.heading)
    portal.look("acting")
    return helper


def test_a_child_acts_for_a_parent_until_it_is_ended(
    person: Newcomer, portal: Portal, second_portal: Portal
) -> None:
    child = invite(person, portal, RECORD, LETTERS, PERMITS)
    sign_out(portal)
    helper = start_helper(second_portal, child)
    second_portal.follow("مشاهده سوابق")
    expect(second_portal.page.locator(".picture")).to_have_count(1)
    helper.expect_open_links()
    second_portal.look("acting-record")
    for path in NEVER_GIVEN:
        assert helper.get_status(path) == 403, path
    second_portal.look("acting-not-given")
    letters = Letters(second_portal)
    second_portal.open("/disclosure")
    helper.expect_open_links()
    letters.get_letter()
    helper.expect_open_links()
    second_portal.look("acting-letter")
    citizen = Stranger(portal.system).sign_in(**person.credentials)
    [letter] = citizen.get(f"{DISCLOSURE}/inbox").json()["items"]
    citizen.wait_until_registered(letter["serial"])
    code = letters.issue(PERMIT_OF_A_MONTH)
    second_portal.look("acting-code")
    for path in ("/permits", "/inbox", "/record/wages"):
        second_portal.open(path)
        helper.expect_open_links()

    panel = Panel(portal)
    panel.sign_in()
    panel.inquire(str(person.national_code), code, "وام مسکن")
    portal.expect_heading("نامه اعلام سابقه")

    person.sign_in(portal)
    words = "(به نمایندگی)" if portal.language == "fa" else "(by your representative)"
    acts = portal.page.locator(".log li").filter(has_text=words)

    def has_acts() -> bool:
        portal.open("/home")
        return acts.count() >= 2

    wait_until(has_acts, lambda: describe_page(portal.page), pause=0.5)
    assert all(LABEL in text for text in acts.all_inner_texts())
    portal.look("activity-of-a-representative")
    portal.follow("صندوق شخصی من")
    Principal(portal).end_mandate()
    portal.expect_heading("نمایندگان من")
    expect(portal.page.get_by_role("status")).to_have_text(portal.translate("نمایندگی پایان یافت."))
    portal.look("representatives-ended")

    def is_out() -> bool:
        helper.portal.open("/record/months")
        return helper.portal.page.url.endswith("/mandates")

    wait_until(is_out, lambda: describe_page(helper.portal.page), pause=0.2)
    expect(helper.portal.page.get_by_role("status")).to_have_text(
        helper.portal.translate("این نمایندگی پایان یافته است و به حساب خودتان برگشتید.")
    )
    helper.portal.look("acting-ended")
    # The child has the own account still.
    helper.portal.open("/home")
    helper.portal.expect_heading("تامین اجتماعی من")


def test_a_helper_with_the_record_only_gets_no_letter(
    person: Newcomer, portal: Portal, second_portal: Portal
) -> None:
    helper = start_helper(second_portal, invite(person, portal, RECORD))
    page = second_portal.page
    for name in ("اعلام سابقه به موسسات", "صندوق شخصی", "مجوزهای استعلام"):
        expect(page.get_by_role("link", name=second_portal.translate(name), exact=True)).to_have_count(0)
    assert helper.get_status("/record/wages") == 200
    helper.expect_open_links()
    for path in ("/disclosure", "/inbox", "/permits", *NEVER_GIVEN):
        assert helper.get_status(path) == 403, path
    button = second_portal.translate("پایان کار به نمایندگی")
    page.get_by_role("button", name=button, exact=True).click()
    second_portal.expect_heading("نمایندگی‌های من")
    assert helper.get_status("/disclosure") == 200
