#include "access/windows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/zone.hpp"

namespace ag::access {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::int64_t kDaysAhead = 15;  // a weekly window begins within seven; where clocks skip that, a week later

struct Stretch {
  Instant begin;
  Instant end;
};

const Window* find(const Policy& policy, const std::string& name) {
  const auto it = policy.windows.find(name);
  return it == policy.windows.end() ? nullptr : &it->second;
}

/// What begins on this local day; nothing when the window does not, or when clocks skip all of it.
std::optional<Stretch> on_day(const Window& window, const Zone& zone, std::int64_t day) {
  const auto weekday = static_cast<std::size_t>(WallTime{day, {}}.weekday());
  if (!window.days.at(weekday)) return std::nullopt;
  const std::int64_t last_day = window.to > window.from ? day : day + 1;
  const Stretch stretch{zone.when({day, window.from}), zone.when({last_day, window.to})};
  return stretch.begin < stretch.end ? std::optional(stretch) : std::nullopt;
}

/// When the stretch that `at` lies in ends; `at` itself when it lies in none. A zone that this machine does not have
/// opens nothing.
Instant end_of_stretch(const Window& window, Instant at) {
  const auto zone = Zone::find(window.zone);
  if (!zone) return at;
  Instant end = at;
  const std::int64_t today = zone->at(at).day;
  // Yesterday's reaches over midnight. One day more on both sides, for clocks that are moved at midnight.
  for (std::int64_t day = today - 2; day <= today + 1; ++day) {
    const auto stretch = on_day(window, *zone, day);
    if (stretch && stretch->begin <= at && at < stretch->end) end = std::max(end, stretch->end);
  }
  return end;
}

std::string days_of(const Window& window) {
  if (std::ranges::all_of(window.days, [](bool on) { return on; })) return "daily";
  std::vector<std::string> ranges;
  for (std::size_t first = 0; first < kDays.size(); ++first) {
    if (!window.days.at(first)) continue;
    std::size_t last = first;
    while (last + 1 < kDays.size() && window.days.at(last + 1)) ++last;
    ranges.push_back(first == last ? std::string(kDays.at(first))
                                   : fmt::format("{}-{}", kDays.at(first), kDays.at(last)));
    first = last;
  }
  return fmt::format("{}", fmt::join(ranges, ","));
}

std::string time_of_day(Duration time) {
  const std::int64_t minutes = time.count_seconds() / 60;
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

}  // namespace

Instant open_until(const Policy& policy, const std::vector<std::string>& windows, Instant at) {
  const Instant farthest = at + kLongestLook;
  Instant until = at;
  for (bool longer = true; longer && until < farthest;) {
    longer = false;
    for (const auto& name : windows) {
      const Window* window = find(policy, name);
      const Instant end = window == nullptr ? until : end_of_stretch(*window, until);
      longer = longer || end > until;
      until = std::max(until, end);
    }
  }
  return std::min(until, farthest);
}

std::optional<Instant> next_opening(const Policy& policy, const std::vector<std::string>& windows, Instant at) {
  std::optional<Instant> next;
  for (const auto& name : windows) {
    const Window* window = find(policy, name);
    const auto zone = window == nullptr ? fail("", "") : Zone::find(window->zone);
    if (!zone) continue;
    const std::int64_t today = zone->at(at).day;
    for (std::int64_t day = today - 1; day <= today + kDaysAhead; ++day) {
      const auto stretch = on_day(*window, *zone, day);
      if (!stretch || stretch->begin < at) continue;
      next = next ? std::min(*next, stretch->begin) : stretch->begin;
      break;
    }
  }
  return next;
}

namespace {

/// The schedule by the calendar of its zone; the first turn has the number 0.
class Turns {
 public:
  static std::optional<Turns> of(const OnCall& schedule) {
    const auto zone = Zone::find(schedule.zone);
    const auto first = parse_wall_time(schedule.from);
    if (!zone || !first || schedule.turns.empty() || schedule.days <= 0) return std::nullopt;
    return Turns(schedule, *zone, *first);
  }
  [[nodiscard]] Instant begins(std::int64_t number) const {
    return zone_.when({first_.day + number * schedule_->days, first_.time});
  }
  /// Before the first one: nothing.
  [[nodiscard]] std::optional<std::int64_t> number_at(Instant at) const {
    if (at < begins(0)) return std::nullopt;
    // The day of a handover counts as the next turn's already.
    std::int64_t number = (zone_.at(at).day - first_.day) / schedule_->days;
    while (begins(number) > at) --number;
    return number;
  }
  [[nodiscard]] const OnCall::Turn& operator[](std::int64_t number) const {
    return schedule_->turns.at(static_cast<std::size_t>(number) % schedule_->turns.size());
  }

 private:
  Turns(const OnCall& schedule, Zone zone, WallTime first)
      : schedule_(&schedule), zone_(std::move(zone)), first_(first) {}
  const OnCall* schedule_;
  Zone zone_;
  WallTime first_;
};

}  // namespace

std::optional<OnCall::Turn> turn_at(const OnCall& schedule, Instant at) {
  const auto turns = Turns::of(schedule);
  const auto number = turns ? turns->number_at(at) : std::nullopt;
  return number ? std::optional((*turns)[*number]) : std::nullopt;
}

std::vector<OnCall::Turn> turns_between(const OnCall& schedule, Instant from, Instant until) {
  const auto turns = Turns::of(schedule);
  if (!turns) return {};
  std::vector<OnCall::Turn> between;
  std::int64_t number = turns->number_at(from).value_or(0);
  // After one round each of them has come.
  while (turns->begins(number) < until && between.size() < schedule.turns.size()) between.push_back((*turns)[number++]);
  return between;
}

std::string describe(const Window& window) {
  return fmt::format("{} {}-{} {}", days_of(window), time_of_day(window.from), time_of_day(window.to), window.zone);
}

std::string in_zone_of(const Policy& policy, const std::vector<std::string>& windows, Instant at) {
  const Window* window = windows.empty() ? nullptr : find(policy, windows.front());
  const auto zone = window == nullptr ? Zone{} : Zone::find(window->zone).value_or(Zone{});
  return zone.to_text(at);
}

}  // namespace ag::access
