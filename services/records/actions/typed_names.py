"""Names that somebody has typed, or that a decision would store: weighed as imports weigh those of lists."""

from services.kit.problems import Text
from services.records.lists.name_fits import Fit, judge_typed_name

NAME_IMPLAUSIBLE = Text(
    "این نام درست نوشته نشده است. آن را با حروف، همان‌گونه که در شناسنامه است، بنویسید.",
    "This does not look like a name. Enter it in letters, as the identity card has it.",
)


def find_name_fault(text: str) -> Text | None:
    """Return what is wrong with a name that has signs or letters of no name, or None."""
    reading = judge_typed_name(text)
    if reading.fit is Fit.GOOD:
        return None
    if not reading.better:
        return NAME_IMPLAUSIBLE
    return Text(
        f"این نام درست نوشته نشده است. اگر «{reading.better}» است، آن را همین‌گونه بنویسید.",
        f"This name is not written correctly. If it is “{reading.better}”, enter it like that.",
    )
