#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "sandbox/input.hpp"
#include "sandbox/paging.hpp"
#include "sandbox/service.hpp"

/// cloudtrail: of its operations LookupEvents, and of all events those of CreateAccountAssignment (API version
/// 2013-11-01).
namespace ag::sandbox {
namespace {

constexpr std::int64_t kMaxResults = 50;
constexpr double kLatestSecond = 9e9;

/// Epoch seconds; the whole second at or before.
Outcome<std::optional<Instant>> time_of(const Call& call, std::string_view member) {
  const json::value* value = call.input.if_contains(member);
  if (value == nullptr || value->is_null()) return std::nullopt;
  const double seconds = value->is_number() ? value->to_number<double>() : -1;
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kLatestSecond) {
    return refuse("InvalidTimeRangeException", fmt::format("{} is not a time.", member));
  }
  return Instant::from_seconds(static_cast<std::int64_t>(seconds));
}

/// The name of the events that are asked for; none: any.
Outcome<std::optional<std::string>> name_of_events(const Call& call) {
  const json::value* value = call.input.if_contains("LookupAttributes");
  const json::array* list = value == nullptr ? nullptr : value->if_array();
  if (list == nullptr || list->empty()) return std::nullopt;
  const json::object* attribute = list->size() == 1 ? list->front().if_object() : nullptr;
  const auto text = [&](std::string_view member) -> std::string {
    const json::value* of = attribute == nullptr ? nullptr : attribute->if_contains(member);
    return of != nullptr && of->is_string() ? std::string(std::string_view(of->get_string())) : std::string();
  };
  if (text("AttributeKey") != "EventName" || text("AttributeValue").empty()) {
    return refuse("InvalidLookupAttributesException", "Only one attribute is looked up here, and that is EventName.");
  }
  return text("AttributeValue");
}

json::value event_of(const TrailRecord& record) {
  const std::string rest = record.by.substr(record.by.rfind('/') + 1);
  const json::object& event = record.event;
  return json::object{{"EventId", event.at("eventID")},
                      {"EventName", event.at("eventName")},
                      {"ReadOnly", "false"},
                      {"EventTime", record.at.count_seconds()},
                      {"EventSource", event.at("eventSource")},
                      {"Username", rest},
                      {"Resources", json::array{}},
                      {"CloudTrailEvent", json::serialize(event)}};
}

/// Newest first by the second, as events tell of no more.
std::string key_of(const TrailRecord& record) {
  constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();
  return fmt::format("{:020}-{:020}", kLast - static_cast<std::uint64_t>(record.at.count_seconds()),
                     kLast - record.number);
}

Outcome<json::object> lookup_events(World& world, const Call& call) {
  const auto name = name_of_events(call);
  if (!name) return std::unexpected(name.error());
  const auto start = time_of(call, "StartTime");
  if (!start) return std::unexpected(start.error());
  const auto end = time_of(call, "EndTime");
  if (!end) return std::unexpected(end.error());
  if (*start && *end && **end < **start) {
    return refuse("InvalidTimeRangeException", "The start time is after the end time.");
  }
  Input input(call);
  (void)input.optional_number("MaxResults", 1, kMaxResults);
  if (input.problem()) return refuse("InvalidMaxResultsException", "MaxResults must be between 1 and 50.");
  std::vector<const TrailRecord*> found;
  for (const TrailRecord& record : world.trail.records()) {
    const Instant second = Instant::from_seconds(record.at.count_seconds());
    // An account sees its own calls only.
    const bool is_told = record.told_at <= world.now && record.account == call.caller.account;
    const bool is_named = !*name || **name == std::string_view(record.event.at("eventName").get_string());
    const bool is_in_time = (!*start || **start <= second) && (!*end || second <= **end);
    if (is_told && is_named && is_in_time) found.push_back(&record);
  }
  std::reverse(found.begin(), found.end());  // the calls came in the order of time
  return page(world, call, "Events",
              Listing{found.size(), [&](std::size_t i) { return key_of(*found[i]); },
                      [&](std::size_t i) { return event_of(*found[i]); }});
}

constexpr OperationEntry kOperations[] = {
    {"LookupEvents", lookup_events},
};

}  // namespace

std::span<const OperationEntry> cloud_trail_operations() { return kOperations; }

}  // namespace ag::sandbox
