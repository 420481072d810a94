#pragma once
#include <string>
#include <string_view>

#include "base/http.hpp"
#include "base/json.hpp"
#include "sandbox/fault.hpp"

/// AWS's query protocol: form parameters in, XML out.
namespace ag::sandbox {

/// The parameters of the target's query and of the body, all as text and flat (`Tags.member.1.Key`). The body wins.
/// Fault: MalformedQueryString for bad percent-encoding, text that is not UTF-8, or more than 1,000 parameters.
[[nodiscard]] Outcome<json::object> query_parameters(const HttpRequest& request);

/// `<{operation}Response xmlns=…><{operation}Result>…`: objects become elements, lists `<member>`s.
[[nodiscard]] std::string xml_result(std::string_view operation, std::string_view xml_namespace,
                                     const json::object& result, std::string_view request_id);

/// `<ErrorResponse>…`.
[[nodiscard]] std::string xml_error(std::string_view code, std::string_view message, std::string_view xml_namespace,
                                    std::string_view request_id);

}  // namespace ag::sandbox
