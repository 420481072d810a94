"""moto_server with real signature checks, an organization in it, and a proxy that does what moto and proxies do wrong."""
import http.client
import http.server
import json
import sys
import threading
import urllib.request

from support.paths import module
from support.process import Process, clean_environment, free_port, wait_until

REGION = "us-east-1"
# What Werkzeug answers for an operation that moto does not know: not JSON, and a status that invites to try again.
HTML_500 = (b"<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n"
            b"<h1>Internal Server Error</h1>\n<p>The server encountered an internal error.</p>\n")


class Moto:
    def __init__(self, folder):
        module("moto", "pip install 'moto[server]'")
        module("boto3", "pip install boto3")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = Process([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", self.port],
                                folder / "moto.log", clean_environment(PYTHONPATH=":".join(sys.path)))
        wait_until(self._answers, 60, "moto_server answers")
        self.key, self.secret = "AKIAIOSFODNN7EXAMPLE", "before-signatures-are-checked"
        self._check_signatures()

    def _answers(self):
        assert self._process.running(), self._process.output()[-2000:]
        try:
            with urllib.request.urlopen(self.url + "/moto-api/data.json", timeout=5):
                return True
        except OSError:
            return False

    def client(self, service, **more):
        import boto3
        return boto3.client(service, **{"region_name": REGION, "endpoint_url": self.url,
                                        "aws_access_key_id": self.key, "aws_secret_access_key": self.secret, **more})

    def _check_signatures(self):
        """A user with a key and all rights; from then on every signature and policy is checked."""
        iam = self.client("iam")
        iam.create_user(UserName="accessguard")
        iam.put_user_policy(UserName="accessguard", PolicyName="all", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
        key = iam.create_access_key(UserName="accessguard")["AccessKey"]
        self.key, self.secret = key["AccessKeyId"], key["SecretAccessKey"]
        request = urllib.request.Request(self.url + "/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200

    def environment(self, url=None, **more):
        return clean_environment(**{"AWS_ENDPOINT_URL": url or self.url, "AWS_REGION": REGION,
                                    "AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self.secret, **more})

    def stop(self):
        self._process.stop()


class Organization:
    """A small company: /Workloads/Prod and /Workloads/Dev, five accounts, four people, two groups, three sets."""

    def __init__(self, moto):
        self.admin = moto.client("sso-admin")
        self.store_client = moto.client("identitystore")
        self.organizations = moto.client("organizations")
        self.organizations.create_organization(FeatureSet="ALL")
        root = self.organizations.list_roots()["Roots"][0]["Id"]
        workloads = self._unit(root, "Workloads")
        prod, dev = self._unit(workloads, "Prod"), self._unit(workloads, "Dev")
        self.accounts = {name: self._account(root, unit, name, env) for name, unit, env in [
            ("shop-prod", prod, "prod"), ("data-prod", prod, "prod"), ("shop-dev", dev, "dev")]}
        # AWS lets two accounts have one name.
        self.twins = [self._account(root, dev, "twin", "dev") for _ in range(2)]

        instance = self.admin.list_instances()["Instances"][0]
        self.instance, self.store = instance["InstanceArn"], instance["IdentityStoreId"]
        self.users = {name: self._user(name) for name in ("alice", "bob", "carol", "dave")}
        self.groups = {name: self._group(name, members) for name, members in [
            ("Developers", ["alice", "carol"]), ("Leads", ["bob", "carol"])]}
        self.sets = {name: self._set(name) for name in ("Deploy", "ReadOnly", "Admin")}

    def _unit(self, parent, name):
        made = self.organizations.create_organizational_unit(ParentId=parent, Name=name)
        return made["OrganizationalUnit"]["Id"]

    def _account(self, root, unit, name, env):
        id_ = self.organizations.create_account(AccountName=name, Email=f"{name}@example.com",
                                                Tags=[{"Key": "env", "Value": env}])["CreateAccountStatus"]["AccountId"]
        self.organizations.move_account(AccountId=id_, SourceParentId=root, DestinationParentId=unit)
        self.organizations.tag_resource(ResourceId=id_, Tags=[{"Key": "team", "Value": "shop"}])
        return id_

    def _user(self, name):
        return self.store_client.create_user(
            IdentityStoreId=self.store, UserName=name, DisplayName=name.title(),
            Name={"GivenName": name.title(), "FamilyName": "Example"},
            Emails=[{"Value": f"{name}@example.com", "Type": "work", "Primary": True}])["UserId"]

    def _group(self, name, members):
        id_ = self.store_client.create_group(IdentityStoreId=self.store, DisplayName=name)["GroupId"]
        for member in [*members, members[0]]:  # moto takes the same membership twice, AWS would not
            self.store_client.create_group_membership(IdentityStoreId=self.store, GroupId=id_,
                                                      MemberId={"UserId": self.users[member]})
        return id_

    def _set(self, name):
        # No description: moto answers null where AWS leaves the member out; and a session of the number 3600.
        return self.admin.create_permission_set(InstanceArn=self.instance, Name=name)["PermissionSet"][
            "PermissionSetArn"]

    def assign(self, account, permission_set, user):
        self.admin.create_account_assignment(
            InstanceArn=self.instance, TargetId=account, TargetType="AWS_ACCOUNT",
            PermissionSetArn=self.sets[permission_set], PrincipalType="USER", PrincipalId=user)

    def holders(self, account, permission_set):
        """Who holds it, by AWS's own list."""
        listed = self.admin.list_account_assignments(InstanceArn=self.instance, AccountId=account,
                                                     PermissionSetArn=self.sets[permission_set])
        return [a["PrincipalId"] for a in listed["AccountAssignments"]]


class FaultyProxy:
    """Passes everything on to moto, but answers every so many calls with an HTML page and a 500."""

    def __init__(self, target_port, every):
        proxy = self
        self.passed, self.refused = 0, 0
        lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # noqa: N802, the name is http.server's
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with lock:
                    turn = proxy.passed + proxy.refused
                    fault = turn % every == every - 1
                    proxy.refused += fault
                    proxy.passed += not fault
                if fault:
                    return self._answer(500, {"Content-Type": "text/html; charset=utf-8"}, HTML_500)
                connection = http.client.HTTPConnection("127.0.0.1", target_port, timeout=30)
                try:
                    # Host as it came: it is signed.
                    connection.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
                    for name, value in self.headers.items():
                        connection.putheader(name, value)
                    connection.endheaders(body)
                    answer = connection.getresponse()
                    return self._answer(answer.status, dict(answer.getheaders()), answer.read())
                finally:
                    connection.close()

            def _answer(self, status, headers, body):
                self.send_response_only(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
