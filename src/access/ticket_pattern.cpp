#include "access/ticket_pattern.hpp"

#include <optional>
#include <regex>

namespace ag::access {
namespace {

// libstdc++'s mode that matches breadth first; without it a pattern can take longer than the universe.
constexpr auto kSyntax = std::regex_constants::ECMAScript | std::regex_constants::__polynomial;

std::optional<std::regex> compile(std::string_view pattern) {
  // The length first: compiling recurses into each bracket.
  if (pattern.empty() || pattern.size() > kLongestTicketPattern) return std::nullopt;
  try {
    return std::regex(pattern.begin(), pattern.end(), kSyntax);
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
}

}  // namespace

bool is_ticket_pattern(std::string_view pattern) { return compile(pattern).has_value(); }

bool fits_ticket(std::string_view ticket, std::string_view pattern) {
  const auto compiled = compile(pattern);
  return compiled && std::regex_match(ticket.begin(), ticket.end(), *compiled);
}

}  // namespace ag::access
