"""The pages, one blueprint an area; each module's functions are its routes."""

from gateway.portal.pages import (
    account,
    answers,
    contact,
    disclosure,
    discrepancies,
    front,
    home,
    inbox,
    institution,
    letter_check,
    mobile,
    objections,
    officer,
    permits,
    record,
    registration,
)

BLUEPRINTS = (
    front.blueprint,
    contact.blueprint,
    registration.blueprint,
    account.blueprint,
    mobile.blueprint,
    home.blueprint,
    record.blueprint,
    objections.blueprint,
    institution.blueprint,
    answers.blueprint,
    discrepancies.blueprint,
    letter_check.blueprint,
    *officer.BLUEPRINTS,
    disclosure.blueprint,
    inbox.blueprint,
    permits.blueprint,
)
