"""Forms sent from elsewhere, texts that are code, redirects, copies in caches, on pages of the portal."""

from collections.abc import Iterator

import httpx

from tests.attack.browser import Browser, PageForm, find_posted_forms
from tests.attack.registry import AttackVoid, Outcome, Size, register_attack
from tests.attack.target import INQUIRY, RECORDS, Target

EVIL = "https://evil.example"
SCRIPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "'};alert(3);//",
    "{{1337*7}}",
    "{% for x in (1,2) %}zz{% endfor %}",
    "javascript:alert(4)//",
    "</textarea><svg onload=alert(5)>",
)
# What such a text must not become.
RUN = ("<script>alert(", "<img src=x", "<svg onload", "9359", "zzzz", 'href="javascript:')
CITIZENS: tuple[str, ...] = (
    "/insured",
    "/record",
    "/record/months",
    "/record/wages",
    "/record/objections",
    "/home",
    "/inbox",
)
CITIZENS += ("/permits", "/disclosure", "/record/objections/missing", "/record/objections/days")
OFFICERS = ("/officer", "/officer/objections", "/officer/lists", "/officer/people", "/officer/letters/failed")
OPEN: tuple[str, ...] = (
    "/",
    "/guide",
    "/sign-in",
    "/institution",
    "/institution/inquiry",
    "/institution/sign-in",
)
OPEN += ("/officer/sign-in", "/letter-check", "/forgotten-password", "/register")


def _open_readers(target: Target) -> Iterator[tuple[str, Browser, list[str]]]:
    holder = target.holder
    yield "nobody", Browser(target), list(OPEN)
    citizen = Browser(target)
    citizen.sign_in_citizen(holder.person)
    permit = holder.issue_permit()
    own = [f"/inbox/{holder.letter['id']}", f"/inbox/{holder.letter['id']}/permit"]
    own += [f"/permits/{permit['id']}", f"/permits/{permit['id']}/revocation"]
    yield "citizen", citizen, [*CITIZENS, *own]
    clerk = Browser(target)
    clerk.sign_in("/institution", target.staff.logins["second-clerk"])
    yield "clerk", clerk, ["/institution/inquiry", "/letter-check"]
    officer = Browser(target)
    officer.sign_in("/officer", target.system.demo["officer"])
    yield "officer", officer, list(OFFICERS)


