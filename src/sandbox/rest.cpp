#include "sandbox/rest.hpp"

#include <algorithm>
#include <iterator>

#include "sandbox/query.hpp"

namespace ag::sandbox {
namespace {

constexpr std::string_view kPrefix = "/schedules/";

std::string_view path_of(const HttpRequest& request) {
  const std::string_view target = request.target;
  return target.substr(0, target.find('?'));
}

struct Method {
  std::string_view method;
  std::string_view operation;
};
constexpr Method kMethods[] = {
    {"POST", "CreateSchedule"}, {"PUT", "UpdateSchedule"}, {"DELETE", "DeleteSchedule"}, {"GET", "GetSchedule"}};

/// Where a parameter of the query goes.
struct Parameter {
  std::string_view name;
  std::string_view member;
};
constexpr Parameter kParameters[] = {{"groupName", "GroupName"}, {"clientToken", "ClientToken"}};

struct Status {
  std::string_view code;
  int status;
};
constexpr Status kStatuses[] = {
    {"ConflictException", 409},           {"ResourceNotFoundException", 404},
    {"ThrottlingException", 429},         {"ServiceQuotaExceededException", 402},
    {"AccessDeniedException", 403},       {"ExpiredTokenException", 403},
    {"InvalidSignatureException", 403},   {"IncompleteSignatureException", 403},
    {"UnrecognizedClientException", 403}, {"MissingAuthenticationTokenException", 403},
    {"UnknownOperationException", 404},
};

}  // namespace

bool is_rest(const HttpRequest& request) {
  return !request.headers.find("X-Amz-Target") && path_of(request).starts_with(kPrefix);
}

std::string_view rest_operation(const HttpRequest& request) {
  const auto it = std::find_if(std::begin(kMethods), std::end(kMethods),
                               [&](const Method& each) { return each.method == request.method; });
  return it == std::end(kMethods) ? std::string_view{} : it->operation;
}

Outcome<json::object> rest_input(const HttpRequest& request) {
  json::object input;
  if (!request.body.empty()) {
    auto body = parse_json(request.body, Numbers::kAny);
    if (!body || !body->is_object()) return refuse("SerializationException", "The body is not a JSON object.");
    input = std::move(body->get_object());
  }
  // The name is read as a parameter is: percent-encoded UTF-8. In a path a plus sign is itself.
  std::string name(path_of(request).substr(kPrefix.size()));
  for (auto at = name.find('+'); at != std::string::npos; at = name.find('+', at)) name.replace(at, 1, "%2B");
  const std::string_view target = request.target;
  const auto question = target.find('?');
  const std::string query(question == std::string_view::npos ? std::string_view{} : target.substr(question + 1));
  const auto in_path = query_parameters(HttpRequest{.method = "GET", .target = "/?name=" + name});
  if (!in_path) return in_path;
  const auto in_query = query_parameters(HttpRequest{.method = "GET", .target = "/?" + query});
  if (!in_query) return in_query;
  for (const Parameter& parameter : kParameters) {
    if (const auto* value = in_query->if_contains(parameter.name)) input[parameter.member] = *value;
  }
  input["Name"] = in_path->contains("name") ? in_path->at("name") : json::value("");
  return input;
}

HttpResponse rest_response(const Outcome<json::object>& outcome) {
  if (outcome) return {200, {{"Content-Type", "application/json"}}, json::serialize(*outcome)};
  const Fault& fault = outcome.error();
  const auto known = std::find_if(std::begin(kStatuses), std::end(kStatuses),
                                  [&](const Status& each) { return each.code == fault.code; });
  json::object body{{"Message", fault.message}};
  for (const auto& member : fault.members) body[member.key()] = member.value();
  return {known == std::end(kStatuses) ? fault.status : known->status,
          {{"Content-Type", "application/json"}, {"x-amzn-ErrorType", fault.code}},
          json::serialize(body)};
}

}  // namespace ag::sandbox
