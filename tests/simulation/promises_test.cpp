#include <gtest/gtest.h>

#include <algorithm>

#include "control/dead_man_switch.hpp"
#include "control/session_end_policy.hpp"
#include "simulation/cloud.hpp"
#include "simulation/laws.hpp"
#include "simulation/world.hpp"

/// What is promised beside the laws of the design (hard ends, the dead man's switch, a restored ledger, a changed
/// permission set): each is broken here by hand, beside the same history with nothing wrong, of which nobody complains.
namespace ag::simulation {
namespace {

const Instant kNoon = *parse_rfc3339("2026-01-05T12:00:00Z");
constexpr Duration kHour = Duration::hours(1);
constexpr Duration kGrace = Duration::minutes(10);
constexpr Duration kBound = Duration::seconds(30);

Laws::Bounds all_switched_on() { return {kBound, kBound, Duration{}, {}, {}, kBound, kGrace}; }

/// One slot, laws that watch it, and an AWS that is told what to do by hand.
struct Trial {
  Cloud cloud{{}};
  Chance chance{1};
  Laws laws{cloud.sandbox(), all_switched_on()};
  sandbox::Slot there = Cloud::slot("dev-web", "PowerUser", "ana");
  access::Slot slot = slot_of(there);
  aws::InstanceArn instance = std::get<aws::Instances>(tell_aws(aws::ListInstances{}, kNoon)).items.front().arn;
  std::int64_t entries = 0;
  std::vector<access::Entry> ledger;
  control::CallId calls = 0;

  enum class Since { kNoon, kNever };
  /// Since when AWS and the ledger work, and what is owed is to come.
  explicit Trial(Since quiet = Since::kNoon) {
    if (quiet == Since::kNoon) laws.note_quiet(kNoon);
  }

  aws::Reply tell_aws(const aws::Call& call, Instant at) {
    auto reply = cloud.answer(call, at, at, {}, chance);
    EXPECT_TRUE(reply.has_value()) << aws::operation_of(call);
    return reply.value_or(aws::Reply(aws::Acknowledged{}));
  }
  void note(access::Event event, Instant at) {
    ledger.push_back({entries++, at, {}, {}, std::move(event)});
    laws.note_entry(ledger.back(), at);
  }
  /// As the program would: the laws see it go out and come back.
  void send(const aws::Call& call, Instant at) {
    const CallKey key{1, ++calls};
    laws.note_call(key, {key.id, call, control::Lane::kGrant}, at);
    laws.note_reply(key, tell_aws(call, at));
  }
  void pass(Instant at) {
    cloud.sandbox().advance(at);
    laws.check(at);
  }
  [[nodiscard]] aws::Assignment assignment() const {
    return {slot.account, slot.permission_set, aws::PrincipalType::kUser, slot.principal.str()};
  }
  [[nodiscard]] aws::Schedule schedule(Instant at) const {
    return {control::switch_name(slot), "AccessGuard", at, cloud.scheduler_role(), instance, assignment()};
  }

  void ask(std::vector<access::Step> steps = {}, std::string id = "req_1") {
    access::Request request;
    request.id = access::RequestId(std::move(id));
    request.requester = slot.principal;
    request.permission_set = slot.permission_set;
    request.permission_set_name = "PowerUser";
    request.session_duration = kHour;
    request.duration = kHour;
    request.steps = std::move(steps);
    request.session_end = access::SessionEnd::kHard;
    note(access::RequestSubmitted{request}, kNoon);
  }
  void approve(Instant start, Instant at = kNoon, std::string request = "req_1", std::string grant = "grt_1") {
    note(
        access::RequestApproved{
            access::RequestId(std::move(request)), start, start + kHour, {{access::GrantId(std::move(grant)), slot}}},
        at);
  }
  /// From noon to one o'clock, with the schedule that would undo it.
  void give() {
    ask();
    approve(kNoon);
    note(access::CreateIntended{slot}, kNoon);
    send(aws::CreateSchedule{schedule(kNoon + kHour + kGrace), "token"}, kNoon);
    send(aws::CreateAccountAssignment{instance, assignment()}, kNoon);
    pass(kNoon + Duration::seconds(20));
    EXPECT_TRUE(cloud.sandbox().is_present(there));
  }
  Instant over = kNoon + kHour;
  Instant gone = over + Duration::seconds(10);
  void end() {
    note(access::GrantEnding{access::GrantId("grt_1"), access::EndCause::kExpiry, {}}, over);
    note(access::DeleteIntended{slot}, over);
    send(aws::DeleteAccountAssignment{instance, assignment()}, over);
    pass(gone);
    EXPECT_FALSE(cloud.sandbox().is_present(there));
    note(access::SlotAbsent{slot, gone}, gone);
  }
  /// Once more, an hour after the first time.
  Instant again = over + kHour;
  void give_again() {
    ask({}, "req_2");
    approve(again, again, "req_2", "grt_2");
    note(access::CreateIntended{slot}, again);
    send(aws::CreateSchedule{schedule(again + kHour + kGrace), "token-2"}, again);
    send(aws::CreateAccountAssignment{instance, assignment()}, again);
    pass(again + Duration::seconds(20));
    EXPECT_TRUE(cloud.sandbox().is_present(there));
  }
  void disarm() { send(aws::DeleteSchedule{control::switch_name(slot), "AccessGuard", "token"}, gone); }
  void deny(const std::vector<control::DeniedSessions>& denied, Instant at) {
    (void)tell_aws(aws::UpdatePolicy{cloud.session_end_policy(), control::session_end_policy(denied)}, at);
  }
  void deny_what_ended() { deny({{slot, "PowerUser", gone}}, gone); }

