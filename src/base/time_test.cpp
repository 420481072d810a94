#include "base/time.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace ag {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kMaxNanoseconds = std::numeric_limits<std::int64_t>::max();

// SplitMix64: a sequence that is the same everywhere.
std::uint64_t next(std::uint64_t& state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// The last second of 2261.
constexpr std::int64_t kLastSecond = 9'214'646'399;

TEST(Duration, IsNeverNegative) {
  EXPECT_EQ(Duration::nanoseconds(-1), Duration());
  EXPECT_EQ(Duration::seconds(-1), Duration());
  EXPECT_EQ(Duration::hours(std::numeric_limits<std::int64_t>::min()), Duration());
  EXPECT_EQ(Duration::seconds(5) * -3, Duration());
}

TEST(Duration, SaturatesInsteadOfWrapping) {
  EXPECT_EQ(Duration::hours(kMaxNanoseconds), Duration::max());
  EXPECT_EQ(Duration::milliseconds(kMaxNanoseconds / 1'000'000 + 1), Duration::max());
  EXPECT_LT(Duration::milliseconds(kMaxNanoseconds / 1'000'000), Duration::max());
  EXPECT_EQ(Duration::max() + Duration::nanoseconds(1), Duration::max());
  EXPECT_EQ(Duration::nanoseconds(kMaxNanoseconds - 1) + Duration::nanoseconds(1), Duration::max());
  EXPECT_EQ(Duration::hours(1) * kMaxNanoseconds, Duration::max());
  EXPECT_EQ(Duration() * kMaxNanoseconds, Duration());
}

TEST(Duration, CountsInEachUnit) {
  EXPECT_EQ(Duration::hours(2) + Duration::minutes(30), Duration::seconds(9'000));
  EXPECT_EQ(Duration::milliseconds(1'999).count_seconds(), 1);
  EXPECT_EQ(Duration::seconds(2).count_milliseconds(), 2'000);
  EXPECT_EQ(Duration::seconds(20) * 3, Duration::minutes(1));
}

TEST(Instant, StaysWithinItsRange) {
  EXPECT_EQ(Instant::from_nanoseconds(-1), Instant());
  EXPECT_EQ(Instant::from_seconds(5) - Duration::seconds(6), Instant());
  EXPECT_EQ(Instant::max() + Duration::seconds(1), Instant::max());
  EXPECT_EQ(Instant::from_seconds(kMaxNanoseconds), Instant::max());
}

TEST(Instant, DifferenceIsZeroForTheEarlierOne) {
  EXPECT_EQ(Instant::from_seconds(9) - Instant::from_seconds(4), Duration::seconds(5));
  EXPECT_EQ(Instant::from_seconds(4) - Instant::from_seconds(9), Duration());
}

TEST(Rfc3339, WritesAndReadsKnownMoments) {
  const std::vector<std::pair<std::int64_t, std::string>> cases = {{0, "1970-01-01T00:00:00Z"},
                                                                   {951'782'400, "2000-02-29T00:00:00Z"},
                                                                   {951'868'799, "2000-02-29T23:59:59Z"},
                                                                   {951'868'800, "2000-03-01T00:00:00Z"},
                                                                   {1'078'012'800, "2004-02-29T00:00:00Z"},
                                                                   {4'107'542'400, "2100-03-01T00:00:00Z"},
                                                                   {4'107'542'399, "2100-02-28T23:59:59Z"},
                                                                   {2'147'483'648, "2038-01-19T03:14:08Z"},
                                                                   {1'000'000'000, "2001-09-09T01:46:40Z"},
                                                                   {kLastSecond, "2261-12-31T23:59:59Z"}};
  for (const auto& [seconds, text] : cases) {
    EXPECT_EQ(to_rfc3339(Instant::from_seconds(seconds)), text);
    EXPECT_EQ(parse_rfc3339(text), Instant::from_seconds(seconds)) << text;
  }
}

TEST(Rfc3339, ReadsBackEachMillisecondThatItWrites) {
  std::uint64_t state = 3;
  for (int i = 0; i < 20'000; ++i) {
    const auto milliseconds = static_cast<std::int64_t>(next(state) % static_cast<std::uint64_t>(kLastSecond * 1'000));
    const Instant at = Instant::from_nanoseconds(milliseconds * 1'000'000);
    ASSERT_EQ(parse_rfc3339(to_rfc3339(at)), at) << to_rfc3339(at);
  }
}

TEST(Rfc3339, EachDayIsOneAfterTheDayBefore) {
  std::string former;
  for (std::int64_t day = 0; day <= kLastSecond / 86'400; ++day) {
    const std::string text = to_rfc3339(Instant::from_seconds(day * 86'400));
    ASSERT_LT(former, text);
    ASSERT_TRUE(text.ends_with("T00:00:00Z")) << text << ": no day is longer or shorter than another";
    ASSERT_EQ(parse_rfc3339(text), Instant::from_seconds(day * 86'400));
    former = text;
  }
}

TEST(Rfc3339, WritesMillisecondsOnlyWhenThereAreAny) {
  EXPECT_EQ(to_rfc3339(Instant::from_nanoseconds(kNanosecondsPerSecond + 7'000'000)), "1970-01-01T00:00:01.007Z");
  EXPECT_EQ(to_rfc3339(Instant::from_nanoseconds(kNanosecondsPerSecond + 999'999)), "1970-01-01T00:00:01Z");
}

TEST(Rfc3339, ReadsOffsetsFractionsAndLowerCase) {
  const auto seconds = [](std::int64_t n) { return Instant::from_seconds(n); };
  EXPECT_EQ(parse_rfc3339("1970-01-01T01:00:00+01:00"), seconds(0));
  EXPECT_FALSE(parse_rfc3339("1969-12-31T23:00:00-01:00")) << "years begin with 1970, whatever the offset";
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00-23:59"), seconds(86'340));
  EXPECT_EQ(parse_rfc3339("2026-11-25T15:30:00+05:45"), parse_rfc3339("2026-11-25T09:45:00Z"));
  EXPECT_EQ(parse_rfc3339("1970-01-01t00:00:01z"), seconds(1));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.5Z"), Instant::from_nanoseconds(500'000'000));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.000000001Z"), Instant::from_nanoseconds(1));
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z"), parse_rfc3339("2017-01-01T00:00:00Z")) << "a leap second";
}

TEST(Rfc3339, RefusesEverythingElse) {
  for (const char* text : {"",
                           "2026",
                           "2026-11-25",
                           "2026-11-25T14:30:00",
                           "2026-11-25 14:30:00Z",
                           "2026-11-25T14:30Z",
                           "2026-11-25T14:30:00Zz",
                           " 2026-11-25T14:30:00Z",
                           "2026-11-25T14:30:00Z ",
                           "2026-13-25T14:30:00Z",
                           "2026-00-25T14:30:00Z",
                           "2026-11-31T14:30:00Z",
                           "2026-11-00T14:30:00Z",
                           "2026-02-29T14:30:00Z",
                           "2100-02-29T00:00:00Z",
                           "2026-11-25T24:00:00Z",
                           "2026-11-25T14:60:00Z",
                           "2026-11-25T14:30:61Z",
                           "2026-11-25T14:30:00.Z",
                           "2026-11-25T14:30:00.0123456789Z",
                           "2026-11-25T14:30:00+24:00",
                           "2026-11-25T14:30:00+01:60",
                           "2026-11-25T14:30:00+0100",
                           "2026-11-25T14:30:00+01",
                           "1969-12-31T23:59:59Z",
                           "1970-01-01T00:00:00+00:01",
                           "2262-01-01T00:00:00Z",
                           "9999-12-31T23:59:59Z",
                           "0000-01-01T00:00:00Z",
                           "2026-11-25T-0:30:00Z",
                           "2026-11-25T14:-0:00Z",
                           "2026-11-25T14:30:-0Z",
                           "2026-11-25T14:30:00+-0:00",
                           "2026-11-25T+1:30:00Z",
                           "2026-11-25T 1:30:00Z",
                           "2026-11-25T0x:30:00Z",
                           "20261125T143000Z",
                           "now"}) {
    const auto parsed = parse_rfc3339(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, "invalid_time") << text;
  }
}

TEST(DurationText, ReadsBackWhatItWrites) {
  std::uint64_t state = 4;
  for (int i = 0; i < 20'000; ++i) {
    const auto length = Duration::seconds(static_cast<std::int64_t>(next(state) % (10ULL * 366 * 86'400 + 1)));
    ASSERT_EQ(parse_duration(to_text(length)), length) << to_text(length);
  }
}

TEST(DurationText, IsTheShortestForm) {
  EXPECT_EQ(to_text(Duration()), "0s");
  EXPECT_EQ(to_text(Duration::milliseconds(999)), "0s");
  EXPECT_EQ(to_text(Duration::seconds(45)), "45s");
  EXPECT_EQ(to_text(Duration::minutes(90)), "1h30m");
  EXPECT_EQ(to_text(Duration::hours(24)), "1d");
  EXPECT_EQ(to_text(Duration::seconds(86'401)), "1d1s");
}

TEST(DurationText, ReadsBothForms) {
  const std::vector<std::pair<std::string, std::int64_t>> cases = {{"0s", 0},
                                                                   {"45s", 45},
                                                                   {"90m", 5'400},
                                                                   {"1h30m", 5'400},
                                                                   {"1d", 86'400},
                                                                   {"PT0S", 0},
                                                                   {"PT1H30M", 5'400},
                                                                   {"P1D", 86'400},
                                                                   {"P1DT12H", 129'600},
                                                                   {"PT45S", 45},
                                                                   {"3660d", 316'224'000},
                                                                   {"1d2h3m4s", 93'784},
                                                                   {"007s", 7}};
  for (const auto& [text, seconds] : cases) EXPECT_EQ(parse_duration(text), Duration::seconds(seconds)) << text;
}

TEST(DurationText, RefusesEverythingElse) {
  for (const char* text : {"",
                           "5",
                           "s",
                           "h1",
                           "-5s",
                           "+5s",
                           "1.5h",
                           "1h 30m",
                           " 1h",
                           "1h ",
                           "30m1h",
                           "1h1h",
                           "1w",
                           "1y",
                           "1H",
                           "1M",
                           "P",
                           "PT",
                           "P1",
                           "P1DT",
                           "PT1D",
                           "P1H",
                           "PT1H1H",
                           "PT30M1H",
                           "P1d",
                           "pt1h",
                           "PTT1H",
                           "PT1HT1M",
                           "P-1D",
                           "PT1.5H",
                           "P1W",
                           "3661d",
                           "316224001s",
                           "9223372036854775807s",
                           "9223372036854775808s",
                           "99999999999999999999d",
                           "3660d1s",
                           "never"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, "invalid_duration") << text;
  }
}

TEST(DurationText, LongestOneAddedToAnyMomentOfTheCenturyDoesNotOverflow) {
  const Instant late = *parse_rfc3339("2200-01-01T00:00:00Z");
  EXPECT_EQ((late + *parse_duration("3660d")) - late, *parse_duration("3660d"));
}

TEST(AmzDate, IsTheFormThatAwsSigns) {
  EXPECT_EQ(to_amz_date(*parse_rfc3339("2026-11-25T14:02:07.999Z")), "20261125T140207Z");
  EXPECT_EQ(to_amz_date(*parse_rfc3339("2015-08-30T12:36:00Z")), "20150830T123600Z");
}

TEST(HttpDate, WritesAndReadsTheExampleOfRfc9110) {
  const Instant at = *parse_rfc3339("1994-11-06T08:49:37Z");
  EXPECT_EQ(to_http_date(at), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), at);
  EXPECT_EQ(to_http_date(Instant()), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(HttpDate, ReadsBackEachSecondThatItWrites) {
  std::uint64_t state = 5;
  for (int i = 0; i < 20'000; ++i) {
    const auto at =
        Instant::from_seconds(static_cast<std::int64_t>(next(state) % static_cast<std::uint64_t>(kLastSecond)));
    ASSERT_EQ(parse_http_date(to_http_date(at)), at) << to_http_date(at);
  }
}

TEST(HttpDate, RefusesEverythingElse) {
  for (const char* text :
       {"", "Sun", "Sun, ", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov 1994 08:49:37", "Sun, 31 Feb 2026 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 -0:49:37 GMT",
        "Xyz, 06 Nov 1994 08:49:37 GMT", "Mon, 06 Nov 1994 08:49:37 GMT"}) {
    const auto parsed = parse_http_date(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, "invalid_time") << text;
  }
}

}  // namespace
}  // namespace ag
