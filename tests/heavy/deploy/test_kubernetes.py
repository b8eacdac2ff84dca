"""The objects of deploy/kubernetes are those that a cluster's API knows, and overlays leave nothing open."""

import functools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import kubernetes_validate
import pytest
from jsonschema import Draft202012Validator
from kubernetes_validate import utils

from deploy.kubernetes.render import write_files
from deploy.kustomize import find_kustomize
from tests.unit.deploy.manifests import (
    BASE,
    CRON_JOBS,
    KUBERNETES,
    ROLES,
    ROOT,
    Json,
    list_pods,
    load_documents,
)

# The oldest and the newest API that the objects are held to.
APIS = ("1.27", kubernetes_validate.latest_version())
# The third is production with the components that not every cluster has.
OVERLAYS = ("demo", "production", "production-with-operators")
SCHEMAS = load_documents((ROOT / "tests/unit/deploy/custom_resources.yaml").read_text("utf-8"))[0]

Overlays = Mapping[str, list[Json]]
each_overlay = pytest.mark.parametrize("name", OVERLAYS)


@pytest.fixture(scope="module")
def overlays(tmp_path_factory: pytest.TempPathFactory) -> Overlays:
    """Return the objects of every overlay, with secrets as `make secrets` draws them."""
    tree = tmp_path_factory.mktemp("kubernetes") / "tree"
    shutil.copytree(KUBERNETES, tree)
    write_files(tree)
    secrets = tree / "overlays" / "production" / "secrets"
    environment = {
        "PATH": os.environ["PATH"],
        "GOVAH_SECRETS_DIR": str(secrets),
        "GOVAH_GROUP": str(os.getegid()),
    }
    subprocess.run([ROOT / "deploy" / "secrets.sh"], env=environment, check=True, capture_output=True)
    for name in ("records.s3", "disclosure.s3", "inquiry.s3", "endings.s3"):
        (secrets / name).write_text("id secret\n", "ascii")
    shutil.copytree(secrets, tree / "overlays" / "demo" / "secrets")
    built = {name: build(tree / "overlays" / name) for name in ("demo", "production")}
    file = tree / "overlays" / "production" / "kustomization.yaml"
    text, count = re.subn(r"(?m)^# - \.\./", "- ../", file.read_text("utf-8"))
    assert count == 2
    file.write_text(text, "utf-8")
    return {**built, "production-with-operators": build(file.parent)}


