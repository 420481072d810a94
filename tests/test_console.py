"""What the console shows: previews, lists and search, pages of things, flow, status, first steps, and the audit."""
import hashlib
import json
import urllib.parse

import pytest

from support.client import Client
from support.world import ask, decide, wait_for_state


def quoted(**values):
    return urllib.parse.urlencode(values)


def preview(client, accounts="prod-web", permission_set="Deploy", duration="1h", expect=200, **more):
    accounts = [accounts] if isinstance(accounts, str) else accounts
    body = {"accounts": accounts, "permission_set": permission_set, "duration": duration, **more}
    return client.post("/v1/requests/preview", body, expect=expect).json


@pytest.fixture(scope="module")
def story(guard, as_):
    """One request that was agreed to and has ended, one that was denied, and one that needed nobody."""
    ana, bo = as_("ana"), as_("bo")
    agreed = ask(ana, "prod-web", "Deploy", "10m", "the story's first")
    decide(bo, agreed)
    wait_for_state(ana, agreed, "active")
    ana.post(f"/v1/requests/{agreed['id']}/end", {"reason": "done"})
    wait_for_state(ana, agreed, "revoked")
    denied = ask(ana, "prod-web", "Deploy", "20m", "the story's second")
    decide(bo, denied, "deny", comment="not today")
    free = ask(ana, "dev-web", "ReadOnly", "30m", "the story's third")
    wait_for_state(ana, free, "active")
    return {"agreed": agreed, "denied": denied, "free": free}


# ---- preview ---------------------------------------------------------------------------------------------------


def test_a_preview_names_the_rule_those_who_could_agree_and_both_clocks(as_):
    seen = preview(as_("ana"))
    assert seen["refusals"] == [] and not seen["automatic"] and seen["same_as"] is None
    assert seen["level"] == "medium" and seen["allows"]["text"]
    terms = seen["accounts"][0]["terms"]
    assert terms["rule"]["id"] == "prod-work" and terms["rule"]["line"] > 1
    assert terms["steps"][0]["any_of"][0]["name"] == "TeamLeads" and terms["steps"][0]["need"] == 1
    could = terms["steps"][0]["could"]
    assert could["count"] >= 1 and "bo" in could["names"] and "ana" not in could["names"]
    assert seen["start"] < seen["end"] < seen["credentials_until"] and seen["duration_seconds"] == 3600
    assert preview(as_("ana"), "dev-web", "ReadOnly")["automatic"]


def test_a_preview_tells_every_refusal_with_its_account_its_rule_and_its_fix(as_):
    seen = preview(as_("ana"), ["prod-web", "no-such-account", "dev-web"], duration="9h", reason="")
    by_code = {r["code"]: r for r in seen["refusals"]}
    assert by_code["unknown_account"]["field"] == "accounts[1]" and by_code["unknown_account"]["account"] is None
    assert by_code["not_eligible" if "not_eligible" in by_code else "duration_too_long"]["account"]
    assert {"too_short"} <= set(by_code), "the reason is there, and empty"
    assert [a["name"] for a in seen["accounts"]] == ["prod-web", "dev-web"]
    long = preview(as_("ana"), duration="9h")
    assert [r["code"] for r in long["refusals"]] == ["duration_too_long"]
    assert long["refusals"][0]["rule"].startswith("prod-work (line ") and "4h" in long["refusals"][0]["fix"]
    assert not long["accounts"][0]["open"] and long["accounts"][0]["terms"]["max_seconds"] == 4 * 3600


def test_what_is_half_typed_is_told_and_not_an_error(as_):
    seen = preview(as_("ana"), permission_set="Depl", duration="1", start="tomor")
    assert {r["field"] for r in seen["refusals"]} == {"permission_set", "duration", "start"}
    assert seen["permission_set"] is None and seen["level"] is None and seen["credentials_until"] is None
    nothing = preview(as_("ana"), [])
    assert [r["code"] for r in nothing["refusals"]] == ["missing_field"] and not nothing["automatic"]


