"""`make rotate`: which secrets it knows, how it writes them, and what it leaves when something fails."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy import rotate
from deploy.running import CommandFailed, Running

CONFIG = """\
services:
  redis:
    secrets:
    - source: redis.password
{extra}secrets:
  auth.secret:
    file: /elsewhere/auth.secret
  redis.password:
{name}    file: {path}
version: '3.9'
"""


@dataclass(frozen=True)
class System(Running):
    """What compose was expected for, with the file's content at that moment; it fails from a call on."""

    path: Path = Path()
    calls: list[tuple[str, str]] = field(default_factory=list)
    fails_at: int = 99

    def compose(self, *words: str, stdin: str = "") -> str:
        if words == ("config",):
            return CONFIG.format(path=self.path, name="", extra="")
        self.calls.append((stdin or words[-1], self.path.read_text("ascii")))
        if len(self.calls) > self.fails_at:
            raise CommandFailed(f"refused: {stdin}")
        return "OK\n"

    def find_secret(self, name: str) -> Path:
        return self.path


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(rotate, "USED_WITHIN", 0)
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _: "new")
    (tmp_path / "secret").write_text("old\n", "ascii")
    return tmp_path / "secret"


def test_redis_takes_both_before_programs_use_the_new_one(path: Path) -> None:
    inode, system = path.stat().st_ino, System((), path=path)
    rotate.rotate(system, "redis.password")
    assert system.calls == [
        ("ACL SETUSER default >old >new\n", "old\nnew\n"),
        ("ACL SETUSER default resetpass >new\n", "new\nold\n"),
    ]
    # Containers have bound the file itself.
    assert (path.read_text("ascii"), path.stat().st_ino) == ("new\n", inode)


def test_a_former_password_of_redis_can_stay_until_it_is_ended(path: Path) -> None:
    system = System((), path=path)
    assert "both" in rotate.rotate(system, "redis.password", keep_former=True)
    assert path.read_text("ascii") == "new\nold\n"
    rotate.rotate(system, "redis.password", end_former=True)
    assert path.read_text("ascii") == "new\n"
    assert system.calls[-1][0] == "ACL SETUSER default resetpass >new\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("inquiry.database", "ALTER ROLE \"inquiry\" PASSWORD 'new';\n"), ("auth.secret", "auth-setup")],
)
def test_programs_have_both_while_the_server_takes_the_new_one(path: Path, name: str, expected: str) -> None:
    system = System((), path=path)
    rotate.rotate(system, name)
    assert system.calls == [(expected, "new\nold\n")]
    assert path.read_text("ascii") == "new\n"


@pytest.mark.parametrize("name", ["inquiry.database", "auth.secret", "redis.password"])
@pytest.mark.parametrize("fails_at", [0, 1])
def test_what_broke_off_leaves_a_valid_password_and_can_be_repeated(
    path: Path, name: str, fails_at: int
) -> None:
    system = System((), path=path, fails_at=fails_at)
    if fails_at == 0 or name == "redis.password":
        with pytest.raises(CommandFailed, match=r"refused: (?!.*\bnew\b)"):
            rotate.rotate(system, name)
        assert "old" in path.read_text("ascii").split()
    rotate.rotate(System((), path=path), name)
    assert path.read_text("ascii") == "new\n"


@pytest.mark.parametrize(
    ("name", "words"),
    [("signing.p12", "rotate.md"), ("portal.cookies", "rotate.md"), ("redis.password ", "rotate.md")],
)
def test_what_it_cannot_rotate_is_left(path: Path, name: str, words: str) -> None:
    with pytest.raises(CommandFailed, match=words):
        rotate.rotate(System((), path=path), name)
    with pytest.raises(CommandFailed, match=r"only redis\.password"):
        rotate.rotate(System((), path=path), "auth.secret", keep_former=True)
    assert path.read_text("ascii") == "old\n"


@pytest.mark.parametrize("name", ["", "    name: govah_redis.password\n"])
def test_the_file_is_the_one_that_compose_mounts(tmp_path: Path, name: str) -> None:
    script = tmp_path / "compose"
    config = CONFIG.format(path="/run/redis.password", name=name, extra="")
    script.write_text(f"#!/bin/sh\ncat <<'END'\n{config}END\n", "ascii")
    script.chmod(0o755)
    running = Running([str(script)])
    assert running.find_secret("redis.password") == Path("/run/redis.password")
    assert running.find_secret("auth.secret") == Path("/elsewhere/auth.secret")
    with pytest.raises(CommandFailed, match=r"no secret auth\.cookies"):
        running.find_secret("auth.cookies")
