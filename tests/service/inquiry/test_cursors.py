"""Every list of inquiry shows each item once, in pages of any size."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.inquiry.models import Institution
from tests.paging import assert_paged
from tests.service.inquiry.desk import API, Desk, Person


def make_getter(desk: Desk, path: str, person: Person) -> Callable[[Mapping[str, Any]], TestResponse]:
    return lambda page: desk.client.get(f"{API}/{path}", query_string=page, headers=person.headers)


def test_permits_and_views_are_paged(desk: Desk) -> None:
    person, other = desk.add_person(1), desk.add_person(2)
    permits = [desk.issue_permit(person) for _ in range(3)]
    desk.issue_permit(other)
    for _ in range(3):
        assert desk.inquire(person.national_code, permits[0]["code"]).status_code == 200
    assert desk.inquire(person.national_code, permits[1]["code"]).status_code == 200
    assert_paged(make_getter(desk, "permits", person), 3)
    assert_paged(make_getter(desk, f"permits/{permits[0]['id']}/views", person), 3)
    assert_paged(make_getter(desk, f"permits/{permits[1]['id']}/views", person), 1)
    assert_paged(make_getter(desk, f"permits/{permits[2]['id']}/views", person), 0)


def test_institutions_are_paged(desk: Desk) -> None:
    person = desk.add_person()
    with desk.sessions.begin() as session:
        for name in ("بانک نمونه", "سفارت نمونه", "دانشگاه نمونه", "کارفرمای نمونه"):
            session.add(Institution(id=uuid.uuid4(), name=name))
    assert_paged(make_getter(desk, "institutions", person), 4)


@pytest.mark.parametrize("path", ["permits", "institutions"])
def test_an_empty_list_is_one_empty_page(desk: Desk, path: str) -> None:
    assert make_getter(desk, path, desk.add_person())({}).get_json() == {"items": [], "next_cursor": None}
