"""Who may ask, and who must agree: several accounts in one request, extension, break-glass, changes of the policy by two
people, and what happens when two people act at the same instant.
"""
import concurrent.futures
import json
import re
import threading
import time

import pytest

from support.client import Client
from support.paths import module
from support.process import wait_until
from support.world import AccessGuard, ask, decide, wait_for_state

POLICY = """version: 1
targets:
  prod:    {ou: /Workloads/Prod}
  staging: {ou: /Workloads/Staging}
  dev:     {ou: /Workloads/Dev}
permission_sets:
  ReadOnly:        {level: low, instead_of: medium}
  Deploy:          {level: medium, instead_of: high}
  SupportUser:     {level: low, instead_of: medium}
  ProdAdmin:       {level: critical}
  BreakGlassAdmin: {level: critical}
windows:
  always-open: {days: mon-sun, from: "00:00", to: "00:00", zone: Europe/Berlin}
rules:
  - id: dev-work
    who: {groups: [Developers]}
    what: [Deploy]
    where: [dev]
    max: 8h
    approval: nobody
    during: [always-open]
    extend: {times: 2, by: 1h, approval: nobody}
  - id: staging-work
    who: {groups: [Developers]}
    what: [Deploy]
    where: [staging]
    max: 4h
    approval: a-lead
    extend: {times: 1, by: 30m, approval: a-lead}
  - id: prod-work
    who: {groups: [Developers]}
    what: [Deploy]
    where: [prod]
    max: 4h
    approval: lead-and-security
guardrails:
  - id: prod-words
    where: [prod]
    what: [Deploy]
    require: {reason_min: 5}
  - id: apart
    where: [dev]
    what: [Deploy]
    never_with: [SupportUser]
approval_policies:
  nobody: {steps: []}
  a-lead:
    steps: [{any_of: [{group: TeamLeads}], need: 1}]
    remind: [30m]
    escalate: [{after: 1s, any_of: [{user: wanda}]}]
  lead-and-security:
    steps:
      - {any_of: [{group: TeamLeads}], need: 1}
      - {any_of: [{group: Security}], need: 1}
break_glass:
  who: {groups: [Oncall]}
  what: [BreakGlassAdmin]
  where: [prod]
  max: 1h
  notify: [Security]
  review_within: 4s
expect:
  - {who: wanda, what: ProdAdmin, where: prod-web, allow: false}
"""
ADMINS = ("sven", "uma")


@pytest.fixture(scope="module")
def guard(folder, sandbox):
    server = AccessGuard(folder, sandbox.environment(), policy=POLICY).start()
    server.wait_read(server.client("sven", admin=True))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def as_(guard):
    known = {}

    def client(user):
        if user not in known:
            known[user] = guard.client(user, admin=user in ADMINS)
        return known[user]
    return client


@pytest.fixture
def aws(sandbox):
    """boto3, which knows nothing of AccessGuard."""
    module("boto3", "pip install boto3, or Debian's python3-boto3")
    import boto3
    return boto3.client("sso-admin", region_name=sandbox.region, endpoint_url=sandbox.url,
                        aws_access_key_id=sandbox.key, aws_secret_access_key=sandbox.secret)


def states(request):
    return {a["name"]: a["state"] for a in request["accounts"]}


def account(request, name):
    return next(a for a in request["accounts"] if a["name"] == name)


def at_once(*acts):
    """Runs the acts in threads that begin at the same instant; what each returned, in order."""
    gate = threading.Barrier(len(acts))

    def run(act):
        gate.wait()
        return act()
    with concurrent.futures.ThreadPoolExecutor(len(acts)) as pool:
        return [f.result() for f in [pool.submit(run, act) for act in acts]]


def kinds_of(client, request):
    return [line["kind"] for line in client.get(f"/v1/requests/{request['id']}").json["timeline"]]


# ---- several accounts ------------------------------------------------------------------------------------------


