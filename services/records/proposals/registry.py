"""The handler of each kind of proposal."""

from collections.abc import Collection, Mapping

from services.kit.problems import Text, ValidationFailed
from services.records.models import ProposalKind
from services.records.proposals.handlers import ProposalHandler
from services.records.proposals.held_rows import HeldRowHandler
from services.records.proposals.lists import ListReplacement, ListWithdrawal
from services.records.proposals.missing_periods import MissingPeriodWorkshopHandler
from services.records.proposals.person_corrections import PersonCorrectionHandler
from services.records.proposals.person_mergers import PersonMergerHandler

KIND_WRONG = Text(
    "پیشنهادی از این نوع این‌گونه ساخته نمی‌شود. نوع را بررسی کنید.",
    "A proposal of this kind is not made by this call. Check the kind.",
)

_ALL: tuple[ProposalHandler, ...] = (
    HeldRowHandler(),
    PersonCorrectionHandler(),
    PersonMergerHandler(),
    ListWithdrawal(),
    ListReplacement(),
    MissingPeriodWorkshopHandler(),
)
HANDLERS: Mapping[ProposalKind, ProposalHandler] = {handler.kind: handler for handler in _ALL}
# Proposals that other calls make and decide; here they are only displayed.
SHOWN_ONLY: Mapping[ProposalKind, str] = {ProposalKind.OBJECTION_DECISION: "objections"}


def get_handler(kind: ProposalKind) -> ProposalHandler:
    """Return the handler of a kind. Raises ValidationFailed for a kind that other calls decide."""
    handler = HANDLERS.get(kind)
    if handler is None:
        raise ValidationFailed(("kind", KIND_WRONG))
    return handler


def get_scope(kind: ProposalKind) -> str:
    """Return the scope that officers need to see proposals of a kind."""
    handler = HANDLERS.get(kind)
    return SHOWN_ONLY.get(kind, "lists") if handler is None else handler.scope


def list_visible_kinds(scopes: Collection[str]) -> list[ProposalKind]:
    """Return the kinds that an officer with these scopes may see."""
    return [kind for kind in ProposalKind if get_scope(kind) in scopes]
