"""Lists, people and one's own record in requests and responses; days and rials are whole numbers."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask_smorest.fields import Upload
from marshmallow import validate

from services.kit.fields import JalaliMonth, Parsed
from services.kit.http.conventions import format_both
from services.kit.paging import PageQuery
from services.kit.problems import Text
from services.kit.statement_types import SCHEMA_VERSIONS, StatementType
from services.kit.text import normalise_figures
from services.records.models import ObjectionKind, ObjectionStatus, ProposalKind

ONE_NUMBER = Text("یا کد ملی را بفرستید یا شماره بیمه را.", "Send either national_code or insurance_number.")
SPAN_WRONG = Text("ماه پایان پیش از ماه آغاز است.", "The last month is before the first.")
# Characters of a path that may be sent; what is too long to be stored loses its beginning.
MAX_SENT_PATH = 1_000
STATEMENT_TYPES = list(StatementType)
TYPES_WRONG = Text(
    f"نوع‌ها از {' و '.join(StatementType)}، هر یک حداکثر یک بار.",
    f"Types are {', '.join(STATEMENT_TYPES[:-1])} and {STATEMENT_TYPES[-1]}, each once at most.",
)


def _parse_types(text: str) -> list[StatementType]:
    """Return the types of a comma-separated list. Raises ValueError for an unknown or repeated type."""
    types = [StatementType(name) for name in text.split(",")]
    if len(set(types)) != len(types):
        raise ValueError("a type comes twice")
    return types


class StatementQuery(ma.Schema):
    type = ma.fields.Enum(StatementType, by_value=True, load_default=StatementType.ALL)


class StatementTypesQuery(ma.Schema):
    types = Parsed(_parse_types, TYPES_WRONG, required=True)
    # Callers of the previous release name no version, and read only the first.
    version = ma.fields.Integer(load_default=SCHEMA_VERSIONS[0], validate=validate.OneOf(SCHEMA_VERSIONS))


class ContributionQuery(PageQuery):
    first = JalaliMonth(data_key="from", load_default=None)
    last = JalaliMonth(data_key="to", load_default=None)
    workshop = ma.fields.String(load_default=None, validate=validate.Length(1, 10))

    @ma.post_load
    def _normalise_workshop(self, data: dict[str, Any], **_kw: Any) -> dict[str, Any]:
        return data | {"workshop": data["workshop"] and normalise_figures(data["workshop"])}

    @ma.validates_schema
    def _check_order(self, data: Mapping[str, Any], **_kw: Any) -> None:
        if data["first"] and data["last"] and data["last"] < data["first"]:
            raise ma.ValidationError([SPAN_WRONG], "to")


class NewList(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE  # browsers also send the other parts of a form

    header = Upload(required=True, metadata={"description": "DSKKAR00.DBF"})
    workers = Upload(required=True, metadata={"description": "DSKWOR00.DBF"})
    file_name = ma.fields.String(
        load_default="",
        validate=validate.Length(max=MAX_SENT_PATH),
        metadata={
            "description": format_both(
                Text(
                    "نام یا مسیر فایل‌ها که کارشناسان می‌شناسند؛ اگر نباشد، نام فایل header.",
                    "The name or path of the files as officers know it; else the name of the header's file.",
                )
            )
        },
    )


class VersionQuery(ma.Schema):
    """Which version of a list, from 1; the current one by default."""

    version = ma.fields.Integer(load_default=None, validate=validate.Range(1, 2**31 - 1))


class Duration(ma.Schema):
    years = ma.fields.Integer()
    months = ma.fields.Integer()
    days = ma.fields.Integer()


class Person(ma.Schema):
    national_code = ma.fields.String(allow_none=True)
    first_name = ma.fields.String()
    last_name = ma.fields.String()
    father_name = ma.fields.String(allow_none=True)
    birth_date_jalali = ma.fields.String(allow_none=True)
    insurance_number = ma.fields.String(allow_none=True)
    sex = ma.fields.String(allow_none=True, validate=validate.OneOf(["female", "male"]))


class Totals(ma.Schema):
    total_days = ma.fields.Integer()
    duration = ma.fields.Nested(Duration)
    total_wage = ma.fields.Integer()
    workshop_count = ma.fields.Integer()


class RecordWarning(ma.Schema):
    code = ma.fields.String(validate=validate.OneOf(["gap", "overlap"]))
    first_month_jalali = ma.fields.String()
    last_month_jalali = ma.fields.String()
    message = ma.fields.String()


class OpenObjection(ma.Schema):
    """A submitted objection that is not decided yet."""

    id = ma.fields.UUID()
    kind = ma.fields.Enum(ObjectionKind, by_value=True)
    status = ma.fields.Enum(ObjectionStatus, by_value=True)
    tracking_number = ma.fields.String()
    submitted_at = ma.fields.DateTime()


class Record(ma.Schema):
    person = ma.fields.Nested(Person)
    insurance_number = ma.fields.String(allow_none=True)
    totals = ma.fields.Nested(Totals)
    first_month_jalali = ma.fields.String(allow_none=True)
    last_month_jalali = ma.fields.String(allow_none=True)
    open_objections = ma.fields.List(ma.fields.Nested(OpenObjection))
    warnings = ma.fields.List(ma.fields.Nested(RecordWarning))


class Source(ma.Schema):
    """The origin of a figure: the record `row` of the file DSKWOR00.DBF with that hash.

    Days of the kind `objection` come from an accepted objection; `listed_days` are those of the list. Fields
    of the list are null if there is no list.
    """

    kind = ma.fields.String(validate=validate.OneOf(["list", "objection"]))
    workshop_code = ma.fields.String()
    list_id = ma.fields.UUID(allow_none=True)
    list_number = ma.fields.String(allow_none=True)
    file_sha256 = ma.fields.String(allow_none=True)
    row = ma.fields.Integer(allow_none=True)
    listed_days = ma.fields.Integer(allow_none=True)
    objection_id = ma.fields.UUID(allow_none=True)
    tracking_number = ma.fields.String(allow_none=True)


class Contribution(ma.Schema):
    """A row of a list; `contract_row` and `hard_jobs`, an amount in rials, are those of the whole list."""

    month_jalali = ma.fields.String(attribute="month")
    workshop_code = ma.fields.String()
    workshop_name = ma.fields.String()
    list_number = ma.fields.String()
    days = ma.fields.Integer()
    wage = ma.fields.Integer()
    premium = ma.fields.Integer()
    gross = ma.fields.Integer()
    job_title = ma.fields.String()
    job_code = ma.fields.String()
    start_date_jalali = ma.fields.String(allow_none=True)
    leave_date_jalali = ma.fields.String(allow_none=True)
    contract_row = ma.fields.String(allow_none=True)
    hard_jobs = ma.fields.Integer(allow_none=True)
    source = ma.fields.Nested(Source)


class Page(ma.Schema):
    next_cursor = ma.fields.String(allow_none=True)


class ContributionPage(Page):
    items = ma.fields.List(ma.fields.Nested(Contribution))


class Finding(ma.Schema):
    file = ma.fields.String()
    row = ma.fields.Integer(allow_none=True)
    field = ma.fields.String(allow_none=True)
    value = ma.fields.String(allow_none=True)
    expected = ma.fields.String(
        allow_none=True,
        dump_default=None,
        metadata={
            "description": format_both(
                Text(
                    "مقدار درست، اگر یکی باشد: جمع، حق بیمه، تعداد روزهای ماه، کد کارگاه سرآیند.",
                    "The right value, if there is one: the sum, the premium, the length of the month, "
                    "the header's workshop code.",
                )
            )
        },
    )
    severity = ma.fields.String(validate=validate.OneOf(["error", "held", "warning"]))
    code = ma.fields.String()
    message = ma.fields.String()
    list_id = ma.fields.UUID(
        metadata={
            "description": format_both(
                Text(
                    "لیستی که پیش‌تر با همین شماره ثبت شده است؛ تنها با کد list-changed.",
                    "The list that was imported before under this number; only with the code list-changed.",
                )
            )
        },
    )


class ImportedList(ma.Schema):
    """An accepted list; `held` is the number of its rows that wait for a decision about their person.

    `has_files` is false for a list that was imported before files were stored. `file_name` is the name of the
    files as they were uploaded, or their path in an archive.
    """

    id = ma.fields.UUID()
    workshop_code = ma.fields.String(attribute="workshop.code")
    workshop_name = ma.fields.String(attribute="workshop.name")
    month_jalali = ma.fields.String(attribute="month")
    list_number = ma.fields.String()
    workers = ma.fields.Integer()
    total_days = ma.fields.Integer()
    total_wage = ma.fields.Integer()
    total_premium = ma.fields.Integer()
    header_sha256 = ma.fields.String()
    workers_sha256 = ma.fields.String()
    imported_by = ma.fields.String()
    imported_at = ma.fields.DateTime()
    findings_total = ma.fields.Integer()
    version = ma.fields.Integer()
    withdrawn_at = ma.fields.DateTime(allow_none=True)
    contract_row = ma.fields.String(allow_none=True)
    hard_jobs = ma.fields.Integer(allow_none=True)
    held = ma.fields.Integer()
    has_files = ma.fields.Boolean()
    file_name = ma.fields.String(allow_none=True)


class ImportedListPage(Page):
    items = ma.fields.List(ma.fields.Nested(ImportedList))


class FormerVersion(ma.Schema):
    """A version of a list that was replaced or withdrawn: by whom it was imported and ended, when and why."""

    version = ma.fields.Integer()
    imported_by = ma.fields.String()
    imported_at = ma.fields.DateTime()
    workers = ma.fields.Integer()
    total_days = ma.fields.Integer()
    total_wage = ma.fields.Integer()
    has_files = ma.fields.Boolean()
    file_name = ma.fields.String(allow_none=True)
    ended_at = ma.fields.DateTime()
    proposal_id = ma.fields.UUID(allow_none=True)
    kind = ma.fields.String(
        allow_none=True,
        validate=validate.OneOf([ProposalKind.LIST_WITHDRAWAL, ProposalKind.LIST_REPLACEMENT]),
    )
    reason = ma.fields.String(allow_none=True)
    proposed_by = ma.fields.String(allow_none=True)
    confirmed_by = ma.fields.String(allow_none=True)


class ListWithFindings(ImportedList):
    """`versions` are the former ones, newest first."""

    findings = ma.fields.List(ma.fields.Nested(Finding))
    versions = ma.fields.List(ma.fields.Nested(FormerVersion))


class Summary(ma.Schema):
    total_days = ma.fields.Integer()
    duration = ma.fields.Nested(Duration)
    first_month_jalali = ma.fields.String(allow_none=True)
    last_month_jalali = ma.fields.String(allow_none=True)
    workshop_count = ma.fields.Integer()


class Year(ma.Schema):
    """The twelve months of a year: null without a list, 0 for a list with zero days."""

    year = ma.fields.Integer()
    months = ma.fields.List(ma.fields.Integer(allow_none=True), validate=validate.Length(equal=12))
    total_days = ma.fields.Integer()


class WorkshopYears(ma.Schema):
    """The years of one workshop; its code is `-` if only an objection names it."""

    workshop_code = ma.fields.String()
    workshop_name = ma.fields.String()
    years = ma.fields.List(ma.fields.Nested(Year))
    total_days = ma.fields.Integer()


class AllTable(ma.Schema):
    """Each workshop by its first month. In `total_days`, concurrent days count once."""

    workshops = ma.fields.List(ma.fields.Nested(WorkshopYears))
    total_days = ma.fields.Integer()


class WageRow(ma.Schema):
    month_jalali = ma.fields.String()
    workshop_code = ma.fields.String()
    workshop_name = ma.fields.String()
    list_number = ma.fields.String()
    job_title = ma.fields.String()
    days = ma.fields.Integer()
    wage = ma.fields.Integer()


class WageYear(ma.Schema):
    year = ma.fields.Integer()
    days = ma.fields.Integer()
    wage = ma.fields.Integer()


class WagesTable(ma.Schema):
    rows = ma.fields.List(ma.fields.Nested(WageRow))
    years = ma.fields.List(ma.fields.Nested(WageYear))
    total_days = ma.fields.Integer()
    total_wage = ma.fields.Integer()


class ConsolidatedYear(Year):
    duration = ma.fields.Nested(Duration)
    running_days = ma.fields.Integer()
    running_duration = ma.fields.Nested(Duration)


class ConsolidatedTable(ma.Schema):
    years = ma.fields.List(ma.fields.Nested(ConsolidatedYear))
    total_days = ma.fields.Integer()
    duration = ma.fields.Nested(Duration)


class Tables(ma.Schema):
    """Only the requested tables."""

    all = ma.fields.Nested(AllTable)
    wages = ma.fields.Nested(WagesTable)
    consolidated = ma.fields.Nested(ConsolidatedTable)


class Correction(ma.Schema):
    month_jalali = ma.fields.String()
    workshop_code = ma.fields.String()
    tracking_number = ma.fields.String()


class Statement(ma.Schema):
    """The snapshot that letters and answers are made from; contracts/statement.schema.json has its rules."""

    schema_version = ma.fields.Integer()
    as_of = ma.fields.DateTime()
    as_of_jalali = ma.fields.String()
    types = ma.fields.List(ma.fields.Enum(StatementType, by_value=True))
    person = ma.fields.Nested(Person)
    summary = ma.fields.Nested(Summary)
    tables = ma.fields.Nested(Tables)
    disputed_months = ma.fields.List(ma.fields.String())
    corrections = ma.fields.List(ma.fields.Nested(Correction))
