"""`end: hard`, with the program and its own sandbox: what people see of it."""
import json

from support.paths import binary
from support.process import Process, clean_environment, wait_until
from support.world import POLICY, AccessGuard, Sandbox, ask, decide, story_of, wait_for_state


class OnItsOwnSandbox(AccessGuard):
    """`serve --sandbox`: the policy that is there for hard ends is named by itself."""

    def start(self):
        self.process = Process(
            [binary(), "serve", "--sandbox", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"],
            self.folder / "accessguard.log", self.environment)
        self.process.wait_for_event("started")
        return self


def test_live_sessions_are_cut_and_everybody_sees_it(tmp_path):
    server = OnItsOwnSandbox(tmp_path, clean_environment(), policy=None).start()
    try:
        token = server.token("ana")
        ana, bo, chen = server.client("ana"), server.client("bo"), server.client("chen")
        request = ask(ana, "prod-web", "ProdAdmin", "30m")
        assert request["session_end"] == "hard"
        request = decide(bo, request)
        decide(chen, request)
        active = wait_for_state(ana, request, "active")
        grant = active["grants"][0]
        assert grant["session_end"] == "hard" and grant["sessions_cut_at"] is None
        assert grant["credentials_until"] > grant["end"], "until it is seen, the second clock is the longer one"
        assert "hard: live sessions are cut" in server.cli("request", "show", request["id"], token=token)

        ana.post(f"/v1/requests/{request['id']}/end", {})
        over = wait_until(lambda: (r := ana.get(f"/v1/requests/{request['id']}").json)["grants"][0]["sessions_cut_at"] and r,
                          30, "the sessions were not cut")
        grant = over["grants"][0]
        assert over["state"] == "revoked" and grant["credentials_until"] == grant["sessions_cut_at"], story_of(over)
        kinds = [line["kind"] for line in over["timeline"]]
        assert kinds.index("grant.ending") < kinds.index("sessions.cut_intended") < kinds.index("sessions.cut")
        assert "live sessions seen to be cut" in server.cli("request", "show", request["id"], token=token)
    finally:
        server.stop()


def test_a_soft_end_is_as_it_was(tmp_path):
    server = OnItsOwnSandbox(tmp_path, clean_environment(), policy=None).start()
    try:
        ana = server.client("ana")
        request = wait_for_state(ana, ask(ana, "dev-web", "Deploy", "30m"), "active")
        assert request["session_end"] == "soft"
        ana.post(f"/v1/requests/{request['id']}/end", {})
        over = wait_for_state(ana, request, "revoked")
        assert over["grants"][0]["credentials_until"] > over["grants"][0]["absent_at"]
        assert not any(line["kind"].startswith("sessions.") for line in over["timeline"])
    finally:
        server.stop()


def doctor(server, token):
    found = json.loads(server.cli("doctor", "-o", "json", token=token))
    return {check["name"]: check for check in found["checks"] if check["name"].startswith("hard_end")}


def test_the_doctor_says_beforehand_where_a_hard_end_would_cut_nothing(tmp_path):
    world = Sandbox(tmp_path)
    hard = POLICY.replace("    what: [ReadOnly]\n    where: [dev, sandboxes]\n",
                          "    what: [ReadOnly]\n    where: [dev, sandboxes]\n    end: hard\n", 1)
    assert hard != POLICY
    server = AccessGuard(tmp_path / "server", world.environment(), policy=hard).start().wait_known()
    config = tmp_path / "config.yaml"
    try:
        admin = server.token("sven", admin=True)
        told = doctor(server, admin)
        assert told["hard_end"]["level"] == "warn" and "hard_end_policy" in told["hard_end"]["fix"], told
        server.stop()

        policy = world.hard_end_policy
        config.write_text(f"hard_end_policy: {policy}\n")
        server.options = ["--config", config]
        server.start()
        told = wait_until(lambda: (t := doctor(server, admin)) and "attached wherever" in t["hard_end"]["detail"] and t, 60,
                          "it is attached to the root")
        assert told["hard_end"]["level"] == "ok" and "hard_end_accounts" not in told

        world.command("attach")
        server.stop()
        server.start()
        told = wait_until(lambda: (t := doctor(server, admin))["hard_end"]["level"] == "warn" and t, 60,
                          "it is attached to nothing")
        assert policy in told["hard_end"]["fix"] and "dev-web" in told["hard_end_accounts"]["detail"], told
        ana = server.client("ana")
        request = wait_for_state(ana, ask(ana, "dev-web", "ReadOnly", "30m"), "active")
        ana.post(f"/v1/requests/{request['id']}/end", {})
        over = wait_for_state(ana, request, "revoked")
        over = wait_until(lambda: (r := ana.get(f"/v1/requests/{request['id']}").json) and
                          "sessions.cut_refused" in [line["kind"] for line in r["timeline"]] and r, 30, "it is told")
        assert over["grants"][0]["sessions_cut_at"] is None, story_of(over)
    finally:
        server.stop()
        world.stop()
