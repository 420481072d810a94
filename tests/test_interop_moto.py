"""AccessGuard against moto_server, an independent imitation of AWS, through AWS_ENDPOINT_URL and nothing else.

Signatures and IAM policies are checked for real; the organization is made by boto3, and boto3 sees the assignment come
and go. Where moto differs from AWS (reference: duplicates, null members, numbers for texts, HTML instead of JSON,
pages without end) it stands for every AWS look-alike and every proxy: it must not break us.
"""
import json
import pathlib

import pytest

from support.client import Client
from support.moto import FaultyProxy, Moto, Organization
from support.paths import module
from support.process import wait_until
from support.world import AccessGuard, ask, decide, wait_for_state

POLICY = """version: 1
targets:
  prod: {ou: /Workloads/Prod}
  dev:  {tag: {env: dev}}
permission_sets:
  Deploy:   {level: medium}
  ReadOnly: {level: low}
rules:
  - {id: look, who: {everyone: true}, what: [ReadOnly], where: [dev, prod], max: 8h, approval: nobody}
  - {id: work, who: {groups: [Developers]}, what: [Deploy], where: [dev, prod], max: 4h, approval: a-lead}
approval_policies:
  nobody: {steps: []}
  a-lead: {steps: [{any_of: [{group: Leads}], need: 1}]}
"""


@pytest.fixture(scope="module")
def moto(folder):
    server = Moto(folder)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def company(moto):
    made = Organization(moto)
    made.assign(made.accounts["shop-prod"], "ReadOnly", made.users["alice"])  # standing, from before all this
    for _ in range(3):  # moto keeps the same assignment as often as it is made
        made.assign(made.accounts["shop-dev"], "Admin", made.users["dave"])
    return made


@pytest.fixture(scope="module")
def server(folder, moto, company):
    made = AccessGuard(folder / "server", moto.environment(), POLICY).start()
    made.wait_read(made.client("root", admin=True))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def people(server):
    return {name: server.client(name) for name in ("alice", "bob", "carol", "dave")}


def test_the_organization_is_read_as_boto3_made_it(server, company):
    admin = server.client("root", admin=True)
    accounts = {a["id"]: a for a in admin.items("/v1/accounts")}
    assert accounts[company.accounts["shop-prod"]]["path"] == "/Workloads/Prod"
    assert {"key": "env", "value": "prod"} in accounts[company.accounts["shop-prod"]]["tags"]
    assert set(company.twins) <= set(accounts)
    assert {u["user_name"]: u["id"] for u in admin.items("/v1/users")} == company.users
    groups = {g["name"]: g["members"] for g in admin.items("/v1/groups")}
    assert groups == {"Developers": 2, "Leads": 2}, "a membership counts once"
    sets = {s["name"]: s for s in admin.items("/v1/permission-sets")}
    assert set(sets) == set(company.sets) and sets["Deploy"]["session_duration_seconds"] == 3600


def test_one_grants_whole_life(people, company):
    alice, bob = people["alice"], people["bob"]
    account, user = company.accounts["shop-prod"], company.users["alice"]
    request = ask(alice, "shop-prod", "Deploy", "6s")
    assert decide(alice, request, expect=403)["code"] == "self_approval"
    assert company.holders(account, "Deploy") == [], "nothing before it is approved"
    decide(bob, request)
    wait_for_state(alice, request, "active")
    assert company.holders(account, "Deploy") == [user], "boto3 sees it"
    request = wait_for_state(alice, request, "ended")
    assert company.holders(account, "Deploy") == [], "boto3 sees it no more"
    assert request["grants"][0]["absent_at"]


def check_profile(server, token, id_, expected):
    """What `access profile` writes is what the AWS CLI's own library understands by it."""
    config = pathlib.Path(server.data) / "aws-config"
    for _ in range(2):
        name = server.cli("access", "profile", id_, token=token, AWS_CONFIG_FILE=str(config)).strip()
    session = module("botocore.session", "pip: boto3").session.Session(profile=name)
    session.set_config_variable("config_file", str(config))
    session.set_config_variable("credentials_file", str(config) + ".none")
    profile = session.full_config["profiles"][name]
    signing = session.full_config["sso_sessions"][profile["sso_session"]]
    found = {**profile, **signing}
    assert {key: found.get(key) for key in expected} == expected


