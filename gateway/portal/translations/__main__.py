"""Brings the English catalogue up to date with the texts in code and templates: `make translations`.

New texts arrive without a translation, which a test refuses; texts that are gone go from the catalogue too.
"""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from gateway.portal.languages import ENGLISH

PORTAL = Path(__file__).resolve().parents[1]
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def texts() -> Catalog:
    """Every text that code and templates hand to be translated."""
    catalogue = Catalog(locale="en", project="Govah", copyright_holder="Govah", fuzzy=False)
    for _file, _line, text, _comments, context in extract_from_dir(PORTAL, METHODS, keywords=KEYWORDS):
        catalogue.add(text, context=context)
    return catalogue


def kept() -> Catalog:
    """The English catalogue as it stands."""
    with ENGLISH.open("rb") as source:
        return read_po(source, locale="en")


def main() -> None:
    """Write the catalogue anew, with the translations that it has."""
    old, new = kept(), texts()
    for message in new:
        if message.id and (known := old.get(message.id)):
            message.string = known.string
    written = BytesIO()
    write_po(written, new, width=110, no_location=True, sort_output=True, omit_header=True)
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: en\\n"\n'
    plural = '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    ENGLISH.write_text(header + plural + written.getvalue().decode(), "utf-8")


if __name__ == "__main__":
    main()
