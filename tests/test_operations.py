"""What operators do and look at: revoking in bulk, the doctor, metrics and the alerts that are made of them."""
import json
import os
import pty
import re
import sqlite3
import subprocess
import uuid

import pytest
import yaml

from support.client import Client
from support.paths import ROOT, binary, tool
from support.process import free_port, wait_until
from support.world import AccessGuard, Sandbox, ask, wait_for_state

ALERTS = ROOT / "packaging" / "prometheus" / "alerts.yml"
DASHBOARD = ROOT / "packaging" / "grafana" / "accessguard.json"
PROMETHEUS = "Debian's prometheus"


def active(client, account="dev-web", permission_set="ReadOnly", duration="1h"):
    return wait_for_state(client, ask(client, account, permission_set, duration), "active")


def revoke(client, expect=202, reason="laptop stolen", headers=None, **selector):
    return client.post("/v1/revocations", {**selector, "reason": reason}, expect=expect, headers=headers).json


def named(items):
    return sorted((i["user"]["user_name"], i["account"]["name"]) for i in items)


def promtool(*words, stdin=None):
    done = subprocess.run([tool("promtool", PROMETHEUS), *map(str, words)], input=stdin, capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# ---- revoking --------------------------------------------------------------------------------------------------


def test_revoking_a_person_ends_all_of_theirs_and_nobody_elses(as_, sandbox):
    ana, emil = as_("ana"), as_("emil")
    two = [active(ana, ["dev-web", "dev-payments"], duration="30m"), active(ana, "sandbox-experiments", "Deploy")]
    other = active(emil, "dev-web")
    told = revoke(as_("sven"), user="ana")
    assert told["matched"] == 3 and named(told["items"]) == [("ana", "dev-payments"), ("ana", "dev-web"),
                                                             ("ana", "sandbox-experiments")]
    planned = {g["id"]: g["end"] for request in two for g in request["grants"]}
    for item in told["items"]:
        assert item["access_ends"] < planned[item["grant"]], "now, not when it would have ended"
        assert item["access_ends"] < item["credentials_until"], "the second clock"
    for request in two:
        over = wait_for_state(ana, request, "revoked")
        assert {g["cause"] for g in over["grants"]} == {"admin"}
        assert not any(sandbox.holds(g) for g in over["grants"])
        assert any(line["said"] == "laptop stolen" for line in over["timeline"]), "the reason is on the ledger"
    assert sandbox.holds(other["grants"][0])
    assert revoke(as_("sven"), expect=404, user="ana")["code"] == "nothing_to_revoke"
    revoke(as_("sven"), user=sandbox.people["emil"]["id"])
    wait_for_state(emil, other, "revoked")


def test_revoking_by_request_grant_and_account(as_, sandbox):
    kofi, admin = as_("kofi"), as_("sven")
    request = active(kofi, ["dev-web", "dev-payments"])
    web = next(g for g in request["grants"] if g["account"]["name"] == "dev-web")
    assert [i["grant"] for i in revoke(admin, id=web["id"])["items"]] == [web["id"]]
    wait_until(lambda: not sandbox.holds(web), 10, "that grant is taken away")
    assert revoke(admin, id=request["id"])["matched"] == 1, "only what was left of it"
    wait_for_state(kofi, request, "revoked")
    there, elsewhere = active(kofi, "dev-payments"), active(kofi, "dev-web")
    told = revoke(admin, account=there["grants"][0]["account"]["id"])
    assert [i["request"] for i in told["items"]] == [there["id"]]
    assert revoke(admin, account="dev-web")["matched"] == 1
    wait_for_state(kofi, elsewhere, "revoked")
    refusal = revoke(admin, expect=404, id=request["id"])
    assert refusal["code"] == "nothing_to_revoke" and "revoked" in refusal["detail"]


def test_revoking_everything_reaches_what_is_scheduled_too(as_, sandbox):
    lena, hana = as_("lena"), as_("hana")
    now = active(lena, "dev-web")
    later = ask(hana, "dev-web", "ReadOnly", start="+1h")
    assert later["state"] == "scheduled"
    told = revoke(as_("sven"), all=True)
    assert {now["id"], later["id"]} <= {i["request"] for i in told["items"]} and told["matched"] == len(told["items"])
    wait_for_state(lena, now, "revoked")
    wait_for_state(hana, later, "revoked")
    assert not [p for p in sandbox.presences() if p["created_by"] and p["until_ms"] is None], "nothing of ours is left"


def test_a_repeat_with_its_key_answers_the_same(as_):
    zoe, admin, key = as_("zoe"), as_("sven"), {"Idempotency-Key": str(uuid.uuid4())}
    active(zoe, ["dev-web", "dev-payments"])
    first = revoke(admin, user="zoe", headers=key)
    again = revoke(admin, user="zoe", headers=key)
    assert [i["grant"] for i in again["items"]] == [i["grant"] for i in first["items"]] and again["matched"] == 2
    assert revoke(admin, 422, user="ana", headers=key)["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("who", ["ana", "bo", "chen"])
def test_only_an_administrator_revokes(as_, who):
    refusal = revoke(as_(who), expect=403, all=True)
    assert refusal["code"] == "not_allowed" and "access end" in refusal["fix"]


@pytest.mark.parametrize("body,status,code,field", [
    ({"reason": "x"}, 422, "missing_field", "id"),
    ({"user": "ana"}, 422, "missing_field", "reason"),
    ({"user": "ana", "account": "dev-web", "reason": "x"}, 422, "invalid_value", "account"),
    ({"user": "ana", "all": True, "reason": "x"}, 422, "invalid_value", "all"),
    ({"all": False, "reason": "x"}, 422, "invalid_value", "all"),
    ({"all": "true", "reason": "x"}, 422, "invalid_type", "all"),
    ({"all": True, "reason": "  "}, 422, "too_short", "reason"),
    ({"all": True, "reason": "x" * 501}, 422, "too_long", "reason"),
    ({"group": "Developers", "reason": "x"}, 422, "unknown_field", "group"),
    ({"user": "chenn", "reason": "x"}, 404, "nothing_to_revoke", "user"),
    ({"account": "dev-wbe", "reason": "x"}, 404, "nothing_to_revoke", "account"),
    ({"id": "grt_x", "reason": "x"}, 404, "nothing_to_revoke", "id"),
    ({"id": "req_x", "reason": "x"}, 404, "unknown_request", "id"),
])
def test_a_wrong_revocation_is_refused_and_names_the_field(as_, body, status, code, field):
    refusal = as_("sven").post("/v1/revocations", body, expect=status).json
    assert refusal["code"] == code and refusal["errors"][0]["field"] == field
    for typed, meant in (("chenn", "chen"), ("dev-wbe", "dev-web")):
        if typed in body.values():
            assert f'"{meant}"' in refusal["fix"], "the nearest name"


def test_who_left_the_directory_is_revoked_by_what_stands_on_the_grants(tmp_path):
    """The directory that was read last is edited, and AWS is away; then AWS is back."""
    world = Sandbox(tmp_path)
    server = AccessGuard(tmp_path / "server", world.environment()).start().wait_known()
    try:
        ana, admin = server.client("ana"), server.client("sven", admin=True)
        request = active(ana)
        wait_until(lambda: (server.data / "organization.json").exists(), 20, "the directory on disk")
        server.stop()
        cached = server.data / "organization.json"
        organization = json.loads(cached.read_text())
        organization["users"] = [u for u in organization["users"] if u["user_name"] != "ana"]
        organization["accounts"] = [a for a in organization["accounts"] if a["name"] != "dev-web"]
        cached.write_text(json.dumps(organization))
        there = server.environment["AWS_ENDPOINT_URL"]
        server.environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{free_port()}"
        server.start()
        assert "ana" not in {u["user_name"] for u in admin.items("/v1/users")}
        told = revoke(admin, user=world.people["ana"]["id"])
        assert [i["request"] for i in told["items"]] == [request["id"]]
        assert revoke(admin, expect=404, account="dev-web")["code"] == "nothing_to_revoke", "found, and over already"
        assert world.holds(request["grants"][0]), "AWS is away"
        server.stop()
        server.environment["AWS_ENDPOINT_URL"] = there
        server.start()
        wait_for_state(admin, request, "revoked")
        assert not world.holds(request["grants"][0])
    finally:
        server.stop()
        world.stop()


def test_a_revocation_while_the_ledger_is_locked_tells_what_ends_and_is_recorded_later(tmp_path):
    world = Sandbox(tmp_path)
    server = AccessGuard(tmp_path / "server", world.environment()).start().wait_known()
    ledger = sqlite3.connect(server.data / "ledger.db", timeout=10, isolation_level=None)
    try:
        ana, chen, admin = server.client("ana"), server.client("chen"), server.client("sven", admin=True)
        held = active(ana, ["dev-web", "dev-payments"])
        by_hand = active(chen, "dev-web")
        ledger.execute("BEGIN IMMEDIATE")
        key = {"Idempotency-Key": str(uuid.uuid4())}
        told = revoke(admin, user="ana", headers=key)
        assert told["recorded"] is False and told["matched"] == 2
        assert {i["grant"] for i in told["items"]} == {g["id"] for g in held["grants"]}
        assert all(i["access_ends"] < g["end"] for i in told["items"] for g in held["grants"])
        assert revoke(admin, user="ana", headers=key) == told, "a repeat finds it where it is"
        shown = server.cli("revoke", by_hand["id"], "--reason", "laptop stolen", "--no-wait", "-o", "json",
                           token=admin.token)
        assert json.loads(shown)["recorded"] is False
        for grant in held["grants"] + by_hand["grants"]:
            wait_until(lambda: not world.holds(grant), 30, "AWS is told all the same")
        # Nobody says that it was seen to be gone before the ledger does.
        assert revoke(admin, expect=404, user="ana")["code"] == "nothing_to_revoke"
        ledger.execute("ROLLBACK")
        for client, request in ((ana, held), (chen, by_hand)):
            wait_for_state(client, request, "revoked")
        again = revoke(admin, user="ana", headers=key)
        assert again == {**told, "recorded": True, "items": again["items"]}
        assert [i["grant"] for i in again["items"]] == [i["grant"] for i in told["items"]]
        assert [i["access_ends"] for i in again["items"]] == [i["access_ends"] for i in told["items"]]
    finally:
        ledger.close()
        server.stop()
        world.stop()


def test_the_command_line_revokes_and_waits_until_it_is_verified(as_, guard, sandbox):
    mateo = as_("mateo")
    request = active(mateo)
    admin = as_("sven").token
    told = guard.cli("revoke", "--user", "mateo", "--reason", "left", "--wait=30s", "-o", "json", token=admin)
    assert [i["request"] for i in json.loads(told)["items"]] == [request["id"]]
    assert not sandbox.holds(request["grants"][0]), "it has waited"
    assert mateo.get(f"/v1/requests/{request['id']}").json["state"] == "revoked"
    guard.cli("revoke", "--user", "mateo", "--reason", "left", token=admin, expect=3)
    guard.cli("revoke", "--all", "--reason", "left", token=mateo.token, expect=2)
    guard.cli("revoke", "--all", "--yes", "--reason", "left", token=mateo.token, expect=5)


def on_a_terminal(guard, words, typed, token):
    """Runs the command line as a person would, on a terminal of its own; exit code and all that was shown."""
    env = {**guard.environment, "ACCESSGUARD_SERVER": guard.url, "ACCESSGUARD_TOKEN": token, "TERM": "xterm"}
    master, slave = pty.openpty()
    try:
        with subprocess.Popen([str(binary()), *words], env=env, stdin=slave, stdout=slave, stderr=slave) as running:
            os.close(slave)
            os.write(master, typed.encode())
            shown = b""
            while True:
                try:
                    piece = os.read(master, 4096)
                except OSError:  # Linux tells the end of a terminal so
                    break
                if not piece:
                    break
                shown += piece
            return running.wait(60), shown.decode()
    finally:
        os.close(master)


def test_revoking_everything_on_a_terminal_wants_the_words_typed(as_, guard, sandbox):
    rosa, admin = as_("rosa"), as_("sven").token
    request = active(rosa)
    for typed in ("yes\n", "\n", "revoke al\n", "REVOKE ALL\n"):
        code, shown = on_a_terminal(guard, ["revoke", "--all", "--reason", "drill"], typed, admin)
        assert code == 1 and 'Type "revoke all"' in shown and "nothing was revoked" in shown, shown
    assert rosa.get(f"/v1/requests/{request['id']}").json["state"] == "active"
    code, shown = on_a_terminal(guard, ["revoke", "--all", "--reason", "drill"], "revoke all\n", admin)
    assert code == 0 and "verified over" in shown and "may live until" in shown, shown
    assert not sandbox.holds(request["grants"][0]), "on a terminal it waits"


# ---- health ----------------------------------------------------------------------------------------------------


def test_readiness_tells_levels_and_fixes(guard, as_):
    ready = Client(guard.url).get("/readyz?verbose").json
    assert ready["status"] == "ready" and {c["level"] for c in ready["checks"]} == {"ok"}, ready
    assert ready["suspended"] is None and ready["overdue"]["oldest_seconds"] < 60


def test_the_doctor_finds_a_healthy_server_healthy(guard, as_):
    found = json.loads(guard.cli("doctor", "-o", "json", token=as_("sven").token))
    assert found["ok"] and {c["level"] for c in found["checks"]} == {"ok"}, found
    assert {"server", "clock", "sign-in", "ledger", "aws", "policy", "revokes", "grants", "sweep", "lanes",
            "server_clock", "aws_calls", "checkpoint", "foreign", "shared", "standing"} == {c["name"] for c in found["checks"]}
    told = {c["id"]: c["detail"] for c in as_("sven").get("/v1/status").json["items"] if c["id"] != "aws_calls"}
    said = {c["name"]: c["detail"] for c in found["checks"]}
    assert {"ledger", "policy", "grants"} <= {name for name in told if told[name] == said[name]}, "in the same words"


def test_the_doctor_names_what_is_wrong_and_what_to_do(tmp_path):
    world = Sandbox(tmp_path)
    world.command("refuse ListUsers 1000 400 AccessDeniedException")
    server = AccessGuard(tmp_path / "server", world.environment(), policy=None).start()
    try:
        wait_until(lambda: "ListUsers" in server.check("aws")["detail"], 30, "the refused call is named")
        found = json.loads(server.cli("doctor", "-o", "json", expect=1))
        checks = {c["name"]: c for c in found["checks"]}
        assert not found["ok"]
        assert checks["sign-in"]["level"] == "fail" and "login" in checks["sign-in"]["fix"]
        assert checks["aws"]["level"] == "fail" and "ListUsers" in checks["aws"]["detail"] and checks["aws"]["fix"]
        assert checks["policy"]["level"] == "fail" and "policy apply" in checks["policy"]["fix"]
        assert checks["administrators"]["level"] == "warn" and "--admin" in checks["administrators"]["fix"]
    finally:
        server.stop()
        world.stop()
    found = json.loads(server.cli("doctor", "-o", "json", expect=1))
    assert [c["name"] for c in found["checks"] if c["level"] == "fail"] == ["server"], "nobody listens there"


def test_a_dead_mans_switch_that_aws_refuses_is_told_everywhere_and_holds_up_what_was_approved(tmp_path):
    world = Sandbox(tmp_path)
    server = AccessGuard(tmp_path / "server", world.environment())
    config = tmp_path / "config.yaml"
    server.options = ["--config", config]
    config.write_text("dead_man_switch: {role: 'arn:aws:iam::000000000000:role/AccessGuardScheduler', group: Wrong}\n")
    server.start().wait_known()
    try:
        ana, admin = server.client("ana"), server.client("sven", admin=True)
        assert server.check("dead_man_switch") is None, "nothing was refused yet"
        request = ask(ana, "dev-web", "ReadOnly", "1h")
        told = wait_until(lambda: server.check("dead_man_switch"), 30, "the refusal is told")
        assert told["level"] == "warn" and "ResourceNotFoundException" in told["detail"], told
        assert "docs/dead-man-switch.md" in told["fix"]
        assert Client(server.url).get("/readyz").json["status"] == "ready", "a warning does not make it unready"
        assert "\naccessguard_switch_refused 1\n" in Client(server.url).get("/metrics").text
        found = json.loads(server.cli("doctor", "-o", "json", token=admin.token))
        assert [c["name"] for c in found["checks"] if c["level"] == "warn"] == ["dead_man_switch"], found
        assert ana.get(f"/v1/requests/{request['id']}").json["state"] == "granting"
        assert not [p for p in world.presences() if p["created_by"]], "no access without the schedule"

        server.stop()
        management = next(a["id"] for a in json.loads((server.data / "organization.json").read_text())["accounts"]
                          if a["name"] == "example-management")
        config.write_text(f"dead_man_switch: {{role: 'arn:aws:iam::{management}:role/AccessGuardScheduler', "
                          "group: AccessGuard}\n")
        server.start()
        wait_for_state(ana, request, "active")
        assert server.check("dead_man_switch") is None
        assert "\naccessguard_switch_refused 0\n" in Client(server.url).get("/metrics").text
    finally:
        server.stop()
        world.stop()


def test_a_damaged_checkpoint_suspends_until_an_operator_accepts_the_ledger_as_it_is(tmp_path):
    world = Sandbox(tmp_path)
    server = AccessGuard(tmp_path / "server", world.environment()).start().wait_known()
    checkpoint = server.data / "checkpoint.json"
    try:
        ana, admin = server.client("ana"), server.client("sven", admin=True)
        held = active(ana)
        server.stop()
        whole = checkpoint.read_text()
        checkpoint.write_text(whole[:len(whole) // 2])

        server.start()
        suspended = Client(server.url).get("/readyz", expect=None).json["suspended"]
        assert suspended["code"] == "checkpoint_unreadable" and "--accept-rollback" in suspended["fix"], suspended
        assert ask(ana, "dev-payments", "ReadOnly", expect=503)["code"] == "checkpoint_unreadable"
        found = json.loads(server.cli("doctor", "-o", "json", token=admin.token, expect=1))
        assert [c["name"] for c in found["checks"] if c["level"] == "fail"] == ["grants"], found
        ana.post(f"/v1/requests/{held['id']}/end", {})
        wait_for_state(ana, held, "revoked")
        assert not world.holds(held["grants"][0]), "what has to end ends all the same"
        assert checkpoint.read_text() == whole[:len(whole) // 2], "the evidence is left alone"
        server.stop()

        server.start()
        assert ask(ana, "dev-payments", "ReadOnly", expect=503)["code"] == "checkpoint_unreadable", "a restart is no word"
        server.stop()

        server.options = ["--accept-rollback"]
        server.start()
        active(ana, "dev-payments")
        assert Client(server.url).get("/readyz").json["suspended"] is None
        wait_until(lambda: checkpoint.read_text().startswith("{") and json.loads(checkpoint.read_text())["size"] > 0, 10,
                   "a new checkpoint")
        server.stop()

        server.options = []
        server.start()
        active(ana, "sandbox-experiments")
        kinds = [entry["kind"] for entry in admin.ledger()]
        assert kinds.count("grants.suspended") >= 1 and kinds.count("grants.suspended") == kinds.count("grants.resumed")
    finally:
        server.stop()
        world.stop()


# ---- metrics and alerts ----------------------------------------------------------------------------------------


def test_promtool_has_nothing_to_say_about_the_metrics(guard):
    promtool("check", "metrics", stdin=Client(guard.url).get("/metrics").text)


def exported_by(guard):
    """Every name that Prometheus would know after a look at the server: of a histogram those of its three series."""
    families = dict(re.findall(r"^# TYPE (\S+) (\S+)$", Client(guard.url).get("/metrics").text, re.MULTILINE))
    assert "accessguard_build_info" in families
    return {name + suffix for name, kind in families.items()
            for suffix in (("_bucket", "_sum", "_count") if kind == "histogram" else ("",))}


def metrics_in(expressions):
    return {name for each in expressions for name in re.findall(r"\baccessguard_[a-z_]+", each)}


def alert_expressions():
    return [rule["expr"] for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def dashboard_expressions():
    board = json.loads(DASHBOARD.read_text())
    return [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]


@pytest.mark.parametrize("expressions", [alert_expressions, dashboard_expressions])
def test_every_metric_that_an_alert_or_the_dashboard_uses_is_exported(guard, expressions):
    expressions = expressions()
    assert len(expressions) > 5 and all(metrics_in([each]) for each in expressions)
    unknown = metrics_in(expressions) - exported_by(guard)
    assert not unknown, f"never to be seen: {sorted(unknown)}"


def test_the_dashboard_shows_every_metric_that_there_is(guard):
    shown = {re.sub("_(bucket|sum|count)$", "", name) for name in metrics_in(dashboard_expressions())}
    there = {re.sub("_(bucket|sum|count)$", "", name) for name in exported_by(guard)}
    assert there == shown, f"not shown: {sorted(there - shown)}"


def test_prometheus_understands_every_expression_of_the_dashboard(tmp_path):
    """Grafana fills its variables in; here something stands for each."""
    rules = tmp_path / "rules.yml"
    filled = [re.sub(r"\$(job|instance)", ".*", each).replace("$__rate_interval", "5m")
              for each in dashboard_expressions()]
    assert not [each for each in filled if "$" in each], "a variable that nobody fills in"
    rules.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": [
        {"record": f"panel:{number}", "expr": each} for number, each in enumerate(filled)]}]}))
    promtool("check", "rules", rules)


def test_the_panels_of_the_dashboard_have_their_own_place_and_number():
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken and all(x < 24 for x, _ in cells), panel["title"]
        taken |= cells


def test_the_alerts_are_valid_and_fire_when_they_should():
    promtool("check", "rules", ALERTS)
    promtool("test", "rules", ALERTS.with_name("alerts_test.yml"))


# ---- small things ----------------------------------------------------------------------------------------------


def test_looking_for_tokens_makes_no_folder(guard, tmp_path):
    typo = tmp_path / "srever"
    guard.cli("token", "ls", "--data", typo, expect=1)
    guard.cli("token", "revoke", "tok_1", "--data", typo, expect=1)
    assert not typo.exists()


def test_commands_of_a_later_version_say_so(guard):
    for words in (["extend"], ["break-glass"], ["scan"], ["plan"], ["apply"], ["drift"], ["import"], ["iam"],
                  ["access", "open"], ["access", "profile"]):
        guard.cli(*words, expect=2)


def test_a_suspended_account_says_what_can_be_asked_for(as_):
    refusal = ask(as_("ana"), "legacy-shop", "Deploy", expect=403)
    assert refusal["code"] == "account_not_active" and "accessguard can" in refusal["fix"]
