"""The adapters of ports that call gateways outside of Govah; `background` builds those of the settings."""

from pathlib import Path

import httpx
import structlog

from services.auth.clients import AcceptAllMobiles, FileMessageSender, Message, MessageSender, MobileOwnership
from services.auth.gateways import (
    MESSAGES,
    OWNERSHIP,
    REFUSED,
    Gateway,
    GatewayUnavailable,
    Rule,
    Template,
    TemplateText,
    is_match,
    parse_rule,
    read_document,
)
from services.auth.settings import Settings
from services.kit.http.client import TIMEOUT
from services.kit.http.egress import new_outside_client
from services.kit.settings import SettingsError, read_secret

# Placeholders of templates.
_OWN = {"token", "id", "now"}
MESSAGE_NAMES = frozenset({"to", "to_international", "kind", "text", "code", *_OWN})
OWNERSHIP_NAMES = frozenset({"national_code", "mobile", "mobile_international", *_OWN})

log = structlog.get_logger()


class HttpMobileOwnership(MobileOwnership):
    """A gateway that knows whose a mobile is.

    By default ``POST {national_code, mobile}``, with the response ``{"owns": true or false}``.
    """

    def __init__(self, gateway: Gateway, owns: Rule, owns_not: Rule) -> None:
        self._gateway, self._owns, self._owns_not = gateway, owns, owns_not

    def is_owner(self, national_code: str, mobile: str) -> bool:
        values = {
            "national_code": national_code,
            "mobile": mobile,
            "mobile_international": _add_country(mobile),
        }
        response = self._gateway.call(values)
        if response.status_code in REFUSED:
            # It knows nothing of such a pair, so no code may go there.
            self._gateway.count_result("refused")
            log.error("mobile-ownership.refused", status=response.status_code)
            return False
        document = read_document(response)
        owns = is_match(self._owns, document)
        if owns == is_match(self._owns_not, document):
            log.error("mobile-ownership.unclear", status=response.status_code)
            raise self._gateway.build_unavailable(GatewayUnavailable)
        self._gateway.count_result("done")
        return owns


class HttpMessageSender(MessageSender):
    """A gateway of text messages; by default ``POST {to, kind, text}``, and any 2xx means accepted.

    With a rule `success` a response that does not match it means not accepted: refused for good if it
    matches `refused`, and otherwise an outage.
    """

    def __init__(self, gateway: Gateway, success: Rule | None = None, refused: Rule | None = None) -> None:
        self._gateway, self._success, self._refused = gateway, success or {}, refused or {}

    def send(self, message: Message) -> None:
        response = self._gateway.call(
            {
                "to": message.to,
                "to_international": _add_country(message.to),
                "kind": message.kind,
                "text": message.text,
                "code": message.code or "",
            }
        )
        document = read_document(response) if self._success or self._refused else None
        is_refused = response.status_code in REFUSED or (
            bool(self._refused) and is_match(self._refused, document)
        )
        if is_refused:
            # A retry of the same message would be refused too.
            self._gateway.count_result("refused")
            log.error("message.refused", kind=message.kind, status=response.status_code)
        elif not is_match(self._success, document):
            log.error("message.not-accepted", kind=message.kind, status=response.status_code)
            raise self._gateway.build_unavailable(GatewayUnavailable)
        else:
            self._gateway.count_result("done")


def _add_country(mobile: str) -> str:
    """Return an Iranian mobile with its country in front; one of another country has its own."""
    return f"98{mobile[1:]}" if mobile.startswith("0") else mobile.removeprefix("+")


def build_message_sender(settings: Settings, transport: httpx.BaseTransport | None = None) -> MessageSender:
    """Return the adapter that GOVAH_MESSAGES names. Raises SettingsError."""
    if settings.messages_file is not None and settings.messages == "file":
        return FileMessageSender(settings.messages_file)
    template = TemplateText(
        "MESSAGES",
        settings.messages_url or "",
        settings.messages_method,
        settings.messages_headers,
        settings.messages_body,
        settings.messages_body_format,
    ).parse(MESSAGE_NAMES, {name: f"{{{name}}}" for name in ("to", "kind", "text")})
    gateway = _build_gateway(
        MESSAGES, template, settings.messages_token_file, settings.messages_parallel, settings, transport
    )
    success = parse_rule("MESSAGES_SUCCESS", settings.messages_success, {})
    return HttpMessageSender(gateway, success, parse_rule("MESSAGES_REFUSED", settings.messages_refused, {}))


def build_mobile_ownership(
    settings: Settings, transport: httpx.BaseTransport | None = None
) -> MobileOwnership:
    """Return the adapter that GOVAH_MOBILE_OWNERSHIP names. Raises SettingsError."""
    if settings.mobile_ownership == "accept-all":
        return AcceptAllMobiles()
    template = TemplateText(
        "MOBILE_OWNERSHIP",
        settings.mobile_ownership_url or "",
        settings.mobile_ownership_method,
        settings.mobile_ownership_headers,
        settings.mobile_ownership_body,
        settings.mobile_ownership_body_format,
    ).parse(OWNERSHIP_NAMES, {name: f"{{{name}}}" for name in ("national_code", "mobile")})
    gateway = _build_gateway(
        OWNERSHIP,
        template,
        settings.mobile_ownership_token_file,
        settings.mobile_ownership_parallel,
        settings,
        transport,
    )
    return HttpMobileOwnership(
        gateway,
        parse_rule("MOBILE_OWNERSHIP_OWNS", settings.mobile_ownership_owns, {"/owns": True}),
        parse_rule("MOBILE_OWNERSHIP_OWNS_NOT", settings.mobile_ownership_owns_not, {"/owns": False}),
    )


def _build_gateway(
    name: str,
    template: Template,
    token_file: Path | None,
    bound: int,
    settings: Settings,
    transport: httpx.BaseTransport | None,
) -> Gateway:
    if token_file is None:
        raise SettingsError("a gateway needs its token file")
    token = read_secret(token_file).get_secret_value()
    is_in_header = any("{token}" in text for text in template.headers.values())
    if is_in_header and not (token.isascii() and token.isprintable()):
        raise SettingsError(f"secret file {token_file.name} must be one line of ASCII; it goes into a header")
    http = new_outside_client(settings.egress_proxy, timeout=TIMEOUT, connections=bound, transport=transport)
    return Gateway(name, template, token, http, bound)
