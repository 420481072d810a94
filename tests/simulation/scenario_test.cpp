#include "simulation/policies.hpp"
#include "simulation/scene.hpp"

/// The failure catalogue, row by row: what must happen when just this goes wrong. docs/reliability.md lists them. Row
/// 18 is in shared_scenario_test.cpp.
namespace ag::simulation {
namespace {

constexpr std::string_view kCreate = "CreateAccountAssignment";
constexpr std::string_view kDelete = "DeleteAccountAssignment";

TEST(Scenario, Row01_CrashBeforeTheCreateIsSent) {
  Scene scene;
  scene.ana_asks(Duration::minutes(5));
  ASSERT_TRUE(scene.run_until(Duration::seconds(5), [&] {
    scene.crash_at(CrashPoint::kAfterAppend);
    return scene.crashes() == 1;
  }));
  EXPECT_TRUE(scene.tells("slot.create_intended"));
  EXPECT_EQ(scene.calls(kCreate), 0U);
  EXPECT_TRUE(scene.comes(Duration::minutes(1))) << "the intent was on the ledger, so it goes on";
  scene.expect_rest();
}

TEST(Scenario, Row02_CrashAfterAwsAcceptedTheCreate) {
  Scene scene;
  scene.ana_asks(Duration::seconds(30));
  ASSERT_TRUE(scene.run_until(Duration::seconds(5), [&] { return scene.calls(kCreate) == 1; }));
  scene.crash(Duration::minutes(10));
  scene.run_for(Duration::minutes(9));
  EXPECT_FALSE(scene.tells("slot.create_accepted")) << "nobody was there to hear it";
  EXPECT_TRUE(scene.is_there());
  scene.run_for(Duration::minutes(1));
  EXPECT_TRUE(scene.goes(Duration::seconds(60))) << "its end passed while the program was down";
  scene.expect_rest();
}

TEST(Scenario, Row03_TheOutcomeOfTheCreateIsUnknown) {
  Scene scene;
  scene.sandbox().disturb({.operation = std::string(kCreate), .when = sandbox::Disturbance::When::kAfterTheCall});
  scene.ana_asks(Duration::seconds(30));
  EXPECT_TRUE(scene.comes()) << "it had taken effect";
  EXPECT_TRUE(scene.run_until(Duration::seconds(20), [&] { return scene.tells("slot.present"); }))
      << "a list shows what the reply did not say";
  scene.expect_rest();
  EXPECT_TRUE(scene.tells("slot.absent"));
}

TEST(Scenario, Row04_TheCreateEndsFailed) {
  Scene scene;
  scene.sandbox().fail_next_operations(1, "Received a 404 status error: Not supported by group.");
  scene.ana_asks(Duration::minutes(5));
  EXPECT_TRUE(scene.run_until(Duration::seconds(30), [&] { return scene.laws().grants_over() == 1; }));
  EXPECT_TRUE(scene.tells("grant.failed")) << "the requester is told";
  EXPECT_GT(scene.calls("ListAccountAssignments"), 1U) << "and a list has shown that nothing is there";
  scene.expect_rest();
}

TEST(Scenario, Row05_InProgressForever) {
  Scene scene;
  scene.sandbox().stick_next_operations(1, Duration::minutes(25));
  scene.ana_asks(Duration::minutes(2));
  scene.run_for(Duration::minutes(24));
  EXPECT_EQ(scene.laws().grants_over(), 0U) << "never marked done while it may still come";
  scene.run_for(Duration::minutes(2));
  EXPECT_TRUE(scene.goes(Duration::minutes(2)));
  scene.expect_rest(Duration::minutes(3));
}

TEST(Scenario, Row06_TheDeleteEndsFailed) {
  Scene scene;
  scene.ana_asks(Duration::seconds(30));
  ASSERT_TRUE(scene.comes());
  scene.sandbox().fail_next_operations(12, "");
  EXPECT_TRUE(scene.goes(Duration::minutes(15)));
  EXPECT_GT(scene.calls(kDelete), 12U);
  scene.expect_rest();
}

TEST(Scenario, Row07_ThrottlingErrorsAndConflicts) {
  Scene scene;
  Faults faults;
  faults.throttled = 400;
  faults.internal = 200;
  faults.conflicts = 300;
  scene.set_faults(faults);
  scene.ana_asks(Duration::seconds(30));
  EXPECT_TRUE(scene.comes(Duration::minutes(5)) || scene.laws().grants_over() == 1);
  scene.run_for(Duration::minutes(10));
  EXPECT_FALSE(scene.is_there()) << "it got through all the same";
  scene.expect_rest();
}

TEST(Scenario, Row08_HundredsOfEndsInOneSecond) {
  Scene scene(Duration::minutes(10));
  scene.stop_faults();
  const Instant end = scene.now() + Duration::minutes(20);
  std::size_t asked = 0;
  for (const std::string_view who : {"ana", "bo", "emil", "hana", "kofi", "lena", "mateo", "omar", "ines", "jonas",
                                     "quinn", "rosa", "xavi", "yuki", "zoe", "amara", "bruno", "elif", "liam"}) {
    for (const std::string_view account : {"prod-payments", "prod-web", "prod-data", "staging-payments", "network-hub",
                                           "log-archive", "security-audit", "dev-payments", "sandbox-experiments"}) {
      const auto length = Duration::seconds((end - scene.now()).count_seconds());
      if (scene.ask(who, account, "ReadOnly", length)) ++asked;
    }
  }
  EXPECT_GT(asked, 150U);
  scene.run_for(end - scene.now());
  EXPECT_TRUE(scene.run_until(Duration::minutes(4), [&] { return scene.laws().grants_over() == asked; }))
      << scene.laws().grants_over() << " of " << asked;
  EXPECT_EQ(scene.cloud().refusals("ThrottlingException"), 0U) << "AWS's limits are kept, not tried";
  scene.expect_lawful();
}

TEST(Scenario, Row09_TheClockJumps) {
  Scene ahead;
  ahead.ana_asks(Duration::minutes(3));
  ASSERT_TRUE(ahead.comes());
  ahead.set_clocks(Duration::minutes(2), {});
  ahead.run_for(Duration::seconds(2));
  const auto refused = ahead.ask("ana", "dev-payments", "ReadOnly", Duration::minutes(1));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "clock_disagrees");
  EXPECT_TRUE(ahead.goes(Duration::seconds(80))) << "by the clock that says so first";
  ahead.expect_rest();

