"""People whom no other test knows, with or without an account, so that journeys do not meet."""

import uuid
from dataclasses import dataclass, replace
from typing import Self

from services.kit.jalali import format_jalali_date
from tests.browser.changes import Workshop
from tests.browser.pages import Portal
from tests.e2e.client import Stranger
from tests.e2e.system import System

PASSWORD = "five red apples on a table"


@dataclass(frozen=True)
class Newcomer:
    """A person with one month in the record, and the mobile and password of the account."""

    national_code: str | None
    insurance_number: str
    birth_date_jalali: str
    mobile: str
    password: str = PASSWORD

    @classmethod
    def create_employee(cls, system: System, *, is_foreigner: bool = False) -> Self:
        """Return somebody whom a list has brought, without an account."""
        workshop = Workshop(system)
        person = workshop.person
        if is_foreigner:
            person = replace(person, national_code=None, first_name="گل احمد", foreigner=True)
        workshop.import_list(person)
        assert person.birth_date
        return cls(
            person.national_code,
            str(person.insurance_number),
            format_jalali_date(person.birth_date),
            invent_mobile(),
        )

    @classmethod
    def register(cls, system: System) -> Self:
        """Return somebody with an account."""
        person = cls.create_employee(system)
        Stranger(system).register(
            str(person.national_code), person.birth_date_jalali, person.mobile, person.password
        )
        return person

    @property
    def credentials(self) -> dict[str, str]:
        number = {"national_code": self.national_code} if self.national_code else {}
        return {**(number or {"insurance_number": self.insurance_number}), "password": self.password}

    def sign_in(self, portal: Portal) -> None:
        """Sign in at the portal with the number that the person has. Anybody who was signed in leaves."""
        sign_out(portal)
        portal.open("/sign-in")
        if self.national_code:
            portal.fill("کد ملی (نام کاربری)", self.national_code)
        else:
            portal.follow("کد ملی ندارم؛ ورود با شماره بیمه")
            portal.fill("شماره بیمه", self.insurance_number)
        portal.fill("گذرواژه", self.password)
        portal.press("ورود به سامانه")
        portal.expect_heading("تامین اجتماعی من")


def invent_mobile() -> str:
    return f"0912{uuid.uuid4().int % 10**7:07}"


def sign_out(portal: Portal) -> None:
    """Sign out, if somebody is signed in."""
    leave = portal.page.get_by_role("button", name=portal.translate("خروج"), exact=True)
    if leave.count():
        leave.click()
