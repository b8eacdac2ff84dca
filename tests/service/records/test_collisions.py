"""Stored lists and people that are one in canonical form: the system proposes, and two officers decide."""

import uuid
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from services.kit.schema import migrate
from services.records.models import ImportedList, Person, Proposal, Workshop
from services.records.proposals.collisions import propose_about_collisions
from services.records.store.collisions import find_later_people
from tests.fakes.lists import FOREIGNER, HASAN, MARYAM
from tests.service.records.desk import OFFICER, Desk, write_files
from tests.service.records.test_list_versions import PROPOSALS, SECOND, call_as, read_figures


def store_as_before(desk: Desk, **numbers: str) -> None:
    """Give lists, by their number, the spelling that older code stored, and forget canonical numbers."""
    with desk.sessions.begin() as session:
        for number, spelling in numbers.items():
            session.execute(
                sa.update(ImportedList)
                .where(ImportedList.list_number == number.removeprefix("n"))
                .values(list_number=spelling)
            )
        session.execute(sa.update(ImportedList).values(canonical_number=None))
        session.execute(sa.update(Workshop).values(canonical_code=None))
        session.execute(sa.update(Person).values(canonical_insurance_number=None))


def list_canonical(desk: Desk) -> list[Any]:
    with desk.sessions() as session:
        return list(session.scalars(sa.select(ImportedList.canonical_number).order_by(ImportedList.position)))


def list_system_proposals(desk: Desk) -> list[Proposal]:
    with desk.sessions() as session:
        return list(session.scalars(sa.select(Proposal).where(Proposal.by_system)))


def test_migration_fills_canonical_numbers_and_changes_no_figure(desk: Desk) -> None:
    for number in ("1", "2", "3"):
        desk.import_list(write_files(MARYAM, FOREIGNER, number=number))
    desk.import_list(write_files(HASAN, workshop="0099999999"))
    store_as_before(desk, n1="01", n2="000000000001")
    with desk.sessions.begin() as session:
        session.execute(sa.update(Workshop).where(Workshop.code == "0012345678").values(code="12345678"))
        session.execute(
            sa.update(Person).where(Person.national_code.is_(None)).values(insurance_number="0034567890")
        )
    before = read_figures(desk, MARYAM, HASAN)
    migrate(desk.engine, "services.records", "0008_serves_0002")
    migrate(desk.engine, "services.records")
    assert list_canonical(desk) == ["1", None, "3", "1"]
    with desk.sessions() as session:
        codes = session.execute(
            sa.select(Workshop.code, Workshop.canonical_code).order_by(Workshop.position)
        ).all()
        numbers = session.scalars(
            sa.select(Person.canonical_insurance_number).order_by(Person.position)
        ).all()
    assert codes == [("12345678", "0012345678"), ("0099999999", "0099999999")]
    assert set(numbers) == {"12345678", "34567890", "23456789"}
    assert read_figures(desk, MARYAM, HASAN) == before
    assert list_system_proposals(desk) == []


def test_later_list_of_a_collision_is_proposed_for_withdrawal_once(desk: Desk) -> None:
    first = desk.import_list(write_files(MARYAM))
    later = desk.import_list(write_files(MARYAM, HASAN, number="2"))
    store_as_before(desk, n1="01", n2="1")
    assert read_figures(desk, MARYAM) == [(30, 160_000_000)]
    for _ in range(2):
        propose_about_collisions(desk.sessions)
    [proposal] = list_system_proposals(desk)
    assert (proposal.kind, str(proposal.target), proposal.proposed_by) == (
        "list-withdrawal",
        later["id"],
        None,
    )
    assert list_canonical(desk) == ["1", None]
    assert read_figures(desk, MARYAM) == [(30, 160_000_000)]
    path = f"{PROPOSALS}/{proposal.id}/confirmation"
    assert call_as(desk, OFFICER, "POST", path).get_json()["status"] == "proposed"
    assert call_as(desk, SECOND, "POST", path).get_json()["status"] == "confirmed"
    assert read_figures(desk, MARYAM, HASAN) == [(30, 80_000_000), (0, 0)]
    propose_about_collisions(desk.sessions)
    assert len(list_system_proposals(desk)) == 1
    assert desk.upload(write_files(MARYAM)).get_json()["id"] == first["id"]


def test_rejected_proposal_of_the_system_does_not_come_again(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    desk.import_list(write_files(HASAN, number="2"))
    store_as_before(desk, n1="01", n2="1")
    propose_about_collisions(desk.sessions)
    [proposal] = list_system_proposals(desk)
    call_as(desk, OFFICER, "POST", f"{PROPOSALS}/{proposal.id}/rejection", json={"reason": "متمم است"})
    propose_about_collisions(desk.sessions)
    assert len(list_system_proposals(desk)) == 1


def test_lists_of_two_spellings_of_a_workshop_collide(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    later = desk.import_list(write_files(HASAN, workshop="0099999999"))
    other = desk.import_list(write_files(HASAN, workshop="0099999999", number="7"))
    with desk.sessions.begin() as session:
        session.execute(sa.update(Workshop).values(canonical_code=None))
        session.execute(sa.update(Workshop).where(Workshop.code == "0099999999").values(code="012345678"))
        session.execute(sa.update(ImportedList).values(canonical_number=None))
    propose_about_collisions(desk.sessions)
    assert [str(proposal.target) for proposal in list_system_proposals(desk)] == [later["id"]]
    assert other["id"] != later["id"]
    with desk.sessions() as session:
        assert session.scalars(sa.select(Workshop.canonical_code).order_by(Workshop.position)).all() == [
            "0012345678",
            None,
        ]


def test_rows_that_old_code_adds_get_their_numbers(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM, FOREIGNER))
    store_as_before(desk, n1="001")
    propose_about_collisions(desk.sessions)
    assert list_canonical(desk) == ["1"]
    assert list_system_proposals(desk) == []
    with desk.sessions() as session:
        assert None not in session.scalars(sa.select(Person.canonical_insurance_number)).all()


def test_people_of_one_insurance_number_are_found(desk: Desk) -> None:
    other = replace(FOREIGNER, insurance_number="44567890")
    desk.import_list(write_files(FOREIGNER, replace(other, row=2)))
    with desk.sessions.begin() as session:
        session.execute(
            sa.update(Person)
            .where(Person.insurance_number == "44567890")
            .values(insurance_number="0034567890", canonical_insurance_number=None)
        )
    propose_about_collisions(desk.sessions)
    with desk.sessions() as session:
        first, later = session.scalars(sa.select(Person).order_by(Person.insurance_number.desc()))
        assert find_later_people(session) == [(later.id, first.id)]
        assert (first.canonical_insurance_number, later.canonical_insurance_number) == ("34567890", None)
    assert isinstance(first.id, uuid.UUID)