def test_a_preview_and_the_request_say_the_same(as_):
    for user in ("ana", "bo", "wanda", "sven"):
        for account in ("prod-web", "dev-web", "staging-web"):
            for permission_set in ("Deploy", "ReadOnly", "ProdAdmin", "NetworkAdmin"):
                wish = {"permission_set": permission_set, "duration": "3h", "reason": "to compare the two",
                        "ticket": "OPS-1"}
                seen = preview(as_(user), account, **wish)
                reply = as_(user).call("POST", "/v1/requests", {"accounts": [account], **wish})
                if seen["refusals"]:
                    assert reply.code == seen["refusals"][0]["code"], (user, account, permission_set, reply.text)
                    assert reply.json["detail"] == seen["refusals"][0]["detail"]
                    continue
                assert reply.status in (200, 201), (user, account, permission_set, reply.text)
                assert (reply.json["state"] == "pending") != seen["automatic"]
                assert preview(as_(user), account, **wish)["same_as"] == reply.json["id"], "it is asked already"
                end = "withdraw" if reply.json["state"] == "pending" else "end"
                as_(user).post(f"/v1/requests/{reply.json['id']}/{end}", {})


def test_a_preview_writes_nothing_and_knows_the_usual_wait(as_, story):
    before = as_("sven").get("/v1/ledger/checkpoint").json["size"]
    seen = preview(as_("ana"), reason="a wish")
    wait = seen["wait"]
    assert wait["of"] >= 2 and 0 <= wait["p50_seconds"] <= wait["p95_seconds"] < 120
    assert seen["accounts"][0]["terms"]["wait"] == wait
    kinds = [e["kind"] for e in as_("sven").get(f"/v1/ledger?from={before}").json["items"]]
    assert not [k for k in kinds if k.startswith("request.")], kinds


@pytest.mark.parametrize("body, code", [
    ({}, "missing_field"),
    ({"accounts": ["prod-web"], "permission_set": "Deploy"}, "missing_field"),
    ({"accounts": "prod-web", "permission_set": "Deploy", "duration": "1h"}, "invalid_type"),
    ({"accounts": ["prod-web"], "permission_set": "Deploy", "duration": "1h", "user": "bo"}, "unknown_field"),
])
def test_a_preview_of_another_form_is_refused(as_, body, code):
    assert as_("ana").post("/v1/requests/preview", body, expect=422).code == code


# ---- lists, search, pages --------------------------------------------------------------------------------------


def test_lists_are_searched_sorted_counted_and_paged(as_):
    ana = as_("ana")
    whole = ana.get("/v1/accounts?limit=200").json
    assert whole["total"] == len(whole["items"]) and whole["next"] is None
    assert [a["name"] for a in whole["items"]] == sorted(a["name"] for a in whole["items"])
    found = ana.get("/v1/accounts?q=WEB&sort=-name&limit=2").json
    names = sorted((a["name"] for a in whole["items"] if "web" in a["name"]), reverse=True)
    assert found["total"] == len(names) and [a["name"] for a in found["items"]] == names[:2]
    rest = ana.get(f"/v1/accounts?q=WEB&sort=-name&limit=2&cursor={found['next']}").json
    assert [a["name"] for a in rest["items"]] == names[2:4]
    assert ana.get(f"/v1/accounts?q={whole['items'][0]['id']}").json["items"] == whole["items"][:1], "by id"
    assert ana.get("/v1/accounts?q=nothing-has-this").json == {"items": [], "next": None, "total": 0}

    order = ["low", "medium", "high", "critical"]
    levels = [order.index(p["level"]) for p in ana.items("/v1/permission-sets?sort=-level")]
    assert levels == sorted(levels, reverse=True) and len(set(levels)) > 1
    members = [g["members"] for g in ana.items("/v1/groups?sort=-members")]
    assert members == sorted(members, reverse=True)
    assert ana.get("/v1/users?q=ana").json["items"][0]["user_name"] == "ana"
    assert ana.get("/v1/organizational-units?q=prod").json["total"] >= 1


