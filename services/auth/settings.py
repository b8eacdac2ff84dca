"""The settings of auth, read once by `create_app`; README.md lists the variables."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from services.kit.endings.settings import EndingSettings
from services.kit.jalali import TEHRAN
from services.kit.retention import FeedSettings
from services.kit.settings import read_secret
from services.kit.urls import ProxyUrl, ServiceUrl

Method = Literal["POST", "GET", "PUT"]
BodyFormat = Literal["json", "form"]
# How many calls of one gateway run simultaneously.
Parallel = Annotated[int, Field(ge=1, le=64)]


class Pepper(bytes):
    """The key of the hashes of codes and of limits; the key of second factors is derived from it."""


@dataclass(frozen=True)
class QuietHours:
    """The hours in which messages wait, from `start` until `end`; over midnight if `end` is smaller."""

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the hours written "21-8", or None for "off". Raises ValueError."""
        if text == "off":
            return None
        start, _, end = text.partition("-")
        hours = cls(int(start), int(end))
        if not (0 <= hours.start <= 23 and 0 <= hours.end <= 23):
            raise ValueError("an hour is 0 to 23")
        return hours

    def is_quiet(self, moment: datetime) -> bool:
        """Return whether a moment lies in these hours, by Tehran's time."""
        hour = moment.astimezone(TEHRAN).hour
        if self.start <= self.end:
            return self.start <= hour < self.end
        return hour >= self.start or hour < self.end


class Settings(EndingSettings, FeedSettings):
    """The settings; messages and mobile ownership have no default, so that the operator chooses them."""

    records_url: ServiceUrl
    egress_proxy: ProxyUrl = ""
    disclosure_url: ServiceUrl
    inquiry_url: ServiceUrl
    pepper_file: Path
    token_keys_dir: Path
    messages: Literal["file", "http"]
    messages_file: Path | None = None
    messages_url: str | None = None
    messages_token_file: Path | None = None
    # The template of calls: `gateways` parses these, and an empty text is the default.
    messages_method: Method = "POST"
    messages_headers: str = ""
    messages_body: str = ""
    messages_body_format: BodyFormat = "json"
    messages_success: str = ""
    messages_refused: str = ""
    messages_parallel: Parallel = 64
    mobile_ownership: Literal["accept-all", "http"]
    mobile_ownership_url: str | None = None
    mobile_ownership_token_file: Path | None = None
    mobile_ownership_method: Method = "POST"
    mobile_ownership_headers: str = ""
    mobile_ownership_body: str = ""
    mobile_ownership_body_format: BodyFormat = "json"
    mobile_ownership_owns: str = ""
    mobile_ownership_owns_not: str = ""
    mobile_ownership_parallel: Parallel = 64
    # "optional" only for trials, in which admins sign in with a password.
    admin_second_factor: Literal["required", "optional"] = "required"
    # Carriers share one address among many people.
    code_requests_per_network: Annotated[int, Field(ge=1)] = 300
    # Days in which a person who has closed the account may open it again.
    closing_days: Annotated[int, Field(ge=0, le=365)] = 30
    # Hours in Tehran, or "off".
    quiet_hours: str = "21-8"

    @property
    def pepper(self) -> Pepper:
        """Return the pepper in its file. Raises SettingsError."""
        return Pepper(read_secret(self.pepper_file).get_secret_value().encode())

    @field_validator("quiet_hours")
    @classmethod
    def _check_quiet_hours(cls, text: str) -> str:
        try:
            QuietHours.parse(text)
        except ValueError as error:
            raise ValueError('GOVAH_QUIET_HOURS is two hours such as "21-8", or "off"') from error
        return text

    @model_validator(mode="after")
    def _check_adapters(self) -> Self:
        if self.messages == "file" and self.messages_file is None:
            raise ValueError("GOVAH_MESSAGES=file needs GOVAH_MESSAGES_FILE")
        if self.messages == "http" and not (self.messages_url and self.messages_token_file):
            raise ValueError("GOVAH_MESSAGES=http needs GOVAH_MESSAGES_URL and GOVAH_MESSAGES_TOKEN_FILE")
        if self.mobile_ownership == "http" and not (
            self.mobile_ownership_url and self.mobile_ownership_token_file
        ):
            raise ValueError("GOVAH_MOBILE_OWNERSHIP=http needs GOVAH_MOBILE_OWNERSHIP_URL and _TOKEN_FILE")
        return self
