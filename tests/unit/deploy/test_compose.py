"""compose.yaml keeps what it promises of every container, and leaves out no loop and no secret."""

import json
import os
import re
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from obstore.store import MemoryStore

from deploy.kubernetes.traffic import list_callers
from govah.local.roles import BY_NAME, METRICS_PORT, ROLES, WEB_PORT
from govah_verify.key_set import build_key, load_key_set
from govah_verify.trust import load_trust
from services.auth import background as auth
from services.disclosure import background as disclosure
from services.inquiry import background as inquiry
from services.kit.storage import KeyFile, SealedObjects
from services.pdfworker.signing.credentials import load_credentials, load_letter_key
from services.records import background as records

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
WATCH = yaml.safe_load((ROOT / "deploy" / "watch" / "compose.yaml").read_text("utf-8"))
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"] | WATCH["services"]
SECRETS = COMPOSE["secrets"] | WATCH["secrets"]
JOBS = {name for name, container in CONTAINERS.items() if container["restart"] == "no"}
LOOPS: dict[str, Sequence[str]] = {
    "auth": auth.LOOPS,
    "records": records.LOOPS,
    "disclosure": disclosure.LOOPS,
    "inquiry": inquiry.LOOPS,
}
BACKUP = {"backup", "restore", "backup-timer", "wal-archive", "recover"}
# Containers that run on without a role of Govah's code: they take backups.
TIMERS = {"backup-timer", "wal-archive"}
# Containers of an operator's own commands, each started by a profile for one command.
OPERATORS = {*BACKUP, "admin"}
each_container = pytest.mark.parametrize("name", CONTAINERS)


@each_container
def test_a_container_has_no_power_and_bounds(name: str) -> None:
    container = CONTAINERS[name]
    uid = int(container["user"].split(":")[0])
    assert uid > 0
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid"} & container.keys()
    assert container["pids_limit"] <= 256
    assert container["mem_limit"]
    assert container["logging"]["options"].keys() == {"max-size", "max-file"}


@each_container
def test_what_runs_is_watched_and_what_ends_is_not(name: str) -> None:
    container = CONTAINERS[name]
    is_watched = not container.get("healthcheck", {"disable": True}).get("disable")
    assert (name in JOBS) != is_watched
    assert container["restart"] == ("no" if name in JOBS else "unless-stopped")


def test_only_the_edge_can_be_reached_and_only_the_egress_proxy_reaches_out() -> None:
    networks = {name: set(container["networks"]) for name, container in CONTAINERS.items()}
    assert {name for name, container in CONTAINERS.items() if "ports" in container} == {"edge", "grafana"}
    assert CONTAINERS["grafana"]["ports"][0].startswith("127.0.0.1:")
    # The proxy is near its callers and nothing else of the system.
    assert not networks["egress"] & {"back", "database"}
    assert COMPOSE["networks"]["egress"] == {"internal": True}
    inside = {"back", "database"}
    assert {name: own - inside for name, own in networks.items() if own - inside} == {
        "edge": {"front"},
        "auth-messages": {"egress"},
        "pdfworker": {"egress"},
        "egress": {"egress", "outside"},
        "grafana": {"watch"},
    }
    assert [COMPOSE["networks"][name] for name in sorted(inside)] == [{"internal": True}] * 2


def test_only_who_keeps_something_in_the_database_reaches_it() -> None:
    """The edge, the portal, PDF workers and Prometheus do not; compose and Kubernetes agree on who does."""
    near = {name for name, container in CONTAINERS.items() if "database" in container["networks"]}
    configured = {
        name
        for name, container in CONTAINERS.items()
        if {"GOVAH_DATABASE_URL", "GOVAH_BACKUP_DATABASES"} & container.get("environment", {}).keys()
    }
    assert near == configured | {"postgres", "wal-archive", "recover"}
    assert set(CONTAINERS["postgres"]["networks"]) == {"database"}
    callers = set(list_callers("postgres"))
    assert near - {"postgres", *OPERATORS} == (callers & CONTAINERS.keys()) - OPERATORS
    assert {"edge", "portal", "pdfworker", "redis", "prometheus"} & near == set()


@pytest.mark.parametrize("service", LOOPS)
def test_every_loop_runs_in_exactly_one_container(service: str) -> None:
    running = [loop for role in ROLES if role.service == service for loop in role.loops]
    assert sorted(running) == sorted(LOOPS[service])


def test_containers_that_run_on_are_the_roles_of_the_table() -> None:
    assert (
        COMPOSE["services"].keys() - JOBS - TIMERS - {"edge", "egress", "postgres", "redis"} == BY_NAME.keys()
    )
    assert {name: CONTAINERS[name]["command"] for name in BY_NAME} == {
        role.name: role.words for role in ROLES
    }
    listens = CONTAINERS["auth"]["environment"]
    assert f"--bind 0.0.0.0:{WEB_PORT} " in listens["GUNICORN_CMD_ARGS"]
    assert listens["GOVAH_METRICS_LISTEN"] == f"0.0.0.0:{METRICS_PORT}"


