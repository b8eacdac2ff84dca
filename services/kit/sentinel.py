"""A broker whose server is found by Redis Sentinel, written in one setting.

    sentinel://:password@one:26379;sentinel://two:26379;sentinel://three:26379/0?master=govah

User, password and number of the database stand once and hold for all. The query, at the end, may say:

- `master`: the name by which the sentinels know the server (`mymaster`, as in Redis' own example);
- `sentinel_auth=same`: the sentinels take the server's user and password;
- `ssl_cert_reqs=required`: TLS with verified certificates to sentinels and server.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

if TYPE_CHECKING:
    import redis
    from redis.credentials import CredentialProvider

SCHEME = "sentinel://"
DEFAULT_PORT = 26379
DEFAULT_MASTER = "mymaster"
# What the query may say; None stands for any text.
QUERY = {"master": None, "sentinel_auth": "same", "ssl_cert_reqs": "required"}
WRONG_QUERY = "after ? sentinel:// takes master=…, sentinel_auth=same, ssl_cert_reqs=required"


@dataclass(frozen=True)
class Sentinels:
    """The sentinels' addresses, the name of their server, and how to sign in to it."""

    addresses: tuple[tuple[str, int], ...]
    master: str = DEFAULT_MASTER
    database: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    is_authenticated: bool = False
    is_tls: bool = False

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Return what a URL says. Raises ValueError, which quotes nothing of it."""
        parts = [_split(part) for part in url.split(";")]
        query = _read_query(parts)
        users = {(part.username, part.password) for part in parts if part.password or part.username}
        paths = {part.path.strip("/") for part in parts} - {""}
        if len(users) > 1 or len(paths) > 1:
            raise ValueError("all sentinels must have one password and one database")
        [(username, password)] = users or {(None, None)}
        database = paths.pop() if paths else "0"
        if not (database.isascii() and database.isdecimal()):
            raise ValueError("the database of a sentinel:// address must be a number")
        return cls(
            tuple((part.hostname or "", part.port or DEFAULT_PORT) for part in parts),
            query.get("master", DEFAULT_MASTER),
            int(database),
            unquote(username) if username else None,
            unquote(password) if password else None,
            "sentinel_auth" in query,
            "ssl_cert_reqs" in query,
        )

    def build_broker_url(self) -> str:
        """Return the address for kombu.

        Each of its parts is whole: kombu signs in with what stands in the part that it tried last.
        """
        user = quote(self.username or "", "")
        sign_in = f"{user}:{quote(self.password, '')}@" if self.password else ""
        return ";".join(
            f"{SCHEME}{sign_in}{_format_host(host)}:{port}/{self.database}" for host, port in self.addresses
        )

    def build_transport_options(self, password: "CredentialProvider | None" = None) -> dict[str, Any]:
        """Return what kombu does not read from an address; `password` replaces that of the address."""
        return {"master_name": self.master, "sentinel_kwargs": self._build_sentinel_options(password)}

    def build_tls_options(self) -> dict[str, str]:
        """Return kombu's option `ssl`; empty without TLS."""
        return {"ssl_cert_reqs": "required"} if self.is_tls else {}

    def open_client(self, password: "CredentialProvider | None" = None, **options: Any) -> "redis.Redis":
        """Return a client of the server that the sentinels name at the time of each new connection.

        `password` replaces the user and password of the address.
        """
        tls = {"ssl": True, **self.build_tls_options()} if self.is_tls else {}
        # redis-py leaves them without types.
        from redis.sentinel import Sentinel  # noqa: PLC0415 -- imports OpenTelemetry where it is installed

        sentinel: Any = Sentinel
        manager = sentinel(self.addresses, sentinel_kwargs=self._build_sentinel_options(password))
        client: redis.Redis = manager.master_for(
            self.master, db=self.database, **self._build_sign_in(password), **tls, **options
        )
        return client

    def _build_sign_in(self, password: "CredentialProvider | None") -> dict[str, Any]:
        # redis-py takes only one of the two.
        if password:
            return {"credential_provider": password}
        return {"username": self.username, "password": self.password}

    def _build_sentinel_options(self, password: "CredentialProvider | None") -> dict[str, Any]:
        options: dict[str, Any] = {"socket_timeout": 2, "socket_connect_timeout": 1}
        if self.is_authenticated:
            options |= self._build_sign_in(password)
        if self.is_tls:
            options |= {"ssl": True, **self.build_tls_options()}
        return options


def is_sentinel_url(url: str) -> bool:
    return url.startswith(SCHEME)


def _split(part: str) -> SplitResult:
    try:
        split = urlsplit(part)
        has_address = bool(split.hostname) and split.port != 0
    except ValueError:
        has_address = False
    if not (has_address and part.startswith(SCHEME)):
        raise ValueError("write it as sentinel://one:26379;sentinel://two:26379;sentinel://three:26379/0")
    return split


def _read_query(parts: list[SplitResult]) -> dict[str, str]:
    words: dict[str, str] = {}
    for part in parts:
        for name, values in parse_qs(part.query, keep_blank_values=True).items():
            if name not in QUERY or QUERY[name] not in {None, *values} or not values[-1]:
                raise ValueError(WRONG_QUERY)
            words[name] = values[-1]
    return words


def _format_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
