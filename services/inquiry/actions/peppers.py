"""The peppers: secrets in files, outside the database, without which a copy of the database is useless.

`pepper1` is permanent; generations `pepper2.<g>` are rotated. The operator's commands create and destroy
them. They are read again for every use, so a rotation needs no restart.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# One slow hash serves a look-up in each generation. A few cost nothing, many would slow every inquiry.
MAX_GENERATIONS = 3
SIZE = 32

_GENERATION = re.compile(r"pepper2\.([1-9][0-9]{0,8})")


class PeppersUnusable(Exception):
    """A pepper is missing or damaged, or must not be created or destroyed. The message contains no pepper."""


@dataclass(frozen=True)
class Peppers:
    """`fixed` is pepper1; `generations` maps the number of each live generation to its pepper2."""

    fixed: bytes = field(repr=False)
    generations: Mapping[int, bytes] = field(repr=False)

    @property
    def newest(self) -> int:
        """Return the generation under which new permits are sealed."""
        return max(self.generations)


def load_peppers(directory: Path) -> Peppers:
    """Return the peppers in the directory. Raises PeppersUnusable."""
    generations = list_generations(directory)
    if not generations:
        raise PeppersUnusable("there is no pepper2; run: peppers ensure")
    return Peppers(
        fixed=_read_pepper(directory / "pepper1"),
        generations={
            generation: _read_pepper(_locate_generation(directory, generation)) for generation in generations
        },
    )


def list_generations(directory: Path) -> list[int]:
    """Return the numbers of the live generations, those that have a file, in order."""
    paths = directory.iterdir() if directory.is_dir() else ()
    return sorted(int(match[1]) for path in paths if (match := _GENERATION.fullmatch(path.name)))


def ensure_peppers(directory: Path) -> None:
    """Create pepper1 and a first generation if they are missing. Existing peppers do not change.

    Raises PeppersUnusable when only pepper1 is missing: a new one would open no existing permit.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (directory / "pepper1").exists():
        # Another process may have created both since.
        if list_generations(directory) and not (directory / "pepper1").exists():
            raise PeppersUnusable("pepper1 is lost; put it back from its backup")
        _create_pepper(directory / "pepper1")
    if not list_generations(directory):
        _create_pepper(_locate_generation(directory, 1))


def rotate_peppers(directory: Path) -> int:
    """Return the number of a new generation.

    Raises PeppersUnusable when `MAX_GENERATIONS` are live.
    """
    generations = list_generations(directory)
    if len(generations) >= MAX_GENERATIONS:
        raise PeppersUnusable(f"{MAX_GENERATIONS} generations are live; destroy {generations[0]} first")
    generation = load_peppers(directory).newest + 1
    _create_pepper(_locate_generation(directory, generation))
    return generation


def destroy_generation(directory: Path, generation: int) -> None:
    """Destroy a generation's file. What was sealed under it can never be opened again.

    Raises PeppersUnusable for the newest generation and for an unknown one.
    """
    generations = list_generations(directory)
    if generation not in generations:
        raise PeppersUnusable(f"there is no generation {generation}")
    if generation == generations[-1]:
        raise PeppersUnusable(f"generation {generation} seals new permits; run: peppers rotate")
    path = _locate_generation(directory, generation)
    path.write_bytes(bytes(SIZE * 2))
    path.unlink()


def _locate_generation(directory: Path, generation: int) -> Path:
    return directory / f"pepper2.{generation}"


def _create_pepper(path: Path) -> None:
    # Linked into place complete: processes that start simultaneously agree on one, and none reads half of it.
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


def _read_pepper(path: Path) -> bytes:
    try:
        pepper = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise PeppersUnusable(f"{path.name} cannot be read ({type(error).__name__})") from error
    if len(pepper) != SIZE:
        raise PeppersUnusable(f"{path.name} is damaged")
    return pepper