def test_each_account_is_decided_under_its_own_rule_and_shown_as_one(as_, sandbox):
    ana, bo, chen = as_("ana"), as_("bo"), as_("chen")
    request = ask(ana, ["dev-web", "staging-web", "prod-web"])
    assert request["state"] == "pending" and states(request) == {
        "dev-web": "granting", "staging-web": "waiting", "prod-web": "waiting"}
    assert [a["rule"] for a in request["accounts"]] == ["dev-work", "staging-work", "prod-work"]
    assert [len(a["approvals"]) for a in request["accounts"]] == [0, 1, 2]
    assert account(request, "staging-web")["escalations"][0]["any_of"][0]["name"] == "wanda"
    assert request["reminders"] and request["level_reason"].startswith("declared medium")

    request = decide(bo, request)
    assert request["state"] == "pending" and states(request)["staging-web"] == "granting"
    assert states(request)["prod-web"] == "waiting" and account(request, "prod-web")["current_step"] == 1
    assert [p["user_name"] for p in account(request, "prod-web")["approvals"][0]["given"]] == ["bo"]
    assert request["current_step"] == 1, "the request waits where the account waits that has come least far"
    request = decide(chen, request)
    wait_until(lambda: set(states(ana.get(f"/v1/requests/{request['id']}").json).values()) == {"active"}, 20,
               "all three are active")
    assert all(map(sandbox.holds, request["grants"])) and len(request["grants"]) == 3
    ana.post(f"/v1/requests/{request['id']}/end", {})
    wait_for_state(ana, request, "revoked")


def test_an_approver_drops_accounts(as_, sandbox):
    ana, bo = as_("ana"), as_("bo")
    request = ask(ana, ["staging-web", "prod-web"])
    unknown = decide(bo, request, accounts=["dev-web"], expect=422)
    assert unknown["code"] == "unknown_account" and "staging-web" in unknown["fix"]
    request = decide(bo, request, accounts=["staging-web"])
    assert states(request) == {"staging-web": "granting", "prod-web": "dropped"}
    request = wait_for_state(ana, request, "active")
    assert [g["account"]["name"] for g in request["grants"]] == ["staging-web"] and sandbox.holds(request["grants"][0])
    told = next(t for t in request["timeline"] if t["kind"] == "request.decided")
    assert "without" in told["text"]
    assert decide(as_("chen"), request, expect=409)["code"] == "not_pending", "nothing is left for Security"
    ana.post(f"/v1/requests/{request['id']}/end", {})
    wait_for_state(ana, request, "revoked")


def test_a_denial_ends_what_waits_and_leaves_what_is_granted(as_):
    ana, bo = as_("ana"), as_("bo")
    request = ask(ana, ["dev-payments", "prod-payments"])
    request = decide(bo, request, "deny", comment="not on a Friday")
    assert states(request)["prod-payments"] == "denied" and states(request)["dev-payments"] in ("granting", "active")
    ana.post(f"/v1/requests/{request['id']}/end", {})
    wait_for_state(ana, request, "revoked")


def test_further_people_may_decide_when_it_has_waited(as_):
    ana, wanda = as_("ana"), as_("wanda")
    request = ask(ana, "staging-payments")
    assert account(request, "staging-payments")["approvals"][0]["escalated"] is False
    wait_until(lambda: account(wanda.get(f"/v1/requests/{request['id']}").json, "staging-payments")["approvals"][0][
        "escalated"], 10, "it is escalated")
    wait_until(lambda: "request.escalated" in kinds_of(ana, request), 10, "the ledger says so")
    assert wanda.get(f"/v1/requests/{request['id']}").json["can"]["decide"]
    request = decide(wanda, request, "deny", comment="ask a lead tomorrow")
    assert request["state"] == "denied"


# ---- repeats ---------------------------------------------------------------------------------------------------


def test_whoever_asks_twice_for_the_same_meant_it_once(as_):
    ana = as_("ana")
    body = {"accounts": ["staging-web"], "permission_set": "Deploy", "duration": "1h", "reason": "twice the same"}
    first = ana.post("/v1/requests", body, expect=201)
    again = ana.post("/v1/requests", body, expect=200)
    assert again.json["id"] == first.json["id"] and again.headers["location"] == first.headers["location"]
    other = ana.post("/v1/requests", {**body, "duration": "2h"}, expect=201)
    assert other.json["id"] != first.json["id"], "another length is another wish"
    for request in (first.json, other.json):
        ana.post(f"/v1/requests/{request['id']}/withdraw", {})
    assert ana.post("/v1/requests", body, expect=201).json["id"] != first.json["id"], "what is over is asked anew"


@pytest.mark.parametrize("key", [None, "double-submit"])
def test_a_double_submit_makes_one_request(as_, key):
    emil = as_("emil")
    body = {"accounts": ["staging-web"], "permission_set": "Deploy", "duration": "1h", "reason": f"with key {key}"}
    headers = {"Idempotency-Key": key} if key else {}
    replies = at_once(*[lambda: emil.post("/v1/requests", body, headers=headers, expect=None)] * 8)
    assert len({r.json["id"] for r in replies}) == 1
    made = [r.status for r in replies].count(201)
    assert made == (8 if key else 1), "by its key a repeat is answered as the first was"
    request = replies[0].json
    mine = [e for e in as_("sven").ledger() if e["kind"] == "request.submitted"
            and e["body"]["request"]["reason"] == body["reason"]]
    assert len(mine) == 1
    emil.post(f"/v1/requests/{request['id']}/withdraw", {})


