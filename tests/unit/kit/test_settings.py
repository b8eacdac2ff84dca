"""Settings: read once, frozen, and silent about what they hold."""

import time
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings

from gateway.portal.settings import Settings as Portal
from services.kit.settings import CommonSettings, SettingsError, iterate_secrets, load_settings, read_secret
from services.pdfworker.settings import Settings as PdfWorker

GOOD = {
    "GOVAH_DATABASE_URL": "postgresql://user:database-password@db/auth",
    "GOVAH_BROKER_URL": "redis://:broker-password@broker/0",
    "GOVAH_PUBLIC_URL": "https://govah.example",
    "GOVAH_AUTH_URL": "http://auth:8000",
    "GOVAH_CLIENT_SECRET_FILE": "secret",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.usefixtures("environment")
def test_settings_are_read_and_frozen() -> None:
    settings = load_settings(CommonSettings)
    assert (settings.issuer, settings.log_level, settings.trusted_hops) == ("govah", "INFO", 1)
    with pytest.raises(ValidationError):
        settings.issuer = "other"


@pytest.mark.usefixtures("environment")
def test_settings_shown_hold_no_password() -> None:
    settings = load_settings(CommonSettings)
    assert "password" in settings.database_url
    assert "password" not in f"{settings!r} {settings}"


def test_every_missing_or_wrong_setting_is_named_without_its_value(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("GOVAH_AUTH_URL")
    environment.setenv("GOVAH_TRUSTED_HOPS", "hunter2")
    environment.setenv("GOVAH_LOG_LEVEL", "hunter2")
    with pytest.raises(SettingsError) as raised:
        load_settings(CommonSettings)
    words = str(raised.value)
    for name in ("GOVAH_AUTH_URL", "GOVAH_TRUSTED_HOPS", "GOVAH_LOG_LEVEL"):
        assert name in words
    assert "hunter2" not in words
    assert raised.value.__cause__ is None


@pytest.mark.usefixtures("environment")
def test_client_secrets_are_read_from_their_file_each_time() -> None:
    settings = load_settings(CommonSettings)
    Path("secret").write_text("  s3cret\n", "utf-8")
    assert [secret.get_secret_value() for secret in settings.read_client_secrets()] == ["s3cret"]
    Path("secret").write_text("new\ns3cret\n\n", "utf-8")
    assert [secret.get_secret_value() for secret in settings.read_client_secrets()] == ["new", "s3cret"]
    assert "s3cret" not in repr(settings.read_client_secrets())


def test_a_file_that_is_being_rewritten_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret"
    path.touch()
    monkeypatch.setattr(time, "sleep", lambda _: path.write_text("s3cret\n", "ascii"))
    assert read_secret(path).get_secret_value() == "s3cret"


@pytest.mark.parametrize(
    ("reads", "tried"),
    [
        (["old", "old"], ["old"]),
        (["new old", "new old"], ["new", "old", "new"]),
        (["old", "new old"], ["old", "new"]),
        (["new old", "new"], ["new", "old", "new"]),
    ],
)
def test_secrets_are_tried_again_only_while_they_are_rotated(reads: list[str], tried: list[str]) -> None:
    files = iter([[SecretStr(word) for word in read.split()] for read in reads])
    assert [secret.get_secret_value() for secret in iterate_secrets(lambda: next(files))] == tried


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfehunter2"])
def test_a_secret_file_that_holds_none_is_named_without_its_words(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "pepper"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match="pepper") as raised:
        read_secret(path)
    assert not isinstance(raised.value.__cause__, UnicodeDecodeError)
    assert str(tmp_path) not in str(raised.value)


@pytest.mark.parametrize("query", ["", "?ssl_cert_reqs=none", "?ssl_ca_certs=ca.pem"])
def test_an_encrypted_broker_must_be_asked_for_its_certificate(
    environment: pytest.MonkeyPatch, query: str
) -> None:
    environment.setenv("GOVAH_BROKER_URL", f"rediss://:broker-password@broker/0{query}")
    with pytest.raises(SettingsError, match=r"GOVAH_BROKER_URL.*ssl_cert_reqs=required") as refused:
        load_settings(CommonSettings)
    assert "broker-password" not in str(refused.value)
    environment.setenv("GOVAH_BROKER_URL", "rediss://broker/0?ssl_cert_reqs=required")
    assert load_settings(CommonSettings).broker_url == "rediss://broker/0?ssl_cert_reqs=required"


@pytest.mark.parametrize(
    "address",
    ["https://گواه.example", "https://office.example/\u200f", "office.example", "ftp://office.example"],
)
@pytest.mark.parametrize("settings", [CommonSettings, Portal, PdfWorker])
def test_a_public_address_that_stands_in_no_header_or_qr_code_is_refused_at_the_start(
    environment: pytest.MonkeyPatch, settings: type[BaseSettings], address: str
) -> None:
    environment.setenv("GOVAH_PUBLIC_URL", address)
    with pytest.raises(SettingsError, match=r"GOVAH_PUBLIC_URL: .*xn--") as raised:
        load_settings(settings)
    assert address not in str(raised.value)
