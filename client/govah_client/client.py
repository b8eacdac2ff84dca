"""The client: one object for a gateway, with the operations of each service.

with Client.connect("https://govah.example") as client:
    citizen = client.sign_in(national_code="0084575948", password="correct horse battery")
    print(citizen.records.get_me()["totals"]["total_days"])
"""

from dataclasses import replace
from types import TracebackType
from typing import Self

import httpx

from govah_client.account import Account
from govah_client.auth import Auth
from govah_client.disclosure import Disclosure
from govah_client.imports import Imports
from govah_client.inquiry import Inquiry
from govah_client.records import Records
from govah_client.transport import Transport

TIMEOUT = httpx.Timeout(120, connect=5)
RETRIES = 2


class Client:
    """The public API over one transport, as no account or as one."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.auth = Auth(transport)
        self.account = Account(transport)
        self.records = Records(transport)
        self.imports = Imports(transport)
        self.disclosure = Disclosure(transport)
        self.inquiry = Inquiry(transport)

    @classmethod
    def connect(cls, base_url: str, *, language: str = "fa", retries: int = RETRIES) -> Self:
        """Return a client of the gateway at a base URL. `language` is that of messages: fa or en."""
        http = httpx.Client(base_url=base_url, timeout=TIMEOUT, headers={"Accept-Language": language})
        return cls(Transport(http, retries=retries))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, also those of the clients that `sign_in` has returned."""
        self.transport.http.close()

    def sign_in(self, **credentials: str | None) -> "Client":
        """Return a client with a new session of a person; the arguments are those of `create_session`."""
        return self.use_token(self.auth.create_session(**credentials)["access_token"])

    def sign_in_program(self, client_id: str, client_secret: str, scope: str | None = None) -> "Client":
        """Return a client with an access token of an institution's program (client credentials)."""
        return self.use_token(self.auth.grant_token(client_id, client_secret, scope)["access_token"])

    def use_timeout(self, timeout: httpx.Timeout) -> "Client":
        """Return a client over the same connections that waits for each answer as long as this says."""
        return Client(replace(self.transport, timeout=timeout))

    def use_token(self, token: str) -> "Client":
        """Return a client over the same connections with an access token."""
        return Client(replace(self.transport, token=token))
