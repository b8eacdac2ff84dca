"""`/.well-known/security.txt` as RFC 9116 has it, and nothing where nobody is named."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from gateway.portal.app import create_app
from gateway.portal.pages.contact import write_security_txt
from gateway.portal.settings import Settings
from services.kit.settings import SettingsError, load_settings

PATH = "/.well-known/security.txt"


def open_client(settings: Settings, **changed: str) -> FlaskClient:
    return create_app(Settings.model_validate(settings.model_dump() | changed)).test_client()


def read_fields(text: str) -> list[tuple[str, str]]:
    """Return the fields of the file, checked by the grammar of RFC 9116, section 4."""
    assert text.endswith("\n")
    fields = [line.partition(": ")[::2] for line in text.splitlines()]
    assert all(name and value and value == value.strip() for name, value in fields)
    return fields


def test_file_has_contacts_expiry_languages_and_address(settings: Settings) -> None:
    contacts = "mailto:security@govah.example https://govah.example/report tel:+98-21-0000000"
    client = open_client(settings, security_contact=contacts, public_url="https://govah.example/")
    answer = client.get(PATH)
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; charset=utf-8"
    fields = read_fields(answer.text)
    assert [value for name, value in fields if name == "Contact"] == contacts.split()
    once = {name: value for name, value in fields if name != "Contact"}
    assert len(once) == len(fields) - 3
    assert once.keys() == {"Expires", "Preferred-Languages", "Canonical"}
    assert once["Preferred-Languages"] == "fa, en"
    assert once["Canonical"] == f"https://govah.example{PATH}"
    ends = datetime.fromisoformat(once["Expires"])
    assert timedelta(days=90) < ends - datetime.now(UTC) < timedelta(days=364)
    assert client.head(PATH).status_code == 200
    assert client.post(PATH).status_code in {400, 405}


@pytest.mark.parametrize("day", ["2027-02-28", "2028-02-29", "2027-12-31"])
def test_expiry_is_within_a_year_on_every_day(day: str) -> None:
    now = datetime.fromisoformat(f"{day}T23:59:59+00:00")
    text = write_security_txt(["mailto:a@b.example"], "https://govah.example", now)
    ends = datetime.fromisoformat(dict(read_fields(text))["Expires"])
    assert timedelta(days=90) < ends - now < timedelta(days=365)


def test_file_has_no_address_without_https(settings: Settings) -> None:
    text = open_client(settings, security_contact="mailto:a@b.example").get(PATH).text
    assert "Canonical" not in text


def test_file_is_missing_without_a_contact(settings: Settings) -> None:
    assert open_client(settings).get(PATH).status_code == 404
    assert open_client(settings, security_contact="  ").get(PATH).status_code == 404


@pytest.fixture
def environ(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in settings.model_dump().items():
        monkeypatch.setenv(f"GOVAH_{name.upper()}", str(value))
    return monkeypatch


@pytest.mark.parametrize(
    "contact",
    [
        *(
            "security@govah.example",
            "http://govah.example",
            "mailto:",
            "mailto:nobody",
            "https://",
            "ftp://x",
        ),
        *("javascript:alert(1)", "mailto:a@b.example, mailto:c@d.example x", "mailto:الف@govah.example"),
        *("mailto:a@b.example\x1b[2J", "none"),
    ],
)
def test_portal_does_not_start_with_an_invalid_contact(environ: pytest.MonkeyPatch, contact: str) -> None:
    environ.setenv("GOVAH_SECURITY_CONTACT", contact)
    with pytest.raises(SettingsError, match="GOVAH_SECURITY_CONTACT"):
        load_settings(Settings)


def test_line_break_in_the_setting_adds_no_field(settings: Settings) -> None:
    client = open_client(settings, security_contact="mailto:a@b.example\nmailto:c@d.example")
    assert [name for name, _ in read_fields(client.get(PATH).text)].count("Contact") == 2
