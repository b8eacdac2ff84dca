"""What else people do while letters are made: events of every kind, so that their effects can be counted."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.chaos.people import Caller, Person, Population
from tests.chaos.stack import Stack
from tests.waiting import wait_until

PAUSE = 0.5


class Life:
    """Does one thing after another, in a thread, until it is stopped."""

    def __init__(self, stack: Stack, population: Population, dice: random.Random) -> None:
        self.done: Counter[str] = Counter()
        self._stack = stack
        self._population = population
        self._dice = dice
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="life")
        self._error: BaseException | None = None
        self._lists = iter(population.lists_to_come)
        self._latecomers = iter(population.latecomers)
        self._accept = itertools.cycle([True, False])
        # The first permit of every run is revoked.
        self._revoke = itertools.cycle([True, False])
        self._address = itertools.count(1)
        self._codes: dict[str, str] = {}
        self._moves: Counter[str] = Counter()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Return when the last thing is done; raises what went wrong."""
        self._stopping.set()
        self._thread.join()
        if self._error:
            raise self._error

    def go_on(self) -> None:
        """Repeat what makes events in every service."""
        for deed in (
            self._use_permit,
            self._change_password,
            self._decide_objection,
            self._withdraw_objection,
        ):
            deed()

    def _run(self) -> None:
        deeds: tuple[Callable[[], None], ...] = (
            self._import_list,
            self._use_permit,
            self._register,
            self._decide_objection,
            self._withdraw_objection,
            self._change_password,
            self._use_permit,
            self._change_mobile,
            self._revoke_letter,
        )
        try:
            for deed in itertools.cycle(deeds):
                # Each has been done at least once when this ends.
                if self._stopping.is_set() and len(self.done) >= len(set(deeds)):
                    return
                deed()
                self.done[deed.__name__.removeprefix("_")] += 1
                time.sleep(PAUSE)
        except BaseException as error:  # noqa: BLE001 -- `stop` raises it where it is seen
            self._error = error

    def _pick_person(self) -> Person:
        return self._dice.choice(self._population.people)

    def _import_list(self) -> None:
        for pair in itertools.islice(self._lists, 1):
            self._population.import_list(pair)

    def _register(self) -> None:
        for person in itertools.islice(self._latecomers, 1):
            person.register()
            self._take_back(person)

    def _change_password(self) -> None:
        person = self._pick_person()
        with person.lock:
            person.change_password()

    def _change_mobile(self) -> None:
        person = self._pick_person()
        # Nobody gets more codes an hour.
        if self._moves[person.national_code] < 3:
            with person.lock:
                self._move(person)

    def _move(self, person: Person) -> None:
        """Change a person's mobile, unless the service refuses."""
        self._moves[person.national_code] += 1
        mobile = f"0935{self._dice.randrange(10**7):07}"
        body = {"mobile": mobile, "password": person.credentials["password"]}
        response = person.post("auth", "/mobile", body)
        if response.status_code == 202:
            code = self._wait_for_code(mobile, "mobile-change-code")
            person.post("auth", "/mobile/confirmation", {"code": code})

    def _take_back(self, person: Person) -> None:
        """Change a mobile and reverse that from the old one. The password is of no use afterwards."""
        self._move(person)
        code = self._wait_for_code(person.sample.mobile, "mobile-changed")
        answer = Caller(self._stack).post("auth", "/mobile/reversal", {"code": code})
        # 422: it was done, and the answer got lost.
        assert answer.status_code in {200, 422}, answer.text

    def _wait_for_code(self, mobile: str, kind: str) -> str:
        def list_matches() -> list[Mapping[str, Any]]:
            return [one for one in self._stack.list_messages() if (one["to"], one["kind"]) == (mobile, kind)]

        return str(wait_until(list_matches, f"no {kind} came", pause=0.1)[-1]["code"])

    def _decide_objection(self) -> None:
        person, population = self._pick_person(), self._population
        with person.lock:
            objection = self._submit_objection(person)
        if objection is None:
            return
        decision = f"/objections/{objection}/decision"
        population.officer.post("records", decision, {"accept": next(self._accept), "reason": "رسیدگی شد."})
        population.second_officer.post("records", f"{decision}/confirmation")

    def _withdraw_objection(self) -> None:
        person = self._pick_person()
        with person.lock:
            if objection := self._submit_objection(person):
                person.post("records", f"/me/objections/{objection}/withdrawal")

    def _submit_objection(self, person: Person) -> str | None:
        """Return the id of a new objection to the days of a month; None if the person has one."""
        page = person.get("records", "/me/contributions", limit=5)
        month = self._dice.choice(page["items"])
        claim = {name: month[name] for name in ("month_jalali", "workshop_code")} | {"days": 7}
        body = {"kind": "days", "text": "روزها کم شمرده شده است.", "months": [claim]}
        draft = person.post("records", "/me/objections", body)
        if draft.status_code != 201:
            return None
        objection = str(draft.json()["id"])
        person.post("records", f"/me/objections/{objection}/confirmation")
        return objection

    def _list_letters(self) -> Iterator[tuple[Person, Mapping[str, Any]]]:
        """Yield people in random order, each with one of their valid letters."""
        for person in self._dice.sample(self._population.people, len(self._population.people)):
            with person.lock:
                letters = person.get("disclosure", "/inbox")["items"]
            valid = [letter for letter in letters if letter["state"] == "valid"]
            if valid:
                yield person, self._dice.choice(valid)

    def _use_permit(self) -> None:
        """Go through a permit's whole life: issue, use, report, guess, pause, resume, revoke."""
        for person, letter in itertools.islice(self._list_letters(), 1):
            with person.lock:
                issued = person.post("inquiry", "/permits", {"letter_id": letter["id"], "valid_days": 30})
            # 409: its answer got lost, and a code is shown once.
            if issued.status_code != 201:
                return
            path = f"/permits/{issued.json()['id']}"
            self._inquire(Caller(self._stack), person, issued.json()["code"])
            named = self._inquire(self._population.bank, person, issued.json()["code"])
            self._population.bank.post(
                "inquiry",
                "/discrepancies",
                {"inquiry_id": named["inquiry_id"], "month_jalali": "1403-07", "text": "قراردادی نبود."},
            )
            for other, code in self._codes.items():
                if other != person.national_code:
                    self._guess(person, code)
                    break
            self._codes[person.national_code] = issued.json()["code"]
            with person.lock:
                person.post("inquiry", f"{path}/pause")
                self._guess(person, issued.json()["code"])
                person.post("inquiry", f"{path}/resume")
                if next(self._revoke):
                    person.call("DELETE", "inquiry", f"/api/v1/inquiry{path}")

    def _inquire(self, caller: Caller, person: Person, code: str) -> Any:
        answer = caller.post("inquiry", "/inquiries", {"national_code": person.national_code, "code": code})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _guess(self, person: Person, code: str) -> None:
        number = next(self._address)
        # Guesses are limited by address.
        headers = {"X-Forwarded-For": f"10.1.{number // 250}.{number % 250 + 1}"}
        body = {"national_code": person.national_code, "code": code}
        answer = Caller(self._stack).call(
            "POST", "inquiry", "/api/v1/inquiry/inquiries", json=body, headers=headers
        )
        assert answer.status_code in {404, 410}, answer.text

    def _revoke_letter(self) -> None:
        for _, letter in itertools.islice(self._list_letters(), 1):
            answer = self._population.officer.post(
                "disclosure", f"/letters/{letter['serial']}/revocation", {"reason": "به اشتباه صادر شد."}
            )
            assert answer.status_code == 200, answer.text
