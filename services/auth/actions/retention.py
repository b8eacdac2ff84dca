"""What auth stores for how long, as far as an operator decides: the events of its feed."""

from collections.abc import Sequence

from services.auth.models import FEED
from services.auth.settings import Settings
from services.kit.db import Sessions
from services.kit.retention import Rule, build_feed_rule


def build_rules(sessions: Sessions, settings: Settings) -> Sequence[Rule]:
    """Return the rules of auth."""
    return [build_feed_rule(sessions, "auth", FEED, settings.feed_days)]
