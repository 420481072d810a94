#pragma once
#include "cli/command.hpp"
#include "cli/wait.hpp"

namespace ag::cli {

/// Sends what makes a request, tells of it, and follows it as long as the plan says. `--wait` and `--no-wait` of a
/// command come with with_waiting_options().
[[nodiscard]] ExitCode ask_and_wait(Context& context, const ApiCall& call, const WaitPlan& plan);

[[nodiscard]] std::vector<OptionSpec> with_waiting_options(std::vector<OptionSpec> options);

}  // namespace ag::cli
