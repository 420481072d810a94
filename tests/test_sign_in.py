"""Browsers: signing in and out, whom a cookie counts for, and the files of the console."""
import gzip
import http.client
import json
import urllib.parse

import pytest

from support.client import Browser, Client
from support.process import clean_environment, wait_until
from support.world import AccessGuard, ask


@pytest.fixture(scope="module")
def playground(tmp_path_factory):
    """`serve --sandbox`: there one may choose who one is."""
    server = AccessGuard(tmp_path_factory.mktemp("playground"), clean_environment(), policy=None)
    server.options = ["--sandbox=7"]
    server.start().wait_known()
    yield server
    server.stop()


@pytest.fixture
def browser(playground):
    return Browser(playground.url)


def fetch(url, target, method="GET", **headers):
    """An exchange as it is on the wire, held against no contract: status, headers, bytes."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=30)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        reply = connection.getresponse()
        return reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read()
    finally:
        connection.close()


# ---- signing in ------------------------------------------------------------------------------------------------


def test_in_the_sandbox_one_chooses_a_person_and_is_that_person(playground, browser):
    ways = browser.get("/v1/sign-in").json
    assert ways["sandbox"] and ways["methods"] == ["person", "token"]
    people = {person["user_name"]: person for person in ways["people"]}
    assert {"ana", "bo", "chen"} <= set(people)
    assert any(person["administrator"] for person in people.values())

    me = browser.sign_in(person="ana").json
    assert me["user"]["user_name"] == "ana" and me["role"] == "person"
    assert browser.get("/v1/me").json["token"] == me["token"]
    asked = ask(browser, "dev-web", "ReadOnly")
    assert asked["requester"]["user_name"] == "ana"

    again = Browser(playground.url)
    assert again.sign_in(person=people["bo"]["id"]).json["user"]["user_name"] == "bo", "by id too"


def test_the_secret_is_in_the_cookie_and_nowhere_else(playground, browser):
    reply = browser.sign_in(person="ana")
    attributes = reply.headers["set-cookie"].split("; ")
    secret = attributes[0].removeprefix("accessguard=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(attributes)
    assert secret not in reply.text and secret[-24:] not in reply.text
    for path in playground.data.glob("*"):
        assert secret[-24:].encode() not in path.read_bytes(), f"{path.name} holds the secret"
    assert secret not in (playground.folder / "accessguard.log").read_text()
    assert reply.headers["cache-control"] == "no-store"


def test_where_the_browser_speaks_https_the_cookie_is_bound_to_it(playground):
    host = urllib.parse.urlsplit(playground.url).netloc
    browser = Browser(playground.url)
    reply = browser.call("POST", "/v1/sign-in", {"person": "ana"}, headers={"Origin": f"https://{host}"}, expect=200)
    assert reply.headers["set-cookie"].startswith("__Host-accessguard=") and "; Secure" in reply.headers["set-cookie"]
    browser.get("/v1/me")


def test_each_sign_in_is_a_session_of_its_own_on_the_ledger(playground):
    first, second, admin = Browser(playground.url), Browser(playground.url), Browser(playground.url)
    one, two = first.sign_in(person="ana").json["token"]["id"], second.sign_in(person="ana").json["token"]["id"]
    assert one != two
    people = admin.get("/v1/sign-in").json["people"]
    admin.sign_in(person=next(p["user_name"] for p in people if p["administrator"]))
    entries = {e["body"]["token"]: e for e in admin.ledger() if e["kind"] == "token.issued"}
    assert entries[one]["body"]["user_name"] == "ana" and entries[one]["body"]["session"] == {}
    assert len(entries[one]["body"]["sha256"]) == 64

    planted = first.cookie
    first.sign_in(person="bo")
    assert first.cookie != planted, "a session that was there before is not taken over"


def test_signing_out_ends_the_session_and_no_other(playground):
    first, second = Browser(playground.url), Browser(playground.url)
    first.sign_in(person="ana")
    second.sign_in(person="ana")
    stolen = first.cookie
    first.post("/v1/sign-out", {}, expect=204)
    assert first.cookie is None
    late = first.get("/v1/me", expect=401, headers={"Cookie": stolen})
    assert late.code == "unauthenticated" and "sign in again" in late.json["detail"]
    second.get("/v1/me")
    first.post("/v1/sign-out", {}, expect=204)


def test_a_session_is_good_for_nothing_in_a_header_and_a_token_for_nothing_in_a_cookie(guard, as_):
    browser = Browser(guard.url)
    browser.sign_in(token=as_("ana").token)
    secret = browser.cookie.removeprefix("accessguard=")
    assert Client(guard.url, secret).get("/v1/me", expect=401).code == "token_unknown"
    browser.get("/v1/me", expect=401, headers={"Cookie": f"accessguard={as_('ana').token}"})
    browser.get("/v1/me", expect=401, headers={"Cookie": "accessguard=" + secret[:-1] + "x"})
    browser.get("/v1/me", expect=401, headers={"Cookie": "accessguard=nonsense"})
    browser.get("/v1/me", expect=401, headers={"Cookie": f"{browser.cookie}; accessguard=planted"})
    browser.get("/v1/me")


def test_on_a_real_server_nobody_is_chosen_and_a_token_begins_a_session(guard, as_):
    browser = Browser(guard.url)
    assert browser.get("/v1/sign-in").json == {"sandbox": False, "methods": ["token"], "people": []}
    refused = browser.sign_in(person="ana", expect=403)
    assert refused.code == "not_allowed" and browser.cookie is None
    assert browser.sign_in(token="ag_made_up", expect=401).code == "token_unknown"
    assert browser.cookie is None

    assert browser.sign_in(token=as_("sven").token).json["role"] == "admin"
    issued = [e for e in browser.ledger() if e["kind"] == "token.issued"][-1]
    assert issued["actor"]["name"] == "sven" and issued["body"]["session"]["began_with"].startswith("tok_")


def test_a_session_ends_with_the_token_that_began_it(guard):
    token = guard.token("bo")
    browser = Browser(guard.url)
    browser.sign_in(token=token)
    browser.get("/v1/me")
    guard.cli("token", "revoke", "_".join(token.split("_")[1:3]), "--data", guard.data)
    wait_until(lambda: browser.get("/v1/me", expect=None).status == 401, 10, "the session is over")
    assert browser.sign_in(token=token, expect=401).code == "token_revoked"


@pytest.mark.parametrize("body, status, code", [
    ({}, 422, "missing_field"),
    ({"person": "ana", "token": "x"}, 422, "missing_field"),
    ({"person": "nobody-of-that-name"}, 422, "unknown_user"),
    ({"person": 7}, 422, "invalid_type"),
    ({"person": "ana", "password": "x"}, 422, "unknown_field"),
])
def test_a_sign_in_that_says_something_else_is_refused(browser, body, status, code):
    assert browser.post("/v1/sign-in", body, expect=status).code == code
    assert browser.cookie is None


def test_sessions_do_not_begin_without_end(tmp_path):
    server = AccessGuard(tmp_path, clean_environment(), policy=None)
    server.options = ["--sandbox=7"]
    server.start().wait_known()
    try:
        browser = Browser(server.url)
        statuses = [browser.sign_in(person="ana", expect=None).status for _ in range(80)]
        assert statuses[0] == 200 and 429 in statuses, statuses
        browser.get("/v1/me")
    finally:
        server.stop()


# ---- foreign pages ---------------------------------------------------------------------------------------------

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": None},  # and no Origin: whoever it is, it is none of our pages
    {"Sec-Fetch-Site": None, "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": None, "Origin": "null"},
    {"Sec-Fetch-Site": None, "Origin": "http://127.0.0.1:1"},
    {"Origin": "https://evil.example"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_what_a_foreign_page_makes_a_browser_send_changes_nothing(browser, headers):
    browser.sign_in(person="ana")
    before = len(browser.items("/v1/requests?mine=true"))
    body = {"accounts": ["dev-web"], "permission_set": "ReadOnly", "duration": "1h", "reason": "a foreign page"}
    assert browser.post("/v1/requests", body, headers=headers, expect=403).code == "foreign_origin"
    assert browser.post("/v1/sign-out", {}, headers=headers, expect=403).code == "foreign_origin"
    assert len(browser.items("/v1/requests?mine=true")) == before


@pytest.mark.parametrize("headers", [h for h in FOREIGN if h.get("Sec-Fetch-Site") in ("cross-site", "same-site") or
                                     "Origin" in h])
def test_a_foreign_page_reads_nothing_and_signs_nobody_in(browser, headers):
    assert browser.call("POST", "/v1/sign-in", {"person": "bo"}, headers=headers, expect=403).code == "foreign_origin"
    browser.sign_in(person="ana")
    assert browser.get("/v1/me", headers=headers, expect=403).code == "foreign_origin"


def test_an_own_page_is_known_by_its_origin_alone(playground, browser):
    browser.sign_in(person="ana")
    ask(browser, "dev-web", "ReadOnly", headers={"Sec-Fetch-Site": None, "Origin": playground.url})


def test_a_token_in_a_header_needs_no_origin(as_):
    ask(as_("ana"), "dev-web", "ReadOnly", headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})


def test_events_come_by_cookie_and_go_on_where_they_stopped(playground, browser):
    browser.sign_in(person="ana")
    asked = ask(browser, "dev-web", "ReadOnly")
    host = urllib.parse.urlsplit(playground.url).netloc
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request("GET", "/v1/events", headers={"Cookie": browser.cookie, "Sec-Fetch-Site": "same-origin",
                                                     "Last-Event-ID": "-1"})
    reply = connection.getresponse()
    assert reply.status == 200 and reply.getheader("Content-Type").startswith("text/event-stream")
    for line in reply:
        if line.startswith(b"data: ") and json.loads(line[6:])["request"] == asked["id"]:
            break
    connection.close()


# ---- the console's files ---------------------------------------------------------------------------------------


def test_the_first_page_is_there_with_the_policy_that_lets_nothing_else_in(guard):
    status, headers, body = fetch(guard.url, "/")
    assert status == 200 and headers["content-type"].startswith("text/html") and b"AccessGuard" in body
    policy = {part.split()[0]: part.split()[1:] for part in headers["content-security-policy"].split("; ")}
    assert policy["default-src"] == ["'none'"] and policy["script-src"] == ["'self'"] == policy["style-src"]
    assert policy["frame-ancestors"] == ["'none'"] and policy["base-uri"] == ["'none'"]
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-cache"
    assert fetch(guard.url, "/", If_None_Match=headers["etag"])[0] == 304
    status, told, nothing = fetch(guard.url, "/", "HEAD")
    assert status == 200 and nothing == b"" and int(told["content-length"]) == len(body)


def test_addresses_of_the_console_show_its_page_and_those_of_the_api_never(guard):
    whole = fetch(guard.url, "/")[2]
    for target in ("/approvals", "/requests/req_01JD8Y3V5Q8Z6W4K2N0B7M9CXA", "/accounts/1?tab=history"):
        assert fetch(guard.url, target, Accept="text/html")[::2] == (200, whole), target
    for target in ("/v1/nothing", "/v1", "/metrics/nothing", "/assets/gone-1a2b.js", "/favicon.ico.gz",
                   "/..%2f..%2fetc%2fpasswd", "/../etc/passwd", "/assets/..%2f..%2findex.html"):
        status, headers, body = fetch(guard.url, target, Accept="text/html")
        assert status == 404 and headers["content-type"] == "application/problem+json", (target, status)
        assert b"root:" not in body
    Client(guard.url).get("/approvals", expect=404)


def test_files_with_a_hash_in_their_names_may_be_kept_and_come_packed(guard):
    page = fetch(guard.url, "/")[2].decode()
    if "/assets/" not in page:
        pytest.skip("this program was built without the console")
    script = page.split('src="', 1)[1].split('"', 1)[0]
    plain = fetch(guard.url, script)
    assert plain[0] == 200 and plain[1]["cache-control"] == "public, max-age=31536000, immutable"
    packed = fetch(guard.url, script, Accept_Encoding="gzip")
    assert packed[1]["content-encoding"] == "gzip" and gzip.decompress(packed[2]) == plain[2]
    smallest = fetch(guard.url, script, Accept_Encoding="gzip, deflate, br")
    assert smallest[1]["content-encoding"] == "br" and len(smallest[2]) < len(packed[2]) < len(plain[2])
    assert len({plain[1]["etag"], packed[1]["etag"], smallest[1]["etag"]}) == 3
    assert fetch(guard.url, script, Accept_Encoding="br", If_None_Match=smallest[1]["etag"])[0] == 304
