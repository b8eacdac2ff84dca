"""Which role may call which, and the network policies for it. `render` writes them from `CALLS`.

A pair that is not in the table is closed on both sides. What stands outside the cluster (stores, objects,
Prometheus) is an overlay's to open; time stamps and gateways are reached through `egress`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from govah.local.roles import ROLES, WEB_PORT
from services import SERVICES

Json = dict[str, Any]

PORTS = {"postgres": 5432, "redis": 6379, "edge": 8080, "egress": 3128}

# Whom each role calls, and each job, the edge and the trial's demo with the commands of auth.
CALLS: Mapping[str, tuple[str, ...]] = {
    "edge": (*SERVICES, "portal"),
    "egress": (),
    **{role.name: role.calls for role in ROLES},
    **{f"{service}-migrate": ("postgres",) for service in SERVICES},
    "auth-setup": ("postgres",),
    "inquiry-setup": ("postgres",),
    "demo": ("postgres", "redis", "edge"),
}


def list_callers(role: str) -> list[str]:
    """Return the roles that call a role."""
    return sorted(name for name, called in CALLS.items() if role in called)


def build_shared_policies() -> Iterator[Json]:
    """Yield the policies of no single role: all closed, the name server, and the ways of the world."""
    ours = {"matchLabels": {"app.kubernetes.io/part-of": "govah"}}
    dns = [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]
    yield _build_policy("nothing", {}, ingress=[], egress=[])
    yield _build_policy("names", ours, egress=[{"to": [{"namespaceSelector": {}}], "ports": dns}])
    yield _build_policy(
        "world-to-edge", _select_pods(["edge"]), ingress=[{"ports": _build_ports(8080, 8443)}]
    )
    world = [{"ipBlock": {"cidr": "0.0.0.0/0"}}]
    yield _build_policy(
        "egress-to-world",
        _select_pods(["egress"]),
        egress=[{"to": world, "ports": _build_ports(80, 443)}],
    )


def build_role_policy(role: str) -> Json:
    """Return the policy of one role: who calls it, and whom it calls.

    Raises KeyError for a role that is not in the table.
    """
    called = CALLS[role] if role not in {"postgres", "redis"} else ()
    ingress = [
        {"from": [{"podSelector": _select_pods(names)}], "ports": _build_ports(_find_port(role))}
        for names in [list_callers(role)]
        if names
    ]
    egress = [
        {"to": [{"podSelector": _select_pods([name])}], "ports": _build_ports(_find_port(name))}
        for name in called
    ]
    return _build_policy(f"{role}-traffic", _select_pods([role]), ingress=ingress, egress=egress)


def _build_policy(name: str, pods: Json, **spec: list[Json]) -> Json:
    types = [word.capitalize() for word in ("ingress", "egress") if word in spec]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": {"podSelector": pods, "policyTypes": types, **spec},
    }


def _select_pods(names: Iterable[str]) -> Json:
    """Return the selector of the pods of some roles."""
    ours, named = {"app.kubernetes.io/part-of": "govah"}, list(names)
    if len(named) == 1:
        return {"matchLabels": {"app.kubernetes.io/name": named[0], **ours}}
    named_so = {"key": "app.kubernetes.io/name", "operator": "In", "values": named}
    return {"matchLabels": ours, "matchExpressions": [named_so]}


def _find_port(role: str) -> int:
    return PORTS.get(role, WEB_PORT)


def _build_ports(*numbers: int) -> list[Json]:
    return [{"port": number, "protocol": "TCP"} for number in numbers]