def test_a_service_starts_after_its_schema_and_the_edge_waits_for_nobody() -> None:
    waits = {name: set(container.get("depends_on", {})) for name, container in CONTAINERS.items()}

    def list_before(name: str) -> set[str]:
        return waits[name] | {earlier for one in waits[name] for earlier in list_before(one)}

    for service in LOOPS:
        for name in CONTAINERS:
            if name == service or (name.startswith(f"{service}-") and not name.endswith("-migrate")):
                assert f"{service}-migrate" in list_before(name), name
    assert list_before("edge") == list_before("pdfworker") == set()
    assert "auth-setup" in list_before("auth")
    assert "inquiry-setup" in list_before("inquiry")


def test_a_container_sees_only_secrets_it_needs() -> None:
    for name, container in CONTAINERS.items():
        own = name.split("-")[0]
        seen = {secret.rpartition(".")[0] for secret in container.get("secrets", [])} - {"redis"}
        allowed = {own}
        if name == "postgres":
            allowed = {"postgres", *LOOPS}
        elif name == "auth-setup":
            allowed = {*LOOPS, "pdfworker", "messages", "mobile-ownership"}
        elif name in BACKUP:
            # Dumps are taken as the database's superuser.
            allowed = {"postgres"}
        elif own == "admin":
            allowed = {*LOOPS, "messages", "mobile-ownership", "letter-trust"}
        elif own in {"auth", "demo"}:
            allowed = {"auth", "messages", "mobile-ownership"}
        elif own == "inquiry":
            allowed = {"inquiry", "letter-trust", "govah-keys"}
        elif name == "disclosure":
            allowed = {"disclosure", "credential"}
        elif own == "pdfworker":
            allowed = {"pdfworker", "signing", "letter"}
        assert seen <= allowed, name
    peppers = {name for name, container in CONTAINERS.items() if "peppers" in str(container.get("volumes"))}
    keys = {name for name, container in CONTAINERS.items() if "token-keys" in str(container.get("volumes"))}
    assert (peppers - OPERATORS, keys - OPERATORS) == ({"inquiry", "inquiry-setup"}, {"auth", "auth-setup"})
    profiles = {name: CONTAINERS[name]["profiles"] for name in BACKUP}
    assert profiles == {
        "backup": ["backup"],
        "restore": ["backup"],
        "backup-timer": ["backup-timer"],
        "wal-archive": ["pitr"],
        "recover": ["pitr"],
    }
    assert CONTAINERS["admin"]["profiles"] == ["admin"]
    assert all(volume.endswith(":ro") for volume in CONTAINERS["backup"]["volumes"])


def test_objects_in_s3_are_reached_by_all_that_use_them() -> None:
    stored = yaml.safe_load((ROOT / "deploy/compose/s3.yaml").read_text("utf-8"))["services"]
    uses = re.compile("GOVAH_(RECORDS_|DISCLOSURE_|INQUIRY_)?STORAGE_URL")
    using = {
        name
        for name, container in COMPOSE["services"].items()
        if any(uses.fullmatch(variable) for variable in container.get("environment", {}))
    }
    assert stored.keys() == using
    for name, container in stored.items():
        path = Path(container["environment"]["GOVAH_STORAGE_CREDENTIALS_FILE"])
        owners = sorted(LOOPS.keys() - {"auth"}) if name == "admin" else [name.partition("-")[0]]
        named = [path.name.replace("{name}", owner) for owner in owners]
        assert (path.parent, sorted(container["secrets"])) == (Path("/run/secrets"), sorted(named))