def test_the_same_by_the_command_line(server, people, company):
    token = {name: client.token for name, client in people.items()}
    account = company.accounts["data-prod"]
    id_ = server.cli("ask", "data-prod", "Deploy", "--for", "1h", "--reason", "nightly load", "--no-wait", "-q",
                     token=token["carol"]).strip()
    assert "data-prod" in server.cli("review", "ls", token=token["bob"])
    server.cli("review", "approve", id_, "--comment", "go", token=token["bob"])
    wait_until(lambda: company.holders(account, "Deploy") == [company.users["carol"]], 30, "boto3 sees it")
    wait_until(lambda: json.loads(server.cli("request", "show", id_, "-o", "json", token=token["carol"]))["state"] ==
               "active", 30, "it is active")
    assert "data-prod" in server.cli("access", "ls", token=token["carol"])
    portal = people["carol"].get("/v1/me").json["access_portal"]
    assert portal["start_url"] == f"https://{company.store}.awsapps.com/start"
    address = server.cli("access", "open", id_, token=token["carol"])
    assert address == f"{portal['start_url']}/#/console?account_id={account}&role_name=Deploy\n"
    check_profile(server, token["carol"], id_, {
        "sso_account_id": account, "sso_role_name": "Deploy", "sso_session": "accessguard",
        "sso_start_url": portal["start_url"], "sso_region": portal["region"],
        "sso_registration_scopes": "sso:account:access"})
    server.cli("access", "end", id_, token=token["carol"])
    wait_until(lambda: company.holders(account, "Deploy") == [], 30, "boto3 sees it no more")
    wait_for_state(people["carol"], {"id": id_}, "revoked")
    server.cli("audit", "verify", "--data", server.data)


def test_standing_access_is_refused_and_survives(people, company):
    refusal = ask(people["alice"], "shop-prod", "ReadOnly", expect=409)
    assert refusal["code"] == "already_held"
    assert company.holders(company.accounts["shop-prod"], "ReadOnly") == [company.users["alice"]]


def test_standing_access_made_after_the_reading_is_found_before_anything_is_touched(people, company):
    account, user = company.accounts["data-prod"], company.users["dave"]
    for _ in range(2):  # twice: moto's delete would take only one, but none may go
        company.assign(account, "ReadOnly", user)
    request = wait_for_state(people["dave"], ask(people["dave"], "data-prod", "ReadOnly", "2s"), "failed")
    assert request["grants"][0]["failure"]["code"] == "already_held"
    assert company.holders(account, "ReadOnly") == [user, user]


def test_a_slot_next_to_duplicates_lives_and_ends(people, company):
    """dave holds Admin in shop-dev three times over; a grant beside it, in the same account, is not disturbed."""
    request = wait_for_state(people["dave"], ask(people["dave"], "shop-dev", "ReadOnly", "3s"), "active")
    wait_for_state(people["dave"], request, "ended")
    assert company.holders(company.accounts["shop-dev"], "Admin") == [company.users["dave"]] * 3


def test_two_accounts_of_one_name_are_told_apart_by_id(people, company):
    refusal = ask(people["dave"], "twin", "ReadOnly", expect=422)
    assert refusal["code"] == "ambiguous_account" and refusal["errors"][0]["field"] == "accounts[0]"
    assert all(id_ in refusal["detail"] for id_ in company.twins)
    request = wait_for_state(people["dave"], ask(people["dave"], company.twins[1], "ReadOnly", "2s"),
                             {"active", "ending", "ended"})
    wait_for_state(people["dave"], request, "ended")


