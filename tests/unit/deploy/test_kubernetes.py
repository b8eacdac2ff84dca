"""deploy/kubernetes says of every role what compose.yaml says, and nothing that a cluster would refuse."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml  # type: ignore[import-untyped]  # comes with a validator, without types

from deploy.kubernetes.render import rendered

ROOT = Path(__file__).resolve().parents[3]
KUBERNETES = ROOT / "deploy" / "kubernetes"
CONTAINERS = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
STORES = {"postgres", "redis"}
ROLES = [name for name, one in CONTAINERS.items() if "profiles" not in one and name not in STORES]
JOBS = {name for name in ROLES if CONTAINERS[name]["restart"] == "no"}
# The oldest and the newest API that the objects are held to.
APIS = ("1.27", kubernetes_validate.latest_version())
OVERLAYS = ("demo", "production")

Json = dict[str, Any]


def documents(text: str) -> list[Json]:
    return [document for document in yaml.safe_load_all(text) if document]


BASE = [
    document
    for path in sorted((KUBERNETES / "base").glob("*.yaml"))
    for document in documents(path.read_text("utf-8"))
    if document["kind"] != "Kustomization"
]
each_role = pytest.mark.parametrize("name", ROLES)


def pods_of(objects: list[Json]) -> dict[str, Json]:
    return {
        one["metadata"]["name"]: one["spec"]["template"]["spec"]
        for one in objects
        if "template" in one.get("spec", {})
    }


def container_of(name: str) -> Json:
    [container] = pods_of(BASE)[name]["containers"]
    assert isinstance(container, dict)
    return container


def kustomize() -> list[str]:
    """The command that renders an overlay, if a new enough one is here."""
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    if shutil.which("kubectl"):
        told = subprocess.run(
            ["kubectl", "version", "--client"], capture_output=True, text=True, check=False
        ).stdout
        if re.search(r"Kustomize Version: v[5-9]", told):
            return ["kubectl", "kustomize"]
    pytest.skip("no kustomize: apt install kubernetes-client (Debian 13 or later)")


@pytest.fixture(scope="module", params=OVERLAYS)
def overlay(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Json]:
    """What an overlay becomes, with secrets as `make secrets` draws them."""
    command, copy = kustomize(), tmp_path_factory.mktemp("kubernetes") / "tree"
    shutil.copytree(KUBERNETES, copy)
    secrets = copy / "overlays" / request.param / "secrets"
    environment = {
        "PATH": os.environ["PATH"],
        "GOVAH_SECRETS_DIR": str(secrets),
        "GOVAH_GROUP": str(os.getegid()),
    }
    subprocess.run([ROOT / "deploy" / "secrets.sh"], env=environment, check=True, capture_output=True)
    for name in ("disclosure.s3", "inquiry.s3"):
        (secrets / name).write_text("id secret\n", "ascii")
    built = subprocess.run(
        [*command, str(secrets.parent)],
        env={"PATH": os.environ["PATH"], "HOME": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    assert not built.stderr
    return documents(built.stdout)


def test_the_base_is_what_compose_says_today() -> None:
    written = {
        str(path.relative_to(KUBERNETES)): path.read_text("utf-8")
        for folder in ("base", "overlays/demo/stores")
        for path in (KUBERNETES / folder).iterdir()
    }
    assert written == rendered(), "run: make kubernetes"


def test_there_is_a_pod_for_every_role_and_a_job_for_every_job() -> None:
    assert pods_of(BASE).keys() == set(ROLES)
    assert {one["metadata"]["name"] for one in BASE if one["kind"] == "Job"} == JOBS


@each_role
def test_a_role_runs_what_compose_runs(name: str) -> None:
    compose, pod, container = CONTAINERS[name], pods_of(BASE)[name], container_of(name)
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
def test_a_role_is_told_what_compose_tells_it(name: str) -> None:
    told = {one["name"]: one for one in container_of(name)["env"]}
    compose = CONTAINERS[name]["environment"]
    assert compose.keys() <= told.keys()
    # Beside these are only variables that stand inside others, and where the edge finds the services.
    inside = {variable for value in compose.values() for variable in re.findall(r"\$\{(\w+)", str(value))}
    assert {name for name in told.keys() - compose.keys() - inside if not name.startswith("EDGE_")} <= {
        "NAMESPACE"
    }
    for variable, value in compose.items():
        if "${" not in str(value):
            assert told[variable]["value"] == str(value), variable
        elif "value" in told[variable]:
            assert told[variable]["value"] == re.sub(r"\$\{(\w+)[^}]*\}", r"$(\1)", value)
        else:
            assert told[variable]["valueFrom"]["configMapKeyRef"]["key"] in value


def test_every_default_is_that_of_compose() -> None:
    lines = (KUBERNETES / "base" / "settings.env").read_text("utf-8").splitlines()[1:]
    text = (ROOT / "compose.yaml").read_text("utf-8")
    for line in lines:
        name, _, value = line.partition("=")
        assert f"${{{name}:-{value}}}" in text, name


def confined(pod: Json) -> None:
    """Raise unless a pod meets what Kubernetes calls restricted, and has no way to the cluster's own API."""
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    for container in pod["containers"]:
        inside = container["securityContext"]
        assert inside["allowPrivilegeEscalation"] is False
        assert inside["readOnlyRootFilesystem"] is True
        assert inside["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "hostPath" not in str(pod["volumes"])


def test_every_pod_is_confined(overlay: list[Json]) -> None:
    pods = pods_of(overlay)
    assert len(pods) >= len(ROLES)
    for pod in pods.values():
        confined(pod)


@pytest.mark.parametrize("api", APIS)
def test_every_object_is_one_that_the_api_knows(api: str) -> None:
    for document in BASE:
        kubernetes_validate.validate(document, api, strict=True)


@pytest.mark.parametrize("api", APIS)
def test_every_object_of_an_overlay_is_one_that_the_api_knows(overlay: list[Json], api: str) -> None:
    for document in overlay:
        kubernetes_validate.validate(document, api, strict=True)


def test_an_object_that_the_api_does_not_know_is_refused() -> None:
    [job] = [one for one in BASE if one["metadata"]["name"] == "auth-migrate"]
    wrong = {**job, "spec": {**job["spec"], "restartPolicy": "Never"}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, APIS[-1], strict=True)


def test_an_overlay_leaves_nothing_open(overlay: list[Json]) -> None:
    by_name = {(one["kind"], one["metadata"]["name"]): one for one in overlay}
    for name, pod in pods_of(overlay).items():
        for container in pod["containers"]:
            assert re.search(r":[0-9.]+$", container["image"]), container["image"]
            for source in settings_of(container):
                settings = by_name["ConfigMap", source["name"]]["data"]
                assert source["key"] in settings, (name, source["key"])
        for volume in pod["volumes"]:
            if "persistentVolumeClaim" in volume:
                assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in by_name
            if "secret" in volume and not volume["secret"].get("optional"):
                held = by_name["Secret", volume["secret"]["secretName"]]["data"]
                assert {item["key"] for item in volume["secret"].get("items", [])} <= held.keys(), name
            assert len(volume) == 2, volume
    assert {one["metadata"].get("namespace", "govah") for one in overlay} == {"govah"}


def settings_of(container: Json) -> Iterator[Json]:
    for variable in container["env"]:
        if "configMapKeyRef" in variable.get("valueFrom", {}):
            yield variable["valueFrom"]["configMapKeyRef"]


def test_only_the_edge_is_open_and_only_messages_reach_the_world(overlay: list[Json]) -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in overlay if one["kind"] == "NetworkPolicy"}
    assert policies["nothing"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [],
        "egress": [],
    }
    from_anywhere = [
        name for name, one in policies.items() if any("from" not in rule for rule in one.get("ingress", []))
    ]
    to_anywhere = [name for name, one in policies.items() if "0.0.0.0/0" in str(one)]
    assert (from_anywhere, to_anywhere) == (["world-to-edge"], ["messages-to-world"])
    assert policies["world-to-edge"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "edge"
    assert (
        policies["messages-to-world"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
        == "auth-messages"
    )


@each_role
def test_a_role_that_waits_for_another_is_neither_taken_out_nor_started_again(name: str) -> None:
    """The readiness of services asks after broker and database; a cluster would act on it."""
    container = container_of(name)
    probes = {probe: container[probe] for probe in container if probe.endswith("Probe")}
    assert bool(probes) != (name in JOBS)
    assert "/readyz" not in str(probes)
    if name == "pdfworker":
        assert probes.keys() == {"readinessProbe"}
    elif name not in JOBS:
        assert "livenessProbe" in probes


def test_what_answers_people_stays_while_machines_go(overlay: list[Json]) -> None:
    budgets = {one["metadata"]["name"] for one in overlay if one["kind"] == "PodDisruptionBudget"}
    assert budgets == {"edge", "auth", "records", "disclosure", "inquiry", "portal", "pdfworker"}
    for one in overlay:
        if one["kind"] == "Deployment":
            assert one["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
            assert one["spec"]["template"]["spec"]["topologySpreadConstraints"]
            assert (
                one["spec"]["selector"]["matchLabels"].items()
                <= one["spec"]["template"]["metadata"]["labels"].items()
            )
