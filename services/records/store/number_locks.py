"""Locks of insurance numbers: of all transactions that give somebody one, only one at a time sees who has it.

A row of the table cannot be locked for a number that nobody has yet, and two people with a national code may
have had one number before. SQLite has one writer at a time and needs no locks.
"""

import zlib
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.records.lists.canonical import canonicalise_insurance_number

# Numbers share this many locks, so that a list of 100,000 new people takes no more.
BUCKETS = 256
# The first half of the keys of these locks; the attempts' locks have keys of one part.
NUMBERS = 0x676E


def lock_numbers(session: Session, numbers: Collection[str]) -> None:
    """Wait for other transactions that give people these numbers; later ones wait for this one.

    Take the locks after those of lists and held rows, and before those of people: so no two transactions
    wait for each other.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    keys = {zlib.crc32(canonicalise_insurance_number(number).encode()) % BUCKETS for number in numbers}
    # One statement, which takes them in this order.
    each = sa.func.json_array_elements_text(sa.literal(sorted(keys), sa.JSON())).column_valued("key")
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(NUMBERS, sa.cast(each, sa.Integer()))))
