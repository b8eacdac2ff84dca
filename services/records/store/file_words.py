"""Lists by the names of their files: every typed word begins a word of the name.

On PostgreSQL a GIN index has the words (`ix_lists_file_words`); SQLite reads all lists.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from services.records.lists.file_names import list_searched_words
from services.records.models import ImportedList

# As in the index: a parameter in place of the separator would not match it.
_WORDS = sa.func.array_to_tsvector(sa.func.string_to_array(ImportedList.file_words, sa.literal_column("' '")))


def is_named(session: Session, typed: str) -> sa.ColumnElement[bool]:
    """Return the condition that a list's files have such a name; none has without a letter or digit."""
    ways = list_searched_words(typed)
    if not ways:
        return sa.false()
    if session.get_bind().dialect.name == "postgresql":
        # Words are letters and digits only, so quotes need no escape.
        query = " | ".join("(" + " & ".join(f"'{word}':*" for word in words) + ")" for words in ways)
        return _WORDS.bool_op("@@")(sa.cast(query, TSQUERY))
    spaced = " " + ImportedList.file_words
    return sa.or_(*(sa.and_(*(spaced.contains(f" {word}") for word in words)) for words in ways))
