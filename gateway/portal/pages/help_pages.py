"""Help for everyone: questions and answers, contact, privacy, accessibility. No sign-in is needed."""

from urllib.parse import urlsplit

import svcs
from flask import Blueprint, render_template

from gateway.portal.pages import message_kinds
from gateway.portal.settings import Settings

blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
def show_help() -> str:
    return render_template("help/help.html", groups=message_kinds.GROUPS)


@blueprint.get("/contact")
def show_contact() -> str:
    addresses = svcs.flask.get(Settings).support_contacts
    contacts = [(address, _format_contact(address)) for address in addresses]
    return render_template("help/contact.html", contacts=contacts)


@blueprint.get("/help/translation")
def show_translation() -> str:
    return render_template("help/translation.html")


@blueprint.get("/privacy")
def show_privacy() -> str:
    return render_template("help/privacy.html")


@blueprint.get("/accessibility")
def show_accessibility() -> str:
    return render_template("help/accessibility.html")


def _format_contact(address: str) -> str:
    """Return what people read and type: a number or an address without its scheme."""
    parts = urlsplit(address)
    return address if parts.scheme == "https" else parts.path
