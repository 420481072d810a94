"""A tiny HTTP client that holds the contract against everything it sends and receives."""
import dataclasses
import http.client
import json
import time
import urllib.parse

from support.contract import CONTRACT, Broken

UNSET = object()


@dataclasses.dataclass
class Request:
    method: str
    target: str
    headers: dict
    body: bytes


@dataclasses.dataclass
class Reply:
    status: int
    headers: dict  # names in lower case
    text: str

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def code(self):
        return self.json.get("code")


class Client:
    """Speaks for whoever the token speaks for."""

    def __init__(self, url, token=None, timeout=30):
        self.url = url
        self.token = token
        self.timeout = timeout
        self._host = urllib.parse.urlsplit(url).netloc

    def call(self, method, target, body=UNSET, *, raw=None, headers=None, expect=None):
        """`body` is sent as JSON; `raw` as it is. A header given as None is left out. `expect` is the status wanted."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        data = raw if raw is not None else b""
        if body is not UNSET:
            data = json.dumps(body).encode()
        if body is not UNSET or raw is not None:
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        sent = {k: v for k, v in sent.items() if v is not None}
        request = Request(method, target, sent, data)
        reply = self._exchange(request)
        if method != "HEAD":
            CONTRACT.check(request, reply)
        if expect is not None:
            assert reply.status == expect, f"{method} {target[:200]}: {reply.status}, not {expect}: {reply.text[:1000]}"
        return reply

    def get(self, target, expect=200, **more):
        return self.call("GET", target, expect=expect, **more)

    def post(self, target, body=UNSET, expect=200, **more):
        return self.call("POST", target, body, expect=expect, **more)

    def items(self, target, limit=200):
        """All pages of a list."""
        found, cursor = [], None
        while True:
            query = {"limit": limit, **({"cursor": cursor} if cursor else {})}
            page = self.get(target + ("&" if "?" in target else "?") + urllib.parse.urlencode(query)).json
            found += page["items"]
            if page["next"] is None:
                return found
            assert page["next"] != cursor, "the cursor does not move"
            cursor = page["next"]

    def ledger(self):
        """All entries, for an administrator."""
        entries, position = [], 0
        while position is not None:
            page = self.get(f"/v1/ledger?from={position}&limit=200").json
            entries += page["items"]
            position = page["next"]
        assert [e["index"] for e in entries] == list(range(len(entries)))
        return entries

    def events(self, after=None, timeout=None):
        return EventReader(self, after, timeout or self.timeout)

    def _exchange(self, request):
        connection = http.client.HTTPConnection(self._host, timeout=self.timeout)
        try:
            connection.putrequest(request.method, request.target, skip_accept_encoding=True)
            for name, value in request.headers.items():
                connection.putheader(name, value)
            if request.body or request.method in ("POST", "PUT"):
                connection.putheader("Content-Length", str(len(request.body)))
            connection.endheaders(request.body or None)
            answer = connection.getresponse()
            headers = {k.lower(): v for k, v in answer.getheaders()}
            return Reply(answer.status, headers, answer.read().decode("utf-8"))
        finally:
            connection.close()


class Browser(Client):
    """A client as a page of the server's own is one: it keeps the session cookie, and says where it comes from."""

    def __init__(self, url, timeout=30):
        super().__init__(url, timeout=timeout)
        self.cookie = None

    def call(self, method, target, body=UNSET, *, headers=None, **more):
        sent = {"Sec-Fetch-Site": "same-origin", "Cookie": self.cookie, **(headers or {})}
        reply = super().call(method, target, body, headers=sent, **more)
        if "set-cookie" in reply.headers:
            pair, *attributes = reply.headers["set-cookie"].split("; ")
            self.cookie = None if "Max-Age=0" in attributes else pair
        return reply

    def sign_in(self, expect=200, **how):
        return self.post("/v1/sign-in", how, expect=expect)


@dataclasses.dataclass
class Event:
    id: int
    kind: str
    data: dict


class EventReader:
    """Server-sent events of /v1/events, each checked against the contract. A context manager."""

    def __init__(self, client, after, timeout):
        self._connection = http.client.HTTPConnection(client._host, timeout=timeout)
        headers = {"Authorization": f"Bearer {client.token}", "Accept": "text/event-stream"}
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        request = Request("GET", "/v1/events", headers, b"")
        self._connection.request("GET", "/v1/events", headers=headers)
        self._answer = self._connection.getresponse()
        told = {k.lower(): v for k, v in self._answer.getheaders()}
        whole = "" if self._answer.status == 200 else self._answer.read().decode()
        self.reply = Reply(self._answer.status, told, whole)
        CONTRACT.check(request, self.reply)
        self._last = (-1, "") if after is None else (after, "")
        self._told = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def wait_connected(self):
        """The server's first comment: from then on nothing is missed."""
        line = self._answer.readline()
        assert line.startswith(b":"), line
        return self

    def next(self, deadline=None):
        """The next event; socket.timeout when none comes in time. Heartbeats are none."""
        fields = {}
        while True:
            line = self._answer.readline().decode().rstrip("\n")
            if line.startswith(":"):
                assert deadline is None or time.monotonic() < deadline, "only heartbeats came"
                continue
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
                continue
            if fields:
                return self._event(fields)

    def until(self, check, seconds=30):
        """All events up to the first that fits, with it."""
        seen, deadline = [], time.monotonic() + seconds
        while not (seen and check(seen[-1])):
            seen.append(self.next(deadline))
        return seen

    def _event(self, fields):
        if fields == {"event": "reset", "data": "{}"}:
            return Event(-1, "reset", {})
        if set(fields) != {"id", "event", "data"}:
            raise Broken(f"an event has the fields {sorted(fields)}")
        data = json.loads(fields["data"])
        wrong = CONTRACT.problems_of(CONTRACT.schema_of("LiveEvent"), data)
        if str(data.get("index")) != fields["id"] or data.get("kind") != fields["event"]:
            wrong.append("id and event do not repeat index and kind")
        place = (int(fields["id"]), data.get("request") or "")
        if place[0] < self._last[0] or place in self._told:
            wrong.append(f"event {fields['id']} after {self._last[0]}")
        if wrong:
            raise Broken("\n  ".join(["a live event", *wrong, fields["data"]]))
        self._last = place
        self._told.add(place)
        return Event(place[0], fields["event"], data)
