"""The officers' pages: lists, objections, people and letters; a blueprint each."""

from gateway.portal.pages.officer import accesses, desk, letters, lists, objections, people, uploads

BLUEPRINTS = (
    desk.blueprint,
    lists.blueprint,
    uploads.blueprint,
    objections.blueprint,
    people.blueprint,
    letters.blueprint,
    accesses.blueprint,
)
