"""The statement of a letter as a credential, for programs that read no PDF."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import flask
import marshmallow as ma
import svcs

from services.disclosure.actions.credentials import CredentialSigner, issue_credential
from services.disclosure.actions.letters import get_letter_for_sealing
from services.disclosure.actions.snapshots import read_snapshot
from services.disclosure.schemas import credentials as schemas
from services.disclosure.settings import Settings
from services.disclosure.store.citizens import find_owner
from services.kit.db import Sessions
from services.kit.http.access import CITIZEN, Rule, get_caller
from services.kit.http.server import Blueprint
from services.kit.storage import SealedObjects

ACCESS: Mapping[str, Rule] = {
    "credentials.get_credential": CITIZEN.allow_representative("self:letters"),
}

blueprint = Blueprint("credentials", __name__, url_prefix="/api/v1/disclosure")


# A misspelled choice must not show everything.
@blueprint.route("/inbox/<uuid:letter_id>/credential")
@blueprint.arguments(schemas.CredentialQuery, location="query", unknown=ma.RAISE)
@blueprint.response(200, {"type": "string"}, content_type=schemas.CREDENTIAL_TYPE)
def get_credential(query: dict[str, Any], letter_id: uuid.UUID) -> flask.Response:
    """Return the letter's statement as a credential that shows the chosen parts."""
    with svcs.flask.get(Sessions)() as session:
        owner = find_owner(session, get_caller().person_id)
        letter, snapshot = get_letter_for_sealing(session, letter_id, owner)
    credential = issue_credential(
        svcs.flask.get(CredentialSigner),
        svcs.flask.get(Settings).public_url,
        letter.serial,
        read_snapshot(svcs.flask.get(SealedObjects), snapshot),
        at=datetime.now(UTC),
        chosen=query["part"],
    )
    response = flask.Response(credential, mimetype=schemas.CREDENTIAL_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="govah-{letter.serial}.sd-jwt"'
    return response
