"""Routes of the web administration: versions of the agreement, and what is going on.

Failed letters are listed and retried by the calls that officers use, in the package itself.
"""

from collections.abc import Mapping
from typing import Any

import svcs
from flask.typing import ResponseReturnValue

from services.disclosure.actions import agreements, counters
from services.disclosure.models import IdempotencyKey
from services.disclosure.schemas import administration as schemas
from services.kit.db import Sessions
from services.kit.http.access import LARGE_TEXT, Rule, allow_admin
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.server import Blueprint

ACCESS: Mapping[str, Rule] = {
    "administration.list_agreements": allow_admin(),
    "administration.create_agreement": allow_admin().allow_body(LARGE_TEXT),
    "administration.get_counters": allow_admin(),
}

blueprint = Blueprint("administration", __name__, url_prefix="/api/v1/disclosure")


@blueprint.route("/agreements", methods=["GET"])
@blueprint.response(200, schemas.AgreementVersions)
def list_agreements() -> dict[str, Any]:
    """Return all versions of the agreement, newest first."""
    with svcs.flask.get(Sessions)() as session:
        return {"items": list(reversed(agreements.list_agreements(session)))}


@blueprint.route("/agreements", methods=["POST"])
@blueprint.arguments(schemas.NewAgreement)
@blueprint.response(201, schemas.AgreementVersion)
@idempotent(IdempotencyKey)
def create_agreement(fields: dict[str, Any], call: IdempotentCall) -> ResponseReturnValue:
    """Publish a new version of the agreement."""
    with call.transaction() as session:
        added = agreements.add_agreement(session, **fields)
        return call.build_reply(schemas.AgreementVersion().dump(added), 201)


@blueprint.route("/counters", methods=["GET"])
@blueprint.response(200, schemas.Counters)
def get_counters() -> dict[str, Any]:
    """Return the numbers of letters, of requests that wait and of failures."""
    with svcs.flask.get(Sessions)() as session:
        read = counters.read_counters(session)
    failed = [{"code": code.value, "count": count} for code, count in sorted(read.failed.items())]
    return vars(read) | {"failed": failed}