@pytest.mark.parametrize("path", ["accounts", "organizational-units", "permission-sets", "users", "groups"])
def test_lists_refuse_what_they_cannot_do(as_, path):
    assert as_("ana").get(f"/v1/{path}?sort=colour", expect=422).json["errors"][0]["field"] == "sort"
    assert as_("ana").get(f"/v1/{path}?q=", expect=422).json["errors"][0]["field"] == "q"
    assert as_("ana").get(f"/v1/{path}?" + quoted(q="x" * 129), expect=422).code == "invalid_value"
    assert as_("ana").get(f"/v1/{path}?query=x", expect=422).code == "unknown_field"


def test_search_finds_everything_the_best_first_and_shows_no_request_of_others(as_, story):
    ana = as_("ana")
    found = ana.get("/v1/search?q=prod-web").json["items"]
    assert found[0]["kind"] == "account" and found[0]["name"] == "prod-web" and found[0]["detail"] == "/Workloads/Prod"
    kinds = {item["kind"] for item in ana.get("/v1/search?q=dev&limit=50").json["items"]}
    assert {"account", "group"} <= kinds
    only = ana.get("/v1/search?q=dev&kind=group,permission_set").json["items"]
    assert {item["kind"] for item in only} <= {"group", "permission_set"}
    mine = ana.get("/v1/search?" + quoted(q="the story's first", kind="request")).json["items"]
    assert [item["id"] for item in mine] == [story["agreed"]["id"]] and mine[0]["name"] == "Deploy in prod-web"
    others = as_("wanda").get("/v1/search?" + quoted(q=story["agreed"]["id"], kind="request")).json["items"]
    assert others == []
    pasted = as_("sven").get("/v1/search?" + quoted(q=story["agreed"]["id"])).json["items"]
    assert [item["id"] for item in pasted] == [story["agreed"]["id"]]
    for query, field in (("", "q"), ("q=", "q"), ("q=x&kind=colour", "kind"), ("q=x&kind=user,user", "kind"),
                         ("q=x&limit=51", "limit")):
        assert ana.get(f"/v1/search?{query}", expect=422).json["errors"][0]["field"] == field, query


def test_the_page_of_an_account_tells_who_may_who_has_and_who_asked(as_, story):
    page = as_("ana").get("/v1/accounts/dev-web").json
    rules = {rule["rule"]: rule for rule in page["opened_by"]["items"]}
    assert rules["dev-work"]["who"] == "Developers" and rules["dev-work"]["people"] > 1
    assert sorted(rules["dev-work"]["permission_sets"]["names"]) == ["Deploy", "PowerUser"]
    assert rules["look-around"]["who"] == "everyone" and "prod-work" not in rules
    assert [g["request"] for g in page["active"]["items"]] == [story["free"]["id"]]
    assert story["free"]["id"] in [r["id"] for r in page["recent"]]
    stranger = as_("wanda").get("/v1/accounts/dev-web").json
    assert stranger["active"]["total"] == 0 and story["free"]["id"] not in [r["id"] for r in stranger["recent"]]
    assert as_("sven").get(f"/v1/accounts/{page['account']['id']}").json["active"]["total"] >= 1
    assert as_("ana").get("/v1/accounts/no-such", expect=404).code == "not_found"


def test_the_page_of_a_permission_set_is_found_by_arn_and_by_name(as_, story):
    page = as_("ana").get("/v1/permission-sets/Deploy").json
    assert page["permission_set"]["name"] == "Deploy" and "medium" in page["level_reason"]
    by_arn = as_("ana").get("/v1/permission-sets/" + urllib.parse.quote(page["permission_set"]["arn"], safe="")).json
    assert by_arn["permission_set"] == page["permission_set"]
    assert {"dev-work", "prod-work"} <= {rule["rule"] for rule in page["opened_by"]["items"]}
    assert {story["agreed"]["id"], story["denied"]["id"]} <= {r["id"] for r in page["recent"]}
    assert as_("ana").get("/v1/permission-sets/no-such", expect=404).code == "not_found"


