#pragma once
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

/// The groups of commands, each in its own file: how they are written and what they do.
namespace ag::cli {

[[nodiscard]] std::vector<CommandSpec> ask_commands();
[[nodiscard]] std::vector<CommandSpec> request_commands();
[[nodiscard]] std::vector<CommandSpec> review_commands();
[[nodiscard]] std::vector<CommandSpec> access_commands();  ///< can, access, who
[[nodiscard]] std::vector<CommandSpec> portal_commands();  ///< access open, access profile
[[nodiscard]] std::vector<CommandSpec> break_glass_commands();
[[nodiscard]] std::vector<CommandSpec> revoke_commands();
[[nodiscard]] std::vector<CommandSpec> policy_commands();
[[nodiscard]] std::vector<CommandSpec> policy_plan_commands();    ///< plan, explain
[[nodiscard]] std::vector<CommandSpec> policy_change_commands();  ///< changes, approve, deny
[[nodiscard]] std::vector<CommandSpec> iam_analysis_commands();   ///< analyze, expand, diff
[[nodiscard]] std::vector<CommandSpec> audit_commands();
[[nodiscard]] std::vector<CommandSpec> sign_in_commands();  ///< login, logout, whoami
[[nodiscard]] std::vector<CommandSpec> server_commands();   ///< serve, token
[[nodiscard]] std::vector<CommandSpec> doctor_commands();
[[nodiscard]] std::vector<CommandSpec> iam_commands();   ///< iam evaluate: without a server
[[nodiscard]] std::vector<CommandSpec> tool_commands();  ///< api, completion, version

/// `a,b,c`; what is empty between commas is left out.
[[nodiscard]] inline std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view name = text.substr(0, comma);
    if (!name.empty()) names.emplace_back(name);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return names;
}

inline constexpr std::size_t kDefaultLimit = 1'000;  ///< items of a list, unless --limit says otherwise
inline constexpr std::size_t kMostListed = 100'000;

[[nodiscard]] inline OptionSpec limit_option() {
  return {.names = "--limit", .value = "N", .help = "At most so many items (1000)"};
}

/// The number after --limit; none when it is not one between 1 and kMostListed.
[[nodiscard]] inline std::optional<std::size_t> limit_of(const Arguments& arguments) {
  const auto text = arguments.find("limit");
  if (!text) return kDefaultLimit;
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  const bool good = error == std::errc{} && end == text->data() + text->size() && limit > 0 && limit <= kMostListed;
  return good ? std::optional(limit) : std::nullopt;
}

inline constexpr std::string_view kLimitUsage = "--limit takes a number from 1 to 100000";

}  // namespace ag::cli
