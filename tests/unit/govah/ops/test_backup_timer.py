"""A backup by the clock reaches the server of its URL, and takes secrets as Kubernetes mounts them."""

import io
import tarfile
from pathlib import Path

import pytest

from govah.ops.backup.folder import BackupFailed, pack
from govah.ops.backup.timer import AUTHORITIES, build_client_environment


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://postgres@postgres/{name}", {"PGHOST": "postgres", "PGUSER": "postgres"}),
        (
            "postgresql://saver@db.example:6432/{name}?sslmode=verify-full&sslrootcert=/ca.pem",
            {
                "PGHOST": "db.example",
                "PGPORT": "6432",
                "PGUSER": "saver",
                "PGSSLMODE": "verify-full",
                "PGSSLROOTCERT": "/ca.pem",
            },
        ),
        # An older pg_dump would take the word for the name of a file.
        (
            "postgresql://p@db.example/{name}?sslmode=verify-full&sslrootcert=system",
            {
                "PGHOST": "db.example",
                "PGUSER": "p",
                "PGSSLMODE": "verify-full",
                "PGSSLROOTCERT": AUTHORITIES,
            },
        ),
        (
            "postgresql://p@one.example,two.example/{name}?target_session_attrs=read-write",
            {
                "PGHOST": "one.example,two.example",
                "PGPORT": ",",  # the usual one of both
                "PGUSER": "p",
                "PGTARGETSESSIONATTRS": "read-write",
            },
        ),
    ],
)
def test_programs_of_postgresql_reach_the_server_of_the_url(address: str, expected: dict[str, str]) -> None:
    assert build_client_environment(address) == expected


def test_secrets_of_a_cluster_are_packed_once_each(tmp_path: Path) -> None:
    """Kubernetes mounts a Secret as links into `..data`, which is itself a link to a folder with a date."""
    version = tmp_path / "..2026_11_30_23_00_00.1"
    version.mkdir()
    (tmp_path / "..data").symlink_to(version.name)
    for name in ("auth.pepper", "redis.password"):
        (version / name).write_text(name, "ascii")
        (tmp_path / name).symlink_to(Path("..data") / name)
    stream = io.BytesIO()
    assert pack(tmp_path, ["."], stream) == 2
    stream.seek(0)
    with tarfile.open(fileobj=stream) as tar:
        assert tar.getnames() == ["auth.pepper", "redis.password"]


@pytest.mark.parametrize(
    "address",
    [
        "hunter2",
        "postgresql://u:hunter2@h:x:y/{name}?hunter2",
        "postgresql://{hunter2}@h/{name}",
        "postgresql://{",
    ],
)
def test_a_malformed_address_is_one_sentence_without_its_value(address: str) -> None:
    with pytest.raises(BackupFailed, match="GOVAH_BACKUP_DATABASES") as raised:
        build_client_environment(address)
    assert "hunter2" not in str(raised.value)
