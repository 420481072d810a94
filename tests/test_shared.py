"""Somebody else makes an assignment while it is AccessGuard's: AWS keeps one, and CloudTrail alone tells of it."""
import json
import time

import pytest

from support.client import Client
from support.paths import module
from support.process import wait_until
from support.world import AccessGuard, ask, wait_for_state


def sandbox_of(server):
    return json.loads((server.data / "sandbox.json").read_text())


class Somebody:
    """Whoever has a role of their own in the management account."""

    def __init__(self, server):
        import boto3
        told = sandbox_of(server)
        options = {"region_name": told["aws_region"], "endpoint_url": told["aws_endpoint"]}
        keys = {"aws_access_key_id": told["aws_access_key_id"], "aws_secret_access_key": told["aws_secret_access_key"]}
        account = json.loads((server.data / "organization.json").read_text())["management_account"]
        session = boto3.client("sts", **options, **keys).assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/AccessGuard", RoleSessionName="somebody")["Credentials"]
        self.admin = boto3.client("sso-admin", **options, aws_access_key_id=session["AccessKeyId"],
                                  aws_secret_access_key=session["SecretAccessKey"],
                                  aws_session_token=session["SessionToken"])
        self.instance = self.admin.list_instances()["Instances"][0]["InstanceArn"]

    def make(self, grant):
        self.admin.create_account_assignment(
            InstanceArn=self.instance, TargetId=grant["account"]["id"], TargetType="AWS_ACCOUNT",
            PermissionSetArn=grant["permission_set"]["arn"], PrincipalType="USER", PrincipalId=grant["user"]["id"])

    def sees(self, grant):
        listed = self.admin.list_account_assignments(
            InstanceArn=self.instance, AccountId=grant["account"]["id"],
            PermissionSetArn=grant["permission_set"]["arn"])["AccountAssignments"]
        return grant["user"]["id"] in {each["PrincipalId"] for each in listed}


@pytest.fixture(params=["hold", "delete"])
def server(request, tmp_path):
    module("boto3", "pip install boto3, or Debian's python3-boto3")
    config = tmp_path / "config.yaml"
    config.write_text(f"foreign_creates: {request.param}\n")
    server = AccessGuard(tmp_path / "server", {"PATH": "/usr/bin:/bin"}, policy=None)
    server.options = ["--sandbox=7", "--config", config]
    server.at_expiry = request.param
    server.start()
    wait_until(lambda: (server.data / "sandbox.json").exists(), 60, "the sandbox's people have their tokens")
    yield server
    server.stop()


def test_what_somebody_else_made_too_stays_or_goes_as_it_is_configured_and_is_told_everywhere(server):
    tokens = sandbox_of(server)["tokens"]
    ana, admin = Client(server.url, tokens["ana"]), Client(server.url, tokens["sven"])
    request = wait_for_state(ana, ask(ana, "dev-web", "ReadOnly", "PT30S"), "active")
    somebody = Somebody(server)
    time.sleep(1.5)  # CloudTrail tells whole seconds; what is made before ours was seen counts as ours
    somebody.make(request["grants"][0])

    def shared():
        return ana.get(f"/v1/requests/{request['id']}").json["grants"][0].get("shared")
    told = wait_until(shared, 25, "CloudTrail has told of it")
    assert told["by"].endswith(":assumed-role/AccessGuard/somebody") and told["at_expiry"] == server.at_expiry
    assert told["handed_over_at"] is None
    check = next(c for c in admin.get("/v1/status").json["items"] if c["id"] == "shared")
    assert check["state"] == "warn" and "ReadOnly in dev-web for ana" in check["detail"], check
    assert "\naccessguard_shared_assignments_total 1\n" in Client(server.url).get("/metrics").text
    shown = server.cli("request", "show", request["id"], token=tokens["ana"])
    word = "stays" if server.at_expiry == "hold" else "goes"
    assert f"made the assignment too: it {word} when this expires" in shown, shown

    over = wait_for_state(ana, request, "ended")
    kinds = [line["kind"] for line in over["timeline"]]
    assert "slot.shared" in kinds
    if server.at_expiry == "delete":
        assert "slot.absent" in kinds and not somebody.sees(over["grants"][0])
        return
    assert kinds[-1] == "slot.handed_over" and "slot.delete_intended" not in kinds
    assert somebody.sees(over["grants"][0]), "it is what somebody else gave"
    assert over["grants"][0]["shared"]["handed_over_at"]
    assert "\naccessguard_handed_over_total 1\n" in Client(server.url).get("/metrics").text
    check = next(c for c in admin.get("/v1/status").json["items"] if c["id"] == "shared")
    assert "stays without end" in check["detail"], check
    assert "stays without end" in server.cli("request", "show", request["id"], token=tokens["ana"])
    for event in ("assignment_shared", "assignment_handed_over"):
        assert server.process.event(event)["by"] == told["by"]
