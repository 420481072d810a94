#pragma once
#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace ag {

namespace json = boost::json;

/// Which numbers parse_json accepts.
enum class Numbers {
  kIntegers,  ///< 64-bit integers only: our own API and the ledger. A fraction is an error.
  kAny,       ///< doubles too: AWS sends epoch seconds with a fraction
};

/// Strict JSON (RFC 8259): one value, no more than 32 deep, valid UTF-8, no member twice in one object.
/// Error codes `invalid_json`, `duplicate_member`; the message says where.
[[nodiscard]] Result<json::value> parse_json(std::string_view text, Numbers numbers = Numbers::kIntegers);

/// The canonical form of RFC 8785: members sorted by UTF-16 code units, no white space, the shortest escapes.
/// For values without fractions: those have no place on the ledger (asserted).
/// WIRE AND DISK FORMAT: hashes depend on every byte. Do not change.
[[nodiscard]] std::string canonical_json(const json::value& value);

}  // namespace ag
