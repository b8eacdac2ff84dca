"""deploy/compose/small.yaml runs each service in one container that has what all its programs need."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.roll import END_WITHIN
from govah.local.container import BOUNDS
from govah.local.roles import ROLES
from services import SERVICES

ROOT = Path(__file__).resolve().parents[3]
ALL: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
SMALL: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose/small.yaml").read_text("utf-8"))["services"]
JOURNAL: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose/small-endings-s3.yaml").read_text("utf-8"))[
    "services"
]
LARGE_JOURNAL: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose/endings-s3.yaml").read_text("utf-8"))[
    "services"
]


def list_others(service: str) -> list[str]:
    return [role.name for role in ROLES if role.service == service and role.name != service]


@pytest.mark.parametrize("service", SERVICES)
def test_one_container_runs_a_whole_service_and_the_others_do_not_start(service: str) -> None:
    others = list_others(service)
    assert SMALL[service]["command"] == ["python", "-m", "govah.local.container", service]
    assert SMALL[service]["networks"]["back"] == {"aliases": others}
    assert {other: SMALL[other] for other in others} == {other: {"profiles": ["apart"]} for other in others}


def test_ten_containers_run() -> None:
    run = [
        name
        for name, container in ALL.items()
        if container["restart"] != "no" and not {**container, **SMALL.get(name, {})}.get("profiles")
    ]
    assert sorted(run) == sorted([*SERVICES, "portal", "edge", "egress", "pdfworker", "postgres", "redis"])


def test_it_changes_nothing_else() -> None:
    assert sorted(SMALL) == sorted(["postgres", *(role.name for role in ROLES)])
    thrifty = {
        "MALLOC_ARENA_MAX": 1,
        "MALLOC_MMAP_THRESHOLD_": 131072,
        "MALLOC_TRIM_THRESHOLD_": 131072,
    }
    assert SMALL["portal"] == SMALL["pdfworker"] == {"environment": thrifty}
    [command] = SMALL["postgres"].values()
    buffers = "-cshared_buffers={}MB"
    assert command == [
        buffers.format(64) if word == buffers.format(256) else word for word in ALL["postgres"]["command"]
    ]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("what", ["networks", "volumes", "secrets", "environment"])
def test_the_container_has_what_each_program_needs(service: str, what: str) -> None:
    # Compose adds lists and maps of a further file to those of the first.
    own = {*ALL[service].get(what, []), *SMALL[service].get(what, [])}
    assert {one for other in list_others(service) for one in ALL[other].get(what, [])} <= own


@pytest.mark.parametrize("service", SERVICES)
def test_the_programs_have_the_same_settings(service: str) -> None:
    own = {**ALL[service]["environment"], **SMALL[service].get("environment", {})}
    assert [
        name for name in list_others(service) if not ALL[name]["environment"].items() <= own.items()
    ] == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_container_ends_in_time(service: str) -> None:
    assert BOUNDS.stop_within < float(SMALL[service]["stop_grace_period"].rstrip("s")) <= END_WITHIN


@pytest.mark.parametrize("service", SERVICES)
def test_a_journal_in_an_object_store_is_reached(service: str) -> None:
    assert JOURNAL[service]["environment"] == LARGE_JOURNAL[f"{service}-relay"]["environment"]
    assert JOURNAL[service]["secrets"] == LARGE_JOURNAL[f"{service}-relay"]["secrets"]
    assert "outside" in JOURNAL[service]["networks"]
