"""Where a service stores its objects, and with which credentials: settings of services that have objects."""

from pathlib import Path

from services.kit.settings import CommonSettings, SettingsError, read_secret
from services.kit.storage.objects import S3Config


class StoreSettings(CommonSettings):
    """How a service reaches an S3-compatible store; obstore's `AWS_*` variables may give the rest."""

    storage_endpoint: str = ""
    storage_region: str = ""
    storage_credentials_file: Path | None = None

    @property
    def s3(self) -> S3Config:
        """The configuration of an S3-compatible store for obstore.

        Raises SettingsError when the file of credentials is not an id and a secret.
        """
        config = S3Config()
        if self.storage_endpoint:
            config["endpoint"] = self.storage_endpoint
        if self.storage_region:
            config["region"] = self.storage_region
        if self.storage_credentials_file is not None:
            parts = read_secret(self.storage_credentials_file).get_secret_value().split()
            if len(parts) != 2:
                name = self.storage_credentials_file.name
                raise SettingsError(f"secret file {name} must hold an access key's id and its secret")
            config["access_key_id"], config["secret_access_key"] = parts
        return config


class StorageSettings(StoreSettings):
    """One URL chooses where a service stores its objects."""

    storage_url: str
