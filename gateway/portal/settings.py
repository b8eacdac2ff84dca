"""The portal's settings, read once in `create_app`."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services import SERVICES
from services.kit.settings import read_secret
from services.kit.urls import BrokerUrl, OptionalBrokerUrl, PublicUrl, ServiceUrl

# A URI (RFC 3986) of the kinds that RFC 9116, 2.5.3, names.
CONTACT = re.compile(r"(mailto:[^\s@]+@[^\s@]+|https://[^\s/]+\S*|tel:\+?[0-9().-]+)", re.ASCII)


def _check_contacts(value: str) -> str:
    if not all(CONTACT.fullmatch(word) and word.isascii() and word.isprintable() for word in value.split()):
        raise ValueError("each contact must begin with mailto:, https:// or tel:")
    return value


class Settings(BaseSettings):
    """Read from variables that begin with ``GOVAH_``; frozen."""

    model_config = SettingsConfigDict(env_prefix="GOVAH_", frozen=True, extra="ignore")

    public_url: PublicUrl
    # Sessions live on the broker's server unless they are given one of their own.
    broker_url: BrokerUrl
    sessions_url: OptionalBrokerUrl = ""
    cookie_key_file: Path
    auth_url: ServiceUrl
    records_url: ServiceUrl
    disclosure_url: ServiceUrl
    inquiry_url: ServiceUrl
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    # Addresses (`mailto:`, `https:`, `tel:`) separated by spaces, the preferred one first.
    security_contact: Annotated[str, AfterValidator(_check_contacts)] = ""
    # The same for people who need help; shown on the contact page.
    support_contact: Annotated[str, AfterValidator(_check_contacts)] = ""
    trusted_hops: Annotated[int, Field(ge=0, le=3)] = 1

    @property
    def cookie_key(self) -> SecretStr:
        """The key that signs cookies. Raises SettingsError if the file cannot be read."""
        return read_secret(self.cookie_key_file)

    @property
    def redis_url(self) -> str:
        """The store of sessions, as redis-py spells it (kombu's `redis+socket` is its `unix`)."""
        return (self.sessions_url or self.broker_url).replace("redis+socket://", "unix://")

    @property
    def security_contacts(self) -> list[str]:
        """The addresses for security reports, the preferred one first; empty without any."""
        return self.security_contact.split()

    @property
    def support_contacts(self) -> list[str]:
        """The addresses where people get help, the preferred one first; empty without any."""
        return self.support_contact.split()

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    def list_service_urls(self) -> dict[str, str]:
        """Return the base URL of each service by its name."""
        return {name: getattr(self, f"{name}_url") for name in SERVICES}
