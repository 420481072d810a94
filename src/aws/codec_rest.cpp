#include <fmt/format.h>

#include "aws/codec_protocols.hpp"
#include "base/assert.hpp"

namespace ag::aws::codec_detail {
namespace {

std::string path_of(std::string_view base, std::string_view name) {
  return fmt::format("{}schedules/{}", base, percent_encoded(name));
}

HttpRequest writing(std::string method, std::string_view base, std::string_view name) {
  HttpRequest request{.method = std::move(method), .target = path_of(base, name)};
  // Also without a body: the HTTP library would name a type of its own.
  request.headers.add("Content-Type", "application/json");
  return request;
}

void add_parameter(HttpRequest& request, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  const char joint = request.target.find('?') == std::string::npos ? '?' : '&';
  request.target += joint + form({{name, value}});
}

}  // namespace

HttpRequest rest_request(const Call& call, std::string_view base) {
  AG_ASSERT(service_of(call) == Service::kScheduler && base.ends_with('/'));
  if (const auto* create = std::get_if<CreateSchedule>(&call)) {
    HttpRequest request = writing("POST", base, create->schedule.name);
    request.body = json::serialize(json_input(call));
    return request;
  }
  if (const auto* update = std::get_if<UpdateSchedule>(&call)) {
    HttpRequest request = writing("PUT", base, update->schedule.name);
    request.body = json::serialize(json_input(call));
    return request;
  }
  if (const auto* removal = std::get_if<DeleteSchedule>(&call)) {
    HttpRequest request = writing("DELETE", base, removal->name);
    add_parameter(request, "groupName", removal->group);
    add_parameter(request, "clientToken", removal->client_token);
    return request;
  }
  const auto& question = std::get<GetSchedule>(call);
  HttpRequest request{.method = "GET", .target = path_of(base, question.name)};
  add_parameter(request, "groupName", question.group);
  return request;
}

}  // namespace ag::aws::codec_detail
