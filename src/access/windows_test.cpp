#include "access/windows.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/zone.hpp"

namespace ag::access {
namespace {

/// From Monday.
constexpr std::array<bool, 7> kEveryDay = {true, true, true, true, true, true, true};
constexpr std::array<bool, 7> kWorkdays = {true, true, true, true, true, false, false};
constexpr std::array<bool, 7> kWeekend = {false, false, false, false, false, true, true};

Window window(std::string_view name, std::array<bool, 7> days, std::string_view from, std::string_view to,
              std::string_view zone = "Europe/Berlin") {
  return {.name = std::string(name),
          .line = 1,
          .zone = std::string(zone),
          .days = days,
          .from = parse_time_of_day(from).value(),
          .to = parse_time_of_day(to).value()};
}

Policy with(std::initializer_list<Window> windows) {
  Policy policy;
  for (const auto& each : windows) policy.windows[each.name] = each;
  return policy;
}

std::vector<std::string> names_of(const Policy& policy) {
  std::vector<std::string> names;
  for (const auto& [name, each] : policy.windows) names.push_back(name);
  return names;
}

Instant at(std::string_view text) { return parse_rfc3339(text).value(); }

/// In the zone of the first window; `closed` when nothing holds.
std::string until(const Policy& policy, std::string_view moment) {
  const Instant end = open_until(policy, names_of(policy), at(moment));
  return end == at(moment) ? "closed" : in_zone_of(policy, names_of(policy), end);
}

std::string opening(const Policy& policy, std::string_view moment) {
  const auto next = next_opening(policy, names_of(policy), at(moment));
  return next ? in_zone_of(policy, names_of(policy), *next) : "never";
}

// 2026-11-26 is a Thursday.
TEST(Windows, HoldFromTheirBeginningUntilBeforeTheirEnd) {
  const Policy office = with({window("office", kWorkdays, "08:00", "18:00")});
  EXPECT_EQ(until(office, "2026-11-26T07:59:59.999999999+01:00"), "closed");
  EXPECT_EQ(until(office, "2026-11-26T08:00:00+01:00"), "2026-11-26T18:00:00+01:00");
  EXPECT_EQ(until(office, "2026-11-26T17:59:59.999999999+01:00"), "2026-11-26T18:00:00+01:00");
  EXPECT_EQ(until(office, "2026-11-26T18:00:00+01:00"), "closed");
  EXPECT_EQ(until(office, "2026-11-28T12:00:00+01:00"), "closed") << "Saturday";
  EXPECT_EQ(until(office, "2026-07-30T08:00:00+02:00"), "2026-07-30T18:00:00+02:00") << "eight in summer too";
}

TEST(Windows, GoByTheDayOfTheirOwnZone) {
  const Policy office = with({window("office", kWorkdays, "08:00", "18:00", "Pacific/Auckland")});
  EXPECT_EQ(until(office, "2026-11-29T20:00:00Z"), "2026-11-30T18:00:00+13:00") << "Sunday in London, Monday there";
  EXPECT_EQ(until(office, "2026-11-27T20:00:00Z"), "closed") << "Friday in London, Saturday there";
}

TEST(Windows, ThatCrossMidnightBelongToTheDayTheyBeginOn) {
  const Policy nights = with({window("nights", kWorkdays, "22:00", "06:00")});
  EXPECT_EQ(until(nights, "2026-11-26T23:00:00+01:00"), "2026-11-27T06:00:00+01:00");
  EXPECT_EQ(until(nights, "2026-11-27T05:59:00+01:00"), "2026-11-27T06:00:00+01:00");
  EXPECT_EQ(until(nights, "2026-11-28T05:00:00+01:00"), "2026-11-28T06:00:00+01:00") << "Friday's, on Saturday";
  EXPECT_EQ(until(nights, "2026-11-28T23:00:00+01:00"), "closed") << "none begins on Saturday";
  EXPECT_EQ(until(nights, "2026-11-30T05:00:00+01:00"), "closed") << "none began on Sunday";
}

TEST(Windows, ThatEndAsTheyBeginLastAWholeDay) {
  const Policy shift = with({window("shift", kWeekend, "09:00", "09:00")});
  EXPECT_EQ(until(shift, "2026-11-28T08:59:00+01:00"), "closed");
  EXPECT_EQ(until(shift, "2026-11-28T09:00:00+01:00"), "2026-11-30T09:00:00+01:00") << "two of them without a gap";
}

TEST(Windows, JoinWhereNoGapIsBetweenThem) {
  const Policy both = with({window("day", kWorkdays, "08:00", "20:00"), window("night", kWorkdays, "20:00", "02:00")});
  EXPECT_EQ(until(both, "2026-11-26T09:00:00+01:00"), "2026-11-27T02:00:00+01:00");
  const Policy overlapping = with({window("a", kWorkdays, "08:00", "12:00"), window("b", kWorkdays, "11:00", "13:00"),
                                   window("c", kWorkdays, "13:01", "18:00"), window("z", kWorkdays, "09:00", "10:00")});
  EXPECT_EQ(until(overlapping, "2026-11-26T09:30:00+01:00"), "2026-11-26T13:00:00+01:00") << "a minute is a gap";
}

TEST(Windows, JoinAcrossZones) {
  const Policy sun = with({window("berlin", kWorkdays, "08:00", "18:00"),
                           window("new-york", kWorkdays, "12:00", "17:00", "America/New_York")});
  EXPECT_EQ(until(sun, "2026-11-26T09:00:00+01:00"), "2026-11-26T23:00:00+01:00");
}

TEST(Windows, AreLookedAtNoFurtherThanTheLongestLook) {
  const Policy always = with({window("always", kEveryDay, "00:00", "24:00")});
  const Instant now = at("2026-11-26T09:00:00Z");
  EXPECT_EQ(open_until(always, {"always"}, now), now + kLongestLook);
  const Policy workdays = with({window("workdays", kWorkdays, "00:00", "24:00")});
  EXPECT_EQ(until(workdays, "2026-11-26T09:00:00+01:00"), "2026-11-28T00:00:00+01:00");
}

// 2026-03-29 in Berlin: at 02:00 it is 03:00.
TEST(Windows, LoseTheHourThatClocksSkip) {
  const Policy office = with({window("office", kEveryDay, "00:00", "12:00")});
  EXPECT_EQ(open_until(office, {"office"}, at("2026-03-29T00:00:00+01:00")) - at("2026-03-29T00:00:00+01:00"),
            Duration::hours(11));
  const Policy inside = with({window("inside", kEveryDay, "02:15", "03:10")});
  EXPECT_EQ(until(inside, "2026-03-29T01:15:00Z"), "closed") << "began at 02:15, which is 03:15, and ended at 03:10";
  EXPECT_EQ(opening(inside, "2026-03-28T12:00:00Z"), "2026-03-30T02:15:00+02:00");
  const Policy whole = with({window("whole", kEveryDay, "02:00", "03:00")});
  EXPECT_EQ(until(whole, "2026-03-29T01:00:00Z"), "closed");
}

// 2026-10-25 in Berlin: at 03:00 it is 02:00 again.
TEST(Windows, KeepTheHourThatClocksShowTwice) {
  const Policy night = with({window("night", kEveryDay, "01:00", "04:00")});
  EXPECT_EQ(until(night, "2026-10-25T01:00:00+02:00"), "2026-10-25T04:00:00+01:00") << "four hours";
  EXPECT_EQ(until(night, "2026-10-25T02:30:00+01:00"), "2026-10-25T04:00:00+01:00");
  const Policy short_one = with({window("short", kEveryDay, "02:15", "02:45")});
  EXPECT_EQ(until(short_one, "2026-10-25T02:20:00+02:00"), "2026-10-25T02:45:00+02:00");
  EXPECT_EQ(until(short_one, "2026-10-25T02:20:00+01:00"), "closed") << "once a day, the first time";
}

// In Havana clocks are put back at 01:00 to 00:00, in Beirut forward at 00:00 to 01:00: the edges of the day move.
TEST(Windows, HoldWhereClocksAreMovedAtMidnight) {
  const Policy havana =
      with({window("sun", {false, false, false, false, false, false, true}, "00:00", "24:00", "America/Havana")});
  EXPECT_EQ(until(havana, "2026-11-01T00:30:00-04:00"), "2026-11-02T00:00:00-05:00");
  EXPECT_EQ(until(havana, "2026-11-01T00:30:00-05:00"), "2026-11-02T00:00:00-05:00");
  EXPECT_EQ(open_until(havana, {"sun"}, at("2026-11-01T04:00:00Z")) - at("2026-11-01T04:00:00Z"), Duration::hours(25));
  const Policy beirut =
      with({window("sun", {false, false, false, false, false, false, true}, "00:00", "24:00", "Asia/Beirut")});
  EXPECT_EQ(until(beirut, "2026-03-28T23:59:00+02:00"), "closed");
  EXPECT_EQ(open_until(beirut, {"sun"}, at("2026-03-28T22:00:00Z")) - at("2026-03-28T22:00:00Z"), Duration::hours(23));
}

TEST(Windows, TellWhenTheNextOfThemBegins) {
  const Policy office = with({window("office", kWorkdays, "08:00", "18:00")});
  EXPECT_EQ(opening(office, "2026-11-26T07:00:00+01:00"), "2026-11-26T08:00:00+01:00");
  EXPECT_EQ(opening(office, "2026-11-26T08:00:00+01:00"), "2026-11-26T08:00:00+01:00") << "at once";
  EXPECT_EQ(opening(office, "2026-11-26T08:00:01+01:00"), "2026-11-27T08:00:00+01:00");
  EXPECT_EQ(opening(office, "2026-11-27T20:00:00+01:00"), "2026-11-30T08:00:00+01:00") << "over the weekend";
  const Policy two = with({window("monday", {true, false, false, false, false, false, false}, "08:00", "18:00"),
                           window("nights", kWeekend, "22:00", "06:00")});
  EXPECT_EQ(opening(two, "2026-11-26T08:00:00+01:00"), "2026-11-28T22:00:00+01:00");
  EXPECT_EQ(opening(two, "2026-11-30T00:00:00+01:00"), "2026-11-30T08:00:00+01:00");
}

TEST(Windows, OfNoNameNeverOpen) {
  const Policy none;
  const Instant now = at("2026-11-26T09:00:00Z");
  EXPECT_EQ(open_until(none, {}, now), now);
  EXPECT_EQ(open_until(none, {"office"}, now), now);
  EXPECT_EQ(next_opening(none, {}, now), std::nullopt);
  EXPECT_EQ(next_opening(none, {"office"}, now), std::nullopt);
}

TEST(Windows, InAZoneThatThisMachineDoesNotHaveNeverOpen) {
  const Policy lost = with({window("office", kEveryDay, "00:00", "24:00", "Atlantis/Capital")});
  const Instant now = at("2026-11-26T09:00:00Z");
  EXPECT_EQ(open_until(lost, {"office"}, now), now);
  EXPECT_EQ(next_opening(lost, {"office"}, now), std::nullopt);
  EXPECT_EQ(in_zone_of(lost, {"office"}, now), "2026-11-26T09:00:00Z");
}

// The same question answered minute by minute, by the clock on the wall alone.
TEST(Windows, AgreeWithAWalkFromMinuteToMinute) {
  const Policy policy =
      with({window("office", kWorkdays, "08:00", "18:00"), window("nights", kWeekend, "22:00", "02:30"),
            window("noon", kEveryDay, "12:00", "13:00", "Asia/Kolkata")});
  const auto is_in = [](const Window& each, Instant moment) {
    const WallTime now = Zone::find(each.zone)->at(moment);
    const auto begins_on = [&](std::int64_t day) {
      return each.days.at(static_cast<std::size_t>(WallTime{day, {}}.weekday()));
    };
    if (each.from < each.to) return begins_on(now.day) && each.from <= now.time && now.time < each.to;
    return (begins_on(now.day) && each.from <= now.time) || (begins_on(now.day - 1) && now.time < each.to);
  };
  // Nine days of November: no clock is moved.
  for (int start = 0; start < 9 * 24 * 60; start += 97) {
    const Instant begin = at("2026-11-20T00:00:00Z") + Duration::minutes(start);
    Instant walked = begin;
    while (is_in(policy.windows.at("office"), walked) || is_in(policy.windows.at("nights"), walked) ||
           is_in(policy.windows.at("noon"), walked)) {
      walked = walked + Duration::minutes(1);
    }
    ASSERT_EQ(open_until(policy, names_of(policy), begin), walked) << to_rfc3339(begin);
  }
}

TEST(Windows, AreDescribedAsPeopleSayThem) {
  EXPECT_EQ(describe(window("w", kWorkdays, "08:00", "18:00")), "mon-fri 08:00-18:00 Europe/Berlin");
  EXPECT_EQ(describe(window("w", kEveryDay, "22:00", "06:30", "UTC")), "daily 22:00-06:30 UTC");
  EXPECT_EQ(describe(window("w", {true, false, true, true, false, false, true}, "00:00", "24:00")),
            "mon,wed-thu,sun 00:00-24:00 Europe/Berlin");
}

// ---- on call ---------------------------------------------------------------------------------------------

std::string turn(const OnCall& schedule, std::string_view moment) {
  const auto found = turn_at(schedule, at(moment));
  return found ? found->user + found->group : "nobody";
}

const OnCall kPlatform{.name = "platform",
                       .zone = "Europe/Berlin",
                       .from = "2026-01-05T09:00",
                       .days = 7,
                       .turns = {{.user = "ana"}, {.group = "PlatformEU"}, {.user = "ben"}}};

TEST(OnCallTurns, GoRoundForEver) {
  EXPECT_EQ(turn(kPlatform, "2026-01-05T08:59:59.999+01:00"), "nobody");
  EXPECT_EQ(turn(kPlatform, "2026-01-05T09:00:00+01:00"), "ana");
  EXPECT_EQ(turn(kPlatform, "2026-01-12T08:59:59.999+01:00"), "ana");
  EXPECT_EQ(turn(kPlatform, "2026-01-12T09:00:00+01:00"), "PlatformEU");
  EXPECT_EQ(turn(kPlatform, "2026-01-19T09:00:00+01:00"), "ben");
  EXPECT_EQ(turn(kPlatform, "2026-01-26T09:00:00+01:00"), "ana");
  EXPECT_NE(turn(kPlatform, "2261-01-01T09:00:00Z"), "nobody");
}

TEST(OnCallTurns, HandOverAtTheSameLocalTimeInSummer) {
  // 12 weeks after the beginning, the day after clocks were moved: ana's turn again.
  EXPECT_EQ(turn(kPlatform, "2026-03-30T08:59:00+02:00"), "ben");
  EXPECT_EQ(turn(kPlatform, "2026-03-30T09:00:00+02:00"), "ana");
}

TEST(OnCallTurns, HandOverAtTheEdgesOfSummer) {
  OnCall nightly{.name = "n",
                 .zone = "Europe/Berlin",
                 .from = "2026-01-01T02:30",
                 .days = 1,
                 .turns = {{.user = "even"}, {.user = "odd"}}};
  // Day 87: 02:30 is skipped, the handover is at what would have been 02:30. Day 297: of two 02:30 the first.
  EXPECT_EQ(turn(nightly, "2026-03-29T01:29:59Z"), "even");
  EXPECT_EQ(turn(nightly, "2026-03-29T01:30:00Z"), "odd");
  EXPECT_EQ(turn(nightly, "2026-10-25T00:29:59Z"), "even");
  EXPECT_EQ(turn(nightly, "2026-10-25T00:30:00Z"), "odd");
  EXPECT_EQ(turn(nightly, "2026-10-25T01:29:00Z"), "odd") << "half past two for the second time hands nothing over";
}

TEST(OnCallTurns, AreNobodysWithoutAZone) {
  OnCall lost = kPlatform;
  lost.zone = "Atlantis/Capital";
  EXPECT_EQ(turn(lost, "2026-02-05T09:00:00Z"), "nobody");
}

}  // namespace
}  // namespace ag::access
