#include "aws/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "aws/xml.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace ag::aws {
namespace {

constexpr std::size_t kMaxMessage = 512;  // bytes, as AwsError promises
constexpr std::size_t kMaxCode = 128;
// A reply must not be able to put off a revoke for long, whatever it says.
constexpr double kMaxRetryAfterSeconds = 300;

constexpr std::array kThrottled = std::to_array<std::string_view>(
    {"BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException",
     "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled", "RequestThrottledException",
     "SlowDown", "ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException"});
constexpr std::array kConflictTransient = std::to_array<std::string_view>(
    {"ConcurrentModificationException", "PolicyChangesInProgressException", "TransactionInProgressException"});
constexpr std::array kDenied =
    std::to_array<std::string_view>({"AccessDenied", "AccessDeniedException", "NotAuthorized", "OptInRequired",
                                     "RegionDisabledException", "UnauthorizedException", "UnauthorizedOperation"});
constexpr std::array kCredentials = std::to_array<std::string_view>(
    {"AuthFailure", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature", "IncompleteSignatureException",
     "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidSignatureException", "MissingAuthenticationToken",
     "MissingAuthenticationTokenException", "RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch",
     "TokenRefreshRequired", "UnrecognizedClientException"});
constexpr std::array kInvalid = std::to_array<std::string_view>(
    {"AWSOrganizationsNotInUseException", "InvalidAction", "InvalidInputException", "InvalidParameterCombination",
     "InvalidParameterValue", "InvalidRequestException",
     "InvalidToken",  // moto, of a page token
     "MalformedPolicyDocument", "MalformedPolicyDocumentException", "MalformedQueryString", "MissingAction",
     "MissingParameter", "PackedPolicyTooLarge", "PolicyTypeNotEnabledException", "SerializationException",
     "UnknownOperationException", "UnsupportedAPIEndpointException", "ValidationError", "ValidationException"});
constexpr std::array kQuota = std::to_array<std::string_view>({"LimitExceeded", "ServiceQuotaExceededException"});
constexpr std::array kRetryable = std::to_array<std::string_view>(
    {"IDPCommunicationError", "InternalError", "InternalFailure", "InternalServerError", "InternalServerException",
     "PriorRequestNotComplete", "RequestTimeout", "RequestTimeoutException", "ServiceException", "ServiceFailure",
     "ServiceUnavailable", "ServiceUnavailableException"});

bool contains(const auto& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// ConflictException is one name for two things; AWS's words tell which. Where they tell nothing it is transient, as
// the service model says: "a retry with appropriate backoff logic is the recommended response".
ErrorClass conflict_class(const Failure& failure) {
  if (failure.reason == "UNIQUENESS_CONSTRAINT_VIOLATION") return ErrorClass::kConflictPermanent;
  if (failure.reason == "CONCURRENT_MODIFICATION") return ErrorClass::kConflictTransient;
  const std::string text = to_lower(failure.message);
  for (const std::string_view sign : {"already exists", "typed link attachment", "could not delete because"}) {
    if (text.find(sign) != std::string::npos) return ErrorClass::kConflictPermanent;
  }
  return ErrorClass::kConflictTransient;
}

// ConstraintViolationException is one name for every rule of Organizations; those about numbers and sizes end so.
ErrorClass constraint_class(const Failure& failure) {
  return failure.reason.ends_with("_LIMIT_EXCEEDED") ? ErrorClass::kQuota : ErrorClass::kInvalid;
}

// A 404 is not kAbsent: any proxy or wrong address says 404, and what is absent counts as revoked.
ErrorClass class_by_status(int status) {
  if (status >= 500 || status == 408) return ErrorClass::kRetryable;
  if (status == 429) return ErrorClass::kThrottled;
  if (status == 401) return ErrorClass::kCredentials;
  if (status == 403) return ErrorClass::kDenied;
  return ErrorClass::kOther;
}

// At most `limit` bytes, not ending within a UTF-8 character.
std::string cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
  return std::string(text.substr(0, limit));
}

// `com.amazonaws.swbexternalservice#ConflictException:http://…` is ConflictException.
std::string_view bare_code(std::string_view code) {
  code = code.substr(0, code.find(':'));
  const auto hash = code.rfind('#');
  return hash == std::string_view::npos ? code : code.substr(hash + 1);
}

std::string_view header(const HttpResponse& response, std::string_view name) {
  return response.headers.find(name).value_or(std::string_view{});
}

std::optional<Duration> bounded_seconds(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return std::nullopt;
  return Duration::milliseconds(static_cast<std::int64_t>(std::min(seconds, kMaxRetryAfterSeconds) * 1000));
}

std::optional<Duration> retry_after(const HttpResponse& response, const json::object* body) {
  if (body != nullptr) {
    const json::value* member = body->if_contains("RetryAfterSeconds");
    if (member != nullptr && member->is_number()) return bounded_seconds(member->to_number<double>());
  }
  const auto number = [&](std::string_view name) -> std::optional<double> {
    const std::string_view text = header(response, name);
    std::uint32_t whole = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (text.empty() || problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return static_cast<double>(whole);
  };
  if (const auto milliseconds = number("x-amz-retry-after")) return bounded_seconds(*milliseconds / 1000);
  if (const auto seconds = number("Retry-After")) return bounded_seconds(*seconds);
  return std::nullopt;
}

// What every error knows, whatever its body says.
AwsError envelope(const HttpResponse& response) {
  AwsError error{.http_status = response.status};
  for (const auto* name : {"x-amzn-RequestId", "x-amz-request-id"}) {
    if (error.request_id.empty()) error.request_id = cut(header(response, name), kMaxCode);
  }
  if (const auto date = parse_http_date(header(response, "Date"))) error.server_time = *date;
  return error;
}

struct Parts {
  std::string code;
  std::string message;
  std::string reason;
  std::string request_id;
};

std::string text_of(const json::object& object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const json::value* member = object.if_contains(name);
    if (member != nullptr && member->is_string()) return std::string(member->get_string());
  }
  return {};
}

Parts parts_of(const json::object& body) {
  return {text_of(body, {"__type"}), text_of(body, {"message", "Message"}), text_of(body, {"Reason"}),
          text_of(body, {"RequestId"})};
}

// <ErrorResponse><Error><Code>…, or as moto and S3 do <Response><Errors><Error> and a bare <Error>.
std::optional<Parts> parts_of(const XmlElement& root) {
  const XmlElement* holder = root.child("Errors") == nullptr ? &root : root.child("Errors");
  const XmlElement* error = root.name == "Error" ? &root : holder->child("Error");
  if (error == nullptr) return std::nullopt;
  std::string_view id = root.text_of("RequestId");
  if (id.empty()) id = root.text_of("RequestID");
  return Parts{std::string(error->text_of("Code")), std::string(error->text_of("Message")), "", std::string(id)};
}

}  // namespace

