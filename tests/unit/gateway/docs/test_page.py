"""The page at /api/docs: whole, without scripts, and under a policy that allows none."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from gateway.docs.fields import Field, list_fields
from gateway.docs.page import CONTRACTS, METHODS, TITLES, write
from gateway.edge.front import create_app
from services import SERVICES


class Tags(HTMLParser):
    """Collects the ids, the links and what a strict policy would stop."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.stopped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            if name in {"href", "src"}:
                self.links.append(str(value))
            if name == "style" or name.startswith("on"):
                self.stopped.append(f"{tag} {name}")
        if tag in {"script", "style", "iframe", "object", "form"}:
            self.stopped.append(tag)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    environ = {f"GOVAH_{name.upper()}_URL": "http://127.0.0.1:9" for name in SERVICES}
    ready = tmp_path_factory.mktemp("front") / "ready"
    return create_app({**environ, "GOVAH_READY_FILE": str(ready)}).test_client()


@pytest.fixture(scope="module")
def tags(door: FlaskClient) -> Tags:
    read = Tags()
    read.feed(door.get("/api/docs").text)
    return read


def test_every_service_has_a_title() -> None:
    assert tuple(TITLES) == SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_of_every_service_is_on_the_page(tags: Tags, door: FlaskClient, service: str) -> None:
    page = door.get("/api/docs").text
    document = json.loads((CONTRACTS / f"{service}.json").read_text("utf-8"))
    for path, item in document["paths"].items():
        for operation in (item[method] for method in METHODS if method in item):
            anchor = f"{service}-{operation['operationId']}"
            assert anchor in tags.ids
            assert f"#{anchor}" in tags.links
            assert operation["x-summary-fa"] in page
        assert f"<code>{path}</code>" in page


def test_ids_are_unique_and_no_link_leaves_the_site(tags: Tags) -> None:
    assert len(set(tags.ids)) == len(tags.ids)
    for link in tags.links:
        assert link == "data:," or re.fullmatch(r"#[\w-]+|/api/(docs|v1)/[\w./-]+", link), link
        assert not link.startswith("#") or link[1:] in tags.ids


def test_nothing_needs_what_the_policy_forbids(tags: Tags, door: FlaskClient) -> None:
    answer = door.get("/api/docs")
    assert answer.mimetype == "text/html"
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert "script-src" not in policy
    assert policy["style-src"] == "'self'"
    assert tags.stopped == []


def test_the_style_sheet_and_its_fonts_are_served_beside_it(door: FlaskClient) -> None:
    style = door.get("/api/docs/page.css")
    assert (style.status_code, style.mimetype) == (200, "text/css")
    fonts = re.findall(r'url\("([^"]+)"\)', style.text)
    assert fonts
    for font in fonts:
        assert door.get(f"/api/docs/{font}").data.startswith(b"wOF2")


def test_other_paths_are_not_found(door: FlaskClient) -> None:
    for path in ("/api/docs/fonts", "/api/docs/page.py", "/api/docs/../front.py"):
        answer = door.get(path)
        assert (answer.status_code, answer.get_json(force=True)["code"]) == (404, "not-found")


def test_examples_texts_and_schemas_are_escaped(door: FlaskClient) -> None:
    page = door.get("/api/docs").text
    assert "&#34;national_code&#34;: &#34;0440000017&#34;" in page
    assert '<code dir="ltr">1403-07-15</code>' in page


def test_a_schema_becomes_rows() -> None:
    inner = {"type": "object", "required": ["b"], "properties": {"b": {"type": "integer", "minimum": 1}}}
    schema = {
        "required": ["a"],
        "properties": {
            "a": {"type": "string", "maxLength": 9},
            "many": {"type": "array", "items": {"$ref": "#/components/schemas/Inner"}},
            "one": {"anyOf": [{"$ref": "#/components/schemas/Inner"}, {"type": "null"}]},
            "state": {"type": ["string", "null"], "enum": ["x", None]},
            "kind": {"const": "y"},
        },
    }
    assert list_fields({"components": {"schemas": {"Inner": inner}}}, schema) == [
        Field("a", "string at most 9 characters", needed=True),
        Field("many", "list of object"),
        Field("many[].b", "integer at least 1", needed=True),
        Field("one", "object or null"),
        Field("one.b", "integer at least 1", needed=True),
        Field("state", '"x" or null'),
        Field("kind", '"y"'),
    ]


def test_the_page_can_be_written_for_another_web_server(tmp_path: Path, door: FlaskClient) -> None:
    write(tmp_path)
    assert (tmp_path / "index.html").read_text("utf-8") == door.get("/api/docs").text
    assert (tmp_path / "page.css").read_bytes() == door.get("/api/docs/page.css").data
