#include <gtest/gtest.h>

#include "aws/codec.hpp"
#include "base/json.hpp"

namespace ag::aws {
namespace {

// As CloudTrail keeps it, without the members that nobody reads.
constexpr std::string_view kEvent = R"({
  "eventVersion": "1.11",
  "userIdentity": {
    "type": "AssumedRole", "principalId": "AROA:bo",
    "arn": "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_1/bo", "accountId": "111122223333",
    "sessionContext": {"sessionIssuer": {"type": "Role",
      "arn": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1"}}},
  "eventTime": "2026-11-25T14:02:07Z", "eventSource": "sso.amazonaws.com", "eventName": "CreateAccountAssignment",
  "requestParameters": {"instanceArn": "arn:aws:sso:::instance/ssoins-1", "targetId": "444455556666",
    "targetType": "AWS_ACCOUNT", "permissionSetArn": "arn:aws:sso:::permissionSet/ssoins-1/ps-1",
    "principalType": "USER", "principalId": "u-1"},
  "responseElements": {"accountAssignmentCreationStatus": {"status": "IN_PROGRESS", "requestId": "op-1"}},
  "eventID": "e-1"})";

MadeAssignments decoded(const std::string& event) {
  const json::object body{
      {"Events",
       json::array{json::object{{"EventId", "e-1"}, {"EventTime", 1795615327.0}, {"CloudTrailEvent", event}}}}};
  auto reply = decode(LookupEvents{}, HttpResponse{200, {}, json::serialize(body)});
  EXPECT_TRUE(reply.has_value());
  return std::get<MadeAssignments>(*reply);
}
std::string changed(std::string_view from, std::string_view to) {
  std::string text(kEvent);
  EXPECT_NE(text.find(from), std::string::npos) << from;
  return text.replace(text.find(from), from.size(), to);
}

TEST(CloudTrail, TellsWhoMadeWhich) {
  const auto page = decoded(std::string(kEvent));
  EXPECT_EQ(page.unreadable, 0U);
  EXPECT_EQ(page.newest, parse_rfc3339("2026-11-25T14:02:07Z").value());
  ASSERT_EQ(page.items.size(), 1U);
  const auto& made = page.items[0];
  EXPECT_EQ(made.event, "e-1");
  EXPECT_EQ(made.at, parse_rfc3339("2026-11-25T14:02:07Z").value());
  EXPECT_EQ(made.by, "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_1/bo");
  EXPECT_TRUE(made.by_role.ends_with("AWSReservedSSO_Admin_1"));
  EXPECT_EQ(made.instance.str(), "arn:aws:sso:::instance/ssoins-1");
  EXPECT_EQ(made.assignment,
            (Assignment{AccountId("444455556666"), PermissionSetArn("arn:aws:sso:::permissionSet/ssoins-1/ps-1"),
                        PrincipalType::kUser, "u-1"}));
  EXPECT_EQ(made.operation.str(), "op-1");
}

TEST(CloudTrail, TellsNothingOfCallsThatAwsDidNotTake) {
  const auto page = decoded(changed(R"("eventID")", R"("errorCode": "ConflictException", "eventID")"));
  EXPECT_TRUE(page.items.empty());
  EXPECT_EQ(page.unreadable, 0U);
}

TEST(CloudTrail, DoesWithoutRoleAndOperation) {
  EXPECT_EQ(decoded(changed("sessionIssuer", "nobody")).items.at(0).by_role, "");
  EXPECT_EQ(decoded(changed("requestId", "nothing")).items.at(0).operation.str(), "");
}

TEST(CloudTrail, CountsWhatCannotBeReadAndReadsTheRest) {
  const std::vector<std::string> unreadable = {"",
                                               "{}",
                                               "[]",
                                               "not JSON",
                                               changed("CreateAccountAssignment", "DeleteAccountAssignment"),
                                               changed("\"eventID\"", "\"id\""),
                                               changed("2026-11-25T14:02:07Z", "yesterday"),
                                               changed("\"arn\": \"arn:aws:sts", "\"a\": \""),
                                               changed("targetId", "target"),
                                               changed("\"USER\"", "\"ROBOT\""),
                                               changed("u-1", std::string(600, 'u')),
                                               changed("u-1", "u-1\\u001b[2J"),
                                               changed("\"u-1\"", "7"),
                                               changed("requestParameters", "parameters")};
  for (const auto& event : unreadable) {
    const auto page = decoded(event);
    EXPECT_TRUE(page.items.empty()) << event;
    EXPECT_EQ(page.unreadable, 1U) << event;
  }
}

TEST(CloudTrail, MustBringItsList) {
  const auto reply = decode(LookupEvents{}, HttpResponse{200, {}, "{}"});
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, "IncompleteReply");
}

}  // namespace
}  // namespace ag::aws
