"""Prints what a credential proves, for people or as JSON. Called by `command`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from govah_verify.credential import (
    LARGEST_CREDENTIAL,
    Credential,
    CredentialFault,
    CredentialInvalid,
    verify_credential,
)
from govah_verify.key_set import CredentialKey, KeySetUnusable, load_key_set
from govah_verify.report import CANNOT_TELL, GENUINE, NOT_GENUINE
from govah_verify.texts import Text

_FAULTS: Mapping[CredentialFault, Text] = {
    CredentialFault.MALFORMED: Text(
        "این فایل گواهی دیجیتال نامه نیست یا ناقص است.",
        "The file is not a credential of a letter, or is incomplete.",
    ),
    CredentialFault.KEY_UNKNOWN: Text(
        "کلیدی که گواهی با آن امضا شده است در فایل کلیدها نیست. فایل تازه کلیدها را بگیرید و "
        "دوباره بررسی کنید.",
        "The key that signed the credential is not in the set. Get the current set of keys and check again.",
    ),
    CredentialFault.SIGNATURE_WRONG: Text(
        "گواهی پس از امضا تغییر کرده است.", "The credential was changed after it was signed."
    ),
    CredentialFault.KEY_RETIRED: Text(
        "گواهی در زمانی امضا شده است که این کلید به کار نمی‌رفت.",
        "The credential was signed at a time at which this key was not in use.",
    ),
    CredentialFault.KEY_OF_OTHERS: Text(
        "کلیدی که گواهی با آن امضا شده است گواهی امضا نمی‌کند.",
        "The key that signed the credential does not sign credentials.",
    ),
    CredentialFault.OTHER_ISSUER: Text(
        "گواهی از سامانه دیگری است.", "The credential was issued by another system."
    ),
    CredentialFault.OTHER_TYPE: Text(
        "گواهی از نوع دیگری است، نه صورت سوابق.", "The credential is of another type, not a statement."
    ),
    CredentialFault.NOT_YET_VALID: Text(
        "زمان صدور گواهی در آینده است؛ ساعت این رایانه را بررسی کنید.",
        "The credential was issued in the future; check this computer's clock.",
    ),
}
# Neither says that the credential is false.
_UNDECIDED = {CredentialFault.KEY_UNKNOWN, CredentialFault.NOT_YET_VALID}


def open_key_set(file: Path) -> Sequence[CredentialKey]:
    """Return the keys of a file. Raises click.ClickException if it cannot be used."""
    try:
        return load_key_set(file)
    except KeySetUnusable as error:
        raise click.ClickException(str(error)) from error


def report_credential(
    file: Path, keys: Sequence[CredentialKey], issuers: Sequence[str], *, as_json: bool
) -> int:
    """Return the exit status for a credential, and print what it proves.

    Raises click.ClickException if the file cannot be read.
    """
    try:
        with file.open("rb") as stream:
            text = stream.read(LARGEST_CREDENTIAL + 1).decode("ascii", "replace")
    except OSError as error:
        raise click.ClickException(f"فایل خوانده نمی‌شود / cannot read the file: {error.strerror}") from error
    try:
        credential = verify_credential(text, keys, issuers)
    except CredentialInvalid as error:
        return _print_fault(error.fault, as_json=as_json)
    _print_credential(credential, as_json=as_json)
    return GENUINE


def _print_fault(fault: CredentialFault, *, as_json: bool) -> int:
    reason, is_undecided = _FAULTS[fault], fault in _UNDECIDED
    if as_json:
        result = "cannot-tell" if is_undecided else fault.value
        document = {"genuine": False, "result": result, "fa": reason.fa, "en": reason.en}
        click.echo(json.dumps(document, ensure_ascii=False))
    elif is_undecided:
        click.echo(f"نمی‌توان گفت: {reason.fa}\nCannot tell: {reason.en}")
    else:
        click.echo(f"اصیل نیست: {reason.fa}\nNot genuine: {reason.en}")
    return CANNOT_TELL if is_undecided else NOT_GENUINE


def _print_credential(credential: Credential, *, as_json: bool) -> None:
    claims: Mapping[str, Any] = credential.claims
    if as_json:
        document = {"genuine": True, "result": "genuine", "hidden": credential.hidden, "claims": claims}
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    click.echo(
        f"اصیل است: گواهی نامه شماره {claims.get('serial')}؛ {credential.hidden} بخش نشان داده نشده است.\n"
        "گواهی نمی‌گوید چه کسی آن را آورده است: نام یا کد ملی را با مدرک شناسایی او مقایسه کنید.\n"
        f"Genuine; parts that are left out: {credential.hidden}. It does not prove who presents it:\n"
        "compare the name or the national code with that person's document."
    )
    for name in ("issued_at", "person", "summary", "tables", "disputed_months", "corrections"):
        value = f"{credential.issued_at:%Y-%m-%dT%H:%M:%SZ}" if name == "issued_at" else claims.get(name)
        if value not in (None, {}):
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            click.echo(f"  {name}: {text}")
