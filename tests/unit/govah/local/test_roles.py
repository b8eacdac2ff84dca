"""The table of roles, and the programs of local mode that are made from it."""

import sys
from pathlib import Path

import pytest

from govah.local.programs import PORTAL, SILENT, Plan, build_programs
from govah.local.roles import BY_NAME, ROLES, Kind, list_roles, merge_loops
from services import SERVICES


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    ports = {name: number for number, name in enumerate((*SERVICES, PORTAL, *SILENT), 7000)}
    served = {name: ports[name] for name in (*SERVICES, PORTAL)}
    return Plan(tmp_path, 6999, served, {name: ports[name] for name in SILENT})


def test_every_role_has_a_name_of_its_own_and_calls_roles_or_stores() -> None:
    assert len(BY_NAME) == len(ROLES)
    for role in ROLES:
        assert set(role.calls) <= {*BY_NAME, "postgres", "redis", "egress"}
        assert bool(role.loops) == (role.kind is Kind.LOOPS)


def test_a_container_and_a_local_program_run_the_same_code() -> None:
    relay = BY_NAME["disclosure-relay"]
    assert relay.words == ["flask", "--app", "services.disclosure.app", "background", *relay.loops]
    assert relay.build_command() == [sys.executable, "-m", *relay.words]
    assert BY_NAME["pdfworker"].words == ["python", "-m", "services.pdfworker"]
    assert BY_NAME["pdfworker"].build_command() == [sys.executable, "-m", "services.pdfworker"]
    assert BY_NAME["portal"].words == ["gunicorn", "gateway.portal.app:serve()"]
    assert BY_NAME["portal"].build_command(7004)[-2:] == ["127.0.0.1:7004", "gateway.portal.app:serve()"]


def test_local_mode_runs_all_loops_of_a_service_in_one_program() -> None:
    merged = merge_loops("auth")
    assert merged.name == "auth-background"
    assert merged.words == ["flask", "--app", "services.auth.app", "background"]
    parts = [role for role in list_roles(Kind.LOOPS) if role.service == "auth"]
    assert set(merged.calls) == {called for part in parts for called in part.calls}


def test_local_mode_leaves_out_no_role(plan: Plan) -> None:
    tree = {program.name: program for program in build_programs(plan)}
    loops = {f"{role.service}-background" for role in list_roles(Kind.LOOPS)}
    others = {role.name for role in ROLES if role.kind is not Kind.LOOPS}
    assert tree.keys() == loops | others | {"gateway"}
    assert tree["records-background"].after == ("records",)
    assert tree["pdfworker"].after == ("disclosure",)
    assert tree["gateway"].after == (*SERVICES, PORTAL)
