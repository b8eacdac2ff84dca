"""The machine-readable part of a letter: its statement, attached as JSON. Called by `finish`."""

from datetime import UTC, datetime

import pydyf

NAME = "statement.json"


def attach_statement(pdf: pydyf.PDF, statement: bytes, issued_at: datetime) -> None:
    """Attach the statement as the source of the letter (ISO 19005-3, 6.8)."""
    written = pydyf.String(f"D:{issued_at.astimezone(UTC):%Y%m%d%H%M%S}Z")
    content = pydyf.Stream(
        [statement],
        {
            "Type": "/EmbeddedFile",
            "Subtype": "/application#2fjson",
            "Params": pydyf.Dictionary({"Size": len(statement), "CreationDate": written, "ModDate": written}),
        },
        compress=True,
    )
    pdf.add_object(content)
    name = pydyf.String(NAME)
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
