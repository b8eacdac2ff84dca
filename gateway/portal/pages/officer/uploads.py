"""«ورود لیست‌ها»: an upload of many pairs of files, each imported separately, and the result of each.

With a script, the beginnings of all files are sent first, in portions, and paired; then each pair is sent.
Without it all files are in one request. What an officer sent is sealed for the officer.
"""

import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, Response, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge

from gateway.portal import api, entries, sessions
from gateway.portal.forms import Form
from gateway.portal.pages.officer.desk import check_live_session, guard
from gateway.portal.pages.officer.findings import as_csv, build_view
from gateway.portal.pages.officer.large_lists import is_large, queue_list
from gateway.portal.pages.officer.pairs import HEAD, describe_head
from gateway.portal.pages.officer.upload_entries import (
    LIFETIME,
    Json,
    UploadedFile,
    describe_file,
    is_too_large,
    list_recent_uploads,
    load_announced,
    load_plan,
    load_upload,
    start_upload,
    store_announced,
    store_result,
)
from govah_client.errors import ApiError
from govah_client.lists import Finding, ListRefused
from services.kit.archives import ArchivedFile, ArchiveInvalid, is_zip, read_zip

blueprint = Blueprint("officer_uploads", __name__, url_prefix="/officer/lists/uploads")
blueprint.before_request(guard)
# Seconds after which a request of many files imports no more of them.
SEND_FOR = 12
# Files of one request, below the number of parts that Flask reads; and of an upload that a script sends in
# portions.
MOST_FILES, MOST_OF_UPLOAD = 900, 20_000
# Lists on one page of results.
PAGE_SIZE = 100
# Bytes that the list files of all archives of a request take unpacked.
MOST_UNPACKED = 64 * 1024 * 1024
# Bytes of a zip archive that is imported immediately; workers import larger ones.
SMALL_ARCHIVE = 512 * 1024
# Characters of a path that records accept.
MOST_OF_PATH = 1_000
# What officers read first, and the filters of the page.
URGENCY = ("refused", "not-sent", "import-queued", "accepted", "already-there")
FILTERS: Mapping[str, Callable[[Json], bool]] = {
    "refused": lambda one: bool(one["outcome"] == "refused"),
    "not-sent": lambda one: bool(one["outcome"] == "not-sent"),
    "import-queued": lambda one: bool(one["outcome"] == "import-queued"),
    "warnings": lambda one: bool(one.get("id") and one["findings_total"]),
    "accepted": lambda one: bool(one["outcome"] == "accepted"),
    "already-there": lambda one: bool(one["outcome"] == "already-there"),
}

DAMAGED_ARCHIVE = _("این فایل زیپ خوانده نشد: آسیب دیده، رمزدار یا بیش از اندازه بزرگ است.")


class Upload(Form):
    files = MultipleFileField(
        _("فایل‌های لیست"),
        description=_("فایل‌های DSKKAR00.DBF و DSKWOR00.DBF از هر چند لیست که بخواهید، یا فایل زیپ آن‌ها."),
        render_kw={"accept": ".dbf,.DBF,.zip,.tar"},
    )
    folder = MultipleFileField(
        _("یا پوشه‌ای که لیست‌ها در آن است"),
        description=_("همه زیرپوشه‌ها هم خوانده می‌شود. فایل‌های دیگر نادیده گرفته می‌شود."),
        render_kw={"webkitdirectory": True},
    )


@blueprint.route("", methods=["GET", "POST"])
def upload_lists() -> ResponseReturnValue:
    form = Upload()
    if form.validate_on_submit():
        if heads := request.files.getlist("heads"):
            return _answer_script(heads)
        if files := _list_files(form):
            return redirect(url_for(".show_results", upload_id=_import_all(files)), 303)
        form.files.errors = [gettext("دست‌کم یک لیست را انتخاب کنید: هر دو فایل آن را.")]
    return render_template(
        "officer/upload.html",
        form=form,
        head=HEAD,
        most_files=MOST_FILES,
        small_archive=SMALL_ARCHIVE,
        recent=list(list_recent_uploads()),
    )


