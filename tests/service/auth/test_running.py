"""How auth is run: its loops, what it sweeps away, and what it does not start without."""

import pytest
import sqlalchemy as sa

from services.auth.app import create_app
from services.auth.background import LOOPS, delete_expired, new_consumers, new_loops
from services.kit.settings import SettingsError
from tests.service.auth.desk import Desk


def test_rows_past_their_retention_are_deleted(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    desk.fetch_tokens(person)
    tables = ("code_requests", "refresh_families", "failed_attempts")

    def count() -> list[int]:
        with desk.engine.connect() as connection:
            return [
                connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables
            ]

    before = count()
    assert delete_expired(desk.sessions) == 0
    assert count() == before
    assert 0 not in before
    long_ago = "'2020-01-01 00:00:00.000000'"
    desk.execute_sql(f"UPDATE code_requests SET expires_at = {long_ago}")
    desk.execute_sql(f"UPDATE refresh_families SET expires_at = {long_ago}")
    desk.execute_sql(f"UPDATE failed_attempts SET at = {long_ago}")
    delete_expired(desk.sessions)
    assert count() == [0, 0, 0]
    assert desk.sign_in(person).status_code == 200


def test_the_relay_numbers_committed_events(desk: Desk) -> None:
    desk.add_citizen()
    relay, *_ = new_loops(desk.settings, desk.sessions)
    assert [relay.step(), relay.step()] == [1, 0]


def test_the_loops_are_those_that_can_be_named(desk: Desk) -> None:
    loops = new_loops(desk.settings, desk.sessions)
    consumers = new_consumers(desk.settings, desk.sessions)
    assert tuple(loop.name for loop in [*loops, *consumers.values()]) == LOOPS


def test_an_app_without_its_pepper_does_not_start(desk: Desk) -> None:
    (desk.directory / "pepper").unlink()
    with pytest.raises(SettingsError, match="pepper"):
        create_app(desk.settings)


def test_readiness_asks_the_database(desk: Desk) -> None:
    assert desk.app.test_client().get("/readyz").get_json() == {"status": "ok", "failed": []}
