"""The peppers: secrets in files, outside the database, without which a copy of the database is useless.

`pepper1` is for ever; generations `pepper2.<g>` come and go. The operator's commands make and destroy them,
all that derives keys reads them. They are read anew for every use, so that a rotation needs no restart.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# One slow hash serves one look-up per generation: a few are free, many would slow every inquiry.
MAX_GENERATIONS = 3
SIZE = 32

_GENERATION = re.compile(r"pepper2\.([1-9][0-9]{0,8})")


class PeppersUnusable(Exception):
    """A pepper is missing or damaged, or may not be made or destroyed; the message never shows one."""


@dataclass(frozen=True)
class Peppers:
    """`fixed` is pepper1; `generations` maps each live generation's number to its pepper2."""

    fixed: bytes = field(repr=False)
    generations: Mapping[int, bytes] = field(repr=False)

    @property
    def newest(self) -> int:
        """The generation under which new permits are sealed."""
        return max(self.generations)


def load_peppers(directory: Path) -> Peppers:
    """Return the peppers in the directory. Raises PeppersUnusable."""
    generations = live_generations(directory)
    if not generations:
        raise PeppersUnusable("there is no pepper2; run: peppers ensure")
    return Peppers(
        fixed=_read(directory / "pepper1"),
        generations={generation: _read(_path(directory, generation)) for generation in generations},
    )


def live_generations(directory: Path) -> list[int]:
    """Return the numbers of the generations that have a file, in order."""
    paths = directory.iterdir() if directory.is_dir() else ()
    return sorted(int(found[1]) for path in paths if (found := _GENERATION.fullmatch(path.name)))


def ensure_peppers(directory: Path) -> None:
    """Make pepper1 and a first generation where there is none; what is there stays.

    Raises PeppersUnusable when only pepper1 is missing: a new one would open no permit there is.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (directory / "pepper1").exists():
        if live_generations(directory):
            raise PeppersUnusable("pepper1 is lost; put it back from its backup")
        _make(directory / "pepper1")
    if not live_generations(directory):
        _make(_path(directory, 1))


def rotate_peppers(directory: Path) -> int:
    """Make the next generation and return its number.

    Raises PeppersUnusable when `MAX_GENERATIONS` are live.
    """
    generations = live_generations(directory)
    if len(generations) >= MAX_GENERATIONS:
        raise PeppersUnusable(f"{MAX_GENERATIONS} generations are live; destroy {generations[0]} first")
    generation = load_peppers(directory).newest + 1
    _make(_path(directory, generation))
    return generation


def destroy_generation(directory: Path, generation: int) -> None:
    """Destroy a generation's file; what was sealed under it stays closed for ever.

    Raises PeppersUnusable for the newest generation and for one that is not there.
    """
    generations = live_generations(directory)
    if generation not in generations:
        raise PeppersUnusable(f"there is no generation {generation}")
    if generation == generations[-1]:
        raise PeppersUnusable(f"generation {generation} seals new permits; run: peppers rotate")
    path = _path(directory, generation)
    path.write_bytes(bytes(SIZE * 2))
    path.unlink()


def _path(directory: Path, generation: int) -> Path:
    return directory / f"pepper2.{generation}"


def _make(path: Path) -> None:
    # Linked into place whole: two processes that start at once agree on one, and no reader sees half of it.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(SIZE))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _read(path: Path) -> bytes:
    try:
        pepper = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise PeppersUnusable(f"{path.name} cannot be read ({type(error).__name__})") from error
    if len(pepper) != SIZE:
        raise PeppersUnusable(f"{path.name} is damaged")
    return pepper
