"""The words of findings, which officers and employers read, in Persian and English.

A code may have several wordings. The braces name the details that a check gives.
"""

from collections.abc import Mapping

from services.records.lists.wordings import figures, files, people, texts
from services.records.lists.wordings.wording import Code, Severity, Wording

WORDINGS: Mapping[str, Wording] = files.WORDINGS | texts.WORDINGS | figures.WORDINGS | people.WORDINGS

__all__ = ["WORDINGS", "Code", "Severity", "Wording"]
