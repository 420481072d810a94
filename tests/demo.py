#!/usr/bin/env python3
"""Tells the story of one grant on a sandbox organization, with the real command line.

Every step is checked: by what AccessGuard says, and by asking the sandbox itself with the AWS CLI, which nobody
here wrote. Exit code 0 only if all of it was seen to be true.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

GRANT_SECONDS = 20
PATIENCE_SECONDS = 60
TTY = sys.stdout.isatty()


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if TTY and "NO_COLOR" not in os.environ else text


def tell(text):
    print(f"\n{paint('1', text)}")


def fact(text):
    print(f"  {paint('32', '✓')} {text}")


class StoryBroken(Exception):
    pass


def must(condition, what):
    if not condition:
        raise StoryBroken(what)


class Demo:
    def __init__(self, binary, folder, listen):
        self.binary = binary
        self.folder = pathlib.Path(folder)
        self.listen = listen
        self.server = None
        self.world = None

    # ---- the two programs -------------------------------------------------------------------------------

    def start(self):
        self.log = open(self.folder / "server.log", "w+")
        self.out = open(self.folder / "server.out", "w+")
        self.server = subprocess.Popen([self.binary, "serve", "--sandbox", "--listen", self.listen, "--data", str(self.folder / "data")],
                                       stdout=self.out, stderr=self.log)
        sandbox = self.folder / "data" / "sandbox.json"
        self.wait_for("the server to read the organization", lambda: sandbox.exists() and sandbox.read_text().endswith("\n"))
        self.world = json.loads(sandbox.read_text())

    def stop(self):
        if self.server and self.server.poll() is None:
            self.server.send_signal(signal.SIGTERM)
            self.server.wait(timeout=20)

    def cli(self, person, *arguments, expect=0, show=True):
        """Runs the command line as a person; returns what it printed."""
        if show:
            shown = " ".join(f'"{a}"' if " " in a else a for a in arguments)
            print(f"  {paint('36', person + '$')} accessguard {shown}")
        environment = dict(os.environ, ACCESSGUARD_SERVER=self.world["server"], NO_COLOR="1", XDG_STATE_HOME=str(self.folder / "state"))
        environment.pop("ACCESSGUARD_TOKEN", None)
        if person in self.world["tokens"]:
            environment["ACCESSGUARD_TOKEN"] = self.world["tokens"][person]
        # What a person sees comes in one order; what a program reads is stdout alone.
        done = subprocess.run([self.binary, *arguments], env=environment, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT if show else subprocess.PIPE,
                              timeout=PATIENCE_SECONDS, stdin=subprocess.DEVNULL)
        if show:
            for line in done.stdout.rstrip().splitlines():
                print(f"  {paint('2', '│')} {line.rstrip()}")
        must(done.returncode == expect, f"`accessguard {' '.join(arguments)}` ended with {done.returncode}, not {expect}:\n"
                                        f"{done.stdout}{done.stderr or ''}")
        return done.stdout

    def api(self, person, *arguments):
        return json.loads(self.cli(person, *arguments, "-o", "json", show=False))

    def assigned_in_aws(self, grant, show=False):
        """Whether the AWS CLI sees the grant's assignment."""
        command = ["aws", "sso-admin", "list-account-assignments", "--instance-arn", self.instance_arn(),
                   "--account-id", grant["account"]["id"], "--permission-set-arn", grant["permission_set"]["arn"], "--output", "json"]
        if show:
            print(f"  {paint('36', 'auditor$')} aws sso-admin list-account-assignments --account-id {grant['account']['id']} …")
        assignments = json.loads(self.aws(*command))["AccountAssignments"]
        mine = [a for a in assignments if a["PrincipalId"] == grant["user"]["id"]]
        if show:
            print(f"  {paint('2', '│')} " + (f"PrincipalType {mine[0]['PrincipalType']}, PrincipalId {mine[0]['PrincipalId']}" if mine else "no assignment of " + grant["user"]["user_name"]))
        return bool(mine)

    def instance_arn(self):
        if not hasattr(self, "arn"):
            self.arn = json.loads(self.aws("aws", "sso-admin", "list-instances", "--output", "json"))["Instances"][0]["InstanceArn"]
        return self.arn

    def aws(self, *command):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        environment.update(AWS_ENDPOINT_URL=self.world["aws_endpoint"], AWS_DEFAULT_REGION=self.world["aws_region"],
                           AWS_ACCESS_KEY_ID=self.world["aws_access_key_id"], AWS_SECRET_ACCESS_KEY=self.world["aws_secret_access_key"],
                           AWS_EC2_METADATA_DISABLED="true", AWS_PAGER="")
        # Debian's AWS CLI is too old to know AWS_ENDPOINT_URL.
        command = [command[0], "--endpoint-url", self.world["aws_endpoint"], *command[1:]]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        must(done.returncode == 0, f"the AWS CLI failed: {done.stderr}")
        return done.stdout

    def wait_for(self, what, seen, seconds=PATIENCE_SECONDS):
        begun = time.monotonic()
        while not (result := seen()):
            must(time.monotonic() - begun < seconds, f"waited {seconds} s for {what}, in vain")
            must(self.server.poll() is None, "the server has ended:\n" + (self.folder / "server.log").read_text()[-2000:])
            if TTY:
                print(f"\r  {paint('33', '…')} waiting for {what}, {time.monotonic() - begun:.0f} s ", end="", flush=True)
            time.sleep(0.3)
        if TTY:
            print("\r\033[K", end="")
        else:
            print(f"  … waited {time.monotonic() - begun:.0f} s for {what}")
        return result

    # ---- the story ---------------------------------------------------------------------------------------

    def tell_story(self):
        tell("A company of 14 AWS accounts and 40 people. Ana is a developer; what may she ask for in prod-web?")
        self.cli("ana", "can", "--account", "prod-web")

        tell(f"She needs to deploy, for {GRANT_SECONDS} seconds. Somebody has to agree: the policy says one of the team leads.")
        request = self.cli("ana", "ask", "prod-web", "Deploy", "--for", f"{GRANT_SECONDS}s", "--reason", "release 4.2 of the shop", "--no-wait", "-q").strip()
        must(request.startswith("req_"), f"no request id in {request!r}")
        must(self.api("ana", "request", "show", request)["state"] == "pending", "the request waits for a decision")
        fact("the request is on the ledger, and waits")

        tell("May she approve it herself? Never, by no road.")
        self.cli("ana", "review", "approve", request, expect=5)
        fact("refused: a requester does not count as approver")

        tell("Bo leads a team. He sees what is asked, and approves.")
        self.cli("bo", "review", "ls")
        self.cli("bo", "review", "approve", request, "--comment", "go ahead")

        tell("AccessGuard makes the assignment in IAM Identity Center, and believes it only when AWS lists it.")
        active = self.wait_for("the assignment", lambda: (r := self.api("ana", "request", "show", request))["state"] == "active" and r)
        grant = active["grants"][0]
        must(self.assigned_in_aws(grant, show=True), "the AWS CLI sees the assignment")
        fact("the AWS CLI, asking the organization itself, sees it too")

        tell("Two clocks: when access ends, and until when credentials that were issued meanwhile can live.")
        self.cli("ana", "access", "ls")
        must(grant["credentials_until"] > grant["end"], "credentials can outlive the access")

        tell("Now nobody does anything. At the end the assignment goes by itself.")
        ended = self.wait_for("the end", lambda: (r := self.api("ana", "request", "show", request))["state"] == "ended" and r, GRANT_SECONDS + PATIENCE_SECONDS)
        must(not self.assigned_in_aws(grant, show=True), "the AWS CLI sees the assignment no more")
        fact(f"ended at {ended['grants'][0]['end']}, seen to be gone from AWS at {ended['grants'][0]['absent_at']}")

        tell("The whole story, as the ledger tells it:")
        self.cli("ana", "request", "show", request)

        tell("And the ledger is whole: every entry, every hash, recomputed from the bytes.")
        self.cli("sven", "audit", "verify", "--data", str(self.folder / "data"))
        fact("verified")

    def tell_what_next(self):
        tokens = self.world["tokens"]
        tell("It stays up. Try it yourself:")
        print(f"""
  export PATH={pathlib.Path(self.binary).resolve().parent}:$PATH ACCESSGUARD_SERVER={self.world['server']}

  export ACCESSGUARD_TOKEN={tokens['ana']}   # ana, developer
  export ACCESSGUARD_TOKEN={tokens['bo']}   # bo, team lead
  export ACCESSGUARD_TOKEN={tokens['chen']}   # chen, security
  export ACCESSGUARD_TOKEN={tokens['sven']}   # sven, administrator

  accessguard can                                    what may I ask for
  accessguard ask prod-web ProdAdmin --for 10m --reason "database is stuck"    needs two people
  accessguard who prod-web                           who reaches this account (as sven)
  accessguard audit tail                             everything that happens (as sven)

  The sandbox is an AWS endpoint: AWS_ENDPOINT_URL={self.world['aws_endpoint']} (keys in {self.folder / 'data' / 'sandbox.json'})

  Ctrl-C ends it.""")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--once", action="store_true", help="end after the story")
    parser.add_argument("--listen", help="ADDR:PORT; 127.0.0.1:8642, or with --once any free port")
    options = parser.parse_args()
    if not shutil.which("aws"):
        sys.exit("demo: the AWS CLI is missing: apt-get install awscli")
    with tempfile.TemporaryDirectory(prefix="accessguard-demo-") as folder:
        demo = Demo(options.binary, folder, options.listen or ("127.0.0.1:0" if options.once else "127.0.0.1:8642"))
        try:
            demo.start()
            demo.tell_story()
            if not options.once:
                demo.tell_what_next()
                sys.stdout.flush()
                demo.server.wait()
        except StoryBroken as broken:
            print(f"\n{paint('31', 'The story broke:')} {broken}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print()
        finally:
            demo.stop()
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
