"""deploy/kubernetes and compose.yaml as the tests read them."""

from pathlib import Path
from typing import Any

import yaml

from deploy.kubernetes.render import render_files

ROOT = Path(__file__).resolve().parents[3]
KUBERNETES = ROOT / "deploy" / "kubernetes"
# The loader in C, ten times as fast.
LOADER = yaml.CSafeLoader
CONTAINERS = yaml.load((ROOT / "compose.yaml").read_text("utf-8"), LOADER)["services"]
STORES = {"postgres", "redis"}
ROLES = [name for name, one in CONTAINERS.items() if "profiles" not in one and name not in STORES]
JOBS = {name for name in ROLES if CONTAINERS[name]["restart"] == "no"}
# CronJobs, by the container of compose.yaml that each is made from; `backup` is of a component.
CRON_JOBS = {"admin": "admin", "backup": "backup-timer"}

Json = dict[str, Any]


def load_documents(text: str) -> list[Json]:
    return [document for document in yaml.load_all(text, LOADER) if document]


FILES = render_files()
OBJECTS = [
    document
    for name, text in sorted(FILES.items())
    if name.endswith(".yaml")
    for document in load_documents(text)
    if document["kind"] != "Kustomization"
]
BASE = [
    document
    for name, text in sorted(FILES.items())
    if name.startswith("base/") and name.endswith(".yaml")
    for document in load_documents(text)
    if document["kind"] != "Kustomization"
]


def list_templates(objects: list[Json]) -> dict[str, Json]:
    """Return the templates of pods, by the names of what makes the pods."""
    specs = {
        one["metadata"]["name"]: one["spec"].get("jobTemplate", one)["spec"]
        for one in objects
        if one["kind"] in {"Deployment", "StatefulSet", "Job", "CronJob"}
    }
    return {name: spec["template"] for name, spec in specs.items()}


def list_pods(objects: list[Json]) -> dict[str, Json]:
    return {name: template["spec"] for name, template in list_templates(objects).items()}


def find_container(name: str) -> Json:
    [container] = list_pods(OBJECTS)[name]["containers"]
    assert isinstance(container, dict)
    return container