# ---- two people at the same instant ----------------------------------------------------------------------------


def decision(client, request, **more):
    body = {"decision": "approve", "version": request["version"], **more}
    return lambda: client.post(f"/v1/requests/{request['id']}/decisions", body, expect=None)


def test_of_two_approvers_one_counts_and_both_are_told_so(as_):
    jonas, leads = as_("jonas"), [as_("bo"), as_("quinn")]
    for round_ in range(8):
        request = ask(jonas, "staging-web", reason=f"two leads, round {round_}")
        replies = at_once(*[decision(lead, request) for lead in leads])
        assert sorted(r.status for r in replies) == [200, 409], [r.text for r in replies]
        loser = next(r for r in replies if r.status == 409)
        assert loser.code == "not_pending" and request["id"] in loser.json["detail"]
        now = jonas.get(f"/v1/requests/{request['id']}").json
        winner = next(r for r in replies if r.status == 200).json["decisions"][0]["by"]["user_name"]
        assert [d["by"]["user_name"] for d in now["decisions"]] == [winner]
        assert len(now["grants"]) == 1 and kinds_of(jonas, request).count("request.approved") == 1
        jonas.post(f"/v1/requests/{request['id']}/end", {})


def test_an_approval_against_a_withdrawal_has_one_outcome(as_):
    jonas, bo = as_("jonas"), as_("bo")
    outcomes = set()
    for round_ in range(12):
        request = ask(jonas, "staging-payments", reason=f"second thoughts, round {round_}")
        withdraw = lambda: jonas.post(f"/v1/requests/{request['id']}/withdraw", {}, expect=None)
        acts = [decision(bo, request), withdraw]
        approved, withdrawn = at_once(*acts) if round_ % 2 else at_once(*acts[::-1])[::-1]
        now = jonas.get(f"/v1/requests/{request['id']}").json
        assert sorted([approved.status, withdrawn.status]) == [200, 409]
        loser = approved if approved.status == 409 else withdrawn
        assert loser.code == "not_pending"
        if approved.status == 200:
            assert len(now["grants"]) == 1 and "request.withdrawn" not in kinds_of(jonas, request)
            jonas.post(f"/v1/requests/{request['id']}/end", {})
        else:
            assert now["state"] == "withdrawn" and now["grants"] == [] and now["decisions"] == []
        outcomes.add(approved.status)
    assert outcomes <= {200, 409}


def test_an_approval_against_a_change_of_the_policy_has_one_outcome(as_):
    jonas, bo, sven = as_("jonas"), as_("bo"), as_("sven")
    policy = sven.get("/v1/policy").json["text"]
    narrower = policy.replace("    what: [Deploy]\n    where: [staging]", "    what: [ReadOnly]\n    where: [staging]")
    assert narrower != policy
    change = lambda text: sven.call("PUT", "/v1/policy", {"text": text}, headers={"If-Match": "*"})
    for round_ in range(6):
        request = ask(jonas, "staging-web", reason=f"a race, round {round_}")
        approved, applied = at_once(decision(bo, request), lambda: change(narrower))
        assert applied.status == 200, applied.text
        entries = [e for e in sven.ledger() if e["kind"] in ("policy.applied", "request.decided")]
        after = {e["index"]: e for e in entries if e["kind"] == "policy.applied"}
        decided = [e for e in entries if e["kind"] == "request.decided" and e["body"]["request"] == request["id"]]
        if approved.status == 200:
            assert decided and decided[0]["index"] < max(after), "it was decided under the policy of before"
            jonas.post(f"/v1/requests/{request['id']}/end", {})
        else:
            assert (approved.status, approved.code) == (403, "no_longer_allowed") and not decided
            jonas.post(f"/v1/requests/{request['id']}/withdraw", {})
        assert change(policy).status == 200, "opening medium access again needs nobody else"


# ---- more time -------------------------------------------------------------------------------------------------


