"""What counts as a statement about several people, so that tests/crossing.py can be relied upon."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from services.disclosure.models import Activity, Agreement, DisclosureRequest, Letter
from services.records.models import Contribution, ImportedList, Person
from tests.crossing import is_crossing

other = aliased(Person)
of_one = sa.select(Person.position).where(Person.id == sa.bindparam("id"))


@pytest.mark.parametrize(
    "statement",
    [
        sa.select(Contribution).where(Contribution.person_position == 7),
        sa.select(Contribution).join(ImportedList, ImportedList.position == Contribution.list_position)
        .where(Contribution.person_position == 7, Contribution.month > 139001),
        sa.select(Contribution, Person).join(Person, Person.position == Contribution.person_position)
        .where(Person.national_code == "0010000007"),
        sa.select(Contribution).where(Contribution.person_position == of_one.scalar_subquery()),
        sa.select(Contribution).where(Contribution.person_position.in_(of_one)),
        sa.select(Letter).where(Letter.id == sa.bindparam("id")),
        sa.select(Letter).join(DisclosureRequest, DisclosureRequest.id == Letter.disclosure_id)
        .where(Letter.serial == "1"),
        sa.update(Letter).where(Letter.id == sa.bindparam("i")).values(state="revoked"),
        sa.delete(Activity).where(Activity.person_id == sa.bindparam("p")),
        sa.insert(Person).values(position=1),
        sa.select(Letter).where(Letter.disclosure_id.in_(sa.bindparam("primary_keys", expanding=True))),
        sa.select(Agreement),
        sa.text("SELECT 1"),
    ],
)  # fmt: skip
def test_what_is_bound_to_one_person_crosses_nobody(statement: Any) -> None:
    assert not is_crossing(statement)


@pytest.mark.parametrize(
    "statement",
    [
        sa.select(Person),
        sa.select(sa.func.count()).select_from(Contribution),
        sa.select(Person).where(Person.last_name == "Rezaei"),
        sa.select(Person).where(Person.position > 7),
        sa.select(Person).where(Person.position.in_([7, 8])),
        sa.select(Contribution).where(Contribution.list_position == 7),
        sa.select(Contribution).where((Contribution.person_position == 7) | (Contribution.days == 0)),
        sa.select(Contribution).where(~(Contribution.person_position == 7)),
        sa.select(Person, other).join(other, other.last_name == Person.last_name).where(Person.position == 7),
        sa.select(Person).where(Person.position == 7, sa.exists().where(other.last_name == Person.last_name)),
        sa.select(Contribution).where(
            Contribution.person_position.in_(sa.select(Person.position).where(Person.last_name == "Rezaei"))
        ),
        sa.update(Letter).values(state="revoked"),
        sa.delete(Letter).where(Letter.state == "revoked"),
        sa.text("SELECT count(*) FROM contributions"),
    ],
)
def test_what_may_touch_two_people_is_found(statement: Any) -> None:
    assert is_crossing(statement)
