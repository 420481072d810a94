#include "base/zone.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/zone_names.hpp"

namespace ag {
namespace {

Zone zone(std::string_view name) { return Zone::find(name).value(); }
Instant at(std::string_view text) { return parse_rfc3339(text).value(); }
WallTime wall(std::string_view text) { return parse_wall_time(text).value(); }
std::string refusal(std::string_view name) {
  const auto found = Zone::find(name);
  return found ? "" : found.error().code + ": " + found.error().message;
}

// cctz remembers what it could not find: no other test may look for this one.
constexpr std::string_view kNeverFound = "Pacific/Fakaofo";

TEST(Zone, SaysThatTheMachineHasNoDatabaseInsteadOfTakingUtc) {
  ASSERT_EQ(setenv("TZDIR", "/nowhere", 1), 0);
  EXPECT_EQ(refusal(kNeverFound),
            "unknown_zone: this machine's time zone database does not have \"Pacific/Fakaofo\"; install or update the "
            "package tzdata and start again");
  EXPECT_TRUE(Zone::find("UTC")) << "needs no database";
  ASSERT_EQ(unsetenv("TZDIR"), 0);
}

TEST(Zone, KnowsSummerAndWinter) {
  const Zone berlin = zone("Europe/Berlin");
  EXPECT_EQ(berlin.at(at("2026-11-26T17:00:00Z")), wall("2026-11-26T18:00"));
  EXPECT_EQ(berlin.at(at("2026-07-26T17:00:00Z")), wall("2026-07-26T19:00"));
  EXPECT_EQ(berlin.when(wall("2026-11-26T18:00")), at("2026-11-26T17:00:00Z"));
  EXPECT_EQ(berlin.when(wall("2026-07-26T18:00")), at("2026-07-26T16:00:00Z"));
  EXPECT_EQ(zone("Asia/Kathmandu").at(at("2026-07-26T20:00:00Z")), wall("2026-07-27T01:45"));
  EXPECT_EQ(zone("America/New_York").at(at("2026-11-26T02:00:00Z")), wall("2026-11-25T21:00"));
  EXPECT_EQ(Zone{}.at(at("2026-07-26T20:00:00Z")), wall("2026-07-26T20:00"));
}

// 2026-03-29 in Berlin: at 02:00 it is 03:00.
TEST(Zone, TakesAWallTimeThatIsSkippedForWhatItWouldHaveBeen) {
  const Zone berlin = zone("Europe/Berlin");
  EXPECT_EQ(berlin.when(wall("2026-03-29T01:59")), at("2026-03-29T00:59:00Z"));
  EXPECT_EQ(berlin.when(wall("2026-03-29T02:00")), at("2026-03-29T01:00:00Z"));
  EXPECT_EQ(berlin.when(wall("2026-03-29T02:30")), at("2026-03-29T01:30:00Z"));
  EXPECT_EQ(berlin.when(wall("2026-03-29T03:00")), at("2026-03-29T01:00:00Z"));
  EXPECT_EQ(berlin.at(at("2026-03-29T01:30:00Z")), wall("2026-03-29T03:30"));
}

// 2026-10-25 in Berlin: at 03:00 it is 02:00 again.
TEST(Zone, TakesTheFirstOfTwoMomentsThatTheClockShows) {
  const Zone berlin = zone("Europe/Berlin");
  EXPECT_EQ(berlin.when(wall("2026-10-25T02:30")), at("2026-10-25T00:30:00Z"));
  EXPECT_EQ(berlin.when(wall("2026-10-25T03:00")), at("2026-10-25T02:00:00Z"));
  EXPECT_EQ(berlin.at(at("2026-10-25T00:30:00Z")), wall("2026-10-25T02:30"));
  EXPECT_EQ(berlin.at(at("2026-10-25T01:30:00Z")), wall("2026-10-25T02:30"));
}

TEST(Zone, TakesTwentyFourHoursForTheEndOfTheDay) {
  const Zone berlin = zone("Europe/Berlin");
  const WallTime day = wall("2026-10-25T00:00");
  EXPECT_EQ(berlin.when({day.day, Duration::hours(24)}), berlin.when({day.day + 1, {}}));
  EXPECT_EQ(berlin.when({day.day, Duration::hours(24)}) - berlin.when(day), Duration::hours(25));
}

TEST(Zone, KeepsPartsOfASecond) {
  const Instant moment = at("2026-07-26T17:00:00.123456789Z");
  const Zone berlin = zone("Europe/Berlin");
  EXPECT_EQ(berlin.at(moment).time, Duration::hours(19) + Duration::nanoseconds(123'456'789));
  EXPECT_EQ(berlin.when(berlin.at(moment)), moment);
}

TEST(Zone, GoesThereAndBackOverTheWholeRangeOfTime) {
  for (const std::string_view name : {"UTC", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago"}) {
    for (std::int64_t year = 1; year < 290; year += 9) {
      const Instant moment = Instant::from_seconds(year * 31'556'952 + 12'345);
      const Instant back = zone(name).when(zone(name).at(moment));
      // An hour that is shown twice comes back as the first of the two.
      EXPECT_TRUE(back == moment || back + Duration::hours(1) == moment) << name << " " << to_rfc3339(moment);
    }
    EXPECT_EQ(zone(name).when({-1, {}}), Instant()) << "before 1970 there is nothing";
    EXPECT_EQ(zone(name).when({200'000, {}}), Instant::max());
    EXPECT_GT(zone(name).at(Instant::max()).day, 100'000);
  }
}

TEST(Zone, SaysAMomentWithTheZonesOffset) {
  EXPECT_EQ(zone("Europe/Berlin").to_text(at("2026-11-26T17:00:00Z")), "2026-11-26T18:00:00+01:00");
  EXPECT_EQ(zone("Europe/Berlin").to_text(at("2026-10-25T00:30:00Z")), "2026-10-25T02:30:00+02:00");
  EXPECT_EQ(zone("Europe/Berlin").to_text(at("2026-10-25T01:30:00Z")), "2026-10-25T02:30:00+01:00");
  EXPECT_EQ(zone("Asia/Kolkata").to_text(at("2026-11-26T17:00:00Z")), "2026-11-26T22:30:00+05:30");
  EXPECT_EQ(zone("America/St_Johns").to_text(at("2026-11-26T17:00:00.5Z")), "2026-11-26T13:30:00-03:30");
  EXPECT_EQ(zone("UTC").to_text(at("2026-11-26T17:00:00Z")), "2026-11-26T17:00:00Z");
  EXPECT_EQ(Zone{}.to_text(at("2026-11-26T17:00:00Z")), "2026-11-26T17:00:00Z");
}

TEST(Zone, SuggestsTheNameThatWasMeant) {
  EXPECT_EQ(refusal("Europe/Berln"),
            "unknown_zone: there is no time zone \"Europe/Berln\"; did you mean \"Europe/Berlin\"?");
  EXPECT_EQ(refusal("europe/berlin"),
            "unknown_zone: there is no time zone \"europe/berlin\"; did you mean \"Europe/Berlin\"?");
  EXPECT_EQ(refusal("Lisbon"), "unknown_zone: there is no time zone \"Lisbon\"; did you mean \"Europe/Lisbon\"?");
  EXPECT_NE(refusal("the moon and the stars").find("as in Europe/Berlin, or UTC"), std::string::npos);
}

// Each of these is something to cctz or to the machine; none of them is a place.
TEST(Zone, TakesNoPathsNorNamesThatLeadElsewhere) {
  for (const std::string_view name :
       {"", "localtime", "posixrules", "right/Europe/Berlin", "posix/Europe/Berlin",
        "/usr/share/zoneinfo/Europe/Berlin", "../zoneinfo/Europe/Berlin", "file:Europe/Berlin", "libc:localtime",
        "Fixed/UTC+01:00:00", "UTC+1", "CET", "Etc/GMT+5", "/dev/zero", "Europe", "Europe/"}) {
    EXPECT_TRUE(refusal(name).starts_with("unknown_zone: there is no time zone")) << name;
  }
  EXPECT_LT(refusal(std::string(100'000, 'x')).size(), 200U);
}

TEST(Zone, FindsEveryNameOfItsListOnThisMachine) {
  for (const auto name : zone_names()) {
    if (name != kNeverFound) EXPECT_TRUE(Zone::find(name)) << refusal(name);
  }
}

// So that a place which the database is given one day is missed here.
TEST(Zone, ListsEveryPlaceOfThisMachinesDatabase) {
  for (const char* file : {"/usr/share/zoneinfo/zone.tab", "/usr/share/zoneinfo/zone1970.tab"}) {
    std::ifstream in(file);
    int places = 0;
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with('#')) continue;
      const auto begin = line.find('\t', line.find('\t') + 1) + 1;
      const std::string name = line.substr(begin, line.find('\t', begin) - begin);
      EXPECT_TRUE(std::ranges::binary_search(zone_names(), name)) << name << " is missing in zone_names.cpp";
      ++places;
    }
    EXPECT_GT(places, 300) << file;
  }
}

TEST(WallTime, KnowsTheDayOfTheWeek) {
  EXPECT_EQ(wall("1970-01-01T00:00").weekday(), 3);
  EXPECT_EQ(wall("2026-01-05T09:00").weekday(), 0);
  EXPECT_EQ(wall("2026-11-29T09:00").weekday(), 6);
  EXPECT_EQ((WallTime{-1, {}}.weekday()), 2);
  EXPECT_EQ((WallTime{-4, {}}.weekday()), 6);
}

TEST(WallTime, IsReadStrictly) {
  EXPECT_EQ(wall("1970-01-02T03:04"), (WallTime{1, Duration::minutes(184)}));
  EXPECT_EQ(wall("1970-01-02T03:04:05"), (WallTime{1, Duration::seconds(184 * 60 + 5)}));
  for (const std::string_view text :
       {"", "2026-01-05", "2026-01-05T", "2026-01-05 09:00", "2026-01-05t09:00", "2026-02-29T09:00", "2026-01-05T24:00",
        "2026-01-05T09:60", "2026-01-05T09:00:60", "2026-01-05T09:00Z", "2026-01-05T09:00+01:00", "2026-01-05T9:00",
        "1969-12-31T00:00", "26-01-05T09:00", "2026-01-05T09:00:0", "2026-01-05T09:00:00.5"}) {
    const auto read = parse_wall_time(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, "invalid_time");
  }
}

TEST(TimeOfDay, IsReadStrictly) {
  EXPECT_EQ(parse_time_of_day("00:00"), Duration());
  EXPECT_EQ(parse_time_of_day("09:05"), Duration::minutes(545));
  EXPECT_EQ(parse_time_of_day("23:59"), Duration::minutes(1'439));
  EXPECT_EQ(parse_time_of_day("24:00"), Duration::hours(24));
  for (const std::string_view text :
       {"", "9:00", "24:01", "25:00", "09:60", "09:00:00", "9", "09.00", "-9:00", "09:0a", " 9:00", "9am"}) {
    const auto read = parse_time_of_day(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, "invalid_time");
  }
}

}  // namespace
}  // namespace ag
