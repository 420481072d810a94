#include "access/set_changes.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "access/set_analysis.hpp"
#include "access/test_asking.hpp"

// A permission set that allows something else than before: an entry, and what people agreed to is void.
namespace ag::access {
namespace {

using test::a_company;
using test::a_world;
using test::World;

std::string allowing(std::string_view action) {
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{}","Resource":"*"}}]}})",
                     action);
}

test::Company company_with(std::string_view action, std::string_view set = "ReadOnly") {
  return a_company().with(PermissionSet{
      .arn = test::set_arn(set), .name = std::string(set), .policies = SetPolicies{.inline_policy = allowing(action)}});
}

/// A reading of AWS: what the core writes down of it.
std::vector<Event> read(World& world, test::Company company) {
  const Organization before(world.organization().snapshot());
  world.move_to(std::move(company));
  auto events = set_changes(world.state, world.organization(), before, 100);
  for (const auto& event : events) world.record(event);
  return events;
}

World a_world_that_knows(std::string_view action) {
  World world = a_world();
  read(world, company_with(action));
  return world;
}

std::vector<std::string> kinds_of(const std::vector<Event>& events) {
  std::vector<std::string> kinds;
  for (const auto& event : events) kinds.emplace_back(kind_of(event));
  return kinds;
}

TEST(SetChange, SeenForTheFirstTimeVoidsWhatTookItForLess) {
  for (const bool is_more : {true, false}) {
    World world = a_world();
    world.move_to(a_company());  // nothing of what sets allow was read: the declared level stands in
    const RequestId id = world.asked("ana", test::reading());
    const Level asked = world.request(id).request.level;
    ASSERT_LT(asked, Level::kHigh);
    const auto events = read(world, company_with(is_more ? "iam:*" : "s3:ListAllMyBuckets"));
    ASSERT_EQ(kind_of(events.front()), "permission_set.seen");
    EXPECT_EQ(events.size(), is_more ? 2U : 1U);
    EXPECT_EQ(world.status(id) == Status::kPending, !is_more);
    if (!is_more) continue;
    const auto& voided = std::get<RequestVoided>(events[1]);
    EXPECT_EQ(voided.request, id);
    EXPECT_EQ(voided.message,
              fmt::format("what the permission set ReadOnly allows had not been read when this was asked: "
                          "it is critical, not {}; ask again",
                          name_of(asked)));
  }
}

TEST(SetChange, IsAnEntryWithWhatWasGainedAndLost) {
  World world = a_world();
  const auto first = read(world, company_with("s3:GetObject"));
  ASSERT_EQ(kinds_of(first), std::vector<std::string>{"permission_set.seen"});
  const auto& seen = std::get<PermissionSetSeen>(first[0]);
  EXPECT_EQ(seen.name, "ReadOnly");
  EXPECT_EQ(seen.level, Level::kMedium);
  EXPECT_EQ(seen.allows, std::vector<std::string>{"can read every object in S3"});
  EXPECT_FALSE(seen.was_content || seen.was_level || seen.gained || seen.lost);

  EXPECT_TRUE(read(world, company_with("s3:GetObject")).empty()) << "nothing new";

  const auto second = read(world, company_with("secretsmanager:GetSecretValue"));
  ASSERT_EQ(second.size(), 1U);
  const auto& changed = std::get<PermissionSetSeen>(second[0]);
  EXPECT_EQ(changed.level, Level::kHigh);
  EXPECT_EQ(changed.was_level, Level::kMedium);
  EXPECT_EQ(changed.was_content, seen.content);
  EXPECT_EQ(changed.gained, std::vector<std::string>{"secretsmanager:GetSecretValue"});
  EXPECT_EQ(changed.lost, std::vector<std::string>{"s3:GetObject"});
}

TEST(SetChange, NamesTheFirstOfManyActionsAndCountsTheOthers) {
  World world = a_world_that_knows("s3:GetObject");
  const auto events = read(world, company_with("s3:*"));
  const auto& gained = *std::get<PermissionSetSeen>(events.at(0)).gained;
  ASSERT_EQ(gained.size(), 21U);
  EXPECT_TRUE(gained.back().ends_with(" more")) << gained.back();
}

TEST(SetChange, IsSeenThoughAnotherProcessHasReadWhatWasBefore) {
  World world = a_world_that_knows("s3:GetObject");
  world.forget_the_directory();
  const auto events = read(world, company_with("secretsmanager:GetSecretValue"));
  ASSERT_EQ(events.size(), 1U);
  const auto& changed = std::get<PermissionSetSeen>(events[0]);
  EXPECT_EQ(changed.was_level, Level::kMedium);
  EXPECT_FALSE(changed.gained || changed.lost) << "the ledger does not keep the policies themselves";
}

TEST(SetChange, VoidsWhatWaitsForDecisionsWithTheReason) {
  World world = a_world_that_knows("s3:GetObject");
  const RequestId waiting = world.asked("ana", test::reading());
  const RequestId other = world.asked("ana", test::powering());
  const auto events = read(world, company_with("secretsmanager:GetSecretValue"));
  EXPECT_EQ(kinds_of(events), (std::vector<std::string>{"permission_set.seen", "request.voided"}));
  EXPECT_EQ(world.status(waiting), Status::kFailed);
  EXPECT_EQ(world.status(other), Status::kPending) << "of another permission set";
  const auto& voided = world.request(waiting).voided;
  ASSERT_NE(voided, nullptr);
  EXPECT_EQ(voided->code, "permission_set_changed");
  EXPECT_EQ(
      voided->message,
      "the permission set ReadOnly was changed in AWS after this was asked: it was medium by what it allows and is "
      "high now; ask again");
  EXPECT_EQ(test::code_of(world.approve(waiting, "cleo")), "not_pending");
  EXPECT_TRUE(world.ask("ana", test::reading())) << "what it is now can be asked for";
}

TEST(SetChange, EndsWhatPeopleAgreedToAndHasYetToStart) {
  World world = a_world_that_knows("s3:GetObject");
  auto later = test::reading();
  later.start = world.now + Duration::hours(2);
  const RequestId agreed = world.asked("ana", later);
  ASSERT_TRUE(world.approve(agreed, "cleo"));
  ASSERT_EQ(world.status(agreed), Status::kScheduled);
  auto free = test::playing();
  free.start = later.start;
  const RequestId automatic = world.asked("ana", free);
  ASSERT_EQ(world.status(automatic), Status::kScheduled);
  read(world, company_with("secretsmanager:GetSecretValue"));
  EXPECT_EQ(world.grant(agreed).cause, EndCause::kPolicy);
  EXPECT_EQ(world.status(automatic), Status::kScheduled) << "nobody agreed to it: its start looks once more";
  world.pass(Duration::hours(2));
  EXPECT_FALSE(world.grant(agreed).started);
  EXPECT_TRUE(world.grant(automatic).started);
}

TEST(SetChange, LeavesLiveAccessAsItIs) {
  World world = a_world_that_knows("s3:GetObject");
  const RequestId id = world.asked("ana", test::reading());
  ASSERT_TRUE(world.approve(id, "cleo"));
  const Status before = world.status(id);
  read(world, company_with("secretsmanager:GetSecretValue"));
  EXPECT_EQ(world.status(id), before);
}

TEST(SetChange, IsToldInPartsWhereThereAreMany) {
  World world = a_world();
  auto company = company_with("s3:GetObject", "ReadOnly");
  for (const char* name : {"Deploy", "PowerUser"}) {
    company = std::move(company).with(PermissionSet{
        .arn = test::set_arn(name), .name = name, .policies = SetPolicies{.inline_policy = allowing("s3:GetObject")}});
  }
  world.move_to(std::move(company));
  const Organization nothing;
  std::size_t told = 0;
  for (int round = 0; round < 3; ++round) {
    const auto events = set_changes(world.state, world.organization(), nothing, 2);
    EXPECT_LE(events.size(), 2U);
    told += events.size();
    for (const auto& event : events) world.record(event);
  }
  EXPECT_EQ(told, 3U);
}

}  // namespace
}  // namespace ag::access
