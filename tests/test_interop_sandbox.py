"""The sandbox speaks AWS's protocols: boto3 and the AWS CLI, which know nothing of it, are its clients here.

Each operation that the sandbox serves is called by both. What they are is read from its source, so that a new one
cannot be forgotten.
"""
import concurrent.futures
import datetime
import functools
import json
import re
import subprocess
import urllib.parse

import pytest

from support.paths import ROOT, module, tool
from support.process import wait_until
from support.world import Sandbox

MANAGED = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
PUBLISHED = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}]}'
MADE = [{"AttributeKey": "EventName", "AttributeValue": "CreateAccountAssignment"}]
ENTERPRISE = "aws:identitystore:enterprise"
SERVICES = {"sso_admin": "sso-admin", "identity_store": "identitystore", "organizations": "organizations",
            "scheduler": "scheduler", "sts": "sts", "iam": "iam", "cloud_trail": "cloudtrail"}


def served():
    """(service, operation) of everything the sandbox serves."""
    found = set()
    for file, service in SERVICES.items():
        source = (ROOT / "src/sandbox" / f"{file}.cpp").read_text(encoding="utf-8")
        table = source[source.index("kOperations[] = {"):]
        found |= {(service, name) for name in re.findall(r'\{"([A-Z]\w+)", \w+\}', table[:table.index("};")])}
    assert len(found) > 30
    return found


@pytest.fixture(scope="module")
def aws(folder):
    """A sandbox without a limit on calls, and boto3 clients of it."""
    module("boto3", "pip install boto3, or Debian's python3-boto3")
    sandbox = Sandbox(folder, rate=0)
    sandbox.command(f"publish {MANAGED} {DOCUMENT}")
    yield Aws(sandbox)
    sandbox.stop()


