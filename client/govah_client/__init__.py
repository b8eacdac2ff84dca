"""A typed client of Govah's public API."""

from govah_client.client import Client
from govah_client.errors import ApiError, ServiceUnavailable
from govah_client.pages import iterate

__all__ = ["ApiError", "Client", "ServiceUnavailable", "iterate"]