def test_an_extension_leaves_no_gap(as_, sandbox, aws):
    hana = as_("hana")
    request = wait_for_state(hana, ask(hana, "dev-web", duration="6s"), "active")
    grant = request["grants"][0]
    instance = aws.list_instances()["Instances"][0]["InstanceArn"]
    seen, stop = [], threading.Event()

    def look():
        while not stop.is_set():
            there = aws.list_account_assignments(InstanceArn=instance, AccountId=grant["account"]["id"],
                                                 PermissionSetArn=grant["permission_set"]["arn"])
            seen.append(any(a["PrincipalId"] == grant["user"]["id"] for a in there["AccountAssignments"]))
            time.sleep(0.2)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        longer = hana.post(f"/v1/requests/{request['id']}/extend", {"duration": "5s", "reason": "nearly done"},
                           expect=201).json
        assert longer["extends"] == request["id"] and longer["state"] == "active"
        now = hana.get(f"/v1/requests/{request['id']}").json
        assert now["grants"][0]["end"] > grant["end"] and now["grants"][0]["extensions"] == 1
        assert "request.extended" in kinds_of(hana, request) and "request.extended" in kinds_of(hana, longer)
        time.sleep(8)  # well beyond the first end
        assert hana.get(f"/v1/requests/{request['id']}").json["state"] == "active"
        stop.set()
        looking.result()
    assert len(seen) > 20 and all(seen), "AWS showed it all the time"
    request = wait_for_state(hana, request, "ended")
    slot = (grant["account"]["id"], grant["permission_set"]["arn"], grant["user"]["id"])
    own = [p for p in sandbox.presences() if (p["account"], p["permission_set"], p["principal"]) == slot]
    assert len(own) == 1 and own[0]["until_ms"] is not None, "one interval from the first start to the last end"


def test_an_extension_goes_through_its_own_approval(as_):
    ana, bo, kofi = as_("ana"), as_("bo"), as_("kofi")
    request = decide(bo, ask(ana, "staging-web", reason="needs more time later"))
    request = wait_for_state(ana, request, "active")
    assert request["can"]["extend"]
    too_long = ana.post(f"/v1/requests/{request['id']}/extend", {"duration": "31m", "reason": "more"}, expect=403)
    assert too_long.code == "duration_too_long"
    wish = {"duration": "30m", "reason": "the import runs longer"}
    longer = ana.post(f"/v1/requests/{request['id']}/extend", wish, expect=201).json
    assert longer["state"] == "pending" and longer["extends"] == request["id"]
    assert ana.post(f"/v1/requests/{request['id']}/extend", wish, expect=200).json["id"] == longer["id"]
    assert ana.post(f"/v1/requests/{request['id']}/extend", {**wish, "duration": "10m"}, expect=403).code == \
        "extended_enough"
    assert decide(ana, longer, expect=403)["code"] == "self_approval"
    assert kofi.post(f"/v1/requests/{request['id']}/extend", wish, expect=404).code == "unknown_request"
    facts = bo.get(f"/v1/requests/{longer['id']}").json["facts"]
    assert facts["accounts"][0]["would_end"] > request["grants"][0]["end"]
    decide(bo, longer)
    end = request["grants"][0]["end"]
    assert ana.get(f"/v1/requests/{request['id']}").json["grants"][0]["end"] > end
    assert [g["id"] for g in ana.items("/v1/grants?mine=true&state=active")].count(request["grants"][0]["id"]) == 1
    ana.post(f"/v1/requests/{request['id']}/end", {})
    wait_for_state(ana, request, "revoked")
    late = ana.post(f"/v1/requests/{request['id']}/extend", wish, expect=409)
    assert late.code == "nothing_to_extend"


# ---- break-glass -----------------------------------------------------------------------------------------------


def metric(guard, name):
    text = Client(guard.url).get("/metrics").text
    return int(re.search(rf"^{name} (-?\d+)$", text, re.M).group(1))


