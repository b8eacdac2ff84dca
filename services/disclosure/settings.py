"""Settings of disclosure; `create_app` and the background loops read them once."""

from services.kit.queue import Limits
from services.kit.settings import CommonSettings


class Settings(CommonSettings, Limits):
    """What every service has, how long a claim holds, where others answer, and where letters are kept."""

    records_url: str
    inquiry_url: str
    storage_url: str
