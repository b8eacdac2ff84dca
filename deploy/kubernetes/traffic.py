"""Which role may call which, and the network policies for it. `render` writes them from `CALLS`.

A pair that is not in the table is closed on both sides. What stands outside the cluster (stores, objects,
Prometheus) is an overlay's to open; time stamps and gateways are reached through `egress`.
"""

from collections.abc import Iterable, Iterator, Mapping

from deploy.kubernetes.objects import PART_OF, Json
from govah.local.roles import METRICS_PORT, ROLES, WEB_PORT
from services import SERVICES

# A role is called on one port; another one is named in the table, as in "edge:9000".
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
    # An operator's commands; `status` asks every service, the edge and the broker.
    "admin": ("postgres", "redis", *SERVICES, f"edge:{METRICS_PORT}"),
    "backup": ("postgres",),
}


def list_callers(role: str) -> list[str]:
    """Return the roles that call a role, on any port."""
    return sorted({caller for callers in _group_callers(role).values() for caller in callers})


def split_call(called: str) -> tuple[str, int]:
    """Return the role and the port of an entry of the table."""
    role, _, port = called.partition(":")
    return role, int(port) if port else PORTS.get(role, WEB_PORT)


def _group_callers(role: str) -> dict[int, list[str]]:
    """Return the roles that call a role, by the port."""
    by_port: dict[int, list[str]] = {}
    for caller, calls in sorted(CALLS.items()):
        for called, port in map(split_call, calls):
            if called == role:
                by_port.setdefault(port, []).append(caller)
    return by_port


def build_shared_policies() -> Iterator[Json]:
    """Yield the policies of no single role: all closed, the name server, and the ways of the world."""
    ours = {"matchLabels": dict(PART_OF)}
    dns = [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]
    yield build_policy("nothing", {}, ingress=[], egress=[])
    yield build_policy("names", ours, egress=[{"to": [{"namespaceSelector": {}}], "ports": dns}])
    yield build_policy("world-to-edge", select_pods(["edge"]), ingress=[{"ports": build_ports(8080, 8443)}])
    world = [{"ipBlock": {"cidr": "0.0.0.0/0"}}]
    yield build_policy(
        "egress-to-world",
        select_pods(["egress"]),
        egress=[{"to": world, "ports": build_ports(80, 443)}],
    )


def build_role_policy(role: str) -> Json:
    """Return the policy of one role: who calls it, and whom it calls.

    Raises KeyError for a role that is not in the table.
    """
    calls = CALLS[role] if role not in {"postgres", "redis"} else ()
    ingress = [
        {"from": [{"podSelector": select_pods(callers)}], "ports": build_ports(port)}
        for port, callers in _group_callers(role).items()
    ]
    egress = [
        {"to": [{"podSelector": select_pods([called])}], "ports": build_ports(port)}
        for called, port in map(split_call, calls)
    ]
    return build_policy(f"{role}-traffic", select_pods([role]), ingress=ingress, egress=egress)


def build_policy(name: str, pods: Json, **spec: list[Json]) -> Json:
    """Return the policy of the pods that a selector names; `spec` has `ingress`, `egress` or both."""
    types = [word.capitalize() for word in ("ingress", "egress") if word in spec]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": {"podSelector": pods, "policyTypes": types, **spec},
    }


def select_pods(names: Iterable[str]) -> Json:
    """Return the selector of the pods of some roles."""
    named = list(names)
    if len(named) == 1:
        return {"matchLabels": {"app.kubernetes.io/name": named[0], **PART_OF}}
    named_so = {"key": "app.kubernetes.io/name", "operator": "In", "values": named}
    return {"matchLabels": dict(PART_OF), "matchExpressions": [named_so]}


def build_ports(*numbers: int) -> list[Json]:
    """Return what a rule of a policy says of ports."""
    return [{"port": number, "protocol": "TCP"} for number in numbers]
