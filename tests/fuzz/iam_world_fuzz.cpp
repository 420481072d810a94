// The evaluation: each byte is a choice of a world of policies and a question; the engine beside its slow twin.
#include "iam/evaluate.hpp"
#include "iam/test_random_worlds.hpp"
#include "iam/test_twin.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace ag::fuzz {
namespace {

using namespace iam;

/// What the twin says whether or not conditions hold that nobody knows; `?` when it hangs on them.
char expected(const twin::World& world, twin::Question question) {
  question.unknown_operators_hold = false;
  const char one = twin::verdict(world, question);
  question.unknown_operators_hold = true;
  const char other = twin::verdict(world, question);
  if (one == other) return one;
  // Denied either way, though not certainly by a Deny.
  return one == 'A' || other == 'A' ? '?' : 'I';
}

void asked(const twin::World& world, const Engine& engine, const twin::Question& question,
           const std::vector<std::string>& unknown) {
  const Request request = test::request_of(question);
  const Decision decision = engine.decide(request);
  must(engine.verdict(request) == decision.verdict, "both ways of asking say the same");
  const std::string told = fmt::format("{} {} {} in {}: {}", question.principal, question.action, question.resource,
                                       question.account, name_of(decision.verdict));
  must((decision.verdict == Verdict::kDependsOn) != decision.depends_on.empty(), "what it depends on is named", told);
  // Three values are safe, not sharp: where an operator is unknown, "depends" is always allowed.
  if (decision.verdict != Verdict::kDependsOn)
    must(name_of(decision.verdict).front() == expected(world, question), "the verdict is the twin's", told);

  const Verdict early = engine.verdict(test::request_of(question, unknown));
  if (early == Verdict::kAllowed || early == Verdict::kExplicitlyDenied)
    must(decision.verdict == early, "what is certain stays when more is known", told);
}

}  // namespace

FUZZ_TARGET(input) {
  test::Random random(input);
  const twin::World world = test::random_world(random);
  const Engine engine(test::compiled(world));
  twin::Question question = test::random_question(random);
  const std::vector<std::string> unknown = {random.pick(test::kKeys), random.pick(test::kKeys)};
  // A world is dear and a question cheap: everybody asks, and in both accounts.
  for (const std::string& principal : test::kPrincipals) {
    for (const std::string_view account : {"111122223333", "444455556666"}) {
      question.principal = principal;
      question.account = account;
      asked(world, engine, question, unknown);
    }
  }
}

}  // namespace ag::fuzz
