"""Bad input, as tables: each line asserts the status, the code, and that the problem names the field.

And bad weather: AWS away, in the wrong region, forbidden or empty. The server stays up, says why, and recovers.
"""
import json
import subprocess

import pytest

from support.client import Client
from support.paths import binary
from support.process import clean_environment, free_port, wait_until
from support.world import AccessGuard, Sandbox, ask

GOOD = {"accounts": ["prod-web"], "permission_set": "Deploy", "duration": "1h", "reason": "release 4313"}


def but(**changes):
    """The good body with changes; a member given as None is left out."""
    body = {**GOOD, **changes}
    return {k: v for k, v in body.items() if v is not None}


# What people call some fields.
WORDS = {"accounts": "account", "Authorization": "token", "If-Match": "which policy"}


def names(problem, field):
    """The problem names the field: to programs in errors[], to people in its words. Whether it does."""
    if [e["field"] for e in problem.get("errors", [])] != [field]:
        return False
    if problem["status"] == 403:
        return True  # a refusal speaks of the wish, not of its spelling
    word = field.split(".")[-1].split("[")[0]
    told = problem["detail"].lower().replace("_", " ")
    return word.lower().replace("_", " ") in told or WORDS.get(word, word).lower() in told


# ---- asking ----------------------------------------------------------------------------------------------------

ASKS = [
    # what is wrong, the body, status, code, field
    ("unknown account", but(accounts=["prod-wep"]), 422, "unknown_account", "accounts[0]"),
    ("second account unknown", but(accounts=["prod-web", "x"]), 422, "unknown_account", "accounts[1]"),
    ("account that is only a number", but(accounts=["000000000000"]), 422, "unknown_account", "accounts[0]"),
    ("empty account", but(accounts=[""]), 422, "unknown_account", "accounts[0]"),
    ("account with control characters", but(accounts=["prod\u0000web"]), 422, "unknown_account", "accounts[0]"),
    ("no accounts", but(accounts=[]), 422, "missing_field", "accounts"),
    ("accounts missing", but(accounts=None), 422, "missing_field", "accounts"),
    ("too many accounts", but(accounts=["prod-web"] * 51), 422, "too_many", "accounts"),
    ("accounts not a list", but(accounts="prod-web"), 422, "invalid_type", "accounts"),
    ("account not a text", but(accounts=[7]), 422, "invalid_type", "accounts[0]"),
    ("unknown permission set", but(permission_set="Deplyo"), 422, "unknown_permission_set", "permission_set"),
    ("permission set missing", but(permission_set=None), 422, "missing_field", "permission_set"),
    ("permission set null", {**GOOD, "permission_set": None}, 422, "invalid_type", "permission_set"),
    ("zero duration", but(duration="0s"), 422, "invalid_duration", "duration"),
    ("zero ISO duration", but(duration="PT0S"), 422, "invalid_duration", "duration"),
    ("negative duration", but(duration="-1h"), 422, "invalid_duration", "duration"),
    ("negative ISO duration", but(duration="-PT1H"), 422, "invalid_duration", "duration"),
    ("duration without unit", but(duration="60"), 422, "invalid_duration", "duration"),
    ("duration with a fraction", but(duration="1.5h"), 422, "invalid_duration", "duration"),
    ("duration in months", but(duration="P1M"), 422, "invalid_duration", "duration"),
    ("duration that overflows", but(duration="9" * 30 + "h"), 422, "invalid_duration", "duration"),
    ("empty duration", but(duration=""), 422, "invalid_duration", "duration"),
    ("duration as a number", but(duration=3600), 422, "invalid_type", "duration"),
    ("duration missing", but(duration=None), 422, "missing_field", "duration"),
    ("start in the past", but(start="2020-01-01T00:00:00Z"), 422, "start_in_past", "start"),
    ("start too far ahead", but(start="+31d"), 422, "start_too_far", "start"),
    ("start far beyond", but(start="2199-01-01T00:00:00Z"), 422, "start_too_far", "start"),
    ("start that is no time", but(start="tomorrow"), 422, "invalid_time", "start"),
    ("start on no day", but(start="2026-02-30T00:00:00Z"), 422, "invalid_time", "start"),
    ("start without a zone", but(start="2027-01-01T00:00:00"), 422, "invalid_time", "start"),
    ("start in no time from now", but(start="+0s"), 422, "invalid_duration", "start"),
    ("start as a number", but(start=1767225600), 422, "invalid_type", "start"),
    ("empty reason", but(reason=""), 422, "too_short", "reason"),
    ("reason of spaces", but(reason="   \t "), 422, "too_short", "reason"),
    ("reason of 501 characters", but(reason="x" * 501), 422, "too_long", "reason"),
    ("reason with a NUL", but(reason="a\u0000b"), 422, "invalid_characters", "reason"),
    ("reason with a line break", but(reason="a\nb"), 422, "invalid_characters", "reason"),
    ("reason with an escape sequence", but(reason="\u001b[2Jx"), 422, "invalid_characters", "reason"),
    ("reason with a direction override", but(reason="a\u202eb"), 422, "invalid_characters", "reason"),
    ("reason missing", but(reason=None), 422, "missing_field", "reason"),
    ("ticket with a line break", but(ticket="OPS\n1"), 422, "invalid_characters", "ticket"),
    ("ticket of 65 characters", but(ticket="x" * 65), 422, "too_long", "ticket"),
    ("unknown member", but(resaon="x"), 422, "unknown_field", "resaon"),
    ("unknown rule", but(rule="prod-wrok"), 403, "not_eligible", "accounts"),
    ("a door that no rule opens", but(permission_set="Billing"), 403, "not_eligible", "accounts"),
    ("over-long duration", but(duration="4h1s"), 403, "duration_too_long", "duration"),
    ("over-long by years", but(duration="3650d"), 403, "duration_too_long", "duration"),
    ("suspended account", but(accounts=["legacy-shop"]), 403, "account_not_active",
     "accounts"),
    ("a ticket is needed", but(permission_set="ProdAdmin", reason="x" * 30), 403, "ticket_needed", "ticket"),
    ("a ticket of another kind", but(permission_set="ProdAdmin", reason="x" * 30, ticket="ops1"), 403,
     "invalid_ticket", "ticket"),
    ("a reason too short for the guardrail", but(permission_set="ProdAdmin", reason="too short", ticket="OPS-1"), 422,
     "too_short", "reason"),
    ("longer than the guardrail allows", but(permission_set="ProdAdmin", duration="90m", reason="x" * 30,
                                             ticket="OPS-1"), 403, "duration_too_long", "duration"),
]


