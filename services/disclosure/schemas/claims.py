"""What workers send and get: claims, headers of documents, failures."""

import json

import marshmallow as ma
from marshmallow import validate
from webargs.fields import DelimitedList

from services.disclosure.models import LetterLanguage
from services.disclosure.store.queue import ClaimedRequest
from services.kit.statement_types import SCHEMA_VERSIONS

HEX = validate.Regexp(r"^[0-9a-f]{64}\Z")


class AgreementGiven(ma.Schema):
    version = ma.fields.Integer()
    sha256 = ma.fields.String()
    agreed_at = ma.fields.AwareDateTime()


class LetterToRender(ma.Schema):
    serial = ma.fields.String()
    tracking_number = ma.fields.String()
    issued_at = ma.fields.AwareDateTime()
    types = ma.fields.List(ma.fields.String())
    agreement = ma.fields.Nested(AgreementGiven)
    language = ma.fields.String()
    latin_name = ma.fields.String(allow_none=True)


class Claim(ma.Schema):
    disclosure_id = ma.fields.UUID(data_key="request_id")
    attempt_token = ma.fields.Integer()
    correlation_id = ma.fields.String()
    lease_until = ma.fields.AwareDateTime()
    letter = ma.fields.Nested(LetterToRender)


class ClaimQuery(ma.Schema):
    # Workers of the previous release name no version, and read only the first.
    statement_version = ma.fields.Integer(load_default=SCHEMA_VERSIONS[0])
    # They name no language either, and write Persian only.
    languages = DelimitedList(ma.fields.String(), load_default=(LetterLanguage.PERSIAN.value,))


class DeliveryQuery(ClaimQuery):
    # Workers of the previous release take no other claim with the response.
    claims_next = ma.fields.Boolean(load_default=False)


class DocumentHeaders(ma.Schema):
    attempt_token = ma.fields.Integer(required=True, data_key="X-Attempt-Token")
    sha256 = ma.fields.String(required=True, data_key="X-Document-Sha256", validate=HEX)
    unsigned_sha256 = ma.fields.String(required=True, data_key="X-Unsigned-Sha256", validate=HEX)
    pages = ma.fields.Integer(required=True, data_key="X-Page-Count", validate=validate.Range(1, 10_000))


class FailureReport(ma.Schema):
    attempt_token = ma.fields.Integer(required=True)
    code = ma.fields.String(required=True, validate=validate.Regexp(r"^[a-z][a-z0-9-]{0,63}\Z"))
    retriable = ma.fields.Boolean(required=True)


# Building a schema costs more than using it.
_CLAIM = Claim()


def write_claim(claimed: ClaimedRequest) -> str:
    """Return the claim of a request, as JSON.

    The letter's fields are the same at every attempt, so that every attempt renders the same letter.
    """
    fields = {
        "disclosure_id": claimed.id,
        "attempt_token": claimed.attempt,
        "correlation_id": claimed.call_id,
        "lease_until": claimed.claimable_at,
        "letter": {
            "serial": claimed.serial,
            "tracking_number": claimed.tracking_number,
            "issued_at": claimed.requested_at,
            "types": claimed.types,
            "agreement": {
                "version": claimed.agreement_version,
                "sha256": claimed.agreement_sha256,
                "agreed_at": claimed.requested_at,
            },
            "language": claimed.language or LetterLanguage.PERSIAN,
            "latin_name": claimed.latin_name,
        },
    }
    return f'{json.dumps(_CLAIM.dump(fields))[:-1]}, "statement": {claimed.statement}}}'
