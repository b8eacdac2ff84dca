"""Where a service stores its objects, and with which credentials: settings of services that have objects."""

from pathlib import Path

from services.kit.settings import CommonSettings, SettingsError, read_secret
from services.kit.storage.objects import S3Config
from services.kit.urls import OptionalHttpUrl, StoreUrl


class StoreSettings(CommonSettings):
    """How a service reaches an S3-compatible store; obstore's `AWS_*` variables may give the rest."""

    storage_endpoint: OptionalHttpUrl = ""
    storage_region: str = ""
    storage_credentials_file: Path | None = None

    @property
    def s3(self) -> S3Config:
        """The configuration of an S3-compatible store for obstore.

        Raises SettingsError when the file of credentials is not an id and a secret.
        """
        return build_s3_config(self.storage_endpoint, self.storage_region, self.storage_credentials_file)


class StorageSettings(StoreSettings):
    """One URL chooses where a service stores its objects."""

    storage_url: StoreUrl


def build_s3_config(endpoint: str, region: str, credentials_file: Path | None) -> S3Config:
    """Return the configuration of an S3-compatible store for obstore; empty values are left to obstore.

    Raises SettingsError when the file of credentials is not an id and a secret.
    """
    config = S3Config()
    if endpoint:
        config["endpoint"] = endpoint
    if region:
        config["region"] = region
    if credentials_file is not None:
        parts = read_secret(credentials_file).get_secret_value().split()
        if len(parts) != 2:
            name = credentials_file.name
            raise SettingsError(f"secret file {name} must hold an access key's id and its secret")
        config["access_key_id"], config["secret_access_key"] = parts
    return config