@register_attack(
    "forms without, with a wrong and with another's word", "400 and no effect, also from another site"
)
def send_across(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    stranger = Browser(target)
    words = [
        form.fields.get("csrf_token", "") for form in find_posted_forms(stranger.open("/institution/inquiry"))
    ]
    foreign_token = next(word for word in words if word)
    for name, browser, paths in _open_readers(target):
        forms: dict[str, PageForm] = {}
        for path in paths:
            for form in find_posted_forms(browser.open(path)):
                forms.setdefault(form.action, form)
        if not forms:
            raise AttackVoid(f"no forms for {name}")
        for action, form in forms.items():
            remaining = {key: value for key, value in form.fields.items() if key != "csrf_token"}
            for how, word, headers in (
                ("no word", "", {}),
                ("no word, from another site", "", {"Origin": EVIL, "Referer": f"{EVIL}/"}),
                ("a wrong word", "wrong", {}),
                ("another's word", foreign_token, {"Origin": EVIL}),
            ):
                sent = remaining | ({"csrf_token": word} if word else {})
                answer = browser.http.post(action, data=sent, headers=headers, follow_redirects=False)
                tally.add(f"{name} {action} {how}: {answer.status_code}", is_hit=answer.status_code != 400)
    return tally.summarise()


@register_attack("scripts and templates in every text that is shown", "escaped on every page of every role")
def write_scripts(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    holder = target.create_holder()
    person = holder.person
    scripts = size.pick(SCRIPTS[:4], SCRIPTS)
    text = " ".join(scripts)
    drafted = person.caller.post(
        f"{RECORDS}/me/objections",
        {
            "kind": "missing-period",
            "workshop_name": f"کارگاه {text}"[:100],
            "city": "<script>alert(1)</script>",
            "start_jalali": "1390-01-01",
            "end_jalali": "1390-01-31",
            "days": 30,
            "text": text,
        },
    )
    assert drafted.status_code == 201, drafted.text
    objection = drafted.json()["id"]
    submitted = person.caller.post(f"{RECORDS}/me/objections/{objection}/confirmation")
    assert submitted.status_code == 200, submitted.text
    permit = holder.issue_permit()
    clerk_api = target.sign_in_bank()
    answered = clerk_api.inquire(person.national_code, permit["code"], purpose=text[:100])
    if answered.status_code == 200:
        report = {"inquiry_id": answered.json()["inquiry_id"], "month_jalali": "1403-01", "text": text}
        clerk_api.post(f"{INQUIRY}/discrepancies", report)
    citizen, officer = Browser(target), Browser(target)
    citizen.sign_in_citizen(person)
    officer.sign_in("/officer", target.system.demo["officer"])
    own = [
        f"/record/objections/{objection}",
        f"/permits/{permit['id']}",
        f"/inbox/{holder.letter['id']}/views",
    ]
    pages = [citizen.open(path) for path in (*CITIZENS, *own)]
    pages += [officer.open(path) for path in (*OFFICERS, f"/officer/objections/{objection}")]
    pages += [Browser(target).open(f"{path}?{text}") for path in ("/", "/sign-in", "/letter-check")]
    with_script = 0
    for page in pages:
        with_script += "alert(1)" in page.text
        run = [mark for mark in RUN if mark in page.text]
        policy = page.headers.get("Content-Security-Policy", "")
        is_loose = "unsafe-inline" in policy or "script-src" not in policy
        tally.add(
            f"{page.url.path}: {run}{' loose policy' if is_loose else ''}", is_hit=bool(run) or is_loose
        )
    if not with_script:
        raise AttackVoid("the text is shown nowhere")
    return tally.summarise(f"shown on {scripts} pages")


@register_attack("sign-in that leads to another host", "every redirect stays at this host")
def send_redirects(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    person = target.holder.person
    for trick in (
        f"{EVIL}/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/%2f/evil.example",
    ):
        for start in (f"/record?next={trick}", f"/sign-in?next={trick}"):
            browser = Browser(target)
            page = browser.open(start)
            answer = browser.submit(page, person.credentials, follow=False)
            tally.add(f"{start}: {_get_location(answer)}", is_hit=_is_leading_away(answer, browser))
    browser = Browser(target)
    answer = browser.http.get("//evil.example/record", follow_redirects=False)
    tally.add(f"a double slash: {_get_location(answer)}", is_hit=_is_leading_away(answer, browser))
    return tally.summarise()


def _get_location(answer: httpx.Response) -> str:
    return str(answer.headers.get("Location", ""))


def _is_leading_away(answer: httpx.Response, browser: Browser) -> bool:
    location = _get_location(answer)
    return bool(location) and not (
        (location.startswith("/") and not location.startswith(("//", "/\\")))
        or location.startswith(f"{browser.http.base_url}")
    )


@register_attack(
    "a code's page asked for under another Host", "the address for the bank is the configured one"
)
def name_another_host(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    browser = Browser(target)
    browser.sign_in_citizen(target.holder.person)
    page = browser.open(f"/inbox/{target.holder.letter['id']}/permit")
    issued = browser.submit(page, {"valid_days": "1"})
    if not issued.url.path.endswith("/code"):
        raise AttackVoid(f"no code is shown: {issued.url.path}")
    for host in ("evil.example", "evil.example:8080", "127.0.0.1.evil.example"):
        again = browser.http.get(issued.url.path, headers={"Host": host})
        # The picture names the same address as the text beside it.
        tally.add(f"{host}: {again.status_code}", is_hit="evil.example" in again.text)
    return tally.summarise()


@register_attack("copies of personal pages", "Cache-Control: no-store on each, and no frame on another site")
def look_for_copies(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    for name, browser, paths in _open_readers(target):
        if name == "nobody":
            continue
        for path in paths:
            page = browser.open(path)
            if page.status_code != 200 or "sign-in" in str(page.url):
                continue
            is_kept = "no-store" not in page.headers.get("Cache-Control", "")
            is_framed = "frame-ancestors" not in page.headers.get("Content-Security-Policy", "")
            tally.add(f"{name} {path}", is_hit=is_kept or is_framed)
    return tally.summarise()


@register_attack("the session's cookie", "HttpOnly, SameSite, another id after the sign-in")
def fix_session(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    browser = Browser(target)
    before = browser.open("/sign-in").headers.get_list("Set-Cookie")
    old = dict(browser.http.cookies)
    answer = browser.sign_in("", target.holder.person.credentials, follow=False)
    cookies = [*before, *answer.headers.get_list("Set-Cookie")]
    if not cookies:
        raise AttackVoid("there is no cookie")
    for cookie in cookies:
        is_bare = "httponly" not in cookie.lower() or "samesite" not in cookie.lower()
        tally.add("a bare cookie", is_hit=is_bare)
    victim = Browser(target)
    victim.http.cookies.update(old)
    tally.add("a fixed session", is_hit="sign-in" not in str(victim.open("/record").url))
    return tally.summarise()
