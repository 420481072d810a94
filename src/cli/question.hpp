#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "cli/command.hpp"

namespace ag::cli {

/// Asks on the terminal; none off a terminal, with --no-input, or when nothing was typed.
[[nodiscard]] std::optional<std::string> ask_for_line(Context& context, std::string_view question);

}  // namespace ag::cli
