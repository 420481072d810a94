#include "server/waits.hpp"

#include <gtest/gtest.h>

namespace ag::server {
namespace {

TEST(Waits, NamesTheHalfAndTheLongOnes) {
  std::vector<Duration> waits;
  for (int i = 100; i >= 1; --i) waits.push_back(Duration::seconds(i));
  const auto wait = wait_of(waits);
  ASSERT_TRUE(wait);
  EXPECT_EQ(wait->p50, Duration::seconds(50));
  EXPECT_EQ(wait->p95, Duration::seconds(95));
  EXPECT_EQ(wait->of, 100U);
}

TEST(Waits, SaysNothingOfNothing) {
  std::vector<Duration> none;
  EXPECT_FALSE(wait_of(none));
  EXPECT_FALSE(RecentWaits().usual());
}

TEST(Waits, TakesOneForItself) {
  std::vector<Duration> one{Duration::seconds(7)};
  EXPECT_EQ(wait_of(one)->p50, Duration::seconds(7));
  EXPECT_EQ(wait_of(one)->p95, Duration::seconds(7));
}

TEST(Waits, ForgetsTheOldestFirst) {
  RecentWaits recent;
  for (std::size_t i = 0; i < RecentWaits::kKept; ++i) recent.add(Duration::hours(10));
  for (std::size_t i = 0; i < RecentWaits::kKept - 1; ++i) recent.add(Duration::seconds(1));
  EXPECT_EQ(recent.usual()->p95, Duration::seconds(1));
  EXPECT_EQ(recent.usual()->of, RecentWaits::kKept);
}

}  // namespace
}  // namespace ag::server