@pytest.mark.parametrize("body,status,code,field", [pytest.param(*line[1:], id=line[0]) for line in ASKS])
def test_a_wrong_question_is_refused_and_the_answer_names_the_field(as_, body, status, code, field):
    reply = as_("ana").post("/v1/requests", body, expect=status)
    assert reply.code == code
    assert names(reply.json, field), reply.json


def test_refusals_by_people_and_by_length_have_their_own_code(as_):
    short = ask(as_("priya"), "staging-web", "DataAnalyst", "9m", expect=403)
    assert short["code"] == "duration_too_short" and short["errors"][0]["field"] == "duration"
    lonely = ask(as_("wanda"), "dev-web", "NetworkAdmin", expect=403)
    assert lonely["code"] == "no_approver" and "nobody" in lonely["detail"] and lonely["rule"].startswith("nobody-left")
    outsider = ask(as_("wanda"), "prod-web", expect=403)
    assert outsider["code"] == "not_eligible"


def test_suggestions_come_with_a_misspelt_name(as_):
    assert "prod-web" in ask(as_("ana"), "prod-wep", expect=422)["fix"]
    assert "Deploy" in ask(as_("ana"), "prod-web", "Deplyo", expect=422)["fix"]


def test_nothing_of_all_this_reached_the_ledger(as_):
    kinds = [e["kind"] for e in as_("sven").ledger()]
    assert "request.submitted" not in kinds and "slot.create_intended" not in kinds


# ---- the body as such ------------------------------------------------------------------------------------------

TEXT = json.dumps(GOOD)
BODIES = [
    ("not JSON", "{", 400, "invalid_json", None),
    ("a word", "hello", 400, "invalid_json", None),
    ("JSON with a tail", TEXT + "x", 400, "invalid_json", None),
    ("two documents", TEXT + TEXT, 400, "invalid_json", None),
    ("a comment", "/* */" + TEXT, 400, "invalid_json", None),
    ("a trailing comma", TEXT[:-1] + ",}", 400, "invalid_json", None),
    ("a byte order mark", "\ufeff" + TEXT, 400, "invalid_json", None),
    ("a lone surrogate", TEXT.replace("release", "\\ud800"), 400, "invalid_json", None),
    ("bytes that are no UTF-8", TEXT.encode().replace(b"release", b"\xff\xfe"), 400, "invalid_json", None),
    ("a raw control character", TEXT.replace("release", "rel\x01ease"), 400, "invalid_json", None),
    ("nested too deep", "[" * 1000 + "]" * 1000, 400, "invalid_json", None),
    ("NaN", TEXT[:-1] + ',"x":NaN}', 400, "invalid_json", None),
    ("a fraction", TEXT[:-1] + ',"ticket":1.5}', 400, "invalid_json", None),
    ("an exponent", TEXT[:-1] + ',"ticket":1e3}', 400, "invalid_json", None),
    ("a number of 70 bits", TEXT[:-1] + ',"ticket":1180591620717411303424}', 400, "invalid_json", None),
    ("a member twice", TEXT[:-1] + ',"reason":"other"}', 400, "duplicate_member", "reason"),
    ("a list", "[]", 422, "invalid_type", None),
    ("null", "null", 422, "invalid_type", None),
    ("a text", '"x"', 422, "invalid_type", None),
    ("nothing at all", "", 422, "missing_field", "accounts"),
    ("a reason of 100 kB", json.dumps({**GOOD, "reason": "x" * 100_000}), 413, "body_too_large", None),
    ("a reason of 60 kB", json.dumps({**GOOD, "reason": "x" * 60_000}), 422, "too_long", "reason"),
    ("a body just over the limit", TEXT + " " * (64 * 1024 + 1 - len(TEXT)), 413, "body_too_large", None),
]


