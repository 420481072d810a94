#include <gtest/gtest.h>

#include "access/test_world.hpp"

/// What the ledger says of an assignment that somebody else has made too.
namespace ag::access {
namespace {

using test::World;

constexpr std::string_view kFree = R"(version: 1
rules:
  - {id: free, who: {everyone: true}, what: ["*"], where: [all], max: 8h, approval: nobody, end: hard}
approval_policies:
  nobody: {steps: []}
)";

struct Shared : ::testing::Test {
  Shared() {
    world.apply_policy(kFree);
    id = world.asked("ana", {.accounts = {"play"}, .permission_set = "ReadOnly", .duration = Duration::hours(1)});
    slot = world.grant(id).slot;
    world.record(CreateIntended{slot});
    world.record(SlotPresent{slot, world.now});
  }
  void share(ForeignCreates at_expiry = ForeignCreates::kHold) {
    world.record(SlotShared{slot, "e-1", "arn:them", world.now, at_expiry});
  }
  [[nodiscard]] const SlotState* row() const { return world.state.slots.find(slot); }
  [[nodiscard]] bool stays() const { return row() != nullptr && is_to_stay(world.state, *row()); }
  [[nodiscard]] bool is_cut() const { return world.state.cuts.find(slot) != nullptr; }
  void end(EndCause cause) { world.record(GrantEnding{world.grant(id).id, cause, {}}); }

  World world;
  RequestId id;
  Slot slot;
};

TEST_F(Shared, StaysWhenItExpiresAndOnlyThen) {
  share();
  EXPECT_FALSE(stays()) << "it is not over yet";
  world.pass(Duration::hours(1));
  EXPECT_EQ(world.status(id), Status::kEnding);
  EXPECT_TRUE(stays());
}

TEST_F(Shared, GoesWhereItIsToBeDeleted) {
  share(ForeignCreates::kDelete);
  world.pass(Duration::hours(1));
  EXPECT_FALSE(stays());
  EXPECT_TRUE(is_cut());
}

TEST_F(Shared, GoesWhenSomebodyEndsIt) {
  share();
  end(EndCause::kHolder);
  EXPECT_FALSE(stays());
  EXPECT_TRUE(is_cut()) << "and its sessions are cut";
}

TEST_F(Shared, IsClosedByTheHandOver) {
  share();
  world.pass(Duration::hours(1));
  world.record(SlotHandedOver{slot, "e-1", "arn:them", world.now});
  EXPECT_EQ(world.status(id), Status::kEnded);
  ASSERT_NE(world.grant(id).handed_over, nullptr);
  EXPECT_EQ(world.grant(id).handed_over->by, "arn:them");
  EXPECT_FALSE(world.grant(id).absent_at.has_value());
  EXPECT_EQ(row(), nullptr);
  EXPECT_EQ(world.state.released.find(slot), nullptr) << "nobody looks for what may come back";
  EXPECT_EQ(world.state.holdings.find(UserId("u-ana")), nullptr);
}

TEST_F(Shared, CutsNoSessionsWhereTheAccessGoesOn) {
  share();
  world.pass(Duration::hours(1));
  EXPECT_FALSE(is_cut());
  world.record(SlotHandedOver{slot, "e-1", "arn:them", world.now});
  EXPECT_FALSE(is_cut());
}

TEST_F(Shared, CutsThemWhenItTurnsOutToBeGone) {
  share();
  world.pass(Duration::hours(1));
  world.record(DeleteIntended{slot});
  world.record(SlotAbsent{slot, world.now});
  EXPECT_TRUE(is_cut());
}

TEST_F(Shared, IsForgottenWithTheNextLifeOfTheSlot) {
  share();
  world.record(SlotMissing{slot, world.now});
  EXPECT_EQ(row()->shared, nullptr);
  world.record(CreateIntended{slot});
  share();
  world.record(CreateIntended{slot});
  EXPECT_EQ(row()->shared, nullptr);
  EXPECT_EQ(row()->create_intended_at, world.now);
}

TEST_F(Shared, IsPartOfTheStory) {
  const auto before = world.request(id).entries.size();
  share();
  EXPECT_EQ(world.request(id).entries.size(), before + 1);
}

}  // namespace
}  // namespace ag::access
