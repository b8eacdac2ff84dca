"""The routes of auth: they own the transactions, call the actions and return replies."""

from collections.abc import Mapping

from services.auth.routes import account, me, registrations, second_factors, sessions, token, well_known
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
    "me.get_account": SIGNED_IN,
    # Of citizens only, which the routes check: OPTIONS of one address has one rule.
    "me.change_account": SIGNED_IN,
    "me.close_account": SIGNED_IN,
    "me.export_account": SIGNED_IN,
    "me.list_devices": SIGNED_IN,
    "me.forget_device": SIGNED_IN,
    "me.list_preferences": CITIZEN,
    "me.replace_preferences": CITIZEN,
    "second_factors.request_factor": SIGNED_IN,
    "second_factors.confirm_factor": SIGNED_IN,
    "second_factors.remove_factor": SIGNED_IN,
    "second_factors.replace_recovery_codes": SIGNED_IN,
    "second_factors.request_passkey_sign_in": ANYONE,
    "second_factors.sign_in_with_passkey": ANYONE,
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
    second_factors.blueprint,
    token.blueprint,
    well_known.blueprint,
)