ErrorClass class_of(const Failure& failure) {
  const std::string_view code = failure.code;
  if (code.empty()) return class_by_status(failure.http_status);
  if (code == "ConflictException") return conflict_class(failure);
  if (code == "ConstraintViolationException") return constraint_class(failure);
  if (code == "DuplicatePolicyException") return ErrorClass::kConflictPermanent;
  if (contains(kThrottled, code)) return ErrorClass::kThrottled;
  if (contains(kConflictTransient, code)) return ErrorClass::kConflictTransient;
  if (contains(kDenied, code)) return ErrorClass::kDenied;
  if (contains(kCredentials, code)) return ErrorClass::kCredentials;
  if (contains(kInvalid, code)) return ErrorClass::kInvalid;
  if (contains(kQuota, code)) return ErrorClass::kQuota;
  if (contains(kRetryable, code)) return ErrorClass::kRetryable;
  if (code.ends_with("NotFoundException") || code == "NoSuchEntity" || code == "NoSuchEntityException") {
    return ErrorClass::kAbsent;
  }
  return failure.http_status >= 500 ? ErrorClass::kRetryable : ErrorClass::kOther;
}

AwsError error_from(const HttpResponse& response) {
  AwsError error = envelope(response);
  const auto body = parse_json(response.body, Numbers::kAny);
  const json::object* object = body ? body->if_object() : nullptr;
  error.retry_after = retry_after(response, object);
  Parts parts{.message = response.body};
  if (object != nullptr) {
    parts = parts_of(*object);
  } else if (const auto xml = parse_xml(response.body)) {
    if (auto found = parts_of(*xml)) parts = std::move(*found);
  }
  if (parts.code.empty()) parts.code = header(response, "x-amzn-ErrorType");
  parts.code = bare_code(parts.code);
  error.kind = class_of({parts.code, parts.message, parts.reason, response.status});
  error.code = parts.code.empty() ? fmt::format("Http{}", response.status) : cut(parts.code, kMaxCode);
  error.message = cut(parts.message, kMaxMessage);
  // AWS quotes the request it expected, and with it the session token.
  if (is_signature_failure(error)) error.message = error.message.substr(0, error.message.find("The Canonical String"));
  if (error.request_id.empty()) error.request_id = cut(parts.request_id, kMaxCode);
  return error;
}

AwsError error_about(const HttpResponse& response, std::string_view code, std::string_view message) {
  AwsError error = envelope(response);
  error.kind = ErrorClass::kRetryable;
  error.code = code;
  error.message = cut(message, kMaxMessage);
  return error;
}

AwsError local_error(ErrorClass kind, std::string_view code, std::string_view message) {
  AwsError error{.kind = kind};
  error.code = code;
  error.message = cut(message, kMaxMessage);
  return error;
}

bool is_too_many_under_way(const AwsError& error) {
  return error.kind == ErrorClass::kThrottled &&
         error.message.find("too many requests processing") != std::string::npos;
}

bool is_expired_token(const AwsError& error) {
  return error.code == "ExpiredToken" || error.code == "ExpiredTokenException";
}

bool is_signature_failure(const AwsError& error) {
  constexpr std::array kSigns = std::to_array<std::string_view>(
      {"InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired", "RequestTimeTooSkewed"});
  return contains(kSigns, error.code);
}

}  // namespace ag::aws
