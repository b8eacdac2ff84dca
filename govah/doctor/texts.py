"""The texts of a list: names that were stored wrongly, and the encoding that they are all written in."""

from collections.abc import Iterator

from govah.doctor.changes import Change, Repair
from govah.doctor.tables import EditableTable
from services.records.lists.dbf import read_table
from services.records.lists.encodings import Encoding, get_decoder, get_encoder
from services.records.lists.fields import Field, Kind
from services.records.lists.findings import ListFile
from services.records.lists.name_fits import Effort, read_name
from services.records.lists.texts import NAMES, FileEncodings, choose_encodings


def read_encodings(
    table: EditableTable, fields: tuple[Field, ...], other: FileEncodings | None
) -> FileEncodings:
    """Return the encodings in which a table's texts are written; the list's other file decides a near tie."""
    return choose_encodings(read_table(table.to_bytes()), fields, other)


def rewrite_texts(
    table: EditableTable,
    fields: tuple[Field, ...],
    file: ListFile,
    encodings: FileEncodings,
    target: Encoding | None,
) -> Iterator[Change]:
    """Write names as they should read, and all texts in one encoding, and yield each changed cell.

    The encoding is `target`, or that of most of the file's texts. A text that it cannot hold, or that does
    not fit into its column, stays.
    """
    encoding = target or encodings.of_file
    encode, read_encoded = get_encoder(encoding), get_decoder(encoding)
    for field in fields:
        if field.kind is not Kind.TEXT or field.name not in table.places:
            continue
        written = encodings.get(field.name)
        decode = get_decoder(written)
        is_other = written is not encoding
        for number, record in table.list_live():
            cell = table.read_cell(record, field.name)
            old = decode(cell)
            new = _read_better(cell, written, old) if field.attribute in NAMES else old
            if new == old and not is_other:
                continue
            try:
                encoded = encode(new)
            except UnicodeEncodeError:
                continue
            if encoded != cell and table.has_room(field.name, encoded):
                table.write_cell(record, field.name, encoded)
                repair = Repair.ENCODING if new == old else Repair.NAME
                # As it reads now: Iran System has fewer letters than the others.
                yield Change(file, repair, number, field.name, old, read_encoded(encoded))


def _read_better(cell: bytes, encoding: Encoding, text: str) -> str:
    return read_name(cell, encoding, text, Effort.CONVERSIONS).better or text
