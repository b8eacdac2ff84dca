"""The settings of records, read once by `create_app`, the background loops and the importer."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.kit.answers import CLOSED_AFTER_DAYS
from services.kit.endings.settings import EndingSettings
from services.kit.queue import Limits
from services.kit.retention import FeedSettings, RetentionDays
from services.kit.storage import StorageSettings


class Settings(StorageSettings, EndingSettings, FeedSettings):
    """What every service has, where files are stored, and the keys that seal them."""

    storage_keys_file: Path
    # Days from the access, from the import, and from the end of the objection; 0 is for good.
    access_log_days: RetentionDays = 0
    received_files_days: RetentionDays = 0
    attachments_days: RetentionDays = 0
    # Days after a month's end for which lists of it are expected.
    closed_after_days: Annotated[int, Field(ge=0, le=3_650)] = CLOSED_AFTER_DAYS


class ImporterSettings(Settings, Limits):
    """Those of records, with the limits of a task and the number of processes that import lists."""

    importer_processes: Annotated[int, Field(ge=1, le=64)] = 1
