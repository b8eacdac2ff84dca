"""The register of letters, for everyone: states of serial numbers, keys, checks of files and of paper."""

from typing import Any

import svcs
from flask import Response, request

from govah_verify.comparison import Comparison
from govah_verify.traces import Paper
from govah_verify.trust import export_jwk
from services.inquiry import pages, schemas
from services.inquiry.actions import comparisons, letters, verdicts
from services.inquiry.actions.peppers import Peppers
from services.inquiry.actions.public_keys import load_credential_keys, load_public_keys, load_usable_keys
from services.inquiry.models import Letter
from services.inquiry.routes.blueprint import blueprint
from services.inquiry.settings import Settings
from services.kit.db import Sessions
from services.kit.problems import NotFound, Problem, select_language
from services.kit.text import drop_unseen


@blueprint.route("/letters/<serial>", methods=["GET"])
@blueprint.response(200, schemas.LetterStatus)
def get_letter(serial: str) -> Letter | Response:
    """Return the present state of a letter, to browsers as a page; no personal data."""
    try:
        letter = _find_letter(serial)
    except NotFound:
        # The page says it in words, also with status 404.
        if not _is_page_wanted():
            raise
        letter = None
    if letter and not _is_page_wanted():
        return letter
    return pages.render_letter_page(_new_page(), letter)


@blueprint.route("/letters/<serial>", methods=["POST"])
@blueprint.arguments(schemas.NewComparison, location="json_or_form")
@blueprint.response(200, schemas.PaperComparison)
def compare_letter(fields: dict[str, Any], serial: str) -> dict[str, Any] | Response:
    """Return what the QR code of a letter on paper says, and whether a typed person fits it.

    Browsers get a page, which repeats nothing of what was typed.
    """
    is_page = _is_page_wanted()
    letter: Letter | None = None
    paper: Paper | None = None
    try:
        letter = _find_letter(serial)
        paper = comparisons.read_qr_text(fields["token"], letter, load_usable_keys(svcs.flask.get(Settings)))
        comparison = _compare(paper, fields["person"])
    except Problem as problem:
        if not is_page:
            raise
        return pages.render_letter_page(_new_page(), letter, paper, problem=problem)
    if is_page:
        return pages.render_letter_page(_new_page(), letter, paper, comparison)
    message = verdicts.describe_comparison(comparison, letter, paper)
    return {
        "paper": _describe_paper(paper, letter),
        "comparison": comparison,
        "message": {"fa": message.fa, "en": message.en},
    }


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
    message = verdicts.describe_reason(check.reason, check.letter, check.paper)
    reply = {
        "result": check.result,
        "reason": check.reason,
        "message": {"fa": message.fa, "en": message.en},
        "time_stamp": check.time_stamp,
    }
    if check.letter:
        reply["serial"] = check.letter.serial
    if check.paper:
        reply["paper"] = _describe_paper(check.paper, check.letter)
    return reply


def _find_letter(serial: str) -> Letter:
    """Return the letter of a serial number. Raises NotFound."""
    with svcs.flask.get(Sessions).begin() as session:
        return letters.find_letter(session, serial)


def _compare(paper: Paper, person: str) -> Comparison | None:
    """Return whether a typed person fits a QR code, or None if nothing was typed. Raises TooManyAttempts."""
    if not drop_unseen(person).strip():
        return None
    sessions, peppers = svcs.flask.get(Sessions, Peppers)
    with sessions.begin() as session:
        return comparisons.compare_typed(session, peppers, paper, person, request.remote_addr or "")


def _is_page_wanted() -> bool:
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def _new_page() -> pages.LetterPage:
    settings, chosen = svcs.flask.get(Settings), request.args.get("lang")
    language = chosen if chosen in {"fa", "en"} else select_language(request.accept_languages)
    return pages.LetterPage(settings.public_url, settings.organisation, language)


def _describe_paper(paper: Paper, letter: Letter | None) -> dict[str, Any]:
    """Return what a QR code says, and the state of its letter, if that is registered."""
    claims, person = paper.claims, paper.claims.person
    return {
        "token": paper.token,
        "serial": claims.serial,
        "issued_on": claims.issued_on,
        "total_days": claims.total_days,
        "initials": person.initials or None if person else None,
        "birth_year": person.birth_year if person else None,
        "first_month_jalali": person.first_month if person else None,
        "last_month_jalali": person.last_month if person else None,
        "names_person": person is not None,
        "state": letter.state if letter else None,
    }
