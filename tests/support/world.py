"""Worlds to test in: a sandbox that plays AWS in a process of its own, and AccessGuard beside it."""
import itertools
import json
import pathlib
import subprocess
import threading

from support.client import Client
from support.paths import binary, sandbox_server
from support.process import Process, clean_environment, free_port, wait_until

SEED = 20261125

# What the people of the sandbox may ask for in these tests: one rule for each way to be approved.
POLICY = """version: 1
targets:
  prod:      {ou: /Workloads/Prod}
  staging:   {ou: /Workloads/Staging}
  dev:       {ou: /Workloads/Dev}
  sandboxes: {ou: /Sandbox}
permission_sets:
  ReadOnly:        {level: low, instead_of: medium}
  SupportUser:     {level: low, instead_of: medium}
  Deploy:          {level: medium, instead_of: high}
  DataAnalyst:     {level: medium, instead_of: high}
  PowerUser:       {level: medium, instead_of: high}
  NetworkAdmin:    {level: high}
  ProdAdmin:       {level: critical}
rules:
  - id: look-around
    who: {everyone: true}
    what: [ReadOnly]
    where: [dev, sandboxes]
    max: 8h
    approval: nobody
  - id: dev-work
    who: {groups: [Developers]}
    what: [PowerUser, Deploy]
    where: [dev, sandboxes]
    max: 8h
    approval: nobody
  - id: prod-work
    who: {groups: [Developers, DataEngineers]}
    what: [ReadOnly, Deploy]
    where: [prod, staging]
    max: 4h
    approval: a-lead
  - id: prod-analysis
    who: {groups: [DataEngineers]}
    what: [DataAnalyst]
    where: [staging]
    min: 10m
    max: 4h
    approval: a-lead
  - id: prod-admin
    who: {groups: [Developers, Oncall]}
    what: [ProdAdmin]
    where: [prod]
    max: 2h
    approval: lead-and-security
  - id: nobody-left
    who: {users: [wanda]}
    what: [NetworkAdmin]
    where: [dev]
    max: 1h
    approval: wanda-alone
guardrails:
  - id: critical-needs-words
    where: [prod]
    when: {level: [critical]}
    require: {reason_min: 20, ticket: "^[A-Z]+-[0-9]+$", max: 1h}
approval_policies:
  nobody: {steps: []}
  a-lead:
    steps: [{any_of: [{group: TeamLeads}], need: 1}]
    lapse: 8h
  lead-and-security:
    steps:
      - {any_of: [{group: TeamLeads}], need: 1}
      - {any_of: [{group: Security}], need: 1}
    lapse: 4h
  wanda-alone: {steps: [{any_of: [{user: wanda}], need: 1}]}
"""


class Sandbox:
    """AWS, as far as these tests need it. It lives on while AccessGuard is killed."""

    def __init__(self, folder, *, fast=True, seed=SEED, rate=None, port=0, accounts=None):
        arguments = ["--seed", seed, "--port", port] + (["--fast"] if fast else [])
        arguments += ["--rate", rate] if rate is not None else []
        arguments += ["--accounts", accounts] if accounts is not None else []
        self._process = Process([sandbox_server(), *arguments], folder / "sandbox.log", clean_environment(), piped=True)
        self._lock = threading.Lock()
        told = self._read()
        self.url, self.region, self.people = told["url"], told["region"], told["people"]
        self.hard_end_policy = told["hard_end_policy"]
        self.key, self.secret = told["access_key_id"], told["secret_access_key"]

    def environment(self, **more):
        """What points a program at this sandbox instead of AWS."""
        return clean_environment(**{"AWS_ENDPOINT_URL": self.url, "AWS_REGION": self.region,
                                    "AWS_DEFAULT_REGION": self.region, "AWS_ACCESS_KEY_ID": self.key,
                                    "AWS_SECRET_ACCESS_KEY": self.secret, **more})

    def command(self, line):
        """One of the commands of sandbox_server.cpp."""
        with self._lock:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
            answer = self._read()
        assert "error" not in answer, answer
        return answer

    def presences(self):
        return self.command("presences")["presences"]

    def present(self, account, permission_set, principal):
        """Whether that assignment is there now, all three by id."""
        return any(p["until_ms"] is None and (p["account"], p["permission_set"], p["principal"]) ==
                   (account, permission_set, principal) for p in self.presences())

    def holds(self, grant):
        """Whether the assignment of a grant is there now."""
        return self.present(grant["account"]["id"], grant["permission_set"]["arn"], grant["user"]["id"])

    def stop(self):
        self._process.stop()

    def _read(self):
        line = self._process.stdout.readline()
        assert line, "the sandbox ended: " + self._process.output()[-1000:]
        return json.loads(line)