  Scene behind;
  behind.ana_asks(Duration::minutes(1));
  ASSERT_TRUE(behind.comes());
  behind.set_clocks({}, Duration::minutes(4));
  EXPECT_TRUE(behind.goes(Duration::seconds(80))) << "AWS's clock says so first";
  behind.expect_rest();
}

TEST(Scenario, Row10_DaylightSavingAndTheTurnOfTheYear) {
  for (const std::string_view start : {"2026-03-29T00:58:00Z", "2026-10-25T00:58:00Z", "2026-12-31T23:58:00Z"}) {
    Scene scene(Duration::seconds(30), 1, *parse_rfc3339(start));
    scene.stop_faults();
    scene.ana_asks(Duration::minutes(5));
    ASSERT_TRUE(scene.comes());
    scene.run_for(Duration::minutes(4) + Duration::seconds(30));
    EXPECT_TRUE(scene.is_there()) << start << ": taken away before its end";
    EXPECT_TRUE(scene.goes(Duration::seconds(60))) << start;
    scene.expect_lawful();
  }
}

TEST(Scenario, Row11_TheLedgerIsDown) {
  Scene scene;
  scene.ana_asks(Duration::minutes(1));
  ASSERT_TRUE(scene.comes());
  scene.refuse_appends(scene.now() + Duration::minutes(10));
  EXPECT_FALSE(scene.ask("emil", "dev-web", "ReadOnly", Duration::minutes(30)).has_value()) << "grants are refused";
  const std::size_t creates = scene.calls(kCreate);
  EXPECT_TRUE(scene.goes(Duration::seconds(80))) << "and what ends, ends";
  EXPECT_FALSE(scene.tells("slot.absent"));
  EXPECT_EQ(scene.calls(kCreate), creates);
  scene.run_for(Duration::minutes(10));
  EXPECT_TRUE(scene.tells("slot.absent")) << "the ledger hears of it when it is back";
  scene.expect_rest();
}

TEST(Scenario, Row13_ThePermissionSetIsDeleted) {
  Scene scene;
  scene.ana_asks(Duration::minutes(1));
  ASSERT_TRUE(scene.comes());
  scene.laws().note_taken_by_hand(slot_of(scene.slot), scene.now());
  ASSERT_TRUE(scene.sandbox().remove_permission_set(scene.slot.permission_set, scene.now()));
  EXPECT_TRUE(scene.run_until(Duration::minutes(3), [&] { return scene.laws().grants_over() == 1; }));
  EXPECT_TRUE(scene.tells("slot.absent")) << "not found is gone, and the ledger says so";
  scene.expect_rest();
}

TEST(Scenario, Row14_TheUserIsDeleted) {
  Scene scene;
  scene.ana_asks(Duration::minutes(1));
  ASSERT_TRUE(scene.comes());
  ASSERT_TRUE(scene.sandbox().remove_user(sandbox::UserId(scene.slot.principal_id)));
  EXPECT_TRUE(scene.goes(Duration::minutes(2))) << "an assignment outlives its user until it is deleted";
  scene.expect_rest();
}

TEST(Scenario, Row15_TheAccountIsSuspended) {
  Scene scene;
  scene.ana_asks(Duration::minutes(1));
  ASSERT_TRUE(scene.comes());
  ASSERT_TRUE(scene.sandbox().suspend_account(scene.slot.account));
  scene.run_for(Duration::hours(3));
  EXPECT_EQ(scene.laws().grants_over(), 0U) << "blocked is not ended";
  EXPECT_TRUE(scene.is_there());
  ASSERT_TRUE(scene.sandbox().restore_account(scene.slot.account));
  EXPECT_TRUE(scene.goes(Duration::minutes(3))) << "it tries for ever";
  scene.expect_rest();
}

TEST(Scenario, Row15_TheAccountIsMovedToWhereNoRuleReaches) {
  Scene scene;
  const auto accounts = scene.core()->organization()->snapshot().accounts;
  const auto elsewhere =
      std::find_if(accounts.begin(), accounts.end(), [](const auto& each) { return each.name == "prod-web"; });
  scene.ana_asks(Duration::minutes(10));
  ASSERT_TRUE(scene.comes());
  ASSERT_TRUE(scene.apply_policy(std::string(kOnlyInDev)).has_value());
  scene.cloud().move(scene.slot.account, elsewhere->units.back().str());
  const auto lies_elsewhere = [&] {
    const auto organization = scene.core()->organization();
    const auto account = organization->account(scene.slot.account.str(), "account");
    return account && (*account)->path == elsewhere->path;
  };
  ASSERT_TRUE(scene.run_until(Duration::minutes(8), lies_elsewhere));
  EXPECT_TRUE(scene.is_there()) << "what was agreed holds until its end";
  EXPECT_FALSE(scene.ask("emil", "dev-web", "ReadOnly", Duration::minutes(5)).has_value());
  EXPECT_TRUE(scene.goes(Duration::minutes(12)));
  scene.expect_rest();
}

TEST(Scenario, Row15_TheAccountIsClosedAndGoneForGood) {
  Scene scene;
  scene.ana_asks(Duration::minutes(1));
  ASSERT_TRUE(scene.comes());
  scene.cloud().suspend(scene.slot.account);
  scene.run_for(Duration::hours(2));
  EXPECT_EQ(scene.laws().grants_over(), 0U) << "what is there in a closed account is not gone";
  scene.cloud().remove_account(scene.slot.account, scene.now());
  EXPECT_TRUE(scene.run_until(Duration::minutes(3), [&] { return scene.laws().grants_over() == 1; }));
  EXPECT_TRUE(scene.tells("slot.absent"));
  scene.expect_rest();
}

TEST(Scenario, Row16_TheAssignmentWasThereBefore) {
  Scene scene;
  scene.sandbox().add_standing(scene.slot, scene.now());
  scene.ana_asks(Duration::minutes(1));
  EXPECT_TRUE(scene.run_until(Duration::seconds(30), [&] { return scene.laws().grants_over() == 1; }));
  EXPECT_TRUE(scene.tells("slot.standing"));
  scene.run_for(Duration::minutes(5));
  EXPECT_TRUE(scene.is_there()) << "not ours to take";
  EXPECT_EQ(scene.calls(kDelete), 0U);
  scene.expect_lawful();
}

TEST(Scenario, Row19_OverlappingGrantsOfOneSlot) {
  Scene scene;
  scene.ana_asks(Duration::minutes(1));
  scene.run_for(Duration::seconds(20));
  scene.ana_asks(Duration::minutes(3));
  scene.run_for(Duration::minutes(2));
  EXPECT_TRUE(scene.is_there()) << "the second grant keeps it";
  EXPECT_EQ(scene.calls(kDelete), 0U);
  EXPECT_TRUE(scene.tells("grant.covered"));
  EXPECT_TRUE(scene.goes(Duration::minutes(2)));
  scene.expect_rest();
}

TEST(Scenario, Row20_OneEndsInTheMomentInWhichTheOtherStarts) {
  Scene scene;
  const Instant end = scene.now() + Duration::minutes(1);
  scene.ana_asks(Duration::minutes(1));
  scene.ana_asks(Duration::minutes(1), end);
  scene.run_for(Duration::seconds(90));
  EXPECT_TRUE(scene.is_there());
  EXPECT_EQ(scene.calls(kDelete), 0U);
  EXPECT_TRUE(scene.goes(Duration::minutes(2)));
  scene.expect_rest();
}

TEST(Scenario, Row21_TwoProgramsOnOneLedger) {
  Scene scene(kBound, 2);
  scene.ana_asks(Duration::minutes(2));
  ASSERT_TRUE(scene.comes());
  scene.crash(Duration::hours(1), 0);  // the one that did the work is gone
  EXPECT_TRUE(scene.goes(Duration::minutes(3))) << "the other one takes it away";
  scene.run_for(Duration::hours(1));
  scene.expect_rest();
}

TEST(Scenario, Row22_ACreateThatTakesEffectLongAfterTheEnd) {
  WorldOptions options = options_for(kBound, 1, {});
  options.latest = Duration::minutes(12);
  options.bounds.late_creates = Duration::minutes(61);
  Scene scene(options);
  Faults faults;
  faults.late_creates = 1'000;
  scene.set_faults(faults);
  scene.ana_asks(Duration::seconds(15));
  ASSERT_TRUE(scene.run_until(Duration::seconds(10), [&] { return scene.calls(kCreate) == 1; }));
  scene.set_faults({});
  scene.run_for(Duration::minutes(70));
  EXPECT_TRUE(scene.tells("slot.absent"));
  EXPECT_FALSE(scene.is_there()) << "it is looked for after one, five, fifteen and sixty minutes";
  scene.expect_rest();
}

TEST(Scenario, Row23_ANewGrantWhileTheDeleteIsUnderWay) {
  Scene scene;
  scene.ana_asks(Duration::seconds(20));
  ASSERT_TRUE(scene.comes());
  ASSERT_TRUE(scene.run_until(Duration::minutes(1), [&] { return scene.calls(kDelete) == 1; }));
  scene.ana_asks(Duration::minutes(5));
  scene.run_for(Duration::seconds(30));
  EXPECT_TRUE(scene.is_there()) << "it was made again";
  scene.expect_rest();
}

TEST(Scenario, Row24_AnUpgradeWithGrantsInFlight) {
  Scene scene;
  const auto other = scene.World::slot("prod-web", "PowerUser", "emil");
  scene.ana_asks(Duration::minutes(2));                                                       // active
  ASSERT_TRUE(scene.ask("emil", "prod-web", "PowerUser", Duration::minutes(1)).has_value());  // ends meanwhile
  const auto pending = scene.ask("hana", "dev-payments", "ProdAdmin", Duration::minutes(1));
  ASSERT_TRUE(pending.has_value());
  scene.run_for(Duration::seconds(50));
  scene.crash(Duration::seconds(30));
  scene.run_for(Duration::seconds(32));
  EXPECT_TRUE(scene.approve("bo", *pending).has_value()) << "what waited goes on waiting";
  EXPECT_TRUE(scene.run_until(Duration::seconds(30), [&] { return !scene.sandbox().is_present(other); }));
  scene.expect_rest();
  EXPECT_EQ(scene.laws().grants(), 3U);
}

TEST(Scenario, Row25_ApproverAndPolicyAreGoneBeforeTheEnd) {
  Scene scene;
  const auto request = scene.ask("hana", "dev-payments", "ProdAdmin", Duration::minutes(1));
  ASSERT_TRUE(request && scene.approve("bo", *request));
  const auto slot = scene.World::slot("dev-payments", "ProdAdmin", "hana");
  ASSERT_TRUE(scene.run_until(Duration::seconds(20), [&] { return scene.sandbox().is_present(slot); }));
  ASSERT_TRUE(scene.apply_policy(std::string(kClosedPolicy)).has_value());
  const auto approver = scene.World::slot("dev-payments", "ProdAdmin", "bo").principal_id;
  ASSERT_TRUE(scene.sandbox().remove_user(sandbox::UserId(approver)));
  EXPECT_TRUE(scene.run_until(Duration::minutes(2), [&] { return !scene.sandbox().is_present(slot); }));
  scene.expect_rest();
}

TEST(Scenario, Row27_TheServersCredentialsAreRefused) {
  Scene scene;
  scene.ana_asks(Duration::minutes(1));
  ASSERT_TRUE(scene.comes());
  scene.sandbox().disturb({.operation = std::string(kDelete),
                           .when = sandbox::Disturbance::When::kInsteadOfTheCall,
                           .times = 20,
                           .http_status = 400,
                           .code = "UnrecognizedClientException",
                           .message = "The security token included in the request is invalid."});
  scene.run_for(Duration::minutes(10));
  EXPECT_TRUE(scene.is_there());
  EXPECT_EQ(scene.laws().grants_over(), 0U);
  EXPECT_TRUE(scene.goes(Duration::minutes(25))) << "it asks again until it is known again";
  scene.expect_rest();
}

TEST(Scenario, Row29_OneSickSlotDelaysNoOther) {
  Scene scene(Duration::hours(2));
  scene.ana_asks(Duration::minutes(1));
  ASSERT_TRUE(scene.comes());
  ASSERT_TRUE(scene.sandbox().suspend_account(scene.slot.account));
  const auto healthy = scene.World::slot("prod-web", "PowerUser", "emil");
  ASSERT_TRUE(scene.ask("emil", "prod-web", "PowerUser", Duration::minutes(5)).has_value());
  scene.run_for(Duration::minutes(5));
  EXPECT_TRUE(scene.is_there());
  EXPECT_TRUE(scene.run_until(Duration::seconds(20), [&] { return !scene.sandbox().is_present(healthy); }));
  ASSERT_TRUE(scene.sandbox().restore_account(scene.slot.account));
  scene.expect_rest();
}

TEST(Scenario, Row30_TheDeleteIsDenied) {
  Scene scene;
  scene.ana_asks(Duration::minutes(1));
  ASSERT_TRUE(scene.comes());
  scene.sandbox().deny(std::string(kDelete), scene.now() + Duration::hours(2));
  scene.run_for(Duration::hours(1));
  EXPECT_TRUE(scene.is_there());
  EXPECT_EQ(scene.laws().grants_over(), 0U) << "denied is not ended";
  EXPECT_GT(scene.calls(kDelete), 30U) << "denied today is not denied for ever";
  scene.run_for(Duration::hours(1));
  EXPECT_TRUE(scene.goes(Duration::minutes(3)));
  scene.expect_rest();
}

TEST(Scenario, Row31_TheDiskIsFull) {
  Scene scene;
  scene.ana_asks(Duration::minutes(1));
  ASSERT_TRUE(scene.comes());
  scene.refuse_appends(scene.now() + Duration::hours(1));
  EXPECT_FALSE(scene.ask("emil", "dev-web", "ReadOnly", Duration::minutes(1)).has_value()) << "grants stop first";
  EXPECT_TRUE(scene.goes(Duration::seconds(80)));
  scene.crash(Duration::seconds(5));
  scene.run_for(Duration::hours(1));
  EXPECT_TRUE(scene.tells("slot.absent")) << "what was spooled outlives the process";
  ASSERT_TRUE(scene.ask("emil", "dev-web", "ReadOnly", Duration::minutes(1)).has_value());
  scene.expect_rest();
}

TEST(Scenario, Row32_TimesThatCannotBe) {
  Scene scene;
  EXPECT_FALSE(scene.ask("ana", "dev-web", "ReadOnly", Duration::max()).has_value());
  EXPECT_FALSE(scene.ask("ana", "dev-web", "ReadOnly", Duration::seconds(-5)).has_value());
  EXPECT_FALSE(scene.ask("ana", "dev-web", "ReadOnly", Duration{}).has_value());
  EXPECT_FALSE(scene.ask("ana", "dev-web", "ReadOnly", Duration::minutes(1), Instant::max()).has_value());
  EXPECT_FALSE(scene.ask("ana", "dev-web", "ReadOnly", Duration::minutes(1), Instant{}).has_value());
  EXPECT_FALSE(parse_rfc3339("9999-12-31T23:59:59Z").has_value());
  EXPECT_EQ(scene.laws().grants(), 0U);
  scene.expect_rest();
}

// ---- the ledger that forgot, and what cannot be done yet ---------------------------------------------------

TEST(Scenario, Row12_AFailoverLosesTheLastCommits) {
  Scene scene;
  scene.stop_faults();  // it starts again with the picture of the organization that it had
  const std::size_t before = scene.ledger().size();
  scene.ana_asks(Duration::hours(1));
  ASSERT_TRUE(scene.comes());
  scene.run_for(Duration::seconds(5));
  scene.restore_ledger(before);
  scene.run_for(Duration::minutes(8));
  EXPECT_TRUE(scene.tells("assignment.appeared")) << "the sweep finds what the ledger does not know\n" << scene.story();
  EXPECT_TRUE(scene.tells("grants.suspended"));
}

TEST(Scenario, Row17_TheLedgerIsRestoredFromABackup) {
  Scene scene;
  scene.ana_asks(Duration::minutes(2));
  ASSERT_TRUE(scene.comes());
  scene.run_for(Duration::seconds(5));
  const std::size_t backup = scene.ledger().size();
  ASSERT_TRUE(scene.ask("emil", "prod-web", "PowerUser", Duration::hours(1)).has_value());
  scene.run_for(Duration::seconds(20));
  scene.restore_ledger(backup);
  scene.run_for(Duration::seconds(10));
  const auto refused = scene.ask("hana", "dev-web", "ReadOnly", Duration::minutes(1));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "ledger_rolled_back");
  EXPECT_TRUE(scene.goes(Duration::minutes(3))) << "what the ledger knows ends in its time";
}

TEST(Scenario, Row26_RevokesGoOnWhileNothingCanBeWritten) {
  Scene scene;
  const auto request = scene.ana_asks(Duration::hours(1));
  ASSERT_TRUE(scene.comes());
  scene.refuse_appends(scene.now() + Duration::minutes(10));
  scene.run_for(Duration::seconds(5));
  EXPECT_TRUE(scene.end("ana", request).has_value()) << "an early end is taken, too";
  EXPECT_TRUE(scene.goes(Duration::seconds(20)));
  scene.run_for(Duration::minutes(10));
  EXPECT_TRUE(scene.tells("grant.ending"));
  scene.expect_rest();
}

}  // namespace
}  // namespace ag::simulation
