"""«ورود لیست‌ها»: many pairs of files at once, each to records by itself, and what became of each.

With a script, the beginnings of all files come first and are paired; then the pairs come one after another.
Without it all files come in one request. What was found stays sealed for the officer until it is read.
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
from werkzeug.exceptions import BadRequest, NotFound

from gateway.portal import api, entries, sessions
from gateway.portal.forms import Form
from gateway.portal.pages.officer.desk import check_live_session, guard
from gateway.portal.pages.officer.findings import as_csv, shown
from gateway.portal.pages.officer.pairs import HEAD, Pairing, Place, pair_up
from govah_client.errors import ApiError
from govah_client.records import Finding, ListRefused
from services.kit.http.access import LARGE_BODY
from services.kit.jalali import JalaliMonth, year_from_mod_100

blueprint = Blueprint("officer_uploads", __name__, url_prefix="/officer/lists/uploads")
blueprint.before_request(guard)
# Seconds that what was found is kept, and after which a request of many files sends no more of them.
KEPT_FOR, SEND_FOR = 2 * 60 * 60, 12
# A request has no more parts than Flask reads; some are not files.
MOST_FILES = 900
MEGABYTE = 1024 * 1024
Json = dict[str, Any]


class Upload(Form):
    files = MultipleFileField(
        _("فایل‌های لیست"),
        description=_("فایل‌های DSKKAR00.DBF و DSKWOR00.DBF از هر چند لیست که بخواهید؛ با هم می‌آیند."),
        render_kw={"accept": ".dbf,.DBF"},
    )
    folder = MultipleFileField(
        _("یا پوشه‌ای که لیست‌ها در آن است"),
        description=_("همه زیرپوشه‌ها هم خوانده می‌شود. فایل‌های دیگر نادیده گرفته می‌شود."),
        render_kw={"webkitdirectory": True},
    )


@blueprint.route("", methods=["GET", "POST"])
def upload() -> ResponseReturnValue:
    form = Upload()
    if form.validate_on_submit():
        if heads := request.files.getlist("heads"):
            return _announced(heads)
        if files := _sent(form):
            return redirect(url_for(".results", upload_id=_import_all(files)), 303)
        form.files.errors = [gettext("دست‌کم یک لیست را انتخاب کنید: هر دو فایل آن را.")]
    return render_template("officer/upload.html", form=form, head=HEAD, most_files=MOST_FILES)


@blueprint.route("/<uuid:upload_id>", methods=["GET", "POST"])
def results(upload_id: uuid.UUID) -> ResponseReturnValue:
    kept = _load_upload(upload_id)
    if kept is None:
        session["note"] = "upload-gone"
        return redirect(url_for("officer_lists.lists"), 303)
    if request.method == "POST":
        number = request.form.get("number", type=int)
        files = request.files
        if number is None or not 0 <= number < len(kept["lists"]) or {"header", "workers"} - files.keys():
            raise NotFound
        _import_one(upload_id, kept, number, files["header"].read(), files["workers"].read())
        return jsonify(outcome=kept["lists"][number]["outcome"])
    check_live_session()
    count = Counter(one["outcome"] for one in kept["lists"])
    return render_template("officer/results.html", upload_id=upload_id, count=count, **kept)


@blueprint.get("/<uuid:upload_id>/<int:number>")
def refused(upload_id: uuid.UUID, number: int) -> str:
    listed, findings = _refused(upload_id, number)
    view = shown(findings)
    return render_template("officer/refused.html", upload_id=upload_id, number=number, list=listed, **view)


@blueprint.get("/<uuid:upload_id>/<int:number>/findings.csv")
def refused_as_csv(upload_id: uuid.UUID, number: int) -> Response:
    return as_csv(_refused(upload_id, number)[1], f"findings-{number + 1}")


def _sent(form: Upload) -> Sequence[FileStorage]:
    """The files of both fields; of a folder only what may be a list's."""
    chosen = [one for one in form.files.data or [] if one and one.filename]
    of_folder = [one for one in form.folder.data or [] if one and str(one.filename).lower().endswith(".dbf")]
    return [*chosen, *of_folder]


