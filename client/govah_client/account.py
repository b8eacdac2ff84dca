"""The account of the person who is signed in: `/api/v1/auth/me`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from govah_client.transport import Transport

ME = "/api/v1/auth/me"


class WantedPreference(TypedDict):
    """How messages of a kind reach the person."""

    kind: str
    delivery: Literal["message", "portal"]


class Preference(WantedPreference):
    """How messages of a kind reach the person; a `fixed` one cannot be changed."""

    fixed: bool


class Preferences(TypedDict):
    """The preferences for all kinds of messages."""

    preferences: list[Preference]


@dataclass(frozen=True)
class Account:
    """Operations on one's own account."""

    transport: Transport

    def list_preferences(self) -> Preferences:
        """Return which kinds of messages are sent, and which are shown in the portal only."""
        preferences: Preferences = self.transport.get(f"{ME}/preferences")
        return preferences

    def replace_preferences(self, wanted: Sequence[WantedPreference]) -> Preferences:
        """Set the delivery of each kind of message; kinds that are not named are sent."""
        preferences: Preferences = self.transport.put(f"{ME}/preferences", {"preferences": wanted})
        return preferences
