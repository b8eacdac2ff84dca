"""What inquiry stores for how long, as far as an operator decides: the events of its feed."""

from collections.abc import Sequence

from services.inquiry.models import FEED
from services.inquiry.settings import Settings
from services.kit.db import Sessions
from services.kit.retention import Rule, build_feed_rule


def build_rules(sessions: Sessions, settings: Settings) -> Sequence[Rule]:
    """Return the rules of inquiry."""
    return [build_feed_rule(sessions, "inquiry", FEED, settings.feed_days)]
