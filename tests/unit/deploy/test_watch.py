"""The rules, the dashboard and the targets in deploy/watch fit together, and what they ask can be asked."""

import re
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from govah.local.roles import METRICS_PORT, ROLES, WEB_PORT
from govah.ops.status import findings
from tests import watched

ROOT = Path(__file__).resolve().parents[3]
PROMETHEUS = yaml.safe_load((watched.WATCH / "prometheus.yml").read_text("utf-8"))
PORTS = {"web": WEB_PORT, "loops": METRICS_PORT, "others": METRICS_PORT}
PERSIAN = re.compile("[آ-ی]")


@pytest.mark.parametrize("expression", watched.list_expressions())
def test_an_expression_is_promql(expression: str) -> None:
    promql_parser.parse(expression)


def test_all_kinds_of_expressions_are_looked_into() -> None:
    named = watched.list_metrics()
    assert {
        "govah_oldest_queued_seconds",
        "govah_letter_render_seconds_bucket",
        "govah_feed_events_read",
    } <= named
    assert {name for name in named if not name.startswith("govah_")} == set()


@pytest.mark.parametrize("rule", watched.load_rules(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_what_it_means_in_both_languages_and_what_to_do(rule: dict[str, Any]) -> None:
    words = rule["annotations"]
    assert PERSIAN.search(words["summary_fa"])
    assert not PERSIAN.search(words["summary"])
    assert rule["labels"]["severity"] in {"warning", "critical"}
    path, _, anchor = words["runbook_url"].partition("#")
    headings = re.findall(r"^### (\w+)$", (ROOT / path).read_text("utf-8"), re.MULTILINE)
    assert anchor in [heading.lower() for heading in headings]


def test_no_alert_is_explained_that_there_is_not() -> None:
    headings = re.findall(r"^### (\w+)$", (ROOT / "docs" / "runbook.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(rule["alert"] for rule in watched.load_rules())


@pytest.mark.parametrize(
    ("alert", "condition"),
    [
        ("GovahQueueOld", f"> {findings.MAX_QUEUED_SECONDS}"),
        ("GovahCodesWait", f"> {findings.MAX_CODE_SECONDS}"),
        ("GovahOutboxStuck", f"> {findings.MAX_OUTBOX_SECONDS}"),
        ("GovahEndingsWait", f"> {findings.MAX_ENDINGS_SECONDS}"),
        ("GovahBackupOld", f"> {findings.MAX_BACKUP_SECONDS}"),
        ("GovahConsumerBehind", f"> {findings.MAX_EVENTS_BEHIND}"),
        ("GovahCertificateEnds", f"< {findings.MIN_CERTIFICATE_DAYS} * 86400"),
    ],
)
def test_alerts_and_status_have_the_same_thresholds(alert: str, condition: str) -> None:
    [rule] = [rule for rule in watched.load_rules() if rule["alert"] == alert]
    assert re.search(rf"{re.escape(condition)}(?![\d.])", rule["expr"])


def test_every_program_is_asked_and_by_its_name() -> None:
    scraped: dict[str, str] = {}
    for job in PROMETHEUS["scrape_configs"]:
        [discovery] = job["dns_sd_configs"]
        assert (discovery["type"], discovery["port"]) == ("A", PORTS[job["job_name"]])
        assert job["relabel_configs"] == [{"source_labels": ["__meta_dns_name"], "target_label": "program"}]
        scraped |= dict.fromkeys(discovery["names"], job["job_name"])
    kinds = {role.name: role.kind.value for role in ROLES}
    assert scraped == kinds | dict.fromkeys(["pdfworker", "records-importer", "edge"], "others")


def test_every_program_is_missed_when_it_is_away() -> None:
    scraped = {name for job in PROMETHEUS["scrape_configs"] for name in job["dns_sd_configs"][0]["names"]}
    missed = {
        name
        for rule in watched.load_rules()
        for name in re.findall(r'absent\(up\{program="([\w-]+)"\}', rule["expr"])
    }
    assert missed == scraped


def test_the_dashboard_asks_the_source_that_is_provisioned() -> None:
    source = yaml.safe_load((watched.WATCH / "grafana" / "datasources.yml").read_text("utf-8"))
    [uid] = [one["uid"] for one in source["datasources"]]
    panels = [panel for panel in watched.load_dashboard()["panels"] if panel["type"] != "row"]
    assert {panel["datasource"]["uid"] for panel in panels} == {uid}
    assert len({panel["id"] for panel in panels}) == len(panels) > 15
    assert all(PERSIAN.search(panel["title"]) for panel in panels)