def test_pages_without_end_are_left(moto, company, folder):
    """Equal assignments across a page's edge: moto gives the same page for ever. The reading ends all the same."""
    filler = company.store_client.create_group(IdentityStoreId=company.store, DisplayName="Filler")["GroupId"]
    for _ in range(101):  # one more than a page of ours holds
        company.admin.create_account_assignment(
            InstanceArn=company.instance, TargetId=company.twins[0], TargetType="AWS_ACCOUNT",
            PermissionSetArn=company.sets["Admin"], PrincipalType="GROUP", PrincipalId=filler)
    server = AccessGuard(folder / "endless", moto.environment(), POLICY).start()
    try:
        admin = server.client("root", admin=True)
        server.wait_read(admin, 90)
        gap = server.check("aws_gaps")
        assert gap and "ListAccountAssignmentsForPrincipal" in gap["detail"], gap
        dave = server.client("dave")
        request = wait_for_state(dave, ask(dave, "shop-dev", "ReadOnly", "2s"), {"active", "ending", "ended"})
        wait_for_state(dave, request, "ended")
    finally:
        server.stop()


def test_html_instead_of_json_is_tried_again(moto, company, folder):
    proxy = FaultyProxy(moto.port, every=4)
    server = AccessGuard(folder / "html", moto.environment(proxy.url), POLICY).start()
    try:
        server.wait_known(120)
        alice, bob = server.client("alice"), server.client("bob")
        request = ask(alice, "shop-dev", "Deploy", "3s")
        decide(bob, request)
        request = wait_for_state(alice, request, "ended", seconds=90)
        assert company.holders(company.accounts["shop-dev"], "Deploy") == []
        assert proxy.refused > 10
    finally:
        server.stop()
        proxy.stop()


@pytest.mark.parametrize("key,secret,word", [
    (None, "wrong", "SignatureDoesNotMatch"), ("AKIAUNKNOWNUNKNOWN00", None, "InvalidClientTokenId")])
def test_moto_really_checks_and_we_say_what_it_says(moto, folder, key, secret, word):
    environment = moto.environment(AWS_ACCESS_KEY_ID=key or moto.key, AWS_SECRET_ACCESS_KEY=secret or moto.secret)
    server = AccessGuard(folder / word, environment, POLICY).start()
    try:
        line = wait_until(lambda: word in server.check("aws")["detail"] and server.check("aws"), 30,
                          f"{word} in /readyz")
        assert not line["ok"]
        assert Client(server.url).get("/healthz").json["status"] == "ok"
    finally:
        server.stop()


def test_a_user_without_rights_is_told_which_call_was_refused(moto, folder):
    iam = moto.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    environment = moto.environment(AWS_ACCESS_KEY_ID=key["AccessKeyId"], AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"])
    server = AccessGuard(folder / "nobody", environment, POLICY).start()
    try:
        line = wait_until(lambda: "AccessDenied" in server.check("aws")["detail"] and server.check("aws"), 30,
                          "AccessDenied in /readyz")
        assert "DescribeOrganization" in line["detail"] or "ListInstances" in line["detail"], line
    finally:
        server.stop()


def test_an_empty_organization_is_not_an_error(tmp_path):
    """AWS without an organization: said in words, the server stays up. With one but without people: ready, and idle."""
    moto = Moto(tmp_path)
    server = AccessGuard(tmp_path / "server", moto.environment(), POLICY).start()
    try:
        line = wait_until(lambda: "first time" not in server.check("aws")["detail"] and server.check("aws"), 30,
                          "a reason")
        assert not line["ok"] and "AWSOrganizationsNotInUseException" in line["detail"], line
        admin = server.client("root", admin=True)
        refusal = ask(admin, "shop-prod", "Deploy", expect=503)
        assert refusal["code"] == "directory_unknown"
        moto.client("organizations").create_organization(FeatureSet="ALL")
        server.wait_known(150)
        assert admin.items("/v1/users") == [] and admin.items("/v1/permission-sets") == []
        assert [a["path"] for a in admin.items("/v1/accounts")] == ["/"]
        assert admin.items("/v1/access") == []
        assert ask(admin, "shop-prod", "Deploy", expect=422)["code"] == "unknown_user"
        server.cli("token", "issue", "--user", "alice", "--data", server.data, expect=3)
    finally:
        server.stop()
        moto.stop()
