"""One container of compose.yaml as the pod of a role: settings, secrets, volumes, probes, confinement."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from deploy.kubernetes.objects import Json
from govah.local.roles import METRICS_PORT, WEB_PORT
from services import SERVICES

VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
NAMESPACE = "NAMESPACE"
EGRESS_PORT = 3128
# The ports of a container that others find by name, such as Prometheus, by the kind of its role.
PORTS: Mapping[str, Mapping[str, int]] = {
    "web": {"http": WEB_PORT},
    "edge": {"http": 8080, "https": 8443, "metrics": METRICS_PORT},
    "egress": {"proxy": EGRESS_PORT},
    "loops": {"metrics": METRICS_PORT},
    "worker": {"metrics": METRICS_PORT},
}
INIT_FOLDER = "/docker-entrypoint-initdb.d"
# What a role requests at least; its bound in memory is that of compose.yaml, processor time has none.
REQUESTS = {
    "web": ("100m", "160Mi"),
    "loops": ("25m", "128Mi"),
    "worker": ("500m", "512Mi"),
    "edge": ("50m", "32Mi"),
    "egress": ("25m", "48Mi"),
    "job": ("50m", "128Mi"),
    "store": ("100m", "256Mi"),
}
PRIVATE = (
    "records-objects",
    "disclosure-objects",
    "inquiry-objects",
    "token-keys",
    "peppers",
    "endings",
    "backups",
)
# Seconds for which what is asked to end goes on answering, until no node sends it connections any more.
DRAIN_SECONDS = 5
# The kinds that others open connections to. A web process drains automatically (GOVAH_DRAIN_SECONDS).
DRAINED = ("web", "edge", "egress")
UNITS = {"m": "Mi", "g": "Gi"}
# Files of the working copy that compose mounts; the cluster has them in config maps.
CONFIG_MAPS = {
    "/docker-entrypoint-initdb.d/govah.sh": "postgres-init",
    "/etc/govah/emblem.svg": "emblem",
}


def list_variables(container: Json) -> Iterator[tuple[str, str | None]]:
    """Yield the variables of a container with their defaults; None where an operator must choose."""
    for value in container["environment"].values():
        for name, mark, default in VARIABLE.findall(str(value)):
            yield name, default if mark == "-" else None


def build_pod(name: str, kind: str, container: Json) -> Json:
    """Return the specification of the pod of one role."""
    uid, _, gid = container["user"].partition(":")
    mounts, volumes = _build_volumes(name, container)
    limit = _convert_memory(container["mem_limit"])
    processor, memory = REQUESTS[kind]
    image = re.sub(r"^\$\{GOVAH_REGISTRY:-\}|:\$\{GOVAH_VERSION.*$", "", container["image"])
    grace = int(container.get("stop_grace_period", "30s").rstrip("s"))
    inside = {
        "name": name,
        # A store's image has a default of its own.
        "image": VARIABLE.sub(lambda variable: variable[3], image),
        # An image's entry point stays; compose's command takes the place of its arguments, as here.
        **({"args": [_decode_word(word) for word in container["command"]]} if "command" in container else {}),
        **_build_ports(kind),
        "env": list(_build_environment(name, container)),
        "resources": {"requests": {"cpu": processor, "memory": memory}, "limits": {"memory": limit}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": container["read_only"],
            "capabilities": {"drop": container["cap_drop"]},
        },
        "volumeMounts": mounts,
        **_build_probes(kind, container),
        **_build_lifecycle(kind),
    }
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": grace + (DRAIN_SECONDS if kind in DRAINED else 0),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": int(uid),
            "runAsGroup": int(gid),
            "fsGroup": int(gid),
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [inside],
        "volumes": volumes,
    }


def _convert_memory(written: str) -> str:
    value = VARIABLE.sub(lambda variable: variable[3], written)
    return value[:-1] + UNITS[value[-1]]


def _decode_word(word: str) -> str:
    """Return a word of a command as the container sees it."""
    return word.replace("$$", "$")


def _build_environment(name: str, container: Json) -> Iterator[Json]:
    """Yield a container's variables: one that is a whole value comes from the settings.

    One inside a text becomes a variable of its own before the text.
    """
    if name == "edge":
        yield {"name": NAMESPACE, "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}
        for service in (*SERVICES, "portal"):
            # nginx asks the name server itself, which knows whole names only.
            address = f"{service}.$({NAMESPACE}).svc.cluster.local:{WEB_PORT}"
            yield {"name": f"EDGE_{service.upper()}", "value": address}
    if name == "postgres":
        # A claim's own folder may hold what its file system needs.
        yield {"name": "PGDATA", "value": "/var/lib/postgresql/data/pgdata"}
    before: set[str] = set()
    for variable, value in container.get("environment", {}).items():
        references = VARIABLE.findall(str(value))
        if name == "admin" and variable.endswith("_STORAGE_URL"):
            # Where its own claims are mounted: not where those of a service are, which the settings say.
            yield {"name": variable, "value": references[0][2]}
            continue
        if references and VARIABLE.fullmatch(str(value)):
            yield {"name": variable, "valueFrom": _build_setting(references[0][0])}
            continue
        for inner in (inner for inner, *_ in references if inner not in before):
            before.add(inner)
            yield {"name": inner, "valueFrom": _build_setting(inner)}
        yield {"name": variable, "value": VARIABLE.sub(r"$(\1)", str(value))}


def _build_setting(key: str) -> Json:
    return {"configMapKeyRef": {"name": "settings", "key": key}}


def _build_volumes(name: str, container: Json) -> tuple[list[Json], list[Json]]:
    """Return the mounts of a container and the volumes behind them."""
    mounts, volumes = [], []

    def add(volume: str, path: str, source: Json, **more: object) -> None:
        mounts.append({"name": volume, "mountPath": path, **more})
        volumes.append({"name": volume, **source})

    for number, entry in enumerate(container.get("tmpfs", [])):
        path, _, size = entry.partition(":size=")
        bound = {"sizeLimit": size[:-1] + UNITS[size[-1]]} if size else {}
        add(f"tmp-{number}" if number else "tmp", path, {"emptyDir": {"medium": "Memory", **bound}})
    if secrets := container.get("secrets"):
        items = [{"key": secret, "path": secret} for secret in secrets]
        source = {"secret": {"secretName": "govah", "defaultMode": 0o440, "items": items}}
        add("secrets", "/run/secrets", source, readOnly=True)
    for named, path, read_only in map(_parse_mount, container.get("volumes", [])):
        # A folder of the machine is compose's; here it is always the volume that is the default.
        volume = VARIABLE.sub(lambda variable: variable[3], named)
        more = {"readOnly": True} if read_only else {}
        if name in {"postgres", "redis"} and not path.startswith(INIT_FOLDER):
            # The claim comes from the StatefulSet's template.
            mounts.append({"name": "data", "mountPath": path})
            continue
        word, mounted, source = _find_source(name, volume, path)
        # A file of a ConfigMap is mounted at its own path.
        place: Json = {"subPath": Path(path).name} if path in CONFIG_MAPS else {}
        add(word, mounted, source, **more, **place)
    if "shm_size" in container:
        shared = {"medium": "Memory", "sizeLimit": _convert_memory(container["shm_size"])}
        add("shm", "/dev/shm", {"emptyDir": shared})  # noqa: S108 -- where PostgreSQL shares memory
    return mounts, volumes


def _find_source(name: str, volume: str, path: str) -> tuple[str, str, Json]:
    """Return the name of a volume of compose in the pod, where it is mounted, and what is behind it."""
    if volume in PRIVATE:
        return volume, path, {"persistentVolumeClaim": {"claimName": volume}}
    if path == "/run/govah-secrets":
        # A backup has them all.
        return "all-secrets", path, {"secret": {"secretName": "govah", "defaultMode": 0o440}}
    if name == "edge":
        return path.rpartition("/")[2], path, _build_edge_source(path)
    if path in CONFIG_MAPS:
        return CONFIG_MAPS[path], path, {"configMap": {"name": CONFIG_MAPS[path]}}
    if path.startswith(INIT_FOLDER):
        return "init", INIT_FOLDER, {"configMap": {"name": "postgres-init"}}
    # Messages of a trial; the demo puts a claim in its place.
    return "messages", path, {"emptyDir": {}}


def _build_edge_source(path: str) -> Json:
    if path == "/etc/govah/tls":
        items = [{"key": "tls.crt", "path": "fullchain.pem"}, {"key": "tls.key", "path": "privkey.pem"}]
        certificate = {"secretName": "edge-tls", "optional": True, "defaultMode": 0o440, "items": items}
        return {"secret": certificate}
    # Incidents, and the webroot of ACME, which stays empty: the ingress has certificates of its own.
    return {"emptyDir": {"sizeLimit": "1Gi"}}


def _parse_mount(entry: str) -> tuple[str, str, bool]:
    """Return what a line of compose's volumes mounts, where, and whether read-only. Raises ValueError."""
    mount = re.fullmatch(r"(\$\{[^}]*\}|[^:]+):([^:]+)(:ro)?", entry)
    if mount is None:
        raise ValueError(entry)
    return mount[1], mount[2], bool(mount[3])


