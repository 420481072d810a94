#include "aws/errors.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/codec.hpp"

namespace ag::aws {
namespace {

HttpResponse reply(int status, std::string body, HttpHeaders headers = {}) {
  return {status, std::move(headers), std::move(body)};
}
std::string json_error(std::string_view code, std::string_view message = "words") {
  return fmt::format(R"({{"__type":"{}","message":"{}"}})", code, message);
}

TEST(AwsErrors, AreClassedByCodeAndMessage) {
  struct Case {
    int status;
    std::string code, message;
    ErrorClass kind;
  };
  const std::vector<Case> cases = {
      {400, "ThrottlingException", "Rate exceeded", ErrorClass::kThrottled},
      {400, "ThrottlingException", "There are too many requests processing. Please try again later.",
       ErrorClass::kThrottled},
      {400, "TooManyRequestsException", "", ErrorClass::kThrottled},
      {400, "ConflictException", "There is a conflicting operation in process.", ErrorClass::kConflictTransient},
      {409, "ConflictException", "something new", ErrorClass::kConflictTransient},
      {400, "ConflictException", "PermissionSet with name X already exists.", ErrorClass::kConflictPermanent},
      {400, "ConflictException", "It already has a typed link attachment to a managed policy",
       ErrorClass::kConflictPermanent},
      {400, "ConflictException", "Could not delete because PermissionSet has ApplicationProfile associated with it",
       ErrorClass::kConflictPermanent},
      {400, "ConcurrentModificationException", "", ErrorClass::kConflictTransient},
      {400, "PolicyChangesInProgressException", "", ErrorClass::kConflictTransient},
      {400, "DuplicatePolicyException", "", ErrorClass::kConflictPermanent},
      {400, "PolicyNotFoundException", "", ErrorClass::kAbsent},
      {400, "MalformedPolicyDocumentException", "", ErrorClass::kInvalid},
      {400, "PolicyTypeNotEnabledException", "", ErrorClass::kInvalid},
      {400, "ResourceNotFoundException", "", ErrorClass::kAbsent},
      {400, "AccountNotFoundException", "", ErrorClass::kAbsent},
      {400, "ParentNotFoundException", "", ErrorClass::kAbsent},
      {400, "AccessDeniedException", "", ErrorClass::kDenied},
      {403, "AccessDenied", "", ErrorClass::kDenied},
      {400, "UnrecognizedClientException", "", ErrorClass::kCredentials},
      {400, "InvalidSignatureException", "", ErrorClass::kCredentials},
      {400, "ExpiredTokenException", "", ErrorClass::kCredentials},
      {403, "ExpiredToken", "", ErrorClass::kCredentials},
      {403, "InvalidClientTokenId", "", ErrorClass::kCredentials},
      {403, "SignatureDoesNotMatch", "", ErrorClass::kCredentials},
      {400, "RequestExpired", "", ErrorClass::kCredentials},
      {400, "MissingAuthenticationTokenException", "", ErrorClass::kCredentials},
      {400, "IncompleteSignatureException", "", ErrorClass::kCredentials},
      {400, "ValidationException", "", ErrorClass::kInvalid},
      {400, "ValidationError", "", ErrorClass::kInvalid},
      {400, "AWSOrganizationsNotInUseException", "", ErrorClass::kInvalid},
      {402, "ServiceQuotaExceededException", "", ErrorClass::kQuota},
      {500, "InternalServerException", "", ErrorClass::kRetryable},
      {500, "ServiceException", "", ErrorClass::kRetryable},
      {500, "SomethingNewException", "", ErrorClass::kRetryable},
      {400, "SomethingNewException", "", ErrorClass::kOther},
  };
  for (const auto& one : cases) {
    const auto error = error_from(reply(one.status, json_error(one.code, one.message)));
    EXPECT_EQ(name_of(error.kind), name_of(one.kind)) << one.code << ": " << one.message;
    EXPECT_EQ(error.code, one.code);
    EXPECT_EQ(error.message, one.message);
    EXPECT_EQ(error.http_status, one.status);
  }
}

TEST(AwsErrors, TellTheTwoCausesOfThrottlingApart) {
  EXPECT_FALSE(is_too_many_under_way(error_from(reply(400, json_error("ThrottlingException", "Rate exceeded")))));
  EXPECT_TRUE(is_too_many_under_way(error_from(reply(
      400, json_error("ThrottlingException", "There are too many requests processing. Please try again later.")))));
}

TEST(AwsErrors, TellTheTwoConflictsOfTheIdentityStoreApart) {
  const auto conflict = [](std::string_view reason) {
    return error_from(
               reply(400, fmt::format(R"({{"__type":"ConflictException","Message":"m","Reason":"{}"}})", reason)))
        .kind;
  };
  EXPECT_EQ(conflict("UNIQUENESS_CONSTRAINT_VIOLATION"), ErrorClass::kConflictPermanent);
  EXPECT_EQ(conflict("CONCURRENT_MODIFICATION"), ErrorClass::kConflictTransient);
}

TEST(AwsErrors, TellTheTwoConstraintsOfOrganizationsApart) {
  const auto constraint = [](std::string_view reason) {
    return error_from(
               reply(400,
                     fmt::format(R"({{"__type":"ConstraintViolationException","Message":"m","Reason":"{}"}})", reason)))
        .kind;
  };
  EXPECT_EQ(constraint("POLICY_CONTENT_LIMIT_EXCEEDED"), ErrorClass::kQuota);
  EXPECT_EQ(constraint("POLICY_NUMBER_LIMIT_EXCEEDED"), ErrorClass::kQuota);
  EXPECT_EQ(constraint("TAG_POLICY_VIOLATION"), ErrorClass::kInvalid);
  EXPECT_EQ(error_from(reply(400, json_error("ConstraintViolationException"))).kind, ErrorClass::kInvalid);
}

TEST(AwsErrors, ReadTheErrorsOfRest) {
  const auto error = error_from(reply(404, R"({"Message":"Schedule end does not exist."})",
                                      {{"x-amzn-ErrorType", "ResourceNotFoundException"}, {"x-amzn-RequestId", "a"}}));
  EXPECT_EQ(error.kind, ErrorClass::kAbsent);
  EXPECT_EQ(error.message, "Schedule end does not exist.");
  EXPECT_EQ(error_from(reply(409, "{}", {{"x-amzn-ErrorType", "ConflictException"}})).kind,
            ErrorClass::kConflictTransient);
  EXPECT_EQ(error_from(reply(429, "{}", {{"x-amzn-ErrorType", "ThrottlingException"}})).kind, ErrorClass::kThrottled);
  EXPECT_EQ(error_from(reply(402, "{}", {{"x-amzn-ErrorType", "ServiceQuotaExceededException"}})).kind,
            ErrorClass::kQuota);
}

TEST(AwsErrors, TakeTheBareCode) {
  EXPECT_EQ(error_from(reply(400, json_error("com.amazonaws.swbexternalservice#ConflictException"))).code,
            "ConflictException");
  EXPECT_EQ(error_from(reply(400, json_error("a#b#ConflictException:http://x#y"))).code, "ConflictException");
  EXPECT_EQ(
      error_from(reply(400, "{}", {{"x-amzn-ErrorType", "AccessDeniedException:http://internal.amazon.com/"}})).code,
      "AccessDeniedException");
  EXPECT_EQ(error_from(reply(400, R"({"__type":null,"Message":"m"})")).code, "Http400");
}

TEST(AwsErrors, CarryTheRequestIdTheDateAndWhenToComeBack) {
  const auto error =
      error_from(reply(400, R"({"__type":"ThrottlingException","Message":"m","RetryAfterSeconds":7,"RequestId":"b"})",
                       {{"x-amzn-RequestId", "a"}, {"Date", "Wed, 25 Nov 2026 14:02:07 GMT"}}));
  EXPECT_EQ(error.request_id, "a");
  EXPECT_EQ(error.message, "m");
  EXPECT_EQ(error.retry_after, Duration::seconds(7));
  EXPECT_EQ(error.server_time, parse_rfc3339("2026-11-25T14:02:07Z").value());
  EXPECT_EQ(error_from(reply(400, R"({"RequestId":"b"})")).request_id, "b");
}

TEST(AwsErrors, BoundWhenToComeBack) {
  const auto wait = [](std::string body, HttpHeaders headers = {}) {
    return error_from(reply(429, std::move(body), std::move(headers))).retry_after;
  };
  EXPECT_EQ(wait(R"({"RetryAfterSeconds":1e300})"), Duration::seconds(300));
  EXPECT_EQ(wait(R"({"RetryAfterSeconds":-1})"), std::nullopt);
  EXPECT_EQ(wait(R"({"RetryAfterSeconds":"7"})"), std::nullopt);
  EXPECT_EQ(wait("", {{"x-amz-retry-after", "1500"}}), Duration::milliseconds(1500));
  EXPECT_EQ(wait("", {{"Retry-After", "4000000000"}}), Duration::seconds(300));
  EXPECT_EQ(wait("", {{"Retry-After", "Wed, 25 Nov 2026 14:02:07 GMT"}}), std::nullopt);
}

TEST(AwsErrors, ReadXmlWhereverItComes) {
  const auto sts = error_from(
      reply(403,
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>"
            "<Code>InvalidClientTokenId</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>"));
  EXPECT_EQ(sts.code, "InvalidClientTokenId");
  EXPECT_EQ(sts.message, "no");
  EXPECT_EQ(sts.request_id, "r");
  EXPECT_EQ(
      error_from(
          reply(
              400,
              "<Response><Errors><Error><Code>AuthFailure</Code></Error></Errors><RequestID>q</RequestID></Response>"))
          .kind,
      ErrorClass::kCredentials);
  EXPECT_EQ(error_from(reply(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>")).kind, ErrorClass::kCredentials);
}

TEST(AwsErrors, JudgePagesOfProxiesByStatus) {
  const std::string page = "<!doctype html><title>500</title>" + std::string(2000, 'x');
  const auto error = error_from(reply(500, page));
  EXPECT_EQ(error.kind, ErrorClass::kRetryable);
  EXPECT_EQ(error.code, "Http500");
  EXPECT_EQ(error.message, page.substr(0, 512));
  EXPECT_EQ(error_from(reply(502, "")).kind, ErrorClass::kRetryable);
  EXPECT_EQ(error_from(reply(403, page)).kind, ErrorClass::kDenied);
  EXPECT_EQ(error_from(reply(302, page)).kind, ErrorClass::kOther);
}

// What is absent counts as revoked, so only AWS may say it.
TEST(AwsErrors, DoNotTakeA404OfAnyoneForAbsent) {
  EXPECT_EQ(error_from(reply(404, "<html>not here</html>")).kind, ErrorClass::kOther);
  EXPECT_EQ(error_from(reply(404, R"({"message":"no Route matched"})")).kind, ErrorClass::kOther);
}

TEST(AwsErrors, CutMessagesBetweenCharacters) {
  const auto error = error_from(reply(400, json_error("X", std::string(511, 'a') + "\xc3\xa4\xc3\xa4")));
  EXPECT_EQ(error.message, std::string(511, 'a'));
}

TEST(AwsErrors, DropTheQuotedRequestWithItsToken) {
  const auto error =
      error_from(reply(403, json_error("SignatureDoesNotMatch",
                                       "The request signature we calculated does not match. The Canonical String for "
                                       "this request should have been x-amz-security-token:s3cret")));
  EXPECT_EQ(error.message.find("s3cret"), std::string::npos);
  EXPECT_NE(error.message.find("does not match"), std::string::npos);
}

}  // namespace
}  // namespace ag::aws
