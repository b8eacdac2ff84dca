"""What the rows of lists say of one month besides days and wage: for the person and for officers."""

import re
from collections.abc import Iterable, Sequence

from werkzeug.exceptions import NotFound

from govah_client.own_records import Contribution

MONTH = re.compile("[0-9]{4}-(0[1-9]|1[0-2])")


def select_month(rows: Iterable[Contribution], month: str) -> Sequence[Contribution]:
    """Return the rows of a month such as 1403-07. Raises NotFound if the month has no rows."""
    chosen = [row for row in rows if row["month_jalali"] == month]
    if not chosen:
        raise NotFound
    return chosen
