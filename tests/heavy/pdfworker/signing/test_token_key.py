"""Letters signed by a key in a security module: SoftHSM, with a PKCS#11 library like any module."""

import os
import subprocess
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from pydantic import SecretStr

from services.kit.settings import SettingsError, load_settings
from services.pdfworker.settings import Settings
from services.pdfworker.signing import authority
from services.pdfworker.signing.credentials import load_letter_key
from services.pdfworker.signing.errors import SigningUnavailable, SigningUnusable
from services.pdfworker.signing.prove import Prover
from services.pdfworker.signing.sign import Signer
from services.pdfworker.signing.token_key import TokenKey, TokenLocation, load_token_credentials
from tests.unit.pdfworker.provable import URL, create_keys, create_signed_letter, run_pdfsig

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
TOKEN, KEY, PIN = "govah", "letters", "482913"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def location(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> TokenLocation:
    """Return the location of the test authority's key in SoftHSM, which holds another key too."""
    directory = tmp_path_factory.mktemp("softhsm")
    (directory / "tokens").mkdir()
    configuration = directory / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {directory / 'tokens'}\nlog.level = ERROR\n")
    # The library in this process reads only this variable.
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    call_softhsm("--init-token", "--free", "--label", TOKEN, "--so-pin", "73190264", "--pin", PIN)
    password = (keys / authority.PASSWORD).read_bytes().strip()
    key, certificate, others = pkcs12.load_key_and_certificates(
        (keys / authority.SIGNING).read_bytes(), password
    )
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert certificate is not None
    import_key(directory, key, KEY, "01")
    import_key(directory, ec.generate_private_key(ec.SECP256R1()), "another", "02")
    pem = b"".join(item.public_bytes(Encoding.PEM) for item in (certificate, *others))
    (keys / "certificates.pem").write_bytes(pem)
    return TokenLocation(MODULE, TOKEN, KEY, SecretStr(PIN))


def import_key(directory: Path, key: ec.EllipticCurvePrivateKey, label: str, number: str) -> None:
    file = directory / f"{label}.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    call_softhsm("--import", str(file), "--token", TOKEN, "--label", label, "--id", number, "--pin", PIN)


def call_softhsm(*arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)


def load_prover(location: TokenLocation, keys: Path) -> Prover:
    credentials = load_token_credentials(location, keys / "certificates.pem")
    signer = Signer(credentials, "سازمان نمونه", "صدور نامه")
    return Prover(signer, load_letter_key(keys / authority.LETTER_KEY), URL)


def test_a_letter_signed_in_the_module_is_valid(location: TokenLocation, keys: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter.pdf"
    assert run_processes(write_letter, load_prover(location, keys), letter) == [0]
    report = run_pdfsig(letter)
    assert "Signature is Valid" in report
    assert "Total document signed" in report
    assert authority.SIGNER_NAME in report


def test_each_process_of_a_worker_opens_its_own_session(
    location: TokenLocation, keys: Path, tmp_path: Path
) -> None:
    prover = load_prover(location, keys)
    assert run_processes(write_letter, prover, tmp_path / "0.pdf", tmp_path / "1.pdf") == [0, 0]
    assert all("Signature is Valid" in run_pdfsig(tmp_path / f"{number}.pdf") for number in range(2))


def run_processes(work: Callable[[Prover, Path], None], prover: Prover, *paths: Path) -> list[int | None]:
    """Return the exit codes of processes that run a function; only they open the library, as in a worker."""
    processes = [get_context("fork").Process(target=work, args=(prover, path)) for path in paths]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    return [process.exitcode for process in processes]


def write_letter(prover: Prover, path: Path) -> None:
    path.write_bytes(create_signed_letter(prover))


def write_letter_after_a_failure(prover: Prover, path: Path) -> None:
    key = prover.signer.credentials.key
    assert isinstance(key, TokenKey)
    write_letter(prover, path)
    assert key._signer is not None
    key._signer.pkcs11_session.close()
    with pytest.raises(SigningUnavailable):
        create_signed_letter(prover)
    write_letter(prover, path)


def test_a_broken_session_is_opened_again(location: TokenLocation, keys: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter.pdf"
    assert run_processes(write_letter_after_a_failure, load_prover(location, keys), letter) == [0]
    assert "Signature is Valid" in run_pdfsig(letter)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pin": SecretStr("000000")},
        {"token": "no such token"},
        {"key": "no such key"},
        {"key": "another"},
        {"module": Path("/nonexistent/module.so")},
    ],
    ids=["pin", "token", "key", "another key", "module"],
)
def test_a_module_that_cannot_sign_is_rejected_at_the_start(
    location: TokenLocation, keys: Path, wrong: dict[str, object]
) -> None:
    fields = {
        "module": location.module,
        "token": location.token,
        "key": location.key,
        "pin": location.pin,
        **wrong,
    }
    with pytest.raises(SigningUnusable) as caught:
        load_token_credentials(TokenLocation(**fields), keys / "certificates.pem")  # type: ignore[arg-type]
    assert "ماژول امنیتی" in str(caught.value)
    assert "security module" in str(caught.value)
    assert PIN not in str(caught.value)
    assert "000000" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_file_without_certificates_is_rejected(
    location: TokenLocation, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "certificates.pem").write_bytes(content)
    with pytest.raises(SigningUnusable, match="certificates"):
        load_token_credentials(location, tmp_path / "certificates.pem")


def load_signing_settings(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    addresses = ("AUTH_URL", "DISCLOSURE_URL", "PUBLIC_URL")
    for name in ("BROKER_URL", *addresses, "CLIENT_SECRET_FILE", "LETTER_KEY_FILE"):
        monkeypatch.setenv(f"GOVAH_{name}", URL if name in addresses else "redis://127.0.0.1:1")
    for name, value in variables.items():
        monkeypatch.setenv(f"GOVAH_SIGNING_{name}", value)
    return load_settings(Settings)


IN_FILE = {"FILE": "signing.p12", "PASSWORD_FILE": "signing.password"}
IN_MODULE = {
    "PKCS11_MODULE": str(MODULE),
    "PKCS11_TOKEN": TOKEN,
    "PKCS11_KEY": KEY,
    "PKCS11_PIN_FILE": "pin",
    "CERTIFICATES_FILE": "certificates.pem",
}


@pytest.mark.parametrize("variables", [IN_FILE, IN_MODULE], ids=["file", "module"])
def test_the_key_is_in_a_file_or_in_a_module(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    assert load_signing_settings(monkeypatch, **variables)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"FILE": "signing.p12"},
        {**IN_FILE, **IN_MODULE},
        {**IN_FILE, "PKCS11_TOKEN": TOKEN},
        {name: value for name, value in IN_MODULE.items() if name != "PKCS11_PIN_FILE"},
    ],
    ids=["neither", "half a file", "both", "a file and half a module", "half a module"],
)
def test_any_other_combination_is_rejected(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    with pytest.raises(SettingsError, match="GOVAH_SIGNING_PKCS11_MODULE"):
        load_signing_settings(monkeypatch, **variables)
