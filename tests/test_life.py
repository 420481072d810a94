"""A grant's whole life over the HTTP API, from the first question to "seen to be gone", on a sandbox that plays AWS.

Every request and reply is held against api/openapi.yaml by the client.
"""
import datetime
import socket
import uuid

import pytest

from support.client import Client
from support.process import wait_until
from support.world import ask, decide, wait_for_state

# From the end of a grant until its delete is sent; and until AWS, which is quick here, was seen without it.
REVOKE_BAR = 5.0
CRITICAL = {"permission_set": "ProdAdmin", "reason": "failed payouts after release 4312", "ticket": "OPS-1412"}


def at(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def kinds(request):
    return [line["kind"] for line in request["timeline"]]


def presences_of(sandbox, grant):
    slot = (grant["account"]["id"], grant["permission_set"]["arn"], grant["user"]["id"])
    return [p for p in sandbox.presences() if (p["account"], p["permission_set"], p["principal"]) == slot]


def by_id(items, wanted):
    return [item for item in items if item["id"] == wanted]


# ---- who am I, what may I ask for ------------------------------------------------------------------------------


def test_a_token_speaks_for_one_person(as_):
    me = as_("ana").get("/v1/me").json
    assert me["user"]["user_name"] == "ana" and me["user"]["email"] == "ana@example.com"
    assert me["role"] == "person" and me["server"]["sandbox"] is False
    assert [g["name"] for g in me["groups"]] == ["Developers"]
    assert as_("sven").get("/v1/me").json["role"] == "admin"


def test_what_i_may_ask_for_says_who_must_agree_and_for_how_long(as_):
    items = as_("ana").items("/v1/eligible")
    offers = {(i["account"]["name"], i["permission_set"]["name"]): i for i in items}
    assert offers["dev-web", "ReadOnly"]["rule"] == "look-around"
    assert offers["dev-web", "ReadOnly"]["approvals"] == []
    critical = offers["prod-payments", "ProdAdmin"]
    assert critical["level"] == "critical" and critical["guardrails"] == ["critical-needs-words"]
    assert [[p["name"] for p in step["any_of"]] for step in critical["approvals"]] == [["TeamLeads"], ["Security"]]
    assert (critical["max_seconds"], critical["reason_min"]) == (3600, 20)
    assert ("legacy-shop", "ReadOnly") not in offers, "the account is suspended"
    one = as_("ana").items("/v1/eligible?account=dev-web&permission_set=Deploy")
    assert [(i["account"]["name"], i["permission_set"]["name"]) for i in one] == [("dev-web", "Deploy")]


def test_lists_of_the_organization_page_to_the_end(as_, sandbox):
    admin = as_("sven")
    for path, count in [("accounts", 14), ("organizational-units", 9), ("permission-sets", 10), ("users", 40),
                        ("groups", 8)]:
        whole = admin.items(f"/v1/{path}")
        assert len(whole) == count, path
        assert admin.items(f"/v1/{path}", limit=3) == whole
    users = {u["user_name"]: u for u in admin.items("/v1/users")}
    assert not users["viktor"]["enabled"] and users["ana"]["id"] == sandbox.people["ana"]["id"]
    accounts = {a["name"]: a for a in admin.items("/v1/accounts")}
    assert accounts["prod-web"]["path"] == "/Workloads/Prod" and accounts["legacy-shop"]["state"] == "SUSPENDED"
    assert {"key": "env", "value": "prod"} in accounts["prod-web"]["tags"]
    # What is not declared counts as high until its policies were read.
    wait_until(lambda: {s["name"]: s["level"] for s in admin.items("/v1/permission-sets")}["Billing"] == "medium", 60,
               "the level of Billing")
    levels = {s["name"]: s["level"] for s in admin.items("/v1/permission-sets")}
    assert levels["ProdAdmin"] == "critical" and levels["Deploy"] == "medium" and levels["PowerUser"] == "medium"


# ---- the whole life --------------------------------------------------------------------------------------------


def test_ask_approve_active_over_gone(as_, sandbox):
    ana, bo = as_("ana"), as_("bo")
    asked = ana.post("/v1/requests", {"accounts": ["prod-web"], "permission_set": "Deploy", "duration": "PT4S",
                                      "reason": "release 4313"}, expect=201)
    request = asked.json
    assert asked.headers["location"] == f"/v1/requests/{request['id']}"
    assert request["state"] == "pending" and request["grants"] == [] and request["duration_seconds"] == 4
    assert request["can"] == {"decide": False, "deny": False, "withdraw": True, "end": False, "extend": False,
                              "review": False}

    assert by_id(bo.items("/v1/requests?reviewable=true"), request["id"])[0]["can"]["decide"]
    assert not by_id(bo.items("/v1/requests?decided=true"), request["id"])
    request = decide(bo, request, comment="ok for the release")
    assert by_id(bo.items("/v1/requests?decided=true"), request["id"])
    assert not by_id(ana.items("/v1/requests?decided=true"), request["id"])
    assert request["state"] == "granting" and request["current_step"] == 1
    request = wait_for_state(ana, request, "active")
    grant = request["grants"][0]
    assert sandbox.holds(grant)
    assert (at(grant["credentials_until"]) - at(grant["end"])).total_seconds() >= 3600, "the second clock"

    [access] = [i for i in ana.items("/v1/access?account=prod-web") if i["path"] == "grant"]
    assert access["grant"] == grant["id"] and access["until"] == grant["end"]

    request = wait_for_state(ana, request, "ended")
    grant = request["grants"][0]
    assert not sandbox.holds(grant) and grant["cause"] == "expiry"
    assert 0 <= (at(grant["absent_at"]) - at(grant["end"])).total_seconds() < REVOKE_BAR
    [presence] = presences_of(sandbox, grant)
    assert at(grant["start"]).timestamp() * 1000 <= presence["from_ms"]
    assert kinds(request) == ["request.submitted", "request.decided", "request.approved", "slot.create_intended",
                              "slot.create_accepted", "slot.present", "grant.ending", "slot.delete_intended",
                              "slot.delete_accepted", "slot.absent"]
    assert [i for i in ana.items("/v1/access?account=prod-web") if i["path"] == "grant"] == []
    then = ana.items(f"/v1/access?account=prod-web&at={grant['active_at']}")
    assert [i["grant"] for i in then] == [grant["id"]], "the past can be asked for"


def test_nobody_approves_the_own_request(as_):
    bo = as_("bo")  # a lead who could approve it, were it not his own
    request = ask(bo, "prod-web")
    refusal = bo.post(f"/v1/requests/{request['id']}/decisions",
                      {"decision": "approve", "version": request["version"]}, expect=403)
    assert refusal.code == "self_approval" and "withdraw" in refusal.json["fix"]
    assert bo.get(f"/v1/requests/{request['id']}").json["state"] == "pending"
    bo.post(f"/v1/requests/{request['id']}/withdraw", {})


def test_two_steps_need_two_people_in_their_order(as_, sandbox):
    ana, ines, chen = as_("ana"), as_("ines"), as_("chen")
    request = ask(ana, "prod-payments", duration="30m", **CRITICAL)
    assert decide(chen, request, expect=403)["code"] == "not_approver", "Security comes second"
    request = decide(ines, request)
    assert (request["state"], request["current_step"]) == ("pending", 1)
    assert [p["user_name"] for p in request["approvals"][0]["given"]] == ["ines"]
    assert decide(ines, request, expect=409)["code"] == "already_decided"
    request = decide(chen, request, max_duration="10m", comment="ten minutes do")
    start, end = at(request["grants"][0]["start"]), at(request["grants"][0]["end"])
    assert (end - start).total_seconds() == 600, "an approver may shorten"
    request = wait_for_state(ana, request, "active")
    assert chen.post(f"/v1/requests/{request['id']}/end", {"reason": "seen enough"}).json["grants"][0]["cause"] == \
        "approver"
    request = wait_for_state(ana, request, "revoked")
    assert not sandbox.holds(request["grants"][0])


def test_a_person_counts_once_and_for_one_version(as_):
    ana, bo = as_("ana"), as_("bo")
    request = ask(ana, "staging-web")
    stale = {**request, "version": "0" * 64}
    assert decide(bo, stale, expect=409)["code"] == "stale_version"
    decide(bo, request, "deny", comment="not today")
    assert decide(bo, request, expect=409)["code"] == "not_pending"


def test_one_denial_ends_it_and_says_why(as_):
    request = ask(as_("ana"), "prod-web")
    refusal = decide(as_("quinn"), request, "deny", expect=422)
    assert refusal["code"] == "too_short" and refusal["errors"][0]["field"] == "comment"
    denied = decide(as_("quinn"), request, "deny", comment="freeze until Monday")
    assert denied["state"] == "denied" and denied["decisions"][0]["comment"] == "freeze until Monday"
    assert denied["grants"] == []


def test_only_the_requester_withdraws(as_):
    request = ask(as_("ana"), "prod-web")
    assert as_("bo").post(f"/v1/requests/{request['id']}/withdraw", {}, expect=403).code == "not_requester"
    assert as_("ana").post(f"/v1/requests/{request['id']}/withdraw").json["state"] == "withdrawn"
    assert as_("ana").post(f"/v1/requests/{request['id']}/withdraw", {}, expect=409).code == "not_pending"


def test_the_holder_ends_early(as_, sandbox):
    ana = as_("ana")
    request = wait_for_state(ana, ask(ana, "sandbox-experiments", "Deploy"), "active")
    ended = ana.post(f"/v1/requests/{request['id']}/end", {"reason": "done"}).json
    assert ended["state"] in ("ending", "revoked") and ended["grants"][0]["cause"] == "holder"
    request = wait_for_state(ana, request, "revoked")
    assert not sandbox.holds(request["grants"][0])
    assert ana.post(f"/v1/requests/{request['id']}/end", {}, expect=409).code == "nothing_to_end"


def test_an_administrator_ends_anyones_access(as_, sandbox):
    request = wait_for_state(as_("ana"), ask(as_("ana"), "dev-payments"), "active")
    as_("sven").post(f"/v1/requests/{request['id']}/end", {})
    request = wait_for_state(as_("ana"), request, "revoked")
    assert request["grants"][0]["cause"] == "admin" and not sandbox.holds(request["grants"][0])


def test_several_accounts_are_one_request(as_, sandbox):
    ana = as_("ana")
    request = wait_for_state(ana, ask(ana, ["dev-web", "dev-payments"], "ReadOnly", "10m"), "active")
    assert sorted(g["account"]["name"] for g in request["grants"]) == ["dev-payments", "dev-web"]
    assert all(sandbox.holds(g) for g in request["grants"])
    ana.post(f"/v1/requests/{request['id']}/end", {})
    request = wait_for_state(ana, request, "revoked")
    assert not any(sandbox.holds(g) for g in request["grants"])


def test_overlapping_grants_never_cut_each_other(as_, sandbox):
    ana = as_("ana")
    long = wait_for_state(ana, ask(ana, "dev-web", duration="1h"), "active")
    short = wait_for_state(ana, ask(ana, "dev-web", duration="2s"), "ended")
    assert short["grants"][0]["covered_by"] == long["grants"][0]["id"]
    assert sandbox.holds(long["grants"][0])
    assert ana.get(f"/v1/requests/{long['id']}").json["state"] == "active"
    ana.post(f"/v1/requests/{long['id']}/end", {})
    wait_for_state(ana, long, "revoked")
    [interval] = [p for p in presences_of(sandbox, long["grants"][0]) if p["created_by"]]
    assert interval["until_ms"] is not None, "one interval, from the first grant to the end of the last"


def test_a_scheduled_start_is_waited_for(as_, sandbox):
    kofi = as_("kofi")
    request = ask(kofi, "dev-web", "ReadOnly", "2s", start="+3s")
    assert request["state"] == "scheduled"
    start = at(request["start"])
    assert not sandbox.holds(request["grants"][0])
    request = wait_for_state(kofi, request, "ended")
    grant = request["grants"][0]
    assert at(grant["start"]) == start
    [presence] = presences_of(sandbox, grant)
    assert presence["from_ms"] >= start.timestamp() * 1000


def test_standing_access_is_refused_and_left_alone(as_, sandbox):
    refusal = ask(as_("ana"), "dev-web", "PowerUser", expect=409)  # Developers have it without end
    assert refusal["code"] == "already_held" and "Developers" in refusal["detail"]
    sandbox.command("add dev-web Deploy mateo")  # by hand, after AWS was read: only the pre-read can see it
    request = wait_for_state(as_("mateo"), ask(as_("mateo"), "dev-web"), "failed")
    assert request["grants"][0]["failure"]["code"] == "already_held"
    assert sandbox.holds(request["grants"][0]), "what was there before stays"
    sandbox.command("remove dev-web Deploy mateo")


def test_what_somebody_else_removed_counts_as_gone(as_, sandbox):
    hana = as_("hana")
    request = wait_for_state(hana, ask(hana, "dev-payments"), "active")
    sandbox.command("remove dev-payments Deploy hana")
    hana.post(f"/v1/requests/{request['id']}/end", {})
    assert wait_for_state(hana, request, "revoked")["grants"][0]["absent_at"]


def test_aws_says_no_and_the_request_says_why(as_, sandbox):
    sandbox.command("fail 1")
    request = wait_for_state(as_("lena"), ask(as_("lena"), "dev-web"), "failed")
    assert "Not supported" in request["grants"][0]["failure"]["message"]
    assert not sandbox.holds(request["grants"][0])


@pytest.mark.parametrize("operation,account", [("CreateAccountAssignment", "dev-web"),
                                               ("DeleteAccountAssignment", "dev-payments"),
                                               ("ListAccountAssignments", "sandbox-experiments")])
def test_a_lost_reply_changes_nothing(as_, sandbox, operation, account):
    rosa = as_("rosa")
    sandbox.command(f"lose {operation} 1")
    request = wait_for_state(rosa, ask(rosa, account, "Deploy", "3s"), "active")
    request = wait_for_state(rosa, request, {"ending", "ended"})
    wait_until(lambda: not sandbox.holds(request["grants"][0]), REVOKE_BAR, "it is taken away")
    # Nobody knows when a create whose reply was lost is over: only after half a minute is what is absent gone for good.
    if operation != "CreateAccountAssignment":
        wait_for_state(rosa, request, "ended")


def test_throttling_and_conflicts_are_waited_out(as_, sandbox):
    zoe = as_("zoe")
    sandbox.command("refuse CreateAccountAssignment 1 400 ConflictException")
    sandbox.command("refuse DescribeAccountAssignmentCreationStatus 1 400 ThrottlingException")
    sandbox.command("refuse DeleteAccountAssignment 2 400 ThrottlingException")
    request = wait_for_state(zoe, ask(zoe, "dev-web", "Deploy", "4s"), "active")
    request = wait_for_state(zoe, request, "ended")
    assert not sandbox.holds(request["grants"][0])


# ---- repeats ---------------------------------------------------------------------------------------------------


def test_an_idempotency_key_makes_one_request(as_):
    ana, key = as_("ana"), {"Idempotency-Key": str(uuid.uuid4())}
    first = ask(ana, "prod-web", reason="asked once", headers=key)
    again = ask(ana, "prod-web", reason="asked once", headers=key)
    assert again["id"] == first["id"]
    other = ask(ana, "prod-web", duration="2h", reason="asked once", headers=key, expect=422)
    assert other["code"] == "idempotency_key_reused" and other["errors"][0]["field"] == "Idempotency-Key"
    assert ask(as_("emil"), "prod-web", headers=key)["id"] != first["id"], "a key is one person's own"


def test_a_decision_repeated_with_its_key_counts_once(as_):
    ana, bo, key = as_("ana"), as_("bo"), {"Idempotency-Key": "decide-once"}
    request = ask(ana, "prod-web")
    body = {"decision": "deny", "version": request["version"], "comment": "no"}
    for _ in range(2):
        told = bo.post(f"/v1/requests/{request['id']}/decisions", body, headers=key).json
        assert told["state"] == "denied" and len(told["decisions"]) == 1


# ---- who sees what ---------------------------------------------------------------------------------------------


def test_what_one_may_not_see_is_not_there(as_):
    request = ask(as_("ana"), "prod-web")
    for call in (lambda c: c.get(f"/v1/requests/{request['id']}", expect=404),
                 lambda c: c.post(f"/v1/requests/{request['id']}/withdraw", {}, expect=404),
                 lambda c: c.post(f"/v1/requests/{request['id']}/end", {}, expect=404),
                 lambda c: c.post(f"/v1/requests/{request['id']}/decisions",
                                  {"decision": "approve", "version": request["version"]}, expect=404)):
        assert call(as_("emil")).code == "unknown_request"
    assert not by_id(as_("emil").items("/v1/requests"), request["id"])
    for who in ("ana", "bo", "sven"):
        assert by_id(as_(who).items("/v1/requests"), request["id"]), who


def test_lists_of_requests_can_be_narrowed(as_):
    ana = as_("ana")
    request = ask(ana, "prod-data")
    assert by_id(ana.items("/v1/requests?mine=true&state=pending,active"), request["id"])
    assert by_id(ana.items("/v1/requests?account=prod-data"), request["id"])
    assert not by_id(ana.items("/v1/requests?state=denied"), request["id"])
    assert by_id(as_("sven").items("/v1/requests?user=ana"), request["id"])
    assert not by_id(as_("sven").items("/v1/requests?user=emil"), request["id"])
    assert not by_id(ana.items("/v1/requests?reviewable=true"), request["id"])
    pages = ana.items("/v1/requests?mine=true", limit=2)
    assert pages == ana.items("/v1/requests?mine=true")
    assert [r["id"] for r in pages] == sorted((r["id"] for r in pages), reverse=True), "newest first"


def test_grants_are_listed_to_those_who_hold_them(as_):
    mine = as_("ana").items("/v1/grants?mine=true")
    assert mine and {g["user"]["user_name"] for g in mine} == {"ana"}
    assert all(g["state"] == "revoked" for g in as_("ana").items("/v1/grants?state=revoked"))
    assert as_("ana").items("/v1/grants", limit=1) == as_("ana").items("/v1/grants")
    assert {g["user"]["user_name"] for g in as_("sven").items("/v1/grants")} > {"ana"}
    assert as_("sven").items("/v1/grants?user=ana&account=dev-web")


def test_who_reaches_what_by_which_path(as_):
    admin = as_("sven")
    reach = admin.items("/v1/access?account=security-audit")
    paths = {(i["user"]["user_name"], i["permission_set"]["name"], (i["group"] or {}).get("name")) for i in reach}
    assert {("chen", "SecurityAudit", None), ("chen", "SecurityAudit", "Security"),
            ("imani", "SecurityAudit", "Auditors"), ("uma", "ReadOnly", "Admins")} <= paths
    assert all(i["path"] == "standing" and i["until"] is None for i in reach)
    assert admin.items("/v1/access?account=security-audit", limit=2) == reach
    own = as_("chen").items("/v1/access")
    assert {i["user"]["user_name"] for i in own} == {"chen"}
    refusal = as_("ana").get("/v1/access?user=chen", expect=403)
    assert refusal.code == "not_allowed" and refusal.json["errors"][0]["field"] == "user"
    assert as_("sven").items("/v1/access?permission_set=NetworkAdmin&user=uma")


# ---- what happens, as it happens -------------------------------------------------------------------------------


def test_events_tell_the_story_and_resume_where_they_broke_off(as_):
    ana = as_("ana")
    with ana.events() as live:
        live.wait_connected()
        request = ask(ana, "dev-web", "ReadOnly", "2s")
        seen = live.until(lambda e: e.data["state"] == "ended" and e.data["request"] == request["id"])
    story = [e for e in seen if e.data["request"] == request["id"]]
    assert [e.kind for e in story][0] == "request.submitted" and story[-1].kind == "slot.absent"
    states = [e.data["state"] for e in story]
    assert [s for i, s in enumerate(states) if i == 0 or states[i - 1] != s] == \
        ["granting", "active", "ending", "ended"]
    half = story[len(story) // 2]
    with ana.events(after=half.id) as resumed:
        again = resumed.until(lambda e: e.id == story[-1].id)
    assert [(e.id, e.kind) for e in again] == [(e.id, e.kind) for e in seen if e.id > half.id]


def test_an_observation_is_told_to_every_request_that_it_is_about(as_):
    yuki = as_("yuki")
    with yuki.events() as live:
        live.wait_connected()
        first, second = ask(yuki, "dev-web", duration="3s"), ask(yuki, "dev-web", duration="3s")
        last = {}

        def over(event):
            last[event.data["request"]] = event.data["state"]
            return last.get(first["id"]) == last.get(second["id"]) == "ended"
        live.until(over)


def test_events_show_only_what_one_may_see(as_):
    with as_("emil").events() as others, as_("sven").events() as admin, as_("bo").events() as lead:
        for reader in (others, admin, lead):
            reader.wait_connected()
        request = ask(as_("ana"), "prod-web")
        for reader in (admin, lead):
            assert reader.until(lambda e: e.data["request"] == request["id"])
        mine = ask(as_("emil"), "prod-web")
        seen = others.until(lambda e: e.data["request"] == mine["id"])
        assert {e.data["request"] for e in seen} == {mine["id"]}


def test_a_stream_stays_silent_when_nothing_happens(as_):
    with as_("wanda").events(timeout=1) as quiet:
        quiet.wait_connected()
        with pytest.raises(socket.timeout):
            quiet.next()


# ---- policy ----------------------------------------------------------------------------------------------------


def test_a_policy_is_replaced_only_by_who_saw_it(as_):
    admin = as_("sven")
    before = admin.get("/v1/policy")
    assert before.json["source"] == "file" and before.headers["etag"] == f'"{before.json["hash"]}"'
    text = before.json["text"] + "# changed\n"
    changed = admin.call("PUT", "/v1/policy", {"text": text}, headers={"If-Match": before.headers["etag"]}, expect=200)
    assert changed.json["source"] == "api" and changed.json["applied_by"] == "sven" and changed.json["text"] == text
    stale = admin.call("PUT", "/v1/policy", {"text": text}, headers={"If-Match": before.headers["etag"]}, expect=412)
    assert stale.code == "policy_changed"
    admin.call("PUT", "/v1/policy", {"text": before.json["text"]}, headers={"If-Match": "*"}, expect=200)
    refusal = as_("ana").call("PUT", "/v1/policy", {"text": text}, headers={"If-Match": "*"}, expect=403)
    assert refusal.code == "not_allowed"
    entries = [e for e in admin.ledger() if e["kind"] == "policy.applied"]
    assert [e["body"]["source"] for e in entries] == ["file", "api", "api"]


def test_a_narrower_policy_closes_what_is_still_pending(as_):
    admin, ana, bo = as_("sven"), as_("ana"), as_("bo")
    request = ask(ana, "prod-web")
    policy = admin.get("/v1/policy").json["text"]
    narrower = policy.replace("    what: [ReadOnly, Deploy]\n    where: [prod, staging]",
                              "    what: [ReadOnly]\n    where: [prod, staging]")
    assert narrower != policy
    admin.call("PUT", "/v1/policy", {"text": narrower}, headers={"If-Match": "*"}, expect=200)
    try:
        assert decide(bo, request, expect=403)["code"] == "no_longer_allowed"
        assert ask(ana, "prod-web", expect=403)["code"] == "not_eligible"
    finally:
        admin.call("PUT", "/v1/policy", {"text": policy}, headers={"If-Match": "*"}, expect=200)
    assert decide(bo, request, "deny", comment="tidied up")["state"] == "denied"


# ---- the ledger ------------------------------------------------------------------------------------------------


def test_the_ledger_holds_everything_in_order(as_):
    admin = as_("sven")
    entries = admin.ledger()
    assert admin.get("/v1/ledger?from=3&limit=2").json["items"] == entries[3:5]
    assert [e["at"] for e in entries] == sorted((e["at"] for e in entries), key=at)
    checkpoint = admin.get("/v1/ledger/checkpoint").json
    assert checkpoint["size"] >= len(entries)
    assert as_("ana").get("/v1/ledger", expect=403).code == "not_allowed"
    assert admin.get(f"/v1/ledger?from={checkpoint['size'] + 1000}").json == {"items": [], "next": None}
    intents, seen = set(), set()
    for entry in entries:
        slot = str(entry["body"].get("slot"))
        if entry["kind"] == "slot.create_intended":
            intents.add(slot)
        if entry["kind"] == "slot.present":
            assert slot in intents, f"entry {entry['index']}: seen before it was intended"
            seen.add(slot)
    assert seen


def test_the_ledger_verifies_on_disk_while_the_server_runs(as_, guard):
    before = as_("sven").get("/v1/ledger/checkpoint").json
    told = guard.cli("audit", "verify", "--data", guard.data, "-o", "json")
    assert f'"first_problem":null' in told.replace(" ", "") and before["root"]


# ---- for those who run it --------------------------------------------------------------------------------------


def test_health_readiness_and_the_contract_itself(guard):
    nobody = Client(guard.url)
    assert nobody.get("/healthz").json == {"status": "ok"}
    ready = nobody.get("/readyz").json
    assert ready["status"] == "ready" and {c["name"] for c in ready["checks"]} >= {"ledger", "aws", "policy"}
    assert nobody.get("/openapi.json").json["info"]["title"] == "AccessGuard"
    assert nobody.call("HEAD", "/healthz").status in (200, 405)


def test_metrics_are_what_prometheus_reads(guard, as_):
    xavi = as_("xavi")
    wait_for_state(xavi, wait_for_state(xavi, ask(xavi, "dev-web", "ReadOnly", "4s"), "active"), "ended")
    text = Client(guard.url).get("/metrics").text
    for name in ("accessguard_requests_open", "accessguard_grants_active", "accessguard_revoke_lag_seconds_bucket",
                 "accessguard_grant_provision_seconds_count", "accessguard_ledger_size", "accessguard_sync_age_seconds",
                 "accessguard_http_request_duration_seconds_bucket", "accessguard_aws_api_requests_total"):
        assert name in text, name
    size = as_("sven").get("/v1/ledger/checkpoint").json["size"]
    assert f"accessguard_ledger_size {size}" in Client(guard.url).get("/metrics").text


# ---- restarts --------------------------------------------------------------------------------------------------


def test_a_restart_forgets_nothing_and_keeps_watch(as_, guard, sandbox):
    ana = as_("ana")
    short = wait_for_state(ana, ask(ana, "dev-web", "ReadOnly", "5s"), "active")
    pending = ask(ana, "prod-web")
    guard.stop()
    guard.start()
    assert ana.get(f"/v1/requests/{pending['id']}").json["version"] == pending["version"]
    with as_("sven").events(after=1) as resumed:
        assert resumed.next().kind == "reset", "what happened before the restart is not kept: load anew"
        assert resumed.next().kind == "server.started"
    assert guard.check("aws"), "it starts from what it read before"
    request = wait_for_state(ana, short, "ended")
    assert not sandbox.holds(request["grants"][0])