@pytest.mark.parametrize("body,status,code,field", [pytest.param(*line[1:], id=line[0]) for line in BODIES])
def test_a_body_that_is_no_request_is_refused(as_, body, status, code, field):
    raw = body if isinstance(body, bytes) else body.encode()
    reply = as_("ana").post("/v1/requests", raw=raw, expect=status)
    assert reply.code == code
    if field:
        assert names(reply.json, field), reply.json


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json", None])
def test_another_content_type_is_refused(as_, media):
    reply = as_("ana").post("/v1/requests", raw=TEXT.encode(), headers={"Content-Type": media}, expect=415)
    assert reply.code == "unsupported_media_type" and names(reply.json, "Content-Type")


def test_a_charset_does_no_harm(as_):
    reply = as_("ana").post("/v1/requests", raw=b'{"accounts":["nowhere"],"permission_set":"x","duration":"1h","reason":"x"}',
                            headers={"Content-Type": "application/json; charset=utf-8"}, expect=422)
    assert reply.code == "unknown_account"


@pytest.mark.parametrize("key", ["", "x" * 129, "with space", "t\u00e4st"])
def test_an_idempotency_key_out_of_bounds_is_refused(as_, key):
    reply = as_("ana").post("/v1/requests", GOOD, headers={"Idempotency-Key": key.encode("latin-1")}, expect=400)
    assert reply.code == "idempotency_key_invalid" and names(reply.json, "Idempotency-Key")


# ---- methods and addresses -------------------------------------------------------------------------------------

METHODS = [("DELETE", "/v1/requests"), ("PUT", "/v1/requests"), ("POST", "/v1/me"), ("PATCH", "/v1/policy"),
           ("POST", "/v1/ledger"), ("DELETE", "/v1/requests/req_0"), ("GET", "/v1/requests/req_0/decisions"),
           ("POST", "/healthz"), ("OPTIONS", "/v1/me"), ("PUT", "/metrics"), ("GET", "/v1/requests/preview")]


@pytest.mark.parametrize("method,path", METHODS)
def test_a_wrong_method_is_told_which_are_right(as_, method, path):
    reply = as_("ana").call(method, path, expect=405)
    assert reply.code == "method_not_allowed" and reply.headers["allow"]  # the client compares it with the contract


PATHS = ["/nothing", "/v1", "/v2/me", "/v1/me/", "/v1/requests/req_0/approve", "/v1/../healthz", "/V1/me", "/v1//me",
         "/openapi.yaml", "/v1/" + "x" * 2000]


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p[:30])
def test_an_unknown_address_is_not_found(as_, path):
    reply = as_("ana").call("GET", path)
    assert (reply.status, reply.code) == (404, "not_found")


QUERIES = [
    ("/v1/requests?limit=0", "invalid_value", "limit"),
    ("/v1/requests?limit=201", "invalid_value", "limit"),
    ("/v1/requests?limit=ten", "invalid_value", "limit"),
    ("/v1/requests?limit=1.5", "invalid_value", "limit"),
    ("/v1/requests?limit=99999999999999999999", "invalid_value", "limit"),
    ("/v1/requests?state=pendin", "invalid_value", "state"),
    ("/v1/requests?state=", "invalid_value", "state"),
    ("/v1/requests?mine=yes", "invalid_value", "mine"),
    ("/v1/requests?reviewable=1", "invalid_value", "reviewable"),
    ("/v1/requests?decided=", "invalid_value", "decided"),
    ("/v1/requests?break_glass=yes", "invalid_value", "break_glass"),
    ("/v1/requests?review=late", "invalid_value", "review"),
    ("/v1/requests?account=nowhere", "unknown_account", "account"),
    ("/v1/requests?user=nobody", "unknown_user", "user"),
    ("/v1/requests?acount=prod-web", "unknown_field", "acount"),
    ("/v1/requests?cursor=", "invalid_value", "cursor"),
    ("/v1/requests?cursor=nonsense", "invalid_value", "cursor"),
    ("/v1/grants?state=pending", "invalid_value", "state"),
    ("/v1/grants?limit=-1", "invalid_value", "limit"),
    ("/v1/access?at=yesterday", "invalid_time", "at"),
    ("/v1/access?permission_set=None", "unknown_permission_set", "permission_set"),
    ("/v1/eligible?account=nowhere", "unknown_account", "account"),
    ("/v1/eligible?cursor=1", "invalid_value", "cursor"),
    ("/v1/eligible?cursor=1.-1", "invalid_value", "cursor"),
    ("/v1/eligible?cursor=99999999999999999999.0", "invalid_value", "cursor"),
    ("/v1/accounts?cursor=x", "invalid_value", "cursor"),
    ("/v1/users?limit=500", "invalid_value", "limit"),
    ("/v1/me?verbose=true", "unknown_field", "verbose"),
    ("/v1/policy?version=1", "unknown_field", "version"),
    ("/v1/ledger/checkpoint?size=1", "unknown_field", "size"),
    ("/v1/events?after=1", "unknown_field", "after"),
    ("/v1/requests/req_0?fields=id", "unknown_field", "fields"),
]


