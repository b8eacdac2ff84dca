"""Writes the base of deploy/kubernetes, and parts of others, from compose.yaml: `make kubernetes`.

One description of the roles, two shapes. Git ignores the folders of `GENERATED`, which this writes. What an
operator chooses is in the overlays, which are written by hand.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from deploy.kubernetes.crons import build_admin, build_backup
from deploy.kubernetes.monitors import build_monitors
from deploy.kubernetes.objects import Json, build_labels, build_metadata, build_selector
from deploy.kubernetes.pods import DRAIN_SECONDS, PORTS, build_pod, list_variables
from deploy.kubernetes.traffic import build_role_policy, build_shared_policies
from govah.local.roles import BY_NAME

HERE = Path(__file__).resolve().parent
COMPOSE = HERE.parents[1] / "compose.yaml"
INIT = HERE.parent / "compose" / "postgres.sh"
EMBLEM = HERE.parents[1] / "services" / "pdfworker" / "letter" / "emblem.svg"
STORES = {"postgres": 5432, "redis": 6379}
# Claims with their sizes; only the demo has `messages`.
CLAIMS = {
    "records-objects": "50Gi",
    "disclosure-objects": "50Gi",
    "inquiry-objects": "50Gi",
    "token-keys": "1Mi",
    "peppers": "1Mi",
    "endings": "1Gi",
}
BACKUPS_SIZE = "200Gi"
STORE_SIZES = {"postgres": "20Gi", "redis": "1Gi"}
GENERATED = ("base", "overlays/demo/stores", "components/backups/job", "components/prometheus/monitors")
HEAD = "# Written by `make kubernetes` from compose.yaml; change that, or an overlay.\n"


class Plain(yaml.SafeDumper):  # type: ignore[misc]  # has no types
    """A dumper without anchors that writes long texts as blocks."""

    def ignore_aliases(self, data: object) -> bool:
        """Return that nothing is an alias: kustomize and readers would have to follow anchors."""
        return data is not None


def _write_text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


Plain.add_representer(str, _write_text)


def main() -> None:
    """Write every file below this folder."""
    write_files(HERE)


def write_files(folder: Path) -> None:
    """Write every file below a folder, and remove files there that no role has any longer."""
    files = render_files()
    for generated in GENERATED:
        shutil.rmtree(folder / generated, ignore_errors=True)
        (folder / generated).mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")


def render_files() -> dict[str, str]:
    """Return the text of every file, by its path below this folder."""
    compose = yaml.safe_load(COMPOSE.read_text("utf-8"))
    containers: Mapping[str, Json] = compose["services"]
    roles = {name: one for name, one in containers.items() if "profiles" not in one and name not in STORES}
    objects = {name: list(build_objects(name, container)) for name, container in roles.items()}
    objects["admin"] = [build_admin(containers["admin"]), build_role_policy("admin")]
    objects["claims"] = [build_claim(name, size) for name, size in CLAIMS.items()]
    files = {f"base/{name}.yaml": write_documents(parts) for name, parts in objects.items()}
    files["base/settings.env"] = write_settings({**roles, "backup": containers["backup-timer"]})
    files["base/emblem.svg"] = EMBLEM.read_text("utf-8")
    files["base/kustomization.yaml"] = write_documents(
        [build_kustomization([*objects, "namespace", "network"])]
    )
    files["base/namespace.yaml"] = write_documents([build_namespace()])
    files["base/network.yaml"] = write_documents(list(build_shared_policies()))
    stores = {name: list(build_store(name, containers[name])) for name in STORES}
    stores["demo"] = [build_job("demo", containers["demo"])]
    for name, parts in stores.items():
        parts.append(build_role_policy(name))
    files |= {f"overlays/demo/stores/{name}.yaml": write_documents(parts) for name, parts in stores.items()}
    backup = [build_backup(containers["backup-timer"]), build_role_policy("backup")]
    backup.append(build_claim("backups", BACKUPS_SIZE))
    files["components/backups/job/backup.yaml"] = write_documents(backup)
    files["components/prometheus/monitors/monitors.yaml"] = write_documents(list(build_monitors()))
    return files


def write_documents(parts: list[Json]) -> str:
    text = yaml.dump_all(parts, Dumper=Plain, sort_keys=False, default_flow_style=None, width=110)
    return HEAD + str(text)


def write_settings(roles: Mapping[str, Json]) -> str:
    """Return a line for each variable with a default in compose.yaml; overlays add the others."""
    defaults = dict(pair for role in roles.values() for pair in list_variables(role) if pair[1] is not None)
    # A Service sends connections to a pod for some moments after it was asked to end.
    defaults["GOVAH_DRAIN_SECONDS"] = str(DRAIN_SECONDS)
    lines = [f"{name}={default}\n" for name, default in sorted(defaults.items())]
    return HEAD + "".join(lines)


def build_kustomization(files: list[str]) -> Json:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(f"{name}.yaml" for name in files),
        "configMapGenerator": [
            {"name": "settings", "envs": ["settings.env"]},
            {"name": "emblem", "files": ["emblem.svg"]},
        ],
    }


def build_namespace() -> Json:
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "govah", "labels": labels}}


def build_claim(name: str, size: str) -> Json:
    """Return a volume that pods on several machines mount; the overlay names its storage class."""
    spec = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": size}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def find_kind(name: str, container: Json) -> str:
    """Return what a role is to the cluster: job, edge, egress, web, worker or loops."""
    if container["restart"] == "no":
        return "job"
    return name if name in {"edge", "egress"} else BY_NAME[name].kind.value


def build_objects(name: str, container: Json) -> Iterator[Json]:
    """Yield the objects of one role, in the order in which they are read."""
    kind = find_kind(name, container)
    if kind == "job":
        yield build_job(name, container)
        yield build_role_policy(name)
        return
    if kind in {"web", "edge", "egress"}:
        yield build_service(name, PORTS[kind])
    yield build_deployment(name, kind, container)
    if kind in {"web", "edge", "egress", "worker"}:
        yield {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": build_metadata(name, kind),
            "spec": {"maxUnavailable": 1, "selector": build_selector(name)},
        }
    yield build_role_policy(name)


def build_service(name: str, ports: Mapping[str, int]) -> Json:
    service_ports = [{"name": word, "port": port, "targetPort": port} for word, port in ports.items()]
    spec = {"selector": build_selector(name)["matchLabels"], "ports": service_ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": build_metadata(name, "service"), "spec": spec}


def build_deployment(name: str, kind: str, container: Json) -> Json:
    """Return a deployment. Old pods stay until new ones are ready, so a role never has too few."""
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": build_selector(name),
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": build_metadata(name, kind),
        "spec": {
            "replicas": 1,
            "revisionHistoryLimit": 3,
            "selector": build_selector(name),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {
                "metadata": {"labels": build_labels(name, kind)},
                "spec": {**build_pod(name, kind, container), "topologySpreadConstraints": [spread]},
            },
        },
    }


def build_job(name: str, container: Json) -> Json:
    """Return a job that runs at every `apply`, with retries, and is deleted before the next one."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": build_metadata(name, "job"),
        "spec": {
            "backoffLimit": 20,
            "ttlSecondsAfterFinished": 60,
            "template": {
                "metadata": {"labels": build_labels(name, "job")},
                "spec": {**build_pod(name, "job", container), "restartPolicy": "OnFailure"},
            },
        },
    }


def build_store(name: str, container: Json) -> Iterator[Json]:
    """Yield PostgreSQL or Redis inside the cluster, for the demo only."""
    size = {"resources": {"requests": {"storage": STORE_SIZES[name]}}}
    template = {
        "metadata": {"labels": build_labels(name, "store")},
        "spec": build_pod(name, "store", container),
    }
    if name == "postgres":
        data = {"govah.sh": INIT.read_text("utf-8")}
        yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "postgres-init"}, "data": data}
    yield build_service(name, {name: STORES[name]})
    yield {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": build_metadata(name, "store"),
        "spec": {
            "replicas": 1,
            "serviceName": name,
            "selector": build_selector(name),
            "template": template,
            "volumeClaimTemplates": [
                {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], **size}}
            ],
        },
    }


if __name__ == "__main__":
    main()
