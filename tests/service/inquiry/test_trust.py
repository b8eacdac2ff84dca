"""The public keys of letters: published, and told of before the certificate that signs now ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
import svcs
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from services.inquiry.app import create_app
from services.inquiry.settings import Settings
from services.pdfworker.signing import authority
from tests.fakes.inquiry import CountingStretcher, FakeDisclosure
from tests.service.inquiry.desk import API
from tests.tokens import TestKeys
from tests.unit.pdfworker.provable import PASSWORD, keys_in

METRIC = "govah_certificate_expires_timestamp_seconds"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextmanager
def served(settings: Settings, trust: Path) -> Iterator[FlaskClient]:
    """The service with a file of public keys."""
    with_trust = settings.model_copy(update={"letter_trust_file": trust})
    app = create_app(with_trust, keys=TestKeys(), disclosure=FakeDisclosure(), stretcher=CountingStretcher())
    with app.app_context():
        engine = svcs.flask.get(sa.Engine)
    yield app.test_client()
    engine.dispose()


def trust_of(directory: Path, *days_left: int) -> Path:
    """A file of public keys whose signers' certificates have so many days left, the newest first."""
    keys = keys_in(directory / "keys")
    letter_key, trust = (keys / authority.LETTER_KEY).read_bytes(), directory / "trust.pem"
    parts = []
    for days in days_left:
        begins = datetime.now(UTC) - timedelta(days=100)
        signing = authority.new_signing_file(PASSWORD, begins=begins, lasts=timedelta(days=100 + days))
        parts.append(authority.public_part(signing, PASSWORD, letter_key))
    trust.write_bytes(b"".join(parts))
    return trust


@pytest.mark.parametrize(
    ("days_left", "warned"), [((40,), False), ((20,), True), ((-1,), True), ((40, 3, -50), False)]
)
def test_the_end_of_the_certificate_is_told_30_days_ahead(
    settings: Settings, tmp_path: Path, days_left: tuple[int, ...], warned: bool
) -> None:
    with served(settings, trust_of(tmp_path, *days_left)) as client:
        told = client.get("/readyz").get_json().get("warnings", [])
    assert [authority.SIGNER_NAME in warning for warning in told] == [True] * warned
    assert all("اعتبار گواهی رو به پایان است" in warning for warning in told)


def test_the_end_of_the_certificate_is_a_metric(settings: Settings, tmp_path: Path) -> None:
    with served(settings, trust_of(tmp_path, 20, 3)) as client:
        families = text_string_to_metric_families(client.get("/metrics").text)
        [sample] = [one for family in families if family.name == METRIC for one in family.samples]
    assert sample.labels == {"certificate": "signing"}
    left = sample.value - datetime.now(UTC).timestamp()
    assert abs(left - timedelta(days=20).total_seconds()) < 3600


def test_a_file_that_is_away_is_told_too(settings: Settings, tmp_path: Path) -> None:
    with served(settings, tmp_path / "nothing.pem") as client:
        [told] = client.get("/readyz").get_json()["warnings"]
    assert "file of public keys nothing.pem" in told


def test_the_public_keys_are_for_everybody_and_hold_no_secret(settings: Settings, tmp_path: Path) -> None:
    trust = trust_of(tmp_path, 40)
    with served(settings, trust) as client:
        published = client.get(f"{API}/letters/keys").get_json()
    assert published["pem"].count("BEGIN CERTIFICATE") == 1
    assert published["pem"].startswith("Public-URL: https://govah.example\nPurpose: letters\n-----BEGIN")
    assert "PRIVATE" not in published["pem"]
    [key] = published["keys"]
    assert (key["kty"], key["crv"], key["use"]) == ("OKP", "Ed25519", "sig")
    assert "d" not in key


def test_a_file_that_is_away_does_not_keep_letters_from_being_checked(
    settings: Settings, tmp_path: Path
) -> None:
    for trust in (tmp_path / "nothing.pem", trust_of(tmp_path, 40)):
        with served(settings, trust) as client:
            upload = {"file": (BytesIO(b"%PDF-1.7 of somebody"), "letter.pdf")}
            checked = client.post(f"{API}/letters/check", data=upload)
        assert (checked.status_code, checked.get_json()["result"]) == (200, "not-ours")
