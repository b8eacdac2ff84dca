"""One table of public routes: what is generated from it, and what must agree with it."""

import json
import re
from pathlib import Path

from flask import Flask

from gateway.edge.front import create_app
from gateway.edge.generate import CONF, README, TABLE, VARIABLE, render_conf, render_table
from gateway.edge.routes import PORTAL, ROUTES, Kind
from services import SERVICES
from services.kit.http.access import MULTIPART_SLACK, SMALL_BODY

NGINX = CONF.parent
CONTRACTS = Path(__file__).parents[4] / "contracts" / "openapi"


def open_front(ready_file: Path) -> Flask:
    urls = {f"GOVAH_{name.upper()}_URL": "http://127.0.0.1:9" for name in (*SERVICES, "portal")}
    return create_app({**urls, "GOVAH_READY_FILE": str(ready_file)})


def test_routes_of_nginx_are_those_of_the_table() -> None:
    assert CONF.read_text("utf-8") == render_conf(), "run `make contracts`"


def test_readme_lists_the_routes_of_the_table() -> None:
    match = TABLE.search(README.read_text("utf-8"))
    assert match
    assert match[0] == render_table(), "run `make contracts`"


def test_embedded_door_opens_the_routes_of_the_table(tmp_path: Path) -> None:
    rules = {rule.rule: rule for rule in open_front(tmp_path).url_map.iter_rules()}
    own = {"/", "/healthz", "/alive", "/api/docs", "/api/docs/<path:name>"}
    assert set(rules) - own == {route.path for route in (*ROUTES, PORTAL)}
    for route in (*ROUTES, PORTAL):
        assert rules[route.path].endpoint == route.name
        assert rules[route.path].methods == {*route.methods, "HEAD", "OPTIONS"}


def test_every_service_has_a_route() -> None:
    assert {route.service for route in ROUTES} == {*SERVICES, "portal"}


def test_target_of_a_route_takes_its_variables() -> None:
    [route] = [route for route in ROUTES if route.name == "letter_status"]
    assert route.build_target({"serial": "1234567890128"}) == "/api/v1/inquiry/letters/1234567890128"


def list_uploads() -> set[str]:
    """Return the paths of all services that accept files."""
    documents = [json.loads((CONTRACTS / f"{service}.json").read_text("utf-8")) for service in SERVICES]
    return {
        path
        for document in documents
        for path, item in document["paths"].items()
        for method in ("post", "put")
        if "multipart/form-data" in item.get(method, {}).get("requestBody", {}).get("content", {})
    }


def test_every_upload_has_a_route_with_a_large_body() -> None:
    uploads = list_uploads()
    assert "/api/v1/records/lists" in uploads
    large = {re.sub(r"<(\w+)>", r"{\1}", route.path) for route in ROUTES if route.largest_body > SMALL_BODY}
    assert uploads <= large


def test_problems_of_nginx_name_the_limits_of_the_table() -> None:
    block = re.search(
        r"map \$uri \$body_limit {(.*?)\n}", (NGINX / "limits.conf").read_text("utf-8"), re.DOTALL
    )
    assert block
    named = dict(re.findall(r'^ +"?(?:~\^)?(/\S+?)\$?"? "(\d+) MiB";', block[1], re.MULTILINE))
    routes = {
        re.sub("<[^>]+>", VARIABLE, route.path): str((route.largest_body - MULTIPART_SLACK) // 1024**2)
        for route in ROUTES
        if route.kind is Kind.API and route.largest_body > SMALL_BODY
    }
    assert named == routes
    assert f"client_max_body_size {SMALL_BODY // 1024}k;" in (NGINX / "limits.conf").read_text("utf-8")
    portal = (NGINX / "portal.conf").read_text("utf-8")
    assert f"client_max_body_size {PORTAL.largest_body // 1024}k;" in portal


def test_nginx_logs_routes_of_the_services_of_the_table() -> None:
    assert f"/api/v1/({'|'.join(SERVICES)})/" in (NGINX / "nginx.conf").read_text("utf-8")
