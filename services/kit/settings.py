"""Settings every service has, and how they are read: once, from the environment, at start-up.

Each service subclasses `CommonSettings` in its own `settings.py` and calls `load_settings` in `create_app`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kit.logging import LoggableError
from services.kit.urls import BrokerUrl, DatabaseUrl, PublicUrl, ServiceUrl

SettingsType = TypeVar("SettingsType", bound=BaseSettings)

# A file that `>` rewrites is empty for a moment. Times that it is read, and the seconds between them.
READS, BETWEEN_READS = 5, 0.02


class SettingsError(LoggableError):
    """A setting is missing or wrong; the message names it and never shows a value."""


def _require_host_and_port(address: str) -> str:
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal()):
        raise ValueError("must be host:port")
    return address


class ProcessSettings(BaseSettings):
    """Settings of any process beside those of its service: loops and workers read them.

    `PROMETHEUS_MULTIPROC_DIR` and `OTEL_*` are not among them: their libraries read these themselves.
    """

    model_config = SettingsConfigDict(env_prefix="GOVAH_", frozen=True, extra="ignore", env_ignore_empty=True)

    heartbeats: Path | None = None
    metrics_listen: Annotated[str, AfterValidator(_require_host_and_port)] | None = None


class BrokerSettings(BaseSettings):
    """The setting of every program that calls the broker; without it, the address may have a password."""

    model_config = SettingsConfigDict(env_prefix="GOVAH_", frozen=True, extra="ignore", env_ignore_empty=True)

    broker_password_file: Path | None = None


class CommonSettings(BaseSettings):
    """Read from variables that begin with ``GOVAH_``; frozen."""

    model_config = SettingsConfigDict(env_prefix="GOVAH_", frozen=True, extra="ignore")

    database_url: DatabaseUrl
    broker_url: BrokerUrl
    public_url: PublicUrl
    auth_url: ServiceUrl
    issuer: str = "govah"
    client_secret_file: Path
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    trusted_hops: Annotated[int, Field(ge=0, le=3)] = 1

    def read_client_secrets(self) -> list[SecretStr]:
        """Return the secrets with which this service asks auth for tokens, as `read_secrets` does."""
        return read_secrets(self.client_secret_file)


def read_secret(path: Path) -> SecretStr:
    """Return the text of a secret file without the white space around it.

    Raises SettingsError when the file cannot be read, is not text or is empty.
    """
    try:
        for _ in range(READS):
            if value := path.read_text(encoding="utf-8").strip():
                return SecretStr(value)
            time.sleep(BETWEEN_READS)
    except OSError as error:
        raise SettingsError(f"secret file {path.name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        # Its own message quotes the secret.
        raise SettingsError(f"secret file {path.name} is not text") from None
    raise SettingsError(f"secret file {path.name} is empty")


def read_secrets(path: Path) -> list[SecretStr]:
    """Return the secrets in a file, one a line: the current one, and former ones while it is rotated.

    Raises SettingsError as `read_secret` does.
    """
    lines = read_secret(path).get_secret_value().splitlines()
    return [SecretStr(line.strip()) for line in lines if line.strip()]


def iterate_secrets(read: Callable[[], Sequence[SecretStr]]) -> Iterator[SecretStr]:
    """Yield what `read` returns, for a caller that tries one secret after another.

    While a secret is rotated, file and server do not change in the same moment. When all were refused, the
    first is yielded again if there are several or others now: it may be valid meanwhile.
    """
    secrets = read()
    yield from secrets
    again = read()
    if len(again) > 1 or again != secrets:
        yield again[0]


def load_settings(settings: type[SettingsType]) -> SettingsType:
    """Return the settings from the environment.

    Raises SettingsError with the name of every variable that is missing or wrong.
    """
    try:
        return settings()
    except ValidationError as error:
        prefix = settings.model_config.get("env_prefix", "")
        wrong = "; ".join(
            f"{prefix}{'_'.join(map(str, item['loc'])).upper()}: {item['msg']}" for item in error.errors()
        )
        raise SettingsError(f"settings are missing or wrong: {wrong}") from None
