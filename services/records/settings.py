"""The settings of records, read once by `create_app` and the background loops."""

from pathlib import Path

from services.kit.storage import StorageSettings


class Settings(StorageSettings):
    """What every service has, where files are stored, and the keys that seal them."""

    storage_keys_file: Path