@pytest.mark.parametrize("target,code,field", QUERIES)
def test_a_bad_query_parameter_is_named(as_, target, code, field):
    reply = as_("ana").get(target, expect=None)
    assert (reply.status, reply.code) == (422, code), reply.text
    assert names(reply.json, field), reply.json


LEDGER_QUERIES = [("from=-1", "invalid_value", "from"), ("from=x", "invalid_value", "from"),
                  ("limit=0", "invalid_value", "limit"), ("limit=201", "invalid_value", "limit"),
                  ("cursor=1", "unknown_field", "cursor")]


@pytest.mark.parametrize("query,code,field", LEDGER_QUERIES)
def test_the_ledger_names_bad_parameters_too(as_, query, code, field):
    reply = as_("sven").get(f"/v1/ledger?{query}", expect=422)
    assert reply.code == code and names(reply.json, field)


@pytest.mark.parametrize("target", ["/v1/requests?limit=1&limit=2", "/v1/requests?account=%zz", "/v1/requests?x=%00"])
def test_an_address_that_is_malformed_is_a_bad_request(as_, target):
    assert as_("ana").get(target, expect=400).code == "invalid_request"


@pytest.mark.parametrize("last", ["x", "-5", "1.5", "99999999999999999999", ""])
def test_a_last_event_id_that_was_never_sent_is_refused(as_, last):
    reply = as_("ana").get("/v1/events", headers={"Last-Event-ID": last}, expect=400)
    assert reply.code == "invalid_request" and names(reply.json, "Last-Event-ID")


# ---- tokens ----------------------------------------------------------------------------------------------------


def authorized(guard, value):
    return Client(guard.url).get("/v1/me", headers={"Authorization": value} if value is not None else {}, expect=401)


def test_no_token_no_answer(guard):
    for value in (None, "", "Bearer", "Basic YW5hOnB3", "bearer", "Token x"):
        reply = authorized(guard, value)
        assert reply.code == "unauthenticated" and names(reply.json, "Authorization"), value
        assert reply.headers["www-authenticate"].startswith("Bearer")


def test_a_foreign_token_is_unknown(guard, tmp_path, sandbox):
    other = AccessGuard(tmp_path / "other", sandbox.environment())
    token = guard.token("ana")
    wrong_end = token[:-1] + ("A" if token[-1] != "A" else "B")
    for text in (other.token("ana"), wrong_end, token + "x", "ag_tok_x", "x" * 3000, "ag_" + "\u00e9" * 10):
        reply = authorized(guard, ("Bearer " + text).encode("latin-1"))
        assert reply.code == "token_unknown" and names(reply.json, "Authorization")
    assert Client(guard.url, token).get("/v1/me").json["user"]["user_name"] == "ana"


def test_an_expired_token_says_when(guard):
    short = guard.client("ana", lifetime="1s")
    reply = wait_until(lambda: _refused(short), 5, "it expires")
    assert reply.code == "token_expired" and reply.json["errors"][0]["field"] == "Authorization"


def _refused(client):
    reply = client.get("/v1/me", expect=None)
    return reply if reply.status != 200 else None


def test_a_revoked_token_ends_at_once(guard):
    client = guard.client("ana")
    id_ = client.get("/v1/me").json["token"]["id"]
    guard.cli("token", "revoke", id_, "--data", guard.data)
    reply = wait_until(lambda: _refused(client), 5, "it is revoked")
    assert reply.code == "token_revoked" and reply.json["errors"][0]["field"] == "Authorization"


def test_a_disabled_person_is_let_in_nowhere(guard):
    # Someone who left: the token was issued when the directory was not known.
    reply = guard.client("viktor").get("/v1/me", expect=403)
    assert reply.code == "user_disabled" and "viktor" in reply.json["detail"]


def test_an_administrator_from_outside_the_directory_cannot_ask(guard):
    outside = guard.client("root@console", admin=True)
    assert outside.get("/v1/me").json["user"] is None
    problem = ask(outside, "dev-web", "ReadOnly", expect=422)
    assert problem["code"] == "unknown_user" and problem["errors"][0]["field"] == "user"


# ---- decisions and the rest ------------------------------------------------------------------------------------

DECISIONS = [
    ("neither approve nor deny", {"decision": "maybe", "version": "x"}, 422, "invalid_value", "decision"),
    ("no decision", {"version": "x"}, 422, "missing_field", "decision"),
    ("no version", {"decision": "approve"}, 422, "missing_field", "version"),
    ("a version as a number", {"decision": "approve", "version": 1}, 422, "invalid_type", "version"),
    ("another version", {"decision": "approve", "version": "0" * 64}, 409, "stale_version", "version"),
    ("a longer time than was asked", {"decision": "approve", "max_duration": "2h"}, 422, "invalid_duration",
     "max_duration"),
    ("no time at all", {"decision": "approve", "max_duration": "0s"}, 422, "invalid_duration", "max_duration"),
    ("a comment of two lines", {"decision": "approve", "comment": "a\nb"}, 422, "invalid_characters", "comment"),
    ("a comment of 501 characters", {"decision": "approve", "comment": "x" * 501}, 422, "too_long", "comment"),
    ("a denial without a word", {"decision": "deny"}, 422, "too_short", "comment"),
    ("an account that is not in it", {"decision": "approve", "accounts": ["dev-web"]}, 422, "unknown_account",
     "accounts[0]"),
    ("no account at all", {"decision": "approve", "accounts": []}, 422, "missing_field", "accounts"),
    ("accounts as a text", {"decision": "approve", "accounts": "prod-web"}, 422, "invalid_type", "accounts"),
    ("an unknown member", {"decision": "approve", "force": True}, 422, "unknown_field", "force"),
]