def test_the_page_of_a_person_is_for_administrators_and_that_person(as_, story):
    page = as_("ana").get("/v1/users/ana").json
    assert page["user"]["user_name"] == "ana" and "Developers" in [g["name"] for g in page["groups"]]
    assert "prod-work" in [rule["rule"] for rule in page["opened_by"]["items"]]
    assert {r["id"] for r in page["recent"]} >= {r["id"] for r in story.values()}
    assert as_("sven").get("/v1/users/ana").json["user"] == page["user"]
    hidden, missing = (as_("ana").get(f"/v1/users/{name}", expect=404).json for name in ("bo", "no-such"))
    assert hidden["code"] == missing["code"] == "not_found"
    assert hidden["detail"].replace('"bo"', "") == missing["detail"].replace('"no-such"', "")


def test_grants_of_a_window_and_access_with_its_total(as_, story):
    sven = as_("sven")
    at = story["free"]["submitted_at"]
    now = sven.get("/v1/me").json["server"]["time"]
    ids = [g["request"] for g in sven.get("/v1/grants?" + quoted(**{"from": at})).json["items"]]
    assert story["free"]["id"] in ids
    assert sven.get("/v1/grants?to=2020-01-01T00:00:00Z").json == {"items": [], "next": None, "total": 0}
    earlier = sven.get("/v1/grants?" + quoted(**{"from": "2020-01-01T00:00:00Z", "to": at})).json
    assert story["agreed"]["id"] in [g["request"] for g in earlier["items"]]
    assert earlier["total"] == len(earlier["items"])
    of_set = sven.get("/v1/grants?permission_set=ReadOnly&user=ana").json
    assert of_set["total"] >= 1 and {g["permission_set"]["name"] for g in of_set["items"]} == {"ReadOnly"}
    assert sven.get("/v1/grants?" + quoted(**{"from": now, "to": at}), expect=422).json["errors"][0]["field"] == "to"
    whole = sven.items("/v1/access")
    first = sven.get("/v1/access?limit=1").json
    assert first["total"] == len(whole) and first["items"] == whole[:1]


# ---- insights, status, first steps -----------------------------------------------------------------------------


def test_the_flow_counts_what_became_of_what_was_asked(as_, story):
    own = as_("ana").get("/v1/insights/flow").json
    everybody = as_("sven").get("/v1/insights/flow").json
    assert own["scope"] == "own" and everybody["scope"] == "all" and own["approvers"] == []
    mine = as_("ana").items("/v1/requests?mine=true")
    assert own["counts"]["asked"] == len(mine)
    for state in ("pending", "denied", "withdrawn", "lapsed", "failed", "revoked", "ended"):
        assert own["counts"][state] == len([r for r in mine if r["state"] == state]), state
    agreed = [r for r in mine if r["state"] not in ("pending", "denied", "withdrawn", "lapsed")]
    assert own["counts"]["approved"] == len(agreed)
    assert own["counts"]["automatic"] == len([r for r in agreed if not r["decisions"]]) < len(agreed)
    assert own["counts"]["granted"] == len([r for r in mine if any(g["active_at"] for g in r["grants"])])
    assert everybody["counts"]["asked"] >= own["counts"]["asked"]
    assert sum(day["asked"] for day in own["days"]) == len(mine) and len(own["days"]) == 31
    rules = {rule["rule"]: rule for rule in everybody["rules"]}
    assert rules["prod-work"]["denied"] >= 1 and rules["prod-work"]["wait"]["of"] >= 2
    assert rules["look-around"]["automatic"] >= 1 and rules["look-around"]["wait"] is None
    bo = next(a for a in everybody["approvers"] if a["user"]["user_name"] == "bo")
    assert bo["approved"] >= 1 and bo["denied"] >= 1 and bo["wait"]["of"] == bo["approved"] + bo["denied"]


