"""`end: hard`, with the program and its own sandbox: what people see of it."""
from support.paths import binary
from support.process import Process, clean_environment, wait_until
from support.world import AccessGuard, ask, decide, story_of, wait_for_state


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
