"""The routes of auth: they own the transactions, call the actions and return replies."""

from collections.abc import Mapping

from services.auth.routes import account, me, registrations, sessions, token, well_known
from services.kit.http.access import ANYONE, CITIZEN, Rule, allow_service

# Callers with a session; a program that requests its own tokens has none.
SIGNED_IN = Rule(roles=frozenset({"citizen", "officer", "institution"}))

ACCESS: Mapping[str, Rule] = {
    "registrations.create_registration": ANYONE,
    "registrations.get_registration": ANYONE,
    "registrations.activate_account": ANYONE,
    "registrations.create_password_reset": ANYONE,
    "registrations.complete_password_reset": ANYONE,
    "sessions.sign_in": ANYONE,
    "sessions.refresh_session": ANYONE,
    "sessions.sign_out": SIGNED_IN,
    "account.change_password": SIGNED_IN,
    "account.request_mobile_change": CITIZEN,
    "account.confirm_mobile_change": CITIZEN,
    "account.reverse_mobile_change": ANYONE,
    "me.list_preferences": CITIZEN,
    "me.replace_preferences": CITIZEN,
    "token.grant_token": ANYONE,
    "well_known.get_key_set": ANYONE,
    "well_known.get_server_metadata": ANYONE,
    "feed.events": allow_service("auth:events"),
}

BLUEPRINTS = (
    registrations.blueprint,
    sessions.blueprint,
    account.blueprint,
    me.blueprint,
    token.blueprint,
    well_known.blueprint,
)
