"""What officers read about an import that failed as a whole."""

from collections.abc import Mapping

from services.kit.problems import Text
from services.kit.text import group_thousands
from services.records.archives.failures import ImportFailure
from services.records.archives.indexes import MAX_FILES

_WORDS: Mapping[ImportFailure, Text] = {
    ImportFailure.NOT_AN_ARCHIVE: Text(
        "این فایل بایگانی zip یا tar نیست. بایگانی tar را فشرده نفرستید. بایگانی را دوباره بسازید.",
        "This is not a zip or tar archive. A tar archive must not be compressed. Make the archive again.",
    ),
    ImportFailure.ARCHIVE_DAMAGED: Text(
        "بایگانی ناقص یا آسیب‌دیده است. آن را دوباره بسازید و دوباره بفرستید.",
        "The archive is cut short or damaged. Make it again and send it again.",
    ),
    ImportFailure.TOO_MANY_FILES: Text(
        f"بایگانی بیش از {group_thousands(MAX_FILES)} فایل دارد. آن را به چند بایگانی بخش کنید.",
        f"The archive has more than {MAX_FILES:,} files. Split it into several archives.",
    ),
    ImportFailure.TOO_LARGE_UNPACKED: Text(
        "فایل‌های این بایگانی پس از باز شدن بزرگ‌تر از حد مجاز است. آن را به چند بایگانی بخش کنید.",
        "The files of this archive are larger unpacked than permitted. Split it into several archives.",
    ),
    ImportFailure.NO_LISTS: Text(
        "در این بایگانی فایل DSKKAR00.DBF همراه DSKWOR00.DBF نیست. پوشه لیست‌ها را بایگانی کنید.",
        "There is no DSKKAR00.DBF with a DSKWOR00.DBF in this archive. Archive the folder of the lists.",
    ),
}


def describe_failure(failure: ImportFailure) -> Text:
    """Return what happened and what to do."""
    return _WORDS[failure]
