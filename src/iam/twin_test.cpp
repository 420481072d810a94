// The engine beside its slow twin, and laws that hold for all policies, on random ones.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "iam/evaluate.hpp"
#include "iam/test_random_worlds.hpp"
#include "iam/test_twin.hpp"

namespace ag::iam {
namespace {

using namespace test;

constexpr int kQuestionsPerWorld = 10;

/// Enough to see what happened, in the words of the test.
std::string told(const twin::World& world, const twin::Question& question) {
  std::string text =
      fmt::format("{} {} {} in {}\n", question.principal, question.action, question.resource, question.account);
  for (const auto& [key, values] : question.context)
    text += fmt::format("  {} = [{}]\n", key, fmt::join(values, " | "));
  const auto tell = [&](std::string_view layer, const std::vector<Policy>& policies) {
    for (const auto& policy : policies) {
      for (const auto& one : policy.statements) {
        text += fmt::format("  {} {} {}{} on {}{}", layer, one.effect == Effect::kAllow ? "Allow" : "Deny",
                            one.actions.sense == Sense::kIsNot ? "not " : "", fmt::join(one.actions.patterns, " "),
                            one.resources.sense == Sense::kIsNot ? "not " : "", fmt::join(one.resources.patterns, " "));
        for (const auto& condition : one.conditions)
          text +=
              fmt::format(" if {} {} [{}]", condition.key, condition.operator_text, fmt::join(condition.values, " | "));
        text += one.principals.sense == Sense::kIsNot ? " for all but" : " for";
        for (const auto& pattern : one.principals.patterns) text += " " + pattern.name;
        text += policy.version == LanguageVersion::k2008 ? " (2008)\n" : "\n";
      }
    }
  };
  tell("identity", world.identity);
  tell("boundary", world.boundary);
  tell("session", world.session);
  tell("resource", world.resource);
  tell("endpoint", world.endpoint);
  for (const auto& level : world.service_control) tell("scp", level);
  for (const auto& level : world.resource_control) tell("rcp", level);
  return text;
}

/// AG_SEEDS=75000 of an optimised build puts more than five million questions to each of the two.
TEST(Twin, TheEngineSaysWhatItsSlowTwinSays) {
  std::map<char, std::size_t> verdicts;
  std::size_t uncertain = 0;
  const std::size_t worlds = rounds(7);
  for (std::size_t seed = 0; seed < worlds; ++seed) {
    Random random(seed);
    const twin::World world = random_world(random);
    const Engine engine(compiled(world));
    for (int i = 0; i < kQuestionsPerWorld; ++i) {
      twin::Question question = random_question(random);
      const Request request = request_of(question);
      const Verdict verdict = engine.verdict(request);
      const Decision decision = engine.decide(request);
      ASSERT_EQ(verdict, decision.verdict) << told(world, question);
      const char expected = twin::verdict(world, question);
      question.unknown_operators_hold = !question.unknown_operators_hold;
      const char otherwise = twin::verdict(world, question);
      if (verdict == Verdict::kDependsOn) {
        // Nothing else is unknown here.
        ++uncertain;
        ASSERT_TRUE((told(world, question).find("StringEqualz") != std::string::npos)) << told(world, question);
        continue;
      }
      ++verdicts[expected];
      // What is denied either way, but by a Deny that may not apply, counts as denied implicitly.
      const char wanted = expected == otherwise ? expected : expected == 'A' || otherwise == 'A' ? '?' : 'I';
      ASSERT_EQ(name_of(verdict).front(), wanted) << "seed " << seed << "\n" << told(world, question);
    }
  }
  for (const char verdict : {'A', 'I', 'E'}) EXPECT_GT(verdicts[verdict], worlds * kQuestionsPerWorld / 50) << verdict;
  fmt::print("twin: {} questions: {} allowed, {} implicitly and {} explicitly denied, {} with an unknown operator\n",
             worlds * kQuestionsPerWorld, verdicts['A'], verdicts['I'], verdicts['E'], uncertain);
}

/// Whatever an unknown key turns out to be, a verdict that did not depend on it stays.
TEST(Twin, ACertainVerdictHoldsForEveryValueOfWhatIsUnknown) {
  std::size_t certain = 0, depends = 0;
  for (std::size_t seed = 0; seed < rounds(12); ++seed) {
    Random random(seed + 1'000'000);
    const twin::World world = random_world(random);
    const Engine engine(compiled(world));
    const twin::Question question = random_question(random);
    const std::vector<std::string> unknown = {random.pick(kKeys), random.pick(kKeys), random.pick(kKeys)};
    const Decision decision = engine.decide(request_of(question, unknown));
    ASSERT_EQ(decision.verdict, engine.verdict(request_of(question, unknown)));
    if (decision.verdict == Verdict::kDependsOn) {
      ++depends;
      for (const auto& key : decision.depends_on) ASSERT_FALSE(key.empty());
      continue;
    }
    ++certain;
    for (int i = 0; i < 10; ++i) {
      twin::Question completed = question;
      const twin::Question other = random_question(random);
      for (const auto& key : unknown) {
        completed.context.erase(key);
        if (const auto value = other.context.find(key); value != other.context.end()) completed.context.insert(*value);
      }
      completed.unknown_operators_hold = random.chance(50);
      const char expected = twin::verdict(world, completed);
      // What is denied for certain may be denied in either way.
      ASSERT_EQ(decision.verdict == Verdict::kAllowed, expected == 'A') << told(world, completed);
      if (decision.verdict == Verdict::kExplicitlyDenied) {
        ASSERT_EQ(expected, 'E') << told(world, completed);
      }
    }
  }
  EXPECT_GT(certain, 20U);
  EXPECT_GT(depends, 5U);
}

bool allowed(const twin::World& world, const twin::Question& question) {
  return Engine(compiled(world)).verdict(request_of(question)) == Verdict::kAllowed;
}

TEST(Laws, AnotherDenyNeverAllowsMore) {
  for (std::size_t seed = 0; seed < rounds(15); ++seed) {
    Random random(seed + 2'000'000);
    const twin::World world = random_world(random);
    twin::World more = world;
    Policy deny = random_policy(random, 100);
    std::vector<Policy>* lists[] = {&more.identity, &more.boundary, &more.session, &more.resource, &more.endpoint};
    auto* list = random.pick(lists);
    if (list->empty()) continue;
    list->front().statements.insert(list->front().statements.begin(), deny.statements.front());
    const twin::Question question = random_question(random);
    ASSERT_TRUE(allowed(world, question) || !allowed(more, question)) << told(more, question);
  }
}

TEST(Laws, AnotherAllowNeverAllowsLess) {
  for (std::size_t seed = 0; seed < rounds(15); ++seed) {
    Random random(seed + 3'000'000);
    const twin::World world = random_world(random);
    twin::World more = world;
    Policy allow = random_policy(random, 0);
    more.identity.push_back(allow);
    const twin::Question question = random_question(random);
    ASSERT_TRUE(!allowed(world, question) || allowed(more, question)) << told(more, question);
  }
}

TEST(Laws, TheOrderOfStatementsAndPoliciesDoesNotMatter) {
  for (std::size_t seed = 0; seed < rounds(15); ++seed) {
    Random random(seed + 4'000'000);
    const twin::World world = random_world(random);
    twin::World turned = world;
    for (auto* list : {&turned.identity, &turned.boundary, &turned.session, &turned.resource, &turned.endpoint}) {
      std::ranges::reverse(*list);
      for (auto& policy : *list) {
        std::ranges::reverse(policy.statements);
        for (auto& statement : policy.statements) {
          std::ranges::reverse(statement.conditions);
          std::ranges::reverse(statement.actions.patterns);
          std::ranges::reverse(statement.resources.patterns);
          std::ranges::reverse(statement.principals.patterns);
        }
      }
    }
    std::ranges::reverse(turned.service_control);
    const twin::Question question = random_question(random);
    ASSERT_EQ(Engine(compiled(world)).verdict(request_of(question)),
              Engine(compiled(turned)).verdict(request_of(question)))
        << told(world, question);
  }
}

/// Without a resource policy a boundary allows what both allow: no more, no less.
TEST(Laws, ABoundaryIsAnIntersection) {
  std::size_t both = 0;
  for (std::size_t seed = 0; seed < rounds(20); ++seed) {
    Random random(seed + 5'000'000);
    twin::World identity;
    identity.identity = random_policies(random, 100, 3);
    twin::World boundary;
    boundary.identity = random_policies(random, 100, 1);
    twin::World limited = identity;
    limited.boundary = boundary.identity;
    twin::Question question = random_question(random);
    if (question.principal.ends_with(":root")) continue;
    const bool expected = allowed(identity, question) && allowed(boundary, question);
    both += expected ? 1 : 0;
    ASSERT_EQ(allowed(limited, question), expected) << told(limited, question);
  }
  EXPECT_GT(both, 5U);
}

}  // namespace
}  // namespace ag::iam
