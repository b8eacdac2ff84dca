"""The settings of auth, read once by `create_app`; README.md lists the variables."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.kit.settings import CommonSettings, read_secret


class Pepper(bytes):
    """The key of the hashes of codes and of limits; the key of second factors is derived from it."""


class Settings(CommonSettings):
    """The settings; messages and mobile ownership have no default, so that the operator chooses them."""

    records_url: str
    disclosure_url: str
    inquiry_url: str
    pepper_file: Path
    token_keys_dir: Path
    messages: Literal["file", "http"]
    messages_file: Path | None = None
    messages_url: str | None = None
    messages_token_file: Path | None = None
    mobile_ownership: Literal["accept-all", "http"]
    mobile_ownership_url: str | None = None
    mobile_ownership_token_file: Path | None = None
    # Carriers share one address among many people.
    code_requests_per_network: Annotated[int, Field(ge=1)] = 300

    @property
    def pepper(self) -> Pepper:
        """Return the pepper in its file. Raises SettingsError."""
        return Pepper(read_secret(self.pepper_file).get_secret_value().encode())

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
