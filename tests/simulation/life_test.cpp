#include "simulation/life.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

#include "simulation/crew.hpp"
#include "simulation/hunt.hpp"
#include "simulation/shrink.hpp"

namespace ag::simulation {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr) return otherwise;
  const std::string_view digits(text);
  std::from_chars(digits.data(), digits.data() + digits.size(), otherwise);
  return otherwise;
}

TEST(Life, KeepsItsLawsWhateverGoesWrong) {
  const std::uint64_t first = from_environment("AG_SEED", 1);
  const std::uint64_t count = from_environment("AG_SEEDS", 100);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Life life = live(seed, {});
    ASSERT_TRUE(life.broken.empty()) << "./dev sim --seed " << seed << "\n" << to_text(life.broken.front());
  }
}

TEST(Life, IsTheSameAgainForTheSameSeed) {
  const Life once = live(7, {});
  const Life again = live(7, {.telling = Telling::kStory});
  EXPECT_GT(once.calls, 100U);
  EXPECT_EQ(once.trace, again.trace) << "to be told changes nothing";
  EXPECT_NE(once.trace, live(8, {}).trace);
}

TEST(Life, IsDecidedBeforehand) {
  const Plan plan = plan_of(11);
  const Plan again = plan_of(11);
  ASSERT_EQ(plan.acts.size(), again.acts.size());
  for (std::size_t i = 0; i < plan.acts.size(); ++i) EXPECT_EQ(to_text(plan.acts[i]), to_text(again.acts[i]));
}

TEST(Life, WithoutItsActsHasNoGrants) { EXPECT_EQ(live(7, {.only = std::vector<std::size_t>{}}).grants, 0U); }

TEST(Crew, DoesEachTaskOnceAndSurvivesTheOneThatDies) {
  struct Number {
    std::size_t doubled = 0;
  };
  const auto outcomes = share_out<Number>(20, 2, [](std::size_t number, Number& result) {
    if (number == 7) std::abort();
    result.doubled = 2 * number;
  });
  EXPECT_EQ(outcomes.died, std::vector<std::size_t>{7});
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(outcomes.results[i].doubled, i == 7 ? 0 : 2 * i);
}

TEST(Hunt, LivesManyAndTellsEach) {
  const auto verdicts = live_many({.first = 3, .count = 4, .replicas = 1, .jobs = 2});
  ASSERT_EQ(verdicts.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(verdicts[i].seed, 3 + i);
    EXPECT_FALSE(verdicts[i].failed());
    EXPECT_EQ(verdicts[i].trace, live(3 + i, {}).trace) << "another process lives the same life";
  }
}

}  // namespace
}  // namespace ag::simulation
