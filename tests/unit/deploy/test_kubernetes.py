"""deploy/kubernetes says of every role what compose.yaml says, and nothing that a cluster would refuse."""

import re
from pathlib import Path

import pytest

from deploy.kubernetes.objects import Json
from deploy.kubernetes.render import GENERATED, write_files
from govah.local.roles import BY_NAME, Kind, list_roles
from tests.unit.deploy.manifests import (
    BASE,
    CONTAINERS,
    CRON_JOBS,
    FILES,
    JOBS,
    KUBERNETES,
    OBJECTS,
    ROLES,
    ROOT,
    find_container,
    list_pods,
    load_documents,
)

# Roles that others open connections to go on answering for some moments after the signal to end.
DRAINED = {"edge", "egress", *(role.name for role in list_roles(Kind.WEB))}
DRAIN_SECONDS = 5
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
    assert list_pods(BASE).keys() == {*ROLES, "admin"}
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
    grace = int(compose.get("stop_grace_period", "30s").rstrip("s"))
    assert pod["terminationGracePeriodSeconds"] == grace + (DRAIN_SECONDS if name in DRAINED else 0)


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
    assert f"GOVAH_DRAIN_SECONDS={DRAIN_SECONDS}" in lines
    for line in lines:
        name, _, value = line.partition("=")
        if name == "GOVAH_DRAIN_SECONDS":
            continue
        assert f"${{{name}:-{value}}}" in text, name


@each_role
def test_a_role_that_waits_for_another_is_neither_taken_out_nor_started_again(name: str) -> None:
    """The readiness of services asks after broker and database; a cluster would act on it."""
    container = find_container(name)
    probes = {probe: container[probe] for probe in container if probe.endswith("Probe")}
    assert "/readyz" not in str(probes)
    if name in JOBS:
        assert not probes
        return
    assert {"readinessProbe", "livenessProbe"} <= probes.keys()
    # What answers through the broker says nothing about the process.
    assert "worker" not in probes["livenessProbe"].get("exec", {}).get("command", [])
    assert is_worker(name) == ("worker" in str(probes["readinessProbe"].get("exec")))


def is_worker(name: str) -> bool:
    return name in BY_NAME and BY_NAME[name].kind is Kind.WORKER


@pytest.mark.parametrize("name", ["edge", "egress"])
def test_a_server_that_stops_listening_at_the_signal_gets_it_later(name: str) -> None:
    """The endpoints of a Service have the pod for some moments more. Web roles drain automatically."""
    assert find_container(name)["lifecycle"] == {
        "preStop": {"exec": {"command": ["sleep", str(DRAIN_SECONDS)]}}
    }


@each_role
def test_an_image_has_the_signal_of_compose(name: str) -> None:
    """A cluster takes the signal from the image and from nowhere else."""
    stages = re.split(r"(?m)^FROM ", (ROOT / "Dockerfile").read_text("utf-8"))
    target = CONTAINERS[name]["image"].partition("govah-")[2].partition(":")[0]
    [stage] = [one for one in stages if re.match(rf".* AS {target}\n", one)]
    assert re.findall(r"(?m)^STOPSIGNAL (\w+)", stage) == [
        signal for signal in [CONTAINERS[name].get("stop_signal")] if signal
    ]


@pytest.mark.parametrize(("name", "origin"), CRON_JOBS.items())
def test_a_cron_job_has_the_image_the_secrets_and_the_volumes_of_compose(name: str, origin: str) -> None:
    compose, pod, container = CONTAINERS[origin], list_pods(OBJECTS)[name], find_container(name)
    assert container["image"] in compose["image"]
    assert compose["environment"].keys() <= {one["name"] for one in container["env"]}
    mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
    expected = {re.split(r":(?=/)", volume)[1].removesuffix(":ro") for volume in compose["volumes"]}
    assert mounted == expected | {"/tmp", "/run/secrets"}
    [items] = [one["secret"]["items"] for one in pod["volumes"] if one["name"] == "secrets"]
    assert [item["key"] for item in items] == compose["secrets"]
    # Its pod may look up names, as it would not without this label.
    [job] = [one for one in OBJECTS if (one["kind"], one["metadata"]["name"]) == ("CronJob", name)]
    labels = job["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/part-of"] == "govah"


