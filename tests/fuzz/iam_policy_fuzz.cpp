// The policy parser: any text is a policy and problems; what it kept survives being written and read again.
#include <algorithm>

#include "base/text.hpp"
#include "iam/analysis.hpp"
#include "iam/analysis_words.hpp"
#include "iam/policy_parse.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace ag::fuzz {
namespace {

using namespace iam;

constexpr PolicyKind kKinds[] = {PolicyKind::kIdentity,        PolicyKind::kPermissionSetInline,
                                 PolicyKind::kSession,         PolicyKind::kServiceControl,
                                 PolicyKind::kResourceControl, PolicyKind::kResource,
                                 PolicyKind::kTrust,           PolicyKind::kBoundary,
                                 PolicyKind::kAwsManaged};

void tells_where(const ParsedPolicy& parsed, std::string_view text) {
  const auto lines = 1 + std::ranges::count(text, '\n');
  must(parsed.problems.size() <= kMostProblems, "problems have a limit");
  for (const Problem& problem : parsed.problems) {
    must(!problem.code.empty() && !problem.message.empty(), "a problem says what it is", problem.path);
    must(decode_utf8(to_text(problem)).has_value(), "a problem can be shown", problem.code);
    must(problem.at.line <= lines, "a problem is within the text", to_text(problem));
  }
}

/// Positions aside: statements, their elements, what is unknown.
void is_the_same(const Policy& one, const Policy& other) {
  must(one.version == other.version && one.id == other.id && one.statements.size() == other.statements.size(),
       "a policy read again is the same");
  must(one.unknown.size() == other.unknown.size(), "unknown elements are kept");
  for (std::size_t i = 0; i < one.statements.size(); ++i) {
    const Statement& a = one.statements[i];
    const Statement& b = other.statements[i];
    must(a.sid == b.sid && a.effect == b.effect && a.actions.sense == b.actions.sense &&
             a.actions.patterns == b.actions.patterns && a.resources.sense == b.resources.sense &&
             a.resources.patterns == b.resources.patterns && a.conditions.size() == b.conditions.size() &&
             a.principals.patterns.size() == b.principals.patterns.size() && a.unknown.size() == b.unknown.size(),
         "a statement read again is the same", a.sid);
    for (std::size_t j = 0; j < a.conditions.size(); ++j) {
      must(a.conditions[j].operator_text == b.conditions[j].operator_text &&
               a.conditions[j].key == b.conditions[j].key && a.conditions[j].values == b.conditions[j].values,
           "a condition read again is the same", a.conditions[j].key);
    }
  }
}

}  // namespace

FUZZ_TARGET(input) {
  Input in(input);
  const PolicyKind kind = kKinds[in.byte() % std::size(kKinds)];
  const std::string_view text = in.rest();
  const ParsedPolicy parsed = parse(text, kind);
  tells_where(parsed, text);
  const auto node = read_json(text);
  if (!node) {
    must(!parsed.readable(), "what is no JSON is no policy");
    return;
  }
  const std::string written = to_json(*node);
  const auto again = read_json(written);
  must(again.has_value(), "JSON that was written can be read", written);
  must(to_json(*again) == written, "JSON is written the same again", written);
  is_the_same(parsed.policy, parse(written, kind).policy);
  if (!parsed.readable()) return;
  const Analysis analysis = analyze({.layers = {.identity = {{"fuzz", parsed.policy}}}});
  must(analysis.facets.size() == kFacets, "an analysis has all facets");
  must(analysis.everywhere <= analysis.certain && analysis.certain <= analysis.possible, "sets are within each other");
  must(!page("fuzz", analysis, {}).empty(), "an analysis has a page");
}

}  // namespace ag::fuzz
