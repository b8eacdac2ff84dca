"""What the portal keeps for one reader, asked for by another; and pages after the end of what they show."""

import time

import httpx
import redis

from tests.attack.browser import Browser, find_posted_forms
from tests.attack.registry import AttackVoid, Outcome, Size, register_attack
from tests.attack.target import INQUIRY, Holder, Target
from tests.waiting import PATIENCE

INQUIRE = "/institution/inquiry"
OBJECTION = "/record/objections/missing"
TYPED = {
    "workshop_name": "کارگاه نشانه‌دار بی‌همتا",
    "city": "شهر نشانه‌دار",
    "days": "29",
    "text": "متن نشانه‌دار یک نفر",
}


def is_statement_shown(page: httpx.Response, holder: Holder) -> bool:
    """Return whether a page shows the holder's statement."""
    return page.status_code == 200 and all(name in page.text for name in holder.person.name.split())


def inquire(
    browser: Browser, holder: Holder, code: str, once: str | None = None
) -> tuple[httpx.Response, str]:
    """Return the page that an inquiry ends at, and the hidden word it was sent with."""
    page = browser.open(INQUIRE)
    fields = {"national_code": holder.person.national_code, "code": code}
    if once:
        fields["once"] = once
    else:
        [form] = [form for form in find_posted_forms(page) if "once" in form.fields and "code" in form.fields]
        once = form.fields["once"]
    return browser.submit(page, fields), once


@register_attack(
    "another reader sends a clerk's form again", "the answer is its reader's; a spent permit opens nothing"
)
def replay_form(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    holder, staff = target.holder, target.staff
    # The second bank's clerk: another attack uses the day of the first bank's up.
    bound_to_bank = holder.issue_permit(max_views=1, institution_id=staff.other_bank["id"])
    clerk = Browser(target)
    clerk.sign_in("/institution", staff.logins["other-clerk"])
    page, once = inquire(clerk, holder, bound_to_bank["code"])
    if not is_statement_shown(page, holder):
        raise AttackVoid(f"the clerk sees nothing: {page.status_code}")
    others = {name: Browser(target) for name in ("a stranger", "another bank's clerk", "a citizen")}
    others["another bank's clerk"].sign_in("/institution", staff.logins["second-clerk"])
    others["a citizen"].sign_in_citizen(target.register_person())
    for name, browser in others.items():
        again, _ = inquire(browser, holder, bound_to_bank["code"], once)
        tally.add(f"{name} with the same word", is_hit=is_statement_shown(again, holder))
        tally.add(
            f"{name} at the same address", is_hit=is_statement_shown(browser.open(str(page.url)), holder)
        )
        tally.add(f"{name} asks for the data", is_hit=browser.open(f"{page.url}/data").status_code == 200)
    again, _ = inquire(clerk, holder, bound_to_bank["code"], once)
    tally.add("the clerk does not see it again", is_hit=not is_statement_shown(again, holder))
    open_permit = holder.issue_permit(max_views=1)
    first, second = Browser(target), Browser(target)
    page, once = inquire(first, holder, open_permit["code"])
    if not is_statement_shown(page, holder):
        raise AttackVoid("a form by nobody is not answered")
    again, _ = inquire(second, holder, open_permit["code"], once)
    tally.add("a second stranger with the same word", is_hit=is_statement_shown(again, holder))
    return tally.summarise()


@register_attack(
    "a clerk's page after the permit was revoked", "says so within a minute; data and letter are gone"
)
def read_after_revocation(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    holder = target.holder
    permit = holder.issue_permit()
    browser = Browser(target)
    page, once = inquire(browser, holder, permit["code"])
    if not is_statement_shown(page, holder):
        raise AttackVoid("the inquiry is not answered")
    holder.person.caller.http.delete(f"{INQUIRY}/permits/{permit['id']}")
    address, ends = str(page.url), time.monotonic() + size.pick(PATIENCE, 65)
    left = {"the page": address, "the data": f"{address}/data", "the letter": f"{address}/letter"}
    while left and time.monotonic() < ends:
        for name, path in list(left.items()):
            answer = browser.open(path)
            shows = is_statement_shown(answer, holder) if name == "the page" else answer.status_code == 200
            if not shows:
                del left[name]
                tally.add(name, is_hit=False)
        time.sleep(size.pick(4, 1))
    for name in left:
        tally.add(f"{name} is still there", is_hit=True)
    again, _ = inquire(browser, holder, permit["code"], once)
    tally.add("the same form again", is_hit=is_statement_shown(again, holder))
    return tally.summarise()


def end_session(target: Target, browser: Browser, existing: set[bytes]) -> None:
    """End a session as twenty idle minutes do: its entries go from the store."""
    path = target.plan.broker_url.removeprefix("redis+socket://")
    with redis.Redis(unix_socket_path=path) as store:
        for key in _list_keys(store) - existing:
            if store.type(key) == b"string":
                store.delete(key)


def _list_keys(store: redis.Redis) -> set[bytes]:
    return set(store.scan_iter(count=1000))


@register_attack("the next person at the same browser", "nothing that the one before typed is shown")
def read_typed(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    first, second = target.register_person(), target.register_person()
    browser = Browser(target)
    path = target.plan.broker_url.removeprefix("redis+socket://")
    with redis.Redis(unix_socket_path=path) as store:
        existing = _list_keys(store)
    browser.sign_in_citizen(first)
    page = browser.open(OBJECTION)
    end_session(target, browser, existing)
    response = browser.submit(page, TYPED)
    if "sign-in" not in str(response.url):
        raise AttackVoid(f"the session has not ended: {response.url.path}")
    home = browser.submit(response, second.credentials)
    pages = [home, *(browser.open(one) for one in (OBJECTION, "/record/objections", "/home"))]
    for one in pages:
        seen = [word for word in TYPED.values() if len(word) > 3 and word in one.text]
        tally.add(f"{one.url.path}: {', '.join(seen)}", is_hit=bool(seen))
    if "national_code" in home.text and "sign-in" in str(home.url):
        raise AttackVoid("the second person is not signed in")
    return tally.summarise()


@register_attack(
    "a page after the sign-out, by the back button", "the sign-in page, and no-store keeps no copy"
)
def go_back(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    person = target.register_person()
    browser = Browser(target)
    browser.sign_in_citizen(person)
    page = browser.open("/record")
    if person.national_code not in page.text and "sign-in" in str(page.url):
        raise AttackVoid("the person is not signed in")
    cookie = dict(browser.http.cookies)
    browser.submit(page, {}, lambda form: form.action.endswith("/sign-out"))
    for path in ("/record", "/home", "/inbox", "/permits", "/insured"):
        tally.add(path, is_hit="sign-in" not in str(browser.open(path).url))
    thief = Browser(target)
    thief.http.cookies.update(cookie)
    for path in ("/record", "/home", "/inbox"):
        tally.add(f"{path} with the old cookie", is_hit="sign-in" not in str(thief.open(path).url))
    return tally.summarise()
