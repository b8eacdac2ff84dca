"""Makes WeasyPrint's pages a PDF/A-3a and PDF/UA-1 file, before it is written. Called by `render`.

WeasyPrint hands the whole document over as Python objects (`finisher=` of write_pdf), so that all of this
costs no second reading or writing. What it leaves undone for the two profiles together: metadata that names
both, headers that say what they head, margins that are either read or marked as no part of the text, and
ligatures that extract in the order they are read in.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import pydyf
from jinja2 import Template

CELLS_WITH_HEADERS = ("/TD", "/TH")
BFCHAR = re.compile(rb"<([0-9a-f]{4})> <([0-9a-f]{8,})>")
# Arabic Presentation Forms: one character for each way a letter or ligature is drawn.
PRESENTATION_FORMS = range(0xFE70, 0xFEFD)


@dataclass(frozen=True)
class Finish:
    """What is added to the pages of one letter."""

    title: str
    author: str
    issued_at: datetime
    statement: bytes
    metadata: Template

    def __call__(self, _document: object, pdf: pydyf.PDF) -> None:
        """Finish the pages; the signature WeasyPrint wants."""
        _mark_headers(pdf)
        _place_margins(pdf)
        _mend_ligatures(pdf)
        _attach(pdf, self)
        _describe(pdf, self)


def _mark_headers(pdf: pydyf.PDF) -> None:
    """Give every header cell its scope, which says in a word what WeasyPrint's lists of ids say at length."""
    for element in _elements(pdf):
        if element["S"] in CELLS_WITH_HEADERS:
            element["A"].pop("Headers", None)
            element.pop("ID", None)
        if element["S"] == "/TH":
            group = _object(pdf, _object(pdf, element["P"])["P"])
            element["A"]["Scope"] = "/Column" if group["S"] == "/THead" else "/Row"


def _place_margins(pdf: pydyf.PDF) -> None:
    """Read the foot of the first page after the rest of it, and make artifacts of the other margins.

    WeasyPrint tags what stands in margins, but leaves it out of the reading order.
    """
    root = _object(pdf, pdf.catalog["StructTreeRoot"])
    document = _object(pdf, root["K"][0])
    numbers = _object(pdf, root["ParentTree"])["Nums"]
    first_page = pdf.page_references[0]
    foot = [
        element.reference
        for element in _elements(pdf)
        if element["P"] == root["K"][0]
        and element["Pg"] == first_page
        and element.reference not in document["K"]
    ]
    of_first_page = [kid for kid in document["K"] if _object(pdf, kid)["Pg"] == first_page]
    document["K"][len(of_first_page) : len(of_first_page)] = foot
    read = set(_reachable(pdf, root))
    for page, owners in zip(pdf.page_references, numbers[1::2], strict=True):
        left_out = {place for place, owner in enumerate(owners) if owner not in read}
        for place in left_out:
            owners[place] = "null"
        stream = _object(pdf, _object(pdf, page)["Contents"]).stream
        for position, token in enumerate(stream):
            if isinstance(token, pydyf.Dictionary) and token.get("MCID") in left_out:
                stream[position - 1 : position + 1] = ["/Artifact", "<</Type /Pagination>>"]


def _mend_ligatures(pdf: pydyf.PDF) -> None:
    """Let a ligature extract as one character, such as «ﻼ», instead of letters that readers turn round."""
    for font in pdf.objects:
        if isinstance(font, dict) and "ToUnicode" in font:
            cmap = _object(pdf, font["ToUnicode"])
            cmap.stream[:] = [BFCHAR.sub(_one_character, line) for line in cmap.stream]


def _one_character(entry: re.Match[bytes]) -> bytes:
    letters = bytes.fromhex(entry[2].decode()).decode("utf-16-be")
    form = _presentation_forms().get(letters)
    return entry[0] if form is None else b"<%s> <%04x>" % (entry[1], form)


@cache
def _presentation_forms() -> dict[str, int]:
    forms = {unicodedata.normalize("NFKC", chr(form)): form for form in PRESENTATION_FORMS}
    return {letters: form for letters, form in forms.items() if len(letters) > 1 and letters.isalpha()}


def _attach(pdf: pydyf.PDF, finish: Finish) -> None:
    """Attach the statement as the source of the letter (ISO 19005-3, 6.8)."""
    written = pydyf.String(f"D:{finish.issued_at.astimezone(UTC):%Y%m%d%H%M%S}Z")
    content = pydyf.Stream(
        [finish.statement],
        {
            "Type": "/EmbeddedFile",
            "Subtype": "/application#2fjson",
            "Params": pydyf.Dictionary(
                {"Size": len(finish.statement), "CreationDate": written, "ModDate": written}
            ),
        },
        compress=True,
    )
    pdf.add_object(content)
    name = pydyf.String("statement.json")
    file = pydyf.Dictionary(
        {
            "Type": "/Filespec",
            "F": name,
            "UF": name,
            "Desc": pydyf.String("صورت سوابق"),
            "AFRelationship": "/Source",
            "EF": pydyf.Dictionary({"F": content.reference, "UF": content.reference}),
        }
    )
    pdf.add_object(file)
    pdf.catalog["Names"] = pydyf.Dictionary(
        {"EmbeddedFiles": pydyf.Dictionary({"Names": pydyf.Array([name, file.reference])})}
    )
    pdf.catalog["AF"] = pydyf.Array([file.reference])


def _describe(pdf: pydyf.PDF, finish: Finish) -> None:
    """Put metadata that names both profiles in place of WeasyPrint's; the information dictionary agrees."""
    created = finish.issued_at.astimezone(UTC)
    pdf.info.update(
        Title=pydyf.String(finish.title),
        Author=pydyf.String(finish.author),
        CreationDate=pydyf.String(f"D:{created:%Y%m%d%H%M%S}Z"),
    )
    metadata = _object(pdf, pdf.catalog["Metadata"])
    packet = finish.metadata.render(
        title=finish.title,
        author=finish.author,
        created=f"{created:%Y-%m-%dT%H:%M:%S}Z",
        producer=pdf.info["Producer"].string,
    )
    # Readable without any PDF software.
    metadata.stream, metadata.compress = [packet.encode()], False


def _elements(pdf: pydyf.PDF) -> Iterator[pydyf.Dictionary]:
    return (o for o in pdf.objects if isinstance(o, dict) and o.get("Type") == "/StructElem")


def _reachable(pdf: pydyf.PDF, element: pydyf.Dictionary) -> Iterator[bytes]:
    """Yield the references of the structure below an element."""
    for kid in element["K"]:
        if isinstance(kid, bytes):
            yield kid
            yield from _reachable(pdf, _object(pdf, kid))


def _object(pdf: pydyf.PDF, reference: bytes) -> pydyf.Object:
    return pdf.objects[int(reference.split()[0])]
