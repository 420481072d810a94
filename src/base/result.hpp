#pragma once
#include <expected>
#include <string>
#include <utility>

namespace ag {

/// Why something was refused or failed, in a form for programs and one for people.
struct Error {
  std::string code;     ///< stable, snake_case, part of the API: scripts compare it
  std::string message;  ///< one sentence for a person
  std::string field{};  ///< the field, key or entity it is about; empty when there is none
  std::string rule{};   ///< the rule or guardrail that refused, with file line; empty when none did
  std::string fix{};    ///< what would help, where that is known

  bool operator==(const Error&) const = default;
};

/// The value, or the reason why there is none. No exception crosses a room; this does.
template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(std::string code, std::string message, std::string field = {}) {
  return std::unexpected(Error{std::move(code), std::move(message), std::move(field)});
}
[[nodiscard]] inline std::unexpected<Error> fail(Error error) { return std::unexpected(std::move(error)); }

}  // namespace ag
