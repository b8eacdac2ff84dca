"""Records, employers' lists and objections: `/api/v1/records`."""

from dataclasses import dataclass
from typing import Literal

import httpx

from govah_client.desk import Queue, Week
from govah_client.errors import ApiError
from govah_client.lists import (
    HeldRow,
    HeldRowStatus,
    ImportedList,
    ListRefused,
    ListWithFindings,
)
from govah_client.objections import (
    Attachment,
    NewObjection,
    Objection,
    ObjectionKind,
    ObjectionStatus,
    OfficerObjection,
    OpenedObjection,
    WaitingObjection,
)
from govah_client.own_records import Contribution, Record
from govah_client.pages import Order, Page
from govah_client.people import FoundPeople, FoundPerson, Look
from govah_client.proposals import NewProposal, Proposal, ProposalInList, ProposalKind, ProposalStatus
from govah_client.statements import Statement, StatementType
from govah_client.transport import Transport, create_idempotency_key

RECORDS = "/api/v1/records"
MY_OBJECTIONS = f"{RECORDS}/me/objections"
OBJECTIONS = f"{RECORDS}/objections"
PROPOSALS = f"{RECORDS}/proposals"
HELD_ROWS = f"{RECORDS}/held-rows"


@dataclass(frozen=True)
class Records:
    """Operations of the records service."""

    transport: Transport

    def get_me(self) -> Record:
        """Return the overview of the caller's own record."""
        record: Record = self.transport.get(f"{RECORDS}/me")
        return record

    def get_my_statement(self, type: StatementType) -> Statement:  # noqa: A002 -- the API's name
        """Return the caller's own record with the table of one type."""
        statement: Statement = self.transport.get(f"{RECORDS}/me/statement", type=type)
        return statement

    def list_my_contributions(
        self,
        *,
        first_month: str | None = None,
        last_month: str | None = None,
        workshop: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Contribution]:
        """Return months of the caller's own record, of one workshop or of all."""
        period = {"from": first_month, "to": last_month}
        page: Page[Contribution] = self.transport.get(
            f"{RECORDS}/me/contributions", **period, workshop=workshop, limit=limit, cursor=cursor
        )
        return page

    def list_my_objections(self, *, limit: int | None = None, cursor: str | None = None) -> Page[Objection]:
        """Return the caller's own objections, newest first."""
        page: Page[Objection] = self.transport.get(MY_OBJECTIONS, limit=limit, cursor=cursor)
        return page

    def create_my_objection(
        self, objection: NewObjection, *, idempotency_key: str | None = None
    ) -> Objection:
        """Return a new draft."""
        key = idempotency_key or create_idempotency_key()
        draft: Objection = self.transport.post(MY_OBJECTIONS, objection, idempotency_key=key)
        return draft

    def get_my_objection(self, objection_id: str) -> Objection:
        """Return one of the caller's own objections."""
        objection: Objection = self.transport.get(f"{MY_OBJECTIONS}/{objection_id}")
        return objection

    def update_my_objection(self, objection_id: str, objection: NewObjection) -> Objection:
        """Return a draft after its content was replaced."""
        draft: Objection = self.transport.put(f"{MY_OBJECTIONS}/{objection_id}", objection)
        return draft

    def delete_my_objection(self, objection_id: str) -> None:
        """Delete a draft."""
        self.transport.delete(f"{MY_OBJECTIONS}/{objection_id}")

    def submit_my_objection(self, objection_id: str, *, idempotency_key: str | None = None) -> Objection:
        """Return a draft after it was submitted; it cannot be changed any more."""
        key = idempotency_key or create_idempotency_key()
        path = f"{MY_OBJECTIONS}/{objection_id}/confirmation"
        objection: Objection = self.transport.post(path, idempotency_key=key)
        return objection

    def withdraw_my_objection(self, objection_id: str) -> Objection:
        """Return a submitted objection after it was withdrawn; it is not decided any more."""
        objection: Objection = self.transport.post(f"{MY_OBJECTIONS}/{objection_id}/withdrawal")
        return objection

    def answer_question(self, objection_id: str, text: str) -> Objection:
        """Return one of the caller's own objections with the answer to an officer's question."""
        path = f"{MY_OBJECTIONS}/{objection_id}/answer"
        objection: Objection = self.transport.post(path, {"text": text})
        return objection

    def attach_file(
        self, objection_id: str, content: bytes, *, idempotency_key: str | None = None
    ) -> Attachment:
        """Return the attachment that a paper became: a PDF, JPEG or PNG of at most 5 MiB."""
        key = {"Idempotency-Key": idempotency_key or create_idempotency_key()}
        path = f"{MY_OBJECTIONS}/{objection_id}/attachments"
        response = self.transport.call("POST", path, key, files={"file": ("file", content)})
        attachment: Attachment = response.json()
        return attachment

    def list_my_attachments(self, objection_id: str) -> Page[Attachment]:
        """Return the attachments of one of the caller's own objections, oldest first."""
        page: Page[Attachment] = self.transport.get(f"{MY_OBJECTIONS}/{objection_id}/attachments")
        return page

    def download_my_attachment(self, objection_id: str, attachment_id: str) -> bytes:
        """Return an attachment of one of the caller's own objections."""
        return self.transport.download(f"{MY_OBJECTIONS}/{objection_id}/attachments/{attachment_id}")

    def delete_my_attachment(self, objection_id: str, attachment_id: str) -> None:
        """Delete an attachment of a draft."""
        self.transport.delete(f"{MY_OBJECTIONS}/{objection_id}/attachments/{attachment_id}")

    def download_attachment(self, objection_id: str, attachment_id: str) -> bytes:
        """Return an attachment of an objection, for an officer; the person sees the access."""
        return self.transport.download(f"{OBJECTIONS}/{objection_id}/attachments/{attachment_id}")

    def upload_list(
        self,
        header: bytes,
        workers: bytes,
        *,
        file_name: str | None = None,
        idempotency_key: str | None = None,
    ) -> tuple[ListWithFindings, bool]:
        """Return an accepted list, and whether it is new: one that was imported before is not stored again.

        `header` and `workers` are the contents of DSKKAR00.DBF and DSKWOR00.DBF; `file_name` is the path by
        which officers find the list. Raises ListRefused.
        """
        named = {"file_name": file_name}
        response = self._send_files(f"{RECORDS}/lists", header, workers, idempotency_key, named)
        imported: ListWithFindings = response.json()
        return imported, response.status_code == 201

    def propose_list_replacement(
        self,
        list_id: str,
        header: bytes,
        workers: bytes,
        *,
        reason: str,
        file_name: str | None = None,
        idempotency_key: str | None = None,
    ) -> Proposal:
        """Return a new proposal to replace a list by other files of the same number.

        Another officer confirms it. Raises ListRefused.
        """
        path = f"{RECORDS}/lists/{list_id}/replacement"
        fields = {"reason": reason, "file_name": file_name}
        response = self._send_files(path, header, workers, idempotency_key, fields)
        proposal: Proposal = response.json()
        return proposal

    def download_list_file(
        self, list_id: str, file: Literal["header", "workers"], *, version: int | None = None
    ) -> bytes:
        """Return a file of a list as it was received, by default of its current version."""
        return self.transport.download(f"{RECORDS}/lists/{list_id}/files/{file}", version=version)

    def _send_files(
        self,
        path: str,
        header: bytes,
        workers: bytes,
        idempotency_key: str | None,
        fields: dict[str, str | None],
    ) -> httpx.Response:
        """Return the response to the two files of a list. Raises ListRefused."""
        key = {"Idempotency-Key": idempotency_key or create_idempotency_key()}
        files = {"header": ("DSKKAR00.DBF", header), "workers": ("DSKWOR00.DBF", workers)}
        try:
            return self.transport.call("POST", path, key, files=files, data=fields)
        except ApiError as error:
            if error.code != "list-refused":
                raise
            raise ListRefused(
                error.status,
                error.code,
                error.title,
                error.detail,
                request_id=error.request_id,
                document=error.document,
            ) from error

    def list_lists(
        self,
        *,
        workshop: str | None = None,
        month: str | None = None,
        number: str | None = None,
        name: str | None = None,
        file: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[ImportedList]:
        """Return the accepted lists, newest first: of a workshop, month, number, name or files' name."""
        wanted = {"workshop": workshop, "month": month, "number": number, "name": name, "file": file}
        page: Page[ImportedList] = self.transport.get(
            f"{RECORDS}/lists", **wanted, limit=limit, cursor=cursor
        )
        return page

    def get_list(self, list_id: str) -> ListWithFindings:
        """Return an accepted list."""
        imported: ListWithFindings = self.transport.get(f"{RECORDS}/lists/{list_id}")
        return imported

    def search_person(self, national_code: str, reason: str) -> FoundPerson:
        """Return a person and the record. The person can read who searched and the reason."""
        body = {"national_code": national_code, "reason": reason}
        found_person: FoundPerson = self.transport.post(f"{RECORDS}/people/search", body)
        return found_person

    def search_people(
        self,
        *,
        reason: str,
        national_code: str | None = None,
        insurance_number: str | None = None,
        name: str | None = None,
        birth_date_jalali: str | None = None,
        person_id: str | None = None,
    ) -> FoundPeople:
        """Return the people whom one clue fits: a code, a number, a name with the birth date, or an id.

        Each of them can read who searched and the reason.
        """
        clues = {
            "national_code": national_code,
            "insurance_number": insurance_number,
            "name": name,
            "birth_date_jalali": birth_date_jalali,
            "person_id": person_id,
        }
        body = {"reason": reason} | {key: value for key, value in clues.items() if value is not None}
        found_people: FoundPeople = self.transport.post(f"{RECORDS}/people/search", body)
        return found_people

    def list_desk_queues(self) -> Page[Queue]:
        """Return the queues that the officer decides about, with the number of items in each."""
        page: Page[Queue] = self.transport.get(f"{RECORDS}/desk")
        return page

    def get_week(self) -> Week:
        """Return the lists and objections of each of the last seven days, counted."""
        week: Week = self.transport.get(f"{RECORDS}/desk/week")
        return week

    def list_objections(
        self,
        *,
        status: ObjectionStatus | None = None,
        kind: ObjectionKind | None = None,
        order: Order | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[WaitingObjection]:
        """Return the objections for officers to decide, of one status and kind or of all."""
        page: Page[WaitingObjection] = self.transport.get(
            OBJECTIONS, status=status, kind=kind, order=order, limit=limit, cursor=cursor
        )
        return page

    def open_objection(self, objection_id: str, reason: str) -> OpenedObjection:
        """Return an objection beside the record. The person can read who opened it and the reason."""
        opened: OpenedObjection = self.transport.post(
            f"{OBJECTIONS}/{objection_id}/opening", {"reason": reason}
        )
        return opened

    def ask_question(self, objection_id: str, text: str) -> OfficerObjection:
        """Return an objection with an officer's question, which its person may answer once."""
        path = f"{OBJECTIONS}/{objection_id}/question"
        objection: OfficerObjection = self.transport.post(path, {"text": text})
        return objection

    def propose_decision(self, objection_id: str, *, accept: bool, reason: str) -> OfficerObjection:
        """Return an objection with a proposed decision, which another officer confirms."""
        body = {"accept": accept, "reason": reason}
        objection: OfficerObjection = self.transport.post(f"{OBJECTIONS}/{objection_id}/decision", body)
        return objection

    def withdraw_decision(self, objection_id: str) -> OfficerObjection:
        """Return an objection after its proposed decision was withdrawn."""
        objection: OfficerObjection = self.transport.delete(f"{OBJECTIONS}/{objection_id}/decision")
        return objection

    def confirm_decision(self, objection_id: str) -> OfficerObjection:
        """Return an objection after another officer's proposal was confirmed."""
        path = f"{OBJECTIONS}/{objection_id}/decision/confirmation"
        objection: OfficerObjection = self.transport.post(path)
        return objection

    def list_held_rows(
        self,
        *,
        status: HeldRowStatus | None = None,
        list_id: str | None = None,
        order: Order | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[HeldRow]:
        """Return held rows; each person whose data they show is recorded as an access."""
        page: Page[HeldRow] = self.transport.get(
            HELD_ROWS, status=status, list_id=list_id, order=order, limit=limit, cursor=cursor
        )
        return page

    def get_held_row(self, held_row_id: str) -> HeldRow:
        """Return a held row beside what is known; the access is recorded."""
        held_row: HeldRow = self.transport.get(f"{HELD_ROWS}/{held_row_id}")
        return held_row

    def propose_change(self, proposal: NewProposal, *, idempotency_key: str | None = None) -> Proposal:
        """Return a new proposal, which another officer confirms."""
        key = idempotency_key or create_idempotency_key()
        added: Proposal = self.transport.post(PROPOSALS, proposal, idempotency_key=key)
        return added

    def list_proposals(
        self,
        *,
        status: ProposalStatus | None = None,
        kind: ProposalKind | None = None,
        order: Order | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[ProposalInList]:
        """Return the proposals of the kinds that the officer decides about."""
        page: Page[ProposalInList] = self.transport.get(
            PROPOSALS, status=status, kind=kind, order=order, limit=limit, cursor=cursor
        )
        return page

    def get_proposal(self, proposal_id: str) -> Proposal:
        """Return a proposal with what changes; the access is recorded."""
        proposal: Proposal = self.transport.get(f"{PROPOSALS}/{proposal_id}")
        return proposal

    def withdraw_proposal(self, proposal_id: str) -> Proposal:
        """Return the officer's own proposal after its withdrawal."""
        proposal: Proposal = self.transport.delete(f"{PROPOSALS}/{proposal_id}")
        return proposal

    def confirm_proposal(self, proposal_id: str) -> Proposal:
        """Return a proposal after its confirmation; one of the system is first adopted."""
        proposal: Proposal = self.transport.post(f"{PROPOSALS}/{proposal_id}/confirmation")
        return proposal

    def reject_proposal(self, proposal_id: str, *, reason: str) -> Proposal:
        """Return a proposal of another officer or of the system after its rejection."""
        path = f"{PROPOSALS}/{proposal_id}/rejection"
        proposal: Proposal = self.transport.post(path, {"reason": reason})
        return proposal

    def list_accesses(
        self,
        *,
        person: str | None = None,
        officer: str | None = None,
        first_day: str | None = None,
        last_day: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Look]:
        """Return officers' looks at persons' data, newest first; for officers who audit."""
        period = {"from": first_day, "to": last_day}
        page: Page[Look] = self.transport.get(
            f"{RECORDS}/accesses", person=person, officer=officer, **period, limit=limit, cursor=cursor
        )
        return page
