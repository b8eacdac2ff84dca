"""Letters at rest: unreadable in the store, whole or not at all in the inbox, under keys that change."""

import resource
from collections.abc import Iterator
from pathlib import Path

import obstore
import pytest
from obstore.store import LocalStore

from services.kit import storage
from services.kit.settings import SettingsError
from services.kit.storage import S3Config
from tests.conftest import Bucket
from tests.service.disclosure.conftest import lend_world
from tests.service.disclosure.world import PDF, PUBLIC, World, citizen, settings_for
from tests.service.kit.calls import problem

MEBIBYTE = 1024 * 1024


@pytest.fixture(params=["file", "s3"])
def kept(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """Disclosure whose letters are on a disk, or in an S3-compatible store."""
    if request.param == "s3":
        bucket: Bucket = request.getfixturevalue("bucket")
        objects = storage.open_store(bucket.url, bucket.access)
    else:
        objects = storage.open_store((tmp_path / "objects").as_uri())
    yield from lend_world(sqlite_url, tmp_path, objects)


def download(world: World, letter_id: str) -> tuple[int, bytes]:
    answer = world.client.get(f"{PUBLIC}/inbox/{letter_id}/document", headers=citizen())
    return answer.status_code, answer.data


def object_of(world: World) -> str:
    (letter,) = world.letters()
    return letter.object_key


def key_lines(world: World) -> list[str]:
    return world.settings.storage_keys_file.read_text("ascii").split()


def test_a_worker_brings_a_letter_and_its_person_reads_it(kept: World) -> None:
    disclosure_id = kept.asked()
    token = kept.claimed(disclosure_id)
    assert [kept.put(disclosure_id, token).status_code for _ in range(2)] == [201, 200]
    assert download(kept, str(kept.letters()[0].id)) == (200, PDF)
    at_rest = storage.read(kept.objects, object_of(kept))
    assert b"PDF" not in at_rest
    assert b"invented" not in at_rest


def test_a_stale_letter_does_not_stay(kept: World) -> None:
    disclosure_id = kept.asked()
    stale = kept.claimed(disclosure_id)
    kept.let_pass(disclosure_id)
    assert kept.put(disclosure_id, kept.claimed(disclosure_id)).status_code == 201
    problem(kept.put(disclosure_id, stale, PDF + b"stale"), 409, "attempt-stale")
    assert [found["path"] for page in storage.list_pages(kept.objects) for found in page] == [object_of(kept)]


def test_a_tampered_letter_is_never_shown(kept: World, caplog: pytest.LogCaptureFixture) -> None:
    letter_id = kept.delivered()
    whole = storage.read(kept.objects, object_of(kept))
    for changed in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:30], b"", PDF):
        obstore.put(kept.objects, object_of(kept), changed)
        answer = kept.client.get(f"{PUBLIC}/inbox/{letter_id}/document", headers=citizen())
        problem(answer, 503, "unavailable")
    # The last might have been left by 0.1.0, which sealed none; it is not this letter.
    assert caplog.text.count("'document.damaged'") == 3
    assert caplog.text.count("'document.not-the-letter'") == 4
    assert kept.letters()[0].seen_at is None
    obstore.put(kept.objects, object_of(kept), whole)
    assert download(kept, letter_id)[0] == 200


def test_an_attempt_whose_object_is_damaged_makes_way_for_the_next(kept: World) -> None:
    disclosure_id = kept.asked()
    token = kept.claimed(disclosure_id)
    year = kept.request(disclosure_id)["requested_at"][:4]
    obstore.put(kept.objects, f"letters/{year}/{disclosure_id}/{token}.pdf", b"half a letter")
    problem(kept.put(disclosure_id, token), 409, "attempt-stale")
    kept.let_pass(disclosure_id)
    assert kept.put(disclosure_id, kept.claimed(disclosure_id)).status_code == 201


