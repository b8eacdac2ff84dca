"""Who may speak to whom in a cluster: exactly the pairs of the table, on exactly their ports."""

import re

import pytest

from deploy.kubernetes.traffic import CALLS, list_callers
from tests.unit.deploy.manifests import (
    CONTAINERS,
    CRON_JOBS,
    KUBERNETES,
    OBJECTS,
    ROOT,
    STORES,
    Json,
    list_templates,
    load_documents,
)

# Of profiles; in Kubernetes the CronJobs `admin` and `backup` stand for the two that are there.
OTHERS = {"admin", "backup", "backup-timer", "recover", "restore", "wal-archive"}
LISTENS = {"postgres": 5432, "redis": 6379, "edge": 8080, "egress": 3128} | dict.fromkeys(
    ("auth", "records", "disclosure", "inquiry", "portal"), 8000
)
# Every port that a role listens on, and others that an intruder would try.
PORTS = (22, 53, 80, 443, 3128, 5432, 6379, 8000, 8080, 8443, 9000)

POLICIES = [one["spec"] for one in OBJECTS if one["kind"] == "NetworkPolicy"]
PODS = {name: template["metadata"]["labels"] for name, template in list_templates(OBJECTS).items()}


def is_selected(selector: Json, labels: dict[str, str]) -> bool:
    """Return whether a label selector matches these labels, as the API defines it."""
    for rule in selector.get("matchExpressions", []):
        assert rule["operator"] == "In"
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return bool(selector.get("matchLabels", {}).items() <= labels.items())


def is_allowed(direction: str, own: dict[str, str], other: dict[str, str] | None, port: int) -> bool:
    """Return whether one side allows a TCP connection with such a pod, or with the world (None)."""
    word, peers = direction.lower(), "from" if direction == "Ingress" else "to"
    meant = [
        one for one in POLICIES if is_selected(one["podSelector"], own) and direction in one["policyTypes"]
    ]
    assert meant, "a pod that no policy means is open"
    return any(
        {"port": port, "protocol": "TCP"} in rule.get("ports", [])
        and (peers not in rule or any(is_peer(peer, other) for peer in rule[peers]))
        for one in meant
        for rule in one[word]
    )


def is_peer(peer: Json, labels: dict[str, str] | None) -> bool:
    if labels is None:
        return "ipBlock" in peer
    # A namespace selector means pods of other namespaces, such as Prometheus.
    return (
        "podSelector" in peer and "namespaceSelector" not in peer and is_selected(peer["podSelector"], labels)
    )


def find_port(called: str) -> tuple[str, int]:
    role, _, port = called.partition(":")
    return role, int(port or LISTENS[role])


def can_connect(caller: str, called: str, port: int) -> bool:
    return is_allowed("Egress", PODS[caller], PODS[called], port) and is_allowed(
        "Ingress", PODS[called], PODS[caller], port
    )


def test_every_role_is_in_the_table_and_calls_only_roles() -> None:
    assert set(PODS) == (set(CONTAINERS) - OTHERS) | set(CRON_JOBS)
    assert set(PODS) - STORES == CALLS.keys()
    assert {find_port(called)[0] for calls in CALLS.values() for called in calls} <= LISTENS.keys()


@pytest.mark.parametrize("caller", PODS)
def test_a_role_reaches_whom_it_calls_and_nobody_else(caller: str) -> None:
    reached = {
        (called, port)
        for called in PODS
        for port in PORTS
        if called != caller and can_connect(caller, called, port)
    }
    # The front door is open to everybody, but only the trial's job has a way to it.
    assert reached == {find_port(called) for called in CALLS.get(caller, ())}


@pytest.mark.parametrize("name", PODS)
def test_only_the_edge_hears_the_world_and_only_the_egress_proxy_reaches_it(name: str) -> None:
    open_inwards = {port for port in PORTS if is_allowed("Ingress", PODS[name], None, port)}
    assert open_inwards == ({8080, 8443} if name == "edge" else set())
    open_outwards = {port for port in PORTS if is_allowed("Egress", PODS[name], None, port)}
    assert open_outwards == ({80, 443} if name == "egress" else set())


def test_what_must_never_speak_does_not() -> None:
    for caller, called in (
        *(("edge", store) for store in STORES),
        *(
            ("portal", "postgres"),
            ("pdfworker", "postgres"),
            ("pdfworker", "records"),
            ("pdfworker", "inquiry"),
            ("egress", "auth"),
            ("egress", "redis"),
            ("portal", "egress"),
        ),
        *(("inquiry", "records"), ("inquiry", "redis"), ("records", "disclosure"), ("redis", "postgres")),
    ):
        assert not any(can_connect(caller, called, port) for port in PORTS), (caller, called)


@pytest.mark.parametrize("service", ["auth", "records", "disclosure", "inquiry"])
def test_the_table_knows_every_address_that_a_service_uses(service: str) -> None:
    folder = ROOT / "services" / service
    web = (folder / "app.py").read_text("utf-8")
    loops = "".join(
        path.read_text("utf-8") for path in folder.rglob("*.py") if path.stem in {"background", "commands"}
    )
    used = re.compile(r"settings\.(auth|records|disclosure|inquiry)_url")
    assert set(used.findall(web)) - {service} <= set(CALLS[service])
    called = {one for role, calls in CALLS.items() if role.startswith(f"{service}-") for one in calls}
    assert set(used.findall(loops)) <= called


def test_pods_that_have_a_database_or_a_broker_are_those_that_may_reach_it() -> None:
    database = {
        name for name, one in CONTAINERS.items() if "GOVAH_DATABASE_URL" in one.get("environment", {})
    }
    assert database == set(list_callers("postgres")) - {"backup"}
    broker = {name for name, one in CONTAINERS.items() if "redis.password" in one.get("secrets", [])}
    assert set(list_callers("redis")) <= broker


def test_outside_stores_are_reached_by_whom_the_table_names() -> None:
    path = KUBERNETES / "overlays" / "production" / "stores.yaml"
    policies = {one["metadata"]["name"]: one["spec"] for one in load_documents(path.read_text("utf-8"))}
    named = {
        name: {value for rule in spec["podSelector"]["matchExpressions"] for value in rule["values"]}
        for name, spec in policies.items()
    }
    assert named.keys() == {"to-postgres", "to-redis", "to-objects", "to-endings"}
    assert named["to-postgres"] == set(list_callers("postgres")) - {"demo"}
    assert named["to-redis"] == set(list_callers("redis")) - {"demo"}
    objects = {role for role in named["to-objects"] if "GOVAH_STORAGE_URL" in CONTAINERS[role]["environment"]}
    assert (
        objects
        == named["to-objects"]
        == {
            "admin",
            "disclosure",
            "disclosure-sweeper",
            "inquiry",
            "inquiry-sweeper",
            "records",
            "records-importer",
            "records-relay",
        }
    )
    journal = {name for name, one in CONTAINERS.items() if has_journal(one)} - {"backup", "restore"}
    assert named["to-endings"] == {{"backup-timer": "backup"}.get(name, name) for name in journal}


def has_journal(container: Json) -> bool:
    return any("/var/lib/govah/endings" in volume for volume in container.get("volumes", []))


def test_only_containers_that_call_out_reach_the_egress_proxy() -> None:
    configured = {
        name for name, one in CONTAINERS.items() if "GOVAH_EGRESS_PROXY" in one.get("environment", {})
    }
    callers = {"auth-messages", "pdfworker"}
    assert set(list_callers("egress")) == callers <= configured
    near = {name for name, one in CONTAINERS.items() if "egress" in one["networks"]}
    assert near == callers | {"egress"}
