"""What a representative does for a person is on the person's page, and names both."""

import uuid

from tests.service.disclosure.desk import AHMADI, API, Desk
from tests.service.disclosure.test_activity import build_event, consume_events, get_activity
from tests.tokens import build_bearer_header, mint

HELPER = uuid.UUID(int=9)
ACTING = build_bearer_header(mint("citizen", AHMADI, scopes=["self:letters"], act={"sub": str(HELPER)}))


def test_acts_of_a_representative_name_both(desk: Desk) -> None:
    letter_id = desk.deliver_letter()
    assert desk.client.get(f"{API}/inbox/{letter_id}/document", headers=ACTING).status_code == 200
    assert desk.post_request(headers=ACTING).status_code == 202
    queued, seen, ready, own = get_activity(desk)["items"]
    assert [queued["kind"], seen["kind"]] == ["request.queued", "letter.seen"]
    for item in (queued, seen):
        assert item["references"]["actor"] == str(HELPER)
        assert item["title"].endswith("(by your representative)")
    assert get_activity(desk, language="fa")["items"][0]["title"].endswith("(به نمایندگی)")
    assert not any("actor" in item["references"] for item in (ready, own))


def test_a_representative_reads_how_many_letters_are_left(desk: Desk) -> None:
    """The pages of a request begin with it."""
    quota = desk.client.get(f"{API}/quota", headers=ACTING)
    assert quota.status_code == 200
    assert quota.get_json()["remaining"] > 0
    other = mint("citizen", AHMADI, scopes=["self:record"], act={"sub": str(HELPER)})
    assert desk.client.get(f"{API}/quota", headers=build_bearer_header(other)).status_code == 403


def test_mandates_are_on_the_page(desk: Desk) -> None:
    data = {"mandate_id": str(uuid.uuid4())}
    acts = [
        build_event(1, "mandate.offered", AHMADI, **data),
        *(
            build_event(number, f"mandate.{name}", AHMADI, **data, actor=str(HELPER))
            for number, name in enumerate(("began", "used", "ended"), 2)
        ),
    ]
    consume_events(desk, "auth", acts)
    items = get_activity(desk)["items"]
    assert [item["kind"] for item in items] == [act.type for act in reversed(acts)]
    assert [item["references"].get("actor") for item in items] == [*[str(HELPER)] * 3, None]
    assert not any("(" in item["title"] for item in items)
