"""The settings of the inquiry service, from its environment. Read once, in `create_app`."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.kit.endings.settings import EndingSettings
from services.kit.retention import FeedSettings
from services.kit.storage import StorageSettings
from services.kit.urls import ServiceUrl


class Settings(StorageSettings, EndingSettings, FeedSettings):
    """The settings of every service, and inquiry's own."""

    disclosure_url: ServiceUrl
    records_url: ServiceUrl
    peppers_dir: Path
    letter_trust_file: Path | None = None
    # The public keys of credentials, a JSON Web Key Set.
    key_set_file: Path | None = None
    # Letters then say that they are of a trial, and a certificate for trials causes no warning.
    test_mode: bool = False
    # As at the head of letters.
    organisation: Annotated[str, Field(max_length=100)] = "سازمان بیمه‌های اجتماعی نمونه"
    argon2_at_once: Annotated[int, Field(ge=1, le=64)] = 4
    alarm_failures: Annotated[int, Field(ge=1)] = 1000
    institution_alarm_failures: Annotated[int, Field(ge=1)] = 20
    institution_alarm_share: Annotated[float, Field(ge=0, lt=1)] = 0.5
