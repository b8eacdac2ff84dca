"""The codec of employers' lists, DSKKAR00.DBF and DSKWOR00.DBF: bytes in, checked rows and findings out.

Pure: no database, no web. The records service imports lists with it; the samples and tests write lists with
it.
"""

from services.records.lists.findings import Finding
from services.records.lists.parsers import ParsedList, read_list
from services.records.lists.rows import ListHeader, WorkerRow
from services.records.lists.wordings import Severity

__all__ = ["Finding", "ListHeader", "ParsedList", "Severity", "WorkerRow", "read_list"]
