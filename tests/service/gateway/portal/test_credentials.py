"""«گواهی دیجیتال نامه»: choosing what a credential shows, and saving it."""

import httpx
import pytest

from tests.service.gateway.portal.desk import Person, Services
from tests.service.gateway.portal.letters import INBOX, LETTER, PERMITS, build_letter, build_page

PAGE = f"/inbox/{LETTER}/credential"
CALL = f"{INBOX}/{LETTER}/credential"


@pytest.fixture
def citizen(person: Person, services: Services) -> Person:
    services.set_reply("GET", f"{INBOX}/{LETTER}", 200, build_letter())
    services.set_reply("GET", PERMITS, 200, build_page())
    services.handlers["GET", CALL] = lambda _: httpx.Response(200, content=b"e30.e30.AA~WyJzIl0~")
    person.sign_in()
    return person


def test_chosen_parts_are_saved_as_a_file(citizen: Person, services: Services) -> None:
    assert f'href="{PAGE}"' in citizen.read(f"/inbox/{LETTER}")
    saved = citizen.send(PAGE, parts=["summary.total_days", "tables.wages"])
    assert services.list_requests("GET", CALL)[-1].url.params.get_list("part") == [
        "summary.total_days",
        "tables.wages",
    ]
    assert saved.data == b"e30.e30.AA~WyJzIl0~"
    assert saved.mimetype == "application/dc+sd-jwt"
    assert saved.headers["Content-Disposition"] == 'attachment; filename="govah-1234567890123.sd-jwt"'
    assert saved.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("parts", [[], ["tables.consolidated"], ["<b>"], ["summary.total_days", "serial"]])
def test_no_part_and_parts_of_no_letter_are_errors_of_the_field(
    citizen: Person, services: Services, parts: list[str]
) -> None:
    page = citizen.send(PAGE, parts=parts)
    assert "<title>خطا:" in page.text
    assert services.list_requests("GET", CALL) == []


def test_only_tables_of_the_letter_can_be_chosen(citizen: Person, services: Services) -> None:
    services.set_reply("GET", f"{INBOX}/{LETTER}", 200, build_letter(types=["consolidated"]))
    page = citizen.read(PAGE)
    assert 'value="tables.consolidated"' in page
    assert "tables.wages" not in page


def test_revoked_letter_offers_no_credential(citizen: Person, services: Services) -> None:
    revoked = build_letter(
        state="revoked", revoked_at="2026-11-22T09:30:00+00:00", revocation_reason="اشتباه"
    )
    services.set_reply("GET", f"{INBOX}/{LETTER}", 200, revoked)
    assert PAGE not in citizen.read(f"/inbox/{LETTER}")
    assert 'name="parts"' not in citizen.read(PAGE)
    assert services.list_requests("GET", CALL) == []