def test_the_keys_are_changed_while_it_runs(kept: World, caplog: pytest.LogCaptureFixture) -> None:
    old_letter = kept.delivered()
    (old,) = (line.partition(":")[0] for line in key_lines(kept))
    rotated = kept.command("storage-keys", "rotate")
    assert rotated.exit_code == 0, rotated.output
    new = key_lines(kept)[0].partition(":")[0]
    assert new in rotated.output
    new_letter = kept.delivered(types=("wages",))
    listed = kept.command("storage-keys", "list").output
    assert listed.splitlines() == [f"{new}\t1", f"{old}\t1"]
    for letter_id in (old_letter, new_letter):
        assert download(kept, letter_id)[0] == 200

    # The old key taken away too early: told of, and put right by putting it back.
    lines = key_lines(kept)
    kept.settings.storage_keys_file.write_text(lines[0] + "\n")
    answer = kept.client.get(f"{PUBLIC}/inbox/{old_letter}/document", headers=citizen())
    problem(answer, 503, "unavailable")
    assert "document.key-unknown" in caplog.text
    assert old in caplog.text
    failed = kept.command("storage-keys", "rekey")
    assert failed.exit_code == 1
    assert f"needs key {old}" in failed.output
    assert f"{old}\t1\tnot in the file: put its line back" in failed.output
    kept.settings.storage_keys_file.write_text("\n".join(lines) + "\n")

    rekeyed = kept.command("storage-keys", "rekey")
    assert rekeyed.exit_code == 0, rekeyed.output
    assert rekeyed.output.splitlines() == [
        "2 objects looked at, 1 sealed anew",
        f"{new}\t2",
        f"{old}\t0\tits line may go",
    ]
    kept.settings.storage_keys_file.write_text(lines[0] + "\n")
    for letter_id in (old_letter, new_letter):
        assert download(kept, letter_id)[0] == 200
    assert lines[0].partition(":")[2] not in caplog.text + rekeyed.output + listed + rotated.output


def test_letters_that_0_1_0_kept_in_plain_are_sealed_and_nothing_else(kept: World) -> None:
    letter_id = kept.delivered()
    pdf = download(kept, letter_id)[1]
    storage.remove(kept.objects, object_of(kept))
    storage.put_new(kept.objects, object_of(kept), pdf)
    storage.put_new(kept.objects, "letters/stray.pdf", pdf)
    assert download(kept, letter_id) == (200, pdf)
    rekeyed = kept.command("storage-keys", "rekey")
    assert (rekeyed.exit_code, rekeyed.output.count("does not open")) == (1, 1), rekeyed.output
    assert b"PDF" not in storage.read(kept.objects, object_of(kept))
    assert storage.read(kept.objects, "letters/stray.pdf") == pdf
    assert download(kept, letter_id) == (200, pdf)


def test_a_file_that_cannot_be_written_is_told_of(sqlite_world: World) -> None:
    path = sqlite_world.settings.storage_keys_file
    path.with_name(f"{path.name}.part").touch()
    before = path.read_text("ascii")
    refused = sqlite_world.command("storage-keys", "rotate")
    assert refused.exit_code == 1
    assert "is as it was" in refused.output
    assert path.read_text("ascii") == before


def test_disclosure_does_not_start_without_its_keys(sqlite_url: str, tmp_path: Path) -> None:
    settings = settings_for(sqlite_url, tmp_path)
    settings.storage_keys_file.write_text("not a key\n")
    with pytest.raises(SettingsError, match=r"disclosure\.storage, line 1"):
        next(lend_world(sqlite_url, tmp_path))


# A bucket that is away, and a directory in which not even root can make a file.
@pytest.mark.parametrize("url", ["s3://letters", "file:///proc/self"])
def test_a_store_that_takes_no_letter(url: str, sqlite_url: str, tmp_path: Path) -> None:
    access = S3Config(endpoint="http://127.0.0.1:1", region="r", access_key_id="i", secret_access_key="s")
    for world in lend_world(sqlite_url, tmp_path, storage.open_store(url, access)):
        disclosure_id = world.asked()
        token = world.claimed(disclosure_id)
        answer = world.put(disclosure_id, token)
        problem(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        assert (world.letters(), world.request(disclosure_id)["status"]) == ([], "rendering")


@pytest.fixture
def small_files() -> Iterator[None]:
    """Files of this process end at 4 MiB: what goes past that fails in the middle, as on a full disk."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 * MEBIBYTE, usual[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, usual)


@pytest.mark.usefixtures("small_files")
def test_a_letter_that_a_disk_takes_half_of(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    for world in lend_world(sqlite_url, tmp_path, LocalStore(tmp_path / "objects")):
        disclosure_id = world.asked()
        token = world.claimed(disclosure_id)
        problem(world.put(disclosure_id, token, PDF + bytes(8 * MEBIBYTE)), 503, "unavailable")
        assert [path for path in (tmp_path / "objects").rglob("*") if path.is_file()] == []
        assert world.request(disclosure_id)["status"] == "rendering"
        assert world.put(disclosure_id, token, PDF).status_code == 201
        assert download(world, str(world.letters()[0].id)) == (200, PDF)
