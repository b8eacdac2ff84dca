"""Settings of disclosure; `create_app` and the background loops read them once."""

from services.kit.settings import CommonSettings


class Settings(CommonSettings):
    """What every service has, where the other services answer, and where letters are kept."""

    records_url: str
    inquiry_url: str
    storage_url: str
