import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from govah.ops.admin.__main__ import build_environment, find_command, show_retention
from services import SERVICES

ROOT = Path(__file__).parents[4]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]


@pytest.mark.parametrize(
    ("words", "service", "rest"),
    [
        (["requests", "failed"], "disclosure", ["requests", "failed"]),
        (["peppers", "rotate"], "inquiry", ["peppers", "rotate"]),
        (["records", "officers", "name-record", "1"], "records", ["officers", "name-record", "1"]),
        (["auth", "migrate"], "auth", ["migrate"]),
        (["inquiry"], "inquiry", []),
    ],
)
def test_a_command_is_found_by_its_name_or_that_of_its_service(
    words: list[str], service: str, rest: list[str]
) -> None:
    assert find_command(words) == (service, rest)


@pytest.mark.parametrize("words", [["request"], ["portal", "x"], ["--all"], [""]])
def test_an_unknown_command_lists_those_that_exist(words: list[str]) -> None:
    with pytest.raises(click.UsageError) as refusal:
        find_command(words)
    assert "admin requests" in str(refusal.value)


def test_names_that_differ_by_service_are_filled_in() -> None:
    environment = {
        "GOVAH_DATABASE_URL": "postgresql://{name}@postgres/{name}",
        "PGPASSWORD_FILE": "/run/secrets/{name}.database",
        "GOVAH_RECORDS_STORAGE_URL": "s3://records",
        "GOVAH_STORAGE_URL": "s3://other",
        "PATH": "/bin",
    }
    assert build_environment("records", environment) == {
        **environment,
        "GOVAH_DATABASE_URL": "postgresql://records@postgres/records",
        "PGPASSWORD_FILE": "/run/secrets/records.database",
        "GOVAH_STORAGE_URL": "s3://records",
    }


@pytest.mark.parametrize("service", ["auth", "records", "disclosure", "inquiry"])
def test_the_container_has_the_settings_of_each_service(service: str) -> None:
    own = COMPOSE[service]["environment"]
    admin = build_environment(service, COMPOSE["admin"]["environment"])
    # Its objects lie in a volume a service; a bucket is the same.
    expected = {**own}
    # No command signs anything.
    expected.pop("GOVAH_CREDENTIAL_KEY_FILE", None)
    if "GOVAH_STORAGE_URL" in own:
        expected["GOVAH_STORAGE_URL"] = own["GOVAH_STORAGE_URL"].replace("/objects}", f"/{service}-objects}}")
    assert {name: admin[name] for name in expected} == expected


@pytest.mark.parametrize("words", [[], ["--help"], ["help"]])
def test_without_a_command_it_says_what_there_is(words: list[str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "govah.ops.admin", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert "admin requests" in ran.stdout
    assert "admin status" in ran.stdout


def test_retention_of_all_services_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[tuple[list[str], str]] = []

    def run(command: list[str], env: dict[str, str], check: bool) -> subprocess.CompletedProcess[str]:
        commands.append((command[3:], env["GOVAH_DATABASE_URL"]))
        return subprocess.CompletedProcess(command, len(commands) - 3)

    monkeypatch.setattr(subprocess, "run", run)
    status = show_retention(["--days", "400"], {"GOVAH_DATABASE_URL": "{name}"})
    assert status == 1
    assert commands == [
        ([f"services.{service}.app", "retention", "show", "--days", "400"], service) for service in SERVICES
    ]
