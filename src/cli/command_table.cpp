#include <array>
#include <utility>

#include "cli/commands.hpp"

namespace ag::cli {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kGroups = {{
    {"request", "Requests for access: yours, and those that you decide"},
    {"review", "Deciding about the requests of others, and looking at their break-glass"},
    {"access", "Temporary access that you have"},
    {"policy", "The rules and guardrails in force, and changes of them"},
    {"iam", "What IAM policies really allow; works without a server"},
    {"audit", "The ledger of everything that happened"},
    {"token", "Bearer tokens (on the server's machine)"},
}};

std::vector<CommandSpec> make_table() {
  std::vector<CommandSpec> table;
  for (auto group :
       {access_commands, portal_commands, ask_commands, request_commands, review_commands, break_glass_commands,
        revoke_commands, policy_commands, policy_plan_commands, policy_change_commands, iam_analysis_commands,
        iam_commands, audit_commands, sign_in_commands, server_commands, doctor_commands, tool_commands}) {
    for (auto& command : group()) table.push_back(std::move(command));
  }
  return table;
}

}  // namespace

const std::vector<CommandSpec>& command_table() {
  static const std::vector<CommandSpec> table = make_table();
  return table;
}

const std::vector<OptionSpec>& common_options() {
  static const std::vector<OptionSpec> options = {
      {.names = "-o,--output",
       .value = "FORMAT",
       .help = "table, json, jsonl, yaml or name (ACCESSGUARD_OUTPUT)",
       .choices = {"table", "json", "jsonl", "yaml", "name"}},
      {.names = "-q,--quiet", .help = "Print ids alone", .arity = Arity::kFlag},
      {.names = "--server",
       .value = "URL",
       .help = "The server to talk to (ACCESSGUARD_SERVER, http://127.0.0.1:8642)"},
      {.names = "--token-file",
       .value = "FILE",
       .help = "Where the token stands; else ACCESSGUARD_TOKEN, else what login stored"},
      {.names = "--no-input", .help = "Never ask on the terminal", .arity = Arity::kFlag},
  };
  return options;
}

std::string_view summary_of_group(std::string_view word) {
  for (const auto& [name, summary] : kGroups) {
    if (name == word) return summary;
  }
  return {};
}

}  // namespace ag::cli
