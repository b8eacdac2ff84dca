"""What inspections of papers share: their bounds, the refusal, and checks of any file."""

import re

# An A4 page at 600 dpi has 35 million.
MAX_PIXELS = 40_000_000
# How far into a file readers look for the beginning of a PDF, and back from its end for a ZIP's directory.
PDF_HEADER_WITHIN, ZIP_END_WITHIN = 1024, 65_557
PADDING = b"\0\t\n\x0c\r \x1a"
MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe|\?php)\b", re.IGNORECASE)


class Refused(Exception):
    """The paper is refused; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_no_archive(data: bytes) -> None:
    """Raise Refused if the end of the file is that of a ZIP archive, which is read from its end."""
    if b"PK\x05\x06" in data[-ZIP_END_WITHIN:]:
        raise Refused("ambiguous")