def test_a_wrong_decision_counts_for_nothing(as_):
    ana, bo = as_("ana"), as_("bo")
    request = ask(ana, "prod-web")
    for what, body, status, code, field in DECISIONS:
        if "version" not in body and what != "no version":
            body = {**body, "version": request["version"]}
        reply = bo.post(f"/v1/requests/{request['id']}/decisions", body, expect=None)
        assert (reply.status, reply.code) == (status, code), (what, reply.text)
        assert names(reply.json, field), (what, reply.json)
    assert ana.get(f"/v1/requests/{request['id']}").json["decisions"] == []
    for action in ("withdraw", "end"):
        reply = ana.post(f"/v1/requests/{request['id']}/{action}", {"now": True}, expect=422)
        assert reply.code == "unknown_field" and names(reply.json, "now")
    long = ana.post(f"/v1/requests/{request['id']}/end", {"reason": "x" * 501}, expect=422)
    assert long.code == "too_long" and names(long.json, "reason")
    ana.post(f"/v1/requests/{request['id']}/withdraw")


GLASS = {"account": "prod-web", "permission_set": "BreakGlassAdmin", "reason": "down", "confirm": "prod-web"}
WISH = {"duration": "30m", "reason": "more"}
ORDERS = [
    # what is wrong, the path after the request's or from /v1 on, the body, status, code, field
    ("extend without a length", "/extend", {"reason": "x"}, 422, "missing_field", "duration"),
    ("extend by nothing", "/extend", {**WISH, "duration": "0s"}, 422, "invalid_duration", "duration"),
    ("extend without a reason", "/extend", {"duration": "1h"}, 422, "missing_field", "reason"),
    ("extend with an unknown member", "/extend", {**WISH, "until": "x"}, 422, "unknown_field", "until"),
    ("extend what is not granted", "/extend", WISH, 409, "nothing_to_extend", "id"),
    ("review without a finding", "/review", {"comment": "x"}, 422, "missing_field", "finding"),
    ("review with another finding", "/review", {"finding": "fine", "comment": "x"}, 422, "invalid_value", "finding"),
    ("review what is no break-glass", "/review", {"finding": "justified", "comment": "x"}, 409, "nothing_to_review",
     "id"),
    ("break-glass that the policy has not", "/v1/break-glass", GLASS, 403, "not_eligible", None),
    ("break-glass without confirmation", "/v1/break-glass", {**GLASS, "confirm": None}, 422, "invalid_type", "confirm"),
    ("break-glass for no time", "/v1/break-glass", {**GLASS, "duration": "x"}, 422, "invalid_duration", "duration"),
    ("explain an unknown account", "/v1/policy/explain", {"account": "x", "permission_set": "Deploy"}, 422,
     "unknown_account", "account"),
    ("explain for no time", "/v1/policy/explain", {"account": "prod-web", "permission_set": "Deploy", "duration": "-1h"},
     422, "invalid_duration", "duration"),
    ("explain an unknown person", "/v1/policy/explain", {"account": "prod-web", "permission_set": "Deploy", "user": "x"},
     422, "unknown_user", "user"),
]


def test_a_wrong_order_is_refused_and_the_answer_names_the_field(as_):
    ana = as_("ana")
    request = ask(ana, "prod-web")
    for what, path, body, status, code, field in ORDERS:
        target = path if path.startswith("/v1") else f"/v1/requests/{request['id']}{path}"
        reply = ana.post(target, body, expect=None)
        assert (reply.status, reply.code) == (status, code), (what, reply.text)
        assert field is None or field == "id" or names(reply.json, field), (what, reply.json)
    ana.post(f"/v1/requests/{request['id']}/withdraw")


@pytest.mark.parametrize("id_", ["chg_0", "x", "..%2f.."])
def test_an_unknown_change_of_the_policy_is_not_found(as_, id_):
    for reply in (as_("sven").get(f"/v1/policy/changes/{id_}", expect=404),
                  as_("sven").post(f"/v1/policy/changes/{id_}/decisions", {"decision": "approve", "hash": "0"},
                                   expect=404)):
        assert reply.code == "unknown_change"


@pytest.mark.parametrize("id_", ["req_0", "x", "req_01JD8Y3V5Q8Z6W4K2N0B7M9CXA", "%00", "..%2f..", "'%20or%201=1"])
def test_an_unknown_request_is_not_found(as_, id_):
    reply = as_("ana").get(f"/v1/requests/{id_}", expect=None)
    assert reply.status in (404, 400)
    assert reply.code in ("unknown_request", "invalid_request")


