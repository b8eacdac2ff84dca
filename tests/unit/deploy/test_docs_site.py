"""The documentation's site: every page has its place, and links lead to pages or become text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy import docs_site

ROOT = Path(__file__).resolve().parents[3]


def list_places(navigation: Any) -> Iterator[str]:
    """Yield the pages of MkDocs' navigation."""
    if isinstance(navigation, str):
        yield navigation
    elif isinstance(navigation, dict):
        for content in navigation.values():
            yield from list_places(content)
    else:
        for entry in navigation:
            yield from list_places(entry)


def test_every_page_has_one_place() -> None:
    pages = [page.as_posix() for page in docs_site.find_pages(ROOT)]
    assert len(pages) > 50
    assert sorted(list_places(docs_site.collect_navigation([Path(page) for page in pages]))) == sorted(pages)


def test_a_page_that_is_named_matches_no_earlier_pattern() -> None:
    pages = [Path("CHANGELOG.md"), Path("docs/new.md"), Path("tools/odd.md"), Path("docs/api.md")]
    *_, api, _, contribute = docs_site.collect_navigation(pages)
    assert api == {"API": ["docs/api.md"]}
    assert contribute == {
        "Contribute": ["docs/new.md", {"Services": []}, {"Other rooms": ["tools/odd.md"]}, "CHANGELOG.md"]
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a small project with a page, a folder with a README, a file and a picture."""
    root = tmp_path / "project"
    (root / "docs" / "part").mkdir(parents=True)
    (root / "docs" / "part" / "README.md").write_text("# Part\n\n## A B\n")
    (root / "docs" / "rules.yml").write_text("rules: []\n")
    (root / "docs" / "picture.png").write_bytes(b"png")
    return root


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[a](part/README.md#a-b)", "[a](part/README.md#a-b)"),
        ("[a](part/)", "[a](part/README.md)"),
        ("[a](part/#a-b)", "[a](part/README.md#a-b)"),
        ("[a](#here)", "[a](#here)"),
        ("[a](https://govah.example/x)", "[a](https://govah.example/x)"),
        ("![a](picture.png)", "![a](picture.png)"),
        ("[`a`](part/)", "[`a`](part/README.md)"),
        ("[a](rules.yml)", '<span class="file" title="docs/rules.yml">a</span>'),
        ("[`a`](rules.yml); `b`", '<span class="file" title="docs/rules.yml">`a`</span>; `b`'),
        ("[`a`](part/), `[b](rules.yml)`", "[`a`](part/README.md), `[b](rules.yml)`"),
        ("`[a](rules.yml)`", "`[a](rules.yml)`"),
        ("```sh\n[a](rules.yml)\n```\n", "```sh\n[a](rules.yml)\n```\n"),
    ],
)
def test_links_lead_to_pages_or_become_text(
    project: Path, tmp_path: Path, written: str, expected: str
) -> None:
    (project / "docs" / "page.md").write_text(written)
    target = tmp_path / "staged"
    docs_site.copy_pages(project, target, [Path("docs/page.md")])
    assert (target / "docs" / "page.md").read_text() == expected
    assert (target / "docs" / "picture.png").exists() is ("picture" in written)


def test_what_a_site_fetches_from_elsewhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        '<script src="site/own.js"></script><script src="https://cdn.example/x.js"></script>'
        '<link href=//fonts.example/f.css rel=stylesheet><a href="https://govah.example/">a link</a>'
    )
    assert docs_site.find_fetched_addresses(tmp_path) == ["//fonts.example/f.css", "https://cdn.example/x.js"]
