"""Schemas of credentials; only `routes.credentials` uses them."""

import marshmallow as ma
from marshmallow import validate

CREDENTIAL_TYPE = "application/dc+sd-jwt"
MAX_PARTS = 50


class CredentialQuery(ma.Schema):
    """The parts of the statement that a credential shows, by their paths; without any, all of them."""

    part = ma.fields.List(
        ma.fields.String(validate=validate.Regexp(r"^[a-z_]{1,30}(\.[a-z_]{1,30}){0,2}\Z")),
        load_default=list,
        validate=validate.Length(max=MAX_PARTS),
    )
