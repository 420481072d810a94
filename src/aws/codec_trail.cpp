#include <algorithm>
#include <utility>

#include "aws/codec_protocols.hpp"
#include "base/codec.hpp"

/// CloudTrail's record of one call, a JSON text inside LookupEvents' reply (CloudTrail User Guide, "Record contents").
/// Whoever made the call wrote parts of it.
namespace ag::aws::codec_detail {
namespace {

constexpr std::size_t kMaxRecord = std::size_t{256} * 1024;  // AWS: an event has at most 256 kB
constexpr std::size_t kMaxText = 512;                        // longer than any id or ARN that AWS makes

/// One object of the record; what is missing in it makes the whole unreadable.
class Record {
 public:
  Record(const json::object* object, bool* is_whole) : object_(object), is_whole_(is_whole) {}

  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }

  [[nodiscard]] Record inside(std::string_view name) const {
    const json::value* value = find(name);
    return {value == nullptr ? nullptr : value->if_object(), is_whole_};
  }

  /// Empty when it is not there, or is not a text of printable ASCII.
  [[nodiscard]] std::string optional(std::string_view name) const {
    const json::value* value = find(name);
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    if (text == nullptr || text->size() > kMaxText) return {};
    const bool is_plain = std::all_of(text->begin(), text->end(), [](char c) { return c > ' ' && c <= '~'; });
    return is_plain ? std::string(std::string_view(*text)) : std::string();
  }

  [[nodiscard]] std::string required(std::string_view name) const {
    std::string text = optional(name);
    if (text.empty()) *is_whole_ = false;
    return text;
  }

 private:
  [[nodiscard]] const json::value* find(std::string_view name) const {
    const json::value* value = object_ == nullptr ? nullptr : object_->if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

  const json::object* object_;
  bool* is_whole_;
};

}  // namespace

std::optional<TrailEvent> made_assignment(std::string_view text) {
  if (text.size() > kMaxRecord) return std::nullopt;
  const auto parsed = parse_json(text, Numbers::kAny);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  bool is_whole = true;
  const Record record(&parsed->get_object(), &is_whole);
  if (record.required("eventName") != "CreateAccountAssignment") return std::nullopt;
  TrailEvent event;
  event.is_refused = record.has("errorCode");
  if (event.is_refused) return event;

  MadeAssignment& made = event.made;
  made.event = record.required("eventID");
  const auto at = parse_rfc3339(record.required("eventTime"));
  const Record identity = record.inside("userIdentity");
  made.by = identity.required("arn");
  made.by_role = identity.inside("sessionContext").inside("sessionIssuer").optional("arn");
  const Record asked = record.inside("requestParameters");
  made.instance = InstanceArn(asked.required("instanceArn"));
  const auto type = enum_from<PrincipalType>(asked.required("principalType"));
  made.assignment = {AccountId(asked.required("targetId")), PermissionSetArn(asked.required("permissionSetArn")),
                     type.value_or(PrincipalType::kUser), asked.required("principalId")};
  made.operation =
      OperationId(record.inside("responseElements").inside("accountAssignmentCreationStatus").optional("requestId"));
  if (!is_whole || !at || !type) return std::nullopt;
  made.at = *at;
  return event;
}

}  // namespace ag::aws::codec_detail
