"""How PostgreSQL finds the rows of a statement that the code sends. Used by tests of what is asked often."""

import re
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa


def explain_query(engine: sa.Engine, pattern: str, ask: Callable[[], object]) -> str:
    """Return the plan of the one statement that `ask` sends by the engine and whose beginning matches."""
    sent: list[tuple[str, Any]] = []

    def record_sent(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if re.match(pattern, statement, re.DOTALL):
            sent.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", record_sent)
    try:
        ask()
    finally:
        sa.event.remove(engine, "before_cursor_execute", record_sent)
    [(statement, parameters)] = sent
    with engine.connect() as connection:
        return "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())
