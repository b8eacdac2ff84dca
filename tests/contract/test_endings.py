"""Every ending that a service journals has a handler that a replay calls, and the manual names it."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from services.auth.actions import ended_before
from services.auth.actions.passwords import Hasher
from services.disclosure.actions import endings as disclosure
from services.inquiry.actions import endings as inquiry
from services.kit.endings import EndingHandler
from services.records.models import ProposalStatus
from services.records.proposals import endings as records

ROOT = Path(__file__).resolve().parents[2]
HANDLERS: Mapping[str, Mapping[str, EndingHandler]] = {
    "auth": ended_before.build_handlers(Hasher(), Path(), 30),
    "disclosure": disclosure.HANDLERS,
    "inquiry": inquiry.build_handlers(Path()),
    "records": records.HANDLERS,
}
# Written with the status in the name.
PROPOSALS = {f"proposal.{status}" for status in (ProposalStatus.REJECTED, ProposalStatus.WITHDRAWN)}


def list_journaled(service: str) -> Iterator[str]:
    """Yield the names of all endings that the code of a service adds."""
    for path in (ROOT / "services" / service).rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        assigned = {
            target.id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name) and target.id == "name"
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "add_ending":
                name = node.args[2]
                value = assigned[name.id] if isinstance(name, ast.Name) else name
                yield from (
                    part.value
                    for part in ([value.body, value.orelse] if isinstance(value, ast.IfExp) else [value])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                )


@pytest.mark.parametrize("service", HANDLERS)
def test_a_replay_knows_every_ending(service: str) -> None:
    extra = PROPOSALS if service == "records" else set()
    assert set(list_journaled(service)) | extra == set(HANDLERS[service])


def test_the_manual_lists_every_ending() -> None:
    page = (ROOT / "docs" / "operations" / "endings.md").read_text("utf-8")
    missing = [name for handlers in HANDLERS.values() for name in handlers if f"`{name}`" not in page]
    assert missing == []
