"""The password of the broker, read from its file for each connection, so that it can change."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from redis.credentials import CredentialProvider
from redis.exceptions import AuthenticationError

from services.kit.settings import BrokerSettings, SettingsError, load_settings, read_secrets


class PasswordFile(CredentialProvider):
    """The user and password of each connection to Redis: the first line of a file is the password.

    Other lines are former passwords, which the broker accepts as well while its password is rotated.
    """

    def __init__(self, file: Path, user: str = "") -> None:
        self._file = file
        self._user = user

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """Return the password, after the user if there is one. Raises AuthenticationError."""
        try:
            password = read_secrets(self._file)[0].get_secret_value()
        except SettingsError as error:
            # A failure after which programs connect again.
            raise AuthenticationError(str(error)) from error
        return (self._user, password) if self._user else (password,)


def find_broker_password(broker_url: str) -> PasswordFile | None:
    """Return the password of the user in a broker's address, or None if no file has it."""
    file = load_settings(BrokerSettings).broker_password_file
    return PasswordFile(file, unquote(urlsplit(broker_url).username or "")) if file else None
