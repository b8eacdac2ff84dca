"""Builds the page of the offline check: one file with all that it needs, the keys of letters included.

The portal serves it with the keys of the day; `python -m gateway.check` writes it for other web servers and
for computers without a network.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from govah_verify import check_values
from govah_verify.names import export_folding
from govah_verify.trust import Trust, export_jwk, is_for_tests

FOLDER = Path(__file__).parent
LIBRARIES = FOLDER.parents[1] / "assets" / "check"
MARK = FOLDER.parent / "portal" / "static" / "mark.svg"
WORKER = FOLDER / "worker.js"
LANGUAGES = ("fa", "en", "ar", "fr", "de")
SCRIPTS = ("token", "names", "dates", "scan", "page")
LICENCES = {"zxing-wasm": "zxing-LICENSE.txt", "@noble/ed25519": "ed25519-LICENSE.txt"}
# The worker asks for the page, and the page for nothing.
WORKER_POLICY = "default-src 'none'; connect-src 'self'"
# The last statement of a module: what it exports, the one function that the page calls included.
_EXPORT = re.compile(r"^export \{[^}]*\bverifyAsync\b[^}]*\};", re.MULTILINE)


class LibrariesMissing(Exception):
    """`make assets` was not run."""

    def __init__(self) -> None:
        super().__init__(
            "make assets را اجرا کنید / the libraries of the check are missing: run `make assets`"
        )


@dataclass(frozen=True)
class Page:
    """The page, and its policy as a header. A saved copy has no headers, so the policy is inside it too."""

    content: bytes
    policy: str


def build_page(trust: Trust, address: str, day: date) -> Page:
    """Return the page with the keys of a day, for the public address of a system. Raises LibrariesMissing."""
    style = (FOLDER / "page.css").read_text("utf-8")
    start, *scripts = _read_scripts()
    policy = _build_policy(style, [start, *scripts])
    words = read_words()
    setup = {
        "keys": [export_jwk(key) for key in trust.letter_keys],
        "addresses": list(dict.fromkeys([*trust.public_urls, address])),
        "address": address.rstrip("/"),
        "day": day.isoformat(),
        "isTrial": bool(trust.entries) and is_for_tests(trust.signer),
        "labels": {
            "name": check_values.NAME_LABEL.decode(),
            "nationalCode": check_values.NATIONAL_CODE_LABEL.decode(),
            "insuranceNumber": check_values.INSURANCE_NUMBER_LABEL.decode(),
        },
        "folding": export_folding(),
        "words": words,
    }
    environment = Environment(
        loader=PackageLoader("gateway.check", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    content = environment.get_template("page.html").render(
        address=setup["address"],
        icon=base64.b64encode(MARK.read_bytes()).decode("ascii"),
        languages=words,
        licences=Markup(_read_licences()),  # noqa: S704 (files that are pinned by their hash)
        policy=policy,
        scripts=[Markup(script) for script in scripts],  # noqa: S704 (our own files and pinned ones)
        setup=Markup(_write_json(setup)),  # noqa: S704 (has no <)
        start=Markup(start),  # noqa: S704 (our own file)
        style=Markup(style),  # noqa: S704 (our own file)
        words=words["fa"],
        zxing=_encode_library("zxing.wasm"),
    )
    return Page(content.encode(), f"{policy}; frame-ancestors 'none'")


@cache
def read_words() -> Mapping[str, Mapping[str, Any]]:
    """Return the texts of the page by the codes of languages."""
    return {code: json.loads((FOLDER / "words" / f"{code}.json").read_text("utf-8")) for code in LANGUAGES}


def _build_policy(style: str, scripts: Iterable[str]) -> str:
    hashes = " ".join(map(_hash_source, scripts))
    return (
        f"default-src 'none'; script-src {hashes} 'wasm-unsafe-eval'; style-src {_hash_source(style)}; "
        "img-src data:; connect-src 'none'; worker-src 'self'; base-uri 'none'; form-action 'none'"
    )


def _hash_source(source: str) -> str:
    digest = hashlib.sha256(source.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def _read_scripts() -> tuple[str, ...]:
    """Return the scripts in order. An old browser runs the first, even if it cannot parse the others."""
    own = "\n".join((FOLDER / "scripts" / f"{name}.js").read_text("utf-8") for name in SCRIPTS)
    start = (FOLDER / "scripts" / "start.js").read_text("utf-8")
    return start, _read_library("zxing.js").decode(), _wrap_module(_read_library("ed25519.js").decode()), own


def _wrap_module(module: str) -> str:
    """Return a module as a script with one name, since inline modules cannot import each other."""
    body, exports = _EXPORT.subn("return { verifyAsync };", module)
    if exports != 1:
        raise ValueError("the module exports verifyAsync in no known way")
    return f'const ed25519 = (() => {{\n"use strict";\n{body}\n}})();'


def _read_licences() -> str:
    texts = (f"{name}\n{_read_library(file).decode()}" for name, file in LICENCES.items())
    return "\n".join(texts).replace("--", "- -")


@cache
def _encode_library(name: str) -> str:
    return base64.b64encode(_read_library(name)).decode("ascii")


def _read_library(name: str) -> bytes:
    try:
        return (LIBRARIES / name).read_bytes()
    except FileNotFoundError:
        raise LibrariesMissing from None


def _write_json(value: object) -> str:
    # In a script element only < has a meaning.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
