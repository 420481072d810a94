// Entries of the ledger: any bytes are an entry or an error; an entry is written as it was read.
#include "access/event.hpp"
#include "base/text.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace ag::fuzz {

FUZZ_TARGET(input) {
  const auto entry = access::decode_entry(input);
  if (!entry) {
    must(!entry.error().code.empty() && decode_utf8(entry.error().message), "an error says what it is");
    return;
  }
  const std::string written = access::encode_entry(*entry);
  const auto again = access::decode_entry(written);
  must(again.has_value(), "an entry that was written can be read", written);
  must(access::encode_entry(*again) == written, "an entry is written the same again", written);
}

}  // namespace ag::fuzz
