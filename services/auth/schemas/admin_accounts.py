"""Closed accounts of people who had two, as administrators choose between them."""

import marshmallow as ma

from services.auth.actions.closed_accounts import MOBILE_ENDS
from services.kit.fields import Digits, Line
from services.kit.paging import PageQuery
from services.kit.problems import Text

ENDS_WRONG = Text("چهار رقم آخر شماره همراه را بنویسید.", "Enter the last four digits of the mobile number.")
MAX_REASON_LENGTH = 200


class ChoiceQuery(PageQuery):
    """`mobile_ends`: the last four digits of the mobile of either account."""

    mobile_ends = Digits(MOBILE_ENDS, ENDS_WRONG, load_default=None)


class AccountHint(ma.Schema):
    """What is shown of an account: the last digits of its number and of its mobile."""

    number_ends = ma.fields.String(required=True)
    mobile_ends = ma.fields.String(required=True)
    activated_at = ma.fields.AwareDateTime(format="iso", required=True)


class AccountChoice(ma.Schema):
    """A closed account and the one that its person has now; null if that one is gone."""

    id = ma.fields.UUID(required=True)
    closed_at = ma.fields.AwareDateTime(format="iso", required=True)
    closed = ma.fields.Nested(AccountHint, required=True)
    current = ma.fields.Nested(AccountHint, required=True, allow_none=True)


class AccountChoicePage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(AccountChoice), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class NewChoice(ma.Schema):
    reason = Line(MAX_REASON_LENGTH, shortest=1, required=True)