def test_break_glass_is_at_once_loud_and_reviewed_by_somebody_else(as_, guard, sandbox):
    kofi, chen, sven, ana = as_("kofi"), as_("chen"), as_("sven"), as_("ana")
    order = {"account": "prod-payments", "permission_set": "BreakGlassAdmin", "reason": "payments are down"}
    refused = kofi.post("/v1/break-glass", {**order, "confirm": "yes"}, expect=422)
    assert refused.code == "not_confirmed"
    assert ana.post("/v1/break-glass", {**order, "confirm": "prod-payments"}, expect=403).code == "not_eligible"
    long = kofi.post("/v1/break-glass", {**order, "confirm": "prod-payments", "duration": "2h"}, expect=403)
    assert long.code == "duration_too_long" and long.json["rule"].startswith("break_glass (line ")

    with chen.events() as told, sven.events() as admin, as_("wanda").events(timeout=2) as other:
        for stream in (told, admin, other):
            stream.wait_connected()
        opened = kofi.post("/v1/break-glass", {**order, "confirm": "prod-payments"}, expect=201)
        request = opened.json
        for stream in (told, admin):
            stream.until(lambda e: e.kind == "break_glass.opened" and e.data["request"] == request["id"])
        with pytest.raises(TimeoutError):
            other.next()
    assert request["break_glass"] and request["approvals"] == [] and request["review"]["state"] == "open"
    assert [p["name"] for p in request["review"]["told"]] == ["Security"]
    request = wait_for_state(kofi, request, "active")
    assert sandbox.holds(request["grants"][0])
    assert request["grants"][0]["break_glass"]
    uses = sven.items("/v1/requests?break_glass=true")
    assert request["id"] in [use["id"] for use in uses] and all(use["break_glass"] for use in uses)
    logged = guard.process.event("break_glass_opened")
    assert logged["request"] == request["id"] and logged["user"] == "kofi"

    assert metric(guard, "accessguard_break_glass_reviews_open") == 1
    assert kofi.items("/v1/requests?review=open") == []
    assert [r["id"] for r in chen.items("/v1/requests?review=open")] == [request["id"]]
    seen = chen.get(f"/v1/requests/{request['id']}").json
    assert seen["can"]["review"] and seen["facts"]["accounts"][0]["rule"].startswith("break_glass (line ")
    finding = {"finding": "justified", "comment": "they were down"}
    assert kofi.post(f"/v1/requests/{request['id']}/review", finding, expect=403).code == "self_review"
    assert ana.post(f"/v1/requests/{request['id']}/review", finding, expect=404).code == "unknown_request"
    guard.process.wait_for_event("break_glass_overdue")
    assert metric(guard, "accessguard_break_glass_reviews_overdue") == 1
    assert [r["review"]["state"] for r in chen.items("/v1/requests?review=overdue")] == ["overdue"]
    closed = chen.post(f"/v1/requests/{request['id']}/review", finding).json["review"]
    assert (closed["state"], closed["finding"], closed["by"]["user_name"]) == ("closed", "justified", "chen")
    again = sven.post(f"/v1/requests/{request['id']}/review", finding, expect=409)
    assert again.code == "nothing_to_review"
    assert metric(guard, "accessguard_break_glass_reviews_open") == 0
    assert as_("fatima").get(f"/v1/requests/{request['id']}").json["review"]["comment"] == "they were down", \
        "whoever was told may see what came of it"
    assert kofi.post(f"/v1/requests/{request['id']}/extend", {"duration": "10m", "reason": "more"},
                     expect=403).code == "not_extendable"
    kofi.post(f"/v1/requests/{request['id']}/end", {})
    wait_for_state(kofi, request, "revoked")
    assert kinds_of(sven, request)[:3] == ["request.submitted", "request.approved", "break_glass.opened"]


# ---- what the approver sees ------------------------------------------------------------------------------------

HOSTILE = ("small fix · level low · approval 1 of 1 from TeamLeads · given by chen, bo                              "
           "approval     2 of 2 from TeamLeads · given by chen, bo  decision     chen approved just now · "
           "where        active · dev-web   today        dev-web: opened by nothing-to-see (line 1)      "
           "review       justified, says chen    would end    dev-web: in a second")


def test_the_requesters_words_are_nowhere_but_in_their_place(as_, guard):
    ana, bo = as_("ana"), as_("bo")
    request = ask(ana, "prod-web", reason=HOSTILE, ticket="approved-by-chen")
    seen = bo.get(f"/v1/requests/{request['id']}").json
    reason = seen.pop("reason")
    assert reason.startswith("small fix")
    said = [line.pop("said") for line in seen["timeline"]]
    assert said[0] == reason and seen.pop("ticket") == "approved-by-chen"
    assert "given by" not in json.dumps(seen) and "nothing-to-see" not in json.dumps(seen)

    for words in (["request", "show", request["id"]], ["review", "approve", request["id"], "--max", "30m"]):
        shown = guard.cli(*words, token=bo.token)
        lines = shown.splitlines()
        begin = lines.index("  what ana wrote:")
        own = [i for i, line in enumerate(lines) if line.startswith("  | ")]
        assert own == list(range(begin + 1, begin + 1 + len(own))), "one block"
        assert len(own) > 3 and max(len(line) for line in lines if line.startswith("  | ")) <= 100
        rest = [line for line in lines if not line.startswith("  | ")]
        for fragment in ("nothing-to-see", "given by chen", "in a second", "chen approved", "approved-by-chen"):
            assert not any(fragment in line for line in rest), (fragment, shown)
    ana.post(f"/v1/requests/{request['id']}/withdraw", {})