def test_a_person_has_so_many_requests_open_and_no_more(as_):
    goran = as_("goran")
    reply, asked = None, []
    for number in range(1000):
        reply = goran.post("/v1/requests", but(reason=f"wish {number}"), expect=None)
        if reply.status != 201:
            break
        asked.append(reply.json["id"])
    assert (reply.status, reply.code) == (422, "too_many"), reply.text
    for id_ in asked:
        goran.post(f"/v1/requests/{id_}/withdraw")


# ---- policy files ----------------------------------------------------------------------------------------------

RULE = "{id: r, who: {everyone: true}, what: [ReadOnly], where: [all], max: 1h, approval: n}"
BASE = "version: 1\napproval_policies:\n  n: {steps: []}\n"
ONE = BASE + f"rules:\n  - {RULE}\n"

POLICIES = [
    # what is wrong, the text, code, line, a part of where, a part of the message
    ("not YAML", "version: 1\nrules: [", "invalid_yaml", None, "", ""),
    ("a tab", "version: 1\nrules:\n\t- x\n", "invalid_yaml", 3, "", ""),
    ("a list", "- version: 1\n", "invalid_type", 1, "", "mapping"),
    ("nothing", "", "invalid_type", None, "", "mapping"),
    ("no version", "rules: []\n", "missing_key", 1, "", "version"),
    ("version 2", "version: 2\n", "unsupported_version", 1, "version", "version: 1"),
    ("an unknown key", "version: 1\nrulez: []\n", "unknown_key", 2, "rulez", '"rules"'),
    ("an unknown key in a rule", ONE.replace("max:", "maxi: 1h, max:"), "unknown_key", 5, "rules[0].maxi", '"max"'),
    ("a key twice", "version: 1\nrules: []\nrules: []\n", "duplicate_key", 3, "", "rules"),
    ("an anchor", "version: 1\ntargets: &t {}\n", "invalid_yaml", 2, "", "anchor"),
    ("two documents", "version: 1\n---\nversion: 1\n", "invalid_yaml", None, "", "document"),
    ("an unquoted account id", BASE + "targets:\n  p: {accounts: [333344445555]}\n", "unquoted_id", 5,
     "targets.p.accounts[0]", "quotes"),
    ("an unknown target", ONE.replace("[all]", "[prd]"), "unknown_target", 5, "rules[0].where[0]", "prd"),
    ("an unknown approval policy", ONE.replace("approval: n", "approval: m"), "unknown_approval_policy", 5,
     "rules[0].approval", '"n"'),
    ("no id", ONE.replace("id: r, ", ""), "missing_key", 5, "rules[0]", '"id"'),
    ("an id twice", ONE + f"  - {RULE}\n", "duplicate_id", 6, "rules[1].id", "r"),
    ("an id with a space", ONE.replace("id: r", "id: a b"), "invalid_id", 5, "rules[0].id", "a b"),
    ("zero max", ONE.replace("max: 1h", "max: 0s"), "invalid_duration", 5, "rules[0].max", "0s"),
    ("max without unit", ONE.replace("max: 1h", "max: 60"), "invalid_duration", 5, "rules[0].max", "60"),
    ("min longer than max", ONE.replace("max: 1h", "max: 1h, min: 2h"), "contradiction", 5, "rules[0].min", "longer"),
    ("nobody", ONE.replace("{everyone: true}", "{}"), "empty_people", 5, "rules[0].who", "nobody"),
    ("an empty list", ONE.replace("[ReadOnly]", "[]"), "empty_list", 5, "rules[0].what", "at least one"),
    ("a text for a list", ONE.replace("[ReadOnly]", "ReadOnly"), "invalid_type", 5, "rules[0].what", "list"),
    ("an unknown level", BASE + "permission_sets:\n  A: {level: hihg}\n", "invalid_level", 5,
     "permission_sets.A.level", "critical"),
    ("an empty target", BASE + "targets:\n  p: {}\n", "empty_target", 5, "targets.p", "nothing"),
    ("a target called all", BASE + "targets:\n  all: {ou: /x}\n", "reserved_name", 5, "targets.all", "every"),
    ("need zero", BASE.replace("[]", "[{any_of: [{group: A}], need: 0}]"), "invalid_number", 3,
     "approval_policies.n.steps[0].need", "from 1"),
    ("a step of nobody", BASE.replace("[]", "[{any_of: []}]"), "empty_list", 3,
     "approval_policies.n.steps[0].any_of", "at least one"),
    ("three levels of four", "version: 1\napproval_policies:\n  n: {low: {steps: []}, medium: {steps: []}, "
     "high: {steps: []}}\n", "missing_key", 3, "approval_policies.n", "all four"),
    ("a guardrail's bad pattern", BASE + 'guardrails:\n  - {id: g, where: [all], require: {ticket: "["}}\n',
     "invalid_pattern", 5, "guardrails[0].require.ticket", "["),
    ("a guardrail that asks nothing", BASE + "guardrails:\n  - {id: g, where: [all], require: {}}\n",
     "empty_guardrail", 5, "guardrails[0].require", "nothing"),
]


