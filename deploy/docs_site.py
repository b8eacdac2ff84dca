"""Builds the documentation as a site that works offline, into var/site. `make docs` calls it.

The pages are those of the whole repository, at the paths that they have in it, so that links between them
stay valid. A link to any other file becomes plain text: readers of the site have no working copy.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "var" / "site-pages"
SITE = ROOT / "var" / "site"
CONFIGURATION = ROOT / "var" / "mkdocs.json"
LEFT_OUT = {"var", "assets", "node_modules", "test-output", "secrets"}
PICTURES = {".png", ".svg"}

# The navigation: a title, and a page, a pattern or what stands under it. A pattern stands for all pages that
# match it, in order; each page comes once, where it matches first. Without a title its own heading is shown.
Entry = tuple[str, "str | Sequence[Entry]"]
NAVIGATION: Sequence[Entry] = [
    ("Home", "README.md"),
    (
        "For people",
        [
            ("برای بیمه‌شدگان", "docs/for-citizens.fa.md"),
            ("For insured people", "docs/for-citizens.en.md"),
            ("برای موسسه‌ها", "docs/for-institutions.fa.md"),
            ("For institutions", "docs/for-institutions.en.md"),
            ("", "docs/portal/README.md"),
            ("", "docs/letters/README.md"),
        ],
    ),
    (
        "Understand",
        [
            ("", "docs/try.md"),
            ("", "docs/domain.md"),
            ("", "docs/glossary.md"),
            ("", "docs/architecture.md"),
            ("", "docs/walkthrough.md"),
            ("Decisions", [("All decisions", "docs/decisions/README.md"), ("", "docs/decisions/*.md")]),
        ],
    ),
    ("API", [("", "docs/api.md"), ("", "docs/internal.md")]),
    (
        "Operate",
        [
            ("", "docs/operations/README.md"),
            ("", "docs/operations/install.md"),
            ("", "docs/operations/settings.md"),
            ("", "docs/operations/upgrade.md"),
            ("", "docs/operations/scale.md"),
            ("", "docs/operations/watch.md"),
            ("Runbook", "docs/runbook.md"),
            ("", "docs/operations/*.md"),
            ("", "docs/retention.md"),
            ("", "docs/security.md"),
            ("", "docs/attack.md"),
            ("", "docs/measurements.md"),
            ("", "deploy/**/README.md"),
        ],
    ),
    (
        "Contribute",
        [
            ("", "CONTRIBUTING.md"),
            ("", "docs/adding.md"),
            ("", "docs/*.md"),
            ("Services", [("", "services/*/README.md")]),
            ("Other rooms", [("", "gateway/README.md"), ("", "gateway/**/*.md"), ("", "**/*.md")]),
            ("", "SECURITY.md"),
            ("", "CHANGELOG.md"),
        ],
    ),
]
# A link, or code, in which nothing is a link. What begins first counts, so a link may hold code.
LINK_OR_CODE = re.compile(
    r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|!\[[^\]]*\]\([^)]*\))*)\]\((?P<target>[^)\s]+)\)"
    r"|^ *```.*?^ *```[^\n]*$|`[^`\n]+`",
    re.MULTILINE | re.DOTALL,
)


def find_pages(root: Path) -> Iterator[Path]:
    """Yield the paths of all pages below a folder, relative to it, in order."""
    for path in sorted(root.rglob("*.md")):
        relative = path.relative_to(root)
        if not any(part in LEFT_OUT or part.startswith(".") for part in relative.parts):
            yield relative


def collect_navigation(pages: Sequence[Path]) -> list[Any]:
    """Return MkDocs' navigation of these pages."""
    exact = {pattern for pattern in list_patterns(NAVIGATION) if "*" not in pattern}
    left = list(pages)

    def collect(entries: Sequence[Entry]) -> list[Any]:
        navigation: list[Any] = []
        for title, content in entries:
            if not isinstance(content, str):
                navigation.append({title: collect(content)})
                continue
            for page in [page for page in left if is_matched(page, content, exact)]:
                left.remove(page)
                navigation.append({title: page.as_posix()} if title else page.as_posix())
        return navigation

    return collect(NAVIGATION)