def _build_ports(kind: str) -> Json:
    ports = PORTS.get(kind, {})
    return {"ports": [{"name": name, "containerPort": port} for name, port in ports.items()]} if ports else {}


def _build_lifecycle(kind: str) -> Json:
    """Return what precedes the signal to end: nginx and httpd stop listening at that signal."""
    if kind not in {"edge", "egress"}:
        return {}
    return {"lifecycle": {"preStop": {"exec": {"command": ["sleep", str(DRAIN_SECONDS)]}}}}


def _build_probes(kind: str, container: Json) -> Json:
    """Return the probes of a container. A process is ready if it answers, even while a dependency is down.

    A broker or a service that is down must not take the others out of service or restart them repeatedly.
    """
    if kind == "job":
        return {}
    if kind == "web":
        alive = {"httpGet": {"path": "/healthz", "port": WEB_PORT}, "timeoutSeconds": 5}
        return {
            "startupProbe": {**alive, "periodSeconds": 2, "failureThreshold": 60},
            "readinessProbe": {**alive, "periodSeconds": 5, "failureThreshold": 2},
            "livenessProbe": {**alive, "periodSeconds": 15, "failureThreshold": 4},
        }
    if kind == "egress":
        open_port = {"tcpSocket": {"port": EGRESS_PORT}, "timeoutSeconds": 3}
        return {
            "readinessProbe": {**open_port, "periodSeconds": 5},
            "livenessProbe": {**open_port, "periodSeconds": 15},
        }
    check = container["healthcheck"]
    words = [_decode_word(word) for word in check["test"][1:]]
    probe = {
        "exec": {"command": words},
        "timeoutSeconds": int(check["timeout"].rstrip("s")),
        "periodSeconds": int(check["interval"].rstrip("s")),
        "failureThreshold": check["retries"],
    }
    if kind == "worker":
        # The check asks through the broker, so its silence starts nothing again: leases see to what was at
        # hand. A process that no longer answers for its metrics hangs itself.
        alive = {"httpGet": {"path": "/metrics", "port": METRICS_PORT}, "timeoutSeconds": 10}
        return {
            "readinessProbe": probe,
            "livenessProbe": {
                **alive,
                "initialDelaySeconds": 60,
                "periodSeconds": 30,
                "failureThreshold": 10,
            },
        }
    if kind == "loops":
        # Ready soon, so that an update goes on; heartbeats are the same for both.
        return {
            "readinessProbe": {**probe, "periodSeconds": 10},
            "livenessProbe": {**probe, "initialDelaySeconds": 60},
        }
    return {"readinessProbe": probe, "livenessProbe": {**probe, "initialDelaySeconds": 60}}
