"""The objects of deploy/kubernetes are those that a cluster's API knows, and overlays leave nothing open."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator

import kubernetes_validate
import pytest

from deploy.kubernetes.render import write_files
from deploy.kustomize import find_kustomize
from tests.unit.deploy.manifests import BASE, KUBERNETES, ROLES, ROOT, Json, list_pods, load_documents

# The oldest and the newest API that the objects are held to.
APIS = ("1.27", kubernetes_validate.latest_version())
OVERLAYS = ("demo", "production")


@pytest.fixture(scope="module", params=OVERLAYS)
def overlay(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Json]:
    """Return the objects of an overlay, with secrets as `make secrets` draws them."""
    command, copy = find_kustomize(), tmp_path_factory.mktemp("kubernetes") / "tree"
    assert command, "make setup-test installs it"
    shutil.copytree(KUBERNETES, copy)
    write_files(copy)
    secrets = copy / "overlays" / request.param / "secrets"
    environment = {
        "PATH": os.environ["PATH"],
        "GOVAH_SECRETS_DIR": str(secrets),
        "GOVAH_GROUP": str(os.getegid()),
    }
    subprocess.run([ROOT / "deploy" / "secrets.sh"], env=environment, check=True, capture_output=True)
    for name in ("records.s3", "disclosure.s3", "inquiry.s3"):
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


def test_every_pod_is_confined(overlay: list[Json]) -> None:
    pods = list_pods(overlay)
    assert len(pods) >= len(ROLES)
    for pod in pods.values():
        check_confinement(pod)


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
    for name, pod in list_pods(overlay).items():
        for container in pod["containers"]:
            assert re.search(r":[0-9.]+$", container["image"]), container["image"]
            for source in list_setting_sources(container):
                settings = by_name["ConfigMap", source["name"]]["data"]
                assert source["key"] in settings, (name, source["key"])
        for volume in pod["volumes"]:
            if "persistentVolumeClaim" in volume:
                assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in by_name
            if "secret" in volume and not volume["secret"].get("optional"):
                secrets = by_name["Secret", volume["secret"]["secretName"]]["data"]
                assert {item["key"] for item in volume["secret"].get("items", [])} <= secrets.keys(), name
            assert len(volume) == 2, volume
    assert {one["metadata"].get("namespace", "govah") for one in overlay} == {"govah"}


def list_setting_sources(container: Json) -> Iterator[Json]:
    for variable in container["env"]:
        if "configMapKeyRef" in variable.get("valueFrom", {}):
            yield variable["valueFrom"]["configMapKeyRef"]


def test_only_the_edge_is_open_and_only_the_egress_proxy_reaches_the_world(overlay: list[Json]) -> None:
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
    assert (from_anywhere, to_anywhere) == (["world-to-edge"], ["egress-to-world"])
    assert policies["world-to-edge"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "edge"
    assert policies["egress-to-world"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "egress"


def test_what_answers_people_stays_while_machines_go(overlay: list[Json]) -> None:
    budgets = {one["metadata"]["name"] for one in overlay if one["kind"] == "PodDisruptionBudget"}
    assert budgets == {"edge", "egress", "auth", "records", "disclosure", "inquiry", "portal", "pdfworker"}
    for one in overlay:
        if one["kind"] == "Deployment":
            assert one["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
            assert one["spec"]["template"]["spec"]["topologySpreadConstraints"]
            assert (
                one["spec"]["selector"]["matchLabels"].items()
                <= one["spec"]["template"]["metadata"]["labels"].items()
            )
