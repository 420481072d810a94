"""kill -9 at a random moment, again and again, while people ask, approve and end; AWS lives on in its own process.

Each run is one life of the server, from its start to its death. After each start everything that was answered is there,
and what was not answered can be sent again with its Idempotency-Key and happens once. When all has settled, the
sandbox's own record of who held what and when is held against the ledger: the laws of the design.

AG_CRASH_RUNS (200) and AG_CRASH_SEED choose how many runs and which.
"""
import concurrent.futures
import http.client
import json
import os
import random
import threading
import time

from support.process import wait_until
from support.world import AccessGuard, Sandbox

RUNS = int(os.environ.get("AG_CRASH_RUNS", "200"))
BASE_SEED = int(os.environ.get("AG_CRASH_SEED", "7"))
WORLDS = 6
# Seconds from the start of the actors to the kill. Most lives end in the midst of the first calls, some go on until
# assignments were polled, seen, ended and seen to be gone.
SHORT_LIFE, LONG_LIFE, LONG_SHARE = 0.6, 3.0, 0.25
STARTUP_KILLS = 0.1     # of the runs end before the server says that it has started
# Law 2: the delete is sent 5 s after the end at the latest and AWS needs 0.15 s here; only time counts during which the
# server was up. The rest is for a busy machine.
REVOKE_BAR_MS = 10_000
FINAL = {"ended", "revoked", "denied", "withdrawn", "lapsed", "failed"}
LEADS = ("bo", "ines")
# Many people and accounts: a slot whose create the server may have died in is of no use for half a minute.
ASKERS = ("ana", "emil", "kofi", "goran", "hana", "jonas", "lena", "mateo")
# No more than AWS's limits let through: a grant takes some seven calls of the 13 a second that AccessGuard spends, and
# one that is over before its turn comes would never be made.
AT_ONCE = 2
OPEN_ACCOUNTS, GUARDED_ACCOUNTS = ("dev-web", "dev-payments", "sandbox-experiments"), ("prod-web", "prod-data",
                                                                                       "prod-payments", "staging-web")


class Dead(Exception):
    """The server was killed in the middle of a call: nobody knows what became of it."""


