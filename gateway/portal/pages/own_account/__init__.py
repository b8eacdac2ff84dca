"""«حساب من»: the account page and what it leads to; a blueprint for each part."""

from gateway.portal.pages.own_account import details, endings, passkeys, two_step

BLUEPRINTS = (details.blueprint, endings.blueprint, two_step.blueprint, passkeys.blueprint)
