"""Settings of the PDF worker; read once, when the process starts."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from services.kit.queue import Limits
from services.kit.settings import read_secrets
from services.kit.urls import BrokerUrl, OptionalHttpUrl, ProxyUrl, PublicUrl, ServiceUrl


class Settings(Limits):
    """Read from variables that begin with ``GOVAH_``; frozen. The worker has no database."""

    # compose.yaml passes an unset variable as "".
    model_config = SettingsConfigDict(env_ignore_empty=True)

    broker_url: BrokerUrl
    auth_url: ServiceUrl
    disclosure_url: ServiceUrl
    public_url: PublicUrl
    client_secret_file: Path
    signing_file: Path | None = None
    signing_password_file: Path | None = None
    # Instead of a file: a key in a security module.
    signing_pkcs11_module: Path | None = None
    signing_pkcs11_token: str = ""
    signing_pkcs11_key: str = ""
    signing_pkcs11_pin_file: Path | None = None
    signing_certificates_file: Path | None = None
    letter_key_file: Path
    timestamp_url: OptionalHttpUrl = ""
    egress_proxy: ProxyUrl = ""
    # Below the soft time limit of a task, which has to do more than this.
    timestamp_seconds: Annotated[float, Field(gt=0, le=20)] = 5
    log_level: str = "INFO"
    worker_processes: Annotated[int, Field(ge=1, le=64)] = 1
    organisation: Annotated[str, Field(max_length=100)] = "سازمان بیمه‌های اجتماعی نمونه"
    unit: Annotated[str, Field(max_length=100)] = "اداره کل امور بیمه‌شدگان"
    # On bilingual letters; without them a transliteration.
    organisation_en: Annotated[str, Field(max_length=100)] = ""
    unit_en: Annotated[str, Field(max_length=100)] = ""
    letter_note: Annotated[str, Field(max_length=400)] = ""
    emblem: Path | None = None
    test_mode: bool = False

    @model_validator(mode="after")
    def _require_one_signing_key(self) -> "Settings":
        in_file = [self.signing_file, self.signing_password_file]
        in_module = [
            self.signing_pkcs11_module,
            self.signing_pkcs11_token,
            self.signing_pkcs11_key,
            self.signing_pkcs11_pin_file,
            self.signing_certificates_file,
        ]
        if any(in_file) == any(in_module) or not (all(in_file) or all(in_module)):
            raise ValueError(
                "set GOVAH_SIGNING_FILE and GOVAH_SIGNING_PASSWORD_FILE, or else all of"
                " GOVAH_SIGNING_PKCS11_MODULE, _TOKEN, _KEY, _PIN_FILE and GOVAH_SIGNING_CERTIFICATES_FILE"
            )
        return self

    def read_client_secrets(self) -> list[SecretStr]:
        """Return the secrets with which the worker asks auth for tokens, as `read_secrets` does."""
        return read_secrets(self.client_secret_file)
