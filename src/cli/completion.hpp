#pragma once
#include <string>
#include <string_view>

namespace ag::cli {

/// The script that makes `bash`, `zsh` or `fish` complete commands, options and choices; from the command table.
[[nodiscard]] std::string completion_script(std::string_view shell);

}  // namespace ag::cli
