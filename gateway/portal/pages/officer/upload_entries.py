"""An upload as it is sealed for the officer: announced files, its lists, and the result of each list.

The plan of an upload is stored once. Results are stored in small groups, since each list that arrives stores
its group again. They end with the session, or two hours after the last one.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext

from gateway.portal import entries
from gateway.portal.pages.officer.pairs import FileHead, Pairing, Place, pair_up
from services.kit.http.access import LARGE_BODY
from services.kit.jalali import JalaliMonth, expand_year

# Seconds for which results are stored.
LIFETIME = 2 * 60 * 60
# Results that are stored together, and uploads that the officer is reminded of.
GROUP, MOST_RECENT = 100, 3
RECENT = "uploads"
Json = dict[str, Any]


@dataclass(frozen=True)
class UploadedFile:
    """A file of an upload: its name with its folder, its size and what its beginning says."""

    name: str
    size: int
    head: FileHead


@dataclass(frozen=True)
class RecentUpload:
    """How much of an upload has arrived."""

    id: str
    started_at: str
    sent: int
    total: int


def store_announced(upload_id: uuid.UUID, files: Sequence[UploadedFile]) -> None:
    """Store the files that a script has announced so far."""
    announced = [asdict(file) for file in files]
    for file in announced:
        file["head"]["reason"] = str(file["head"]["reason"])
    entries.store_entry(f"announced.{upload_id}", announced, LIFETIME)


def load_announced(upload_id: uuid.UUID) -> Sequence[UploadedFile] | None:
    """Return the files that a script has announced, None for an unknown upload."""
    announced = entries.load_entry(f"announced.{upload_id}")
    if announced is None:
        return None
    return [
        UploadedFile(
            file["name"],
            file["size"],
            FileHead(file["head"]["kind"], Place(**file["head"]["place"]), file["head"]["reason"]),
        )
        for file in announced
    ]


def start_upload(
    upload_id: uuid.UUID, files: Sequence[UploadedFile], strays: Sequence[Mapping[str, str]] = ()
) -> Pairing:
    """Pair files and store the upload, with nothing imported yet; `strays` are files besides them."""
    pairing = pair_up([file.head for file in files])
    unpaired = [{"name": files[index].name, "reason": str(reason)} for index, reason in pairing.strays]
    plan = {
        "started_at": datetime.now(UTC).isoformat(),
        "lists": [
            _describe_list(files[header], files[workers], place) for header, workers, place in pairing.pairs
        ],
        "strays": [*unpaired, *strays],
    }
    entries.store_entry(f"upload.{upload_id}", plan, LIFETIME)
    entries.delete_entry(f"announced.{upload_id}")
    if plan["lists"]:
        recent = entries.load_entry(RECENT) or []
        entries.store_entry(RECENT, [str(upload_id), *recent][:MOST_RECENT], LIFETIME)
    return pairing


def store_result(upload_id: uuid.UUID, number: int, result: Json) -> None:
    """Store the result of one list of an upload."""
    name = f"results.{upload_id}.{number // GROUP}"
    entries.store_entry(name, (entries.load_entry(name) or {}) | {str(number): result}, LIFETIME)


def load_plan(upload_id: uuid.UUID | str) -> Json | None:
    """Return an upload without its results, None once it has expired."""
    plan: Json | None = entries.load_entry(f"upload.{upload_id}")
    return plan


def load_upload(upload_id: uuid.UUID | str) -> Json | None:
    """Return an upload with its results so far, None once it has expired."""
    plan = load_plan(upload_id)
    if plan is None:
        return None
    results: Json = {}
    for group in range(-(-len(plan["lists"]) // GROUP)):
        results |= entries.load_entry(f"results.{upload_id}.{group}") or {}
    lists = [one | {"number": n} | results.get(str(n), {}) for n, one in enumerate(plan["lists"])]
    return plan | {"lists": lists}


def list_recent_uploads() -> Iterator[RecentUpload]:
    """Yield the last uploads of this session, newest first."""
    for upload_id in entries.load_entry(RECENT) or []:
        if upload := load_upload(upload_id):
            sent = sum(one["outcome"] != "not-sent" for one in upload["lists"])
            yield RecentUpload(upload_id, upload["started_at"], sent, len(upload["lists"]))


def is_too_large(header: UploadedFile, workers: UploadedFile) -> bool:
    """Return whether records would reject the two files of a list for their size."""
    return header.size + workers.size > LARGE_BODY


def describe_file(one: Json) -> str:
    """Return the path of a list's header file as it was chosen; blank in uploads of the previous release."""
    files = one.get("files") or [""]
    return "/".join(part for part in (one.get("folder", ""), files[0]) if part)


def _describe_list(header: UploadedFile, workers: UploadedFile, place: Place) -> Json:
    """Return a list that has not been sent, with the folder and the names of its files."""
    folders = [file.name.rpartition("/")[0] for file in (header, workers)]
    names = [file.name.rpartition("/")[2] for file in (header, workers)]
    is_together = folders[0] == folders[1]
    if is_too_large(header, workers):
        detail = gettext("دو فایل با هم بزرگ‌تر از ۲۰ مگابایت است. لیست را در چند شماره بفرستید.")
    else:
        detail = gettext("هنوز فرستاده نشده است. آن را دوباره انتخاب کنید و بفرستید.")
    return {
        "workshop_code": place.workshop_code,
        "month_jalali": _parse_month(place),
        "list_number": place.list_number,
        "folder": folders[0] if is_together else "",
        "files": names if is_together else [header.name, workers.name],
        "outcome": "not-sent",
        "held": 0,
        "detail": str(detail),
    }


def _parse_month(place: Place) -> str | None:
    """Return the month as programs write it, None if the file names no valid one."""
    try:
        return str(JalaliMonth(expand_year(int(place.year)), int(place.month)))
    except ValueError:
        return None