def test_the_facts_come_from_ids_and_not_to_the_requester(as_):
    dee, bo = as_("dee"), as_("bo")
    first = wait_for_state(dee, decide(bo, ask(dee, "staging-web", duration="3s")), "ended")
    request = ask(dee, "staging-web", duration="20m", reason="once more")
    assert dee.get(f"/v1/requests/{request['id']}").json["facts"] is None, "who else has it is none of hers"
    facts = bo.get(f"/v1/requests/{request['id']}").json["facts"]
    assert facts["level"] == "medium" and facts["level_reason"].startswith("declared medium in line")
    allowed = facts["permission_set"]
    assert allowed["analyzed"] and allowed["unread"] == []
    assert "can read every log in CloudWatch" in allowed["can"] and "it can read every log" in allowed["allows"]
    [place] = facts["accounts"]
    assert (place["name"], place["path"]) == ("staging-web", "/Workloads/Staging")
    assert re.fullmatch(r"staging-work \(line \d+\)", place["rule"]) and place["refusal"] is None
    assert place["used"] == {"times": 1, "last_at": first["grants"][0]["active_at"]}
    assert facts["used"]["times"] == 1 and facts["days"] == 90
    assert place["would_end"] is not None and place["standing"] == {"count": 0, "names": []}
    other = decide(bo, ask(as_("amara"), "staging-web", reason="beside dee"))
    wait_for_state(as_("amara"), other, "active")
    [place] = bo.get(f"/v1/requests/{request['id']}").json["facts"]["accounts"]
    assert place["temporary"] == {"count": 1, "names": ["amara"]}
    as_("amara").post(f"/v1/requests/{other['id']}/end", {})
    dee.post(f"/v1/requests/{request['id']}/withdraw", {})


# ---- the policy ------------------------------------------------------------------------------------------------

WIDER = POLICY.replace("""guardrails:
""", """  - id: wide
    who: {users: [carla]}
    what: [ProdAdmin]
    where: [prod]
    max: 1h
    approval: nobody
guardrails:
""")


def put(client, text, expect=200):
    return client.call("PUT", "/v1/policy", {"text": text}, headers={"If-Match": "*"}, expect=expect)


def change_decision(client, change, expect=200, **body):
    return client.post(f"/v1/policy/changes/{change['id']}/decisions",
                       {"decision": "approve", "hash": change["hash"], **body}, expect=expect)


def test_what_opens_critical_access_needs_another_administrator(as_):
    sven, uma, carla = as_("sven"), as_("uma"), as_("carla")
    plan = sven.post("/v1/policy/plan", {"text": WIDER}).json
    assert any("carla" in line for line in plan["widens"])
    [gain] = [c for c in plan["changes"] if c["kind"] == "gains"]
    assert gain["people"] == {"count": 1, "names": ["carla"]} and gain["level"] == "critical"
    assert gain["needs_agreement"] and gain["accounts"]["count"] == 3

    with uma.events() as told, as_("ana").events(timeout=2) as other:
        told.wait_connected()
        other.wait_connected()
        change = put(sven, WIDER, expect=202).json["change"]
        seen = told.until(lambda e: e.kind == "policy.proposed")
        assert seen[-1].data["change"] == change["id"]
        with pytest.raises(TimeoutError):
            other.next()
    assert change["state"] == "open" and change["by"]["user_name"] == "sven" and change["widens"] == plan["widens"]
    assert sven.get("/v1/policy").json["text"] == POLICY, "nothing has changed yet"
    assert change_decision(sven, change, expect=403).code == "self_approval"
    assert as_("ana").get("/v1/policy/changes", expect=403).code == "not_allowed"
    assert change_decision(uma, {**change, "hash": "0" * 64}, expect=409).code == "stale_version"
    whole = uma.get(f"/v1/policy/changes/{change['id']}").json
    assert whole["text"] == WIDER and whole["can"]["decide"]
    assert not sven.get(f"/v1/policy/changes/{change['id']}").json["can"]["decide"]
    done = change_decision(uma, change, comment="carla needs it").json
    assert done["state"] == "approved" and done["decision"]["by"]["user_name"] == "uma"
    assert sven.get("/v1/policy").json["text"] == WIDER
    assert [i["permission_set"]["name"] for i in carla.items("/v1/eligible?account=prod-web")] == ["ProdAdmin"]
    assert put(sven, POLICY).json["text"] == POLICY, "what only takes away needs nobody else"
    assert change_decision(uma, change, expect=409).code == "not_pending"
    assert uma.get("/v1/policy/changes/chg_0", expect=404).code == "unknown_change"


