"""What failures are counted against."""

import uuid

import pytest

from services.inquiry.actions.limits import Asker


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_an_address_stands_for_its_household(address: str, source: str) -> None:
    assert Asker(address).source == source


def test_an_institution_is_one_source_wherever_it_asks_from() -> None:
    institution_id = uuid.uuid4()
    sources = {Asker(address, institution_id, "x").source for address in ("192.0.2.1", "2001:db8::1")}
    assert sources == {str(institution_id)}
