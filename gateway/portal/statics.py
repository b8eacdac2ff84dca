"""Style sheets, fonts, the script and the mark: small, compressed once, and cached by browsers permanently.

A file's address holds a hash of its content, so `asset("portal.css")` of a template changes with it.
"""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

OWN = Path(__file__).parent / "static"
ASSETS = Path(__file__).resolve().parents[2] / "assets"
FETCHED = {
    "bootstrap.css": "css/bootstrap.min.css",
    "bootstrap.rtl.css": "css/bootstrap.rtl.min.css",
    **{f"{weight}.woff2": f"fonts/woff2/Vazirmatn-{weight}.woff2" for weight in ("Regular", "Bold")},
}
REFERENCE = re.compile(r"url\(\"([A-Za-z0-9.-]+)\"\)")
PERMANENT = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Static:
    """A file: its content plain and compressed, its media type and its address."""

    content: bytes
    zipped: bytes | None
    kind: str
    path: str


def read_all() -> Mapping[str, Static]:
    """Return every file by its name, without those that `make assets` has not fetched."""
    contents = {name: (ASSETS / at).read_bytes() for name, at in FETCHED.items() if (ASSETS / at).is_file()}
    contents |= {path.name: path.read_bytes() for path in OWN.iterdir() if path.is_file()}
    files = {
        name: _build_static(name, content) for name, content in contents.items() if not name.endswith(".css")
    }
    for name, content in contents.items():
        if name.endswith(".css"):
            # A sheet refers to files by the addresses that hold their hashes.
            sheet = REFERENCE.sub(lambda match: f'url("{_find_path(files, match[1])}")', content.decode())
            files[name] = _build_static(name, sheet.encode())
    return files


def _find_path(files: Mapping[str, Static], name: str) -> str:
    return files[name].path if name in files else name


@cache
def _build_static(name: str, content: bytes) -> Static:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    zipped = None if name.endswith(".woff2") else gzip.compress(content, 9, mtime=0)
    return Static(content, zipped, kind, f"/static/{hashlib.sha256(content).hexdigest()[:12]}/{name}")


def serve_statics(app: Flask) -> None:
    """Add the routes of the files to the app, and `asset` to its templates."""
    files = read_all()
    app.jinja_env.globals["asset"] = lambda name: (
        files[name].path if name in files else f"/static/missing/{name}"
    )

    @app.get("/static/<version>/<name>")
    def send_static(version: str, name: str) -> Response:
        file = files.get(name)
        if file is None or file.path != f"/static/{version}/{name}":
            raise NotFound
        zipped = file.zipped if request.accept_encodings["gzip"] else None
        response = Response(zipped or file.content, content_type=file.kind)
        if zipped:
            response.content_encoding = "gzip"
        response.vary.add("Accept-Encoding")
        response.headers["Cache-Control"] = PERMANENT
        return response

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return Response(files["mark.svg"].content, content_type="image/svg+xml")
