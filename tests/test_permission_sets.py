"""What permission sets really allow: read from AWS, told to people, and what follows when somebody changes one there.

boto3 is the somebody: it changes the organization behind AccessGuard's back.
"""
import pytest

from support.paths import module
from support.process import wait_until
from support.world import ask, decide, wait_for_state

LAMBDA = "can gain more permissions by replacing the code of a Lambda function that works as a richer role"
IAM_FULL_ACCESS = "arn:aws:iam::aws:policy/IAMFullAccess"
ADMINISTRATOR = "can make itself administrator by attaching AdministratorAccess to a role that it works as or can assume"


@pytest.fixture(scope="module")
def admin_of_aws(sandbox):
    module("boto3", "pip install boto3, or Debian's python3-boto3")
    import boto3
    client = boto3.client("sso-admin", region_name=sandbox.region, endpoint_url=sandbox.url,
                          aws_access_key_id=sandbox.key, aws_secret_access_key=sandbox.secret)
    instance = client.list_instances()["Instances"][0]["InstanceArn"]

    class Admin:
        def __init__(self):
            self.arns = {}
            for arn in client.list_permission_sets(InstanceArn=instance)["PermissionSets"]:
                described = client.describe_permission_set(InstanceArn=instance, PermissionSetArn=arn)
                self.arns[described["PermissionSet"]["Name"]] = arn

        def __call__(self, operation, name, **more):
            return getattr(client, operation)(InstanceArn=instance, PermissionSetArn=self.arns[name], **more)
    return Admin()


def analysis_of(client, name, expect=200):
    return client.get(f"/v1/permission-sets/{name}/analysis", expect=expect).json


def analyzed(client, name):
    wait_until(lambda: client.get(f"/v1/permission-sets/{name}/analysis", expect=None).status == 200, 60,
               f"what {name} allows was not read")
    return analysis_of(client, name)


def test_the_analysis_tells_level_reasons_and_sources(as_):
    ana = as_("ana")
    found = analyzed(ana, "ProdAdmin")
    assert found["level"] == "critical" and found["analysis"]["effective_administrator"]
    assert found["sentences"][0].startswith("can make itself administrator by ")
    assert found["page"].startswith("ProdAdmin: critical\n") and found["unread"] == []
    [managed] = found["policies"]["managed"]
    wait_until(lambda: analysis_of(ana, "ProdAdmin")["policies"]["managed"][0]["version"], 30, "AWS was not asked")
    assert managed["arn"] == "arn:aws:iam::aws:policy/AdministratorAccess"
    assert "DenyCoveringTracks" in found["policies"]["inline"]
    by_arn = analysis_of(ana, found["permission_set"]["arn"].replace("/", "%2F").replace(":", "%3A"))
    assert by_arn["content"] == found["content"]


def test_what_is_not_there_is_not_analyzed(as_):
    assert analysis_of(as_("ana"), "Nothing", expect=404)["code"] == "not_found"


def test_a_change_in_aws_voids_what_waits_and_is_on_the_ledger(as_, guard, admin_of_aws):
    ana, bo, sven = as_("ana"), as_("bo"), as_("sven")
    before = analyzed(ana, "Deploy")
    assert before["sentences"][0] == LAMBDA
    waiting = ask(ana, "prod-web", "Deploy")
    assert waiting["voided"] is None and waiting["level"] == "medium"
    other = ask(ana, "dev-web", "ReadOnly", start="+30m")
    later = ask(ana, "staging-web", "Deploy", start="+30m")
    if later["state"] == "pending":
        later = decide(bo, later)
    assert later["state"] == "scheduled"
    live = wait_for_state(ana, ask(ana, "dev-web", "Deploy"), "active")

    guard.stop()
    admin_of_aws("attach_managed_policy_to_permission_set", "Deploy", ManagedPolicyArn=IAM_FULL_ACCESS)
    guard.start()  # it reads AWS at once; without that within five minutes

    gone = wait_for_state(ana, waiting, "failed", seconds=60)
    assert gone["voided"]["code"] == "permission_set_changed"
    assert "was changed in AWS after this was asked: it was high by what it allows and is critical now" in \
        gone["voided"]["message"]
    assert decide(bo, waiting, expect=409)["code"] == "not_pending"
    assert wait_for_state(ana, later, ["failed", "revoked", "ended"])["grants"][0]["cause"] == "policy"
    assert ana.get(f"/v1/requests/{live['id']}").json["state"] == "active", "live access stays"
    assert ana.get(f"/v1/requests/{other['id']}").json["state"] == "scheduled", "of another permission set"

    [entry] = [e for e in sven.items("/v1/ledger?kind=permission_set.seen")
               if e["body"]["name"] == "Deploy" and "was_level" in e["body"]]
    assert (entry["body"]["was_level"], entry["body"]["level"]) == ("high", "critical")
    assert entry["body"]["was_content"] == before["content"] and "iam:AttachGroupPolicy" in entry["body"]["gained"]
    after = analysis_of(ana, "Deploy")
    assert after["level"] == "critical" and after["sentences"][0] == ADMINISTRATOR
    assert "declared medium in line" in after["level_reason"] and "does not lower it" in after["level_reason"]
    ana.post(f"/v1/requests/{live['id']}/end", {})


def test_what_only_accounts_have_is_not_known_and_counts_as_high(as_, guard, admin_of_aws):
    ana = as_("ana")
    assert analyzed(ana, "Billing")["level"] == "medium"
    guard.stop()
    admin_of_aws("attach_customer_managed_policy_reference_to_permission_set", "Billing",
                 CustomerManagedPolicyReference={"Name": "Budgets", "Path": "/finance/"})
    guard.start()
    wait_until(lambda: analysis_of(ana, "Billing")["unread"], 60, "the change was not seen")
    found = analysis_of(ana, "Billing")
    assert found["level"] == "high" and found["analysis"]["level"] == "medium"
    assert found["policies"]["customer_managed"] == ["/finance/Budgets"]
    assert found["unread"] == ["/finance/Budgets is a policy that each account has of its own: it is not read"]


def test_a_boundary_is_heeded(as_, guard, admin_of_aws):
    ana = as_("ana")
    assert analyzed(ana, "NetworkAdmin")["level"] == "high"
    guard.stop()
    admin_of_aws("put_permissions_boundary_to_permission_set", "NetworkAdmin",
                 PermissionsBoundary={"ManagedPolicyArn": "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"})
    guard.start()
    wait_until(lambda: analysis_of(ana, "NetworkAdmin")["policies"]["boundary"], 60, "the change was not seen")
    found = analysis_of(ana, "NetworkAdmin")
    assert found["analysis"]["level"] in ("low", "medium"), found["page"]
