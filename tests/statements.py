"""SQL that is compiled once for all engines of a test run: each test has an engine of its own."""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from tests.crossing_named import WATCH


class SharedStatements:
    """A cache of compiled statements, by what SQLAlchemy gives as the key but for the dialect's object.

    Dialects of one name are alike here: one driver, one server, the options of `services.kit.db`.
    """

    def __init__(self) -> None:
        self._compiled: dict[Any, Any] = {}

    def get(self, key: tuple[Any, ...]) -> Any:
        """Return the compiled statement, or None."""
        compiled = self._compiled.get(key[1:])
        if compiled is not None:
            WATCH.add_sent(compiled)
        return compiled

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        self._compiled[key[1:]] = compiled
        WATCH.add_compiled(compiled)


def share_statements() -> None:
    """Let every engine of this process use one cache for each kind of database."""
    caches: defaultdict[str, SharedStatements] = defaultdict(SharedStatements)

    def use_shared(connection: sa.Connection) -> None:
        connection.execution_options(compiled_cache=caches[connection.dialect.name])

    sa.event.listen(sa.Engine, "engine_connect", use_shared)