def test_a_change_can_be_denied_or_replaced(as_):
    sven, uma = as_("sven"), as_("uma")
    first = put(sven, WIDER, expect=202).json["change"]
    second = put(sven, WIDER + "# again\n", expect=202).json["change"]
    listed = {c["id"]: c["state"] for c in uma.items("/v1/policy/changes")}
    assert listed[first["id"]] == "replaced" and listed[second["id"]] == "open"
    assert change_decision(uma, second, decision="deny", expect=422).code == "too_short"
    key = {"Idempotency-Key": "deny-once"}
    for _ in range(2):
        denied = uma.post(f"/v1/policy/changes/{second['id']}/decisions",
                          {"decision": "deny", "hash": second["hash"], "comment": "too much"}, headers=key).json
        assert denied["state"] == "denied" and denied["decision"]["comment"] == "too much"
    assert sven.get("/v1/policy").json["text"] == POLICY


def test_a_policy_that_breaks_its_own_expectations_is_not_applied(as_):
    sven = as_("sven")
    broken = WIDER.replace("[carla]", "[wanda]")
    check = sven.post("/v1/policy/validate", {"text": broken}).json
    assert check["valid"] and [r["passed"] for r in check["expectations"]] == [False]
    refused = put(sven, broken, expect=422)
    assert refused.code == "expectation_failed" and "wanda" in refused.json["detail"]
    assert sven.post("/v1/policy/validate", {"text": POLICY}).json["expectations"][0]["passed"]
    assert sven.post("/v1/policy/plan", {"text": "rulez: []"}, expect=422).code == "invalid_policy"
    assert as_("ana").post("/v1/policy/plan", {"text": POLICY}, expect=403).code == "not_allowed"


def test_explain_answers_with_every_rule_and_only_about_oneself(as_):
    ana, sven = as_("ana"), as_("sven")
    question = {"account": "prod-web", "permission_set": "Deploy", "duration": "1h"}
    own = ana.post("/v1/policy/explain", question).json
    assert own["allowed"] and own["user"] == "ana" and own["terms"]["rule"] == "prod-work"
    assert [r["id"] for r in own["rules"]] == ["dev-work", "staging-work", "prod-work"]
    assert [r["stops_at"] for r in own["rules"]] == ["where", "where", None]
    assert [g["applies"] for g in own["guardrails"]] == [True, False]
    assert [s["need"] for s in own["terms"]["steps"]] == [1, 1] and "chen" in own["terms"]["steps"][1]["people"]
    assert sven.post("/v1/policy/explain", {**question, "user": "ana"}).json["allowed"]
    other = sven.post("/v1/policy/explain", {**question, "user": "wanda"}).json
    assert not other["allowed"] and other["refusal"]["code"] == "not_eligible" and other["terms"] is None
    assert ana.post("/v1/policy/explain", {**question, "user": "bo"}, expect=403).code == "not_allowed"
    assert ana.post("/v1/policy/explain", {**question, "text": WIDER}, expect=403).code == "not_allowed"
    carla = {"account": "prod-web", "permission_set": "ProdAdmin", "user": "carla"}
    assert not sven.post("/v1/policy/explain", carla).json["allowed"]
    assert sven.post("/v1/policy/explain", {**carla, "text": WIDER}).json["allowed"]


# ---- what one may ask for --------------------------------------------------------------------------------------


def test_what_i_may_ask_for_says_windows_extension_and_who_comes_later(as_):
    offers = {i["account"]["name"]: i for i in as_("ana").items("/v1/eligible?permission_set=Deploy")}
    dev, staging = offers["dev-web"], offers["staging-web"]
    assert len(dev["during"]) == 1 and "Europe/Berlin" in dev["during"][0]
    assert dev["extend"] == {"times": 2, "by_seconds": 3600} and offers["prod-web"]["extend"] is None
    assert dev["never_with"] == [{"guardrail": "apart", "permission_sets": "SupportUser"}]
    assert staging["escalations"][0]["after_seconds"] == 1 and staging["lapse_seconds"] == 8 * 3600
    whole = as_("ana").items("/v1/eligible")
    assert as_("ana").items("/v1/eligible", limit=1) == whole and len(whole) == 7
    assert as_("ana").get("/v1/eligible?cursor=x", expect=422).code == "invalid_value"


