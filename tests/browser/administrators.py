"""What administrators and institutions' managers do, by the words on the screen."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from tests.browser.closed_accounts import open_closed_accounts
from tests.browser.pages import Portal

Place = tuple[str, str]
OWN_PASSWORD = "سه کلاغ روی سیم برق"


def invent_name(prefix: str) -> str:
    return f"{prefix}.{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True)
class Administration:
    """«مدیریت سامانه»."""

    portal: Portal

    def sign_in(self) -> None:
        admin = self.portal.system.demo["admin"]
        self.portal.open("/admin/sign-in")
        self.portal.fill("نام کاربری", admin["username"])
        self.portal.fill("گذرواژه", admin["password"])
        self.portal.press("ورود مدیر سامانه")
        self.portal.expect_heading("مدیریت سامانه")

    def add_institution(self, name: str) -> str:
        """Return the path of a new institution's page."""
        self.portal.open("/admin/institutions/new")
        self.portal.fill("نام موسسه", name)
        self.portal.fill("هدف‌های استعلام (اختیاری)", "loan | پرداخت وام | Loan")
        self.portal.press("افزودن موسسه")
        self.portal.page.wait_for_url("**/admin/institutions/*-*-*-*-*")
        return self.portal.page.url.removeprefix(self.portal.system.base_url)

    def add_manager(self, institution: str, username: str) -> str:
        """Return the one-time password of a new manager."""
        self.portal.open(f"{institution}/clerks/new")
        self.portal.fill("نام کاربری", username)
        self.portal.page.locator("#is_manager").check()
        self.portal.press("افزودن")
        return note_secret(self.portal)


def note_secret(portal: Portal) -> str:
    """Return the secret that a page shows once, and leave the page."""
    secret = portal.page.locator("#secret").inner_text()
    portal.press("یادداشت کردم")
    return secret


def choose_password(portal: Portal, username: str, one_time_password: str) -> None:
    """Sign in as a clerk or manager with a one-time password, and choose one."""
    portal.open("/institution/sign-in")
    portal.fill("نام کاربری", username)
    portal.fill("گذرواژه", one_time_password)
    portal.press("ورود")
    portal.expect_heading("انتخاب گذرواژه")
    portal.fill("گذرواژه کنونی", one_time_password)
    portal.fill("گذرواژه تازه", OWN_PASSWORD)
    portal.press("ثبت گذرواژه")
    portal.expect_heading("استعلام سند")


def open_for_administrators(portal: Portal) -> Iterator[Place]:
    """Yield every page of administrators and of institutions' managers."""
    yield "admin.sign_in", "/admin/sign-in"
    administration = Administration(portal)
    administration.sign_in()
    yield "admin.show_desk", "/admin"
    yield "admin_officers.list_officers", "/admin/officers"
    yield "admin_officers.create_officer", "/admin/officers/new"
    portal.open("/admin/officers")
    officer = portal.page.locator("main a[href*='-']").first.get_attribute("href")
    yield "admin_officers.show_officer", str(officer)
    yield from open_closed_accounts(portal)
    yield "admin_institutions.list_institutions", "/admin/institutions"
    yield "admin_institutions.create_institution", "/admin/institutions/new"
    institution = administration.add_institution(f"موسسه {invent_name('i')}")
    yield "admin_clerks.create_clerk", f"{institution}/clerks/new"
    yield "admin_clients.create_client", f"{institution}/clients/new"
    client_id, manager = invent_name("program"), invent_name("manager")
    portal.open(f"{institution}/clients/new")
    portal.fill("شناسه برنامه", client_id)
    portal.press("افزودن")
    yield "first_steps.show_secret", "/staff/secret"
    portal.open("/staff/secret")
    note_secret(portal)
    yield "admin_clients.show_client", f"{institution}/clients/{client_id}"
    password = administration.add_manager(institution, manager)
    yield "admin_institutions.show_institution", institution
    yield "admin_institutions.change_institution", f"{institution}/change"
    for endpoint, path in (
        ("list_agreements", "agreement"),
        ("create_agreement", "agreement/new"),
        ("list_failed_requests", "letters"),
        ("list_keys", "keys"),
        ("show_counters", "counters"),
        ("list_acts", "log"),
    ):
        yield f"admin_operations.{endpoint}", f"/admin/{path}"
    yield "first_steps.choose_password", "/staff/password"
    choose_password(portal, manager, password)
    management = "/institution/management"
    yield "manager.show_institution", management
    yield "manager.create_clerk", f"{management}/clerks/new"
    yield "manager.create_client", f"{management}/clients/new"
    yield "manager.list_acts", f"{management}/log"