def test_the_flow_of_a_window_that_cannot_be_is_refused(as_):
    empty = as_("sven").get("/v1/insights/flow?from=2020-01-01T00:00:00Z&to=2020-01-03T00:00:00Z").json
    assert empty["counts"]["asked"] == 0 and [d["day"] for d in empty["days"]] == ["2020-01-01", "2020-01-02"]
    for query, code in (("from=2020-01-03T00:00:00Z&to=2020-01-01T00:00:00Z", "invalid_value"),
                        ("from=2020-01-01T00:00:00Z&to=2022-01-01T00:00:00Z", "invalid_value"),
                        ("from=yesterday", "invalid_time")):
        assert as_("ana").get("/v1/insights/flow?" + query, expect=422).code == code


def test_the_status_tells_all_and_names_people_to_administrators_alone(as_):
    whole = as_("sven").get("/v1/status").json
    ids = [item["id"] for item in whole["items"]]
    assert {"ledger", "aws", "revokes", "grants", "sweep", "lanes", "server_clock", "aws_calls", "foreign",
            "standing"} <= set(ids) and len(ids) == len(set(ids))
    order = ["bad", "warn", "ok"]
    states = [order.index(item["state"]) for item in whole["items"]]
    assert states == sorted(states) and whole["state"] == whole["items"][0]["state"]
    assert {"foreign", "standing"} & {item["id"] for item in as_("ana").get("/v1/status").json["items"]} == set()


def test_the_first_steps_are_ticked_by_what_has_happened(as_, story):
    setup = as_("sven").get("/v1/setup").json
    assert [item["id"] for item in setup["items"]] == ["aws", "policy", "door", "asked", "agreed", "held", "ended"]
    assert setup["done"] and all(item["done"] and item["command"] is None for item in setup["items"]), setup
    assert as_("ana").get("/v1/setup", expect=403).code == "not_allowed"


# ---- the ledger ------------------------------------------------------------------------------------------------


def walk(client, **filters):
    """All pages; none of them may stand still."""
    entries, position = [], None
    while True:
        query = {**filters, **({} if position is None else {"from": position})}
        page = client.get("/v1/ledger?" + quoted(**query)).json
        entries += page["items"]
        if page["next"] is None:
            return entries
        assert page["next"] != position
        position = page["next"]


def test_the_ledger_is_read_in_both_directions(as_):
    sven = as_("sven")
    entries = sven.ledger()
    newest = [e["index"] for e in walk(sven, order="newest", limit=7)]
    assert newest == sorted(newest, reverse=True) and set(newest) >= {e["index"] for e in entries}
    assert sven.get("/v1/ledger?order=newest&from=3&limit=2").json["items"] == [entries[3], entries[2]]
    assert sven.get("/v1/ledger?order=newest&from=1&limit=2").json["next"] is None


