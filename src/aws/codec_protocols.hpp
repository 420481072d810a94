#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "aws/types.hpp"
#include "aws/xml.hpp"
#include "base/http.hpp"
#include "base/json.hpp"

/// The two halves of aws/codec.cpp, and what of them the unsigned calls of aws/metadata.cpp need too.
namespace ag::aws::codec_detail {

/// The JSON object that asks for a call of sso-admin, identitystore, organizations or cloudtrail, or the body of one of
/// scheduler that has one (asserted).
[[nodiscard]] json::object json_input(const Call& call);
/// Error code `incomplete_reply`; the message names the member.
[[nodiscard]] Result<Reply> reply_from_json(const Call& call, const json::object& body);

/// What CloudTrail's text of one CreateAccountAssignment tells.
struct TrailEvent {
  MadeAssignment made;
  bool is_refused = false;  ///< AWS did not take the call: of it nothing else is read
};
/// None when the text is not as it must be: not JSON, of another operation, something missing, or longer than it can
/// be.
[[nodiscard]] std::optional<TrailEvent> made_assignment(std::string_view text);

/// Method, path, query and body of a call of scheduler (asserted), below `base`, which ends with a slash.
[[nodiscard]] HttpRequest rest_request(const Call& call, std::string_view base);

/// RFC 3986 §2.3: all but the unreserved, a space too as %20.
[[nodiscard]] std::string percent_encoded(std::string_view text);

constexpr std::string_view kStsVersion = "2011-06-15";
constexpr std::string_view kIamVersion = "2010-05-08";

/// `a=b&c=d`, values percent-encoded as RFC 3986 §2.3 has it: a space is %20.
[[nodiscard]] std::string form(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);
/// The form that asks for a call of sts or iam (asserted).
[[nodiscard]] std::string query_input(const Call& call);
/// Error code `incomplete_reply`.
[[nodiscard]] Result<AssumedRole> role_from_xml(const XmlElement& root, std::string_view result);
[[nodiscard]] Result<Reply> reply_from_xml(const Call& call, const XmlElement& root);

}  // namespace ag::aws::codec_detail
