"""The page of the offline check: whole in one file, bound by its own policy, complete in every language."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.check import page
from gateway.check.__main__ import main
from gateway.check.page import LANGUAGES, LibrariesMissing, Page, build_page, read_words
from govah_verify.trust import Trust, export_jwk
from tests.unit.verify.forging import Profile, create_authority, issue_certificate, write_trust

KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32).public_key() for n in (1, 2)]
ADDRESS = "https://govah.example"
TRUST = Trust((), KEYS, ["https://old.example"])
PLACEHOLDER = re.compile(r"\{\w+\}")


@pytest.fixture(scope="module")
def built() -> Page:
    return build_page(TRUST, f"{ADDRESS}/", date(2026, 12, 1))


def read_setup(content: bytes) -> dict[str, Any]:
    setup = re.search(rb'<script type="application/json" id="setup">(.*?)</script>', content, re.DOTALL)
    assert setup
    document: dict[str, Any] = json.loads(setup[1])
    return document


def test_present_and_former_keys_and_addresses_are_in_the_page(built: Page) -> None:
    setup = read_setup(built.content)
    assert setup["keys"] == [export_jwk(key) for key in KEYS]
    assert setup["addresses"] == ["https://old.example", f"{ADDRESS}/"]
    assert (setup["address"], setup["day"]) == (ADDRESS, "2026-12-01")


def test_a_trial_says_so(tmp_path: Path) -> None:
    for name, is_trial in (("Govah TEST", True), ("letters of a contest", False)):
        trust = write_trust(tmp_path, issue_certificate(Profile(name)).pem)
        content = build_page(trust, ADDRESS, date(2026, 12, 1)).content
        assert read_setup(content)["isTrial"] is is_trial


def test_the_policy_admits_what_is_in_the_page_and_nothing_else(built: Page) -> None:
    text = built.content.decode()
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert len(scripts) == 4
    admitted = set(re.findall(r"'sha256-([^']+)'", built.policy))
    hashes = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts + styles]
    assert admitted == set(hashes)
    assert "unsafe-inline" not in built.policy
    assert "'unsafe-eval'" not in built.policy
    assert {"default-src 'none'", "connect-src 'none'", "form-action 'none'", "frame-ancestors 'none'"} < set(
        built.policy.split("; ")
    )
    inside = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert inside
    # A browser refuses frame-ancestors inside a page.
    assert f"{inside[1].replace('&#39;', chr(39))}; frame-ancestors 'none'" == built.policy


def test_the_page_loads_nothing(built: Page) -> None:
    # Without the libraries, whose comments name addresses.
    markup = re.sub(r"<(script|style)\b.*?</\1>|<!--.*?-->", "", built.content.decode(), flags=re.DOTALL)
    sources = re.findall(r'\b(?:src|href|action|data|poster)="([^"]*)"', markup)
    linked = {one for one in sources if not one.startswith(("#", "data:", ADDRESS))}
    assert linked == {"/check"}
    assert not re.search(r"\s(?:on\w+|style)=", markup)


def _iterate_texts(words: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    items = words.items() if isinstance(words, dict) else enumerate(words)
    for name, value in items:
        if isinstance(value, dict | list):
            yield from _iterate_texts(value, f"{path}/{name}")
        else:
            yield f"{path}/{name}", value


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    expected = dict(_iterate_texts(read_words()["fa"]))
    texts = dict(_iterate_texts(read_words()[language]))
    assert texts.keys() == expected.keys()
    may_be_empty = {"/initialsHint"}
    assert [name for name, text in texts.items() if text == "" and name not in may_be_empty] == []
    for name, text in texts.items():
        if isinstance(text, str):
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(expected[name])), name
            assert text == text.strip(), name


def test_every_text_is_used_and_every_used_text_is_there() -> None:
    sources = [
        *(page.FOLDER / "scripts" / f"{name}.js" for name in ("dates", "page")),
        page.FOLDER / "page.html",
    ]
    code = "\n".join(source.read_text("utf-8") for source in sources)
    for name in read_words()["fa"]:
        assert re.search(rf"\b{name}\b", code), name
    used = re.findall(r'(?:data-word="|(?<!setup\.)\bwords\.)(\w+)', code)
    assert set(used) <= set(read_words()["fa"])
    assert len(used) > 20


def test_a_key_cannot_end_the_script_element() -> None:
    hostile = Trust((), KEYS, ["https://x.example/</script><script>alert(1)</script>"])
    content = build_page(hostile, ADDRESS, date(2026, 12, 1)).content
    assert b"alert(1)</script>" not in content
    assert read_setup(content)["addresses"][0].endswith("</script><script>alert(1)</script>")


def test_without_libraries_there_is_no_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(page, "LIBRARIES", tmp_path)
    page._read_scripts.cache_clear()
    with pytest.raises(LibrariesMissing, match="make assets"):
        build_page(TRUST, ADDRESS, date(2026, 12, 1))


def test_the_command_writes_the_page_for_another_server(tmp_path: Path) -> None:
    keys = tmp_path / "trust.pem"
    trust = write_trust(tmp_path, create_authority().pem)
    assert main([str(keys), ADDRESS, str(tmp_path / "site")]) == 0
    content = (tmp_path / "site" / "check.html").read_bytes()
    assert read_setup(content)["keys"] == [export_jwk(key) for key in trust.letter_keys]
    assert (tmp_path / "site" / "check" / "worker.js").read_bytes() == page.WORKER.read_bytes()
    assert main([str(keys)]) == 2
    keys.write_text("no keys")
    assert main([str(keys), ADDRESS, str(tmp_path)]) == 1
