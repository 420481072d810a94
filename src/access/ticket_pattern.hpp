#pragma once
#include <cstddef>
#include <string>
#include <string_view>

/// The regular expression that a guardrail gives for tickets: ECMAScript without back-references.
///
/// It comes from the policy and runs on the engine's thread, which also takes access away: no pattern, however it was
/// written, may hold that up. So it is matched in steps (never by backtracking, which `(a*)*b` makes endless), and its
/// length bounds what compiling it can cost.
namespace ag::access {

inline constexpr std::size_t kLongestTicketPattern = 200;  ///< bytes

[[nodiscard]] bool is_ticket_pattern(std::string_view pattern);

/// Whether the whole ticket fits; never for what is not a pattern.
[[nodiscard]] bool fits_ticket(std::string_view ticket, std::string_view pattern);

}  // namespace ag::access
