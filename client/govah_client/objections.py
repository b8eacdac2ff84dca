"""Objections to a record, as their owner and as officers see them."""

from typing import Literal, NotRequired, TypedDict

from govah_client.statements import Statement

ObjectionKind = Literal["days", "missing-period", "identity"]
ObjectionStatus = Literal["draft", "submitted", "proposed", "accepted", "rejected", "withdrawn"]


class ClaimedMonth(TypedDict):
    """The days that a person claims for one month in one workshop."""

    month_jalali: str
    workshop_code: str
    days: int


class ClaimedIdentity(TypedDict, total=False):
    """The fields of the identity that a person claims to be recorded wrongly, with the right values."""

    first_name: str
    last_name: str
    father_name: str
    birth_date_jalali: str
    sex: Literal["female", "male"]
    insurance_number: str


class IdentityInObjection(TypedDict, total=False):
    """The claimed fields of an objection to the identity."""

    first_name: str
    last_name: str
    father_name: str
    birth_date_jalali: str
    sex: str
    insurance_number: str


class RecordedIdentity(TypedDict, total=False):
    """The same fields as the record had them when the objection was written."""

    first_name: str
    last_name: str
    father_name: str | None
    birth_date_jalali: str | None
    sex: str | None
    insurance_number: str | None


class NewObjection(TypedDict):
    """A draft: `months` of kind `days`, `fields` of `identity`, the other fields of kind `missing-period`."""

    kind: ObjectionKind
    text: str
    months: NotRequired[list[ClaimedMonth]]
    workshop_name: NotRequired[str]
    workshop_code: NotRequired[str | None]
    city: NotRequired[str]
    start_jalali: NotRequired[str]
    end_jalali: NotRequired[str]
    days: NotRequired[int]
    fields: NotRequired[ClaimedIdentity]
    discrepancy_ids: NotRequired[list[str]]


class ObjectedMonth(ClaimedMonth):
    """A claimed month beside what the lists say."""

    recorded_days: int


class Attachment(TypedDict):
    """A paper that a person has attached to an objection."""

    id: str
    media_type: Literal["application/pdf", "image/jpeg", "image/png"]
    size: int
    sha256: str
    attached_at: str


class Correction(TypedDict):
    """What an accepted objection changes in one month."""

    month_jalali: str
    workshop_code: str
    old_days: int | None
    new_days: int


class Objection(TypedDict):
    """An objection; fields of the other kind are None."""

    id: str
    kind: ObjectionKind
    status: ObjectionStatus
    tracking_number: str | None
    text: str
    months: list[ObjectedMonth]
    workshop_name: str | None
    workshop_code: str | None
    city: str | None
    start_jalali: str | None
    end_jalali: str | None
    days: int | None
    fields: IdentityInObjection | None
    recorded_fields: RecordedIdentity | None
    created_at: str
    submitted_at: str | None
    decided_at: str | None
    withdrawn_at: str | None
    reason: str | None
    question: str | None
    question_at: str | None
    answer: str | None
    answer_at: str | None
    attachments: list[Attachment]
    corrections: list[Correction]
    discrepancy_ids: list[str]


class OpenObjection(TypedDict):
    """An undecided objection, as a record lists it."""

    id: str
    kind: ObjectionKind
    status: ObjectionStatus
    tracking_number: str
    submitted_at: str


class Objector(TypedDict):
    """The person whose objection an officer reads."""

    id: str
    national_code: str | None
    first_name: str
    last_name: str


class OfficerObjection(Objection):
    """An objection as officers see it: the person, and the proposed decision."""

    person: Objector
    accept: bool | None
    proposed_by: str | None
    proposed_at: str | None
    confirmed_by: str | None
    question_by: str | None


class WaitingObjection(OpenObjection):
    """An objection, as officers list it."""

    accept: bool | None
    proposed_by: str | None
    proposed_at: str | None
    confirmed_by: str | None
    decided_at: str | None


class OpenedObjection(TypedDict):
    """An objection beside the record of the person."""

    objection: OfficerObjection
    statement: Statement