def _announced(heads: Sequence[FileStorage]) -> ResponseReturnValue:
    """Pair files by their beginnings, and tell the script what to send where."""
    sizes = _sizes(len(heads))
    pairing = pair_up([one.read(HEAD) for one in heads])
    upload_id = _begin(pairing, [str(one.filename) for one in heads], sizes)
    to_send = [
        {"number": number, "header": header, "workers": workers}
        for number, (header, workers, _place) in enumerate(pairing.pairs)
        if sizes[header] + sizes[workers] <= LARGE_BODY
    ]
    return jsonify(url=url_for(".results", upload_id=upload_id), pairs=to_send)


def _sizes(count: int) -> Sequence[int]:
    """The sizes of the announced files. Raises BadRequest for what the script never sends."""
    try:
        sizes = json.loads(request.form.get("sizes", ""))
    except ValueError as error:
        raise BadRequest from error
    if not isinstance(sizes, list) or [type(one) for one in sizes] != [int] * count:
        raise BadRequest
    return sizes


def _import_all(files: Sequence[FileStorage]) -> uuid.UUID:
    contents = [one.read() for one in files]
    pairing = pair_up([one[:HEAD] for one in contents])
    upload_id = _begin(pairing, [str(one.filename) for one in files], [len(one) for one in contents])
    kept = _load_upload(upload_id)
    until = time.monotonic() + SEND_FOR
    for number, (header, workers, _place) in enumerate(pairing.pairs):
        if time.monotonic() < until:
            _import_one(upload_id, kept, number, contents[header], contents[workers])
    return upload_id


def _begin(pairing: Pairing, names: Sequence[str], sizes: Sequence[int]) -> uuid.UUID:
    """Keep what there is to import, with nothing sent yet."""
    upload_id = uuid.uuid4()
    lists = [
        {
            "workshop_code": place.workshop_code,
            "month_jalali": _month(place),
            "list_number": place.list_number,
            "outcome": "not-sent",
            "detail": _why_not(sizes[header] + sizes[workers]),
        }
        for header, workers, place in pairing.pairs
    ]
    strays = [{"name": names[index], "reason": str(reason)} for index, reason in pairing.strays]
    _store_upload(upload_id, {"lists": lists, "strays": strays})
    return upload_id


def _why_not(size: int) -> str:
    if size > LARGE_BODY:
        return str(gettext("دو فایل با هم بزرگ‌تر از ۲۰ مگابایت است. لیست را در چند شماره بفرستید."))
    return str(gettext("هنوز فرستاده نشده است. آن را دوباره انتخاب کنید و بفرستید."))


def _month(place: Place) -> str | None:
    """The month as programs write it; None where the file names none that there is."""
    try:
        return str(JalaliMonth(year_from_mod_100(int(place.year)), int(place.month)))
    except ValueError:
        return None


def _import_one(upload_id: uuid.UUID, upload: Json, number: int, header: bytes, workers: bytes) -> None:
    try:
        imported, is_new = sessions.get_client().records.upload_list(
            header, workers, idempotency_key=f"{upload_id}-{number}"
        )
    except ListRefused as refusal:
        entries.store_entry(f"findings.{upload_id}.{number}", refusal.findings, KEPT_FOR)
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
            "outcome": "accepted" if is_new else "already-there",
            "detail": "",
        }
    upload["lists"][number] |= result
    _store_upload(upload_id, upload)


def _store_upload(upload_id: uuid.UUID, entry: Json) -> None:
    entries.store_entry(f"upload.{upload_id}", entry, KEPT_FOR)


def _load_upload(upload_id: uuid.UUID) -> Any:
    return entries.load_entry(f"upload.{upload_id}")


def _refused(upload_id: uuid.UUID, number: int) -> tuple[Json, Sequence[Finding]]:
    kept, findings = _load_upload(upload_id), entries.load_entry(f"findings.{upload_id}.{number}")
    if kept is None or findings is None:
        raise NotFound
    check_live_session()
    return kept["lists"][number], findings
