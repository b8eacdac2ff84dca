"""``python -m deploy.images``: build the images of compose.yaml, each labelled with version and revision.

It reads the `.env` that `up` reads, and never puts another revision under a tag that exists: a rollback
starts the images of that tag. Needs only Python, git and an engine.
"""

import argparse
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.running import CommandFailed, read_compose

ROOT = Path(__file__).resolve().parents[1]
# Of settings that compose.yaml demands, where there is no .env yet.
FALLBACK = "deploy/compose/demo.env"
# Those of services with an image of their own; without its profile compose builds none.
PROFILES = ("backup-timer",)
REVISION_LABEL = "org.opencontainers.image.revision"
OWN_IMAGE = re.compile(r"^\s*image: (\S*govah-[a-z]+:\S+)$", re.MULTILINE)
# A number with dots anywhere in a tag: v0.2.0, release-0.2.0-2.
RELEASE = re.compile(r"(?<![0-9])(?<![0-9]\.)[0-9]+(?:\.[0-9]+)+(?![0-9])")
# What engines say of an image that they do not have.
NO_IMAGE = re.compile("no such (image|object)|not known|not found", re.IGNORECASE)
UNKNOWN = "unknown"


class CannotBuild(Exception):
    """The images are not built; the message says why and what to do."""


@dataclass(frozen=True)
class Source:
    """The version and the commit that images are made of; -dirty stands for uncommitted changes."""

    version: str
    revision: str

    @property
    def is_committed(self) -> bool:
        """Return whether the revision names exactly one content."""
        return self.revision != UNKNOWN and not self.revision.endswith("-dirty")


def read_source(root: Path = ROOT) -> Source:
    """Return the source of a working copy; its revision is "unknown" outside of git."""
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    words = ["git", "describe", "--always", "--abbrev=40", "--match=", "--dirty"]
    try:
        ran = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return Source(version, UNKNOWN)
    return Source(version, ran.stdout.strip() if ran.returncode == 0 else UNKNOWN)


def check_tags(images: Mapping[str, str | None], source: Source) -> None:
    """Check that no image takes the tag of another release or revision. Raises CannotBuild.

    `images` maps each name to the revision of the image that has it: "unknown" without a label, None without
    an image.
    """
    for name, revision in images.items():
        tag = name.rpartition(":")[2]
        if others := [release for release in RELEASE.findall(tag) if release != source.version]:
            raise CannotBuild(
                f"the tag {tag} names release {others[0]}, and this working copy is {source.version}; "
                f"set GOVAH_VERSION to {source.version} in .env"
            )
        if revision is not None and not (revision == source.revision and source.is_committed):
            changes = "" if source.is_committed else " with changes that are not committed"
            raise CannotBuild(
                f"{name} exists already, of revision {revision[:12]}. This is {source.revision[:12]}"
                f"{changes}. "
                "A rollback may need it. Set another tag in GOVAH_VERSION, such as "
                f"{source.version}-2, or build with OVERWRITE=1"
            )


def list_images(compose: Sequence[str]) -> list[str]:
    """Return the names of our images, as compose resolves them. Raises CannotBuild."""
    ran = _start([*compose, "config"])
    if ran.returncode:
        raise CannotBuild(ran.stderr.strip() or f"{compose[0]} ended with status {ran.returncode}")
    names = sorted(set(OWN_IMAGE.findall(ran.stdout)))
    if not names:
        raise CannotBuild(
            "compose names no image of Govah; run it in the folder of compose.yaml, without other files in "
            "COMPOSE_FILE"
        )
    return names


def read_revisions(names: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Yield each name with the revision of the image that has it, as `check_tags` takes them.

    Raises CannotBuild if the engine does not answer.
    """
    template = f'{{{{index .Config.Labels "{REVISION_LABEL}"}}}}'
    for name in names:
        ran = _start(["docker", "image", "inspect", "--format", template, name])
        if ran.returncode and not NO_IMAGE.search(ran.stderr):
            raise CannotBuild(ran.stderr.strip() or f"docker ended with status {ran.returncode}")
        yield name, (ran.stdout.strip() or UNKNOWN) if ran.returncode == 0 else None


def build(compose: Sequence[str], *, overwrite: bool) -> None:
    """Build all images. Raises CannotBuild."""
    source = read_source()
    if not overwrite:
        check_tags(dict(read_revisions(list_images(compose))), source)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    labels = {"BUILD_VERSION": source.version, "BUILD_REVISION": source.revision, "BUILD_CREATED": created}
    if subprocess.run([*compose, "build"], cwd=ROOT, env={**os.environ, **labels}, check=False).returncode:
        raise CannotBuild("the build failed; see its output above")


def _start(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Return what a program printed. Raises CannotBuild if there is no such program."""
    try:
        return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CannotBuild(
            f"{words[0]} cannot be started ({error.strerror}); install a container engine with compose, or "
            "name yours in COMPOSE"
        ) from error


def main() -> None:
    """Build the images with the words of `COMPOSE`. A refusal is one line and exit status 1."""
    parser = argparse.ArgumentParser(description="Build the images of compose.yaml.")
    parser.add_argument("--overwrite", action="store_true", help="replace images of another revision")
    arguments = parser.parse_args()
    try:
        compose = read_compose("docker compose")
        if not (ROOT / ".env").exists():
            compose += ["--env-file", FALLBACK]
        compose += [word for profile in PROFILES for word in ("--profile", profile)]
        build(compose, overwrite=arguments.overwrite)
    except (CannotBuild, CommandFailed) as reason:
        sys.exit(f"images: {reason}")


if __name__ == "__main__":
    main()
