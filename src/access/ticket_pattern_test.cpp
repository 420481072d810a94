#include "access/ticket_pattern.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ag::access {
namespace {

TEST(TicketPattern, MatchesTheWholeTicket) {
  EXPECT_TRUE(fits_ticket("OPS-12", "^[A-Z]+-[0-9]+$"));
  EXPECT_TRUE(fits_ticket("OPS-12", "[A-Z]+-[0-9]+"));
  EXPECT_FALSE(fits_ticket("see OPS-12", "[A-Z]+-[0-9]+"));
  EXPECT_FALSE(fits_ticket("OPS-12 ", "[A-Z]+-[0-9]+"));
  EXPECT_FALSE(fits_ticket("", "[A-Z]+"));
  EXPECT_TRUE(fits_ticket("CHG0030052", "(CHG|INC)\\d{7}"));
  EXPECT_FALSE(fits_ticket("ops-12", "[A-Z]+-[0-9]+"));
}

TEST(TicketPattern, IsRefusedWhenItCannotBeCompiled) {
  for (const auto* pattern : {"", "([", "*", "a{2,1}", "(a", "[z-a]", "\\"}) {
    EXPECT_FALSE(is_ticket_pattern(pattern)) << pattern;
    EXPECT_FALSE(fits_ticket("a", pattern)) << pattern;
  }
  EXPECT_TRUE(is_ticket_pattern(std::string(kLongestTicketPattern, 'a')));
  EXPECT_FALSE(is_ticket_pattern(std::string(kLongestTicketPattern + 1, 'a')));
}

TEST(TicketPattern, HasNoBackReferences) { EXPECT_FALSE(is_ticket_pattern("(a)\\1")); }

TEST(TicketPattern, NeverTakesLongHoweverItIsWritten) {
  const std::string ticket = std::string(63, 'a') + "!";
  for (const auto* pattern : {"(a*)*b", "(a+)+", "(a|aa)+", "((a|a)*)*", "(a|a?)+b"}) {
    EXPECT_FALSE(fits_ticket(ticket, pattern)) << pattern;
  }
}

TEST(TicketPattern, SurvivesAsManyBracketsAsFit) {
  const std::string half(kLongestTicketPattern / 2, '(');
  EXPECT_TRUE(is_ticket_pattern(std::string(66, '(') + "ab" + std::string(66, ')')));
  EXPECT_FALSE(is_ticket_pattern(half + half));
}

}  // namespace
}  // namespace ag::access
