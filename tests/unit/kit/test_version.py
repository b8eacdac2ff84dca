from importlib.metadata import version
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from services.kit.health import new_health_blueprint
from services.kit.metrics import render_metrics
from services.kit.version import read_revision, read_version


@pytest.fixture(autouse=True)
def has_no_remembered_version() -> None:
    read_version.cache_clear()


def test_the_version_is_that_of_pyproject_beside_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text('[project]\nversion = "7.8.9"\n', "utf-8")
    monkeypatch.setattr("services.kit.version.PYPROJECT", pyproject)
    assert read_version() == "7.8.9"
    read_version.cache_clear()


def test_an_installed_wheel_has_the_version_of_its_metadata(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.kit.version.PYPROJECT", tmp_path / "missing.toml")
    assert read_version() == version("govah")
    read_version.cache_clear()


@pytest.mark.parametrize(("revision", "name"), [("0a1b2c", "0a1b2c"), ("", "unknown"), (None, "unknown")])
def test_healthz_and_metrics_name_the_release(
    revision: str | None, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if revision is None:
        monkeypatch.delenv("GOVAH_REVISION", raising=False)
    else:
        monkeypatch.setenv("GOVAH_REVISION", revision)
    app = Flask("toy")
    app.register_blueprint(new_health_blueprint("toy"))
    with app.test_client() as client:
        assert client.get("/healthz").json == {
            "status": "ok",
            "service": "toy",
            "version": read_version(),
            "revision": name,
        }
    families = {family.name: family for family in text_string_to_metric_families(render_metrics().decode())}
    [build] = families["govah_build_info"].samples
    assert build.labels == {"version": read_version(), "revision": name}
    assert read_revision() == name
