#include "control/directory.hpp"
#include "control/directory_bench.hpp"

/// Who must agree: the tags of permission sets, and managers.
namespace ag::control {
namespace {

using namespace testing;

// ---- tags of permission sets -----------------------------------------------------------------------------

/// Of the permission set, as `owner: Leads`; none when the snapshot does not know its tags.
std::optional<std::string> tags_in(const access::Snapshot& snapshot, const aws::PermissionSetArn& arn = kReadOnly) {
  for (const auto& set : snapshot.permission_sets) {
    if (set.arn != arn || !set.tags) continue;
    std::string text;
    for (const auto& tag : *set.tags) text += fmt::format("{}: {};", tag.key, tag.value);
    return text;
  }
  return std::nullopt;
}

TEST(Directory, ReadsTheTagsOfPermissionSetsAfterTheFirstSnapshotAndBeforeTheAssignments) {
  Reading reading;
  reading.run();
  ASSERT_EQ(reading.finished.size(), 4U);
  EXPECT_EQ(tags_in(reading.finished[0]), std::nullopt) << "people need not wait for them";
  EXPECT_EQ(tags_in(reading.finished[1]), "owner: Leads;");
  EXPECT_FALSE(reading.finished[1].permission_sets[0].policies.has_value()) << "nor do they for the policies";
  EXPECT_FALSE(reading.finished[2].standing_at.has_value());
  EXPECT_EQ(tags_in(reading.finished[3]), "owner: Leads;");
  EXPECT_TRUE(reading.finished[3].standing_at.has_value());
}

TEST(Directory, KeepsTheTagsOfTheReadingBeforeUntilTheyAreReadAgain) {
  Reading reading;
  reading.run();
  reading.finished.clear();
  reading.organization.special =
      always<aws::ListTagsOfPermissionSet>(aws::Tags{{{"zone", "b"}, {"owner", "Security"}}, ""});
  reading.directory.refresh(reading.now);
  reading.run();
  ASSERT_EQ(reading.finished.size(), 3U);
  EXPECT_EQ(tags_in(reading.finished[0]), "owner: Leads;");
  EXPECT_EQ(tags_in(reading.finished[1]), "owner: Security;zone: b;");
  EXPECT_EQ(tags_in(reading.finished[2]), "owner: Security;zone: b;");
}

TEST(Directory, KeepsTheTagsThatAnEarlierProcessHasRead) {
  Reading before;
  before.run();
  Reading reading;
  reading.directory.adopt(before.finished.back());
  reading.run();
  ASSERT_EQ(reading.finished.size(), 2U) << "nothing new after the tags were read";
  EXPECT_EQ(tags_in(reading.finished[0]), "owner: Leads;");
}

TEST(Directory, TellsAPermissionSetWithoutTagsFromOneWhoseTagsWereNotRead) {
  Reading reading;
  reading.organization.special = always<aws::ListTagsOfPermissionSet>(aws::Tags{});
  reading.run();
  EXPECT_EQ(tags_in(reading.finished.back()), "");
  EXPECT_TRUE(reading.finished.back().gaps.empty());
}

TEST(Directory, ReadsTheAssignmentsAlthoughATagCannotBeReadAndSaysSo) {
  for (const auto kind : {ErrorClass::kDenied, ErrorClass::kThrottled, ErrorClass::kInvalid, ErrorClass::kAbsent}) {
    Reading reading;
    reading.run();  // the tags are known
    reading.finished.clear();
    reading.organization.special = always<aws::ListTagsOfPermissionSet>(refusal(kind));
    reading.directory.refresh(reading.now);
    reading.run(reading.now + Duration::minutes(8));
    ASSERT_GE(reading.finished.size(), 3U) << name_of(kind);
    const auto& last = reading.finished[2];
    EXPECT_EQ(tags_in(last), std::nullopt) << "old ones must not say for ever who may agree";
    EXPECT_TRUE(last.standing_at.has_value());
    EXPECT_EQ(last.standing.size(), 1U);
    EXPECT_EQ(last.gaps, std::vector<std::string>{"permission set tags: SomeException"});
    EXPECT_FALSE(may_hide_assignments(last));
  }
}

TEST(Directory, DoesNotTakeHalfTheTagsForAll) {
  const auto with_second_page = [](Answer second) {
    return [second = std::move(second)](const aws::Call& call) -> std::optional<Answer> {
      const auto* tags = std::get_if<aws::ListTagsOfPermissionSet>(&call);
      if (tags == nullptr) return std::nullopt;
      return tags->token.empty() ? aws::Tags{{{"owner", "Leads"}}, "2"} : second;
    };
  };
  Reading reading;
  reading.organization.special = with_second_page(aws::Tags{{{"zone", "b"}}, ""});
  reading.run();
  EXPECT_EQ(tags_in(reading.finished.back()), "owner: Leads;zone: b;");
  for (const auto& broken : {Answer(aws::Tags{{{"zone", "b"}}, "2"}), refusal(ErrorClass::kDenied)}) {
    Reading other;
    other.organization.special = with_second_page(broken);
    other.run();
    EXPECT_EQ(tags_in(other.finished.back()), std::nullopt);
    ASSERT_EQ(other.finished.back().gaps.size(), 1U);
    EXPECT_TRUE(other.finished.back().gaps[0].starts_with("permission set tags: "));
  }
}

TEST(Directory, TriesAnewWhenTheCredentialsEndWhileItReadsTags) {
  Reading reading;
  reading.organization.special =
      always<aws::ListTagsOfPermissionSet>(refusal(ErrorClass::kCredentials, "ExpiredTokenException"));
  reading.run();
  ASSERT_FALSE(reading.finished.empty()) << "people and accounts were read";
  for (const auto& each : reading.finished) EXPECT_FALSE(each.standing_at.has_value());
  ASSERT_TRUE(reading.directory.status().problem.has_value());
  EXPECT_EQ(reading.directory.status().problem->code, "aws_credentials");
}

Organization::Special with_sets(int count) {
  return [count](const aws::Call& call) -> std::optional<Answer> {
    if (!std::holds_alternative<aws::ListPermissionSets>(call)) return std::nullopt;
    aws::PermissionSetArns sets;
    for (int i = 0; i < count; ++i) sets.items.emplace_back(fmt::format("arn:ps-{}", i));
    return sets;
  };
}

TEST(Directory, LetsNobodyWaitForTheTagsOfAThousandPermissionSets) {
  Reading reading;
  reading.organization.special = with_sets(1'000);
  const Instant begun = reading.now;
  const auto turn = [&] {
    for (const auto& call : reading.directory.dispatch(reading.budget, reading.ids, reading.now)) {
      const bool is_of_a_tag = std::holds_alternative<aws::ListTagsOfPermissionSet>(call.call);
      if (is_of_a_tag) EXPECT_EQ(call.lane, Lane::kBulk);
      EXPECT_TRUE(!is_of_a_tag || !reading.finished.empty()) << "before anything can be used";
      reading.answer(call);
    }
    reading.now = std::max(reading.now + Duration::milliseconds(1), reading.directory.next_wake());
  };
  while (reading.finished.size() < 2) turn();
  EXPECT_EQ(reading.calls["ListTagsForResource"], 1'000 + 2) << "once each, and two accounts";
  // 1,000 descriptions and 1,000 tags, 12 a second.
  EXPECT_LE(reading.now - begun, Duration::seconds(180));
  EXPECT_EQ(tags_in(reading.finished[1], aws::PermissionSetArn("arn:ps-999")), "owner: Leads;");
}

TEST(Directory, DoesNotAskForEachWhereItMayReadNone) {
  Reading reading;
  reading.organization.special = [sets = with_sets(50)](const aws::Call& call) -> std::optional<Answer> {
    if (std::holds_alternative<aws::ListTagsOfPermissionSet>(call)) return refusal(ErrorClass::kDenied);
    return sets(call);
  };
  reading.run();
  EXPECT_LE(reading.calls["ListTagsForResource"], 20 + 2);
  EXPECT_EQ(reading.finished.back().standing.size(), 1U);
}

TEST(Directory, AsksForEachWhereItMayReadTheTagsOfSome) {
  Reading reading;
  reading.organization.special = [sets = with_sets(50)](const aws::Call& call) -> std::optional<Answer> {
    const auto* tags = std::get_if<aws::ListTagsOfPermissionSet>(&call);
    const bool is_denied = tags != nullptr && tags->permission_set.str() > "arn:ps-1";
    return is_denied ? refusal(ErrorClass::kDenied) : sets(call);
  };
  reading.run();
  EXPECT_EQ(reading.calls["ListTagsForResource"], 50 + 2);
  EXPECT_EQ(tags_in(reading.finished.back(), aws::PermissionSetArn("arn:ps-0")), "owner: Leads;");
}

TEST(Directory, SaysWhetherAGapMayHideAssignments) {
  const auto hides = [](std::string gap) {
    access::Snapshot snapshot;
    snapshot.gaps = {std::move(gap)};
    return may_hide_assignments(snapshot);
  };
  EXPECT_FALSE(may_hide_assignments({}));
  EXPECT_FALSE(hides("permission set tags: AccessDeniedException"));
  EXPECT_FALSE(hides("ListTagsForResource: AccessDeniedException"));
  EXPECT_TRUE(hides("ListAccountAssignments: AccessDeniedException"));
  EXPECT_TRUE(hides("ListUsers: a page token came twice: the list would never end"));
}

// ---- managers --------------------------------------------------------------------------------------------

std::optional<std::string> manager_of_ana(const access::Snapshot& snapshot) {
  EXPECT_EQ(snapshot.users.size(), 2U);
  return snapshot.users.at(0).manager;
}

TEST(Directory, KnowsWhoseManagerIsWho) {
  Reading reading;
  reading.run();
  EXPECT_EQ(manager_of_ana(reading.finished.back()), "u-bo");
  EXPECT_EQ(reading.finished.back().users.at(1).manager, std::nullopt) << "bo has none";
  EXPECT_EQ(reading.calls["ListUsers"], 1);
}

TEST(Directory, DoesWithoutManagersWhereAnOlderEndpointDoesNotKnowThemAndAsksItOnce) {
  Reading reading;
  int refused = 0;
  reading.organization.special = [&](const aws::Call& call) -> std::optional<Answer> {
    const auto* users = std::get_if<aws::ListUsers>(&call);
    if (users == nullptr || users->extensions.empty()) return std::nullopt;
    ++refused;
    return refusal(ErrorClass::kInvalid, "ValidationException");
  };
  reading.run();
  EXPECT_EQ(manager_of_ana(reading.finished.back()), std::nullopt);
  EXPECT_TRUE(reading.finished.back().gaps.empty());
  EXPECT_FALSE(reading.directory.status().problem.has_value());
  reading.directory.refresh(reading.now);
  reading.run();
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(reading.calls["ListUsers"], 3);
}

TEST(Directory, DoesNotTakeARefusalOfEveryListForOneOfTheExtension) {
  Reading reading;
  bool down = true;
  reading.organization.special = [&](const aws::Call& call) -> std::optional<Answer> {
    if (!down || !std::holds_alternative<aws::ListUsers>(call)) return std::nullopt;
    return refusal(ErrorClass::kInvalid, "ValidationException");
  };
  reading.run(reading.now + Duration::seconds(1));
  EXPECT_TRUE(reading.finished.empty());
  EXPECT_EQ(reading.directory.status().problem->code, "aws_invalid");
  down = false;
  reading.run();
  EXPECT_EQ(manager_of_ana(reading.finished.back()), "u-bo") << "it was not the extension";
}

TEST(Directory, GivesUpWhenALaterPageOfUsersIsRefused) {
  Reading reading;
  reading.organization.special = [](const aws::Call& call) -> std::optional<Answer> {
    const auto* users = std::get_if<aws::ListUsers>(&call);
    if (users == nullptr) return std::nullopt;
    if (users->token.empty()) return aws::Users{{{aws::UserId("u-1"), "one", "", "", true}}, "2"};
    return refusal(ErrorClass::kInvalid, "ValidationException");
  };
  reading.run(reading.now + Duration::milliseconds(500));
  EXPECT_TRUE(reading.finished.empty());
  EXPECT_EQ(reading.directory.status().problem->code, "aws_invalid");
  EXPECT_EQ(reading.calls["ListUsers"], 2) << "it was not the extension: that was taken on the first page";
}

}  // namespace
}  // namespace ag::control
