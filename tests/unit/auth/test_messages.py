"""The texts of messages: one part each, with the code in Latin digits and all else in Persian ones."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from services.auth.actions.messages import code_message, contact_message, notice_message
from services.auth.models import CodeKind, NoticeKind

MOBILE = "09120000001"


@pytest.mark.parametrize("kind", CodeKind)
def test_a_code_fits_one_part(kind: CodeKind) -> None:
    message = code_message(kind, MOBILE, "012345", 10)
    assert (message.to, message.kind, message.code) == (MOBILE, kind.value, "012345")
    assert len(message.text) <= 70
    assert re.findall("[0-9]+", message.text) == ["012345"]
    assert "۱۰ دقیقه" in message.text


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_notice_fits_one_part_on_every_day_of_the_year(kind: NoticeKind) -> None:
    for day in range(366):
        message = notice_message(kind, MOBILE, datetime(2026, 3, 21, tzinfo=UTC) + timedelta(days=day))
        assert len(message.text) <= 70
        assert not re.search("[0-9]", message.text)
        assert message.code is None


def test_a_view_is_told_in_tehrans_time() -> None:
    message = notice_message(NoticeKind.LETTER_VIEWED, MOBILE, datetime(2026, 5, 11, 21, 0, tzinfo=UTC))
    assert message.text == "گواه: نامه شما ۲۲ اردیبهشت ۰۰:۳۰ دیده شد. ناآشناست؟ مجوز را لغو کنید."


def test_a_contacts_message_fits_one_part() -> None:
    message = contact_message(MOBILE)
    assert (message.to, message.kind, message.code) == (MOBILE, "institution-failures", None)
    assert len(message.text) <= 70
    assert not re.search("[0-9]", message.text)
