"""The register of letters, for everyone: the state of a serial number, public keys, checks of files."""

from typing import Any

import svcs
from flask import Response, request

from govah_verify.trust import export_jwk
from services.inquiry import pages, schemas
from services.inquiry.actions import letters, verdicts
from services.inquiry.actions.public_keys import load_credential_keys, load_public_keys, load_usable_keys
from services.inquiry.models import Letter
from services.inquiry.routes.blueprint import blueprint
from services.inquiry.settings import Settings
from services.kit.db import Sessions
from services.kit.problems import NotFound, select_language


@blueprint.route("/letters/<serial>", methods=["GET"])
@blueprint.response(200, schemas.LetterStatus)
def get_letter(serial: str) -> Letter | Response:
    """Return the present state of a letter, to browsers as a page; no personal data."""
    sessions, settings = svcs.flask.get(Sessions, Settings)
    is_page = request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    letter: Letter | None = None
    try:
        with sessions.begin() as session:
            letter = letters.find_letter(session, serial)
    except NotFound:
        # The page says it in words, also with status 404.
        if not is_page:
            raise
    if letter and not is_page:
        return letter
    chosen = request.args.get("lang")
    language = chosen if chosen in {"fa", "en"} else select_language(request.accept_languages)
    page = pages.LetterPage(settings.public_url, settings.organisation, language)
    return pages.render_letter_page(letter, page)


@blueprint.route("/letters/keys", methods=["GET"])
@blueprint.response(200, schemas.PublicKeys)
def get_letter_keys() -> dict[str, Any]:
    """Return the public keys with which anyone can verify letters offline."""
    keys = load_public_keys(svcs.flask.get(Settings))
    if keys is None:
        raise NotFound
    return {"keys": [export_jwk(key) for key in keys.letter_keys], "pem": keys.pem.decode("ascii")}


@blueprint.route("/keys", methods=["GET"])
@blueprint.response(200, schemas.KeySet)
def get_credential_keys() -> dict[str, Any]:
    """Return the public keys of credentials, a JSON Web Key Set."""
    return {"keys": [key.jwk for key in load_credential_keys(svcs.flask.get(Settings))]}


@blueprint.route("/letters/check", methods=["POST"])
@blueprint.arguments(schemas.UploadedFile, location="files")
@blueprint.response(200, schemas.FileCheck)
def check_letter(files: dict[str, Any]) -> dict[str, Any]:
    """Return whether a file is one of our letters, byte for byte, and the reason if it is not."""
    sessions, settings = svcs.flask.get(Sessions, Settings)
    check = letters.check_file(sessions, files["file"].read(), load_usable_keys(settings))
    message = verdicts.describe_reason(check.reason, check.letter)
    reply = {
        "result": check.result,
        "reason": check.reason,
        "message": {"fa": message.fa, "en": message.en},
        "time_stamp": check.time_stamp,
    }
    return reply | ({"serial": check.letter.serial} if check.letter else {})
