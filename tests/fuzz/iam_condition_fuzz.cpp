// Conditions: each byte is a choice among operators, keys and values; the engine beside its slow twin.
#include "iam/condition.hpp"
#include "iam/test_random_worlds.hpp"
#include "iam/test_twin.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace ag::fuzz {

using namespace iam;

FUZZ_TARGET(input) {
  test::Random random(input);
  const LanguageVersion version = random.chance(85) ? LanguageVersion::k2012 : LanguageVersion::k2008;
  twin::Question question = test::random_question(random);
  const Request request = test::request_of(question);
  const Condition condition = test::random_condition(random);
  const bool holds = twin::holds(condition, version == LanguageVersion::k2012, question);
  const Truth truth = CompiledCondition(condition, version).holds(request.context());
  const std::string told =
      fmt::format("{} {} [{}]", condition.key, condition.operator_text, fmt::join(condition.values, " | "));
  if (condition.op.comparison == Comparison::kUnknown) {
    must(truth == Truth::kMaybe, "an operator that nobody knows is never certain", told);
    return;
  }
  must(truth == (holds ? Truth::kYes : Truth::kNo), "a condition is what the twin says", told);
}

}  // namespace ag::fuzz