@blueprint.route("/<uuid:upload_id>", methods=["GET", "POST"])
def show_results(upload_id: uuid.UUID) -> ResponseReturnValue:
    upload = load_plan(upload_id) if request.method == "POST" else load_upload(upload_id)
    if upload is None:
        session["note"] = "upload-gone"
        return redirect(url_for("officer_lists.list_lists"), 303)
    if request.method == "POST":
        number = request.form.get("number", type=int)
        files = request.files
        if number is None or not 0 <= number < len(upload["lists"]) or {"header", "workers"} - files.keys():
            raise NotFound
        item = upload["lists"][number]
        result = _import_one(upload_id, number, item, files["header"].read(), files["workers"].read())
        return jsonify(outcome=result["outcome"])
    check_live_session()
    return render_template("officer/results.html", upload_id=upload_id, **_build_page(upload))


def _build_page(upload: Json) -> Json:
    """Return the variables of the page of results that the address names: the most urgent lists first."""
    lists = sorted(upload["lists"], key=_get_urgency)
    wanted = request.args.get("show", "")
    chosen = [one for one in lists if FILTERS[wanted](one)] if wanted in FILTERS else lists
    name = request.args.get("file", "").strip()
    chosen = [one for one in chosen if name.casefold() in "/".join(_list_names(one)).casefold()]
    pages = max(-(-len(chosen) // PAGE_SIZE), 1)
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    counts = Counter({name: sum(map(is_wanted, lists)) for name, is_wanted in FILTERS.items()})
    return upload | {
        "lists": chosen[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        "count": counts,
        "total": len(lists),
        "held": sum(one["held"] for one in lists),
        "show": wanted if wanted in FILTERS else "",
        "file": name,
        "page": page,
        "pages": pages,
    }


def _list_names(one: Json) -> Sequence[str]:
    """Return the folder and the files of a list; the previous release stored uploads without them."""
    return [one.get("folder", ""), *one.get("files", ())]


def _get_urgency(one: Json) -> tuple[int, bool, int]:
    return URGENCY.index(one["outcome"]), not FILTERS["warnings"](one), one["number"]


@blueprint.get("/<uuid:upload_id>/<int:number>")
def show_findings(upload_id: uuid.UUID, number: int) -> str:
    item, findings = _load_findings(upload_id, number)
    view = build_view(findings)
    return render_template("officer/refused.html", upload_id=upload_id, number=number, list=item, **view)


@blueprint.get("/<uuid:upload_id>/<int:number>/findings.csv")
def download_findings(upload_id: uuid.UUID, number: int) -> Response:
    return as_csv(_load_findings(upload_id, number)[1], f"findings-{number + 1}")


def _list_files(form: Upload) -> Sequence[FileStorage]:
    """Return the files of both fields; of a folder only those with the suffix of list files."""
    chosen = [file for file in form.files.data or [] if file and file.filename]
    of_folder = [
        file
        for file in form.folder.data or []
        if file and str(file.filename).lower().endswith((".dbf", ".zip"))
    ]
    return [*chosen, *of_folder]


def _answer_script(heads: Sequence[FileStorage]) -> ResponseReturnValue:
    """Store the announced files; after the last portion return which pairs to send, and where."""
    upload_id = request.form.get("upload", type=uuid.UUID) or uuid.uuid4()
    files = [
        UploadedFile(str(head.filename), size, describe_head(head.read(HEAD)))
        for head, size in zip(heads, _read_sizes(len(heads)), strict=True)
    ]
    if "upload" in request.form:
        announced = load_announced(upload_id)
        if announced is None:
            raise NotFound
        files = [*announced, *files]
    if len(files) > MOST_OF_UPLOAD:
        raise RequestEntityTooLarge
    if "more" in request.form:
        store_announced(upload_id, files)
        return jsonify(upload=str(upload_id))
    pairing = start_upload(upload_id, files)
    to_send = [
        {"number": number, "header": header, "workers": workers}
        for number, (header, workers, _place) in enumerate(pairing.pairs)
        if not is_too_large(files[header], files[workers])
    ]
    return jsonify(url=url_for(".show_results", upload_id=upload_id), pairs=to_send)


def _read_sizes(count: int) -> Sequence[int]:
    """Return the sizes of the files. Raises BadRequest for what the script never sends."""
    try:
        sizes = json.loads(request.form.get("sizes", ""))
    except ValueError as error:
        raise BadRequest from error
    if not isinstance(sizes, list) or [type(size) for size in sizes] != [int] * count:
        raise BadRequest
    return sizes


def _import_all(sent: Sequence[FileStorage]) -> uuid.UUID:
    upload_id = uuid.uuid4()
    names, contents, damaged = _unpack_files(sent)
    files = [
        UploadedFile(name, len(content), describe_head(content[:HEAD]))
        for name, content in zip(names, contents, strict=True)
    ]
    pairing = start_upload(
        upload_id, files, [{"name": name, "reason": str(DAMAGED_ARCHIVE)} for name in damaged]
    )
    plan = load_plan(upload_id) or {"lists": []}
    until = time.monotonic() + SEND_FOR
    for number, (item, (header, workers, _place)) in enumerate(
        zip(plan["lists"], pairing.pairs, strict=True)
    ):
        if time.monotonic() < until:
            _import_one(upload_id, number, item, contents[header], contents[workers])
    return upload_id


def _unpack_files(files: Sequence[FileStorage]) -> tuple[list[str], list[bytes], list[str]]:
    """Return the names and contents of files, archives unpacked, and the names of archives that cannot be."""
    names: list[str] = []
    contents: list[bytes] = []
    damaged: list[str] = []
    left = MOST_UNPACKED
    for file in files:
        name, content = str(file.filename), file.read()
        try:
            unpacked = (
                list(read_zip(content, ".dbf", left)) if is_zip(content) else [ArchivedFile("", content)]
            )
        except ArchiveInvalid:
            damaged.append(name)
            continue
        if is_zip(content):
            left -= sum(len(inside.data) for inside in unpacked)
        names += [f"{name}/{inside.path}" if inside.path else name for inside in unpacked]
        contents += [inside.data for inside in unpacked]
    if len(contents) > MOST_FILES:
        raise RequestEntityTooLarge
    return names, contents, damaged


def _import_one(upload_id: uuid.UUID, number: int, item: Json, header: bytes, workers: bytes) -> Json:
    """Return the result of one list, which is stored with the upload."""
    key = f"{upload_id}-{number}"
    try:
        result = (_queue_list if is_large(header, workers) else _upload_list)(item, header, workers, key)
    except ListRefused as refusal:
        entries.store_entry(f"findings.{upload_id}.{number}", refusal.findings, LIFETIME)
        result = {"outcome": "refused", "findings_total": refusal.findings_total}
        result["detail"] = refusal.detail
    except ApiError as problem:
        if problem.status in {401, 403}:
            raise
        _, detail = api.describe_error(problem)
        result = {"outcome": "not-sent", "detail": detail}
    store_result(upload_id, number, result)
    return result


def _upload_list(item: Json, header: bytes, workers: bytes, key: str) -> Json:
    name = describe_file(item)[-MOST_OF_PATH:]
    imported, is_new = sessions.get_client().records.upload_list(
        header, workers, file_name=name, idempotency_key=key
    )
    members = ("id", "workshop_name", "month_jalali", "findings_total", "held")
    described = {name: imported[name] for name in members}  # type: ignore[literal-required]
    return {**described, "outcome": "accepted" if is_new else "already-there", "detail": ""}


def _queue_list(item: Json, header: bytes, workers: bytes, key: str) -> Json:
    files = item.get("files") or ("DSKKAR00.DBF", "DSKWOR00.DBF")
    import_id = queue_list(item.get("folder", ""), (files[0], files[1]), header, workers, idempotency_key=key)
    return {"import_id": import_id, "outcome": "import-queued", "detail": ""}


def _load_findings(upload_id: uuid.UUID, number: int) -> tuple[Json, Sequence[Finding]]:
    upload, findings = load_upload(upload_id), entries.load_entry(f"findings.{upload_id}.{number}")
    if upload is None or findings is None:
        raise NotFound
    check_live_session()
    return upload["lists"][number], findings