class Aws:
    def __init__(self, sandbox):
        self.sandbox = sandbox
        self._clients = {}
        self.called = set()

    def client(self, service, **more):
        import boto3
        from botocore.config import Config
        key = (service, str(sorted(more.items())))
        if key not in self._clients:
            options = {"region_name": self.sandbox.region, "endpoint_url": self.sandbox.url,
                       "aws_access_key_id": self.sandbox.key, "aws_secret_access_key": self.sandbox.secret,
                       "config": Config(retries={"total_max_attempts": 1})}
            made = boto3.client(service, **{**options, **more})
            made.meta.events.register("before-call", self._note)
            self._clients[key] = made
        return self._clients[key]

    def _note(self, model, **_):
        self.called.add((model.service_model.service_name, model.name))

    def cli(self, service, operation, parameters):
        """The AWS CLI's answer to the same call."""
        from botocore import xform_name
        program = tool("aws", "pip install awscli, or Debian's awscli")
        words = [program, service, xform_name(operation, "-"), "--cli-input-json", json.dumps(parameters),
                 "--output", "json", "--no-paginate"]
        words += ["--no-cli-pager"] if _cli_version(program) >= 2 else []
        done = subprocess.run(words, env=self.sandbox.environment(HOME=str(ROOT / "build"), AWS_MAX_ATTEMPTS="1"),
                              capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"aws {service} {operation}: {done.stderr}"
        return json.loads(done.stdout or "{}")

    # ---- what the organization holds ----

    def instance(self):
        return self.client("sso-admin").list_instances()["Instances"][0]

    def all(self, service, operation, key, **parameters):
        pages = self.client(service).get_paginator(operation).paginate(**parameters)
        return [item for page in pages for item in page[key]]

    def accounts(self):
        return {a["Name"]: a["Id"] for a in self.all("organizations", "list_accounts", "Accounts")}

    def sets(self):
        instance = self.instance()["InstanceArn"]
        arns = self.all("sso-admin", "list_permission_sets", "PermissionSets", InstanceArn=instance)
        describe = self.client("sso-admin").describe_permission_set
        return {describe(InstanceArn=instance, PermissionSetArn=a)["PermissionSet"]["Name"]: a for a in arns}

    def users(self):
        store = self.instance()["IdentityStoreId"]
        return {u["UserName"]: u["UserId"] for u in
                self.all("identitystore", "list_users", "Users", IdentityStoreId=store)}

    def groups(self):
        store = self.instance()["IdentityStoreId"]
        return {g["DisplayName"]: g["GroupId"] for g in
                self.all("identitystore", "list_groups", "Groups", IdentityStoreId=store)}

    def assignment(self, account, permission_set, user):
        return {"InstanceArn": self.instance()["InstanceArn"], "TargetId": account, "TargetType": "AWS_ACCOUNT",
                "PermissionSetArn": permission_set, "PrincipalType": "USER", "PrincipalId": user}

    def make(self, account, permission_set, user, verb="create"):
        """Makes or deletes an assignment and waits until it is done; the id of the operation."""
        admin = self.client("sso-admin")
        begun = getattr(admin, f"{verb}_account_assignment")(**self.assignment(account, permission_set, user))
        key = "AccountAssignmentCreationStatus" if verb == "create" else "AccountAssignmentDeletionStatus"
        assert begun[key]["Status"] == "IN_PROGRESS"
        id_ = begun[key]["RequestId"]
        word = "Creation" if verb == "create" else "Deletion"
        describe = getattr(admin, f"describe_account_assignment_{word.lower()}_status")

        def done():
            status = describe(InstanceArn=self.instance()["InstanceArn"],
                              **{f"AccountAssignment{word}RequestId": id_})[key]
            assert status["Status"] != "FAILED", status
            return status["Status"] == "SUCCEEDED"
        wait_until(done, 20, f"{verb} {id_} succeeds", every=0.02)
        return id_


    # ---- policies and schedules ----

    def control_policy(self):
        """The id of the one that is there to be changed."""
        listed = self.all("organizations", "list_policies", "Policies", Filter="SERVICE_CONTROL_POLICY")
        return next(p["Id"] for p in listed if p["Name"] == "AccessGuardSessionEnd")

    def removal(self, name, slot, at):
        """A one-time schedule that deletes the assignment."""
        management = self.client("organizations").describe_organization()["Organization"]["MasterAccountId"]
        return {"Name": name, "GroupName": "AccessGuard", "ScheduleExpression": f"at({at:%Y-%m-%dT%H:%M:%S})",
                "FlexibleTimeWindow": {"Mode": "OFF"}, "ActionAfterCompletion": "DELETE",
                "Target": {"Arn": "arn:aws:scheduler:::aws-sdk:ssoadmin:deleteAccountAssignment",
                           "RoleArn": f"arn:aws:iam::{management}:role/AccessGuardScheduler",
                           "Input": json.dumps(self.assignment(*slot)),
                           "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}}}


def utc_in(**length):
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**length)


@functools.lru_cache
def _cli_version(program):
    told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=False)
    return int(re.search(r"aws-cli/(\d+)", told.stdout + told.stderr).group(1))


@pytest.fixture(scope="module")
def calls(aws):
    """One call of each operation: (service, operation) -> parameters. Ids are those of assignments that were made."""
    instance, store = aws.instance()["InstanceArn"], aws.instance()["IdentityStoreId"]
    accounts, sets, users, groups = aws.accounts(), aws.sets(), aws.users(), aws.groups()
    slot = (accounts["dev-web"], sets["Deploy"], users["ana"])
    created, deleted = aws.make(*slot), aws.make(*slot, verb="delete")
    root = aws.client("organizations").list_roots()["Roots"][0]["Id"]
    units = aws.all("organizations", "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=root)
    sso, people = {"InstanceArn": instance}, {"IdentityStoreId": store}
    provisioned = aws.client("sso-admin").provision_permission_set(
        **sso, PermissionSetArn=sets["ReadOnly"], TargetType="AWS_ACCOUNT", TargetId=accounts["prod-data"])[
            "PermissionSetProvisioningStatus"]["RequestId"]
    kept, passing = (aws.removal(name, slot, utc_in(days=1)) for name in ("kept", "passing"))
    aws.client("scheduler").create_schedule(**kept)
    policy = aws.control_policy()
    a_set = {**sso, "PermissionSetArn": sets["Deploy"]}
    billing = {**sso, "PermissionSetArn": sets["Billing"]}
    return {
        ("sso-admin", "ListInstances"): {},
        ("sso-admin", "ListPermissionSets"): sso,
        ("sso-admin", "DescribePermissionSet"): a_set,
        ("sso-admin", "GetInlinePolicyForPermissionSet"): a_set,
        ("sso-admin", "ListTagsForResource"): {**sso, "ResourceArn": sets["Deploy"]},
        ("sso-admin", "ListManagedPoliciesInPermissionSet"): a_set,
        ("sso-admin", "ListAccountsForProvisionedPermissionSet"): a_set,
        ("sso-admin", "ListPermissionSetsProvisionedToAccount"): {**sso, "AccountId": accounts["dev-web"]},
        ("sso-admin", "ListAccountAssignments"): {**a_set, "AccountId": accounts["prod-web"]},
        ("sso-admin", "ListAccountAssignmentsForPrincipal"):
            {**sso, "PrincipalType": "GROUP", "PrincipalId": groups["Admins"]},
        ("sso-admin", "CreateAccountAssignment"): aws.assignment(accounts["prod-web"], sets["Deploy"], users["bo"]),
        ("sso-admin", "DescribeAccountAssignmentCreationStatus"):
            {**sso, "AccountAssignmentCreationRequestId": created},
        ("sso-admin", "ListAccountAssignmentCreationStatus"): {**sso, "Filter": {"Status": "SUCCEEDED"}},
        ("sso-admin", "DeleteAccountAssignment"): aws.assignment(accounts["prod-web"], sets["Deploy"], users["bo"]),
        ("sso-admin", "DescribeAccountAssignmentDeletionStatus"):
            {**sso, "AccountAssignmentDeletionRequestId": deleted},
        ("sso-admin", "ListAccountAssignmentDeletionStatus"): {**sso, "Filter": {"Status": "SUCCEEDED"}},
        ("sso-admin", "PutInlinePolicyToPermissionSet"):
            {**sso, "PermissionSetArn": sets["Billing"], "InlinePolicy": DOCUMENT},
        ("sso-admin", "DeleteInlinePolicyFromPermissionSet"): {**sso, "PermissionSetArn": sets["Billing"]},
        ("sso-admin", "AttachManagedPolicyToPermissionSet"): {**billing, "ManagedPolicyArn": PUBLISHED},
        ("sso-admin", "DetachManagedPolicyFromPermissionSet"): {**billing, "ManagedPolicyArn": PUBLISHED},
        ("sso-admin", "AttachCustomerManagedPolicyReferenceToPermissionSet"):
            {**billing, "CustomerManagedPolicyReference": {"Name": "Budgets", "Path": "/finance/"}},
        ("sso-admin", "ListCustomerManagedPolicyReferencesInPermissionSet"): billing,
        ("sso-admin", "DetachCustomerManagedPolicyReferenceFromPermissionSet"):
            {**billing, "CustomerManagedPolicyReference": {"Name": "Budgets", "Path": "/finance/"}},
        ("sso-admin", "PutPermissionsBoundaryToPermissionSet"):
            {**billing, "PermissionsBoundary": {"ManagedPolicyArn": PUBLISHED}},
        ("sso-admin", "GetPermissionsBoundaryForPermissionSet"): billing,
        ("sso-admin", "DeletePermissionsBoundaryFromPermissionSet"):
            {**sso, "PermissionSetArn": sets["SupportUser"]},
        ("sso-admin", "ProvisionPermissionSet"): {**sso, "PermissionSetArn": sets["ReadOnly"],
                                                  "TargetType": "AWS_ACCOUNT", "TargetId": accounts["prod-data"]},
        ("sso-admin", "DescribePermissionSetProvisioningStatus"):
            {**sso, "ProvisionPermissionSetRequestId": provisioned},
        ("sso-admin", "ListPermissionSetProvisioningStatus"): {**sso, "Filter": {"Status": "SUCCEEDED"}},
        ("identitystore", "ListUsers"): people,
        ("identitystore", "DescribeUser"): {**people, "UserId": users["ana"]},
        ("identitystore", "GetUserId"): {**people, "AlternateIdentifier": {
            "UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "ana"}}},
        ("identitystore", "ListGroups"): people,
        ("identitystore", "DescribeGroup"): {**people, "GroupId": groups["Security"]},
        ("identitystore", "GetGroupId"): {**people, "AlternateIdentifier": {
            "UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": "Security"}}},
        ("identitystore", "ListGroupMemberships"): {**people, "GroupId": groups["Developers"]},
        ("identitystore", "ListGroupMembershipsForMember"): {**people, "MemberId": {"UserId": users["uma"]}},
        ("identitystore", "IsMemberInGroups"):
            {**people, "MemberId": {"UserId": users["uma"]}, "GroupIds": [groups["Admins"], groups["Finance"]]},
        ("organizations", "DescribeOrganization"): {},
        ("organizations", "ListRoots"): {},
        ("organizations", "ListAccounts"): {},
        ("organizations", "DescribeAccount"): {"AccountId": accounts["prod-web"]},
        ("organizations", "ListAccountsForParent"): {"ParentId": root},
        ("organizations", "ListOrganizationalUnitsForParent"): {"ParentId": root},
        ("organizations", "DescribeOrganizationalUnit"): {"OrganizationalUnitId": units[0]["Id"]},
        ("organizations", "ListChildren"): {"ParentId": root, "ChildType": "ORGANIZATIONAL_UNIT"},
        ("organizations", "ListParents"): {"ChildId": accounts["prod-web"]},
        ("organizations", "ListTagsForResource"): {"ResourceId": accounts["prod-web"]},
        ("organizations", "ListPolicies"): {"Filter": "SERVICE_CONTROL_POLICY"},
        ("organizations", "ListPoliciesForTarget"): {"Filter": "SERVICE_CONTROL_POLICY", "TargetId": root},
        ("organizations", "ListTargetsForPolicy"): {"PolicyId": policy},
        ("organizations", "DescribePolicy"): {"PolicyId": policy},
        ("organizations", "UpdatePolicy"): {"PolicyId": policy, "Content": DOCUMENT},
        ("scheduler", "GetSchedule"): {"Name": "kept", "GroupName": "AccessGuard"},
        ("scheduler", "UpdateSchedule"): kept,
        ("scheduler", "CreateSchedule"): passing,
        ("scheduler", "DeleteSchedule"): {"Name": "passing", "GroupName": "AccessGuard"},
        ("cloudtrail", "LookupEvents"): {"LookupAttributes": MADE, "StartTime": 1, "EndTime": 2},
        ("sts", "GetCallerIdentity"): {},
        ("sts", "AssumeRole"): {"RoleArn": f"arn:aws:iam::{accounts['prod-web']}:role/AccessGuard",
                                "RoleSessionName": "interop"},
        ("iam", "GetPolicy"): {"PolicyArn": MANAGED},
        ("iam", "GetPolicyVersion"): {"PolicyArn": MANAGED, "VersionId": "v1"},
    }


def settle(aws):
    """Until nothing is under way: the next call of an account would be refused as conflicting."""
    def done():
        return not any(getattr(aws.client("sso-admin"), f"list_{call}_status")(
            InstanceArn=aws.instance()["InstanceArn"], Filter={"Status": "IN_PROGRESS"})[f"{key}Status"]
                       for call, key in (("account_assignment_creation", "AccountAssignmentsCreation"),
                                         ("account_assignment_deletion", "AccountAssignmentsDeletion"),
                                         ("permission_set_provisioning", "PermissionSetsProvisioning")))
    wait_until(done, 20, "nothing under way", every=0.05)


def test_boto3_calls_every_operation(aws, calls):
    from botocore import xform_name
    assert set(calls) == served(), "an operation of the sandbox that nobody calls here"
    for (service, operation), parameters in calls.items():
        answer = getattr(aws.client(service), xform_name(operation))(**parameters)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert answer["ResponseMetadata"]["RequestId"]
        settle(aws)
    assert aws.called >= {(service.replace("_", "-"), operation) for service, operation in served()}


def test_the_aws_cli_calls_every_operation_and_reads_the_same(aws, calls):
    from botocore import xform_name
    tool("aws", "pip install awscli, or Debian's awscli")
    silent = {"PutInlinePolicyToPermissionSet", "DeleteInlinePolicyFromPermissionSet", "DeleteSchedule",
              "AttachManagedPolicyToPermissionSet", "DetachManagedPolicyFromPermissionSet",
              "AttachCustomerManagedPolicyReferenceToPermissionSet",
              "DetachCustomerManagedPolicyReferenceFromPermissionSet", "PutPermissionsBoundaryToPermissionSet",
              "DeletePermissionsBoundaryFromPermissionSet"}
    changing = silent | {"CreateAccountAssignment", "DeleteAccountAssignment", "AssumeRole", "ProvisionPermissionSet",
                         "UpdatePolicy", "CreateSchedule", "UpdateSchedule"}

    def one(key):
        return aws.cli(*key, calls[key])
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        reading = [key for key in calls if key[1] not in changing]
        told = dict(zip(reading, pool.map(one, reading)))
    for (service, operation), answer in told.items():
        mine = getattr(aws.client(service), xform_name(operation))(**calls[service, operation])
        mine.pop("ResponseMetadata")
        assert plain(answer) == plain(mine), (service, operation)
    for operation in sorted(changing):
        key = next(k for k in calls if k[1] == operation)
        assert bool(one(key)) == (operation not in silent), "what AWS answers with nothing"
        settle(aws)


def plain(value):
    """Without what the two print differently: times, tokens, and documents that boto3 decodes."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k != "NextToken" and not _is_time(k)}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def _is_time(name):
    return name.endswith(("Date", "At", "Timestamp", "Expiration"))


def test_the_organization_is_lifelike(aws):
    assert len(aws.accounts()) == 14 and len(aws.users()) == 40 and len(aws.groups()) == 8 and len(aws.sets()) == 10
    instance = aws.instance()["InstanceArn"]
    managed = [p for arn in aws.sets().values()
               for p in aws.all("sso-admin", "list_managed_policies_in_permission_set", "AttachedManagedPolicies",
                                InstanceArn=instance, PermissionSetArn=arn)]
    assert len(managed) >= 8 and all(p["Arn"].startswith("arn:aws:iam::aws:policy/") for p in managed)


def test_permission_sets_say_by_a_tag_whose_they_are(aws):
    instance, groups = aws.instance()["InstanceArn"], aws.groups()

    def tags(arn):
        listed = aws.all("sso-admin", "list_tags_for_resource", "Tags", InstanceArn=instance, ResourceArn=arn)
        return {tag["Key"]: tag["Value"] for tag in listed}
    owners = {name: tags(arn)["owner"] for name, arn in aws.sets().items()}
    assert owners["Billing"] == "Finance" and set(owners.values()) <= set(groups)
    assert tags(instance) == {}
    unknown = refused(lambda: tags(aws.sets()["Billing"][:-16] + "0" * 16))
    assert unknown["Error"]["Code"] == "ResourceNotFoundException"


def test_accounts_say_by_a_tag_which_group_owns_them(aws):
    groups = aws.groups()
    for name, id_ in aws.accounts().items():
        tags = aws.all("organizations", "list_tags_for_resource", "Tags", ResourceId=id_)
        assert next(t["Value"] for t in tags if t["Key"] == "owner") in groups, name


def test_managers_are_told_to_those_who_ask_for_the_enterprise_extension(aws):
    people, store = aws.users(), aws.instance()["IdentityStoreId"]

    def manager(user):
        return user.get("Extensions", {}).get(ENTERPRISE, {}).get("manager", {}).get("value")
    listed = aws.all("identitystore", "list_users", "Users", IdentityStoreId=store, Extensions=[ENTERPRISE])
    managers = {u["UserName"]: manager(u) for u in listed}
    assert managers["ana"] == people["bo"] and set(managers.values()) <= {None, *people.values()}
    assert [name for name, told in managers.items() if told is None] == ["sven"], "the head of the company"
    plain_ones = aws.all("identitystore", "list_users", "Users", IdentityStoreId=store)
    assert len(plain_ones) == 40 and not any("Extensions" in u for u in plain_ones)
    describe = aws.client("identitystore").describe_user
    assert manager(describe(IdentityStoreId=store, UserId=people["ana"], Extensions=[ENTERPRISE])) == people["bo"]
    assert "Extensions" not in describe(IdentityStoreId=store, UserId=people["ana"])
    other = refused(lambda: describe(IdentityStoreId=store, UserId=people["ana"],
                                     Extensions=["aws:identitystore:other"]))
    assert other["Error"]["Code"] == "ValidationException"


def test_an_assignment_comes_and_goes_asynchronously(aws):
    accounts, sets, users = aws.accounts(), aws.sets(), aws.users()
    slot = (accounts["staging-web"], sets["Deploy"], users["emil"])

    def listed():
        found = aws.all("sso-admin", "list_account_assignments", "AccountAssignments",
                        InstanceArn=aws.instance()["InstanceArn"], AccountId=slot[0], PermissionSetArn=slot[1])
        return any(a["PrincipalId"] == slot[2] for a in found)
    assert not listed()
    aws.make(*slot)
    assert listed()
    aws.make(*slot, verb="delete")
    assert not listed()


def test_a_schedule_ends_an_assignment_that_nobody_else_ends(aws):
    accounts, sets, users = aws.accounts(), aws.sets(), aws.users()
    slot = (accounts["staging-payments"], sets["Deploy"], users["hana"])
    aws.make(*slot)
    scheduler = aws.client("scheduler")
    made = scheduler.create_schedule(**aws.removal("end-of-hana", slot, utc_in(seconds=2)))
    assert made["ScheduleArn"].endswith("schedule/AccessGuard/end-of-hana")
    told = scheduler.get_schedule(Name="end-of-hana", GroupName="AccessGuard")
    assert told["State"] == "ENABLED" and isinstance(told["CreationDate"], datetime.datetime)
    assert json.loads(told["Target"]["Input"])["PrincipalId"] == users["hana"]
    wait_until(lambda: not aws.sandbox.present(*slot), 20, "the schedule came due", every=0.1)
    ended = [p for p in aws.sandbox.presences() if (p["account"], p["permission_set"], p["principal"]) == slot]
    status = aws.client("sso-admin").describe_account_assignment_deletion_status(
        InstanceArn=aws.instance()["InstanceArn"], AccountAssignmentDeletionRequestId=ended[-1]["deleted_by"])
    assert status["AccountAssignmentDeletionStatus"]["Status"] == "SUCCEEDED"
    gone = refused(lambda: scheduler.get_schedule(Name="end-of-hana", GroupName="AccessGuard"))
    assert gone["Error"]["Code"] == "ResourceNotFoundException"


def test_cloudtrail_tells_who_made_an_assignment(aws):
    accounts, sets, users = aws.accounts(), aws.sets(), aws.users()
    role = f"arn:aws:iam::{accounts['example-management']}:role/AccessGuard"
    token = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="somebody")["Credentials"]
    begun = datetime.datetime.now(datetime.timezone.utc)
    slot = (accounts["dev-web"], sets["DataAnalyst"], users["hana"])
    operation = aws.make(*slot)
    theirs = aws.client("sso-admin", aws_access_key_id=token["AccessKeyId"],
                        aws_secret_access_key=token["SecretAccessKey"], aws_session_token=token["SessionToken"])
    again = theirs.create_account_assignment(**aws.assignment(*slot))["AccountAssignmentCreationStatus"]

    def told():
        pages = aws.client("cloudtrail").get_paginator("lookup_events").paginate(
            LookupAttributes=MADE, StartTime=begun, PaginationConfig={"PageSize": 1})
        events = [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]
        return {e["responseElements"]["accountAssignmentCreationStatus"]["requestId"]: e for e in events}
    wait_until(lambda: {operation, again["RequestId"]} <= set(told()), 20, "both are told", every=0.1)
    mine, other = told()[operation], told()[again["RequestId"]]
    assert mine["userIdentity"]["arn"].endswith(":user/accessguard") and mine["userIdentity"]["type"] == "IAMUser"
    assert other["userIdentity"]["arn"].endswith(":assumed-role/AccessGuard/somebody")
    assert other["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == role
    assert other["requestParameters"] == {key[0].lower() + key[1:]: value for key, value in
                                          aws.assignment(*slot).items()}
    lookup = aws.client("cloudtrail").lookup_events
    assert refused(lambda: lookup(NextToken="nonsense"))["Error"]["Code"] == "InvalidNextTokenException"
    assert refused(lambda: lookup(StartTime=2, EndTime=1))["Error"]["Code"] == "InvalidTimeRangeException"
    settle(aws)
    aws.make(*slot, verb="delete")


def test_a_changed_inline_policy_reaches_an_account_only_when_it_is_provisioned(aws):
    accounts, sets = aws.accounts(), aws.sets()
    admin, instance = aws.client("sso-admin"), aws.instance()["InstanceArn"]
    one = {"InstanceArn": instance, "PermissionSetArn": sets["NetworkAdmin"]}
    admin.put_inline_policy_to_permission_set(**one, InlinePolicy=DOCUMENT)
    assert admin.get_inline_policy_for_permission_set(**one)["InlinePolicy"] == DOCUMENT

    def stale():
        return aws.all("sso-admin", "list_accounts_for_provisioned_permission_set", "AccountIds", **one,
                       ProvisioningStatus="LATEST_PERMISSION_SET_NOT_PROVISIONED")
    assert accounts["network-hub"] in stale()
    settle(aws)
    admin.provision_permission_set(**one, TargetType="AWS_ACCOUNT", TargetId=accounts["network-hub"])
    settle(aws)
    assert accounts["network-hub"] not in stale()


def test_more_than_100_items_page_without_a_gap_or_a_repeat(aws):
    """One person holds every permission set in every open account: 130 assignments, ten to a page."""
    accounts, sets, users = aws.accounts(), aws.sets(), aws.users()
    instance = aws.instance()["InstanceArn"]
    wanted = set()

    def fill(account):
        for arn in sets.values():
            aws.make(account, arn, users["yuki"])
            wanted.add((account, arn))
    opened = [id_ for name, id_ in accounts.items() if name != "legacy-shop"]
    with concurrent.futures.ThreadPoolExecutor(len(opened)) as pool:
        list(pool.map(fill, opened))
    assert len(wanted) == 130
    pages = list(aws.client("sso-admin").get_paginator("list_account_assignments_for_principal").paginate(
        InstanceArn=instance, PrincipalType="USER", PrincipalId=users["yuki"]))
    assert len(pages) >= 13 and all(len(p["AccountAssignments"]) <= 10 for p in pages)
    found = [(a["AccountId"], a["PermissionSetArn"]) for p in pages for a in p["AccountAssignments"]]
    assert len(found) == 130 and set(found) == wanted
    statuses = aws.all("sso-admin", "list_account_assignment_creation_status", "AccountAssignmentsCreationStatus",
                       InstanceArn=instance, Filter={"Status": "SUCCEEDED"})
    ids = [s["RequestId"] for s in statuses]
    assert len(ids) >= 130 and len(set(ids)) == len(ids)
    narrowed = aws.all("sso-admin", "list_account_assignments_for_principal", "AccountAssignments", InstanceArn=instance,
                       PrincipalType="USER", PrincipalId=users["yuki"], Filter={"AccountId": opened[3]})
    assert len(narrowed) == 10


# ---- refusals --------------------------------------------------------------------------------------------------


def refused(call):
    from botocore.exceptions import ClientError
    with pytest.raises(ClientError) as raised:
        call()
    return raised.value.response


@pytest.mark.parametrize("service,call,code", [
    ("sso-admin", "list_instances", "InvalidSignatureException"),
    ("identitystore", "list_users", "InvalidSignatureException"),
    ("organizations", "list_roots", "InvalidSignatureException"),
    ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
    ("scheduler", "get_schedule", "InvalidSignatureException"),
    ("cloudtrail", "lookup_events", "InvalidSignatureException"),
])
def test_a_wrong_signature_is_refused(aws, service, call, code):
    parameters = {"list_users": {"IdentityStoreId": aws.instance()["IdentityStoreId"]},
                  "get_schedule": {"Name": "kept"}}.get(call, {})
    client = aws.client(service, aws_secret_access_key="not" + aws.sandbox.secret[3:])
    answer = refused(lambda: getattr(client, call)(**parameters))
    assert answer["Error"]["Code"] == code, answer


def test_an_unknown_key_is_refused(aws):
    json_client = aws.client("sso-admin", aws_access_key_id="AKIAUNKNOWNUNKNOWN00")
    assert refused(json_client.list_instances)["Error"]["Code"] == "UnrecognizedClientException"
    query_client = aws.client("sts", aws_access_key_id="AKIAUNKNOWNUNKNOWN00")
    assert refused(query_client.get_caller_identity)["Error"]["Code"] == "InvalidClientTokenId"


def test_a_session_token_that_is_not_the_keys_is_refused(aws):
    client = aws.client("sso-admin", aws_session_token="made-up")
    assert refused(client.list_instances)["Error"]["Code"] == "UnrecognizedClientException"


def test_another_region_is_refused(aws):
    answer = refused(aws.client("sso-admin", region_name="eu-north-1").list_instances)
    assert answer["Error"]["Code"] == "InvalidSignatureException" and "eu-north-1" in answer["Error"]["Message"]


def test_an_altered_body_is_refused(aws):
    client = aws.client("sso-admin", config=None)

    def alter(request, **_):
        request.body = request.body + b" "
        request.headers["Content-Length"] = str(len(request.body))
    client.meta.events.register("before-send.sso-admin", alter)
    try:
        assert refused(client.list_instances)["Error"]["Code"] == "InvalidSignatureException"
    finally:
        client.meta.events.unregister("before-send.sso-admin", alter)


def test_an_assumed_role_signs_with_its_token_and_ends_where_it_may_not(aws):
    member = aws.accounts()["prod-web"]
    role = f"arn:aws:iam::{member}:role/AccessGuard"
    got = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="interop", DurationSeconds=900)["Credentials"]
    keys = {"aws_access_key_id": got["AccessKeyId"], "aws_secret_access_key": got["SecretAccessKey"],
            "aws_session_token": got["SessionToken"]}
    assert aws.client("sts", **keys).get_caller_identity()["Arn"].endswith("assumed-role/AccessGuard/interop")
    assert refused(aws.client("sso-admin", **keys).list_instances)["Error"]["Code"] == "AccessDeniedException"
    partner = f"arn:aws:iam::{member}:role/AccessGuardPartner"
    answer = refused(lambda: aws.client("sts").assume_role(RoleArn=partner, RoleSessionName="interop"))
    assert answer["Error"]["Code"] == "AccessDenied"
    assert aws.client("sts").assume_role(RoleArn=partner, RoleSessionName="interop", ExternalId="accessguard-sandbox")


def test_things_that_are_not_there_and_input_that_is_none(aws):
    from botocore.config import Config
    instance, sets = aws.instance()["InstanceArn"], aws.sets()
    unknown = "00000000-0000-0000-0000-000000000000"
    gone = refused(lambda: aws.client("sso-admin").describe_account_assignment_creation_status(
        InstanceArn=instance, AccountAssignmentCreationRequestId=unknown))
    assert gone["Error"]["Code"] == "ResourceNotFoundException"
    absent = refused(lambda: aws.client("sso-admin").delete_account_assignment(
        **aws.assignment(aws.accounts()["prod-web"], sets["Billing"], aws.users()["zoe"])))
    assert absent["Error"]["Code"] == "ResourceNotFoundException"
    loose = aws.client("sso-admin", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))
    assert refused(lambda: loose.list_permission_sets(InstanceArn="nonsense"))["Error"]["Code"] == "ValidationException"
    assert refused(lambda: loose.list_instances(MaxResults=101))["Error"]["Code"] == "ValidationException"
    assert refused(lambda: loose.list_instances(NextToken="bogus"))["Error"]["Code"] == "ValidationException"
    policy = refused(lambda: aws.client("iam").get_policy(PolicyArn="arn:aws:iam::aws:policy/Unpublished"))
    assert policy["Error"]["Code"] == "NoSuchEntity"


def test_policies_and_schedules_are_refused_in_aws_words(aws):
    organizations, scheduler = aws.client("organizations"), aws.client("scheduler")
    policy = aws.control_policy()

    def update(content, id_=policy):
        return lambda: organizations.update_policy(PolicyId=id_, Content=content)
    with pytest.raises(organizations.exceptions.MalformedPolicyDocumentException):
        update("nonsense")()
    with pytest.raises(organizations.exceptions.PolicyNotFoundException):
        update(DOCUMENT, "p-00000000")()
    with pytest.raises(organizations.exceptions.ConstraintViolationException) as raised:
        update(DOCUMENT + " " * 10_240)()
    assert raised.value.response["Reason"] == "POLICY_CONTENT_LIMIT_EXCEEDED"
    for code in ("ConcurrentModificationException", "PolicyChangesInProgressException"):
        aws.sandbox.command(f"refuse UpdatePolicy 1 400 {code}")
        with pytest.raises(getattr(organizations.exceptions, code)):
            update(DOCUMENT)()
    update(DOCUMENT)()

    slot = (aws.accounts()["dev-web"], aws.sets()["Deploy"], aws.users()["ana"])
    schedule = aws.removal("twice", slot, utc_in(days=1))
    scheduler.create_schedule(**schedule, ClientToken="one")
    scheduler.create_schedule(**schedule, ClientToken="one")
    with pytest.raises(scheduler.exceptions.ConflictException):
        scheduler.create_schedule(**schedule, ClientToken="two")
    with pytest.raises(scheduler.exceptions.ValidationException):
        scheduler.update_schedule(**aws.removal("twice", slot, utc_in(days=-1)))
    scheduler.delete_schedule(Name="twice", GroupName="AccessGuard")
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.delete_schedule(Name="twice", GroupName="AccessGuard")


# ---- limits ----------------------------------------------------------------------------------------------------


def test_throttling_is_seen_by_botocore_and_waited_out(aws):
    from botocore.config import Config
    admin = aws.client("sso-admin")
    aws.sandbox.command("rate 2")
    try:
        codes = set()
        for _ in range(10):
            try:
                admin.list_instances()
            except admin.exceptions.ThrottlingException as error:
                codes.add(error.response["Error"]["Code"])
        assert codes == {"ThrottlingException"}
        patient = aws.client("sso-admin", config=Config(retries={"mode": "standard", "total_max_attempts": 10}))
        attempts = [patient.list_instances()["ResponseMetadata"]["RetryAttempts"] for _ in range(5)]
        assert max(attempts) > 0, "some calls were tried again, and all came through"
    finally:
        aws.sandbox.command("rate 0")


def test_one_change_at_a_time_per_account(aws):
    accounts, sets, users = aws.accounts(), aws.sets(), aws.users()
    settle(aws)
    admin = aws.client("sso-admin")
    admin.create_account_assignment(**aws.assignment(accounts["network-hub"], sets["Deploy"], users["ana"]))
    answer = refused(lambda: admin.create_account_assignment(
        **aws.assignment(accounts["network-hub"], sets["Deploy"], users["bo"])))
    assert answer["Error"]["Code"] == "ConflictException"
    settle(aws)


# ---- what our own client sends ---------------------------------------------------------------------------------
# src/aws/golden_boto3_requests.json holds what boto3 puts on the wire for these calls; Codec.AsksAsBoto3Does holds our
# encoder against it. Here the file is held against boto3.

ARN_OF_INSTANCE = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
ARN_OF_SET = "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef"
ROLE = "arn:aws:iam::111122223333:role/AccessGuardScheduler"
OPERATION = "12345678-1234-4123-8123-123456789012"
SLOT = {"InstanceArn": ARN_OF_INSTANCE, "TargetId": "111122223333", "TargetType": "AWS_ACCOUNT",
        "PermissionSetArn": ARN_OF_SET, "PrincipalType": "USER",
        "PrincipalId": "9067678c09-12345678-1234-4123-8123-123456789012"}
SCHEDULE = {"Name": "access-guard_1.a", "GroupName": "access-guard", "ClientToken": "token-1",
            "ScheduleExpression": "at(2026-11-25T14:02:08)", "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"}, "ActionAfterCompletion": "DELETE",
            "Target": {"Arn": "arn:aws:scheduler:::aws-sdk:ssoadmin:deleteAccountAssignment", "RoleArn": ROLE,
                       "Input": json.dumps(SLOT, separators=(",", ":")),
                       "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}}}
ONE_SET = {"InstanceArn": ARN_OF_INSTANCE, "PermissionSetArn": ARN_OF_SET}
DENY = '{"Version":"2012-10-17","Statement":[]}'
GOLDEN_CALLS = [
    ("sso-admin", "ListAccountAssignmentCreationStatus", {"InstanceArn": ARN_OF_INSTANCE, "MaxResults": 100}),
    ("sso-admin", "ListAccountAssignmentDeletionStatus",
     {"InstanceArn": ARN_OF_INSTANCE, "MaxResults": 100, "NextToken": "t"}),
    ("sso-admin", "GetInlinePolicyForPermissionSet", ONE_SET),
    ("sso-admin", "PutInlinePolicyToPermissionSet", {**ONE_SET, "InlinePolicy": DENY}),
    ("sso-admin", "DeleteInlinePolicyFromPermissionSet", ONE_SET),
    ("sso-admin", "ProvisionPermissionSet", {**ONE_SET, "TargetType": "AWS_ACCOUNT", "TargetId": "111122223333"}),
    ("sso-admin", "DescribePermissionSetProvisioningStatus",
     {"InstanceArn": ARN_OF_INSTANCE, "ProvisionPermissionSetRequestId": OPERATION}),
    ("organizations", "DescribePolicy", {"PolicyId": "p-12345678"}),
    ("organizations", "UpdatePolicy", {"PolicyId": "p-12345678", "Content": DENY}),
    ("scheduler", "CreateSchedule", SCHEDULE),
    ("scheduler", "UpdateSchedule", SCHEDULE),
    ("scheduler", "DeleteSchedule",
     {"Name": "access-guard_1.a", "GroupName": "access-guard", "ClientToken": "token-1"}),
    ("scheduler", "GetSchedule", {"Name": "access-guard_1.a", "GroupName": "access-guard"}),
    ("sso-admin", "ListTagsForResource",
     {"InstanceArn": ARN_OF_INSTANCE, "ResourceArn": ARN_OF_SET, "NextToken": "t"}),
    ("identitystore", "ListUsers", {"IdentityStoreId": "d-1234567890", "MaxResults": 100, "Extensions": [ENTERPRISE]}),
    ("sso-admin", "ListManagedPoliciesInPermissionSet", {**ONE_SET, "MaxResults": 100, "NextToken": "t"}),
    ("sso-admin", "ListCustomerManagedPolicyReferencesInPermissionSet", {**ONE_SET, "MaxResults": 100}),
    ("sso-admin", "GetPermissionsBoundaryForPermissionSet", ONE_SET),
    ("iam", "GetPolicy", {"PolicyArn": "arn:aws:iam::aws:policy/job-function/Billing"}),
    ("iam", "GetPolicyVersion", {"PolicyArn": "arn:aws:iam::aws:policy/job-function/Billing", "VersionId": "v3"}),
    ("cloudtrail", "LookupEvents",
     {"LookupAttributes": MADE, "StartTime": 1795615327, "MaxResults": 50, "NextToken": "t"}),
    ("organizations", "ListTargetsForPolicy", {"PolicyId": "p-12345678", "MaxResults": 20, "NextToken": "t"}),
]


def sent_by_boto3(service, operation, parameters):
    """What boto3 would put on the wire: nothing is sent, the event before it answers."""
    import boto3
    from botocore import xform_name
    from botocore.awsrequest import AWSResponse
    sent = []

    class Nothing:
        def stream(self):
            yield f"<R><{operation}Result/></R>".encode() if service == "iam" else b"{}"

    def keep(request, **_):
        sent.append(request)
        return AWSResponse(request.url, 200, {"Content-Type": "application/json"}, Nothing())
    client = boto3.client(service, region_name="eu-west-1", aws_access_key_id="AKIDEXAMPLE",
                          aws_secret_access_key="secret")
    client.meta.events.register("before-send", keep)
    getattr(client, xform_name(operation))(**parameters)

    def text(value):
        return value.decode() if isinstance(value, bytes) else value
    url, body = urllib.parse.urlsplit(sent[0].url), text(sent[0].body)
    target = next((text(v) for k, v in sent[0].headers.items() if k.lower() == "x-amz-target"), "")
    return {"operation": operation, "host": url.netloc, "method": sent[0].method, "path": url.path,
            "query": dict(urllib.parse.parse_qsl(url.query)), "target": target,
            "body": (json.loads(body) if body.startswith("{") else dict(urllib.parse.parse_qsl(body))) if body else None}


def test_the_golden_requests_are_those_of_boto3():
    module("boto3", "pip install boto3, or Debian's python3-boto3")
    golden = json.loads((ROOT / "src/aws/golden_boto3_requests.json").read_text(encoding="utf-8"))
    assert [sent_by_boto3(*call) for call in GOLDEN_CALLS] == golden
