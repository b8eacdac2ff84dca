import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from deploy import roll, rotate
from deploy.images import (
    CannotBuild,
    Source,
    check_tags,
    list_images,
    main,
    read_revisions,
    read_source,
)
from deploy.running import CommandFailed, read_compose
from services.kit.version import read_version

ROOT = Path(__file__).parents[3]
COMMIT, OTHER = "a" * 40, "b" * 40
CLEAN = Source("0.2.0", COMMIT)
NAME = "images.example/govah-base:0.2.0"


@pytest.mark.parametrize("file", ["pyproject.toml", "client/pyproject.toml", "verify/pyproject.toml"])
def test_one_version_stands_in_every_package(file: str) -> None:
    assert tomllib.loads((ROOT / file).read_text("utf-8"))["project"]["version"] == read_version()


def test_the_default_tag_is_the_version_of_the_working_copy() -> None:
    tags = []
    for file in [ROOT / "compose.yaml", *(ROOT / "deploy/compose").glob("*.yaml")]:
        tags += re.findall(r"\$\{GOVAH_VERSION:-([^}]*)\}", file.read_text("utf-8"))
    for file in (ROOT / "deploy/kubernetes/overlays").glob("*/kustomization.yaml"):
        images = yaml.safe_load(file.read_text("utf-8")).get("images", [])
        tags += [image["newTag"] for image in images if image["name"].startswith("govah-")]
    assert len(tags) > 10
    assert set(tags) == {read_version()}


@pytest.mark.parametrize("existing", [None, COMMIT])
def test_a_free_tag_and_one_of_this_revision_are_built(existing: str | None) -> None:
    check_tags({NAME: existing, "govah-pdf:test": None, "govah-edge:0.2.0-2": None}, CLEAN)


@pytest.mark.parametrize(
    ("existing", "source"),
    [
        (OTHER, CLEAN),
        # Made by `up` or by an older release, which wrote no label.
        ("unknown", CLEAN),
        ("unknown", Source("0.2.0", "unknown")),
        # Two working copies with changes have one name and may have different content.
        (f"{COMMIT}-dirty", Source("0.2.0", f"{COMMIT}-dirty")),
        (COMMIT, Source("0.2.0", f"{COMMIT}-dirty")),
    ],
)
def test_a_tag_of_another_revision_is_not_overwritten(existing: str, source: Source) -> None:
    with pytest.raises(CannotBuild, match=r"images\.example/govah-base:0\.2\.0 exists already.*OVERWRITE=1"):
        check_tags({"govah-pdf:0.2.0": None, NAME: existing}, source)


@pytest.mark.parametrize(
    "tag",
    [
        "0.1.0",
        "0.1.0-2",
        "0.3.0",
        "10.2.0",
        "v0.1.0",
        "release-0.1.0",
        "V0.3.0-rc1",
        "rel_0.1.0",
        "1.0",
        "0.2",
        "0.2.0.1",
        "0.2.01",
        "r0.1",
        "govah.0.1.0",
        "20.2.0",
        "v0.2.0-0.3.0",
    ],
)
def test_a_release_is_not_built_under_the_number_of_another(tag: str) -> None:
    with pytest.raises(CannotBuild, match=r"set GOVAH_VERSION to 0\.2\.0"):
        check_tags({f"localhost:5000/govah-edge:{tag}": None}, CLEAN)


@pytest.mark.parametrize(
    "tag",
    ["0.2.0", "v0.2.0", "release-0.2.0-2", "0.2.0-rc.1", "main", "test", "7f3a9c1", "pr-12"],
)
def test_tags_of_this_release_and_of_none_are_built(tag: str) -> None:
    check_tags({f"localhost:5000/govah-edge:{tag}": None}, CLEAN)


def test_a_missing_engine_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(CannotBuild, match="/ cannot be started"):
        list_images(["/", "compose"])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotBuild, match=r"docker.*install"):
        dict(read_revisions([NAME]))


def test_an_engine_that_is_away_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon at x' >&2; exit 1\n", "utf-8")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(CannotBuild, match="Cannot connect to the Docker daemon"):
        dict(read_revisions([NAME]))
    docker.write_text("#!/bin/sh\necho 'Error response from daemon: No such image: x' >&2; exit 1\n", "utf-8")
    assert dict(read_revisions([NAME])) == {NAME: None}


def test_a_file_without_our_images_is_one_sentence(tmp_path: Path) -> None:
    compose = tmp_path / "compose"
    compose.write_text("#!/bin/sh\nprintf '%s\\n' 'services:' '  redis:' '    image: redis:7'\n", "utf-8")
    compose.chmod(0o755)
    with pytest.raises(CannotBuild, match="names no image of Govah"):
        list_images([str(compose)])


def test_images_have_the_names_that_compose_resolves(tmp_path: Path) -> None:
    compose = tmp_path / "compose"
    compose.write_text(
        "#!/bin/sh\n[ $1 = config ] && printf '%s\\n' 'services:' '  edge:' "
        "'    image: localhost:5000/govah-edge:7' '  loop:' '    image: govah-base:7' "
        "'  auth:' '    image: govah-base:7' '  redis:' '    image: redis:7'\n",
        "utf-8",
    )
    compose.chmod(0o755)
    assert list_images([str(compose)]) == ["govah-base:7", "localhost:5000/govah-edge:7"]


def test_uncommitted_changes_are_part_of_the_revision(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n', "utf-8")
    assert read_source(tmp_path) == Source("1.2.3", "unknown")

    def run_git(*words: str) -> None:
        identity = ("-c", "user.name=Test", "-c", "user.email=test@test.example")
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True)

    run_git("init")
    run_git("add", ".")
    run_git("commit", "-m", "First")
    # A tag does not stand for the commit: it can be moved.
    run_git("tag", "-a", "1.2.3", "-m", "Release")
    clean = read_source(tmp_path)
    assert re.fullmatch("[0-9a-f]{40}", clean.revision)
    assert clean.is_committed
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.4"\n', "utf-8")
    assert read_source(tmp_path) == Source("1.2.4", f"{clean.revision}-dirty")
    assert not read_source(tmp_path).is_committed


def test_every_image_is_labelled_with_its_release() -> None:
    stages = re.split(r"(?m)^FROM ", (ROOT / "Dockerfile").read_text("utf-8"))[1:]
    started = [stage for stage in stages if "ENTRYPOINT" in stage]
    assert len(started) == 4  # base (and portal on it), pdf, edge, egress
    for stage in started:
        for word in ("version=$VERSION", "revision=$REVISION", "created=$CREATED"):
            assert f"org.opencontainers.image.{word}" in stage, stage.splitlines()[0]


@pytest.mark.parametrize("words", ["no-such-engine compose", "", "'", "  "])
def test_a_wrong_engine_is_one_sentence(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSE", words)
    with pytest.raises(CommandFailed, match="COMPOSE"):
        read_compose()
    monkeypatch.setattr(sys, "argv", ["images"])
    with pytest.raises(SystemExit, match=r"images: .*COMPOSE"):
        main()
    assert (roll.main([]), rotate.main(["broker"])) == (1, 1)
