"""Feeds after a restore: no number may be assigned that a consumer has already passed.

A backup holds all databases as of one moment, so it needs no repair. This is for a restore of one database
only, or of databases from different moments.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from services.kit.postgresql import parse_database_url


def repair_feeds(urls: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """Move each feed's counter to the furthest cursor of its readers, where that is further.

    Return the repaired services with the numbers before and after.
    """
    engines = {name: sa.create_engine(parse_database_url(url)) for name, url in urls.items()}
    try:
        furthest: dict[str, int] = {}
        for engine in engines.values():
            if sa.inspect(engine).has_table("feed_cursors"):
                with engine.connect() as connection:
                    for source, last in connection.execute(sa.text("SELECT source, last FROM feed_cursors")):
                        furthest[source] = max(last, furthest.get(source, 0))
        mended = {}
        for source, number in furthest.items():
            with engines[source].begin() as connection:
                counted = connection.scalar(sa.text("SELECT last FROM feed_counter WHERE id = 1"))
                if counted is None:
                    connection.execute(
                        sa.text("INSERT INTO feed_counter (id, last) VALUES (1, :number)"), {"number": number}
                    )
                elif counted < number:
                    connection.execute(
                        sa.text("UPDATE feed_counter SET last = :number WHERE id = 1"), {"number": number}
                    )
                if (counted or 0) < number:
                    mended[source] = (counted or 0, number)
        return mended
    finally:
        for engine in engines.values():
            engine.dispose()
