"""The log of administration in words, for administrators and for institutions' managers."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from govah_client.administration import Act

ACTIONS = {
    "officer-added": _("حساب کارشناس یا مدیر افزوده شد"),
    "clerk-added": _("متصدی افزوده شد"),
    "scopes-changed": _("دسترسی‌ها تغییر کرد"),
    "manager-changed": _("مدیر بودن متصدی تغییر کرد"),
    "account-disabled": _("حساب غیرفعال شد"),
    "account-enabled": _("حساب دوباره فعال شد"),
    "password-reset": _("گذرواژه یک‌بارمصرف داده شد"),
    "second-factor-removed": _("ورود دومرحله‌ای حذف شد"),
    "sessions-ended": _("نشست‌ها پایان یافت"),
    "institution-added": _("موسسه افزوده شد"),
    "institution-changed": _("مشخصات موسسه تغییر کرد"),
    "institution-disabled": _("موسسه غیرفعال شد"),
    "institution-enabled": _("موسسه دوباره فعال شد"),
    "account-chosen": _("یکی از دو حساب یک شخص انتخاب شد"),
    "client-added": _("برنامه افزوده شد"),
    "client-scopes-changed": _("دسترسی‌های برنامه تغییر کرد"),
    "client-disabled": _("برنامه غیرفعال شد"),
    "client-enabled": _("برنامه دوباره فعال شد"),
    "client-secret-replaced": _("کلید محرمانه برنامه عوض شد"),
}
ACTORS = {"admin": _("مدیر سامانه"), "manager": _("مدیر موسسه"), "operator": _("متصدی فنی")}


def describe_acts(acts: Sequence[Act]) -> list[dict[str, Any]]:
    """Return the acts with their action, their actor's role and their scopes in words."""
    return [
        {
            **act,
            "title": ACTIONS.get(act["action"], act["action"]),
            "role": ACTORS.get(act["actor_role"], act["actor_role"]),
            "change": _describe_change(act),
        }
        for act in acts
    ]


def _describe_change(act: Act) -> str:
    """Return which scopes were given and taken away, or the reason of the act, "" for other acts."""
    if reason := act["details"].get("reason"):
        return str(reason)
    scopes, former = act["details"].get("scopes"), act["details"].get("former")
    if not isinstance(scopes, list) or not isinstance(former, list):
        return ""
    given, taken = sorted(set(scopes) - set(former)), sorted(set(former) - set(scopes))
    parts = [
        gettext("افزوده: %(scopes)s", scopes=" ".join(given)) if given else "",
        gettext("گرفته: %(scopes)s", scopes=" ".join(taken)) if taken else "",
    ]
    return " · ".join(filter(None, parts))
