"""Settings that are addresses: a malformed one is a sentence at the start, which never quotes it."""

from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from gateway.portal.settings import Settings as Portal
from services.auth.settings import Settings as Auth
from services.disclosure.settings import Settings as Disclosure
from services.inquiry.settings import Settings as Inquiry
from services.kit.settings import SettingsError, load_settings
from services.pdfworker.settings import Settings as PdfWorker
from services.records.settings import Settings as Records

ALL = (Auth, Records, Disclosure, Inquiry, PdfWorker, Portal)
# As texts that templates fill; `gateways` checks them.
TEMPLATES = {"messages_url", "mobile_ownership_url"}
GOOD = {
    "DATABASE_URL": "postgresql://user:hunter2@db/auth",
    "BROKER_URL": "redis://:hunter2@broker:6379/0",
    "PUBLIC_URL": "https://govah.example",
    "STORAGE_URL": "s3://bucket/prefix",
    "ENDINGS_URL": "file:///endings",
    **{f"{name}_URL": f"http://{name.lower()}:8000" for name in ("AUTH", "RECORDS", "DISCLOSURE", "INQUIRY")},
    **{
        f"{name}_FILE": "secret"
        for name in ("CLIENT_SECRET", "PEPPER", "STORAGE_KEYS", "COOKIE_KEY", "LETTER_KEY")
    },
    "TOKEN_KEYS_DIR": "keys",
    "PEPPERS_DIR": "peppers",
    "MESSAGES": "file",
    "MESSAGES_FILE": "messages",
    "MOBILE_OWNERSHIP": "accept-all",
    "SIGNING_FILE": "signing",
    "SIGNING_PASSWORD_FILE": "pin",
}
# In no scheme an address.
MALFORMED = (
    "hunter2",
    "://hunter2",
    "http://[hunter2",
    "redis://h:hunter2",
    "postgresql://h:hunter2/x",
    "hunter2 x",
)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    for name, value in GOOD.items():
        monkeypatch.setenv(f"GOVAH_{name}", value)
    return monkeypatch


def list_addresses(settings: type[BaseSettings]) -> list[str]:
    fields = settings.model_fields
    return [
        name for name in fields if name.endswith(("_url", "_proxy", "_endpoint")) and name not in TEMPLATES
    ]


@pytest.mark.parametrize("settings", ALL, ids=lambda one: one.__module__)
def test_every_malformed_address_is_named_without_its_value(
    environment: pytest.MonkeyPatch, settings: type[BaseSettings]
) -> None:
    load_settings(settings)
    addresses = list_addresses(settings)
    assert len(addresses) >= 3
    for name in addresses:
        for value in MALFORMED:
            environment.setenv(f"GOVAH_{name.upper()}", value)
            with pytest.raises(SettingsError, match=f"GOVAH_{name.upper()}: .*write it as") as raised:
                load_settings(settings)
            assert "hunter2" not in str(raised.value), name
        environment.delenv(f"GOVAH_{name.upper()}")
        if name.upper() in GOOD:
            environment.setenv(f"GOVAH_{name.upper()}", GOOD[name.upper()])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://user:hunter2@db/auth"),
        ("DATABASE_URL", "postgresql+asyncpg://user:hunter2@db/auth"),
        ("DATABASE_URL", "postgresql://user:hunter2@db"),
        ("DATABASE_URL", "postgresql://user:hunter2@db/auth?sslmod=require"),
        ("DATABASE_URL", "postgresql://user:hunter2@one:5432,two:x/auth"),
        ("DATABASE_URL", "postgresql://user:hunter2@db/auth?answer_within=soon"),
        ("BROKER_URL", "redis:///0?password=hunter2"),
        ("BROKER_URL", "redis://:hunter2@broker/first"),
        ("BROKER_URL", "redis://:hunter2@broker:0/0"),
        ("BROKER_URL", "amqp://user:hunter2@broker"),
        ("BROKER_URL", "redis+socket://"),
        ("SESSIONS_URL", "memcached://hunter2"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://user:hunter2@govah.example"),
        ("PUBLIC_URL", "https://govah.example/?hunter2"),
        ("AUTH_URL", "auth:8000"),
        ("AUTH_URL", "http://auth:8000?key=hunter2"),
        ("EGRESS_PROXY", "http://"),
        ("STORAGE_URL", "s3://"),
        ("STORAGE_URL", "file://hunter2/objects"),
        ("STORAGE_URL", "file:objects"),
        ("STORAGE_ENDPOINT", "store:9000"),
        ("TIMESTAMP_URL", "tsa.example"),
    ],
)
def test_addresses_that_no_program_could_use_are_refused(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    settings = next(one for one in (Inquiry, Auth, Portal, PdfWorker) if name.lower() in one.model_fields)
    environment.setenv(f"GOVAH_{name}", value)
    with pytest.raises(SettingsError, match=f"GOVAH_{name}: ") as raised:
        load_settings(settings)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://auth@one:5432,two/auth?sslmode=verify-full&answer_within=5"),
        ("DATABASE_URL", "postgresql+psycopg://user:p%40ss%2Fword@db:5433/auth?sslrootcert=system"),
        ("DATABASE_URL", "postgresql:///auth?host=/run/postgresql"),
        ("DATABASE_URL", "sqlite:////var/lib/govah/auth.db"),
        ("BROKER_URL", "redis+socket:///run/govah/valkey.sock"),
        ("BROKER_URL", "rediss://user:p%40ss@broker:6380/1?ssl_cert_reqs=required"),
        ("BROKER_URL", "sentinel://:password@one:26379;sentinel://two:26379/0?master=govah"),
        ("SESSIONS_URL", ""),
        ("PUBLIC_URL", "http://127.0.0.1:8080"),
        ("PUBLIC_URL", "https://xn--mgbaal.example/"),
        ("AUTH_URL", "http://[fd00::1]:8000"),
        ("EGRESS_PROXY", "http://user:password@egress:3128"),
        ("EGRESS_PROXY", ""),
        ("STORAGE_URL", "file:///srv/با فاصله"),
        ("STORAGE_URL", "memory:///"),
        ("ENDINGS_URL", ""),
        ("STORAGE_ENDPOINT", "https://store.example:9000"),
        ("TIMESTAMP_URL", "http://tsa.example/tsr?policy=1"),
    ],
)
def test_addresses_of_every_kind_are_read(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    settings = next(one for one in (Inquiry, Auth, Portal, PdfWorker) if name.lower() in one.model_fields)
    environment.setenv(f"GOVAH_{name}", value)
    loaded = load_settings(settings)
    assert getattr(loaded, name.lower()) == value
    assert "password" not in repr(loaded).replace("password_file", "")
