#include "sandbox/test_client.hpp"

namespace ag::sandbox {
namespace {

using testing::Console;
using testing::Reply;

constexpr std::string_view kTarget = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";

Behaviour behaviour() {
  Behaviour behaviour;
  behaviour.trail_delay_min = Duration::seconds(2);
  behaviour.trail_delay_max = Duration::seconds(6);
  behaviour.page_size = 2;
  behaviour.calls_per_second = 0;
  return behaviour;
}

struct Trails : ::testing::Test {
  Console console{1, behaviour()};

  Reply lookup(json::object input = {}) { return console.call(kTarget, "cloudtrail", input); }
  std::vector<json::object> events(const Reply& reply) {
    std::vector<json::object> found;
    for (const auto& each : reply.body.at("Events").as_array()) {
      const auto text = each.as_object().at("CloudTrailEvent").as_string();
      found.push_back(parse_json(std::string_view(text), Numbers::kAny)->as_object());
    }
    return found;
  }
  Reply create(std::string_view account, std::string_view set, std::string_view person) {
    const Slot slot = *console.sandbox.slot(account, set, person);
    return console.sso("CreateAccountAssignment", {{"TargetId", slot.account.str()},
                                                   {"TargetType", "AWS_ACCOUNT"},
                                                   {"PermissionSetArn", slot.permission_set.str()},
                                                   {"PrincipalType", "USER"},
                                                   {"PrincipalId", slot.principal_id}});
  }
  void pass(Duration time) { console.now = console.now + time; }
};

TEST_F(Trails, TellOfACreateSomeSecondsLater) {
  const auto made = create("dev-web", "ReadOnly", "ana");
  ASSERT_EQ(made.status, 200) << made.text;
  const std::string at = to_rfc3339(Instant::from_seconds(console.now.count_seconds()));
  pass(Duration::seconds(1));
  EXPECT_TRUE(events(lookup()).empty());
  pass(Duration::seconds(6));
  const auto found = events(lookup());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].at("eventName").as_string(), "CreateAccountAssignment");
  EXPECT_EQ(found[0].at("eventTime").as_string(), at);
  EXPECT_TRUE(std::string(found[0].at("userIdentity").as_object().at("arn").as_string()).ends_with("user/accessguard"));
  EXPECT_EQ(found[0].at("requestParameters").as_object().at("targetType").as_string(), "AWS_ACCOUNT");
  EXPECT_EQ(
      found[0].at("responseElements").as_object().at("accountAssignmentCreationStatus").as_object().at("requestId"),
      made.body.at("AccountAssignmentCreationStatus").as_object().at("RequestId"));
}

TEST_F(Trails, TellOfRefusalsAndOfWhatIsDoneByHand) {
  const Slot slot = *console.sandbox.slot("dev-web", "ReadOnly", "ana");
  ASSERT_EQ(create("dev-web", "ReadOnly", "ana").status, 200);
  EXPECT_EQ(create("dev-web", "ReadOnly", "bo").error(), "ConflictException");
  pass(Duration::seconds(10));
  console.sandbox.add_standing(slot, console.now);  // it is there: nothing changes
  pass(Duration::seconds(10));
  const auto first = lookup();
  ASSERT_TRUE(first.body.contains("NextToken"));
  const auto newest = events(first);
  ASSERT_EQ(newest.size(), 2U);
  EXPECT_TRUE(newest[0].at("userIdentity").as_object().contains("sessionContext"));
  EXPECT_EQ(newest[1].at("errorCode").as_string(), "ConflictException");
  const auto rest = events(lookup({{"NextToken", first.body.at("NextToken")}}));
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(console.sandbox.made_by_others(slot).size(), 1U) << "not what the holder of the first key made";
}

TEST_F(Trails, AreLookedUpByNameAndTime) {
  ASSERT_EQ(create("dev-web", "ReadOnly", "ana").status, 200);
  const auto at = console.now.count_seconds();
  pass(Duration::seconds(20));
  const auto named = [&](std::string_view name) {
    return events(lookup({{"LookupAttributes",
                           json::array{json::object{{"AttributeKey", "EventName"}, {"AttributeValue", name}}}}}))
        .size();
  };
  EXPECT_EQ(named("CreateAccountAssignment"), 1U);
  EXPECT_EQ(named("DeleteAccountAssignment"), 0U);
  EXPECT_EQ(events(lookup({{"StartTime", at}})).size(), 1U);
  EXPECT_EQ(events(lookup({{"StartTime", at + 1}})).size(), 0U);
  EXPECT_EQ(events(lookup({{"EndTime", at - 1}})).size(), 0U);
}

TEST_F(Trails, RefuseWhatAwsRefuses) {
  EXPECT_EQ(lookup({{"MaxResults", 51}}).error(), "InvalidMaxResultsException");
  EXPECT_EQ(lookup({{"StartTime", 2}, {"EndTime", 1}}).error(), "InvalidTimeRangeException");
  EXPECT_EQ(lookup({{"StartTime", "today"}}).error(), "InvalidTimeRangeException");
  EXPECT_EQ(lookup({{"NextToken", "nonsense"}}).error(), "InvalidNextTokenException");
  EXPECT_EQ(lookup({{"LookupAttributes", json::array{json::object{{"AttributeKey", "Username"}}}}}).error(),
            "InvalidLookupAttributesException");
  for (const auto* person : {"ana", "emil", "hana"}) {
    ASSERT_EQ(create("dev-web", "ReadOnly", person).status, 200);
    pass(Duration::seconds(10));
  }
  const auto first = lookup({{"StartTime", 1}});
  EXPECT_EQ(lookup({{"StartTime", 2}, {"NextToken", first.body.at("NextToken")}}).error(), "InvalidNextTokenException")
      << "the other pages are asked for with the same parameters";
}

TEST_F(Trails, AreOfOneAccountAndTwoLookupsASecond) {
  ASSERT_EQ(create("dev-web", "ReadOnly", "ana").status, 200);
  pass(Duration::seconds(10));
  console.sandbox.delegated_admin(true);
  const auto& delegate = console.sandbox.credentials();
  console.signer = {delegate.access_key_id, delegate.secret_access_key};
  EXPECT_TRUE(events(lookup()).empty()) << "what was done in the management account is told there";
  auto limited = behaviour();
  limited.calls_per_second = 20;
  console.sandbox.set_behaviour(limited);
  EXPECT_EQ(lookup().status, 200);
  EXPECT_EQ(lookup().status, 200);
  EXPECT_EQ(lookup().error(), "ThrottlingException");
}

}  // namespace
}  // namespace ag::sandbox