class AccessGuard:
    """The program under test with a data folder of its own."""

    def __init__(self, folder, environment, policy=POLICY, port=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.environment = {**environment, "HOME": str(self.folder)}
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.options = []  # of `serve`, beside those of every start
        self._policy = self.folder / "policy.yaml"
        if policy is not None:
            self._policy.write_text(policy, encoding="utf-8")

    def start(self):
        policy = ["--policy", self._policy] if self._policy.exists() else []
        self.process = Process(
            [binary(), "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}", *policy,
             *self.options],
            self.folder / "accessguard.log", self.environment)
        started = self.process.wait_for_event("started")
        assert started["server"] == self.url
        return self

    def kill(self):
        self.process.kill()

    def stop(self):
        code = self.process.stop()
        assert code == 0, f"it ended with {code}:\n{self.process.output()[-2000:]}"

    def cli(self, *words, token=None, expect=0, stdin=None, **variables):
        """Runs the command line, with more variables in its environment; its standard output."""
        env = {**self.environment, **variables, "ACCESSGUARD_SERVER": self.url, "NO_COLOR": "1",
               **({"ACCESSGUARD_TOKEN": token} if token else {})}
        done = subprocess.run([str(binary()), *map(str, words)], env=env, capture_output=True, text=True,
                              timeout=120, input=stdin, check=False)
        assert done.returncode == expect, \
            f"accessguard {' '.join(map(str, words))}: {done.returncode}, not {expect}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def token(self, user, *, admin=False, lifetime="8h"):
        words = ["token", "issue", "--user", user, "--for", lifetime, "--data", self.data]
        return self.cli(*words, *(["--admin"] if admin else [])).strip()

    def client(self, user=None, **more):
        """A client that speaks for the user; for nobody when none is named."""
        return Client(self.url, self.token(user, **more) if user else None)

    def check(self, name):
        """One line of /readyz."""
        reply = Client(self.url).get("/readyz", expect=None)
        return next((c for c in reply.json["checks"] if c["name"] == name), None)

    def wait_known(self, seconds=60):
        """Until AWS was read: people, accounts and permission sets. Assignments may still be under way."""
        wait_until(lambda: self.check("aws")["ok"], seconds, "AWS was never read: " + str(self.check("aws")))
        return self

    def wait_read(self, client, seconds=90):
        """Until the assignments that exist were read too."""
        wait_until(lambda: client.get("/v1/access?limit=1").json["standing_at"], seconds, "standing access was not read")
        return self


_asked = itertools.count(1)


def ask(client, accounts="dev-web", permission_set="Deploy", duration="1h", reason=None,
        expect=201, headers=None, **more):
    """POST /v1/requests; the request, or the problem when another status is expected. Without a reason each call has
    one of its own: who asks for the same again while it is live gets the first one."""
    accounts = [accounts] if isinstance(accounts, str) else accounts
    reason = reason or f"to see that it works, number {next(_asked)}"
    body = {"accounts": accounts, "permission_set": permission_set, "duration": duration, "reason": reason, **more}
    return client.post("/v1/requests", body, expect=expect, headers=headers).json


def decide(client, request, decision="approve", expect=200, **more):
    body = {"decision": decision, "version": request["version"], **more}
    return client.post(f"/v1/requests/{request['id']}/decisions", body, expect=expect).json


def story_of(request):
    """The timeline, a line each: what to read when a test fails."""
    return "\n".join(f"  {line['at']} {line['kind']}: {line['text']}" for line in request["timeline"])


def wait_for_state(client, request, states, seconds=30):
    """The request once it is in one of the states; fails at once when it ends elsewhere."""
    wanted = {states} if isinstance(states, str) else set(states)
    final = {"ended", "revoked", "denied", "withdrawn", "lapsed", "failed"}

    def look():
        now = client.get(f"/v1/requests/{request['id']}").json
        assert now["state"] in wanted or now["state"] not in final, \
            f"it is {now['state']}, not {wanted}:\n" + story_of(now)
        return now if now["state"] in wanted else None
    return wait_until(look, seconds, f"{request['id']} never was {wanted}")
