"""Bulk imports in requests and responses."""

import marshmallow as ma
from marshmallow import validate

from services.kit.fields import Line
from services.kit.paging import PageQuery
from services.records.archives.failures import ImportFailure
from services.records.models import ImportStatus, ListOutcome
from services.records.models.imports import MAX_NAME_LENGTH
from services.records.schemas.records import Finding


class NewImport(ma.Schema):
    """The archive that will come in parts: its name and its size in bytes."""

    name = Line(MAX_NAME_LENGTH, shortest=1, required=True)
    size = ma.fields.Integer(required=True, strict=True, validate=validate.Range(min=1))


class ImportQuery(PageQuery):
    status = ma.fields.Enum(ImportStatus, by_value=True, load_default=None)


class FindingQuery(PageQuery):
    outcome = ma.fields.Enum(ListOutcome, by_value=True, load_default=None)


class Failure(ma.Schema):
    """Why an import failed as a whole."""

    code = ma.fields.Enum(ImportFailure, by_value=True)
    message = ma.fields.String()


class Import(ma.Schema):
    """A bulk import; `lists` is null until its archive was opened, `progress` in percent of the lists."""

    id = ma.fields.UUID()
    name = ma.fields.String()
    size = ma.fields.Integer()
    status = ma.fields.Enum(ImportStatus, by_value=True)
    failure = ma.fields.Nested(Failure, allow_none=True)
    part_size = ma.fields.Integer()
    parts = ma.fields.Integer()
    parts_received = ma.fields.Integer()
    imported_by = ma.fields.String()
    created_at = ma.fields.DateTime()
    received_at = ma.fields.DateTime(allow_none=True)
    ended_at = ma.fields.DateTime(allow_none=True)
    lists = ma.fields.Integer(allow_none=True)
    lists_done = ma.fields.Integer()
    progress = ma.fields.Integer()
    rows = ma.fields.Integer()
    accepted = ma.fields.Integer()
    already_there = ma.fields.Integer()
    refused = ma.fields.Integer()
    held = ma.fields.Integer()


class ImportWithParts(Import):
    """An import, and the numbers of the parts that have not arrived."""

    missing_parts = ma.fields.List(ma.fields.Integer())


class ImportPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Import))
    next_cursor = ma.fields.String(allow_none=True)


class ImportPart(ma.Schema):
    """A part of an archive that is stored."""

    number = ma.fields.Integer()
    size = ma.fields.Integer()
    sha256 = ma.fields.String()


class ImportedListFindings(ma.Schema):
    """A list of an import that was refused or has findings; `path` is its place in the archive."""

    path = ma.fields.String()
    outcome = ma.fields.Enum(ListOutcome, by_value=True)
    list_id = ma.fields.UUID(allow_none=True)
    findings_total = ma.fields.Integer()
    findings = ma.fields.List(ma.fields.Nested(Finding))


class ImportFindingPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ImportedListFindings))
    next_cursor = ma.fields.String(allow_none=True)
