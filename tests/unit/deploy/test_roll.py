"""`make roll`: a second container is healthy before the first ends, or the first stays."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import roll
from deploy.running import CommandFailed, Running

ROOT = Path(__file__).parents[3]
CONTAINERS = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]


@dataclass(frozen=True)
class Engine(Running):
    """Containers by service, and what was done to them; `health` is what each new one comes to."""

    services: dict[str, list[str]] = field(default_factory=dict)
    health: str = "healthy"
    done: list[str] = field(default_factory=list)

    def compose(self, *words: str, stdin: str = "") -> str:
        assert not stdin
        match words:
            case ("config", "--services"):
                return "\n".join(self.services)
            case ("ps", "-q", service):
                return "\n".join(self.services[service])
            case ("up", "-d", "--no-deps", "--no-recreate", "--scale", scale, service):
                name, _, count = scale.partition("=")
                assert (name, int(count)) == (service, len(self.services[service]) + 1)
                new = f"{service}-new-{len(self.done)}"
                self.services[service].append(new)
                self.done.append(f"start {new}")
                if self.health == "refused":
                    raise CommandFailed("the new container is not healthy: it was made and did not start")
                return ""
        raise AssertionError(words)

    def run_docker(self, *words: str) -> str:
        match words:
            case ("inspect", "--format", roll.STATE, container):
                return "exited " if container.endswith("setup") else "running checked"
            case ("inspect", "--format", _, *containers):
                return "\n".join(self.health for _ in containers)
            case ("port", container):
                return "8000/tcp -> 10.20.0.1:8001" if container == "published" else ""
            case ("stop", "--time", _, container):
                self.done.append(f"stop {container}")
                return ""
            case ("rm", container):
                [service] = [name for name, ids in self.services.items() if container in ids]
                self.services[service].remove(container)
                return ""
        raise AssertionError(words)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that were slept, without sleeping."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def test_each_container_is_replaced_after_a_second_one_is_known(fast: list[float]) -> None:
    engine = Engine((), services={"pdfworker": ["a", "b"]})
    assert roll.roll_service(engine, "pdfworker") == 2
    assert engine.done == ["start pdfworker-new-0", "stop a", "start pdfworker-new-2", "stop b"]
    assert engine.services["pdfworker"] == ["pdfworker-new-0", "pdfworker-new-2"]
    assert fast == [roll.KNOWN_AFTER] * 2


@pytest.mark.parametrize("health", ["unhealthy", "starting", "refused"])
def test_a_container_that_does_not_become_healthy_goes_again(
    monkeypatch: pytest.MonkeyPatch, health: str
) -> None:
    monkeypatch.setattr(roll, "HEALTHY_WITHIN", 0.0)
    engine = Engine((), services={"auth": ["a", "b"]}, health=health)
    with pytest.raises(CommandFailed, match=r"auth: the new container is not healthy.*former"):
        roll.roll_service(engine, "auth")
    assert engine.services["auth"] == ["a", "b"]
    assert engine.done == ["start auth-new-0", "stop auth-new-0"]


def test_all_are_rolled_but_jobs_and_what_can_have_one_container() -> None:
    services: dict[str, Any] = {"edge": ["e"], "redis": ["r"], "auth": ["a"], "auth-setup": ["auth-setup"]}
    assert roll.list_rolled(Engine((), services={**services, "egress": [], "records": ["published"]})) == [
        "auth"
    ]


@pytest.mark.parametrize(
    ("service", "reason"), [("edge", "make reload"), ("auth", "does not run"), ("records", "published port")]
)
def test_what_cannot_be_rolled_is_said_with_what_to_do(service: str, reason: str) -> None:
    with pytest.raises(CommandFailed, match=reason):
        roll.roll_service(Engine((), services={service: ["published"] * (service == "records")}), service)


def test_what_holds_a_port_or_its_data_is_known_to_be_single() -> None:
    long_running = {name: one for name, one in CONTAINERS.items() if one.get("restart") != "no"}
    single = {name for name, one in long_running.items() if "ports" in one}
    single |= {name for name, one in long_running.items() if one.get("image", "").count("govah-") == 0}
    assert {*single, "backup-timer"} == set(roll.SINGLE)
    assert all("healthcheck" in long_running[name] for name in long_running.keys() - roll.SINGLE.keys())


def test_no_container_has_longer_to_end_than_it_is_given() -> None:
    rolled = [one for name, one in CONTAINERS.items() if name not in roll.SINGLE]
    assert max(int(one.get("stop_grace_period", "10s")[:-1]) for one in rolled) < roll.END_WITHIN
