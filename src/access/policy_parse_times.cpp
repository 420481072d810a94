#include <fmt/format.h>

#include <algorithm>

#include "access/policy_parse.hpp"
#include "base/text.hpp"
#include "base/zone.hpp"

namespace ag::access {
namespace {

constexpr Duration kDay = Duration::hours(24);
constexpr std::size_t kMostWindows = 16;    // that one rule names: bounds what one look at the clock costs
constexpr std::size_t kMostTurns = 100;     // two years of weeks
constexpr std::int64_t kLongestTurn = 366;  // days

/// From Monday; nothing for what is no day.
std::optional<std::size_t> weekday(std::string_view text) {
  const auto found = std::ranges::find(kWeekdays, text);
  if (found == kWeekdays.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kWeekdays.begin());
}

}  // namespace

Window PolicyParser::window(const std::string& name, const Place& place) {
  Window window{.name = name, .line = place.line()};
  window.days.fill(true);
  if (!in_.mapping(place, {"days", "from", "to", "zone"})) return window;
  if (const auto value = in_.required(place, "zone")) window.zone = zone(*value);
  const auto given = place.find("days");
  const auto from = place.find("from");
  const auto to = place.find("to");
  if (given) window.days = days(*given);
  if (from) {
    window.from = time_of_day(*from);
    if (window.from == kDay) in_.refuse(*from, "invalid_time", "a window begins before 24:00");
  }
  if (to) window.to = time_of_day(*to);
  if (from.has_value() != to.has_value()) {
    in_.refuse(place, "missing_key",
               fmt::format("\"{}\" is missing: from and to belong together", from ? "to" : "from"));
  } else if (!from && !given) {
    in_.refuse(place, "empty_window", "is open all the time; give days, or from and to");
  }
  return window;
}

/// `mon-fri`, or a list of days and such ranges.
std::array<bool, 7> PolicyParser::days(const Place& place) {
  std::array<bool, 7> days{};
  const bool alone = place.node->kind == yaml::Kind::kScalar;
  if (!alone && !in_.list(place, "[mon, wed] or mon-fri")) return days;
  for (const auto& item : alone ? std::vector{place} : place.items()) {
    const std::string text = in_.text(item);
    if (text.empty()) continue;
    const std::size_t dash = text.find('-');
    const auto first = weekday(text.substr(0, dash));
    const auto last = dash == std::string::npos ? first : weekday(text.substr(dash + 1));
    if (!first || !last) {
      in_.refuse(
          item, "invalid_day",
          fmt::format("{} is not a day; write {}, or a range like mon-fri", item.shown(), fmt::join(kWeekdays, ", ")));
      continue;
    }
    for (std::size_t day = *first; day != *last; day = (day + 1) % days.size()) days.at(day) = true;
    days.at(*last) = true;
  }
  return days;
}

Duration PolicyParser::time_of_day(const Place& place) {
  const std::string text = in_.text(place);
  const auto time = text.empty() ? Duration() : parse_time_of_day(text);
  if (!time) in_.refuse(place, time.error().code, time.error().message);
  return time.value_or(Duration());
}

OnCall PolicyParser::on_call(const std::string& name, const Place& place) {
  OnCall schedule{.name = name, .line = place.line()};
  if (!in_.mapping(place, {"zone", "from", "every", "turns"})) return schedule;
  if (const auto value = in_.required(place, "zone")) schedule.zone = zone(*value);
  if (const auto value = in_.required(place, "from")) {
    schedule.from = in_.text(*value);
    const auto time = schedule.from.empty() ? WallTime{} : parse_wall_time(schedule.from);
    if (!time) in_.refuse(*value, time.error().code, time.error().message);
  }
  if (const auto value = in_.required(place, "every")) {
    const Duration length = in_.duration(*value);
    const std::int64_t days = length.count_seconds() / kDay.count_seconds();
    schedule.days = static_cast<int>(std::min(days, kLongestTurn));
    if (!length.is_zero() && (kDay * days != length || days > kLongestTurn)) {
      in_.refuse(*value, "invalid_duration",
                 fmt::format("{} is not a turn; it lasts whole days, from 1d to {}d", value->shown(), kLongestTurn));
    }
  }
  const auto turns = in_.required(place, "turns");
  if (!turns || !in_.list(*turns, "[{user: ana}, {group: PlatformEU}]") || !in_.at_most(*turns, kMostTurns, "turns"))
    return schedule;
  for (const auto& item : turns->items()) {
    const auto found = party(item, {"group", "user"});
    if (!found) continue;
    if (found->kind == PartyRuleKind::kGroup) schedule.turns.push_back({.group = found->name});
    else schedule.turns.push_back({.user = found->name});
  }
  return schedule;
}

std::string PolicyParser::zone(const Place& place) {
  auto name = in_.text(place);
  const auto zone = name.empty() ? Zone{} : Zone::find(name);
  if (!zone) in_.refuse(place, zone.error().code, zone.error().message);
  return name;
}

std::vector<std::string> PolicyParser::window_names(const Place& place) {
  std::vector<std::string> names;
  if (!in_.list(place, "[office]") || !in_.at_most(place, kMostWindows, "windows")) return names;
  for (const auto& item : place.items()) {
    const auto name = in_.text(item);
    if (name.empty()) continue;
    refuse_unknown(item, name, {"windows", "window", "unknown_window"}, keys_of(policy_.windows));
    names.push_back(name);
  }
  return names;
}

}  // namespace ag::access
