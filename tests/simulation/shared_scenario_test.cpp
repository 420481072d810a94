#include "simulation/scene.hpp"

/// Row 18 of the failure catalogue: somebody else makes what is ours, and AWS does not say so.
namespace ag::simulation {
namespace {

/// A world in which somebody makes by hand, too, what ana has for ten minutes.
struct Shared : Scene {
  static WorldOptions options(Duration delay, access::ForeignCreates at_expiry) {
    WorldOptions options = options_for(kBound, 1, {});
    options.behaviour.trail_delay_min = options.behaviour.trail_delay_max = delay;
    options.trail.at_expiry = options.bounds.foreign_creates = at_expiry;
    return options;
  }
  static constexpr Duration kSeen = Duration::seconds(5);
  explicit Shared(Duration delay = Duration::minutes(3),
                  access::ForeignCreates at_expiry = access::ForeignCreates::kHold)
      : Scene(options(delay, at_expiry)) {}

  /// Somebody in the console gives it; what is given before ours was seen counts as ours.
  void give() {
    run_for(kSeen);
    sandbox().add_standing(slot, now());
  }
  void rest() {
    come_to_rest(*this, kBound);
    expect_lawful();
  }
};

TEST(Scenario, Row18_SomebodyElseMakesTheAssignmentDuringOurGrant) {
  Shared scene;
  const auto request = scene.ana_asks(Duration::minutes(10));
  ASSERT_TRUE(scene.comes());
  scene.run_for(Duration::minutes(2));
  scene.give();
  scene.run_for(Duration::minutes(5));
  EXPECT_TRUE(scene.tells("slot.shared")) << "it is known before the end, so that people can do something about it";
  scene.run_for(Duration::minutes(4));
  EXPECT_TRUE(scene.tells("slot.handed_over"));
  EXPECT_FALSE(scene.tells("slot.delete_intended"));
  EXPECT_TRUE(scene.is_there()) << "it is his";
  EXPECT_EQ(scene.laws().grants_over(), 1U);
  const auto& grant = *scene.core()->state().grants.find(scene.core()->state().requests.find(request)->grants.at(0));
  EXPECT_EQ(grant.status, access::Status::kEnded);
  EXPECT_NE(grant.handed_over->by.find("AdministratorAccess"), std::string::npos);
  scene.run_for(Duration::minutes(6));  // until it was read what stands
  const auto again = scene.ask("ana", "dev-web", "ReadOnly", Duration::minutes(5));
  EXPECT_EQ(again ? "" : again.error().code, "already_held");
  scene.rest();
  EXPECT_TRUE(scene.is_there());
}

TEST(Scenario, Row18_WhereItIsToBeDeletedItGoesAllTheSame) {
  Shared scene(Duration::minutes(3), access::ForeignCreates::kDelete);
  scene.ana_asks(Duration::minutes(10));
  ASSERT_TRUE(scene.comes());
  scene.give();
  scene.run_for(Duration::minutes(6));
  EXPECT_TRUE(scene.tells("slot.shared")) << "people are told of it nevertheless";
  EXPECT_TRUE(scene.goes(Duration::minutes(5)));
  scene.expect_rest();
}

TEST(Scenario, Row18_WhoeverEndsItTakesItAway) {
  Shared scene;
  const auto request = scene.ana_asks(Duration::minutes(10));
  ASSERT_TRUE(scene.comes());
  scene.give();
  scene.run_for(Duration::minutes(5));
  ASSERT_TRUE(scene.tells("slot.shared"));
  ASSERT_TRUE(scene.end("ana", request).has_value());
  EXPECT_TRUE(scene.goes(Duration::seconds(20)));
  scene.expect_rest();
}

TEST(Scenario, Row18_ItStaysThoughNothingCanBeWritten) {
  Shared scene;
  scene.ana_asks(Duration::minutes(10));
  ASSERT_TRUE(scene.comes());
  scene.give();
  scene.run_for(Duration::minutes(5));
  scene.refuse_appends(scene.now() + Duration::minutes(8));
  scene.run_for(Duration::minutes(10));  // the laws hold meanwhile: it is not late, it is handed over
  EXPECT_TRUE(scene.tells("slot.handed_over"));
  EXPECT_TRUE(scene.is_there());
}

TEST(Scenario, Row18_ItStaysThoughItIsToldWhileNothingCanBeWritten) {
  Shared scene;
  scene.ana_asks(Duration::minutes(10));
  ASSERT_TRUE(scene.comes());
  scene.give();
  scene.refuse_appends(scene.now() + Duration::minutes(12));
  scene.run_for(Duration::minutes(11));
  EXPECT_FALSE(scene.tells("slot.shared"));
  EXPECT_TRUE(scene.is_there());
  scene.run_for(Duration::minutes(2));
  EXPECT_TRUE(scene.tells("slot.shared")) << "and the ledger is told";
  EXPECT_TRUE(scene.tells("slot.handed_over"));
  EXPECT_TRUE(scene.is_there());
  scene.rest();
}

TEST(Scenario, Row18_WhatIsToldAfterTheEndComesTooLate) {
  Shared scene(Duration::minutes(9));
  scene.ana_asks(Duration::minutes(5));
  ASSERT_TRUE(scene.comes());
  scene.give();
  EXPECT_TRUE(scene.goes(Duration::minutes(6))) << "what ends does not wait for CloudTrail";
  scene.run_for(Duration::minutes(10));
  EXPECT_FALSE(scene.tells("slot.shared"));
  scene.expect_rest();
}

TEST(Scenario, Row18_WhatWasMadeBeforeOurCreateSaysNothing) {
  Shared scene;
  scene.give();
  scene.run_for(Duration::seconds(10));
  scene.sandbox().remove_standing(scene.slot, scene.now());
  scene.run_for(Duration::seconds(10));
  scene.ana_asks(Duration::minutes(10));
  ASSERT_TRUE(scene.comes());
  scene.run_for(Duration::minutes(9));
  EXPECT_GT(scene.calls("LookupEvents"), 3U);
  EXPECT_FALSE(scene.tells("slot.shared")) << "not what he gave and took before, and not what we made ourselves";
  EXPECT_TRUE(scene.goes(Duration::minutes(2)));
  scene.expect_rest();
}

TEST(Scenario, Row18_WhatHeTookBackIsNobodys) {
  Shared scene;
  scene.ana_asks(Duration::minutes(10));
  ASSERT_TRUE(scene.comes());
  scene.give();
  scene.run_for(Duration::minutes(5));
  ASSERT_TRUE(scene.tells("slot.shared"));
  ASSERT_TRUE(scene.run_until(Duration::minutes(6), [&] { return scene.laws().last_end() <= scene.now(); }));
  scene.laws().note_taken_by_hand(slot_of(scene.slot), scene.now());
  scene.sandbox().remove_standing(scene.slot, scene.now());
  scene.run_for(Duration::seconds(30));
  EXPECT_FALSE(scene.tells("slot.handed_over")) << "a look after the end shows that it is gone";
  scene.expect_rest();
}

TEST(Scenario, Row18_TheSwitchDoesNotTakeWhatStays) {
  auto options = Shared::options(Duration::minutes(3), access::ForeignCreates::kHold);
  options.bounds.switch_grace = Duration::minutes(1);
  Scene scene(options);
  scene.ana_asks(Duration::minutes(10));
  ASSERT_TRUE(scene.comes());
  scene.run_for(Shared::kSeen);
  scene.sandbox().add_standing(scene.slot, scene.now());
  scene.run_for(Duration::minutes(15));
  EXPECT_TRUE(scene.tells("slot.handed_over"));
  EXPECT_TRUE(scene.tells("switch.disarmed"));
  EXPECT_TRUE(scene.sandbox().schedules().empty());
  EXPECT_TRUE(scene.is_there());
  come_to_rest(scene, kBound);
  scene.expect_lawful();
}

TEST(Scenario, Row18_CloudTrailThatDoesNotAnswerHoldsUpNothing) {
  Shared scene;
  scene.sandbox().deny("LookupEvents", scene.now() + Duration::hours(1));
  scene.ana_asks(Duration::minutes(10));
  ASSERT_TRUE(scene.comes());
  scene.give();
  scene.run_for(Duration::minutes(9));
  ASSERT_TRUE(scene.core()->trail_problem().has_value());
  EXPECT_EQ(scene.core()->trail_problem()->code, "AccessDeniedException");
  EXPECT_TRUE(scene.goes(Duration::minutes(2)));
  scene.expect_rest();
}

}  // namespace
}  // namespace ag::simulation
