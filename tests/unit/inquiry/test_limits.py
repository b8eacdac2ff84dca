"""The source that failures are counted against."""

import uuid

import pytest

from services.inquiry.actions.limits import Inquirer


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
def test_source_of_an_address_is_its_network(address: str, source: str) -> None:
    assert Inquirer(address).source == source


def test_institution_is_one_source_from_any_address() -> None:
    institution_id = uuid.uuid4()
    sources = {Inquirer(address, institution_id, "x").source for address in ("192.0.2.1", "2001:db8::1")}
    assert sources == {str(institution_id)}
