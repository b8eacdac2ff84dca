"""The files beside compose.yaml are read by the compose at hand; no container is started."""

import os
import shlex
import subprocess

import yaml

from tests.e2e.system import ROOT


def read_configuration(*words: str, **variables: str) -> dict[str, dict[str, dict[str, object]]]:
    command = [*shlex.split(os.environ["GOVAH_COMPOSE"]), *words, "config"]
    environment = {"PATH": os.environ["PATH"], "COMPOSE_PROJECT_NAME": "govah-files", **variables}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    read: dict[str, dict[str, dict[str, object]]] = yaml.safe_load(ran.stdout)
    return read


def test_workers_of_another_machine_are_confined_like_those_of_the_first() -> None:
    addresses = {
        "GOVAH_PUBLIC_URL": "https://govah.example",
        "GOVAH_BROKER_URL": "rediss://queue.example:6380/0?ssl_cert_reqs=required",
        "GOVAH_AUTH_URL": "https://auth.internal.example",
        "GOVAH_DISCLOSURE_URL": "https://disclosure.internal.example",
    }
    alone = read_configuration("-f", "deploy/compose/workers.yaml", **addresses)["services"]
    assert alone.keys() == {"pdfworker"}
    within = read_configuration("--env-file", "deploy/compose/demo.env")["services"]["pdfworker"]
    for name in (
        "image",
        "user",
        "read_only",
        "cap_drop",
        "security_opt",
        "pids_limit",
        "mem_limit",
        "command",
    ):
        assert alone["pdfworker"][name] == within[name], name


def test_a_private_link_opens_three_addresses_and_no_more() -> None:
    files = (
        "-f",
        "compose.yaml",
        "-f",
        "deploy/compose/private.yaml",
        "--env-file",
        "deploy/compose/demo.env",
    )
    services = read_configuration(*files, GOVAH_PRIVATE_ADDRESS="10.20.0.1")["services"]
    opened = {name for name, one in services.items() if "10.20.0.1" in str(one.get("ports"))}
    assert opened == {"redis", "auth", "disclosure"}
    for name in opened:
        assert "private" in str(services[name]["networks"])