def test_the_pod_of_an_operator_only_waits_and_ends() -> None:
    [job] = [one["spec"] for one in BASE if one["kind"] == "CronJob"]
    assert job["suspend"] is True
    assert job["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 3600
    assert "sleep 3600" in str(find_container("admin")["args"])
    # Where its own claims are mounted, whatever the services' settings say.
    variables = {one["name"]: one for one in find_container("admin")["env"]}
    assert variables["GOVAH_RECORDS_STORAGE_URL"]["value"] == "file:///var/lib/govah/records-objects"


def test_what_answers_people_multiplies_and_stands_twice() -> None:
    path = KUBERNETES / "overlays" / "production"
    scaled = {
        one["spec"]["scaleTargetRef"]["name"]: one["spec"]
        for one in load_documents((path / "autoscaling.yaml").read_text("utf-8"))
    }
    assert scaled.keys() == {"edge", *(role.name for role in BY_NAME.values() if role.kind is not Kind.LOOPS)}
    importer = scaled.pop("records-importer")
    assert importer["minReplicas"] == 1
    assert all(one["minReplicas"] >= 2 for one in scaled.values())
    [overlay] = load_documents((path / "kustomization.yaml").read_text("utf-8"))
    assert overlay["replicas"] == [{"name": "egress", "count": 2}]
    # A number in the overlay would undo that of the autoscaler at every `apply`.
    [patch] = [one for one in overlay["patches"] if "/spec/replicas" in one.get("patch", "")]
    assert set(patch["target"]["name"].split("|")) == {*scaled, "records-importer"}


def test_prometheus_sees_every_program_by_the_name_that_alerts_know() -> None:
    monitors = [one for one in OBJECTS if one["kind"] in {"ServiceMonitor", "PodMonitor"}]
    watched: list[str] = []
    for monitor in monitors:
        spec = monitor["spec"]
        [endpoint] = spec.get("endpoints") or spec["podMetricsEndpoints"]
        assert endpoint["relabelings"][0]["targetLabel"] == "program"
        names = list_selected(spec["selector"])
        watched += names
        for name in names:
            named = {port["name"] for port in list_ports(monitor["kind"], name)}
            assert endpoint["port"] in named, name
    assert sorted(watched) == sorted({"edge", *BY_NAME})
    alerted = re.findall(
        r'absent\(up\{program="([a-z-]+)"', (ROOT / "deploy/watch/alerts.yml").read_text("utf-8")
    )
    assert set(alerted) == set(watched)


def list_selected(selector: Json) -> list[str]:
    """Return the names of the roles that a selector takes."""
    if name := selector["matchLabels"].get("app.kubernetes.io/name"):
        return [name]
    [rule] = selector["matchExpressions"]
    return list(rule["values"])


def list_ports(kind: str, name: str) -> list[dict[str, object]]:
    if kind == "PodMonitor":
        return list(find_container(name)["ports"])
    [service] = [one for one in OBJECTS if (one["kind"], one["metadata"]["name"]) == ("Service", name)]
    assert service["metadata"]["labels"]["app.kubernetes.io/name"] == name
    return list(service["spec"]["ports"])


def test_keda_counts_workers_by_metrics_that_exist() -> None:
    folder = KUBERNETES / "components" / "keda"
    scaled = load_documents((folder / "workers.yaml").read_text("utf-8"))
    workers = {role.name for role in list_roles(Kind.WORKER)}
    assert {one["spec"]["scaleTargetRef"]["name"] for one in scaled} == workers
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "services").rglob("metrics.py"))
    for one in scaled:
        for trigger in one["spec"]["triggers"]:
            for metric in re.findall(r"govah_\w+", trigger["metadata"]["query"]):
                assert f'"{metric}"' in sources, metric
    [component] = load_documents((folder / "kustomization.yaml").read_text("utf-8"))
    removed = {load_documents(one["patch"])[0]["metadata"]["name"] for one in component["patches"]}
    assert removed == workers
