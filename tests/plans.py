"""How PostgreSQL finds the rows of a statement that the code sends. Used by tests of what is asked often."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa


def plan_of(engine: sa.Engine, part: str, ask: Callable[[], object]) -> str:
    """The plan of the one SELECT with this part in it that `ask` sends by the engine."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if part in statement and statement.startswith("SELECT"):
            sent.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    [(statement, parameters)] = sent
    with engine.connect() as connection:
        return "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())
