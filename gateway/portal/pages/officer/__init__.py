"""The officers' pages: lists, held rows, proposals, objections, people and letters; a blueprint each."""

from gateway.portal.pages.officer import (
    accesses,
    corrections,
    desk,
    held_rows,
    letters,
    list_changes,
    lists,
    objections,
    people,
    proposals,
    uploads,
)

BLUEPRINTS = (
    desk.blueprint,
    lists.blueprint,
    list_changes.blueprint,
    uploads.blueprint,
    held_rows.blueprint,
    proposals.blueprint,
    objections.blueprint,
    people.blueprint,
    corrections.blueprint,
    letters.blueprint,
    accesses.blueprint,
)