class World:
    """One sandbox, one data folder, and a diary of everything that was answered."""

    def __init__(self, folder, number):
        self.rng = random.Random(f"{BASE_SEED}-{number}")
        self.sandbox = Sandbox(folder)
        self.guard = AccessGuard(folder / "server", self.sandbox.environment())
        self.lock = threading.Lock()
        self.facts = []      # (what, request id, detail) of every call that was answered with 2xx
        self.fresh = []      # those since the last start
        self.unanswered = {}  # key -> (user, path, body, what, request id)
        self.reasons = set()
        self.downs = []      # intervals in ms during which the server was not there
        self.latest = 0      # ms of its uptime after an end at which something was still there
        self.standing = [p for p in self.sandbox.presences() if p["until_ms"] is None]
        self.guard.start().wait_known()
        self.clients = {u: self.guard.client(u, admin=u == "sven") for u in (*LEADS, *ASKERS, "sven")}
        for client in self.clients.values():
            client.timeout = 10
        self.admin = self.clients["sven"]
        self.died_at = None

    # ---- calls with a diary ----

    def post(self, user, path, body, what, request=None, key=None):
        """A POST under an Idempotency-Key; the reply. It stays in `unanswered` when the server dies in the middle."""
        key = key or f"{self.rng.getrandbits(64):016x}"
        with self.lock:
            self.unanswered[key] = (user, path, body, what, request)
        try:
            reply = self.clients[user].post(path, body, expect=None, headers={"Idempotency-Key": key})
        except (OSError, http.client.HTTPException, json.JSONDecodeError) as broken:
            raise Dead from broken
        assert reply.status < 500 or reply.status == 503, reply.text
        with self.lock:
            if reply.status != 503:
                del self.unanswered[key]
            if reply.status < 300:
                fact = (what, reply.json["id"], user)
                self.facts.append(fact)
                self.fresh.append(fact)
        return reply

    def get(self, user, path):
        try:
            return self.clients[user].get(path).json
        except (OSError, http.client.HTTPException, json.JSONDecodeError) as broken:
            raise Dead from broken

    def ask(self, user, rng, account, permission_set, duration):
        reason = f"crash test {rng.getrandbits(64):016x}"
        with self.lock:
            self.reasons.add(reason)
        body = {"accounts": [account], "permission_set": permission_set, "duration": duration, "reason": reason}
        return self.post(user, "/v1/requests", body, "asked")

    # ---- what people do until the server dies ----

    def asker(self, user, rng):
        for _ in range(200):
            if rng.random() < 0.5:
                self.ask(user, rng, rng.choice(OPEN_ACCOUNTS), rng.choice(["Deploy", "ReadOnly"]),
                         rng.choice(["1s", "3s", "20s"]))
            else:
                self.ask(user, rng, rng.choice(GUARDED_ACCOUNTS), "Deploy", rng.choice(["2s", "20s"]))
            if rng.random() < 0.5:
                mine = self.get(user, "/v1/requests?mine=true&limit=5")["items"]
                for request in mine:
                    if request["can"]["withdraw"] and rng.random() < 0.3:
                        self.post(user, f"/v1/requests/{request['id']}/withdraw", {}, "withdrawn", request["id"])
                    elif request["can"]["end"] and rng.random() < 0.4 and request["duration_seconds"] < 60:
                        self.post(user, f"/v1/requests/{request['id']}/end", {}, "ended", request["id"])
            time.sleep(0.3 + rng.random() * 0.7)

    def lead(self, user, rng):
        for _ in range(200):
            for request in self.get(user, "/v1/requests?reviewable=true&limit=10")["items"]:
                approves = rng.random() < 0.75
                body = {"decision": "approve" if approves else "deny", "version": request["version"], "comment": "seen"}
                self.post(user, f"/v1/requests/{request['id']}/decisions", body,
                          "approved" if approves else "denied", request["id"])
            time.sleep(rng.random() * 0.2)

    # ---- lives ----

    def start(self):
        self.guard.start()
        self.note_up()

    def note_up(self):
        if self.died_at is not None:
            self.downs.append((self.died_at, now_ms()))
            self.died_at = None

    def kill(self):
        moment = now_ms()
        self.guard.kill()
        self.died_at = self.died_at or moment

    def live_and_die(self):
        """One run: actors work until the server is killed under them."""
        length = self.rng.random() * (LONG_LIFE if self.rng.random() < LONG_SHARE else SHORT_LIFE)
        roles = [(self.asker, u) for u in self.rng.sample(ASKERS, AT_ONCE)] + [(self.lead, u) for u in LEADS]
        seeds = [self.rng.getrandbits(64) for _ in roles]
        failures = []

        def play(role, user, seed):
            try:
                role(user, random.Random(seed))
            except Dead:
                pass
            except BaseException as error:  # noqa: BLE001, it is told below
                failures.append(error)
        actors = [threading.Thread(target=play, args=(role, user, seed))
                  for (role, user), seed in zip(roles, seeds)]
        for actor in actors:
            actor.start()
        time.sleep(length)
        self.kill()
        for actor in actors:
            actor.join(30)
        if failures:
            raise failures[0]

    def come_back(self):
        """After a kill: perhaps killed again before it is up, perhaps late, so that ends pass by meanwhile."""
        if self.rng.random() < STARTUP_KILLS:
            try:
                self.guard.process = None
                threading.Thread(target=self._kill_soon, args=(self.rng.random() * 0.15,)).start()
                self.guard.start()
            except AssertionError:
                pass
            wait_until(lambda: self.guard.process is None or not self.guard.process.running(), 10, "it is killed")
        if self.rng.random() < 0.1:
            time.sleep(self.rng.random() * 2)
        self.start()
        self.everything_answered_is_there(self.fresh)
        self.fresh = []
        self.send_again_what_was_not_answered()

    def _kill_soon(self, seconds):
        time.sleep(seconds)
        wait_until(lambda: self.guard.process is not None, 10, "it is starting", every=0.002)
        self.guard.kill()

    def everything_answered_is_there(self, facts):
        for what, id_, user in facts:
            request = self.admin.get(f"/v1/requests/{id_}").json
            decided = {d["by"]["user_name"]: d["decision"] for d in request["decisions"]}
            kinds = [line["kind"] for line in request["timeline"]]
            there = {"asked": kinds[0] == "request.submitted" and request["requester"]["user_name"] == user,
                     "withdrawn": request["state"] == "withdrawn",
                     "approved": decided.get(user) == "approve",
                     "denied": decided.get(user) == "deny" and request["state"] == "denied",
                     "ended": "grant.ending" in kinds}[what]
            assert there, f"answered with 2xx but not there: {what} {id_} by {user}: {request}"

    def send_again_what_was_not_answered(self):
        for key, (user, path, body, what, request) in list(self.unanswered.items()):
            reply = self.post(user, path, body, what, request, key)
            # What others did meanwhile may refuse it; a question can only be asked.
            late = {"not_pending", "already_decided", "nothing_to_end", "no_longer_allowed", "not_approver"}
            assert reply.status in (200, 201) or (what != "asked" and reply.code in late), reply.text

    # ---- at rest ----

    def settle(self):
        """Until nothing is under way: every request is over, waits for a person, or lives for an hour."""
        def settled():
            open_ = self.admin.items("/v1/requests?state=scheduled,granting,ending,active")
            return all(r["state"] == "active" and r["duration_seconds"] > 60 for r in open_)
        # A create that was under way when the server died may come to pass for half a minute: only then is absent absent.
        wait_until(settled, 120, "everything settles", every=0.3)

    def verify_ledger(self):
        told = json.loads(self.guard.cli("audit", "verify", "--data", self.guard.data, "-o", "json"))
        assert told["first_problem"] is None and told["entries"] > 0
        return told

    def stop(self):
        self.guard.kill()
        self.sandbox.stop()


