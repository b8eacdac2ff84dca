"""Letters at rest: encrypted in the object store, complete or unavailable, under keys that rotate."""

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
from tests.service.disclosure.desk import API, PDF, Desk, authorise, build_settings, open_desk
from tests.service.kit.calls import read_problem

MEBIBYTE = 1024 * 1024


@pytest.fixture(params=["file", "s3"])
def stored_desk(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Provide disclosure with letters on a disk, or in an S3-compatible store."""
    if request.param == "s3":
        bucket: Bucket = request.getfixturevalue("bucket")
        objects = storage.open_store(bucket.url, bucket.access)
    else:
        objects = storage.open_store((tmp_path / "objects").as_uri())
    with open_desk(sqlite_url, tmp_path, objects) as opened:
        yield opened


def download_letter(desk: Desk, letter_id: str) -> tuple[int, bytes]:
    response = desk.get_document(letter_id)
    return response.status_code, response.data


def find_object_key(desk: Desk) -> str:
    (letter,) = desk.list_letters()
    return letter.object_key


def read_key_lines(desk: Desk) -> list[str]:
    return desk.settings.storage_keys_file.read_text("ascii").split()


def test_worker_posts_a_letter_and_its_person_reads_it(stored_desk: Desk) -> None:
    disclosure_id = stored_desk.create_request()
    token = stored_desk.start_attempt(disclosure_id)
    assert [stored_desk.put_document(disclosure_id, token).status_code for _ in range(2)] == [201, 200]
    assert download_letter(stored_desk, str(stored_desk.list_letters()[0].id)) == (200, PDF)
    at_rest = storage.read(stored_desk.objects, find_object_key(stored_desk))
    assert b"PDF" not in at_rest
    assert b"invented" not in at_rest


def test_stale_letter_is_removed(stored_desk: Desk) -> None:
    disclosure_id = stored_desk.create_request()
    stale = stored_desk.start_attempt(disclosure_id)
    stored_desk.expire_lease(disclosure_id)
    assert (
        stored_desk.put_document(disclosure_id, stored_desk.start_attempt(disclosure_id)).status_code == 201
    )
    read_problem(stored_desk.put_document(disclosure_id, stale, PDF + b"stale"), 409, "attempt-stale")
    assert [item["path"] for page in storage.list_pages(stored_desk.objects) for item in page] == [
        find_object_key(stored_desk)
    ]


def test_tampered_letter_is_never_returned(stored_desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    letter_id = stored_desk.deliver_letter()
    whole = storage.read(stored_desk.objects, find_object_key(stored_desk))
    for changed in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:30], b"", PDF):
        obstore.put(stored_desk.objects, find_object_key(stored_desk), changed)
        response = stored_desk.get_document(letter_id)
        read_problem(response, 503, "unavailable")
    # The last one could be a plain letter of 0.1.0; it is not this letter.
    assert caplog.text.count("'document.damaged'") == 3
    assert caplog.text.count("'document.not-the-letter'") == 4
    assert stored_desk.list_letters()[0].seen_at is None
    obstore.put(stored_desk.objects, find_object_key(stored_desk), whole)
    assert download_letter(stored_desk, letter_id)[0] == 200


def test_attempt_with_a_damaged_object_gives_way_to_the_next(stored_desk: Desk) -> None:
    disclosure_id = stored_desk.create_request()
    token = stored_desk.start_attempt(disclosure_id)
    year = stored_desk.get_request(disclosure_id)["requested_at"][:4]
    obstore.put(stored_desk.objects, f"letters/{year}/{disclosure_id}/{token}.pdf", b"half a letter")
    read_problem(stored_desk.put_document(disclosure_id, token), 409, "attempt-stale")
    stored_desk.expire_lease(disclosure_id)
    assert (
        stored_desk.put_document(disclosure_id, stored_desk.start_attempt(disclosure_id)).status_code == 201
    )


def test_keys_are_rotated_while_disclosure_runs(stored_desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    old_letter = stored_desk.deliver_letter()
    (old,) = (line.partition(":")[0] for line in read_key_lines(stored_desk))
    rotated = stored_desk.run_command("storage-keys", "rotate")
    assert rotated.exit_code == 0, rotated.output
    new = read_key_lines(stored_desk)[0].partition(":")[0]
    assert new in rotated.output
    new_letter = stored_desk.deliver_letter(types=("wages",))
    usage = stored_desk.run_command("storage-keys", "list").output
    assert usage.splitlines() == [f"{new}\t1", f"{old}\t1"]
    for letter_id in (old_letter, new_letter):
        assert download_letter(stored_desk, letter_id)[0] == 200

    # The old key was removed too early. The log names it, and putting it back repairs everything.
    lines = read_key_lines(stored_desk)
    stored_desk.settings.storage_keys_file.write_text(lines[0] + "\n")
    response = stored_desk.client.get(f"{API}/inbox/{old_letter}/document", headers=authorise())
    read_problem(response, 503, "unavailable")
    assert "document.key-unknown" in caplog.text
    assert old in caplog.text
    failed = stored_desk.run_command("storage-keys", "rekey")
    assert failed.exit_code == 1
    assert f"needs key {old}" in failed.output
    assert f"{old}\t1\tnot in the file: put its line back" in failed.output
    stored_desk.settings.storage_keys_file.write_text("\n".join(lines) + "\n")

    rekeyed = stored_desk.run_command("storage-keys", "rekey")
    assert rekeyed.exit_code == 0, rekeyed.output
    assert rekeyed.output.splitlines() == [
        "2 objects looked at, 1 sealed again",
        f"{new}\t2",
        f"{old}\t0\tits line may go",
    ]
    stored_desk.settings.storage_keys_file.write_text(lines[0] + "\n")
    for letter_id in (old_letter, new_letter):
        assert download_letter(stored_desk, letter_id)[0] == 200
    assert lines[0].partition(":")[2] not in caplog.text + rekeyed.output + usage + rotated.output


def test_only_plain_letters_of_0_1_0_are_sealed(stored_desk: Desk) -> None:
    letter_id = stored_desk.deliver_letter()
    pdf = download_letter(stored_desk, letter_id)[1]
    storage.remove(stored_desk.objects, find_object_key(stored_desk))
    storage.put_new(stored_desk.objects, find_object_key(stored_desk), pdf)
    storage.put_new(stored_desk.objects, "letters/stray.pdf", pdf)
    assert download_letter(stored_desk, letter_id) == (200, pdf)
    rekeyed = stored_desk.run_command("storage-keys", "rekey")
    assert (rekeyed.exit_code, rekeyed.output.count("does not unseal")) == (1, 1), rekeyed.output
    assert b"PDF" not in storage.read(stored_desk.objects, find_object_key(stored_desk))
    assert storage.read(stored_desk.objects, "letters/stray.pdf") == pdf
    assert download_letter(stored_desk, letter_id) == (200, pdf)


def test_unwritable_key_file_is_reported(sqlite_desk: Desk) -> None:
    path = sqlite_desk.settings.storage_keys_file
    path.with_name(f"{path.name}.part").touch()
    before = path.read_text("ascii")
    result = sqlite_desk.run_command("storage-keys", "rotate")
    assert result.exit_code == 1
    assert "is as it was" in result.output
    assert path.read_text("ascii") == before


def test_disclosure_does_not_start_without_its_keys(sqlite_url: str, tmp_path: Path) -> None:
    settings = build_settings(sqlite_url, tmp_path)
    settings.storage_keys_file.write_text("not a key\n")
    with (
        pytest.raises(SettingsError, match=r"disclosure\.storage, line 1"),
        open_desk(sqlite_url, tmp_path),
    ):
        pass


# A bucket that is away, and a directory in which not even root can create a file.
@pytest.mark.parametrize("url", ["s3://letters", "file:///proc/self"])
def test_letter_waits_for_an_object_store_that_fails(url: str, sqlite_url: str, tmp_path: Path) -> None:
    access = S3Config(endpoint="http://127.0.0.1:1", region="r", access_key_id="i", secret_access_key="s")
    with open_desk(sqlite_url, tmp_path, storage.open_store(url, access)) as desk:
        disclosure_id = desk.create_request()
        token = desk.start_attempt(disclosure_id)
        response = desk.put_document(disclosure_id, token)
        read_problem(response, 503, "unavailable")
        assert int(response.headers["Retry-After"]) > 0
        assert (desk.list_letters(), desk.get_request(disclosure_id)["status"]) == ([], "rendering")


@pytest.fixture
def small_files() -> Iterator[None]:
    """Limit the files of this process to 4 MiB, so that larger ones fail in the middle, as on a full disk."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 * MEBIBYTE, usual[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, usual)


@pytest.mark.usefixtures("small_files")
def test_letter_that_fills_the_disk_is_stored_by_the_next_try(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    with open_desk(sqlite_url, tmp_path, LocalStore(tmp_path / "objects")) as desk:
        disclosure_id = desk.create_request()
        token = desk.start_attempt(disclosure_id)
        read_problem(desk.put_document(disclosure_id, token, PDF + bytes(8 * MEBIBYTE)), 503, "unavailable")
        assert [path for path in (tmp_path / "objects").rglob("*") if path.is_file()] == []
        assert desk.get_request(disclosure_id)["status"] == "rendering"
        assert desk.put_document(disclosure_id, token, PDF).status_code == 201
        assert download_letter(desk, str(desk.list_letters()[0].id)) == (200, PDF)
