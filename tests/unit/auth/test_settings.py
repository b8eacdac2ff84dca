"""auth does not start without its ports chosen."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.auth.adapters import (
    HttpMessageSender,
    HttpMobileOwnership,
    build_message_sender,
    build_mobile_ownership,
)
from services.auth.clients import AcceptAllMobiles, FileMessageSender
from services.auth.settings import QuietHours, Settings
from services.kit.jalali import TEHRAN
from services.kit.settings import SettingsError, load_settings

COMPLETE = {
    "DATABASE_URL": "sqlite://",
    "BROKER_URL": "memory://",
    "PUBLIC_URL": "https://govah.example",
    "AUTH_URL": "http://auth",
    "RECORDS_URL": "http://records",
    "DISCLOSURE_URL": "http://disclosure",
    "INQUIRY_URL": "http://inquiry",
    "CLIENT_SECRET_FILE": "auth.secret",
    "PEPPER_FILE": "pepper",
    "TOKEN_KEYS_DIR": "keys",
    "MESSAGES": "file",
    "MESSAGES_FILE": "/nowhere/messages.jsonl",
    "MOBILE_OWNERSHIP": "accept-all",
}


def load_with(monkeypatch: pytest.MonkeyPatch, **changed: str | None) -> Settings:
    for name, value in (COMPLETE | changed).items():
        if value is None:
            monkeypatch.delenv(f"GOVAH_{name}", raising=False)
        else:
            monkeypatch.setenv(f"GOVAH_{name}", value)
    return load_settings(Settings)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"MESSAGES": None}, "GOVAH_MESSAGES"),
        ({"MOBILE_OWNERSHIP": None}, "GOVAH_MOBILE_OWNERSHIP"),
        ({"MOBILE_OWNERSHIP": "none"}, "GOVAH_MOBILE_OWNERSHIP"),
        ({"MESSAGES_FILE": None}, "GOVAH_MESSAGES_FILE"),
        ({"MESSAGES": "http"}, "GOVAH_MESSAGES_URL"),
        ({"MOBILE_OWNERSHIP": "http"}, "GOVAH_MOBILE_OWNERSHIP_URL"),
        ({"PEPPER_FILE": None}, "GOVAH_PEPPER_FILE"),
        ({"QUIET_HOURS": "nights"}, "QUIET_HOURS"),
        ({"QUIET_HOURS": "21-24"}, "QUIET_HOURS"),
        ({"QUIET_HOURS": "21"}, "QUIET_HOURS"),
    ],
)
def test_a_missing_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str | None], named: str
) -> None:
    with pytest.raises(SettingsError, match=named):
        load_with(monkeypatch, **changed)


def test_the_settings_name_the_adapters(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = load_with(monkeypatch)
    assert isinstance(build_message_sender(settings), FileMessageSender)
    assert isinstance(build_mobile_ownership(settings), AcceptAllMobiles)
    token = tmp_path / "token"
    token.write_text("the-token", encoding="ascii")
    settings = load_with(
        monkeypatch,
        MESSAGES="http",
        MESSAGES_URL="https://gateway.example",
        MESSAGES_TOKEN_FILE=str(token),
        MOBILE_OWNERSHIP="http",
        MOBILE_OWNERSHIP_URL="https://operator.example",
        MOBILE_OWNERSHIP_TOKEN_FILE=str(token),
    )
    assert isinstance(build_message_sender(settings), HttpMessageSender)
    assert isinstance(build_mobile_ownership(settings), HttpMobileOwnership)


@pytest.mark.parametrize(
    ("text", "quiet", "loud"),
    [("21-8", (21, 0, 7), (8, 12, 20)), ("1-6", (1, 5), (0, 6, 23)), ("0-7", (0, 6), (7, 23))],
)
def test_quiet_hours_are_tehrans(text: str, quiet: tuple[int, ...], loud: tuple[int, ...]) -> None:
    hours = QuietHours.parse(text)
    assert hours is not None
    moments = {hour: datetime(2026, 5, 12, hour, 59, tzinfo=TEHRAN).astimezone(UTC) for hour in range(24)}
    assert all(hours.is_quiet(moments[hour]) for hour in quiet)
    assert not any(hours.is_quiet(moments[hour]) for hour in loud)


def test_quiet_hours_can_be_off() -> None:
    assert QuietHours.parse("off") is None