def list_patterns(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield the pages and patterns of a navigation."""
    for _, content in entries:
        if isinstance(content, str):
            yield content
        else:
            yield from list_patterns(content)


def is_matched(page: Path, pattern: str, exact: set[str]) -> bool:
    """Return whether a page is what a pattern stands for; a page that is named somewhere matches no other."""
    name = page.as_posix()
    if "*" not in pattern:
        return name == pattern
    expression = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return name not in exact and bool(re.fullmatch(expression, name))


def copy_pages(root: Path, target: Path, pages: Sequence[Path]) -> None:
    """Write the pages and the pictures that they show below `target`."""
    for page in pages:
        text = rewrite_links((root / page).read_text("utf-8"), root, root / page, target)
        (target / page).parent.mkdir(parents=True, exist_ok=True)
        (target / page).write_text(text, "utf-8")


def rewrite_links(text: str, root: Path, page: Path, target: Path) -> str:
    """Return a page with links to folders led to their README and those to other files unlinked."""

    def rewrite(link: re.Match[str]) -> str:
        if link["target"] is None:
            return link[0]
        path, _, anchor = link["target"].partition("#")
        inner = LINK_OR_CODE.sub(rewrite, link["text"]) if "](" in link["text"] else link["text"]
        if not path or re.match(r"[a-z]+:", path):
            return link[0]
        file = (page.parent / path).resolve()
        if file.is_dir() and (file / "README.md").exists():
            return f"{link['image']}[{inner}]({path.rstrip('/')}/README.md{'#' * bool(anchor)}{anchor})"
        if file.suffix in PICTURES and file.exists():
            copied = target / file.relative_to(root)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copied)
            return f"{link['image']}[{inner}]({path})"
        if file.suffix == ".md":
            return f"{link['image']}[{inner}]({link['target']})"
        return f'<span class="file" title="{file.relative_to(root).as_posix()}">{inner}</span>'

    return LINK_OR_CODE.sub(rewrite, text)


def build(root: Path) -> None:
    """Build the site. Raises CalledProcessError where a link is broken or anything else is amiss."""
    shutil.rmtree(PAGES, ignore_errors=True)
    pages = list(find_pages(root))
    copy_pages(root, PAGES, pages)
    extras = PAGES / "site"
    (extras / "fonts").mkdir(parents=True)
    shutil.copyfile(root / "docs" / "site.css", extras / "site.css")
    shutil.copyfile(root / "assets" / "docs" / "iframe-worker.js", extras / "iframe-worker.js")
    for weight in ("Regular", "Bold"):
        name = f"Vazirmatn-{weight}.woff2"
        shutil.copyfile(root / "assets" / "fonts" / "woff2" / name, extras / "fonts" / name)
    shutil.copyfile(root / "assets" / "fonts" / "OFL.txt", extras / "fonts" / "OFL.txt")
    # JSON is YAML; paths are relative to this file.
    settings = {
        "INHERIT": "../mkdocs.yml",
        "docs_dir": PAGES.name,
        "site_dir": SITE.name,
        "nav": collect_navigation(pages),
    }
    CONFIGURATION.write_text(json.dumps(settings, ensure_ascii=False), "utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-f", str(CONFIGURATION)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    subprocess.run(command, check=True, cwd=root, env=environment)  # noqa: S603 (a fixed command, no shell)


def find_fetched_addresses(site: Path) -> list[str]:
    """Return what pages of the site would fetch from elsewhere: scripts, styles, pictures, frames."""
    fetched = re.compile(r'<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="?((?:https?:)?//[^" >]+)')
    pages = sorted(site.rglob("*.html"))
    return sorted({address for page in pages for address in fetched.findall(page.read_text("utf-8"))})


def main() -> int:
    """Build the site and print where it begins; return the exit code."""
    try:
        build(ROOT)
    except subprocess.CalledProcessError:
        return 1
    if addresses := find_fetched_addresses(SITE):
        print(f"docs: not offline, the site fetches {', '.join(addresses)}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"docs: {(SITE / 'index.html').relative_to(ROOT)}")  # noqa: T201 (a command line tool)
    return 0


if __name__ == "__main__":
    sys.exit(main())
