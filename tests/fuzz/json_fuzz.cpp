// The JSON of our API and ledger: any text is a value or an error; a value's canonical form is a fixed point.
#include "base/json.hpp"
#include "base/text.hpp"
#include "ledger/canonical_entry.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace ag::fuzz {

FUZZ_TARGET(input) {
  const auto value = parse_json(input);
  const auto any = parse_json(input, Numbers::kAny);
  must(!value || any, "who takes any number takes whole ones");
  const auto canonical = ledger::canonical_entry(input);
  must(canonical == ledger::canonical_entry_slowly(input), "both judge alike whether an entry is canonical");
  if (!value) {
    must(!value.error().code.empty() && decode_utf8(value.error().message), "an error says what it is");
    must(!canonical, "what is no JSON is no entry");
    return;
  }
  const std::string written = canonical_json(*value);
  const auto again = parse_json(written);
  must(again.has_value(), "the canonical form can be read", written);
  must(canonical_json(*again) == written, "the canonical form is a fixed point", written);
}

}  // namespace ag::fuzz
