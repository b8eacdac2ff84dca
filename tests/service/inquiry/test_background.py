"""The background loops, a step at a time."""

import pytest
import sqlalchemy as sa

from services.inquiry.background import LOOPS
from services.inquiry.models import Outbox, SealedCopy
from services.kit.loops import Loop
from services.kit.problems import Unavailable
from tests.service.inquiry.desk import Desk, alter_code


def test_failed_attempt_is_reported_in_numbered_events(desk: Desk, loops: dict[str, Loop]) -> None:
    person = desk.add_person()
    desk.inquire(person.national_code, alter_code(desk.issue_permit(person)["code"]))
    assert loops["refusals"].step() == 1
    assert loops["relay"].step() == 2
    with desk.sessions() as session:
        numbered = session.execute(sa.select(Outbox.number, Outbox.name).order_by(Outbox.number)).all()
    assert numbered == [(1, "permit.issued"), (2, "inquiry.refused")]
    assert loops["relay"].step() == loops["refusals"].step() == loops["alarm"].step() == 0


def test_expired_permit_is_deleted(desk: Desk, loops: dict[str, Loop]) -> None:
    desk.expire(desk.issue_permit(desk.add_person())["id"])
    assert loops["sweeper"].step() == 1
    assert desk.count(SealedCopy) == 0
    assert loops["sweeper"].step() == 0


def test_consumers_fail_while_other_services_are_down(loops: dict[str, Loop]) -> None:
    for name in ("consume-disclosure", "consume-records", "consume-auth"):
        with pytest.raises(Unavailable):
            loops[name].step()


def test_every_loop_can_be_named(loops: dict[str, Loop]) -> None:
    assert tuple(loops) == LOOPS
