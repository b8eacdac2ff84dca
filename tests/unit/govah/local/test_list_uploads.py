from types import SimpleNamespace
from typing import Any

import pytest

from govah.local.list_uploads import Officer, list_import_findings


@pytest.mark.parametrize(("most", "pages"), [(1, 1), (2, 1), (3, 2), (9, 3)])
def test_no_more_pages_of_findings_are_fetched_than_are_shown(most: int, pages: int) -> None:
    fetched: list[str | None] = []

    def list_findings(import_id: str, *, cursor: str | None, **_: Any) -> dict[str, Any]:
        fetched.append(cursor)
        number = len(fetched)
        items = [{"path": f"{import_id}/{number}{letter}"} for letter in "ab"]
        return {"items": items, "next_cursor": str(number) if number < 3 else None}

    client: Any = SimpleNamespace(imports=SimpleNamespace(list_findings=list_findings))
    findings = list_import_findings(Officer(lambda: client), "one", most)
    assert [one["path"] for one in findings] == ["one/1a", "one/1b", "one/2a", "one/2b", "one/3a", "one/3b"][
        :most
    ]
    assert len(fetched) == pages
