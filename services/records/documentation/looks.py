"""Officers' looks as the OpenAPI document tells of them."""

from services.kit.http.documentation import Documented
from services.kit.problems import Text

OFFICER, PERSON = "0199b111-2233-4444-8555-66778899aabb", "0199a000-1111-4222-8333-444455556666"

DOCUMENTED: dict[str, Documented] = {
    "looks.show_accesses": Documented(
        summary=Text("دسترسی کارشناسان به سوابق", "Officers' looks at records"),
        detail=Text(
            "کدام کارشناس، چه هنگام و به چه دلیل داده‌های چه کسی را دیده است؛ تازه‌ترین نخست. `from` و `to` "
            "روزی از تهران (میلادی یا جلالی) یا یک لحظه است و خود آن هم به شمار می‌آید.",
            "Which officer has seen whose data, when and why, newest first. `from` and `to` are each a day "
            "of Tehran (Gregorian or Jalali) or a moment, and are included.",
        ),
        parameters={"person": PERSON, "officer": OFFICER, "from": "2026-11-22", "to": "1405-09-09"},
        reply={
            "items": [
                {
                    "id": "4711",
                    "at": "2026-11-22T10:02:00+00:00",
                    "officer": OFFICER,
                    "person": PERSON,
                    "kind": "search",
                    "reason": "درخواست حضوری بیمه‌شده",
                    "request_id": "0199c2f0-4455-4c66-8d77-112233445566",
                }
            ],
            "next_cursor": None,
        },
    ),
}
