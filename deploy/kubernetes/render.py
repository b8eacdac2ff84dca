"""Writes the base of deploy/kubernetes, and the demo's stores, from compose.yaml: `make kubernetes`.

One description of the roles, two shapes. Git ignores the folders of `GENERATED`, which this writes. What an
operator chooses is in the overlays, which are written by hand.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # comes with a validator, without types

from deploy.kubernetes.pods import Json, pod, variables
from deploy.kubernetes.traffic import role_policy, shared_policies
from govah.local.roles import BY_NAME, METRICS_PORT, WEB_PORT

HERE = Path(__file__).resolve().parent
COMPOSE = HERE.parents[1] / "compose.yaml"
INIT = HERE.parent / "compose" / "postgres.sh"
STORES = {"postgres": 5432, "redis": 6379}
# Claims, each with its size; `messages` is the demo's alone.
CLAIMS = {"disclosure-objects": "50Gi", "inquiry-objects": "50Gi", "token-keys": "1Mi", "peppers": "1Mi"}
STORE_SIZES = {"postgres": "20Gi", "redis": "1Gi"}
GENERATED = ("base", "overlays/demo/stores")
HEAD = "# Written by `make kubernetes` from compose.yaml; change that, or an overlay.\n"


class Plain(yaml.SafeDumper):  # type: ignore[misc]  # has no types
    """Writes what stands twice twice, and long texts as they are."""

    def ignore_aliases(self, data: object) -> bool:
        """No anchors: kustomize and readers would have to follow them."""
        return data is not None


def _text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


Plain.add_representer(str, _text)


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
    objects = {name: list(objects_of(name, container)) for name, container in roles.items()}
    objects["claims"] = [claim(name, size) for name, size in CLAIMS.items()]
    files = {f"base/{name}.yaml": documents(parts) for name, parts in objects.items()}
    files["base/settings.env"] = settings(roles)
    files["base/kustomization.yaml"] = documents([kustomization([*objects, "namespace", "network"])])
    files["base/namespace.yaml"] = documents([namespace()])
    files["base/network.yaml"] = documents(list(shared_policies()))
    stores = {name: list(store(name, containers[name])) for name in STORES}
    stores["demo"] = [job("demo", containers["demo"])]
    for name, parts in stores.items():
        parts.append(role_policy(name))
    files |= {f"overlays/demo/stores/{name}.yaml": documents(parts) for name, parts in stores.items()}
    return files


def documents(parts: list[Json]) -> str:
    text = yaml.dump_all(parts, Dumper=Plain, sort_keys=False, default_flow_style=None, width=110)
    return HEAD + str(text)


def settings(roles: Mapping[str, Json]) -> str:
    """Every variable that compose.yaml gives a default; overlays add those that have none."""
    found = {pair for role in roles.values() for pair in variables(role)}
    lines = [f"{name}={default}\n" for name, default in sorted(found, key=str) if default is not None]
    return HEAD + "".join(lines)


def kustomization(files: list[str]) -> Json:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(f"{name}.yaml" for name in files),
        "configMapGenerator": [{"name": "settings", "envs": ["settings.env"]}],
    }


def namespace() -> Json:
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "govah", "labels": labels}}


def claim(name: str, size: str) -> Json:
    """A volume that pods on several machines mount; the overlay names its storage class."""
    spec = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": size}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def kind_of(name: str, container: Json) -> str:
    """What a role is to the cluster: job, edge, web, worker or loops."""
    if container["restart"] == "no":
        return "job"
    return "edge" if name == "edge" else BY_NAME[name].kind.value


def objects_of(name: str, container: Json) -> Iterator[Json]:
    """The objects of one role, in the order in which they are read."""
    kind = kind_of(name, container)
    if kind == "job":
        yield job(name, container)
        yield role_policy(name)
        return
    if kind in {"web", "edge"}:
        of_edge = {"http": 8080, "https": 8443, "metrics": METRICS_PORT}
        ports = of_edge if kind == "edge" else {"http": WEB_PORT}
        yield service(name, ports)
    yield deployment(name, kind, container)
    if kind in {"web", "edge", "worker"}:
        yield {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": metadata(name, kind),
            "spec": {"maxUnavailable": 1, "selector": selector(name)},
        }
    yield role_policy(name)


def metadata(name: str, kind: str) -> Json:
    return {"name": name, "labels": labels(name, kind)}


def labels(name: str, kind: str) -> Json:
    return {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/component": kind,
        "app.kubernetes.io/part-of": "govah",
    }


def selector(name: str) -> Json:
    return {"matchLabels": {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "govah"}}


def service(name: str, ports: Mapping[str, int]) -> Json:
    listed = [{"name": word, "port": port, "targetPort": port} for word, port in ports.items()]
    spec = {"selector": selector(name)["matchLabels"], "ports": listed}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata(name, "service"), "spec": spec}


def deployment(name: str, kind: str, container: Json) -> Json:
    """Old pods stay until new ones are ready, so that a role never has fewer than it should."""
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": selector(name),
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(name, kind),
        "spec": {
            "replicas": 1,
            "revisionHistoryLimit": 3,
            "selector": selector(name),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {
                "metadata": {"labels": labels(name, kind)},
                "spec": {**pod(name, kind, container), "topologySpreadConstraints": [spread]},
            },
        },
    }


def job(name: str, container: Json) -> Json:
    """Runs to its end at every `apply`, however often it takes, and is cleared away for the next one."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata(name, "job"),
        "spec": {
            "backoffLimit": 20,
            "ttlSecondsAfterFinished": 60,
            "template": {
                "metadata": {"labels": labels(name, "job")},
                "spec": {**pod(name, "job", container), "restartPolicy": "OnFailure"},
            },
        },
    }


def store(name: str, container: Json) -> Iterator[Json]:
    """PostgreSQL or Redis inside the cluster, for the demo alone."""
    size = {"resources": {"requests": {"storage": STORE_SIZES[name]}}}
    template = {"metadata": {"labels": labels(name, "store")}, "spec": pod(name, "store", container)}
    if name == "postgres":
        data = {"govah.sh": INIT.read_text("utf-8")}
        yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "postgres-init"}, "data": data}
    yield service(name, {name: STORES[name]})
    yield {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": metadata(name, "store"),
        "spec": {
            "replicas": 1,
            "serviceName": name,
            "selector": selector(name),
            "template": template,
            "volumeClaimTemplates": [
                {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], **size}}
            ],
        },
    }


if __name__ == "__main__":
    main()
