"""Where a service keeps its objects, and with which credentials: settings of services that have some."""

from pathlib import Path

from services.kit.settings import CommonSettings, SettingsError, read_secret
from services.kit.storage.objects import S3Config


class StorageSettings(CommonSettings):
    """One URL chooses the store; the rest is for ``s3://`` and may come as obstore's `AWS_*` variables."""

    storage_url: str
    storage_endpoint: str = ""
    storage_region: str = ""
    storage_credentials_file: Path | None = None

    @property
    def s3(self) -> S3Config:
        """What obstore is to know of an S3-compatible store.

        Raises SettingsError when the file of credentials is not an id and a secret.
        """
        known = S3Config()
        if self.storage_endpoint:
            known["endpoint"] = self.storage_endpoint
        if self.storage_region:
            known["region"] = self.storage_region
        if self.storage_credentials_file is not None:
            words = read_secret(self.storage_credentials_file).get_secret_value().split()
            if len(words) != 2:
                name = self.storage_credentials_file.name
                raise SettingsError(f"secret file {name} must hold an access key's id and its secret")
            known["access_key_id"], known["secret_access_key"] = words
        return known
