"""Where the journal of endings is: a setting of every service with a database."""

from pathlib import Path

from services.kit.endings.journal import Journal, open_journal
from services.kit.storage.settings import StoreSettings, build_s3_config
from services.kit.urls import OptionalStoreUrl


class EndingSettings(StoreSettings):
    """`endings_url` is a place outside of what is backed up; without one nothing is journaled.

    A bucket may have credentials of its own, which may create and read objects only.
    """

    endings_url: OptionalStoreUrl = ""
    endings_credentials_file: Path | None = None

    def open_endings(self) -> Journal | None:
        """Return the journal, or None without one. Raises SettingsError."""
        credentials = self.endings_credentials_file or self.storage_credentials_file
        return open_journal(
            self.endings_url, build_s3_config(self.storage_endpoint, self.storage_region, credentials)
        )