@pytest.mark.parametrize("text,code,line,where,message", [pytest.param(*p[1:], id=p[0]) for p in POLICIES])
def test_a_policy_mistake_is_named_with_its_line(as_, text, code, line, where, message):
    checked = as_("ana").post("/v1/policy/validate", {"text": text}).json
    assert not checked["valid"] and checked["problems"]
    fitting = [p for p in checked["problems"] if p["code"] == code and where in p["where"] and message in p["message"]]
    assert fitting and (line is None or fitting[0]["line"] == line), checked["problems"]
    refused = as_("sven").call("PUT", "/v1/policy", {"text": text}, headers={"If-Match": "*"}, expect=422)
    assert refused.code == "invalid_policy" and "line" in refused.json["detail"]


def test_a_valid_policy_is_warned_about_names_that_nobody_has(as_):
    text = ONE.replace("{everyone: true}", "{groups: [Developpers]}").replace("ReadOnly", "ReadOnyl")
    checked = as_("ana").post("/v1/policy/validate", {"text": text}).json
    assert checked["valid"] and len(checked["warnings"]) >= 2, checked
    assert any("Developpers" in w["message"] for w in checked["warnings"])


def test_a_policy_is_not_replaced_blindly(as_):
    admin = as_("sven")
    refused = admin.call("PUT", "/v1/policy", {"text": ONE}, expect=428)
    assert refused.code == "if_match_needed" and names(refused.json, "If-Match")
    stale = admin.call("PUT", "/v1/policy", {"text": ONE}, headers={"If-Match": '"' + "0" * 64 + '"'}, expect=412)
    assert stale.code == "policy_changed" and stale.json["errors"][0]["field"] == "If-Match"
    bare = admin.call("PUT", "/v1/policy", {"text": ONE}, headers={"If-Match": "0" * 64}, expect=400)
    assert bare.code == "invalid_request" and names(bare.json, "If-Match")
    assert admin.call("PUT", "/v1/policy", {"txet": ONE}, headers={"If-Match": "*"}, expect=422).code == "missing_field"
    large = {"text": "version: 1\n" + "# x\n" * 600_000}
    refused = admin.call("PUT", "/v1/policy", large, headers={"If-Match": "*"}, expect=413)
    assert refused.code == "body_too_large" and "2048 KiB under /v1/policy" in refused.json["detail"]
    large = {"text": "version: 1\n" + "# x\n" * 300_000}
    checked = admin.post("/v1/policy/validate", large, expect=200).json
    assert "1048576" in checked["problems"][0]["message"]
    large = {"text": "version: 1\n" + "# x\n" * 200_000}
    assert admin.post("/v1/policy/validate", large, expect=200).json["valid"]


# ---- bad weather -----------------------------------------------------------------------------------------------


def not_ready(server, seconds=30):
    """The line about AWS in /readyz, once it says more than that the reading has begun."""
    def look():
        check = server.check("aws")
        return check if not check["ok"] and "first time" not in check["detail"] else None
    return wait_until(look, seconds, "a reason; /readyz says: " + str(server.check("aws")))


def stays_up_and_says_so(server):
    client = server.client("ana")
    assert Client(server.url).get("/healthz").json["status"] == "ok"
    assert Client(server.url).get("/readyz", expect=503).json["status"] == "not_ready"
    reply = client.post("/v1/requests", GOOD, expect=503)
    assert reply.code == "directory_unknown" and reply.headers["retry-after"]
    assert client.get("/v1/me").json["user"] is None
    assert client.get("/v1/accounts").json["items"] == []
    return client


