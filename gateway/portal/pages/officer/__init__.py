"""The officers' pages: lists, held rows, proposals, objections, people and letters; a blueprint each."""

from gateway.portal.pages.officer import (
    accesses,
    desk,
    held_rows,
    letters,
    lists,
    objections,
    people,
    proposals,
    uploads,
)

BLUEPRINTS = (
    desk.blueprint,
    lists.blueprint,
    uploads.blueprint,
    held_rows.blueprint,
    proposals.blueprint,
    objections.blueprint,
    people.blueprint,
    letters.blueprint,
    accesses.blueprint,
)
