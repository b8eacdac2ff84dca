"""«ورود لیست‌ها»: an upload of many pairs of files, each imported separately, and the result of each.

With a script, the beginnings of all files are sent first and paired; then the pairs are sent one after
another. Without it all files are in one request. Findings are sealed for the officer who sent the files.
"""

import json
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

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
from gateway.portal.pages.officer.pairs import HEAD, Pairing, Place, pair_up
from govah_client.errors import ApiError
from govah_client.lists import Finding, ListRefused
from services.kit.archives import ArchivedFile, ArchiveInvalid, is_zip, read_zip
from services.kit.http.access import LARGE_BODY
from services.kit.jalali import JalaliMonth, expand_year

blueprint = Blueprint("officer_uploads", __name__, url_prefix="/officer/lists/uploads")
blueprint.before_request(guard)
# Seconds for which results are stored, and after which a request of many files imports no more of them.
LIFETIME, SEND_FOR = 2 * 60 * 60, 12
# Below the number of parts that Flask reads; some are not files.
MOST_FILES = 900
# Bytes that the list files of all archives of a request take unpacked.
MOST_UNPACKED = 64 * 1024 * 1024
Json = dict[str, Any]

DAMAGED_ARCHIVE = _("این فایل زیپ خوانده نشد: آسیب دیده، رمزدار یا بیش از اندازه بزرگ است.")


class Upload(Form):
    files = MultipleFileField(
        _("فایل‌های لیست"),
        description=_("فایل‌های DSKKAR00.DBF و DSKWOR00.DBF از هر چند لیست که بخواهید، یا فایل زیپ آن‌ها."),
        render_kw={"accept": ".dbf,.DBF,.zip"},
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
    return render_template("officer/upload.html", form=form, head=HEAD, most_files=MOST_FILES)


@blueprint.route("/<uuid:upload_id>", methods=["GET", "POST"])
def show_results(upload_id: uuid.UUID) -> ResponseReturnValue:
    upload = _load_upload(upload_id)
    if upload is None:
        session["note"] = "upload-gone"
        return redirect(url_for("officer_lists.list_lists"), 303)
    if request.method == "POST":
        number = request.form.get("number", type=int)
        files = request.files
        if number is None or not 0 <= number < len(upload["lists"]) or {"header", "workers"} - files.keys():
            raise NotFound
        _import_one(upload_id, upload, number, files["header"].read(), files["workers"].read())
        return jsonify(outcome=upload["lists"][number]["outcome"])
    check_live_session()
    count = Counter(item["outcome"] for item in upload["lists"])
    return render_template("officer/results.html", upload_id=upload_id, count=count, **upload)


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
    """Pair files by their beginnings; return which pairs the script should send, and where."""
    sizes = _read_sizes(len(heads))
    pairing = pair_up([head.read(HEAD) for head in heads])
    upload_id = _create_upload(pairing, [str(head.filename) for head in heads], sizes)
    to_send = [
        {"number": number, "header": header, "workers": workers}
        for number, (header, workers, _place) in enumerate(pairing.pairs)
        if sizes[header] + sizes[workers] <= LARGE_BODY
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


def _import_all(files: Sequence[FileStorage]) -> uuid.UUID:
    names, contents, damaged = _unpack_files(files)
    pairing = pair_up([content[:HEAD] for content in contents])
    upload_id = _create_upload(pairing, names, [len(content) for content in contents], damaged)
    upload = _load_upload(upload_id)
    until = time.monotonic() + SEND_FOR
    for number, (header, workers, _place) in enumerate(pairing.pairs):
        if time.monotonic() < until:
            _import_one(upload_id, upload, number, contents[header], contents[workers])
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


def _create_upload(
    pairing: Pairing, names: Sequence[str], sizes: Sequence[int], damaged: Sequence[str] = ()
) -> uuid.UUID:
    """Store a new upload, with nothing imported yet; return its id."""
    upload_id = uuid.uuid4()
    lists = [
        {
            "workshop_code": place.workshop_code,
            "month_jalali": _parse_month(place),
            "list_number": place.list_number,
            "outcome": "not-sent",
            "held": 0,
            "detail": _describe_unsent(sizes[header] + sizes[workers]),
        }
        for header, workers, place in pairing.pairs
    ]
    strays = [{"name": names[index], "reason": str(reason)} for index, reason in pairing.strays]
    strays += [{"name": name, "reason": str(DAMAGED_ARCHIVE)} for name in damaged]
    _store_upload(upload_id, {"lists": lists, "strays": strays})
    return upload_id


def _describe_unsent(size: int) -> str:
    if size > LARGE_BODY:
        return str(gettext("دو فایل با هم بزرگ‌تر از ۲۰ مگابایت است. لیست را در چند شماره بفرستید."))
    return str(gettext("هنوز فرستاده نشده است. آن را دوباره انتخاب کنید و بفرستید."))


def _parse_month(place: Place) -> str | None:
    """Return the month as programs write it, None if the file names no valid one."""
    try:
        return str(JalaliMonth(expand_year(int(place.year)), int(place.month)))
    except ValueError:
        return None


def _import_one(upload_id: uuid.UUID, upload: Json, number: int, header: bytes, workers: bytes) -> None:
    try:
        imported, is_new = sessions.get_client().records.upload_list(
            header, workers, idempotency_key=f"{upload_id}-{number}"
        )
    except ListRefused as refusal:
        entries.store_entry(f"findings.{upload_id}.{number}", refusal.findings, LIFETIME)
        result: Json = {"outcome": "refused", "findings_total": refusal.findings_total}
        result["detail"] = refusal.detail
    except ApiError as problem:
        if problem.status in {401, 403}:
            raise
        _, detail = api.describe_error(problem)
        result = {"outcome": "not-sent", "detail": detail}
    else:
        result = {
            "id": imported["id"],
            "workshop_name": imported["workshop_name"],
            "month_jalali": imported["month_jalali"],
            "findings_total": imported["findings_total"],
            "held": imported["held"],
            "outcome": "accepted" if is_new else "already-there",
            "detail": "",
        }
    upload["lists"][number] |= result
    _store_upload(upload_id, upload)


def _store_upload(upload_id: uuid.UUID, entry: Json) -> None:
    entries.store_entry(f"upload.{upload_id}", entry, LIFETIME)


def _load_upload(upload_id: uuid.UUID) -> Any:
    return entries.load_entry(f"upload.{upload_id}")


def _load_findings(upload_id: uuid.UUID, number: int) -> tuple[Json, Sequence[Finding]]:
    upload, findings = _load_upload(upload_id), entries.load_entry(f"findings.{upload_id}.{number}")
    if upload is None or findings is None:
        raise NotFound
    check_live_session()
    return upload["lists"][number], findings