def make_secrets(directory: Path, *words: str) -> str:
    """Return the output of deploy/secrets.sh."""
    group = str(directory.parent.stat().st_gid)
    environment = {"PATH": "/usr/bin:/bin", "GOVAH_SECRETS_DIR": str(directory), "GOVAH_GROUP": group}
    command = [str(ROOT / "deploy" / "secrets.sh"), *words]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def test_make_secrets_draws_every_secret_once(tmp_path: Path) -> None:
    directory = tmp_path / "secrets"
    assert len(make_secrets(directory).splitlines()) == len(SECRETS)
    drawn = {path.name: path.read_text("latin-1").strip() for path in directory.iterdir()}
    assert drawn.keys() == SECRETS.keys()
    assert len(set(drawn.values())) == len(drawn)
    for name in ("disclosure.storage", "records.storage"):
        assert re.fullmatch(r"\d{8}-[0-9a-f]{6}:[A-Za-z0-9+/]{43}=", drawn.pop(name))
    of_letters = {name: drawn.pop(name) for name in ("signing.p12", "letter.key", "letter-trust.pem")}
    del drawn["credential.key"], drawn["govah-keys.json"]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{32}", secret) for secret in drawn.values())
    credentials = load_credentials(directory / "signing.p12", directory / "signing.password")
    assert "TEST" in credentials.certificate.subject.rfc4514_string()
    trust = load_trust(directory / "letter-trust.pem")
    # Its authority would vouch for all that it has issued.
    assert trust.certificates == [credentials.certificate]
    assert trust.letter_keys == [load_letter_key(directory / "letter.key").public_key()]
    assert "PRIVATE" not in of_letters["letter-trust.pem"]
    credential_key = load_letter_key(directory / "credential.key").public_key()
    [published] = load_key_set(directory / "govah-keys.json")
    assert published == build_key(credential_key.public_bytes_raw(), published.signs_from)
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o640}
    (directory / "auth.secret").write_text("mine", "ascii")
    (directory / "auth.pepper").unlink()
    assert "auth.pepper" in make_secrets(directory)
    again = {path.name: path.read_text("latin-1").strip() for path in directory.iterdir()}
    assert {name for name in drawn if drawn[name] != again[name]} == {"auth.secret", "auth.pepper"}
    assert again["auth.secret"] == "mine"


@pytest.mark.parametrize("service", ["disclosure", "records"])
@pytest.mark.parametrize("has_name", [True, False])
def test_new_storage_key_is_seen_through_a_bound_file(tmp_path: Path, service: str, has_name: bool) -> None:
    directory, letter = tmp_path / "secrets", "letters/1.pdf"
    make_secrets(directory)
    path, words = directory / f"{service}.storage", [service] if has_name else []
    sealed = SealedObjects(MemoryStore(), KeyFile(path))
    sealed.put_new(letter, b"old")
    bound, first = path.stat().st_ino, sealed.keys.newest
    assert "from now on" in make_secrets(directory, "rotate-storage", *words)
    assert path.stat().st_ino == bound
    assert (list(sealed.keys.by_id)[1:], sealed.read(letter)) == ([first], b"old")
    assert [left.name for left in directory.glob("*.part")] == []
    (directory / f"{service}.storage.part").write_text(path.read_text("ascii"), "ascii")
    with pytest.raises(subprocess.CalledProcessError):
        make_secrets(directory, "rotate-storage", *words)


def test_the_compose_file_says_nothing_that_the_older_compose_does_not_know() -> None:
    text = "".join((ROOT / place / "compose.yaml").read_text("utf-8") for place in (".", "deploy/watch"))
    assert not {"name", "include", "version"} & (COMPOSE | WATCH).keys()
    for word in ("develop:", "start_interval:", "pull_policy:", "!reset"):
        assert word not in text
    assert not re.search(r"--mount|--chmod|<<EOF|# syntax", (ROOT / "Dockerfile").read_text("utf-8"))


@pytest.mark.parametrize(("due", "well"), [([60, 1], True), ([60, -1], False), ([], False)])
def test_loops_are_well_while_none_is_overdue(tmp_path: Path, due: list[int], well: bool) -> None:
    for number, seconds in enumerate(due):
        path = tmp_path / f"loop-{number}"
        path.touch()
        os.utime(path, (time.time() + seconds,) * 2)
    command = [str(ROOT / "deploy" / "compose" / "healthy.sh"), "loops"]
    checked = subprocess.run(
        command, env={"PATH": "/usr/bin:/bin", "GOVAH_HEARTBEATS": str(tmp_path)}, check=False
    )
    assert (checked.returncode == 0) is well


def run_entrypoint(environment: dict[str, str], variable: str) -> str:
    command = [
        str(ROOT / "deploy" / "compose" / "entrypoint.sh"),
        "sh",
        "-c",
        f'printf %s "${{{variable}-none}}"',
    ]
    variables = {"PATH": "/usr/bin:/bin", **environment}
    return subprocess.run(command, env=variables, check=True, capture_output=True, text=True).stdout


