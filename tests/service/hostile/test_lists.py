"""Pages of every collection: invalid sizes, and cursors that were changed or belong to another collection."""

from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from tests.contract.services import Route, Served
from tests.service.kit.calls import read_problem

# A valid cursor of the list "other".
OF_ANOTHER_LIST = "pr0SlvR-WyJvdGhlciIsIDFd"
CURSORS = {
    "another list's": OF_ANOTHER_LIST,
    "changed": OF_ANOTHER_LIST[:-1] + "A",
    "cut": OF_ANOTHER_LIST[:7],
    "empty": "",
    "padding": "====",
    "not in the alphabet": "a b/+é",
    "NUL": "%00",
    "long": "A" * 501,
    "far too long": "A" * 10_000,
}


def list_pages(served: Served) -> Iterator[tuple[Route, str]]:
    """Yield the routes that return pages, with a role that may call them."""
    document = served.app.test_client().get(f"/api/v1/{served.name}/openapi.json").get_json()
    site = served.app.url_map.bind("localhost")
    paged = {
        site.match(template.format(**served.things), "GET")[0]
        for template, item in document["paths"].items()
        if any(parameter.get("name") == "cursor" for parameter in item.get("get", {}).get("parameters", []))
    }
    for route in served.list_routes():
        if route.endpoint in paged and route.method == "GET":
            yield route, min(route.rule.roles)


def get(served: Served, route: Route, role: str, query: str) -> TestResponse:
    headers = served.build_headers(role, audience=served.name, manager=True)
    return served.app.test_client().get(f"{route.path}?{query}", headers=headers)


@pytest.mark.parametrize("limit", ["0", "-1", "201", str(10**9), str(10**30), "x", "1.5", "", "NaN", "%00"])
def test_a_limit_out_of_bounds_is_refused(served: Served, limit: str) -> None:
    for route, role in list_pages(served):
        document = read_problem(get(served, route, role, f"limit={limit}"), 422, "validation")
        assert [error["field"] for error in document["errors"]] == ["limit"]


@pytest.mark.parametrize("name", CURSORS)
def test_foreign_or_changed_cursor_is_refused(served: Served, name: str) -> None:
    for route, role in list_pages(served):
        document = read_problem(get(served, route, role, f"cursor={CURSORS[name]}"), 422, "validation")
        assert [error["field"] for error in document["errors"]] == ["cursor"]


def test_every_service_has_pages(served: Served) -> None:
    assert list(list_pages(served))
