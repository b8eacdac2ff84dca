"""What Prometheus Operator takes from us: monitors of every role and the rules of deploy/watch/alerts.yml."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from deploy.kubernetes.objects import Json
from deploy.kubernetes.traffic import build_policy, build_ports, select_pods
from govah.local.roles import METRICS_PORT, WEB_PORT, Kind, list_roles

ALERTS = Path(__file__).resolve().parents[1] / "watch" / "alerts.yml"
# Where Prometheus runs, as kube-prometheus has it; an overlay patches it.
NAMESPACE = "monitoring"
INTERVAL, TIMEOUT = "15s", "10s"


def build_monitors() -> Iterator[Json]:
    """Yield the monitors, the rules, and the policy that lets Prometheus in."""
    web = [role.name for role in list_roles(Kind.WEB)]
    others = [role.name for kind in (Kind.LOOPS, Kind.WORKER) for role in list_roles(kind)]
    yield _build_monitor("ServiceMonitor", "web", web, "http")
    yield _build_monitor("ServiceMonitor", "edge", ["edge"], "metrics")
    # Nobody calls loops and workers, so they have no Service.
    yield _build_monitor("PodMonitor", "programs", others, "metrics")
    yield {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "govah"},
        "spec": yaml.safe_load(ALERTS.read_text("utf-8")),
    }
    yield _open_for_prometheus("prometheus-to-web", web, WEB_PORT)
    yield _open_for_prometheus("prometheus-to-programs", ["edge", *others], METRICS_PORT)


def _build_monitor(kind: str, name: str, roles: Sequence[str], port: str) -> Json:
    of = "pod" if kind == "PodMonitor" else "service"
    endpoint = {
        "port": port,
        "path": "/metrics",
        "interval": INTERVAL,
        "scrapeTimeout": TIMEOUT,
        # The label that alerts and dashboards know a role by.
        "relabelings": [
            {
                "sourceLabels": [f"__meta_kubernetes_{of}_label_app_kubernetes_io_name"],
                "targetLabel": "program",
            }
        ],
    }
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {
            "selector": select_pods(roles),
            "podMetricsEndpoints" if kind == "PodMonitor" else "endpoints": [endpoint],
        },
    }


def _open_for_prometheus(name: str, roles: Sequence[str], port: int) -> Json:
    """Return the policy that lets Prometheus call a port of some roles."""
    namespace = {"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}}
    prometheus = {"matchLabels": {"app.kubernetes.io/name": "prometheus"}}
    caller = {"namespaceSelector": namespace, "podSelector": prometheus}
    return build_policy(name, select_pods(roles), ingress=[{"from": [caller], "ports": build_ports(port)}])