def test_the_entrypoint_hands_over_the_databases_password(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("drawn\nformer\n", "ascii")
    assert run_entrypoint({"PGPASSWORD_FILE": str(tmp_path / "secret")}, "PGPASSWORD") == "drawn"
    assert run_entrypoint({}, "PGPASSWORD") == "none"
    # The container `admin` has a file per service.
    assert run_entrypoint({"PGPASSWORD_FILE": str(tmp_path / "{name}.database")}, "PGPASSWORD") == "none"


def test_any_edge_can_answer_because_none_stores_anything() -> None:
    edge = CONTAINERS["edge"]
    assert edge["read_only"]
    writable = [volume for volume in edge["volumes"] if not volume.endswith(":ro")]
    # The log of incidents, which is off by default; nobody is answered from it.
    assert writable == ["incidents:/var/lib/govah/incidents"]
    files = list((ROOT / "gateway" / "edge" / "nginx").glob("*.conf"))
    assert files
    for file in files:
        assert not re.search(
            r"\b(proxy_cache|proxy_store|\w+_cache_path|dav_\w+)\b", file.read_text("utf-8")
        ), file


def test_a_worker_is_checked_by_the_name_of_its_container(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nprintf "%s " "$@"\n', "ascii")
    python.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOSTNAME": "a1"}
    command = [str(ROOT / "deploy" / "compose" / "healthy.sh"), "worker", "pdfworker"]
    checked = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert checked.stdout.split() == ["-m", "services.kit.ping_worker", "pdfworker@a1"]


@pytest.mark.parametrize(
    ("content", "rules"), [("new\nformer\n", ">new >former"), ("only", ">only"), ("only\n\n", ">only")]
)
def test_redis_starts_with_every_password_of_its_file(tmp_path: Path, content: str, rules: str) -> None:
    (tmp_path / "secret").write_text(content, "ascii")
    server = tmp_path / "redis-server"
    server.write_text("#!/bin/sh\ncat\n", "ascii")
    server.chmod(0o755)
    [shell, flags, script] = CONTAINERS["redis"]["command"]
    script = script.replace("$$", "$").replace("/run/secrets/redis.password", str(tmp_path / "secret"))
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    started = subprocess.run(
        [shell, flags, script], env=environment, check=True, capture_output=True, text=True
    )
    assert started.stdout.strip() == f"user default on ~* &* +@all {rules}"


def test_rotated_key_of_credentials_is_published_beside_the_retired_one(tmp_path: Path) -> None:
    directory = tmp_path / "secrets"
    make_secrets(directory)
    [first] = load_key_set(directory / "govah-keys.json")
    for _ in range(2):
        make_secrets(directory, "rotate-credentials")
    oldest, older, current = load_key_set(directory / "govah-keys.json")
    signing = load_letter_key(directory / "credential.key").public_key()
    assert current == build_key(signing.public_bytes_raw(), current.signs_from)
    # For the clock of another machine, which may be behind.
    assert time.time() - current.signs_from >= 60
    assert oldest.kid == first.kid
    assert oldest.signs_until is not None
    assert older.signs_until is not None
    assert not [path for path in directory.iterdir() if path.suffix in {".new", ".part"}]


def test_rotation_of_credentials_reads_sets_as_others_write_them(tmp_path: Path) -> None:
    directory = tmp_path / "secrets"
    make_secrets(directory)
    real = tmp_path / "published.json"
    path = (directory / "govah-keys.json").rename(real)
    (directory / "govah-keys.json").symlink_to(real)
    keys = [{**key.jwk, "govah_until": None} for key in load_key_set(real)]
    for written in (
        json.dumps({"keys": keys}, indent=2, sort_keys=True),
        json.dumps({"keys": keys}, indent="\t").replace("\n", "\r\n"),
        json.dumps({"keys": keys, "more": {}}, separators=(",", ":")),
    ):
        real.write_text(written, "ascii")
        make_secrets(directory, "rotate-credentials")
        retired, current = load_key_set(path)
        assert (retired.signs_until is None, current.signs_until) == (False, None)


@pytest.mark.parametrize("written", ["", "{}", '{"keys": []}', '{"keys": [{"kid": "a"'])
def test_rotation_of_credentials_changes_nothing_beside_a_damaged_set(tmp_path: Path, written: str) -> None:
    directory = tmp_path / "secrets"
    make_secrets(directory)
    (directory / "govah-keys.json").write_text(written, "ascii")
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    with pytest.raises(subprocess.CalledProcessError):
        make_secrets(directory, "rotate-credentials")
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before


def test_rotation_of_credentials_that_broke_off_is_finished(tmp_path: Path) -> None:
    directory = tmp_path / "secrets"
    make_secrets(directory)
    published, old = directory / "govah-keys.json", (directory / "credential.key").read_bytes()
    make_secrets(directory, "rotate-credentials")
    # As it was before the last copy: the set is half written, and the old key signs.
    published.rename(directory / "govah-keys.json.part")
    (directory / "credential.key").rename(directory / "credential.key.new")
    (directory / "credential.key").write_bytes(old)
    published.write_text('{"keys": [', "ascii")
    make_secrets(directory, "rotate-credentials")
    _, current = load_key_set(published)
    signing = load_letter_key(directory / "credential.key").public_key()
    assert current == build_key(signing.public_bytes_raw(), current.signs_from)
    assert not [path for path in directory.iterdir() if path.suffix in {".new", ".part"}]