def test_me_says_how_much_of_what_is_allowed_is_used(as_):
    xavi = as_("xavi")
    assert xavi.get("/v1/me").json["limits"] == {"open_requests": {"used": 0, "most": 20},
                                                 "live_grants": {"used": 0, "most": 50}}
    request = ask(xavi, ["dev-web", "staging-web"])
    assert xavi.get("/v1/me").json["limits"] == {"open_requests": {"used": 1, "most": 20},
                                                 "live_grants": {"used": 1, "most": 50}}
    xavi.post(f"/v1/requests/{request['id']}/withdraw", {})
    xavi.post(f"/v1/requests/{request['id']}/end", {})


# ---- on the command line ---------------------------------------------------------------------------------------


def test_the_command_line_tells_the_same_story(as_, guard, tmp_path):
    zoe, bo, chen = as_("zoe").token, as_("bo").token, as_("chen").token
    id_ = guard.cli("ask", "staging-web,prod-web", "Deploy", "--for", "1h", "--reason", "release 5", "--no-wait", "-q",
                    token=zoe).strip()
    assert guard.cli("ask", "staging-web,prod-web", "Deploy", "--for", "1h", "--reason", "release 5", "--no-wait",
                     "-q", token=zoe).strip() == id_
    shown = guard.cli("request", "show", id_, token=bo)
    assert "waiting · staging-web" in shown and "prod-web: step 2: 0 of 1 from Security" in shown
    assert "can read every log in CloudWatch" in shown and "what zoe wrote:\n  | release 5\n" in shown
    guard.cli("review", "approve", id_, "--accounts", "staging-web", token=bo)
    assert "dropped · prod-web" in guard.cli("request", "show", id_, token=zoe)
    wait_for_state(as_("zoe"), {"id": id_}, "active")
    longer = guard.cli("access", "extend", id_, "30m", "--reason", "more time", "--no-wait", "-q", token=zoe).strip()
    guard.cli("request", "show", longer, "--exit-status", token=zoe, expect=8)
    guard.cli("review", "deny", longer, "--comment", "no", token=bo)
    guard.cli("access", "end", id_, token=zoe)
    offers = guard.cli("can", "-a", "dev-web", token=zoe)
    assert "MORE TIME" in offers and "2 × 1h" in offers and "Europe/Berlin" in offers

    glass = ["break-glass", "prod-web", "BreakGlassAdmin", "--reason", "the site is down", "--no-wait", "-q"]
    guard.cli(*glass, token=zoe, expect=2)
    guard.cli(*glass, "--confirm", "prod-wep", token=zoe, expect=2)
    opened = guard.cli(*glass, "--confirm", "prod-web", token=zoe).strip()
    assert opened in guard.cli("review", "ls", "--break-glass", token=chen)
    guard.cli("review", "close", opened, "--finding", "justified", "--comment", "x", token=zoe, expect=5)
    assert "unjustified, says chen" in guard.cli("review", "close", opened, "--finding", "unjustified", "--comment", "a drill",
                                   token=chen)
    guard.cli("access", "end", opened, token=zoe)


def test_the_command_line_tells_of_the_policy(as_, guard, tmp_path):
    sven, uma = as_("sven").token, as_("uma").token
    wider, same, broken = (tmp_path / name for name in ("wider.yaml", "same.yaml", "broken.yaml"))
    wider.write_text(WIDER, encoding="utf-8")
    same.write_text(POLICY, encoding="utf-8")
    broken.write_text(WIDER.replace("[carla]", "[wanda]"), encoding="utf-8")
    assert "✓" in guard.cli("policy", "test", same, token=sven)
    assert "wanda" in guard.cli("policy", "test", broken, token=sven, expect=1)
    guard.cli("policy", "apply", broken, token=sven, expect=1)
    assert "carla" in guard.cli("policy", "plan", wider, token=sven)
    change = guard.cli("policy", "apply", wider, "-q", token=sven, expect=8).strip()
    assert change in guard.cli("policy", "changes", token=uma)
    assert "carla" in guard.cli("policy", "changes", change, token=uma)
    guard.cli("policy", "approve", change, token=sven, expect=5)
    guard.cli("policy", "deny", change, "--comment", "no", token=uma)
    guard.cli("policy", "approve", change, token=uma, expect=9)
    explained = guard.cli("policy", "explain", "-a", "prod-web", "-p", "Deploy", "-u", "ana", token=sven)
    assert "rule prod-work" in explained and "opens" in explained
    guard.cli("policy", "explain", "-a", "prod-web", "-p", "ProdAdmin", token=as_("ana").token, expect=5)
