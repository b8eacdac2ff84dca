"""deploy/compose/small.yaml runs every loop of a service in one container that has what all of them need."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from govah.local.roles import ROLES, Kind, merge_loops
from services import SERVICES

ROOT = Path(__file__).resolve().parents[3]
ALL: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
SMALL: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose/small.yaml").read_text("utf-8"))["services"]


def list_loops(service: str) -> list[str]:
    return [role.name for role in ROLES if role.service == service and role.kind is Kind.LOOPS]


@pytest.mark.parametrize("service", SERVICES)
def test_one_container_runs_all_loops_and_the_others_do_not_start(service: str) -> None:
    name, *others = list_loops(service)
    assert SMALL[name]["command"] == merge_loops(service).words
    assert SMALL[name]["networks"]["back"] == {"aliases": others}
    assert {other: SMALL[other] for other in others} == {other: {"profiles": ["apart"]} for other in others}


def test_it_changes_nothing_else() -> None:
    assert sorted(SMALL) == sorted(name for service in SERVICES for name in list_loops(service))


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("what", ["networks", "volumes", "secrets"])
def test_the_container_has_what_each_loop_needs(service: str, what: str) -> None:
    name, *others = list_loops(service)
    # Compose adds lists of a further file to those of the first.
    own = {*ALL[name].get(what, []), *SMALL[name].get(what, [])}
    assert {one for other in others for one in ALL[other].get(what, [])} <= own


@pytest.mark.parametrize("service", SERVICES)
def test_the_loops_have_the_same_settings(service: str) -> None:
    name, *others = list_loops(service)
    assert all(ALL[other]["environment"] == ALL[name]["environment"] for other in others)
