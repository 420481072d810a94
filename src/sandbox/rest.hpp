#pragma once
#include <string>
#include <string_view>

#include "base/http.hpp"
#include "base/json.hpp"
#include "sandbox/fault.hpp"

/// REST-JSON, as far as EventBridge Scheduler speaks it: `/schedules/{Name}?groupName=…` and a JSON body.
namespace ag::sandbox {

/// Whether that is what the request is.
[[nodiscard]] bool is_rest(const HttpRequest& request);

/// AWS's name of the operation; empty when there is none for the method.
[[nodiscard]] std::string_view rest_operation(const HttpRequest& request);

/// The body's members, and Name, GroupName and ClientToken from the path and the query.
/// Faults: SerializationException, MalformedQueryString.
[[nodiscard]] Outcome<json::object> rest_input(const HttpRequest& request);

/// The answer to it: AWS's name of an error is in a header, its status tells too.
[[nodiscard]] HttpResponse rest_response(const Outcome<json::object>& outcome);

}  // namespace ag::sandbox
