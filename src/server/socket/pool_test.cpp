#include "server/socket/pool.hpp"

#include <gtest/gtest.h>
#include <atomic>
#include <future>

namespace ag::server::http {
namespace {

TEST(Pool, RunsEveryJobItTook) {
  std::atomic<int> sum = 0;
  std::promise<void> all;
  Pool pool(3, 1'000);
  for (int i = 1; i <= 100; ++i) {
    ASSERT_EQ(pool.submit([&sum, &all, i] {
      if ((sum += i) == 5'050) all.set_value();
    }),
              Pool::Admission::kTaken);
  }
  all.get_future().wait();
  EXPECT_EQ(sum, 5'050);
}

TEST(Pool, RefusesWhatItHasNeitherThreadNorPlaceFor) {
  std::promise<void> gate;
  const std::shared_future<void> opened = gate.get_future().share();
  const auto waits = [opened] { opened.wait(); };
  Pool pool(2, 1);
  EXPECT_EQ(pool.submit(waits), Pool::Admission::kTaken);
  EXPECT_EQ(pool.submit(waits), Pool::Admission::kTaken);
  EXPECT_EQ(pool.submit(waits), Pool::Admission::kTaken);
  EXPECT_EQ(pool.submit(waits), Pool::Admission::kFull);
  gate.set_value();
}

TEST(Pool, TakesAJobWithoutAQueueWhenAThreadIsFree) {
  std::promise<void> ran;
  Pool pool(1, 0);
  EXPECT_EQ(pool.submit([&ran] { ran.set_value(); }), Pool::Admission::kTaken);
  ran.get_future().wait();
}

TEST(Pool, JoinWaitsForWhatRunsAndForgetsWhatWaits) {
  std::promise<void> started;
  std::promise<void> gate;
  std::atomic<bool> first_ended = false;
  std::atomic<bool> second_ran = false;
  Pool pool(1, 5);
  ASSERT_EQ(pool.submit([&] {
    started.set_value();
    gate.get_future().wait();
    first_ended = true;
  }),
            Pool::Admission::kTaken);
  ASSERT_EQ(pool.submit([&] { second_ran = true; }), Pool::Admission::kTaken);
  started.get_future().wait();
  pool.discard();
  EXPECT_EQ(pool.submit([] {}), Pool::Admission::kFull);
  gate.set_value();
  pool.join();
  EXPECT_TRUE(first_ended);
  EXPECT_FALSE(second_ran);
}

}  // namespace
}  // namespace ag::server::http
