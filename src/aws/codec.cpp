#include "aws/codec.hpp"

#include <fmt/format.h>

#include <utility>

#include "aws/codec_protocols.hpp"
#include "aws/errors.hpp"

namespace ag::aws {
namespace {

enum class Protocol { kJson, kRestJson, kQuery };

struct Wire {
  Protocol protocol;
  std::string_view target;  // before the dot of X-Amz-Target
};

Wire wire_of(Service service) {
  switch (service) {
    case Service::kSsoAdmin: return {Protocol::kJson, "SWBExternalService"};
    case Service::kIdentityStore: return {Protocol::kJson, "AWSIdentityStore"};
    case Service::kOrganizations: return {Protocol::kJson, "AWSOrganizationsV20161128"};
    case Service::kSts: return {Protocol::kQuery, ""};
    case Service::kScheduler: return {Protocol::kRestJson, ""};
    case Service::kIam: return {Protocol::kQuery, ""};
    case Service::kCloudTrail: return {Protocol::kJson, "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"};
  }
  std::unreachable();
}

AwsResult<Reply> decode_json(const Call& call, const HttpResponse& response) {
  // The one success that AWS sends without a body.
  if (std::holds_alternative<DeleteSchedule>(call) && response.body.empty()) return Acknowledged{};
  const auto body = parse_json(response.body, Numbers::kAny);
  const json::object* object = body ? body->if_object() : nullptr;
  if (object == nullptr) {
    return std::unexpected(error_about(response, "UnreadableReply",
                                       body ? "the reply is not a JSON object" : "not JSON: " + body.error().message));
  }
  // An error in the clothes of a success.
  if (object->contains("__type")) return std::unexpected(error_from(response));
  auto reply = codec_detail::reply_from_json(call, *object);
  if (!reply) return std::unexpected(error_about(response, "IncompleteReply", reply.error().message));
  return std::move(*reply);
}

AwsResult<Reply> decode_query(const Call& call, const HttpResponse& response) {
  const auto root = parse_xml(response.body);
  if (!root) return std::unexpected(error_about(response, "UnreadableReply", "not XML: " + root.error().message));
  if (root->name == "ErrorResponse") return std::unexpected(error_from(response));
  auto reply = codec_detail::reply_from_xml(call, *root);
  if (!reply) return std::unexpected(error_about(response, "IncompleteReply", reply.error().message));
  return std::move(*reply);
}

}  // namespace

HttpRequest encode(const Call& call, const Endpoint& endpoint) {
  HttpRequest request{.method = "POST", .target = endpoint.path, .headers = {{"Host", endpoint.host}}};
  const Wire wire = wire_of(service_of(call));
  switch (wire.protocol) {
    case Protocol::kRestJson:
      request = codec_detail::rest_request(call, endpoint.path);
      request.headers.add("Host", endpoint.host);
      break;
    case Protocol::kJson:
      request.headers.add("Content-Type", "application/x-amz-json-1.1");
      request.headers.add("X-Amz-Target", fmt::format("{}.{}", wire.target, operation_of(call)));
      request.body = json::serialize(codec_detail::json_input(call));
      break;
    case Protocol::kQuery:
      request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
      request.body = codec_detail::query_input(call);
      break;
  }
  return request;
}

AwsResult<Reply> decode(const Call& call, const HttpResponse& response) {
  if (response.body.size() > kMaxReplyBytes) {
    return std::unexpected(error_about(response, "OversizedReply", "the reply is above 8 MiB"));
  }
  if (response.status < 200 || response.status > 299) return std::unexpected(error_from(response));
  switch (wire_of(service_of(call)).protocol) {
    case Protocol::kJson:
    case Protocol::kRestJson: return decode_json(call, response);
    case Protocol::kQuery: return decode_query(call, response);
  }
  std::unreachable();
}

}  // namespace ag::aws
