"""Proposals as officers make and see them."""

import marshmallow as ma
from marshmallow import validate

from services.kit.fields import Parsed
from services.kit.paging import OrderedQuery
from services.records.models import ProposalKind, ProposalStatus
from services.records.schemas.claims import MAX_TEXT_LENGTH, TEXT_WRONG, normalise_lines
from services.records.schemas.held_rows import KnownOfPerson
from services.records.schemas.records import NewList


def build_reason_field() -> Parsed:
    """Return the field for the reason of a proposal or of its rejection."""
    return Parsed(normalise_lines, TEXT_WRONG, required=True, validate=validate.Length(1, MAX_TEXT_LENGTH))


class NewProposal(ma.Schema):
    """`target` is the id of what changes; the members of `change` depend on the kind."""

    kind = ma.fields.Enum(ProposalKind, by_value=True, required=True)
    target = ma.fields.UUID(required=True)
    change = ma.fields.Dict(keys=ma.fields.String(), load_default=dict)
    reason = build_reason_field()


class NewReplacement(NewList):
    """The files of a list that is to replace another one, and the reason."""

    reason = build_reason_field()


class NewRejection(ma.Schema):
    reason = build_reason_field()


class ProposalQuery(OrderedQuery):
    status = ma.fields.Enum(ProposalStatus, by_value=True, load_default=None)
    kind = ma.fields.Enum(ProposalKind, by_value=True, load_default=None)


class Difference(ma.Schema):
    """A value that changes. `row`, `national_code`, month and workshop say where, if it is not the person."""

    row = ma.fields.Integer(allow_none=True)
    national_code = ma.fields.String(allow_none=True)
    month_jalali = ma.fields.String(allow_none=True)
    workshop_code = ma.fields.String(allow_none=True)
    field = ma.fields.String()
    old = ma.fields.Raw(allow_none=True)
    new = ma.fields.Raw(allow_none=True)


class ProposalInList(ma.Schema):
    """A proposal without what changes, which is people's data.

    `proposed_by` is null for a proposal of the system that no officer has adopted yet.
    """

    id = ma.fields.UUID()
    kind = ma.fields.Enum(ProposalKind, by_value=True)
    status = ma.fields.Enum(ProposalStatus, by_value=True)
    target = ma.fields.UUID()
    by_system = ma.fields.Boolean()
    proposed_by = ma.fields.String(allow_none=True)
    proposed_at = ma.fields.DateTime()
    decided_by = ma.fields.String(allow_none=True)
    confirmed_by = ma.fields.String(allow_none=True)
    decided_at = ma.fields.DateTime(allow_none=True)


class Proposal(ProposalInList):
    """A proposal with what changes: the first 1,000 differences, and their number.

    `people` are those whom a correction or a merger is about, as they are known now; empty for other kinds.
    """

    change = ma.fields.Dict(keys=ma.fields.String())
    differences = ma.fields.List(ma.fields.Nested(Difference))
    differences_total = ma.fields.Integer()
    people = ma.fields.List(ma.fields.Nested(KnownOfPerson))
    reason = ma.fields.String()
    decision_reason = ma.fields.String(allow_none=True)


class ProposalPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ProposalInList))
    next_cursor = ma.fields.String(allow_none=True)
