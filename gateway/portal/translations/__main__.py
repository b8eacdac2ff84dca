"""Updates the English catalogue from the texts in code and templates: `make translations`.

New texts are added without a translation, which a test rejects; texts that no longer exist are removed.
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


def extract_texts() -> Catalog:
    """Return every text of code and templates that needs a translation."""
    catalogue = Catalog(locale="en", project="Govah", copyright_holder="Govah", fuzzy=False)
    for _file, _line, text, _comments, context in extract_from_dir(PORTAL, METHODS, keywords=KEYWORDS):
        catalogue.add(text, context=context)
    return catalogue


def read_catalogue() -> Catalog:
    """Return the current English catalogue."""
    with ENGLISH.open("rb") as source:
        return read_po(source, locale="en")


def main() -> None:
    """Write the catalogue again, with its translations."""
    old, new = read_catalogue(), extract_texts()
    for message in new:
        if message.id and (old_message := old.get(message.id)):
            message.string = old_message.string
    written = BytesIO()
    write_po(written, new, width=110, no_location=True, sort_output=True, omit_header=True)
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: en\\n"\n'
    plural = '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    ENGLISH.write_text(header + plural + written.getvalue().decode(), "utf-8")


if __name__ == "__main__":
    main()