def now_ms():
    return int(time.time() * 1000)


def to_ms(text):
    import datetime
    return round(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


# ---- the laws --------------------------------------------------------------------------------------------------


def slot_of(thing):
    if "slot" in thing:
        slot = thing["slot"]
        return slot["account"], slot["permission_set"], slot["principal"]
    return thing["account"], thing["permission_set"], thing["principal"]


class Story:
    """The ledger, read by somebody who shares no line of code with the program."""

    def __init__(self, world):
        self.entries = world.admin.ledger()
        self.requests, self.decisions, self.grants, self.endings, self.intents = {}, {}, {}, {}, {}
        self.keys = []
        for entry in self.entries:
            body, at = entry["body"], to_ms(entry["at"])
            if "idempotency" in entry:
                self.keys.append((entry["actor"].get("user"), entry["idempotency"]["key"]))
            if entry["kind"] == "request.submitted":
                self.requests[body["request"]["id"]] = body["request"]
            elif entry["kind"] == "request.decided":
                self.decisions.setdefault(body["request"], []).append(body)
            elif entry["kind"] == "request.approved":
                for grant in body["grants"]:
                    self.grants[grant["id"]] = {
                        "slot": slot_of(grant), "request": body["request"], "at": at, "start": to_ms(body["start"]),
                        "end": to_ms(body["end"]), "approvals": list(self.decisions.get(body["request"], []))}
            elif entry["kind"] == "grant.ending":
                self.endings.setdefault(body["grant"], at)
            elif entry["kind"] == "slot.create_intended":
                self.intents.setdefault(slot_of(body), []).append(at)

    def end_of(self, grant):
        return min(self.grants[grant]["end"], self.endings.get(grant, self.grants[grant]["end"]))

    def of_slot(self, slot):
        return [id_ for id_, g in self.grants.items() if g["slot"] == slot]


def law_1_no_access_without_a_decision_by_someone_else(world, story):
    groups = {p["id"]: set(p["groups"]) for p in world.sandbox.people.values()}
    for id_, grant in story.grants.items():
        request = story.requests[grant["request"]]
        approvers = [d["by"] for d in grant["approvals"] if d["decision"] == "approve"]
        assert request["requester"] not in approvers, id_
        assert len(set(approvers)) == len(approvers) >= sum(s["need"] for s in request["steps"]), id_
        for step in request["steps"]:
            names = {party["name"] for party in step["any_of"]}
            assert sum(1 for a in approvers if groups[a] & names) >= step["need"], id_
    for presence in ours(world):
        earlier = [g for g in story.of_slot(slot_of(presence)) if story.grants[g]["start"] <= presence["from_ms"]
                   and story.grants[g]["at"] <= presence["from_ms"]]
        assert earlier, f"access that nobody granted: {presence}"


def law_2_no_access_outlives_its_end(world, story):
    for presence in ours(world):
        # The last end of the grants whose turn it was while the assignment was there.
        until = presence["until_ms"] or now_ms()
        ends = [story.end_of(g) for g in story.of_slot(slot_of(presence)) if story.grants[g]["start"] <= until]
        end = max(ends)
        late = until - end - sum(overlap(down, (end, until)) for down in world.downs)
        world.latest = max(world.latest, late)
        assert late <= REVOKE_BAR_MS, f"{late} ms of its uptime after its end: {presence}"


def overlap(a, b):
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


def law_3_nothing_is_removed_that_was_there_before(world, _):
    now = [p for p in world.sandbox.presences() if p["until_ms"] is None]
    for presence in world.standing:
        assert presence in now, f"standing access is gone: {presence}"


def law_4_no_live_grant_lost_its_access(world, story):
    for request in world.admin.items("/v1/requests?state=active"):
        for grant in request["grants"]:
            assert world.sandbox.holds(grant), grant
            slot = (grant["account"]["id"], grant["permission_set"]["arn"], grant["user"]["id"])
            intervals = [p for p in ours(world) if slot_of(p) == slot]
            assert len(intervals) == 1, f"through all crashes it was there without a gap: {intervals}"


def law_5_intent_before_the_call(world, story):
    for presence in ours(world):
        first = min(story.intents.get(slot_of(presence), [now_ms()]))
        assert first <= presence["from_ms"], f"made before it was intended: {presence}"


def law_6_everything_happened_once(world, story):
    reasons = [r["reason"] for r in story.requests.values()]
    assert len(reasons) == len(set(reasons)), "a question was asked twice"
    assert set(reasons) <= world.reasons
    assert len(story.keys) == len(set(story.keys)), "a key was used twice"


def ours(world):
    return [p for p in world.sandbox.presences() if p["created_by"]]


LAWS = (law_1_no_access_without_a_decision_by_someone_else, law_2_no_access_outlives_its_end,
        law_3_nothing_is_removed_that_was_there_before, law_4_no_live_grant_lost_its_access,
        law_5_intent_before_the_call, law_6_everything_happened_once)


# ---- the runs --------------------------------------------------------------------------------------------------


def many_lives(folder, number, runs):
    folder.mkdir()
    world = World(folder, number)
    try:
        # One grant outlives all crashes.
        lasting = world.ask("kofi", world.rng, "dev-web", "ReadOnly", "1h")
        assert lasting.status == 201, lasting.text
        for run in range(runs):
            try:
                world.live_and_die()
                if run % 10 == 9:
                    world.verify_ledger()
                world.come_back()
                if run == runs // 2:
                    world.settle()  # a quiet hour, so that what follows begins with free slots
            except BaseException as error:
                raise AssertionError(f"world {number}, run {run}, AG_CRASH_SEED={BASE_SEED}: {error!r}") from error
        world.settle()
        world.everything_answered_is_there(world.facts)
        story = Story(world)
        for law in LAWS:
            law(world, story)
        told = world.verify_ledger()
        assert told["entries"] >= len(story.entries)
        # And the one that lived through it all ends like any other.
        world.post("kofi", f"/v1/requests/{lasting.json['id']}/end", {}, "ended")
        wait_until(lambda: world.admin.get(f"/v1/requests/{lasting.json['id']}").json["state"] == "revoked", 30,
                   "the lasting grant is revoked")
        assert not [p for p in ours(world) if p["until_ms"] is None], "access that nobody has a right to"
        return len(world.facts), len(story.grants), len(ours(world)), world.latest
    finally:
        world.stop()


def test_two_hundred_deaths_lose_nothing_and_break_no_law(tmp_path):
    shares = [RUNS // WORLDS + (number < RUNS % WORLDS) for number in range(WORLDS)]
    with concurrent.futures.ThreadPoolExecutor(WORLDS) as pool:
        done = list(pool.map(lambda n: many_lives(tmp_path / f"world-{n}", n, shares[n]), range(WORLDS)))
    answered, granted, made, _ = map(sum, zip(*done))
    print(f"{RUNS} deaths: {answered} answers kept, {granted} grants, {made} assignments made and taken away, "
          f"the last of them {max(each[-1] for each in done)} ms after its end")
    assert answered > RUNS and granted > RUNS / 4 and made > RUNS / 8, "too little happened for this to say anything"
