"""What a person does with the own record and about what is wrong in it, by the words on the screen."""

from dataclasses import dataclass
from typing import Any

import httpx

from services.kit.text import normalise_digits
from tests.browser.pages import Portal

UNDECIDED = ("submitted", "proposed")
MOST_TABS = 60


@dataclass(frozen=True)
class Record:
    """The way of one citizen through «خدمات سابقه»."""

    portal: Portal
    number: int

    @property
    def person(self) -> dict[str, Any]:
        person: dict[str, Any] = self.portal.system.demo["citizens"][self.number]
        return person

    def sign_in(self) -> None:
        self.portal.sign_in(self.number)

    def enter(self, service: str) -> None:
        """Go to one of the services through the menu."""
        self.portal.follow("خدمات سابقه")
        self.portal.follow(service)

    def count_states(self) -> dict[str, int]:
        """Return how many months of the picture are in each state."""
        states = self.portal.page.locator(".picture td:not(.total)").evaluate_all(
            "cells => cells.map(cell => cell.className.split(' ')[0].split('-')[0])"
        )
        return {state: states.count(state) for state in set(states)}

    def read_figure(self, selector: str) -> int:
        """Return the whole number that an element shows."""
        return int(
            "".join(filter(str.isdecimal, normalise_digits(self.portal.page.locator(selector).inner_text())))
        )

    def fill_day(self, legend: str, jalali: str) -> None:
        """Fill the day, month and year of one of several dates from 1404-01-31."""
        group = self.portal.page.get_by_role("group", name=self.portal.translate(legend))
        year, month, day = jalali.split("-")
        group.get_by_label(self.portal.translate("روز"), exact=True).fill(str(int(day)))
        group.get_by_label(self.portal.translate("ماه"), exact=True).select_option(str(int(month)))
        group.get_by_label(self.portal.translate("سال"), exact=True).fill(year)

    def focus_element(self, name: str) -> None:
        """Go with only the Tab key to the link or button of that name."""
        wanted = self.portal.translate(name)
        for _ in range(MOST_TABS):
            self.portal.page.keyboard.press("Tab")
            if self.portal.page.evaluate("document.activeElement.innerText") == wanted:
                return
        raise AssertionError(f"no way to {wanted} by keyboard")

    def settle(self) -> None:
        """Reject this person's undecided objections, as two officers."""
        base, demo = self.portal.system.base_url, self.portal.system.demo
        first, second = (_sign_in(base, demo[name]) for name in ("officer", "second_officer"))
        decision = {"accept": False, "reason": "سندی فرستاده نشد."}
        citizen = _sign_in(base, self.person)
        own = httpx.get(f"{base}/api/v1/records/me/objections?limit=200", headers=citizen).json()["items"]
        mine = {one["id"] for one in own}
        for status in UNDECIDED:
            waiting = httpx.get(
                f"{base}/api/v1/records/objections?status={status}&limit=200", headers=first
            ).json()
            for one in waiting["items"]:
                if one["id"] not in mine:
                    continue
                path = f"{base}/api/v1/records/objections/{one['id']}/decision"
                if status == "submitted":
                    httpx.post(path, json=decision, headers=first).raise_for_status()
                httpx.post(f"{path}/confirmation", headers=second).raise_for_status()


def _sign_in(base: str, account: dict[str, str]) -> dict[str, str]:
    names = ("username", "national_code", "password")
    credentials = {name: account[name] for name in names if name in account}
    answer = httpx.post(f"{base}/api/v1/auth/sessions", json=credentials).raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
