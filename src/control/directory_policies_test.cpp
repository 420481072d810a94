#include "control/directory.hpp"
#include "control/directory_bench.hpp"

/// What permission sets are made of.
namespace ag::control {
namespace {

using namespace testing;

const access::SetPolicies kWhole{{kManaged}, {"/data/ReadLake"}, "{}", ""};

const std::optional<access::SetPolicies>& policies_in(const access::Snapshot& snapshot) {
  return snapshot.permission_sets.at(0).policies;
}
std::string managed_in(const access::Snapshot& snapshot) {
  std::string text;
  for (const auto& policy : snapshot.managed_policies.value_or(std::vector<access::ManagedPolicy>{}))
    text += fmt::format("{} {} {};", policy.arn, policy.version, policy.document);
  return text;
}

/// After everything was read once: what the next reading ends with when AWS answers so.
access::Snapshot next_reading(Reading& reading, Organization::Special special) {
  reading.finished.clear();
  reading.organization.special = std::move(special);
  reading.directory.refresh(reading.now);
  reading.run(reading.now + Duration::minutes(8));
  const auto with_assignments =
      std::find_if(reading.finished.begin(), reading.finished.end(), [](const auto& it) { return it.standing_at; });
  EXPECT_NE(with_assignments, reading.finished.end()) << "the reading goes on";
  return with_assignments == reading.finished.end() ? access::Snapshot{} : *with_assignments;
}

TEST(PoliciesOfSets, AreReadWithWhatAwssOwnSay) {
  Reading reading;
  reading.run();
  const auto& last = reading.finished.back();
  EXPECT_EQ(policies_in(last), kWhole);
  EXPECT_EQ(managed_in(last), kManaged + " v1 v1;");
  EXPECT_TRUE(last.gaps.empty()) << last.gaps.front();
}

TEST(PoliciesOfSets, AskForTheDocumentOfAManagedPolicyOnceAVersion) {
  Reading reading;
  reading.run();
  EXPECT_EQ(reading.calls["GetPolicyVersion"], 1);
  next_reading(reading, nullptr);
  EXPECT_GE(reading.calls["GetPolicy"], 2);
  EXPECT_EQ(reading.calls["GetPolicyVersion"], 1);
  const auto last = next_reading(reading, always<aws::GetManagedPolicy>(aws::ManagedPolicy{kManaged, "v2"}));
  EXPECT_EQ(managed_in(last), kManaged + " v2 v2;");
  EXPECT_EQ(reading.calls["GetPolicyVersion"], 2);
}

TEST(PoliciesOfSets, KeepWhatAnEarlierProcessHasRead) {
  Reading before;
  before.run();
  Reading reading;
  reading.directory.adopt(before.finished.back());
  reading.run();
  EXPECT_EQ(policies_in(reading.finished.front()), kWhole);
  EXPECT_EQ(managed_in(reading.finished.front()), kManaged + " v1 v1;");
  EXPECT_EQ(reading.calls["GetPolicyVersion"], 0);
}

TEST(PoliciesOfSets, TellTheBoundaryOfEitherKind) {
  const std::string fence = "arn:aws:iam::aws:policy/PowerUserAccess";
  Reading reading;
  reading.run();
  const auto of_aws = next_reading(
      reading, always<aws::GetPermissionsBoundaryForPermissionSet>(aws::PermissionsBoundary{fence, std::nullopt}));
  EXPECT_EQ(policies_in(of_aws)->boundary, fence);
  EXPECT_NE(managed_in(of_aws).find(fence), std::string::npos) << "what it says is read too";
  const auto own = next_reading(reading, always<aws::GetPermissionsBoundaryForPermissionSet>(
                                             aws::PermissionsBoundary{"", aws::CustomerManagedPolicy{"Fence", "/x/"}}));
  EXPECT_EQ(policies_in(own)->boundary, "/x/Fence");
}

TEST(PoliciesOfSets, AreUnknownWhereAwsWillNotTellOneOfThem) {
  const std::pair<const char*, Organization::Special> cases[] = {
      {"managed", always<aws::ListManagedPoliciesInPermissionSet>(refusal(ErrorClass::kDenied))},
      {"inline", always<aws::GetInlinePolicyForPermissionSet>(refusal(ErrorClass::kDenied))},
      {"of each account", always<aws::ListCustomerManagedPolicyReferencesInPermissionSet>(refusal(ErrorClass::kOther))},
      {"in circles", always<aws::ListManagedPoliciesInPermissionSet>(aws::AttachedPolicies{{kManaged}, "2"})},
  };
  for (const auto& [what, special] : cases) {
    Reading reading;
    reading.run();
    const auto last = next_reading(reading, special);
    ASSERT_EQ(last.permission_sets.size(), 1U) << what;
    EXPECT_EQ(policies_in(last), std::nullopt) << what;
    ASSERT_EQ(last.gaps.size(), 1U) << what;
    EXPECT_TRUE(last.gaps[0].starts_with("permission set policies: ")) << last.gaps[0];
    EXPECT_FALSE(may_hide_assignments(last));
  }
}

TEST(PoliciesOfSets, AreWhatTheyWereWhereAwsCouldNotTellJustNow) {
  const auto busy = always<aws::GetInlinePolicyForPermissionSet>(refusal(ErrorClass::kThrottled));
  Reading reading;
  reading.run();
  const auto last = next_reading(reading, busy);
  EXPECT_EQ(policies_in(last), kWhole);
  EXPECT_EQ(last.gaps, std::vector<std::string>{"permission set policies: SomeException"});
  Reading fresh;
  EXPECT_EQ(policies_in(next_reading(fresh, busy)), std::nullopt) << "nobody knows it";
}

TEST(PoliciesOfSets, AreKnownWithoutABoundaryThatCannotBeRead) {
  for (const auto kind : {ErrorClass::kRetryable, ErrorClass::kDenied, ErrorClass::kOther}) {
    const auto broken = always<aws::GetPermissionsBoundaryForPermissionSet>(refusal(kind));
    Reading fresh;
    fresh.organization.special = broken;
    fresh.run(kNoon + Duration::seconds(30));  // the assignments wait for it
    ASSERT_FALSE(fresh.finished.empty());
    EXPECT_TRUE(fresh.finished.back().standing_at.has_value()) << name_of(kind);
    EXPECT_EQ(policies_in(fresh.finished.back()), kWhole) << name_of(kind);
    Reading reading;
    reading.organization.special = always<aws::GetPermissionsBoundaryForPermissionSet>(
        aws::PermissionsBoundary{"arn:aws:iam::aws:policy/PowerUserAccess", std::nullopt});
    reading.run();
    EXPECT_EQ(policies_in(next_reading(reading, broken))->boundary, "arn:aws:iam::aws:policy/PowerUserAccess")
        << "what it was";
  }
}

TEST(PoliciesOfSets, DoWithoutAwssOwnTextsWhereIamDoesNotTell) {
  for (const auto kind : {ErrorClass::kDenied, ErrorClass::kCredentials, ErrorClass::kAbsent}) {
    Reading reading;
    const auto last = next_reading(reading, always<aws::GetManagedPolicy>(refusal(kind)));
    EXPECT_EQ(policies_in(last), kWhole) << name_of(kind);
    EXPECT_EQ(managed_in(last), "");
    EXPECT_EQ(last.gaps, std::vector<std::string>{"AWS managed policies: SomeException"});
  }
}

TEST(PoliciesOfSets, KeepTheTextsThatWereReadWhereIamDoesNotTellAnyMore) {
  for (const auto kind : {ErrorClass::kDenied, ErrorClass::kRetryable, ErrorClass::kAbsent}) {
    Reading reading;
    reading.run();
    const auto last = next_reading(reading, always<aws::GetManagedPolicy>(refusal(kind)));
    EXPECT_EQ(managed_in(last), kManaged + " v1 v1;") << "not the program's own, older copy: " << name_of(kind);
  }
}

TEST(PoliciesOfSets, AreNotAskedForEachWhereNoneMayBeRead) {
  Reading reading;
  const auto last = next_reading(reading, [](const aws::Call& call) -> std::optional<Answer> {
    if (std::holds_alternative<aws::ListPermissionSets>(call)) {
      aws::PermissionSetArns sets;
      for (int i = 0; i < 60; ++i) sets.items.emplace_back(fmt::format("arn:ps-{}", i));
      return sets;
    }
    if (std::holds_alternative<aws::ListManagedPoliciesInPermissionSet>(call)) return refusal(ErrorClass::kDenied);
    return std::nullopt;
  });
  EXPECT_LE(reading.calls["ListManagedPoliciesInPermissionSet"], 20 * 2) << "in two readings";
  EXPECT_EQ(last.permission_sets.size(), 60U);
  for (const auto& set : last.permission_sets) EXPECT_FALSE(set.policies.has_value());
}

}  // namespace
}  // namespace ag::control
