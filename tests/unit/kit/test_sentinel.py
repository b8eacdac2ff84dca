"""Addresses of Redis Sentinel: read once, whole for each sentinel, and refused at the start if wrong."""

from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from gateway.portal.settings import Settings as Portal
from gateway.portal.vault import Vault
from services.kit.queue import Nudges, new_celery
from services.kit.sentinel import Sentinels
from services.kit.settings import CommonSettings, SettingsError, load_settings
from services.pdfworker.settings import Settings as PdfWorker

THREE = "sentinel://:s%40cret@one:26379;sentinel://two;sentinel://[fd00::3]:26380/2?master=govah"


def test_password_and_database_stand_once_and_hold_for_every_sentinel() -> None:
    sentinels = Sentinels.from_url(THREE)
    assert sentinels.addresses == (("one", 26379), ("two", 26379), ("fd00::3", 26380))
    assert (sentinels.master, sentinels.database, sentinels.password) == ("govah", 2, "s@cret")
    parts = sentinels.build_broker_url().split(";")
    assert parts == [f"sentinel://:s%40cret@{one}/2" for one in ("one:26379", "two:26379", "[fd00::3]:26380")]
    assert "s@cret" not in repr(sentinels)


def test_defaults_are_those_of_redis() -> None:
    sentinels = Sentinels.from_url("sentinel://one")
    assert (sentinels.master, sentinels.database, sentinels.password) == ("mymaster", 0, None)
    assert sentinels.build_broker_url() == "sentinel://one:26379/0"


def test_kombu_signs_in_with_the_same_words_whichever_sentinel_it_tried_last() -> None:
    connection: Any = Nudges(THREE, ["auth"], lambda _: None).connection
    assert connection.transport_options["master_name"] == "govah"
    for _ in connection.alt:
        assert (connection.password, connection.virtual_host) == ("s@cret", "2")
        connection.switch(next(connection.cycle))


def test_tasks_go_to_the_server_that_the_sentinels_name() -> None:
    conf = new_celery("test", THREE).conf
    options = conf.broker_transport_options
    assert (conf.broker_url, conf.broker_use_ssl) == (Sentinels.from_url(THREE).build_broker_url(), False)
    assert (options["master_name"], options["socket_timeout"]) == ("govah", 10)
    # Sentinels that are away cost seconds, and are not signed in to.
    assert options["sentinel_kwargs"] == {"socket_timeout": 2, "socket_connect_timeout": 1}
    assert Connection(conf.broker_url).transport_cls == "sentinel"


def test_sentinels_may_take_the_servers_password_and_tls() -> None:
    url = f"{THREE}&sentinel_auth=same&ssl_cert_reqs=required"
    conf = new_celery("test", url).conf
    sentinel = conf.broker_transport_options["sentinel_kwargs"]
    assert conf.broker_use_ssl == {"ssl_cert_reqs": "required"}
    assert (sentinel["password"], sentinel["ssl"], sentinel["ssl_cert_reqs"]) == ("s@cret", True, "required")
    pool = Sentinels.from_url(url).open_client().connection_pool
    assert pool.connection_class.__name__ == "SentinelManagedSSLConnection"
    assert pool.connection_kwargs["ssl_cert_reqs"] == "required"
    assert pool.connection_kwargs["password"] == "s@cret"


def test_a_password_from_its_file_replaces_that_of_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("from-file\n", "ascii")
    monkeypatch.setenv("GOVAH_BROKER_PASSWORD_FILE", str(tmp_path / "password"))
    url = f"{THREE}&sentinel_auth=same"
    app: Any = new_celery("test", url)
    connection = app.connection_for_write()
    sentinel = app.conf.broker_transport_options["sentinel_kwargs"]
    client: Any = Vault(url, connection.credential_provider)._redis.connection_pool
    nodes = [node.connection_pool.connection_kwargs for node in client.sentinel_manager.sentinels]
    for options in (sentinel, client.connection_kwargs, *nodes):
        assert options["credential_provider"].get_credentials() == ("from-file",)
        assert not {"username", "password"} & {name for name, value in options.items() if value}


def test_sessions_are_found_by_sentinels_too() -> None:
    pool: Any = Vault(THREE)._redis.connection_pool
    assert (pool.service_name, pool.connection_kwargs["db"]) == ("govah", 2)
    assert [node.connection_pool.connection_kwargs["host"] for node in pool.sentinel_manager.sentinels] == [
        "one",
        "two",
        "fd00::3",
    ]


@pytest.mark.parametrize(
    "url",
    [
        "sentinel://",
        "sentinel://:p@",
        "sentinel://one;two",
        "sentinel://one;redis://two:6379",
        "sentinel://one;",
        "sentinel://one:port",
        "sentinel://one/words",
        "sentinel://one/0;sentinel://two/1",
        "sentinel://:a@one;sentinel://:b@two",
        "sentinel://one/0?master=",
        "sentinel://one/0?mastername=govah",
        "sentinel://one/0?ssl_cert_reqs=none",
        "sentinel://one/0?sentinel_auth=no",
    ],
)
@pytest.mark.parametrize("settings", [CommonSettings, Portal, PdfWorker])
def test_a_wrong_address_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, settings: type[CommonSettings], url: str
) -> None:
    secret = url.replace("sentinel://", "sentinel://:broker-password@", 1)
    monkeypatch.setenv("GOVAH_BROKER_URL", secret if "@" not in url else url)
    with pytest.raises(SettingsError, match="GOVAH_BROKER_URL: Value error, ") as refused:
        load_settings(settings)
    assert "broker-password" not in str(refused.value)
