#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.hpp"
#include "control/session_end_policy.hpp"
#include "server/core_bench.hpp"

/// `end: hard`, from the policy file to what AWS has.
namespace ag::server::testing {
namespace {

constexpr std::string_view kPolicy = R"(version: 1
rules:
  - {id: gentle, who: {everyone: true}, what: [ReadOnly], where: [all], max: 8h, approval: nobody}
  - {id: strict, who: {everyone: true}, what: [ProdAdmin], where: [all], max: 8h, approval: nobody, end: hard}
approval_policies:
  nobody: {steps: []}
)";

struct HardEndOfASession : ::testing::Test, CoreBench {
  HardEndOfASession() : CoreBench(kPolicy) { start({.hard_end_policy = prepared().id}); }

  [[nodiscard]] sandbox::ControlPolicy prepared() const {
    const auto policies = sandbox.control_policies();
    return *std::find_if(policies.begin(), policies.end(),
                         [](const auto& policy) { return policy.name == "AccessGuardSessionEnd"; });
  }
  /// Whether credentials of that person, for that set's role there, are denied everything: as AWS reads the policy.
  [[nodiscard]] bool denies(std::string_view who, const access::Slot& slot, std::string_view set,
                            Instant issued) const {
    const auto document = parse_json(prepared().content);
    const auto role = fmt::format("arn:aws:iam::{}:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{}_*",
                                  slot.account.str(), set);
    for (const auto& statement : document->at("Statement").as_array()) {
      const auto& condition = statement.at("Condition").as_object();
      if (!names(condition.at("StringEquals").at("identitystore:userId"), caller(who).user.str())) continue;
      if (!names(condition.at("ArnLike").at("aws:PrincipalArn"), role)) continue;
      const std::string_view before = condition.at("DateLessThan").at("aws:TokenIssueTime").as_string();
      if (issued < *parse_rfc3339(before)) return true;
    }
    return false;
  }
  static bool names(const json::value& one_or_many, std::string_view text) {
    if (const auto* one = one_or_many.if_string()) return std::string_view(*one) == text;
    const auto& many = one_or_many.as_array();
    return std::any_of(many.begin(), many.end(),
                       [&](const auto& each) { return std::string_view(each.as_string()) == text; });
  }
};

TEST_F(HardEndOfASession, CutsItAndSaysSoInOrder) {
  const auto request = hold("ana", "prod-web", "ProdAdmin", Duration::minutes(30));
  const Instant signed_in = now;
  EXPECT_EQ(grant(request).session_end, access::SessionEnd::kHard);
  EXPECT_EQ(prepared().updates, 0U) << "nothing to cut: the policy is left alone";
  ASSERT_TRUE(run_until(Duration::hours(1), [&] { return grant(request).sessions_cut_at.has_value(); }));

  const auto& slot = grant(request).slot;
  EXPECT_TRUE(denies("ana", slot, "ProdAdmin", signed_in));
  EXPECT_TRUE(denies("ana", slot, "ProdAdmin", *grant(request).absent_at - Duration::milliseconds(1)));
  EXPECT_FALSE(denies("bo", slot, "ProdAdmin", signed_in));
  EXPECT_FALSE(denies("ana", slot, "ReadOnly", signed_in));
  EXPECT_EQ(access::credentials_until(grant(request)), grant(request).sessions_cut_at);
  EXPECT_LT(*grant(request).sessions_cut_at, grant(request).end + Duration::seconds(20));
  EXPECT_LT(first("grant.ending"), first("sessions.cut_intended"));
  EXPECT_LT(first("sessions.cut_intended"), first("sessions.cut"));
  EXPECT_EQ(count("sessions.cut_intended"), 2U) << "at the end, and when it was gone";
}

TEST_F(HardEndOfASession, LetsALaterGrantWork) {
  const auto early = hold("ana", "prod-web", "ProdAdmin", Duration::hours(2));
  const Instant signed_in = now;
  end("ana", early);
  ASSERT_TRUE(run_until(Duration::minutes(1), [&] { return grant(early).sessions_cut_at.has_value(); }));
  const auto later = hold("ana", "prod-web", "ProdAdmin", Duration::minutes(20));
  run_for(Duration::minutes(10));
  EXPECT_TRUE(denies("ana", grant(early).slot, "ProdAdmin", signed_in));
  EXPECT_FALSE(denies("ana", grant(later).slot, "ProdAdmin", *grant(later).active_at)) << "law 4";
}

TEST_F(HardEndOfASession, IsForgottenWhenNoCredentialCanLive) {
  const auto request = hold("ana", "prod-web", "ProdAdmin", Duration::minutes(10));
  run_for(Duration::hours(2));
  EXPECT_EQ(count("sessions.restored"), 1U);
  EXPECT_EQ(prepared().content, control::session_end_policy({}));
  EXPECT_TRUE(grant(request).sessions_cut_at.has_value()) << "it was cut then";
}

TEST_F(HardEndOfASession, NeedsNoLedger) {
  const auto request = hold("ana", "prod-web", "ProdAdmin", Duration::minutes(30));
  const Instant signed_in = now;
  ledger_is_out = true;
  run_for(Duration::minutes(31));
  EXPECT_TRUE(denies("ana", grant(request).slot, "ProdAdmin", signed_in)) << "law 10: a cut is a revoke";
  EXPECT_TRUE(std::none_of(ledger.begin(), ledger.end(),
                           [](const auto& bytes) { return bytes.find("sessions.cut") != std::string::npos; }));
  ledger_is_out = false;
  run_for(Duration::seconds(10));
  EXPECT_TRUE(std::any_of(ledger.begin(), ledger.end(), [](const auto& bytes) {
    return bytes.find("\"sessions.cut\"") != std::string::npos;
  })) << "what was done is written when it can be";
}

TEST_F(HardEndOfASession, TakesNothingBackOfWhatAnotherServerDeniesByNow) {
  const auto request = hold("ana", "prod-web", "ProdAdmin", Duration::minutes(30));
  const auto slot = grant(request).slot;
  ledger_is_out = true;
  run_for(Duration::minutes(32));
  auto spooled = core->set_aside_tail();
  const auto says = [&](access::Event event) {  // the other, which was first
    const access::Entry entry{core->state().size.get(), now, {"system", {}, {}, {}}, {}, std::move(event)};
    core->replay(entry);
    ledger.push_back(access::encode_entry(entry));
  };
  const Instant later = now;
  says(access::GrantEnding{grant(request).id, access::EndCause::kExpiry, {}});
  says(access::SessionsCutIntended{prepared().id, {{slot, later}}, {}});
  core->put_back_tail(std::move(spooled));
  EXPECT_EQ(core->state().cuts.find(slot)->issued_before, later);
  EXPECT_EQ(core->state().cuts.find(slot)->intended, later);
}

TEST_F(HardEndOfASession, IsFinishedByTheNextServer) {
  const auto request = hold("ana", "prod-web", "ProdAdmin", Duration::minutes(30));
  ASSERT_TRUE(run_until(Duration::hours(1), [&] { return count("sessions.cut_intended") == 1; }));
  destroy();
  run_for(Duration::minutes(5));
  start({.hard_end_policy = prepared().id});
  ASSERT_TRUE(run_until(Duration::minutes(2), [&] { return grant(request).sessions_cut_at.has_value(); }));
  EXPECT_TRUE(denies("ana", grant(request).slot, "ProdAdmin", grant(request).end));
}

TEST_F(HardEndOfASession, SaysThatTheManagementAccountIsOutOfReach) {
  const auto management = core->organization()->snapshot().management_account;
  const auto request = hold("ana", management.str(), "ProdAdmin", Duration::minutes(30));
  run_for(Duration::minutes(40));
  EXPECT_EQ(count("sessions.cut_refused"), 1U);
  EXPECT_EQ(core->state().cuts.find(grant(request).slot)->refused, "management_account");
  EXPECT_EQ(prepared().updates, 0U);
  EXPECT_EQ(access::credentials_until(grant(request)), *grant(request).absent_at + Duration::hours(1));
}

TEST_F(HardEndOfASession, SaysThatThePolicyIsAttachedNowhereUntilItIs) {
  const auto root = prepared().targets;
  ASSERT_TRUE(sandbox.attach_policy(prepared().id, {}));
  const auto request = hold("ana", "prod-web", "ProdAdmin", Duration::minutes(30));
  const Instant signed_in = now;
  run_for(Duration::minutes(40));
  EXPECT_EQ(core->state().cuts.find(grant(request).slot)->refused, "policy_not_attached");
  EXPECT_EQ(count("sessions.cut"), 0U);
  EXPECT_EQ(access::credentials_until(grant(request)), *grant(request).absent_at + Duration::hours(1));
  EXPECT_TRUE(denies("ana", grant(request).slot, "ProdAdmin", signed_in)) << "it holds as soon as it is attached";
  ASSERT_TRUE(sandbox.attach_policy(prepared().id, root));
  ASSERT_TRUE(run_until(Duration::minutes(7), [&] { return grant(request).sessions_cut_at.has_value(); }));
  EXPECT_EQ(core->state().cuts.find(grant(request).slot)->refused, "");
}

TEST_F(HardEndOfASession, KnowsItsAttachmentFromTheUnitsAboveAnAccount) {
  const auto account = core->organization()->account("prod-web", "account");
  ASSERT_TRUE(account.has_value());
  ASSERT_TRUE(sandbox.attach_policy(prepared().id, {(*account)->units.back().str()}));
  const auto request = hold("ana", "prod-web", "ProdAdmin", Duration::minutes(30));
  run_for(Duration::minutes(40));
  EXPECT_EQ(count("sessions.cut_refused"), 0U);
  EXPECT_TRUE(grant(request).sessions_cut_at.has_value());
}

TEST_F(HardEndOfASession, KeepsToAwssLimitsWhenManyEndTogether) {
  const std::vector<std::string> people = {"ana", "bo", "chen", "emil", "hana"};
  std::vector<access::RequestId> requests;
  for (const auto& person : people) {
    for (const auto* account : {"prod-web", "prod-payments", "prod-data"})
      requests.push_back(ask(person, account, "ProdAdmin", Duration::hours(1)));
  }
  run_for(Duration::minutes(62));
  for (const auto& id : requests) EXPECT_TRUE(grant(id).sessions_cut_at.has_value());
  EXPECT_LE(prepared().updates, 30U);
  EXPECT_LE(prepared().content.size(), control::kLongestPolicy);
}

}  // namespace
}  // namespace ag::server::testing
