"""The texts of messages: one part each, with the code in Latin digits and all else in Persian ones."""

import itertools
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from services.auth.actions.messages import (
    build_account_message,
    build_code_message,
    build_contact_message,
    build_notice_message,
    build_person_message,
    build_security_message,
    build_views_message,
)
from services.auth.models import (
    SIGN_IN_CODE,
    AccountNoticeKind,
    CodeKind,
    NoticeKind,
    PersonNoticeKind,
    RecordNoticeKind,
    SecurityNoticeKind,
)
from services.kit.identity_fields import WORDS

MOBILE = "09120000001"


@pytest.mark.parametrize("kind", [*CodeKind, SIGN_IN_CODE])
def test_a_code_fits_one_part(kind: str) -> None:
    message = build_code_message(kind, MOBILE, "012345", 10)
    assert (message.to, message.kind, message.code) == (MOBILE, str(kind), "012345")
    assert len(message.text) <= 70
    assert re.findall("[0-9]+", message.text) == ["012345"]
    assert "۱۰ دقیقه" in message.text


@pytest.mark.parametrize("kind", [*NoticeKind, *RecordNoticeKind])
def test_a_notice_fits_one_part_on_every_day_of_the_year(kind: NoticeKind | RecordNoticeKind) -> None:
    for day in range(366):
        message = build_notice_message(kind, MOBILE, datetime(2026, 3, 21, tzinfo=UTC) + timedelta(days=day))
        assert len(message.text) <= 70
        assert not re.search("[0-9]", message.text)
        assert message.code is None


@pytest.mark.parametrize("kind", SecurityNoticeKind)
def test_a_security_message_fits_one_part(kind: SecurityNoticeKind) -> None:
    code = "0123 4567 8901 2345" if kind is SecurityNoticeKind.MOBILE_CHANGED else None
    message = build_security_message(kind, MOBILE, code)
    assert (message.to, message.kind, message.code) == (MOBILE, kind.value, code)
    assert len(message.text) <= 70
    assert "http" not in message.text
    # One mark of direction, else the groups would be shown in the other order between Persian words.
    assert message.text.endswith(f"\u200e{code}" if code else ".")
    assert len(re.findall("[0-9]+", message.text)) == (4 if code else 0)


def test_the_time_of_a_view_is_tehrans() -> None:
    message = build_notice_message(NoticeKind.LETTER_VIEWED, MOBILE, datetime(2026, 5, 11, 21, 0, tzinfo=UTC))
    assert message.text == "گواه: نامه شما ۲۲ اردیبهشت ۰۰:۳۰ دیده شد. ناآشناست؟ مجوز را لغو کنید."


def test_a_contacts_message_fits_one_part() -> None:
    message = build_contact_message(MOBILE)
    assert (message.to, message.kind, message.code) == (MOBILE, "institution-failures", None)
    assert len(message.text) <= 70
    assert not re.search("[0-9]", message.text)


@pytest.mark.parametrize("kind", PersonNoticeKind)
@pytest.mark.parametrize("count", range(len(WORDS) + 1))
def test_a_message_about_a_person_fits_one_part(kind: PersonNoticeKind, count: int) -> None:
    for fields in itertools.combinations(WORDS, count):
        message = build_person_message(kind, MOBILE, fields)
        assert (message.to, message.kind, message.code) == (MOBILE, kind.value, None)
        assert len(message.text) <= 70
        assert not re.search("[0-9]", message.text)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (["father_name"], "نام پدر اصلاح شد. وارد سامانه شوید."),
        (["insurance_number", "first_name"], "نام و شماره بیمه اصلاح شد. وارد سامانه شوید."),
        (["sex", "birth_date_jalali", "father_name"], "نام پدر، تاریخ تولد و جنسیت اصلاح شد."),
        (list(WORDS), "مشخصات اصلاح شد. وارد سامانه شوید."),
        (["a_field_of_later"], "مشخصات اصلاح شد. وارد سامانه شوید."),
    ],
)
def test_a_correction_is_described_by_the_names_of_its_fields(fields: list[str], text: str) -> None:
    message = build_person_message(PersonNoticeKind.IDENTITY_CORRECTED, MOBILE, fields)
    assert message.text == f"گواه: در سوابق بیمه شما {text}"


@pytest.mark.parametrize("kind", sorted(set(AccountNoticeKind) - {AccountNoticeKind.VIEWS_OF_DAY}))
def test_a_message_about_the_account_fits_one_part(kind: AccountNoticeKind) -> None:
    message = build_account_message(kind, MOBILE)
    assert (message.to, message.kind, message.code) == (MOBILE, kind.value, None)
    assert len(message.text) <= 70
    assert not re.search("[0-9]|http", message.text)


@pytest.mark.parametrize(
    ("days", "text"),
    [(0, "امروز ۱۲۰ بار"), (1, "دیروز ۱۲۰ بار"), (2, "۲۲ اردیبهشت ۱۲۰ بار")],
)
def test_a_digest_names_its_day(days: int, text: str) -> None:
    day = date(2026, 5, 12)
    message = build_views_message(MOBILE, 120, day, day + timedelta(days=days))
    assert message.text == f"گواه: نامه شما {text} دیده شد."
    assert len(message.text) <= 70


def test_every_message_in_english_fits_one_part() -> None:
    moment = datetime(2026, 9, 30, 20, 30, tzinfo=UTC)
    texts = [
        *(build_code_message(kind, MOBILE, "012345", 10, "en").text for kind in [*CodeKind, SIGN_IN_CODE]),
        *(build_notice_message(kind, MOBILE, moment, "en").text for kind in (*NoticeKind, *RecordNoticeKind)),
        *(
            build_security_message(kind, MOBILE, "0123 4567 8901 2345", "en").text
            for kind in SecurityNoticeKind
        ),
        *(build_person_message(kind, MOBILE, list(WORDS), "en").text for kind in PersonNoticeKind),
        *(
            build_account_message(kind, MOBILE, "en").text
            for kind in AccountNoticeKind
            if kind is not AccountNoticeKind.VIEWS_OF_DAY
        ),
        build_views_message(MOBILE, 120, moment.date(), moment.date() + timedelta(days=9), "en").text,
    ]
    # 160 characters of the alphabet of GSM 03.38, to which all of these belong.
    assert {
        text for text in texts if len(text) > 160 or not re.fullmatch(r"[A-Za-z0-9 .,:;?'()-]+", text)
    } == set()
    assert all(text.startswith("Govah: ") for text in texts)
