"""The demo's steps of two officers, on a running system with a few invented people."""

import secrets
from pathlib import Path

import pytest
from rich.console import Console

from govah import samples
from govah.cli.decisions import Officers, decide_held_row, replace_list
from govah.cli.lists import upload
from govah.cli.tellers import Teller
from govah.local.list_files import find_lists
from govah.local.seeding import find_last_complete_month
from govah_client.client import Client
from tests.e2e.system import System

pytestmark = pytest.mark.xdist_group("e2e")


def sum_listed(person: samples.SamplePerson) -> tuple[int, int]:
    """Return the days, never above those of a month, and the wages of the lists."""
    months = {one.month for one in person.contributions}
    days = sum(
        min(month.days, sum(one.days for one in person.contributions if one.month == month))
        for month in months
    )
    return days, sum(one.wage for one in person.contributions)


def fetch_totals(officers: Officers, person: samples.SamplePerson) -> tuple[int, int]:
    """Return the days and the wages of a person's record."""
    tables = officers.second.records.search_person(str(person.national_code), "آزمون")["statement"]["tables"]
    return tables["consolidated"]["total_days"], tables["wages"]["total_wage"]


def test_demo_decides_a_held_row_and_replaces_a_list(system: System, tmp_path: Path) -> None:
    tree = samples.generate(
        8, 4, 2, "mixed", secrets.randbits(32), tmp_path / "lists", last_month=find_last_complete_month()
    )
    person = max(tree.people, key=lambda one: (one.national_code is not None, len(one.contributions)))
    console = Console(record=True, width=200)
    with Client.connect(system.base_url) as client:
        officers = Officers.sign_in(client, system.data_dir)
        outcomes, _ = upload(console, officers.first, find_lists(tmp_path / "lists"))
        assert outcomes["accepted"] == len(tree.lists)
        code = str(person.national_code)
        before = {one.national_code: sum_listed(one) for one in tree.people if one.national_code}
        assert fetch_totals(officers, person) == before[code]
        decide_held_row(Teller(console), officers, tree, person, tmp_path / "late")
        # The row with the person's code counts for its owner, and for nobody else.
        after = {one.national_code: fetch_totals(officers, one) for one in tree.people if one.national_code}
        changed = [code for code, totals in after.items() if totals != before[code]]
        assert len(changed) == 1
        assert changed != [code]
        assert after[changed[0]] == (before[changed[0]][0], before[changed[0]][1] + 2_000_000)
        replace_list(Teller(console), officers, tree, person, tmp_path / "again")
        assert fetch_totals(officers, person)[1] < before[code][1]
    printed = console.export_text()
    for sentence in (
        "صاحبش روشن نیست",
        "خودش نمی‌تواند آن را تایید کند.",
        "کارشناس دوم تایید می‌کند.",
        "شمرده می‌شود.",
        "پیش‌تر با محتوای دیگری ثبت شده است.",
        "نسخه ۲ لیست در سوابق است",
    ):
        assert sentence in printed
