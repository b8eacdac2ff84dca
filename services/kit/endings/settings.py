"""Where the journal of endings is: a setting of every service with a database."""

from services.kit.endings.journal import Journal, open_journal
from services.kit.storage.settings import StoreSettings


class EndingSettings(StoreSettings):
    """`endings_url` is a place outside of what is backed up; without one nothing is journaled."""

    endings_url: str = ""

    def open_endings(self) -> Journal | None:
        """Return the journal, or None without one. Raises SettingsError."""
        return open_journal(self.endings_url, self.s3)
