"""``python -m deploy.rotate NAME``: give a running system a new password or secret; no call is refused.

NAME is `redis.password`, `SERVICE.database`, `postgres.database` or `SERVICE.secret`. Until the server has
taken the new one, the file holds both, and programs, which read it at each use, are let in with either.
Needs only Python.
"""

import argparse
import os
import secrets
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.running import CommandFailed, Running, read_compose

# Seconds in which a program that has read a password has used it.
USED_WITHIN = 5.0
REDIS = "redis.password"
# The first line of the file is valid at every moment.
REDIS_CLI = ("sh", "-c", f"REDISCLI_AUTH=$(head -n 1 /run/secrets/{REDIS}) exec redis-cli")
PSQL = ("psql", "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "--username", "postgres", "postgres")


@dataclass(frozen=True)
class Rotation:
    """The rotation of one secret: where it stands, and how its server receives a new one."""

    running: Running
    name: str
    path: Path

    def read(self) -> list[str]:
        """Return the secrets in the file, the current one first. Raises CommandFailed."""
        if lines := self.path.read_text("ascii").split():
            return lines
        raise CommandFailed(f"{self.path} is empty")

    def write(self, lines: Sequence[str]) -> None:
        """Write secrets into the very file that containers have bound, which is at no moment empty."""
        content = "".join(f"{line}\n" for line in lines).encode("ascii")
        descriptor = os.open(self.path, os.O_WRONLY)
        try:
            os.pwrite(descriptor, content, 0)
            os.ftruncate(descriptor, len(content))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def rotate_in_redis(rotation: Rotation, new: str) -> None:
    """Have Redis accept a new password too, then have programs use it. Raises CommandFailed."""
    former = rotation.read()
    # First behind the others: a Redis that starts again takes all lines, and programs use the first.
    rotation.write([*former, new])
    set_rules(rotation.running, *(f">{password}" for password in (*former, new)))
    rotation.write([new, *former])


def end_former_in_redis(rotation: Rotation) -> None:
    """Have Redis accept only the first password of the file. Raises CommandFailed."""
    current = rotation.read()[0]
    set_rules(rotation.running, "resetpass", f">{current}")
    rotation.write([current])


def set_rules(running: Running, *rules: str) -> None:
    """Change the user of all programs in Redis; open connections stay open. Raises CommandFailed."""
    command = f"ACL SETUSER default {' '.join(rules)}\n"
    answer = running.compose("exec", "-T", "redis", *REDIS_CLI, stdin=command).strip()
    if answer != "OK":
        raise CommandFailed(f"redis did not take the password: {answer}")


def rotate_in_postgresql(rotation: Rotation, new: str) -> None:
    """Give a role of PostgreSQL a new password. Raises CommandFailed."""
    role = rotation.name.removesuffix(".database")
    rotation.write([new, *rotation.read()])
    statement = f"ALTER ROLE \"{role}\" PASSWORD '{new}';\n"
    rotation.running.compose("exec", "-T", "postgres", *PSQL, stdin=statement)
    rotation.write([new])


def rotate_client(rotation: Rotation, new: str) -> None:
    """Give the client of a service a new secret in auth. Raises CommandFailed."""
    rotation.write([new, *rotation.read()])
    rotation.running.compose("run", "--rm", "--no-deps", "auth-setup")
    rotation.write([new])


KINDS: Mapping[str, Callable[[Rotation, str], None]] = {
    REDIS: rotate_in_redis,
    ".database": rotate_in_postgresql,
    ".secret": rotate_client,
}


def rotate(running: Running, name: str, *, keep_former: bool = False, end_former: bool = False) -> str:
    """Rotate a secret; return a sentence about what is valid now. Raises CommandFailed."""
    kind = next((kind for ending, kind in KINDS.items() if name.endswith(ending)), None)
    if kind is None:
        raise CommandFailed(f"docs/operations/rotate.md says how {name} is renewed")
    if name != REDIS and (keep_former or end_former):
        raise CommandFailed(f"only {REDIS} can have two passwords for long")
    rotation = Rotation(running, name, running.find_secret(name))
    try:
        if not end_former:
            kind(rotation, secrets.token_urlsafe(24))
            if keep_former:
                return f"both passwords of {rotation.path} are valid, until END_FORMER=1"
        if name == REDIS:
            time.sleep(0 if end_former else USED_WITHIN)
            end_former_in_redis(rotation)
    except CommandFailed as failure:
        raise CommandFailed(_hide(str(failure), rotation.read())) from None
    return f"{rotation.path} is renewed; make backup keeps it"


def _hide(sentence: str, passwords: Sequence[str]) -> str:
    # A server may quote the statement that it refuses.
    for password in passwords:
        sentence = sentence.replace(password, "…")
    return sentence


def main(arguments: Sequence[str]) -> int:
    """Rotate the secret of a command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="make rotate", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--keep-former", action="store_true", help="both passwords stay valid")
    parser.add_argument("--end-former", action="store_true", help="end the one that was kept")
    chosen = parser.parse_args(arguments)
    try:
        running = Running(read_compose())
        done = rotate(running, chosen.name, keep_former=chosen.keep_former, end_former=chosen.end_former)
    except (CommandFailed, OSError) as failure:
        sys.stderr.write(f"rotate: {failure}\n")
        return 1
    sys.stderr.write(f"rotate: {done}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
