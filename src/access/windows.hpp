#pragma once
#include <optional>
#include <string>
#include <vector>

#include "access/policy.hpp"
#include "base/time.hpp"

/// The weekly windows and on-call schedules of the policy, at a moment.
namespace ag::access {

/// Until when one or another of these windows holds without a gap, from `at` on; `at` itself when none does. Looks at
/// most `kLongestLook` ahead.
[[nodiscard]] Instant open_until(const Policy& policy, const std::vector<std::string>& windows, Instant at);

/// When the next of them begins, at `at` or later; nothing when none of them ever does.
[[nodiscard]] std::optional<Instant> next_opening(const Policy& policy, const std::vector<std::string>& windows,
                                                  Instant at);

inline constexpr Duration kLongestLook = Duration::hours(24 * 15);

/// Whose turn it is; nothing before the first.
[[nodiscard]] std::optional<OnCall::Turn> turn_at(const OnCall& schedule, Instant at);

/// All whose turn it is at some moment from `from` on, before `until`.
[[nodiscard]] std::vector<OnCall::Turn> turns_between(const OnCall& schedule, Instant from, Instant until);

/// `mon-fri 08:00-18:00 Europe/Berlin`
[[nodiscard]] std::string describe(const Window& window);
/// `2026-11-26T18:00:00+01:00`: a moment in the zone of the first of these windows.
[[nodiscard]] std::string in_zone_of(const Policy& policy, const std::vector<std::string>& windows, Instant at);

}  // namespace ag::access
