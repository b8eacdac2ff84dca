"""Settings of disclosure; `create_app` and the background loops read them once."""

from pathlib import Path

from services.kit.endings.settings import EndingSettings
from services.kit.queue import Limits
from services.kit.retention import FeedSettings, RetentionDays
from services.kit.storage import StorageSettings
from services.kit.urls import ServiceUrl


class Settings(StorageSettings, EndingSettings, FeedSettings, Limits):
    """What every service has, how long a claim holds, where others answer, where and how letters are kept."""

    records_url: ServiceUrl
    inquiry_url: ServiceUrl
    storage_keys_file: Path
    # Ed25519, PEM; without it no credentials are issued.
    credential_key_file: Path | None = None
    # Days from the request; 0 is for good.
    letters_days: RetentionDays = 0
    failed_requests_days: RetentionDays = 0
    activity_days: RetentionDays = 0