def aws_environment(url, **more):
    return clean_environment(**{"AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                                "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true", **more})


def test_aws_down_at_start_is_told_and_recovered_from(tmp_path):
    port = free_port()
    later = Sandbox(tmp_path)
    environment = {**later.environment(), "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    later.stop()
    server = AccessGuard(tmp_path / "down", environment).start()
    try:
        wait_until(lambda: server.check("aws"), 10, "a line about AWS")
        client = stays_up_and_says_so(server)
        back = Sandbox(tmp_path, port=port)
        try:
            server.wait_known(90)
            assert client.get("/v1/me").json["user"]["user_name"] == "ana", "the token found its person"
            assert ask(client, "prod-web")["state"] == "pending"
        finally:
            back.stop()
    finally:
        server.stop()


def test_aws_down_for_long_says_what_is_the_matter(tmp_path):
    server = AccessGuard(tmp_path, aws_environment(f"http://127.0.0.1:{free_port()}")).start()
    try:
        line = wait_until(lambda: "connect" in server.check("aws")["detail"].lower() and server.check("aws"), 60,
                          "words about the connection: " + str(server.check("aws")))
        assert not line["ok"]
        stays_up_and_says_so(server)
    finally:
        server.stop()


def test_a_wrong_region_is_named(tmp_path, sandbox):
    server = AccessGuard(tmp_path, sandbox.environment(AWS_REGION="eu-north-1")).start()
    try:
        detail = not_ready(server)["detail"]
        assert "region" in detail.lower(), detail
        stays_up_and_says_so(server)
    finally:
        server.stop()


def test_a_wrong_key_is_told(tmp_path, sandbox):
    server = AccessGuard(tmp_path, sandbox.environment(AWS_SECRET_ACCESS_KEY="not the one")).start()
    try:
        detail = not_ready(server)["detail"]
        assert "signature" in detail.lower() or "credential" in detail.lower(), detail
        stays_up_and_says_so(server)
    finally:
        server.stop()


def test_no_credentials_are_told(tmp_path, sandbox):
    environment = {k: v for k, v in sandbox.environment(AWS_EC2_METADATA_DISABLED="true").items()
                   if k not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    server = AccessGuard(tmp_path, environment).start()
    try:
        assert "credential" in not_ready(server)["detail"].lower()
        stays_up_and_says_so(server)
    finally:
        server.stop()


@pytest.mark.parametrize("operation", ["ListInstances", "DescribeOrganization", "ListPermissionSets", "ListUsers",
                                       "ListGroupMemberships", "ListAccountsForParent"])
def test_a_missing_permission_names_the_call_that_needs_it(tmp_path, operation):
    world = Sandbox(tmp_path)
    world.command(f"refuse {operation} 1000 400 AccessDeniedException")
    server = AccessGuard(tmp_path / "server", world.environment()).start()
    try:
        detail = not_ready(server)["detail"]
        assert operation in detail and "AccessDenied" in detail, detail
        stays_up_and_says_so(server)
    finally:
        server.stop()
        world.stop()


def test_no_permission_to_read_assignments_is_a_gap_that_is_told(tmp_path):
    world = Sandbox(tmp_path)
    world.command("refuse ListAccountAssignmentsForPrincipal 1000 400 AccessDeniedException")
    world.command("refuse ListPermissionSetsProvisionedToAccount 1000 400 AccessDeniedException")
    server = AccessGuard(tmp_path / "server", world.environment()).start()
    try:
        server.wait_known()
        gap = wait_until(lambda: server.check("aws_gaps"), 30, "a line about what could not be read")
        assert "ListPermissionSetsProvisionedToAccount" in gap["detail"]
        assert ask(server.client("ana"), "prod-web")["state"] == "pending"
    finally:
        server.stop()
        world.stop()


def test_names_that_two_accounts_share_are_ambiguous(tmp_path, sandbox):
    """AWS allows two accounts of one name. The directory that was read last is edited, and AWS is away."""
    server = AccessGuard(tmp_path, sandbox.environment()).start().wait_known()
    client = server.client("ana")
    wait_until(lambda: (server.data / "organization.json").exists(), 20, "the directory on disk")
    server.stop()
    cached = server.data / "organization.json"
    organization = json.loads(cached.read_text())
    for account in organization["accounts"]:
        if account["name"] == "staging-web":
            account["name"] = "prod-web"
    for set_ in organization["permission_sets"]:
        if set_["name"] == "ReadOnly":
            set_["name"] = "Deploy"
    for user in organization["users"]:
        if user["user_name"] == "emil":
            user["user_name"] = "dee"
    cached.write_text(json.dumps(organization))
    server.environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{free_port()}"
    server.start()
    try:
        ids = sorted(a["id"] for a in organization["accounts"] if a["name"] == "prod-web")
        account = ask(client, "prod-web", expect=422)
        assert account["code"] == "ambiguous_account" and names(account, "accounts[0]")
        assert all(id_ in account["detail"] for id_ in ids), "the candidates are listed"
        chosen = ask(client, ids[0], "Deploy", expect=422)
        assert chosen["code"] == "ambiguous_permission_set" and names(chosen, "permission_set")
        user = client.get("/v1/requests?user=dee", expect=422).json
        assert user["code"] == "ambiguous_user" and names(user, "user")
    finally:
        server.stop()


def test_a_start_that_cannot_work_says_why_and_ends(tmp_path, sandbox):
    def refused(*words, **environment):
        server = AccessGuard(tmp_path, sandbox.environment(**environment), policy=None)
        return server, words
    policy = tmp_path / "wrong.yaml"
    policy.write_text("version: 1\nrulez: []\n")
    server, _ = refused()
    for words, expected in [(["--policy", policy], "rulez"),
                            (["--policy", tmp_path / "none.yaml"], "none.yaml"),
                            (["--listen", "nonsense"], "nonsense"),
                            (["--listen", "127.0.0.1:99999"], "99999"),
                            (["--config", tmp_path / "none.conf"], "none.conf")]:
        listen = [] if "--listen" in words else ["--listen", "127.0.0.1:0"]
        told = _ends(server, ["serve", "--data", server.data, *listen, *words])
        assert expected in told, told
    file = tmp_path / "a-file"
    file.write_text("x")
    assert "a-file" in _ends(server, ["serve", "--data", file, "--listen", "127.0.0.1:0"])


def _ends(server, words):
    done = subprocess.run([str(binary()), *map(str, words)], env=server.environment, capture_output=True, text=True,
                          timeout=30, check=False)
    assert done.returncode not in (0, 139, 134), done.stderr
    return done.stderr
