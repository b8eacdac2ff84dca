"""The routes of auth: they own the transactions, call the actions and return replies."""

from collections.abc import Mapping

from services.auth.routes import (
    account,
    admin,
    admin_institutions,
    me,
    own_institution,
    registrations,
    second_factors,
    sessions,
    token,
    well_known,
)
from services.kit.http.access import ANYONE, CITIZEN, Rule, allow_admin, allow_manager, allow_service

# Callers with a session; a program that requests its own tokens has none.
SIGNED_IN = Rule(roles=frozenset({"citizen", "officer", "institution", "admin"}))
ADMIN, MANAGER = allow_admin(), allow_manager()

__all__ = ["ACCESS", "BLUEPRINTS", "admin_institutions"]

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
    "admin.list_officers": ADMIN,
    "admin.create_officer": ADMIN,
    "admin.get_officer": ADMIN,
    "admin.change_officer": ADMIN,
    "admin.reset_officer_password": ADMIN,
    "admin.remove_officer_second_factor": ADMIN,
    "admin.end_officer_sessions": ADMIN,
    "admin.list_acts": ADMIN,
    "admin.list_token_keys": ADMIN,
    "admin.list_institutions": ADMIN,
    "admin.create_institution": ADMIN,
    "admin.get_institution": ADMIN,
    "admin.change_institution": ADMIN,
    "admin.list_clerks": ADMIN,
    "admin.create_clerk": ADMIN,
    "admin.change_clerk": ADMIN,
    "admin.reset_clerk_password": ADMIN,
    "admin.remove_clerk_second_factor": ADMIN,
    "admin.list_clients": ADMIN,
    "admin.create_client": ADMIN,
    "admin.change_client": ADMIN,
    "admin.replace_client_secret": ADMIN,
    "own_institution.get_own_institution": MANAGER,
    "own_institution.list_own_clerks": MANAGER,
    "own_institution.create_own_clerk": MANAGER,
    "own_institution.change_own_clerk": MANAGER,
    "own_institution.reset_own_clerk_password": MANAGER,
    "own_institution.remove_own_clerk_second_factor": MANAGER,
    "own_institution.list_own_clients": MANAGER,
    "own_institution.create_own_client": MANAGER,
    "own_institution.change_own_client": MANAGER,
    "own_institution.replace_own_client_secret": MANAGER,
    "own_institution.list_own_acts": MANAGER,
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
    admin.blueprint,
    own_institution.blueprint,
    token.blueprint,
    well_known.blueprint,
)
