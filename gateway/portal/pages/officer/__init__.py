"""The officers' pages, a blueprint each: lists, rows, proposals, objections, people, letters, counter."""

from gateway.portal.pages.officer import (
    accesses,
    archives,
    corrections,
    counter,
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
    archives.blueprint,
    held_rows.blueprint,
    proposals.blueprint,
    objections.blueprint,
    people.blueprint,
    corrections.blueprint,
    letters.blueprint,
    accesses.blueprint,
    counter.blueprint,
)
