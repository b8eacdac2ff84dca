"""Persian first, English complete: msgids are the Persian texts, the catalogue is read as it stands."""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, request, session
from flask_babel import Babel, get_domain

ENGLISH = Path(__file__).parent / "translations" / "en" / "LC_MESSAGES" / "messages.po"
LANGUAGES = ("fa", "en")


def select_language() -> str:
    """Return the language of this request: the chosen one, else Persian."""
    chosen = session.get("language")
    return chosen if chosen in LANGUAGES else "fa"


def configure_languages(app: Flask) -> None:
    """Register the catalogues and the choice of a language with the app."""
    Babel(app, default_locale="fa", locale_selector=select_language)
    with app.app_context():
        translations = get_domain().cache
    translations["en", "messages"] = load_english()
    translations["fa", "messages"] = NullTranslations()

    @app.before_request
    def set_language() -> None:
        if request.args.get("lang") in LANGUAGES:
            session["language"] = request.args["lang"]


@cache
def load_english() -> Translations:
    """Return the English catalogue, from its source, which is read once."""
    with ENGLISH.open("rb") as source:
        catalogue = read_po(source, locale="en")
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
