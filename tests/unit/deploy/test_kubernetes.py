"""deploy/kubernetes says of every role what compose.yaml says, and nothing that a cluster would refuse."""

import re
from pathlib import Path

import pytest

from deploy.kubernetes.render import GENERATED, write_files
from tests.unit.deploy.manifests import BASE, CONTAINERS, FILES, JOBS, ROLES, ROOT, find_container, list_pods

each_role = pytest.mark.parametrize("name", ROLES)


def test_make_kubernetes_writes_every_file_and_removes_old_ones(tmp_path: Path) -> None:
    old = tmp_path / "base" / "gone.yaml"
    old.parent.mkdir()
    old.touch()
    write_files(tmp_path)
    written = {
        str(path.relative_to(tmp_path)): path.read_text("utf-8")
        for folder in GENERATED
        for path in (tmp_path / folder).iterdir()
    }
    assert written == FILES
    assert {name.rpartition("/")[0] for name in written} == set(GENERATED)


def test_git_ignores_what_is_generated() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {f"deploy/kubernetes/{folder}/" for folder in GENERATED} <= set(ignored)


def test_there_is_a_pod_for_every_role_and_a_job_for_every_job() -> None:
    assert list_pods(BASE).keys() == set(ROLES)
    assert {one["metadata"]["name"] for one in BASE if one["kind"] == "Job"} == JOBS


@each_role
def test_a_role_runs_what_compose_runs(name: str) -> None:
    compose, pod, container = CONTAINERS[name], list_pods(BASE)[name], find_container(name)
    assert container["image"] in compose["image"]
    assert container.get("args") == compose.get("command")
    assert f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" == compose["user"]
    mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
    expected = {re.split(r":(?=/)", volume)[1].removesuffix(":ro") for volume in compose.get("volumes", [])}
    assert mounted == expected | {"/tmp"} | ({"/run/secrets"} if "secrets" in compose else set())
    [items] = [one["secret"]["items"] for one in pod["volumes"] if one["name"] == "secrets"] or [[]]
    assert [item["key"] for item in items] == compose.get("secrets", [])
    assert pod["terminationGracePeriodSeconds"] == int(compose.get("stop_grace_period", "30s").rstrip("s"))


@each_role
def test_role_has_the_settings_of_compose(name: str) -> None:
    variables = {one["name"]: one for one in find_container(name)["env"]}
    compose = CONTAINERS[name]["environment"]
    assert compose.keys() <= variables.keys()
    # Beside these are only variables that stand inside others, and where the edge finds the services.
    inside = {variable for value in compose.values() for variable in re.findall(r"\$\{(\w+)", str(value))}
    assert {name for name in variables.keys() - compose.keys() - inside if not name.startswith("EDGE_")} <= {
        "NAMESPACE"
    }
    for variable, value in compose.items():
        if "${" not in str(value):
            assert variables[variable]["value"] == str(value), variable
        elif "value" in variables[variable]:
            assert variables[variable]["value"] == re.sub(r"\$\{(\w+)[^}]*\}", r"$(\1)", value)
        else:
            assert variables[variable]["valueFrom"]["configMapKeyRef"]["key"] in value


def test_every_default_is_that_of_compose() -> None:
    lines = FILES["base/settings.env"].splitlines()[1:]
    text = (ROOT / "compose.yaml").read_text("utf-8")
    for line in lines:
        name, _, value = line.partition("=")
        assert f"${{{name}:-{value}}}" in text, name


@each_role
def test_a_role_that_waits_for_another_is_neither_taken_out_nor_started_again(name: str) -> None:
    """The readiness of services asks after broker and database; a cluster would act on it."""
    container = find_container(name)
    probes = {probe: container[probe] for probe in container if probe.endswith("Probe")}
    assert bool(probes) != (name in JOBS)
    assert "/readyz" not in str(probes)
    if name in {"pdfworker", "records-importer"}:
        assert probes.keys() == {"readinessProbe"}
    elif name not in JOBS:
        assert "livenessProbe" in probes