  /// What was broken of one law, or of all of them.
  [[nodiscard]] std::string broken(std::optional<int> law = {}) const {
    std::string told;
    for (const auto& breach : laws.broken()) {
      if (!law || breach.law == *law) told += to_text(breach) + "\n";
    }
    return told;
  }
};

void expect_found(const std::string& found, std::string_view words) {
  EXPECT_NE(found.find(words), std::string::npos) << "instead it says: " << found;
}

// ---- hard end ---------------------------------------------------------------------------------------------

TEST(HardEndLaw, IsSilentWhereTheSessionsAreDenied) {
  Trial trial;
  trial.give();
  trial.end();
  trial.disarm();
  trial.deny_what_ended();
  trial.pass(trial.gone + Duration::minutes(2));
  trial.deny({}, trial.gone + kHour + Duration::minutes(6));
  trial.pass(trial.gone + kHour * 2);
  EXPECT_EQ(trial.broken(), "");
}

TEST(HardEndLaw, SeesSessionsThatLiveOn) {
  Trial trial;
  trial.give();
  trial.end();
  trial.disarm();
  trial.pass(trial.gone + Duration::seconds(31));
  expect_found(trial.broken(kHardEnd), "are not denied");
}

TEST(HardEndLaw, SeesThatWhatCouldBeHadUntilItWasGoneIsNotDenied) {
  Trial trial;
  trial.give();
  trial.end();
  trial.disarm();
  trial.deny({{trial.slot, "PowerUser", trial.over}}, trial.over);
  trial.pass(trial.gone + Duration::seconds(31));
  expect_found(trial.broken(kHardEnd), "are not denied");
}

TEST(HardEndLaw, SeesAnExcuseOfNoRoomWhereThereIs) {
  Trial trial;
  trial.give();
  trial.end();
  trial.disarm();
  trial.note(access::SessionsCutRefused{trial.slot, "no_room", ""}, trial.gone);
  trial.pass(trial.gone + Duration::seconds(31));
  expect_found(trial.broken(kHardEnd), "are not denied");
}

TEST(HardEndLaw, SeesSomebodyDeniedWhoseAccessNobodyEnded) {
  Trial trial;
  trial.deny({{trial.slot, "PowerUser", kNoon}}, kNoon);
  trial.pass(kNoon + Duration::seconds(1));
  expect_found(trial.broken(kHardEnd), "denies what nobody ended");
}

TEST(HardEndLaw, SeesWhoHoldsAccessDeniedIt) {
  for (const bool is_denied : {false, true}) {
    Trial trial;
    trial.give();
    trial.end();
    trial.disarm();
    trial.deny_what_ended();
    trial.give_again();
    const Instant later = trial.again + Duration::minutes(4);
    if (is_denied) trial.deny({{trial.slot, "PowerUser", later}}, later);
    trial.pass(later + Duration::seconds(1));
    if (is_denied) expect_found(trial.broken(kHardEnd), "who holds access is denied it");
    else EXPECT_EQ(trial.broken(), "");
  }
}

TEST(HardEndLaw, SeesWhatStaysForEver) {
  Trial trial;
  trial.give();
  trial.end();
  trial.disarm();
  trial.deny_what_ended();
  trial.pass(trial.gone + kHour + Duration::minutes(6));
  expect_found(trial.broken(kHardEnd), "what cannot live any more");
}

TEST(HardEndLaw, SeesThatNobodyIsToldThatThePolicyIsNotAttached) {
  for (const bool is_told : {true, false}) {
    Trial trial;
    trial.cloud.attach_session_end_policy({});
    trial.give();
    trial.send(aws::ListTargetsForPolicy{trial.cloud.session_end_policy(), {}}, kNoon + Duration::minutes(5));
    trial.end();
    trial.disarm();
    trial.deny_what_ended();
    if (is_told) trial.note(access::SessionsCutRefused{trial.slot, "policy_not_attached", ""}, trial.gone);
    trial.pass(trial.gone + Duration::minutes(2));
    if (is_told) EXPECT_EQ(trial.broken(), "");
    else expect_found(trial.broken(kHardEnd), "the policy is not attached");
  }
}

TEST(HardEndLaw, SeesAClaimThatCannotBeTrue) {
  Trial trial;
  trial.cloud.attach_session_end_policy({});
  trial.give();
  trial.send(aws::ListTargetsForPolicy{trial.cloud.session_end_policy(), {}}, kNoon + Duration::minutes(5));
  trial.end();
  trial.disarm();
  trial.deny_what_ended();
  trial.note(access::SessionsCut{trial.slot, trial.gone, trial.gone}, trial.gone);
  expect_found(trial.broken(kHardEnd), "are said to be denied");
}

TEST(HardEndLaw, KnowsThatOneAccountIsEnough) {
  Trial trial;
  trial.cloud.attach_session_end_policy({trial.slot.account.str()});
  trial.give();
  trial.end();
  trial.disarm();
  trial.deny_what_ended();
  trial.note(access::SessionsCut{trial.slot, trial.gone, trial.gone}, trial.gone);
  trial.pass(trial.gone + Duration::minutes(20));
  EXPECT_EQ(trial.broken(), "");
}

// ---- switch -----------------------------------------------------------------------------------------------

TEST(SwitchLaw, IsSilentWhereTheScheduleIsMadeBeforeAndGoneAfter) {
  Trial trial;
  trial.give();
  trial.end();
  trial.disarm();
  trial.deny_what_ended();
  trial.pass(trial.gone + Duration::minutes(5));
  EXPECT_EQ(trial.broken(), "");
}

TEST(SwitchLaw, SeesACreateWithoutASchedule) {
  Trial trial;
  trial.ask();
  trial.approve(kNoon);
  trial.note(access::CreateIntended{trial.slot}, kNoon);
  trial.send(aws::CreateAccountAssignment{trial.instance, trial.assignment()}, kNoon);
  expect_found(trial.broken(kSwitch), "a create without a schedule");
}

TEST(SwitchLaw, SeesAScheduleThatComesTooLate) {
  Trial trial;
  trial.ask();
  trial.approve(kNoon);
  trial.note(access::CreateIntended{trial.slot}, kNoon);
  trial.send(aws::CreateSchedule{trial.schedule(kNoon + kHour + kGrace + Duration::seconds(2)), "token"}, kNoon);
  trial.send(aws::CreateAccountAssignment{trial.instance, trial.assignment()}, kNoon);
  expect_found(trial.broken(kSwitch), "would undo it only at");
}

TEST(SwitchLaw, SeesAScheduleThatIsLeftBehind) {
  Trial trial;
  trial.give();
  trial.end();
  trial.deny_what_ended();
  trial.pass(trial.gone + Duration::seconds(6));
  EXPECT_EQ(trial.broken(), "");
  trial.pass(trial.gone + Duration::seconds(45));
  expect_found(trial.broken(kSwitch), "was left behind");
}

TEST(SwitchLaw, SeesALiveGrantThatEndsByASchedule) {
  Trial trial;
  trial.give();
  trial.send(aws::UpdateSchedule{trial.schedule(kNoon + Duration::minutes(30)), "token"}, kNoon + kBound);
  trial.pass(kNoon + Duration::minutes(33));
  expect_found(trial.broken(kSwitch), "is cut short by a schedule");
}

TEST(SwitchLaw, SeesThatWhatIsOverIsMissed) {
  Trial trial;
  trial.give();
  trial.note(access::GrantEnding{access::GrantId("grt_1"), access::EndCause::kExpiry, {}}, trial.over);
  trial.note(access::SlotMissing{trial.slot, trial.over}, trial.over);
  expect_found(trial.broken(kSwitch), "what is over is missed");
}

/// The program is dead, and AWS removes it; then somebody reads all assignments.
TEST(SwitchLaw, SeesThatItsRemovalIsTakenForSomebodysDoing) {
  for (const bool is_blamed : {false, true}) {
    Trial trial(Trial::Since::kNever);
    trial.give();
    const Instant later = trial.over + kGrace + Duration::minutes(3);
    trial.pass(later);
    EXPECT_FALSE(trial.cloud.sandbox().is_present(trial.there));
    if (is_blamed) {
      trial.note(
          access::AssignmentVanished{trial.slot.account, trial.slot.permission_set, trial.slot.principal, {}, later},
          later);
    }
    if (is_blamed) expect_found(trial.broken(kSwitch), "taken for somebody's doing");
    else EXPECT_EQ(trial.broken(), "");
  }
}

// ---- restored ---------------------------------------------------------------------------------------------

/// The ledger forgets all but the request and its approval, and access is given by what it knows.
struct RestoredLaw : ::testing::Test, Trial {
  void forget() {
    ask();
    approve(kNoon);
    note(access::CreateIntended{slot}, kNoon);
    const std::vector<access::Entry> kept(ledger.begin(), ledger.begin() + 2);
    laws.note_restored(kept, {ledger.back()}, kNoon);
  }
  void accept() { note(access::RollbackAccepted{}, kNoon); }
  void sweep() {
    for (const auto& person : cloud.sandbox().people()) {
      const aws::ListAccountAssignmentsForPrincipal list{instance, aws::PrincipalType::kUser, person.id.str(), {}};
      const CallKey key{1, ++calls};
      laws.note_call(key, {key.id, list, control::Lane::kBulk},
                     kNoon + Duration::seconds(static_cast<std::int64_t>(calls)));
      laws.note_reply(key, aws::Assignments{});
    }
  }
  void create() {
    note(access::CreateIntended{slot}, kNoon);
    send(aws::CreateSchedule{schedule(kNoon + kHour + kGrace), "token"}, kNoon);
    send(aws::CreateAccountAssignment{instance, assignment()}, kNoon);
  }
};

TEST_F(RestoredLaw, SeesAccessThatIsGivenByAnOlderLedger) {
  forget();
  create();
  expect_found(broken(kRestored), "by a ledger that came back older");
}

TEST_F(RestoredLaw, SeesAccessThatIsGivenBeforeEverythingWasLookedThrough) {
  forget();
  accept();
  create();
  expect_found(broken(kRestored), "before everything was looked through");
}

TEST_F(RestoredLaw, CountsNoListOfBeforeItWasAccepted) {
  forget();
  sweep();
  accept();
  create();
  expect_found(broken(kRestored), "before everything was looked through");
}

TEST_F(RestoredLaw, IsSilentAfterThat) {
  forget();
  accept();
  sweep();
  create();
  EXPECT_EQ(broken(), "");
}

TEST_F(RestoredLaw, WantsSomebodyToBeTold) {
  forget();
  laws.check_told_of_restore();
  expect_found(broken(kRestored), "nobody is told");
}

TEST_F(RestoredLaw, IsSilentWhenTheLedgerSaysIt) {
  forget();
  note(access::GrantsSuspended{"ledger_rolled_back", ""}, kNoon);
  laws.check_told_of_restore();
  EXPECT_EQ(broken(), "");
}

TEST_F(RestoredLaw, KnowsWhatNobodyWasToldOf) {
  ask();
  approve(kNoon);
  note(access::CreateIntended{slot}, kNoon);
  send(aws::CreateSchedule{schedule(kNoon + kHour + kGrace), "token"}, kNoon);
  send(aws::CreateAccountAssignment{instance, assignment()}, kNoon);
  pass(kNoon + Duration::seconds(20));
  laws.note_restored({}, ledger, kNoon + kBound);
  EXPECT_EQ(laws.lost_track_of(), std::vector{slot});
  note(access::AssignmentAppeared{slot.account, slot.permission_set, slot.principal, {}, kNoon + kBound},
       kNoon + kBound);
  EXPECT_TRUE(laws.lost_track_of().empty());
}

// ---- changed set ------------------------------------------------------------------------------------------

/// A lead has agreed to what begins in ten minutes; then the permission set becomes another one.
struct ChangedSetLaw : ::testing::Test, Trial {
  Instant changed = kNoon + Duration::minutes(1);
  void decide() {
    const auto lead = access::UserId(Cloud::slot("dev-web", "ReadOnly", "bo").principal_id);
    const auto& request = std::get<access::RequestSubmitted>(ledger.front().event).request;
    note(
        access::RequestDecided{
            request.id, access::version_of(request), access::Verdict::kApprove, lead, "bo", 0, {}, {}},
        kNoon);
  }
  void ask_a_lead() { ask({{{{access::PartyKind::kGroup, "g", "TeamLeads"}}, 1}}); }
  void change() {
    laws.note_set_changed(slot.permission_set, changed);
    EXPECT_TRUE(laws.is_set_unnoticed());
    access::PermissionSetSeen seen;
    seen.permission_set = slot.permission_set;
    seen.content = "new";
    seen.was_content = "old";
    note(std::move(seen), changed);
    EXPECT_FALSE(laws.is_set_unnoticed());
  }
  void look() { pass(changed + Duration::seconds(1)); }
};

TEST_F(ChangedSetLaw, SeesARequestThatGoesOn) {
  ask_a_lead();
  change();
  look();
  expect_found(broken(kSetChanged), "goes on although its permission set is another one now");
}

TEST_F(ChangedSetLaw, SeesARequestThatBecomesAGrant) {
  ask_a_lead();
  decide();
  change();
  approve(kNoon);
  expect_found(broken(kSetChanged), "became a grant although");
}

TEST_F(ChangedSetLaw, IsSilentWhereTheRequestIsVoidInTheSameTurn) {
  ask_a_lead();
  change();
  note(access::RequestVoided{access::RequestId("req_1"), "permission_set_changed", ""}, changed);
  look();
  EXPECT_EQ(broken(), "");
}

TEST_F(ChangedSetLaw, SeesAGrantThatHasNotBegunAndStays) {
  ask_a_lead();
  decide();
  approve(kNoon + kGrace);
  change();
  look();
  expect_found(broken(kSetChanged), "was agreed to for what the permission set was");
}

TEST_F(ChangedSetLaw, IsSilentWhereThatGrantEnds) {
  ask_a_lead();
  decide();
  approve(kNoon + kGrace);
  change();
  note(access::GrantEnding{access::GrantId("grt_1"), access::EndCause::kHolder, {}}, changed);
  look();
  EXPECT_EQ(broken(), "");
}

TEST_F(ChangedSetLaw, LeavesAloneWhatHasBegunAndWhatNobodyAgreedTo) {
  give();
  change();
  look();
  EXPECT_EQ(broken(), "");
}

// ---- the whole program, where the policy is not attached ---------------------------------------------------

TEST(HardEndScenario, IsToldWhereThePolicyIsNotAttachedAndCutsWhereItIsAgain) {
  WorldOptions options;
  options.bounds = all_switched_on();
  options.bounds.present_within = options.bounds.absent_within = options.bounds.denied_within.emplace(kBound);
  World world(options);
  world.stop_faults();
  world.cloud().attach_session_end_policy({});
  const auto tells = [&](std::string_view words) {
    return std::any_of(world.ledger().begin(), world.ledger().end(),
                       [&](const std::string& entry) { return entry.find(words) != std::string::npos; });
  };
  world.run_for(Duration::minutes(8));  // it was read
  const auto asked = world.ask("ana", "prod-web", "PowerUser", Duration::minutes(2));
  ASSERT_TRUE(asked.has_value()) << asked.error().code << ": " << asked.error().message << world.story();
  world.run_for(Duration::minutes(4));
  EXPECT_TRUE(tells("policy_not_attached")) << world.story();
  EXPECT_FALSE(tells("\"kind\":\"sessions.cut\""));
  world.cloud().attach_session_end_policy({world.cloud().root()});
  EXPECT_TRUE(world.run_until(Duration::minutes(8), [&] { return tells("\"kind\":\"sessions.cut\""); }));
  world.run_for(Duration::minutes(1));
  for (const auto& breach : world.laws().broken()) ADD_FAILURE() << to_text(breach);
}

}  // namespace
}  // namespace ag::simulation
