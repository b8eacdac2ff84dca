"""A letter is superseded only if a figure that it shows has changed, which records is asked about."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.disclosure.actions.figure_checks import check_figures
from services.disclosure.actions.snapshots import seal_snapshots
from services.disclosure.clients import FigureQuery
from services.disclosure.models import FigureCheck
from services.kit.db import sql_now
from services.kit.problems import Unavailable
from services.kit.storage import KeyFile, SealedObjects, new_key_line
from tests.fakes.disclosure import FakeFigures
from tests.service.disclosure.desk import AHMADI, API, KARIMI, OFFICER, Desk, build_record_change

MONTH = "1390-01"


def get_states(desk: Desk, *letter_ids: str) -> list[object]:
    return [desk.get_letter(letter_id)["state"] for letter_id in letter_ids]


def list_checks(desk: Desk) -> Sequence[FigureCheck]:
    with desk.sessions() as session:
        return session.scalars(sa.select(FigureCheck)).all()


def seal_statements(desk: Desk) -> None:
    sealed = SealedObjects(desk.objects, KeyFile(desk.settings.storage_keys_file))
    assert seal_snapshots(desk.sessions, sealed) > 0


@pytest.mark.parametrize(
    ("changed", "states"),
    [
        (set(), ["valid"] * 4),
        ({"wages"}, ["valid", "superseded", "valid", "superseded"]),
        ({"all"}, ["superseded", "valid", "valid", "superseded"]),
        ({"all", "consolidated"}, ["superseded", "valid", "superseded", "superseded"]),
        ({"all", "wages", "consolidated"}, ["superseded"] * 4),
    ],
)
def test_letters_are_superseded_by_the_types_that_changed(
    desk: Desk, changed: set[str], states: list[str]
) -> None:
    types = (["all"], ["wages"], ["consolidated"], ["all", "wages"])
    letters = [desk.deliver_letter(types=chosen) for chosen in types]
    desk.figures.changed = changed
    desk.change_record(MONTH, AHMADI)
    assert get_states(desk, *letters) == states
    assert desk.list_outbox().count("letter.superseded") == states.count("superseded")
    assert list_checks(desk) == []


def test_one_call_compares_a_batch(desk: Desk) -> None:
    desk.deliver_letter(types=["all"])
    desk.deliver_letter(KARIMI, types=["wages"])
    desk.change_record(MONTH, AHMADI, KARIMI)
    [queries] = desk.figures.calls
    assert sorted((str(query.person_id), tuple(query.types)) for query in queries) == [
        (str(AHMADI), ("all",)),
        (str(KARIMI), ("wages",)),
    ]
    statement = desk.records.content
    # The month in which the statement was made, or a later one that it lists.
    until = max(statement["as_of_jalali"][:7], statement["summary"]["last_month_jalali"])
    version = statement["schema_version"]
    assert {(query.until_jalali, query.schema_version) for query in queries} == {(until, version)}
    assert desk.check_figures() == 0
    assert len(desk.figures.calls) == 1


def test_sealed_statements_are_compared_too(desk: Desk) -> None:
    letter_id = desk.deliver_letter()
    seal_statements(desk)
    desk.figures.changed = set()
    desk.change_record(MONTH, AHMADI)
    assert get_states(desk, letter_id) == ["valid"]
    desk.figures.changed = {"all"}
    desk.change_record(MONTH, AHMADI)
    assert get_states(desk, letter_id) == ["superseded"]


def test_comparisons_wait_while_records_is_away(desk: Desk) -> None:
    letter_id = desk.deliver_letter()
    desk.figures.fails = Unavailable()
    desk.note_change(build_record_change(MONTH, AHMADI))
    for _ in range(2):
        with pytest.raises(Unavailable):
            desk.check_figures()
    assert get_states(desk, letter_id) == ["valid"]
    # The feed goes on meanwhile.
    desk.note_change(build_record_change(MONTH, AHMADI))
    desk.figures.fails = None
    assert desk.check_figures() == 1
    assert get_states(desk, letter_id) == ["superseded"]
    assert desk.list_outbox().count("letter.superseded") == 1
    assert list_checks(desk) == []


def test_a_change_during_a_comparison_is_compared_again(desk: Desk) -> None:
    letter_id = desk.deliver_letter()

    class ChangingFigures(FakeFigures):
        def fetch_digests(self, queries: Sequence[FigureQuery]) -> Sequence[Mapping[str, str] | None]:
            digests = super().fetch_digests(queries)
            desk.note_change(build_record_change(MONTH, AHMADI))
            return digests

    desk.figures = ChangingFigures(desk.records, changed=set())
    desk.change_record(MONTH, AHMADI)
    assert get_states(desk, letter_id) == ["valid"]
    assert len(list_checks(desk)) == 1
    desk.figures = FakeFigures(desk.records, changed={"all"})
    assert desk.check_figures() == 1
    assert get_states(desk, letter_id) == ["superseded"]


def test_figures_of_a_person_without_a_record_have_changed(desk: Desk) -> None:
    letter_id = desk.deliver_letter()
    desk.figures.changed, desk.figures.strangers = set(), {AHMADI}
    desk.change_record(MONTH, AHMADI)
    assert get_states(desk, letter_id) == ["superseded"]


def test_figures_of_an_unknown_schema_version_are_compared_later(desk: Desk) -> None:
    letter_id = desk.deliver_letter()
    desk.figures.knows_version = False
    desk.change_record(MONTH, AHMADI)
    assert get_states(desk, letter_id) == ["valid"]
    assert [check.tries for check in list_checks(desk)] == [1]


def test_a_letter_that_was_revoked_meanwhile_stays_so(desk: Desk) -> None:
    letter_id = desk.deliver_letter()
    desk.note_change(build_record_change(MONTH, AHMADI))
    serial = desk.get_letter(letter_id)["serial"]
    desk.client.post(f"{API}/letters/{serial}/revocation", json={"reason": "x"}, headers=OFFICER)
    assert desk.check_figures() == 1
    assert (get_states(desk, letter_id), list_checks(desk)) == (["revoked"], [])
    assert "letter.superseded" not in desk.list_outbox()


def test_an_unreadable_statement_delays_its_own_letter_only(desk: Desk, tmp_path: Path) -> None:
    damaged = desk.deliver_letter(types=["wages"])
    seal_statements(desk)
    sound = desk.deliver_letter()
    other_keys = tmp_path / "other.storage"
    other_keys.write_text(new_key_line())
    without_key = SealedObjects(desk.objects, KeyFile(other_keys))
    desk.note_change(build_record_change(MONTH, AHMADI))
    assert check_figures(desk.sessions, without_key, desk.figures) == 2
    assert get_states(desk, damaged, sound) == ["valid", "superseded"]
    assert check_figures(desk.sessions, without_key, desk.figures) == 0
    assert [(str(check.letter_id), check.tries) for check in list_checks(desk)] == [(damaged, 1)]
    with desk.sessions.begin() as session:
        session.execute(sa.update(FigureCheck).values(due_at=sql_now(-1)))
    assert desk.check_figures() == 1
    assert get_states(desk, damaged) == ["superseded"]


def test_a_letter_of_before_the_change_does_not_stay_the_successor(desk: Desk) -> None:
    old = desk.deliver_letter()
    desk.note_change(build_record_change(MONTH, AHMADI))
    desk.records.content = {**desk.records.content, "as_of": datetime.now(UTC).isoformat()}
    newer = desk.deliver_letter()
    # The record has changed again, but the event of it has not come.
    desk.check_figures()
    change = build_record_change(MONTH, AHMADI)
    desk.note_change(replace(change, occurred_at=change.occurred_at - timedelta(seconds=1)))
    desk.check_figures()
    assert get_states(desk, old, newer) == ["superseded"] * 2
    for letter_id in (old, newer):
        assert desk.get_letter(letter_id)["superseded_by"] is None
        assert desk.get_letter(letter_id)["offer"] is not None


def test_a_newer_letter_that_shows_the_change_is_the_successor(desk: Desk) -> None:
    old, other = desk.deliver_letter(types=["all"]), desk.deliver_letter(types=["wages"])
    desk.note_change(build_record_change(MONTH, AHMADI))
    later = datetime.now(UTC) + timedelta(minutes=2)
    desk.records.content = {**desk.records.content, "as_of": later.isoformat()}
    newer = desk.deliver_letter(types=["all", "consolidated"])
    desk.check_figures()
    assert get_states(desk, old, other, newer) == ["superseded", "superseded", "valid"]
    assert desk.get_letter(old)["superseded_by"] == newer
    assert desk.get_letter(other)["superseded_by"] is None


def test_a_change_long_before_the_statement_needs_no_comparison(desk: Desk) -> None:
    later = datetime.now(UTC) + timedelta(minutes=2)
    desk.records.content = {**desk.records.content, "as_of": later.isoformat()}
    letter_id = desk.deliver_letter()
    desk.change_record(MONTH, AHMADI)
    assert (get_states(desk, letter_id), desk.figures.calls) == (["valid"], [])


def test_a_change_just_before_the_statement_is_compared(desk: Desk) -> None:
    change = build_record_change(MONTH, AHMADI)
    desk.records.content = {**desk.records.content, "as_of": datetime.now(UTC).isoformat()}
    letters = [desk.deliver_letter(types=["all"]), desk.deliver_letter(types=["wages"])]
    desk.figures.changed = {"wages"}
    desk.note_change(change)
    assert desk.check_figures() == 2
    assert get_states(desk, *letters) == ["valid", "superseded"]
