#include "access/state.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "access/test_life.hpp"
#include "base/hash.hpp"

namespace ag::access {
namespace {

using test::dump;
using test::Life;
using test::Random;
using test::World;

// ---- the disk format ------------------------------------------------------------------------------------------

const Slot kSlot{AccountId("012345678901"), PermissionSetArn("arn:aws:sso:::permissionSet/ssoins-1/ps-1"),
                 UserId("u-1")};
const Instant kAt = Instant::from_nanoseconds(1'795'615'327'123'000'000);

/// A request with everything in it that there can be.
Request full_request() {
  return {.id = RequestId("req_01"),
          .requester = UserId("u-1"),
          .requester_name = "ana",
          .permission_set = kSlot.permission_set,
          .permission_set_name = "Deploy",
          .session_duration = Duration::hours(1),
          .level = Level::kCritical,
          .accounts = {{kSlot.account, "play", "/Sandbox", "r-1", {"g-1", "g-2"}}},
          .duration = Duration::minutes(90),
          .start = kAt,
          .reason = "because \"it\" broke: \xc3\xa4",
          .ticket = "OPS-1",
          .steps = {{{{PartyKind::kGroup, "g-1", "TeamLeads"}, {PartyKind::kUser, "u-2", "cleo"}}, 2}},
          .lapses_at = kAt + Duration::hours(4)};
}

/// One entry of each kind, in the order of Event, with every optional member; then the kinds again without them.
std::vector<Entry> one_of_each() {
  Request bare = full_request();
  bare.start.reset();
  bare.ticket.reset();
  bare.steps.clear();
  Request hard = full_request();
  hard.session_end = SessionEnd::kHard;
  const Step step{
      {{PartyKind::kOnCall, "platform", "platform"}}, 1, std::vector<Party>{{PartyKind::kGroup, "g-2", "B"}}};
  Request several = full_request();
  several.accounts.push_back(
      {AccountId("2"), "shop", "/", "r-2", {}, std::vector{step}, std::vector<Escalation>{{kAt, step.any_of}}});
  several.level_reason = "declared critical in line 7 of the policy";
  several.escalations = {{kAt, step.any_of}};
  several.reminders = {kAt};
  several.extends = RequestId("req_01");
  several.break_glass = true;
  const std::vector<Event> events = {
      RequestSubmitted{full_request()},
      RequestDecided{RequestId("req_01"), "ab12", Verdict::kApprove, UserId("u-2"), "cleo", 1, "fine",
                     Duration::minutes(30)},
      RequestApproved{RequestId("req_01"), kAt, kAt + Duration::hours(1), {{GrantId("grt_01_1"), kSlot}}},
      RequestWithdrawn{RequestId("req_01")},
      RequestLapsed{RequestId("req_01")},
      GrantEnding{GrantId("grt_01_1"), EndCause::kApprover, "done"},
      CreateIntended{kSlot},
      CreateAccepted{kSlot, OperationId("op-1")},
      SlotPresent{kSlot, kAt},
      SlotStanding{kSlot, kAt},
      SlotMissing{kSlot, kAt},
      DeleteIntended{kSlot},
      DeleteAccepted{kSlot, OperationId("op-2")},
      SlotAbsent{kSlot, kAt},
      GrantCovered{GrantId("grt_01_1"), GrantId("grt_02_1")},
      GrantFailed{GrantId("grt_01_1"), "ConflictException", "no"},
      PolicyApplied{"version: 1\n", "cd34", "file"},
      TokenIssued{TokenId("tok_1"), UserId("u-1"), "ana", Role::kAdmin, "ef56", kAt},
      TokenRevoked{TokenId("tok_1")},
      ServerStarted{"0.1.0"},
      RequestSubmitted{bare},
      RequestDecided{RequestId("req_01"), "ab12", Verdict::kDeny, UserId("u-2"), "cleo", 0, {}, {}},
      GrantEnding{GrantId("grt_01_1"), EndCause::kExpiry, {}},
      CreateUnanswered{kSlot},
      SlotReappeared{kSlot, kAt},
      AssignmentAppeared{kSlot.account, kSlot.permission_set, kSlot.principal, {}, kAt},
      AssignmentVanished{kSlot.account, kSlot.permission_set, {}, GroupId("g-1"), kAt},
      GrantsSuspended{"disk_low", "no room"},
      GrantsResumed{"disk_low"},
      RollbackAccepted{10, 12, "ab"},
      RequestSubmitted{hard},
      SessionsCutIntended{"p-1", {{kSlot, kAt}}, {kSlot}},
      SessionsCut{kSlot, kAt, kAt},
      SessionsRestored{kSlot, kAt},
      SessionsCutRefused{kSlot, "no_room", "full"},
      SwitchArmed{kSlot, "accessguard-1", kAt},
      SwitchDisarmed{kSlot, "accessguard-1"},
      RequestSubmitted{several},
      RequestDecided{RequestId("req_03"),
                     "ab12",
                     Verdict::kApprove,
                     UserId("u-2"),
                     "cleo",
                     1,
                     {},
                     {},
                     std::vector<CountedStep>{{AccountId("1"), 1}},
                     std::vector<AccountId>{AccountId("2")}},
      GrantEnding{GrantId("grt_01_1"), EndCause::kPolicy, "no rule lets ana"},
      GrantsExtended{RequestId("req_04"), {{GrantId("grt_01_1"), kAt}}},
      GrantStarted{GrantId("grt_01_1")},
      RequestReminded{RequestId("req_01"), kAt},
      RequestEscalated{RequestId("req_01"), kAt},
      BreakGlassOpened{RequestId("req_05"), {{PartyKind::kGroup, "g-1", "Security"}}, kAt},
      BreakGlassReviewed{RequestId("req_05"), UserId("u-2"), "cleo", Finding::kJustified, "as it was"},
      BreakGlassOverdue{RequestId("req_05"), kAt},
      PolicyProposed{ChangeId("chg_1"), UserId("u-1"), "ana", "version: 1\n", "cd34", "ab12", {"more for all"}},
      PolicyChangeDecided{ChangeId("chg_1"), "cd34", Verdict::kApprove, UserId("u-2"), "cleo", "fine"},
      PermissionSetSeen{kSlot.permission_set,
                        "ReadOnly",
                        "9f",
                        Level::kMedium,
                        {"can read"},
                        {"/a"},
                        "8e",
                        Level::kLow,
                        std::vector<std::string>{"s3:GetObject"},
                        std::vector<std::string>{},
                        kAt},
      RequestVoided{RequestId("req_01"), "permission_set_changed", "it was changed"},
      SlotShared{kSlot, "e-1", "arn:them", kAt, ForeignCreates::kHold},
      SlotHandedOver{kSlot, "e-1", "arn:them", kAt},
  };
  std::vector<Entry> entries;
  for (const auto& event : events) {
    Entry entry{static_cast<std::int64_t>(entries.size()), kAt, {"system", {}, {}, {}}, {}, event};
    if (entries.empty()) {
      entry.actor = {"person", UserId("u-1"), "ana", TokenId("tok_1")};
      entry.idempotency = {"key-1", "9f"};
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

// The bytes below are on disks that outlive this program. A change here is a change of the disk format: add kinds and
// optional members, and lines to the file; never alter a line of it.
TEST(Entry, IsWrittenAsItAlwaysWas) {
  std::ifstream file(AG_SOURCE_DIR "/src/access/golden_entries.jsonl");
  std::string golden;
  std::set<std::string_view> kinds;
  for (const auto& entry : one_of_each()) {
    ASSERT_TRUE(std::getline(file, golden)) << "no line for " << kind_of(entry.event);
    EXPECT_EQ(encode_entry(entry), golden);
    kinds.insert(kind_of(entry.event));
  }
  EXPECT_FALSE(std::getline(file, golden)) << "a line too many: " << golden;
  EXPECT_EQ(kinds.size(), std::variant_size_v<Event>) << "each kind has its line, and a name of its own";
}

TEST(Entry, IsTheSameAfterATripToTheDiskAndBack) {
  for (const auto& entry : one_of_each()) {
    const std::string bytes = encode_entry(entry);
    const auto read = decode_entry(bytes);
    ASSERT_TRUE(read) << bytes << read.error().message;
    EXPECT_EQ(read->event.index(), entry.event.index());
    EXPECT_EQ(read->index, entry.index);
    EXPECT_EQ(read->at, entry.at);
    EXPECT_EQ(encode_entry(*read), bytes);
  }
}

TEST(Entry, ThatIsNotOneIsRefused) {
  const auto code = [](std::string_view bytes) {
    const auto read = decode_entry(bytes);
    return read ? "" : read.error().code;
  };
  const std::string good =
      R"({"actor":{"kind":"system"},"at":"2026-11-25T14:02:07Z","body":{"version":"1"},"index":0,"kind":"server.started"})";
  EXPECT_EQ(code(good), "");
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_EQ(code(""), "invalid_json");
  EXPECT_EQ(code(changed("server.started", "server.exploded")), "unknown_kind");
  EXPECT_EQ(code(changed("\"version\":\"1\"", "")), "missing_field");
  EXPECT_EQ(code(changed("\"version\"", "\"versions\"")), "missing_field");
  EXPECT_EQ(code(changed("\"version\":\"1\"", "\"version\":\"1\",\"x\":1")), "unknown_field");
  EXPECT_EQ(code(changed("\"version\":\"1\"", "\"version\":1")), "invalid_type");
  EXPECT_EQ(code(changed("2026-11-25T14:02:07Z", "yesterday")), "invalid_time");
  EXPECT_EQ(code(changed("\"index\":0", "\"index\":-1.5")), "invalid_json");
  EXPECT_EQ(decode_entry(changed("\"version\":\"1\"", "\"version\":1")).error().field, "body.version");
}

TEST(Entry, OfAnotherKindIsToldByItsBeginning) {
  std::string kind = "x";
  for (int i = 0; i < 100; ++i) kind += "\xc3\xa9";
  const auto read = decode_entry(fmt::format(
      R"({{"actor":{{"kind":"system"}},"at":"2026-11-25T14:02:07Z","body":{{}},"index":0,"kind":"{}"}})", kind));
  ASSERT_FALSE(read);
  EXPECT_LT(read.error().message.size(), 150U);
}

TEST(Version, ChangesWithEveryMemberOfARequest) {
  const Request request = full_request();
  const std::string version = version_of(request);
  EXPECT_EQ(version, "2f7246048f7a56e59c3763e361e8a490956b44f40926d0b7db5bef1897e7d640");
  std::set<std::string> versions{version};
  const auto with = [&](auto change) {
    Request changed = request;
    change(changed);
    versions.insert(version_of(changed));
  };
  with([](Request& r) { r.id = RequestId("req_02"); });
  with([](Request& r) { r.requester = UserId("u-9"); });
  with([](Request& r) { r.requester_name = "ben"; });
  with([](Request& r) { r.permission_set = PermissionSetArn("arn:other"); });
  with([](Request& r) { r.permission_set_name = "ReadOnly"; });
  with([](Request& r) { r.session_duration = Duration::hours(2); });
  with([](Request& r) { r.level = Level::kLow; });
  with([](Request& r) { r.accounts[0].id = AccountId("999999999999"); });
  with([](Request& r) { r.accounts[0].rule = "r-2"; });
  with([](Request& r) { r.accounts[0].guardrails.pop_back(); });
  with([](Request& r) { r.accounts.push_back(r.accounts[0]); });
  with([](Request& r) { r.duration = Duration::minutes(91); });
  with([](Request& r) { r.start.reset(); });
  with([](Request& r) { r.reason += "!"; });
  with([](Request& r) { r.ticket.reset(); });
  with([](Request& r) { r.steps[0].need = 1; });
  with([](Request& r) { r.steps[0].any_of.pop_back(); });
  with([](Request& r) { r.lapses_at = r.lapses_at + Duration::milliseconds(1); });
  EXPECT_EQ(versions.size(), 19U);
}

// ---- folding -----------------------------------------------------------------------------------------------------

void submit_without_keeping(World& world, const test::Submission& submission) {
  const auto outcome =
      decide(world.state, world.index(), submission.caller, submission.command, submission.idempotency, world.now);
  if (!outcome) return;
  bool first = true;
  for (const auto& event : outcome->events) {
    world.state.apply({world.state.size.get(), world.now, submission.caller.actor,
                       first ? submission.idempotency : std::nullopt, event});
    first = false;
  }
}

TEST(State, IsAsIfNothingHadBeenWhenABatchIsTakenBack) {
  int taken_back = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Life life(seed);
    for (int round = 0; round < 100; ++round) {
      life.step();
      const std::string before = dump(life.world.state);
      for (std::size_t i = 1 + life.random.below(6); i > 0; --i) {
        // A batch as the engine makes it: what is due, commands, what AWS was seen to be; and a policy, sometimes.
        const Instant later = life.world.now + Duration::minutes(static_cast<std::int64_t>(life.random.below(100)));
        for (const auto& event : fall_due(life.world.state, life.world.index(), later, 3)) {
          life.world.state.apply({life.world.state.size.get(), later, {}, {}, event});
        }
        submit_without_keeping(life.world, life.random_submission());
        if (const auto event = test::next_observation(life.world.state, life.world.now, life.random)) {
          life.world.state.apply({life.world.state.size.get(), life.world.now, {}, {}, *event});
        }
        if (life.random.chance(10)) {
          submit_without_keeping(
              life.world, {World::the_operator(), ApplyPolicy{test::random_policy_text(life.random), "api", {}}, {}});
        }
      }
      if (dump(life.world.state) != before) ++taken_back;
      life.world.state.take_back();
      ASSERT_EQ(dump(life.world.state), before) << "seed " << seed << ", round " << round;
    }
  }
  EXPECT_GT(taken_back, 500);
}

TEST(State, IsTheFoldOfItsLedger) {
  std::size_t entries = 0;
  std::set<std::string_view> kinds;
  for (std::uint64_t seed = 100; seed < 110; ++seed) {
    Life life(seed);
    for (int round = 0; round < 400; ++round) life.step();
    State replayed;
    for (const auto& entry : life.world.ledger) {
      const std::string bytes = encode_entry(entry);
      const auto read = decode_entry(bytes);
      ASSERT_TRUE(read) << bytes;
      ASSERT_EQ(encode_entry(*read), bytes);
      replayed.apply(*read);
      replayed.keep();
      kinds.insert(kind_of(entry.event));
    }
    ASSERT_EQ(dump(replayed), dump(life.world.state)) << "seed " << seed;
    entries += life.world.ledger.size();
  }
  EXPECT_GT(entries, 2'000U);
  EXPECT_GE(kinds.size(), 16U) << fmt::format("{}", fmt::join(kinds, " "));
}

TEST(State, TakesAPolicyThatItCannotReadForOneThatOpensNothing) {
  World world;
  world.record(PolicyApplied{"version: 99\nrules: [new, things]\n", "ab", "api"});
  const PolicyInForce& policy = world.state.policy.get();
  ASSERT_NE(policy.policy, nullptr);
  EXPECT_TRUE(policy.policy->rules.empty());
  EXPECT_EQ(policy.hash, "ab");
  EXPECT_EQ(world.ask("ana", {.accounts = {"play"}, .permission_set = "ReadOnly"}).error().code, "not_eligible");
}

// ---- slots and their grants ------------------------------------------------------------------------------------

constexpr std::string_view kFree = R"(version: 1
rules:
  - {id: free, who: {everyone: true}, what: ["*"], where: [all], max: 8h, approval: nobody}
approval_policies:
  nobody: {steps: []}
)";

struct TwoGrants {
  World world;
  RequestId shorter;
  RequestId longer;
  Slot slot;

  TwoGrants() {
    world.apply_policy(kFree);
    shorter = world.asked("ana", {.accounts = {"play"}, .permission_set = "ReadOnly", .duration = Duration::hours(1)});
    longer = world.asked("ana", {.accounts = {"play"}, .permission_set = "ReadOnly", .duration = Duration::hours(2)});
    slot = world.grant(shorter).slot;
  }
  [[nodiscard]] const SlotState* row() const { return world.state.slots.find(slot); }
  [[nodiscard]] bool is_desired_now() const { return row() != nullptr && is_desired(world.state, *row(), world.now); }
};

TEST(Slot, GoesWhenItsLastGrantEnds) {
  TwoGrants it;
  it.world.record(CreateIntended{it.slot});
  it.world.record(SlotPresent{it.slot, it.world.now});
  EXPECT_EQ(it.world.status(it.shorter), Status::kActive);
  EXPECT_EQ(it.world.status(it.longer), Status::kActive);
  it.world.pass(Duration::hours(1));
  EXPECT_EQ(it.world.status(it.shorter), Status::kEnding);
  EXPECT_TRUE(it.is_desired_now()) << "the longer one needs it";
  it.world.record(GrantCovered{it.world.grant(it.shorter).id, it.world.grant(it.longer).id});
  EXPECT_EQ(it.world.status(it.shorter), Status::kEnded);
  EXPECT_EQ(it.world.status(it.longer), Status::kActive);
  it.world.pass(Duration::hours(1));
  EXPECT_FALSE(it.is_desired_now());
  it.world.record(DeleteIntended{it.slot});
  it.world.record(SlotAbsent{it.slot, it.world.now});
  EXPECT_EQ(it.world.status(it.longer), Status::kEnded);
  EXPECT_EQ(it.row(), nullptr) << "nothing is kept about a slot that is nobody's";
}

TEST(Slot, SeenAbsentEndsOnlyTheGrantsThatWereEnding) {
  TwoGrants it;
  it.world.record(CreateIntended{it.slot});
  it.world.record(SlotPresent{it.slot, it.world.now});
  it.world.pass(Duration::hours(1));
  it.world.record(SlotAbsent{it.slot, it.world.now});
  EXPECT_EQ(it.world.status(it.shorter), Status::kEnded);
  EXPECT_EQ(it.world.status(it.longer), Status::kActive);
  ASSERT_NE(it.row(), nullptr);
  EXPECT_FALSE(it.row()->create_intended) << "so it will be made again";
  EXPECT_TRUE(it.is_desired_now());
}

TEST(Slot, ThatVanishedIsMissedAndDesiredStill) {
  TwoGrants it;
  it.world.record(CreateIntended{it.slot});
  it.world.record(SlotPresent{it.slot, it.world.now});
  it.world.record(SlotMissing{it.slot, it.world.now});
  EXPECT_EQ(it.row()->presence, Presence::kAbsent);
  EXPECT_FALSE(it.row()->create_intended);
  EXPECT_TRUE(it.is_desired_now());
}

TEST(Slot, SeenBeforeAScheduledGrantBeginsDoesNotMakeItActive) {
  World world;
  world.apply_policy(kFree);
  const Instant start = world.now + Duration::hours(1);
  const auto now =
      world.asked("ana", {.accounts = {"play"}, .permission_set = "ReadOnly", .duration = Duration::hours(2)});
  const auto later = world.asked("ana", {.accounts = {"play"}, .permission_set = "ReadOnly", .start = start});
  const Slot slot = world.grant(now).slot;
  world.record(CreateIntended{slot});
  world.record(SlotPresent{slot, world.now});
  EXPECT_EQ(world.status(now), Status::kActive);
  EXPECT_EQ(world.status(later), Status::kScheduled);
  EXPECT_FALSE(world.grant(later).active_at);
}

TEST(Slot, ThatAwsWouldNotMakeIsForgottenWithItsLastGrant) {
  TwoGrants it;
  it.world.record(CreateIntended{it.slot});
  it.world.record(GrantFailed{it.world.grant(it.shorter).id, "AccessDenied", "no"});
  EXPECT_TRUE(it.row()->create_intended) << "the other grant may still get it";
  it.world.record(GrantFailed{it.world.grant(it.longer).id, "AccessDenied", "no"});
  EXPECT_EQ(it.row(), nullptr);
  EXPECT_EQ(it.world.status(it.longer), Status::kFailed);
  EXPECT_EQ(it.world.state.due.size(), 0U) << "what failed does not come to an end again";
}

TEST(Slot, RemembersWhatWasUnansweredOverAGrantThatCameToNothing) {
  TwoGrants it;
  it.world.record(CreateIntended{it.slot});
  it.world.record(CreateUnanswered{it.slot});
  const Instant unanswered_at = it.world.now;
  it.world.record(GrantFailed{it.world.grant(it.shorter).id, "AccessDenied", "no"});
  it.world.record(GrantFailed{it.world.grant(it.longer).id, "AccessDenied", "no"});
  const auto next = it.world.asked("ana", {.accounts = {"play"}, .permission_set = "ReadOnly"});
  it.world.pass(Duration::hours(1));
  ASSERT_EQ(it.world.status(next), Status::kEnding) << "before anything was made";
  it.world.record(SlotAbsent{it.slot, it.world.now});
  ASSERT_NE(it.world.state.released.find(it.slot), nullptr);
  EXPECT_EQ(it.world.state.released.find(it.slot)->create_unanswered_at, unanswered_at);
}

TEST(Grant, EndedByItsTimeIsEndedAndByAPersonRevoked) {
  for (const bool by_person : {false, true}) {
    World world;
    world.apply_policy(kFree);
    const auto id = world.asked("ana", {.accounts = {"play"}, .permission_set = "ReadOnly"});
    const Slot slot = world.grant(id).slot;
    if (by_person) {
      ASSERT_TRUE(world.run(world.as("ana"), End{id, {}}));
    } else {
      world.pass(Duration::hours(1));
    }
    EXPECT_EQ(world.status(id), Status::kEnding) << "not over before AWS was seen without it";
    world.record(SlotAbsent{slot, world.now});
    EXPECT_EQ(world.status(id), by_person ? Status::kRevoked : Status::kEnded);
    EXPECT_EQ(world.grant(id).absent_at, world.now);
  }
}

TEST(Grant, HasASecondClockForCredentialsThatWereIssued) {
  World world;
  world.apply_policy(kFree);
  const auto id = world.asked("ana", {.accounts = {"play"}, .permission_set = "ReadOnly"});
  const Instant end = world.grant(id).end;
  EXPECT_EQ(credentials_until(world.grant(id)), end + Duration::hours(1));
  world.pass(Duration::hours(1) + Duration::minutes(3));
  world.record(SlotAbsent{world.grant(id).slot, world.now});
  EXPECT_EQ(credentials_until(world.grant(id)), world.now + Duration::hours(1)) << "it was gone later than it should";
}

TEST(Request, OfSeveralGrantsShowsTheOneWithMostAhead) {
  World world;
  world.apply_policy(kFree);
  const auto id = world.asked("ana", {.accounts = {"play", "shop-dev", "shop-prod"}, .permission_set = "ReadOnly"});
  world.record(GrantFailed{world.grant(id, 0).id, "x", ""});
  EXPECT_EQ(world.status(id), Status::kGranting);
  world.record(CreateIntended{world.grant(id, 1).slot});
  world.record(SlotPresent{world.grant(id, 1).slot, world.now});
  EXPECT_EQ(world.status(id), Status::kActive);
  world.pass(Duration::hours(1));
  EXPECT_EQ(world.status(id), Status::kEnding);
  world.record(SlotAbsent{world.grant(id, 1).slot, world.now});
  world.record(SlotAbsent{world.grant(id, 2).slot, world.now});
  EXPECT_EQ(world.status(id), Status::kEnded);
}

TEST(Request, KnowsTheEntriesThatTellItsStory) {
  TwoGrants it;
  it.world.record(CreateIntended{it.slot});
  it.world.record(SlotPresent{it.slot, it.world.now});
  it.world.pass(Duration::hours(1));
  const auto& story = it.world.request(it.shorter).entries;
  std::vector<std::string_view> kinds;
  for (const auto index : story) kinds.push_back(kind_of(it.world.ledger.at(static_cast<std::size_t>(index)).event));
  EXPECT_EQ(kinds, (std::vector<std::string_view>{"request.submitted", "request.approved", "slot.create_intended",
                                                  "slot.present", "grant.ending"}));
}

TEST(SlotsOf, AreThoseWhereControlMustLookAgain) {
  TwoGrants it;
  const GrantId grant = it.world.grant(it.shorter).id;
  const std::vector<Slot> one{it.slot};
  EXPECT_EQ(slots_of(it.world.state, SlotPresent{it.slot, {}}), one);
  EXPECT_EQ(slots_of(it.world.state, GrantEnding{grant, EndCause::kExpiry, {}}), one);
  EXPECT_EQ(slots_of(it.world.state, GrantEnding{GrantId("grt_x"), EndCause::kExpiry, {}}), std::vector<Slot>{});
  EXPECT_EQ(slots_of(it.world.state, RequestApproved{it.shorter, {}, {}, {{grant, it.slot}}}), one);
  EXPECT_EQ(slots_of(it.world.state, RequestLapsed{it.shorter}), std::vector<Slot>{});
}

TEST(StateDeath, AnEntryOutOfItsPlaceIsNeverApplied) {
  EXPECT_DEATH(
      {
        State state;
        state.apply({5, kAt, {}, {}, ServerStarted{"1"}});
      },
      "entry.index == size.get");
}

}  // namespace
}  // namespace ag::access
