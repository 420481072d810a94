#include "cli/when.hpp"

#include <gtest/gtest.h>

namespace ag::cli {
namespace {

Instant at(std::string_view text) { return parse_rfc3339(text).value(); }
const Instant kNow = at("2026-11-25T14:32:00Z");

TEST(ClockText, AlwaysNamesTheZoneAndTheDayUnlessItIsToday) {
  EXPECT_EQ(clock_text(at("2026-11-25T15:30:00Z"), kNow), "15:30Z");
  EXPECT_EQ(clock_text(at("2026-11-25T15:30:07.250Z"), kNow), "15:30:07Z");
  EXPECT_EQ(clock_text(at("2026-11-26T00:10:00Z"), kNow), "2026-11-26 00:10Z");
  EXPECT_EQ(clock_text(at("2026-11-25T16:00:00+02:00"), kNow), "14:00Z");
}

TEST(RelativeText, GivesTwoUnitsAtMost) {
  EXPECT_EQ(relative_text(kNow, kNow), "now");
  EXPECT_EQ(relative_text(kNow + Duration::seconds(45), kNow), "in 45s");
  EXPECT_EQ(relative_text(kNow + Duration::seconds(200), kNow), "in 3m20s");
  EXPECT_EQ(relative_text(kNow + Duration::minutes(58), kNow), "in 58m");
  EXPECT_EQ(relative_text(kNow + Duration::minutes(90), kNow), "in 1h30m");
  EXPECT_EQ(relative_text(kNow + Duration::hours(2), kNow), "in 2h");
  EXPECT_EQ(relative_text(kNow - Duration::hours(50), kNow), "2d2h ago");
}

TEST(TwoClocks, TellsWhenAccessEndsAndHowLongCredentialsMayLive) {
  const Instant end = at("2026-11-25T15:30:00Z");
  EXPECT_EQ(two_clocks(end, end + Duration::hours(1), kNow),
            "access ends 15:30Z (in 58m) · credentials may live until 16:30Z");
  EXPECT_EQ(two_clocks(end, end + Duration::hours(1), end + Duration::minutes(10)),
            "access ended 15:30Z (10m ago) · credentials may live until 16:30Z");
}

TEST(ParseWhen, TakesATimeOrALengthFromNow) {
  EXPECT_EQ(parse_when("+2h", kNow).value(), kNow + Duration::hours(2));
  EXPECT_EQ(parse_when("2026-11-25T18:00:00Z", kNow).value(), at("2026-11-25T18:00:00Z"));
  for (const auto* wrong : {"2h", "tomorrow", "+", "+-2h", "", "18:00"}) {
    const auto parsed = parse_when(wrong, kNow);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().code, "invalid_time");
  }
}

}  // namespace
}  // namespace ag::cli
