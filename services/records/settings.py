"""The settings of records, read once by `create_app`: those that every service has."""

from services.kit.settings import CommonSettings


class Settings(CommonSettings):
    """The settings in README's table."""
