// The policy file: any text is a tree or a problem of YAML, and then a policy or mistakes with lines.
#include <algorithm>

#include "access/policy.hpp"
#include "access/yaml.hpp"
#include "base/text.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace ag::fuzz {

FUZZ_TARGET(input) {
  const auto tree = access::yaml::read(input);
  if (!tree) must(!tree.error().code.empty() && !tree.error().message.empty(), "a problem says what it is");
  const auto policy = access::parse_policy(input);
  if (policy) {
    must(tree.has_value(), "a policy is YAML");
    return;
  }
  must(!policy.error().empty(), "a refusal has a reason");
  for (const auto& problem : policy.error()) {
    must(!problem.message.empty() && !problem.code.empty(), "a problem says what it is");
    must(problem.line >= 1 && problem.line <= 2 + std::ranges::count(input, '\n'), "a problem is within the text",
         problem.message);
    must(decode_utf8(problem.message).has_value(), "a problem can be shown", problem.code);
  }
}

}  // namespace ag::fuzz
