#include "control/directory.hpp"

#include "control/directory_bench.hpp"

namespace ag::control {
namespace {

using namespace testing;

TEST(Directory, ReadsEverythingAndThenTheAssignments) {
  Reading reading;
  reading.run();
  ASSERT_EQ(reading.finished.size(), 4U);
  EXPECT_FALSE(reading.finished[0].standing_at.has_value());
  const auto& all = reading.finished[3];
  EXPECT_EQ(all.instance_arn, "arn:instance");
  EXPECT_EQ(all.identity_store, "d-1");
  EXPECT_EQ(all.management_account, kManagement);
  EXPECT_EQ(all.users.size(), 2U);
  ASSERT_EQ(all.groups.size(), 1U);
  EXPECT_EQ(all.groups[0].members, std::vector{aws::UserId("u-bo")});
  ASSERT_EQ(all.permission_sets.size(), 1U);
  EXPECT_EQ(all.permission_sets[0].session_duration, Duration::hours(4));
  ASSERT_EQ(all.standing.size(), 1U);
  EXPECT_EQ(all.standing[0].group, aws::GroupId("g-leads"));
  EXPECT_TRUE(all.gaps.empty());
  EXPECT_EQ(reading.directory.status().identity.arn, "arn:me");
  EXPECT_FALSE(reading.directory.status().problem.has_value());
  EXPECT_LE(reading.most_in_flight, 8U);
}

TEST(Directory, KnowsTheWayFromTheRootToAnAccount) {
  Reading reading;
  reading.run();
  const auto& accounts = reading.finished.back().accounts;
  const auto prod = std::find_if(accounts.begin(), accounts.end(), [](const auto& a) { return a.id == kProd; });
  ASSERT_NE(prod, accounts.end());
  EXPECT_EQ(prod->path, "/Workloads/Prod");
  EXPECT_EQ(prod->units, (std::vector{access::UnitId("r-1"), access::UnitId("ou-work"), access::UnitId("ou-prod")}));
  ASSERT_EQ(prod->tags.size(), 1U);
  EXPECT_EQ(prod->tags[0].value, "prod");
  const auto management =
      std::find_if(accounts.begin(), accounts.end(), [](const auto& a) { return a.id == kManagement; });
  ASSERT_NE(management, accounts.end());
  EXPECT_EQ(management->path, "/");
}

TEST(Directory, ReadsWhatThePolicyForHardEndsIsAttachedTo) {
  Reading reading;
  reading.run();
  EXPECT_FALSE(reading.finished.front().hard_end) << "none is configured";
  reading.directory.use_hard_end_policy("p-1");
  reading.directory.refresh(reading.now);
  reading.finished.clear();
  reading.run();
  ASSERT_FALSE(reading.finished.empty());
  const access::PolicyTargets attached{"p-1", {"ou-prod", kManagement.str()}};
  EXPECT_EQ(reading.finished.front().hard_end, attached) << "with people and accounts, long before the assignments";
  EXPECT_EQ(reading.finished.back().hard_end, attached);
  EXPECT_TRUE(reading.finished.back().gaps.empty());
}

TEST(Directory, ReadsAllElseWhenItMayNotReadWhatThePolicyIsAttachedTo) {
  for (const auto kind : {ErrorClass::kDenied, ErrorClass::kAbsent, ErrorClass::kRetryable, ErrorClass::kInvalid}) {
    Reading reading;
    reading.directory.use_hard_end_policy("p-1");
    reading.organization.special = always<aws::ListTargetsForPolicy>(refusal(kind));
    reading.run();
    ASSERT_FALSE(reading.finished.empty());
    const auto& all = reading.finished.back();
    EXPECT_TRUE(all.standing_at.has_value());
    EXPECT_FALSE(all.hard_end) << "a policy that is attached nowhere is something else";
    EXPECT_EQ(all.gaps, std::vector<std::string>{"ListTargetsForPolicy: SomeException"});
    EXPECT_FALSE(may_hide_assignments(all));
  }
}

TEST(Directory, TakesNoPartOfAListForTheWhole) {
  Reading reading;
  reading.directory.use_hard_end_policy("p-1");
  reading.organization.special = [](const aws::Call& call) -> std::optional<Answer> {
    const auto* list = std::get_if<aws::ListTargetsForPolicy>(&call);
    if (list == nullptr || list->token.empty()) return std::nullopt;
    return refusal(ErrorClass::kRetryable);
  };
  reading.run();
  ASSERT_FALSE(reading.finished.empty());
  EXPECT_FALSE(reading.finished.back().hard_end);
}

TEST(Directory, ReadsAnewAfterFiveMinutesAndWhenAsked) {
  Reading reading;
  reading.run();
  EXPECT_GT(reading.directory.next_wake(), reading.now + Duration::minutes(4));
  EXPECT_LE(reading.directory.next_wake(), reading.now + Duration::minutes(5));
  reading.directory.refresh(reading.now);
  reading.run();
  EXPECT_EQ(reading.finished.size(), 6U);
}

TEST(Directory, ReadsOnceMoreWhenAskedWhileItReads) {
  Reading reading;
  for (const auto& call : reading.directory.dispatch(reading.budget, reading.ids, reading.now)) reading.answer(call);
  ASSERT_TRUE(reading.directory.status().reading);
  reading.directory.refresh(reading.now);
  reading.run();
  EXPECT_EQ(reading.finished.size(), 6U);
}

TEST(Directory, ReadsPageAfterPageEmptyOnesToo) {
  Reading reading;
  reading.organization.special = [](const aws::Call& call) -> std::optional<Answer> {
    const auto* users = std::get_if<aws::ListUsers>(&call);
    if (users == nullptr) return std::nullopt;
    if (users->token.empty()) return aws::Users{{{aws::UserId("u-1"), "one", "", "", true}}, "2"};
    if (users->token == "2") return aws::Users{{}, "3"};
    return aws::Users{{{aws::UserId("u-3"), "three", "", "", true}}, ""};
  };
  reading.run();
  EXPECT_EQ(reading.finished.back().users.size(), 2U);
}

TEST(Directory, StopsAListThatGoesInCirclesAndSaysSo) {
  Reading reading;
  reading.organization.special =
      always<aws::ListUsers>(aws::Users{{{aws::UserId("u-1"), "one", "", "", true}}, "again"});
  reading.run();
  ASSERT_FALSE(reading.finished.empty());
  EXPECT_EQ(reading.finished.back().users.size(), 1U);
  ASSERT_EQ(reading.finished.back().gaps.size(), 1U);
  EXPECT_NE(reading.finished.back().gaps[0].find("ListUsers"), std::string::npos);
}

TEST(Directory, TakesWhatComesTwiceOnce) {
  Reading reading;
  reading.organization.special = [](const aws::Call& call) -> std::optional<Answer> {
    if (std::holds_alternative<aws::ListPermissionSets>(call)) {
      return aws::PermissionSetArns{{kReadOnly, kReadOnly}, ""};
    }
    if (std::holds_alternative<aws::ListGroups>(call)) {
      const aws::Group leads{aws::GroupId("g-leads"), "Leads", ""};
      return aws::Groups{{leads, leads}, ""};
    }
    if (std::holds_alternative<aws::ListGroupMemberships>(call)) {
      return aws::Members{{aws::UserId("u-bo"), aws::UserId("u-bo")}, ""};
    }
    if (const auto* parent = std::get_if<aws::ListAccountsForParent>(&call); parent != nullptr) {
      // Moved while it was read: it is in two units.
      return aws::Accounts{{{kProd, "prod", "p@example.com", "ACTIVE"}}, ""};
    }
    if (std::holds_alternative<aws::ListAccountAssignmentsForPrincipal>(call)) {
      const aws::Assignment one{kProd, kReadOnly, aws::PrincipalType::kGroup, "g-leads"};
      return aws::Assignments{{one, one}, ""};
    }
    return std::nullopt;
  };
  reading.run();
  const auto& all = reading.finished.back();
  EXPECT_EQ(all.permission_sets.size(), 1U);
  EXPECT_EQ(all.groups.size(), 1U);
  EXPECT_EQ(all.groups[0].members.size(), 1U);
  ASSERT_EQ(all.accounts.size(), 1U);
  EXPECT_EQ(all.accounts[0].tags.size(), 1U);
  EXPECT_EQ(all.standing.size(), 1U);
}

TEST(Directory, DoesWithoutTagsItMayNotReadAndSaysSo) {
  Reading reading;
  reading.organization.special =
      always<aws::ListTagsForResource>(refusal(ErrorClass::kDenied, "AccessDeniedException"));
  reading.run();
  ASSERT_EQ(reading.finished.size(), 4U);
  EXPECT_EQ(reading.finished.back().gaps, std::vector<std::string>{"ListTagsForResource: AccessDeniedException"});
}

TEST(Directory, DoesNotDoWithoutTagsThatAreOnlySlowToCome) {
  Reading reading;
  reading.organization.special = always<aws::ListTagsForResource>(refusal(ErrorClass::kThrottled));
  reading.run();
  EXPECT_TRUE(reading.finished.empty()) << "a guardrail may hang on a tag";
  ASSERT_TRUE(reading.directory.status().problem.has_value());
  EXPECT_EQ(reading.directory.status().problem->code, "aws_throttled");
}

TEST(Directory, TakesNobodysAccessForGoneWhenAwsGoesAwayInTheMiddle) {
  Reading reading;
  reading.organization.special =
      always<aws::ListAccountAssignmentsForPrincipal>(refusal(ErrorClass::kCredentials, "ExpiredTokenException"));
  for (int i = 0; i < 600 && !reading.directory.status().problem; ++i)
    reading.run(kNoon + Duration::milliseconds(100 * i));
  ASSERT_FALSE(reading.finished.empty());
  for (const auto& each : reading.finished) EXPECT_FALSE(each.standing_at.has_value());
  ASSERT_TRUE(reading.directory.status().problem.has_value());
  EXPECT_EQ(reading.directory.status().problem->code, "aws_credentials");
}

TEST(Directory, ReadsStandingAccessAccountByAccountWhereTheListByPrincipalIsDenied) {
  Reading reading;
  reading.organization.special =
      always<aws::ListAccountAssignmentsForPrincipal>(refusal(ErrorClass::kDenied, "AccessDeniedException"));
  reading.run();
  ASSERT_EQ(reading.finished.size(), 4U);
  ASSERT_EQ(reading.finished.back().standing.size(), 1U);
  EXPECT_EQ(reading.finished.back().standing[0].account, kProd);
  EXPECT_TRUE(reading.finished.back().gaps.empty()) << reading.finished.back().gaps.front();
  EXPECT_EQ(reading.calls["ListPermissionSetsProvisionedToAccount"], 2) << "once for each account";
}

TEST(Directory, DoesNotBeginAnewForDenialsThatComeLate) {
  Reading reading;
  std::vector<Outgoing> by_principal;
  for (int turns = 0; turns < 1'000 && by_principal.size() < 3; ++turns) {
    auto outgoing = reading.directory.dispatch(reading.budget, reading.ids, reading.now);
    for (const auto& call : outgoing) {
      if (std::holds_alternative<aws::ListAccountAssignmentsForPrincipal>(call.call)) by_principal.push_back(call);
      else reading.answer(call);
    }
    if (outgoing.empty()) reading.now = std::max(reading.now, reading.directory.next_wake());
  }
  ASSERT_EQ(by_principal.size(), 3U);
  reading.organization.special =
      always<aws::ListAccountAssignmentsForPrincipal>(refusal(ErrorClass::kDenied, "AccessDeniedException"));
  reading.answer(by_principal[0]);
  reading.now = reading.now + Duration::seconds(5);  // there are calls to spend again
  for (const auto& call : reading.directory.dispatch(reading.budget, reading.ids, reading.now)) reading.answer(call);
  reading.answer(by_principal[1]);
  reading.answer(by_principal[2]);
  reading.run();
  EXPECT_EQ(reading.calls["ListPermissionSetsProvisionedToAccount"], 2) << "once for each account";
  EXPECT_EQ(reading.finished.back().standing.size(), 1U);
}

TEST(Directory, ReadsStandingAccessAccountByAccountFromAMemberAccount) {
  Reading reading;
  reading.organization.special = always<aws::GetCallerIdentity>(aws::CallerIdentity{kProd, "arn:member", "m"});
  reading.run();
  EXPECT_EQ(reading.calls["ListAccountAssignmentsForPrincipal"], 0);
  EXPECT_EQ(reading.finished.back().standing.size(), 1U);
}

TEST(Directory, IsDoneWithAnEmptyOrganization) {
  Reading reading;
  reading.organization.special = [](const aws::Call& call) -> std::optional<Answer> {
    if (std::holds_alternative<aws::ListUsers>(call)) return aws::Users{};
    if (std::holds_alternative<aws::ListGroups>(call)) return aws::Groups{};
    if (std::holds_alternative<aws::ListPermissionSets>(call)) return aws::PermissionSetArns{};
    if (std::holds_alternative<aws::ListAccountsForParent>(call)) return aws::Accounts{};
    return std::nullopt;
  };
  reading.run();
  ASSERT_FALSE(reading.finished.empty());
  EXPECT_TRUE(reading.finished.back().standing_at.has_value());
  EXPECT_FALSE(reading.directory.status().reading);
  EXPECT_LT(reading.directory.next_wake(), Instant::max()) << "and it reads again";
}

TEST(Directory, SaysThatTheRegionIsWrongWhenThereIsNoInstance) {
  Reading reading;
  reading.organization.special = always<aws::ListInstances>(aws::Instances{});
  reading.run(reading.now + Duration::seconds(1));
  const auto& problem = reading.directory.status().problem;
  ASSERT_TRUE(problem.has_value());
  EXPECT_EQ(problem->code, "no_instance");
  EXPECT_NE(problem->fix.find("AWS_REGION"), std::string::npos);
  EXPECT_FALSE(reading.directory.status().reading);
}

TEST(Directory, PrefersTheOrganizationsInstance) {
  Reading reading;
  reading.organization.special = always<aws::ListInstances>(
      aws::Instances{{{aws::InstanceArn("arn:own"), aws::IdentityStoreId("d-9"), kProd, "ACTIVE"},
                      {aws::InstanceArn("arn:dead"), aws::IdentityStoreId("d-8"), kManagement, "DELETE_IN_PROGRESS"},
                      {aws::InstanceArn("arn:organization"), aws::IdentityStoreId("d-1"), kManagement, "ACTIVE"}},
                     ""});
  reading.run();
  EXPECT_EQ(reading.finished.back().instance_arn, "arn:organization");
}

TEST(Directory, RepeatsWhatAwsThrottlesAndSlowsDown) {
  Reading reading;
  int refused = 0;
  reading.organization.special = [&](const aws::Call& call) -> std::optional<Answer> {
    if (!std::holds_alternative<aws::ListUsers>(call) || refused >= 3) return std::nullopt;
    ++refused;
    return refusal(ErrorClass::kThrottled, "ThrottlingException");
  };
  const Instant begun = reading.now;
  reading.run();
  EXPECT_EQ(reading.finished.size(), 4U);
  EXPECT_GE(reading.now - begun, Duration::seconds(5)) << "1 s, 2 s, 4 s, less a fifth";
}

TEST(Directory, HeedsHowLongAwsAsksToWait) {
  Reading reading;
  int refused = 0;
  reading.organization.special = [&](const aws::Call& call) -> std::optional<Answer> {
    if (!std::holds_alternative<aws::ListGroups>(call) || refused >= 1) return std::nullopt;
    ++refused;
    auto answer = refusal(ErrorClass::kThrottled);
    answer.error().retry_after = Duration::seconds(40);
    return answer;
  };
  const Instant begun = reading.now;
  reading.run();
  EXPECT_GE(reading.now - begun, Duration::seconds(40));
}

TEST(Directory, GivesUpWithAReasonAndTriesAgainLaterAndLater) {
  Reading reading;
  bool down = true;
  reading.organization.special = [&](const aws::Call& call) -> std::optional<Answer> {
    if (!down || !std::holds_alternative<aws::ListUsers>(call)) return std::nullopt;
    return refusal(ErrorClass::kDenied, "AccessDeniedException");
  };
  reading.run(reading.now + Duration::minutes(30));
  const auto& problem = reading.directory.status().problem;
  ASSERT_TRUE(problem.has_value());
  EXPECT_EQ(problem->code, "aws_denied");
  EXPECT_NE(problem->message.find("ListUsers"), std::string::npos);
  EXPECT_NE(problem->message.find("AccessDeniedException"), std::string::npos);
  const int tries = reading.calls["GetCallerIdentity"];
  EXPECT_GE(tries, 15);
  EXPECT_LE(tries, 30) << "every two minutes at last";
  down = false;
  reading.run(reading.now + Duration::minutes(3));
  EXPECT_FALSE(reading.directory.status().problem.has_value());
  EXPECT_EQ(reading.finished.size(), 4U);
}

TEST(Directory, WaitsQuietlyForLateRepliesAfterItGaveUp) {
  Reading reading;
  auto first = reading.directory.dispatch(reading.budget, reading.ids, reading.now);
  ASSERT_GE(first.size(), 2U);
  reading.directory.receive(first[0].id, refusal(ErrorClass::kDenied), reading.now);
  reading.now = reading.now + Duration::minutes(5);
  EXPECT_EQ(reading.directory.next_wake(), Instant::max()) << "woken now it could do nothing";
  EXPECT_TRUE(reading.directory.dispatch(reading.budget, reading.ids, reading.now).empty());
  for (std::size_t i = 1; i < first.size(); ++i) {
    reading.directory.receive(first[i].id, reading.organization.answer(first[i].call), reading.now);
  }
  reading.run();
  EXPECT_EQ(reading.finished.size(), 4U);
}

TEST(Directory, LeavesTheBudgetsReserveToOthers) {
  Reading reading;
  reading.run();
  const Instant soon = reading.now + Duration::milliseconds(60);
  EXPECT_TRUE(reading.budget.allows(aws::ListAccountAssignments{}, Lane::kRevoke, soon));
}

TEST(Directory, ReadsALargeOrganizationWithoutEnd) {
  Reading reading;
  reading.organization.special = [](const aws::Call& call) -> std::optional<Answer> {
    if (std::holds_alternative<aws::ListUsers>(call)) {
      aws::Users users;
      for (int i = 0; i < 500; ++i) {
        users.items.push_back({aws::UserId(fmt::format("u-{}", i)), fmt::format("user{}", i), "", "", true});
      }
      return users;
    }
    return std::nullopt;
  };
  reading.run();
  ASSERT_EQ(reading.finished.size(), 4U);
  EXPECT_EQ(reading.calls["ListAccountAssignmentsForPrincipal"], 501);
}

}  // namespace
}  // namespace ag::control
