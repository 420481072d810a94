// Cases and inputs as JSON lines: any text is answered or refused, and both readers and both ways of asking agree.
#include "base/text.hpp"
#include "iam/analysis_input.hpp"
#include "iam/analysis_json.hpp"
#include "iam/evaluation_case.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace ag::fuzz {

using namespace iam;

FUZZ_TARGET(input) {
  const auto asked = read_case(input);
  if (!asked) {
    must(!asked.error().code.empty() && !asked.error().message.empty(), "an error says what it is");
    must(decode_utf8(asked.error().message) && decode_utf8(asked.error().field), "an error can be shown");
  } else {
    const Engine engine(asked->layers);
    const Decision decision = engine.decide(asked->request);
    must(engine.verdict(asked->request) == decision.verdict, "both ways of asking say the same");
    must((decision.verdict == Verdict::kDependsOn) != decision.depends_on.empty(), "what it depends on is named");
    must(!json::serialize(to_object(*asked, decision)).empty() && !to_line(decision).empty(), "an answer can be told");
  }
  const auto read = read_analysis_input(input);
  if (!read) {
    must(decode_utf8(read.error().message).has_value(), "an error can be shown");
    return;
  }
  if (asked) must(read->input.layers.identity.size() == asked->layers.identity.size(), "both read the same policies");
  must(!json::serialize(to_json(analyze(read->input))).empty(), "an analysis can be told");
}

}  // namespace ag::fuzz
