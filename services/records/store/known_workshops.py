"""What a transaction knows of the workshops of its lists: read, and written, for many lists together."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.kit.jalali import JalaliMonth
from services.kit.text import fold_name
from services.records.lists.canonical import canonicalise_workshop_code, list_workshop_code_spellings
from services.records.models import Workshop
from services.records.store.upserts import Insert, insert_rows


class StatedWorkshop(NamedTuple):
    """A workshop as a list of a month names it."""

    code: str
    name: str
    address: str
    month: JalaliMonth


class _Naming(NamedTuple):
    """A workshop's position, 0 if it is new, the latest month that named it, and how."""

    position: int
    named_in: JalaliMonth
    name: str
    address: str
    folded_name: str | None


_NAMES = _Naming._fields[1:]


class KnownWorkshops:
    """Workshops by canonical code as a transaction sees them, read before for all lists of a batch."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._by_code: dict[str, _Naming] = {}

    def read(self, codes: Collection[str]) -> None:
        """Read the workshops of these canonical codes in one query; of several spellings, the one in use."""
        columns = [getattr(Workshop, name) for name in _Naming._fields]
        rows = self._session.execute(
            sa.select(Workshop.code, *columns)
            .where(Workshop.code.in_({one for code in codes for one in list_workshop_code_spellings(code)}))
            .order_by(Workshop.canonical_code.is_(None), Workshop.position)
        )
        for code, *naming in rows:
            self._by_code.setdefault(canonicalise_workshop_code(code), _Naming(*naming))

    def save(self, workshops: Sequence[StatedWorkshop]) -> Sequence[int]:
        """Return the positions of these workshops, in this order.

        Add those that are new, and rename those of which one of these months is the latest.
        """
        before = dict(self._by_code)
        for stated in workshops:
            former = self._by_code.get(stated.code)
            if former is None or former.named_in <= stated.month:
                self._by_code[stated.code] = _Naming(
                    former.position if former else 0,
                    stated.month,
                    stated.name,
                    stated.address,
                    fold_name(stated.name),
                )
        changed = {
            stated.code: naming
            for stated in workshops
            if (naming := self._by_code[stated.code]) != before.get(stated.code)
        }
        self._rename([naming for naming in changed.values() if naming.position])
        self._add({code: naming for code, naming in changed.items() if not naming.position})
        return [self._by_code[stated.code].position for stated in workshops]

    def _rename(self, namings: Sequence[_Naming]) -> None:
        """Rename workshops, unless a later month has named them meanwhile; in order, as locks require."""
        if not namings:
            return
        values: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in _NAMES}
        self._session.connection().execute(
            sa.update(Workshop)
            .where(Workshop.position == sa.bindparam("at"), Workshop.named_in <= values["named_in"])
            .values(values),
            [
                {"at": naming.position} | {f"new_{name}": getattr(naming, name) for name in _NAMES}
                for naming in sorted(namings)
            ],
        )

    def _add(self, namings: Mapping[str, _Naming]) -> None:
        """Add workshops, or rename those that another transaction has added meanwhile; in order of code."""
        if not namings:
            return
        insert_rows(
            self._session,
            Workshop,
            [
                {"code": code, "canonical_code": code, **{name: getattr(naming, name) for name in _NAMES}}
                for code, naming in sorted(namings.items())
            ],
            _keep_latest_name,
        )
        for code in namings:
            del self._by_code[code]
        self.read(namings)


def _keep_latest_name(insert: Insert) -> Insert:
    renamed = {name: insert.excluded[name] for name in _NAMES}
    return insert.on_conflict_do_update(
        index_elements=[Workshop.code], set_=renamed, where=Workshop.named_in <= insert.excluded.named_in
    )
