"""Lists of one transaction are imported as if one had come after the other, in few statements."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.kit.national_code import compute_check_digit
from services.kit.schema import migrate
from services.records.imports import batches
from services.records.lists import WorkerRow
from services.records.models import (
    Contribution,
    HeldRow,
    IdentityDifference,
    ImportedList,
    Outbox,
    Person,
    Workshop,
)
from services.records.store import people as stored_people
from tests.fakes.lists import HASAN, MARYAM, MEHR
from tests.service.records.desk import Desk, Files, open_desk, write_files
from tests.service.records.importing import import_archive, lay_out, run, upload, write_zip

ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
PEOPLE, LISTS, ROWS_OF_A_BATCH = 10, 35, 40
# Seconds that an import waits for the other one to come as far, before it goes on alone.
MEETING = 0.5


def build_code(number: int) -> str:
    code = f"{100_000_000 + number:09}"
    return code + compute_check_digit(code)


def write_quarrelsome_town(order: Random) -> dict[str, Files]:
    """Return lists of few people, who give each other's numbers and leave out what others state."""
    lists: dict[str, Files] = {}
    for at in range(LISTS):
        rows: list[WorkerRow] = []
        for number in order.sample(range(PEOPLE), order.randint(1, 4)):
            base = order.choice((MARYAM, HASAN))
            row = replace(
                base,
                row=len(rows) + 1,
                national_code=build_code(number),
                insurance_number=f"{order.choice((number, number, number, number + 1)) + 20_000_000}",
                last_name=f"{base.last_name}{'اب'[number % 2]}",
            )
            if order.random() < 0.2:
                row = replace(row, national_code=None, foreigner=True)
            if order.random() < 0.3:
                row = replace(row, birth_date=None, sex=None)
            elif order.random() < 0.3:
                row = replace(row, birth_date=date(1985, 2, order.randint(1, 9)))
            if order.random() < 0.2 and row.national_code:
                row = replace(row, insurance_number=None)
            rows.append(row)
        lists[f"{at:04}"] = write_files(
            *rows,
            workshop=f"{order.randint(1, 9):010}",
            name=f"کارگاه {order.randint(1, 3)}",
            month=MEHR.add_months(order.randint(0, 2)),
            number=f"{order.randint(1, 3):02}",
        )
    return lists


def describe_records(desk: Desk) -> Mapping[str, Sequence[Any]]:
    """Return what an import has stored, without ids, positions and times."""
    person = sa.func.coalesce(Person.national_code, Person.insurance_number)
    place = (Workshop.code, ImportedList.month, ImportedList.list_number)
    of_list = sa.select(*place).join(Workshop, Workshop.position == ImportedList.workshop_position)
    queries: dict[str, Any] = {
        "people": sa.select(
            Person.national_code, Person.insurance_number, Person.canonical_insurance_number,
            Person.first_name, Person.last_name, Person.birth_date, Person.sex,
        ),
        "workshops": sa.select(Workshop.code, Workshop.name, Workshop.named_in, Workshop.folded_name),
        "lists": of_list.add_columns(
            ImportedList.content_sha256, ImportedList.findings_total, ImportedList.findings
        ),
        "contributions": of_list.join(Contribution, Contribution.list_position == ImportedList.position)
        .join(Person, Person.position == Contribution.person_position)
        .add_columns(person, Contribution.row, Contribution.days, Contribution.stated),
        "held": of_list.join(HeldRow, HeldRow.list_position == ImportedList.position)
        .outerjoin(Person, Person.position == HeldRow.person_position)
        .add_columns(person, HeldRow.row, HeldRow.reasons),
        "differences": of_list.join(
            IdentityDifference, IdentityDifference.list_position == ImportedList.position
        )
        .join(Person, Person.position == IdentityDifference.person_position)
        .add_columns(person, IdentityDifference.field, IdentityDifference.value),
        "events": sa.select(Outbox.name, sa.func.count()).where(Outbox.kind == "event").group_by(Outbox.name),
    }  # fmt: skip
    with desk.sessions() as session:
        return {name: sorted(map(repr, session.execute(query))) for name, query in queries.items()}


@pytest.mark.parametrize("seed", range(2))
def test_lists_of_a_batch_are_imported_as_if_one_by_one(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(batches, "MAX_ROWS", ROWS_OF_A_BATCH)
    town = write_quarrelsome_town(Random(seed))
    reference = tmp_path / "reference"
    reference.mkdir()
    with open_desk(f"sqlite:///{reference}/records.db", reference) as other:
        migrate(other.engine, "services.records")
        statuses = [other.upload(files).status_code for files in town.values()]
        expected = describe_records(other)
    document = import_archive(desk, write_zip(lay_out(town)))
    assert [document[name] for name in ("accepted", "already_there", "refused")] == [
        statuses.count(status) for status in (201, 200, 422)
    ]
    assert describe_records(desk) == expected
    assert expected["held"]
    assert expected["differences"]


def write_newcomers(numbers: Sequence[int], town: int = 0) -> dict[str, Files]:
    """Return a list of each of these new people, in a workshop of the town."""
    return {
        f"{number:04}": write_files(
            replace(
                MARYAM, national_code=build_code(number), insurance_number=f"{20_000_000 + number % 100}"
            ),
            workshop=f"{town}{number:09}",
        )
        for number in numbers
    }


@ON_POSTGRESQL
def test_statements_of_a_batch_do_not_grow_with_its_lists(desk: Desk) -> None:
    counts = []
    # The first one makes the year's partition.
    for numbers in (range(1, 3), range(3, 5), range(5, 25)):
        import_id = upload(desk, write_zip(lay_out(write_newcomers(numbers))))
        statements: list[str] = []

        def add_statement(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)  # noqa: B023 -- removed before the next turn

        sa.event.listen(desk.engine, "before_cursor_execute", add_statement)
        assert run(desk, import_id)
        sa.event.remove(desk.engine, "before_cursor_execute", add_statement)
        counts.append(len(statements))
    assert counts[1] == counts[2]
    assert desk.count_rows(["people", "contributions"]) == [24, 24]


def run_both(desk: Desk, towns: Sequence[Mapping[str, Files]]) -> None:
    """Run the imports of two archives simultaneously."""
    ids = [upload(desk, write_zip(lay_out(town))) for town in towns]
    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(lambda import_id: run(desk, import_id), ids))


@ON_POSTGRESQL
def test_one_number_in_two_simultaneous_batches_is_given_to_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Barrier(2)
    add_people = stored_people.add_people

    def await_other(session: Session, people: Sequence[dict[str, Any]]) -> None:
        try:
            gate.wait(MEETING)
        except threading.BrokenBarrierError:
            gate.reset()
        add_people(session, people)

    monkeypatch.setattr(stored_people, "add_people", await_other)
    # Person 101 has the number of person 1.
    run_both(desk, [write_newcomers(range(1, 4)), write_newcomers(range(101, 104))])
    assert desk.count_rows(["people", "lists", "contributions", "held_rows"]) == [3, 6, 3, 3]


@ON_POSTGRESQL
def test_new_people_of_two_simultaneous_batches_are_added_once(desk: Desk) -> None:
    run_both(desk, [write_newcomers(range(1, 10)), write_newcomers(range(9, 0, -1), town=1)])
    assert desk.count_rows(["people", "lists", "contributions", "held_rows"]) == [9, 18, 18, 0]