def test_the_ledger_is_filtered_by_kind_person_place_request_and_time(as_, story):
    sven = as_("sven")
    entries = sven.ledger()
    kinds = walk(sven, kind="request.decided,slot.", limit=3)
    assert [e["index"] for e in kinds] == [e["index"] for e in entries
                                           if e["kind"] == "request.decided" or e["kind"].startswith("slot.")]
    of_story = walk(sven, request=story["agreed"]["id"])
    assert [e["kind"] for e in of_story][0] == "request.submitted" and "grant.ending" in [e["kind"] for e in of_story]
    ana = as_("ana").get("/v1/me").json["user"]["id"]
    of_ana = walk(sven, user="ana")
    assert {e["index"] for e in entries if json.dumps(ana) in json.dumps(e)} <= {e["index"] for e in of_ana}
    assert {e["index"] for e in of_story} <= {e["index"] for e in of_ana}, "also what names only her request"
    here = next(a["id"] for a in story["agreed"]["accounts"])
    of_account = [e["index"] for e in walk(sven, account=here)]
    assert {e["index"] for e in of_story} <= set(of_account) and len(of_account) < len(entries)
    at = entries[len(entries) // 2]["at"]
    later, earlier = walk(sven, from_time=at), walk(sven, to_time=at, order="newest")
    assert all(e["at"] >= at for e in later) and all(e["at"] < at for e in earlier)
    assert len({e["index"] for e in entries} - {e["index"] for e in later} - {e["index"] for e in earlier}) == 0
    for query in ("kind=x", "kind=a.b.c", "kind=A.b", "order=up", "user=no-such", "account=no-such", "from_time=soon"):
        assert sven.get("/v1/ledger?" + query, expect=422).json["errors"], query
    as_("ana").get("/v1/ledger?order=newest", expect=403)


def test_the_ledger_is_checked_and_an_entry_proved_without_trusting_the_server(as_, story):
    sven = as_("sven")
    checked = sven.post("/v1/ledger/verification", {}).json
    assert checked["state"] == "ok" and checked["entries"] > 10 and checked["problem"] is None
    assert sven.get("/v1/ledger/verification").json["root"] == checked["root"]

    lines = sven.get("/v1/audit/export").text.splitlines()
    proof = sven.get(f"/v1/ledger/5/proof?size={checked['entries']}").json
    assert proof["root"] == checked["root"] and proof["size"] == checked["entries"]
    node = hashlib.sha256(b"\0" + lines[5].encode()).digest()
    assert node.hex() == proof["leaf_hash"]
    first, last = 5, proof["size"] - 1  # RFC 9162, 2.1.3.2
    for sibling in map(bytes.fromhex, proof["path"]):
        if first % 2 or first == last:
            node = hashlib.sha256(b"\1" + sibling + node).digest()
            while first % 2 == 0 and first:
                first, last = first // 2, last // 2
        else:
            node = hashlib.sha256(b"\1" + node + sibling).digest()
        first, last = first // 2, last // 2
    assert last == 0 and node.hex() == proof["root"]

    assert sven.get(f"/v1/ledger/{10**9}/proof", expect=404).code == "not_found"
    assert sven.get("/v1/ledger/x/proof", expect=404).code == "not_found"
    assert sven.get("/v1/ledger/0/proof?size=0", expect=422).code == "invalid_value"
    for call in (("GET", "/v1/ledger/5/proof"), ("GET", "/v1/audit/export"), ("GET", "/v1/ledger/verification")):
        as_("ana").call(*call, expect=403)
    as_("ana").call("POST", "/v1/ledger/verification", {}, expect=403)


def test_the_export_is_the_ledger_line_by_line_and_says_where_to_go_on(as_):
    sven = as_("sven")
    entries = sven.ledger()
    first = sven.get("/v1/audit/export?limit=3")
    assert [json.loads(line) for line in first.text.splitlines()] == entries[:3]
    assert first.headers["accessguard-next"] == "3" and "attachment" in first.headers["content-disposition"]
    rest = sven.get("/v1/audit/export?from=3")
    assert "accessguard-next" not in rest.headers
    assert [json.loads(line) for line in rest.text.splitlines()][:len(entries) - 3] == entries[3:]


def test_nothing_of_it_is_for_who_has_not_signed_in(guard):
    nobody = Client(guard.url)
    for path in ("/v1/search?q=x", "/v1/accounts/prod-web", "/v1/permission-sets/Deploy", "/v1/users/ana",
                 "/v1/insights/flow", "/v1/status", "/v1/setup", "/v1/audit/export", "/v1/ledger/0/proof",
                 "/v1/ledger/verification"):
        nobody.get(path, expect=401)
    nobody.post("/v1/requests/preview", {}, expect=401)