def build(folder: Path) -> list[Json]:
    command = find_kustomize()
    assert command, "make setup-test installs it"
    built = subprocess.run(
        [*command, str(folder)],
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    assert not built.stderr
    return load_documents(built.stdout)


def check_confinement(pod: Json) -> None:
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


@each_overlay
def test_every_pod_is_confined(overlays: Overlays, name: str) -> None:
    pods = list_pods(overlays[name])
    assert pods.keys() >= {*ROLES, "admin"}
    assert ("backup" in pods) == (name != "demo")
    for pod in pods.values():
        check_confinement(pod)


@pytest.mark.parametrize("api", APIS)
def test_every_object_of_an_overlay_is_one_that_the_api_knows(
    overlays: Overlays, api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Otherwise it reads megabytes of definitions for every object.
    monkeypatch.setattr(utils, "schema_contents", functools.cache(utils.schema_contents))
    # Many objects are in every overlay.
    objects = {json.dumps(one, sort_keys=True): one for objects in overlays.values() for one in objects}
    own = [one for one in objects.values() if one["kind"] not in SCHEMAS]
    assert len(own) < len(objects)
    for one in own:
        kubernetes_validate.validate(one, api, strict=True)


def test_an_object_that_the_api_does_not_know_is_refused() -> None:
    [job] = [one for one in BASE if one["metadata"]["name"] == "auth-migrate"]
    wrong = {**job, "spec": {**job["spec"], "restartPolicy": "Never"}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, APIS[-1], strict=True)


def test_objects_of_operators_have_fields_that_these_know(overlays: Overlays) -> None:
    custom = [one for one in overlays[OVERLAYS[-1]] if one["kind"] in SCHEMAS]
    assert {one["kind"] for one in custom} == SCHEMAS.keys()
    for one in custom:
        schema = {"type": "object", "additionalProperties": False, **SCHEMAS[one["kind"]]}
        Draft202012Validator(schema).validate(one["spec"])


def test_keda_alone_counts_the_workers_that_it_knows(overlays: Overlays) -> None:
    """Two autoscalers of one deployment would undo each other's numbers."""
    for name in OVERLAYS:
        scaled = [
            one["spec"]["scaleTargetRef"]["name"]
            for one in overlays[name]
            if one["kind"] in {"HorizontalPodAutoscaler", "ScaledObject"}
        ]
        assert len(scaled) == len(set(scaled)) == (0 if name == "demo" else 8)
        for one in overlays[name]:
            if one["kind"] == "Deployment":
                assert ("replicas" in one["spec"]) == (one["metadata"]["name"] not in scaled)


@each_overlay
def test_an_overlay_leaves_nothing_open(overlays: Overlays, name: str) -> None:
    overlay = overlays[name]
    by_name = {(one["kind"], one["metadata"]["name"]): one for one in overlay}
    for role, pod in list_pods(overlay).items():
        for container in pod["containers"]:
            assert re.search(r":[0-9.]+$", container["image"]), container["image"]
            names = [variable["name"] for variable in container["env"]]
            assert len(names) == len(set(names)), role
            for variable in container["env"]:
                assert len(variable) == 2, variable
            for source in list_setting_sources(container):
                settings = by_name["ConfigMap", source["name"]]["data"]
                assert source["key"] in settings, (role, source["key"])
        for volume in pod["volumes"]:
            if "persistentVolumeClaim" in volume:
                assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in by_name
            for secret in list_secrets(volume):
                data = by_name["Secret", secret.get("secretName") or secret["name"]]["data"]
                assert {item["key"] for item in secret.get("items", [])} <= data.keys(), role
            assert len(volume) == 2, volume
    assert {one["metadata"].get("namespace", "govah") for one in overlay} == {"govah"}


def list_setting_sources(container: Json) -> Iterator[Json]:
    for variable in container["env"]:
        if "configMapKeyRef" in variable.get("valueFrom", {}):
            yield variable["valueFrom"]["configMapKeyRef"]


def list_secrets(volume: Json) -> Iterator[Json]:
    if "secret" in volume and not volume["secret"].get("optional"):
        yield volume["secret"]
    for source in volume.get("projected", {}).get("sources", []):
        yield source["secret"]


def test_objects_and_the_journal_are_in_buckets_for_everybody_that_uses_them(overlays: Overlays) -> None:
    pods = list_pods(overlays["production"])
    claims = {
        volume["persistentVolumeClaim"]["claimName"]
        for pod in pods.values()
        for volume in pod["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert claims == {"token-keys", "peppers", "backups"}
    for name, pod in pods.items():
        [container] = pod["containers"]
        variables = {one["name"]: one for one in container["env"]}
        paths = [mount["mountPath"] for mount in container["volumeMounts"]]
        needs = set()
        if "/var/lib/govah/endings" in paths:
            needs.add("GOVAH_ENDINGS_CREDENTIALS_FILE")
        if "GOVAH_STORAGE_URL" in variables:
            needs.add("GOVAH_STORAGE_CREDENTIALS_FILE")
        if needs:
            needs |= {"GOVAH_STORAGE_ENDPOINT", "GOVAH_STORAGE_REGION"}
        assert needs <= variables.keys(), name
        for file in needs & {"GOVAH_ENDINGS_CREDENTIALS_FILE", "GOVAH_STORAGE_CREDENTIALS_FILE"}:
            assert variables[file]["value"].rpartition("/")[0] in paths


@each_overlay
def test_only_the_edge_is_open_and_only_the_egress_proxy_reaches_the_world(
    overlays: Overlays, name: str
) -> None:
    policies = {
        one["metadata"]["name"]: one["spec"] for one in overlays[name] if one["kind"] == "NetworkPolicy"
    }
    assert policies["nothing"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [],
        "egress": [],
    }
    from_anywhere = [
        policy
        for policy, one in policies.items()
        if any("from" not in rule for rule in one.get("ingress", []))
    ]
    to_anywhere = [
        policy
        for policy, one in policies.items()
        if "0.0.0.0/0" in str(one) or any("to" not in rule for rule in one.get("egress", []))
    ]
    assert (from_anywhere, to_anywhere) == (["world-to-edge"], ["egress-to-world"])
    assert policies["world-to-edge"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "edge"
    assert policies["egress-to-world"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "egress"


@each_overlay
def test_what_answers_people_stays_while_machines_go(overlays: Overlays, name: str) -> None:
    budgets = {one["metadata"]["name"] for one in overlays[name] if one["kind"] == "PodDisruptionBudget"}
    web = {"edge", "egress", "auth", "records", "disclosure", "inquiry", "portal"}
    assert budgets == web | {"pdfworker", "records-importer"}
    for one in overlays[name]:
        if one["kind"] == "Deployment":
            assert one["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
            assert one["spec"]["template"]["spec"]["topologySpreadConstraints"]
            assert (
                one["spec"]["selector"]["matchLabels"].items()
                <= one["spec"]["template"]["metadata"]["labels"].items()
            )


def test_jobs_of_the_clock_are_those_of_the_table(overlays: Overlays) -> None:
    jobs = {one["metadata"]["name"] for one in overlays["production"] if one["kind"] == "CronJob"}
    assert jobs == set(CRON_JOBS)
