"""The settings of records, read once by `create_app`: it needs nothing beyond what every service has."""

from services.kit.settings import CommonSettings


class Settings(CommonSettings):
    """What stands in README's table."""
