#pragma once
#include <ostream>
#include <span>
#include <string>

#include "cli/command.hpp"

/// The command line: an API client like any other. `serve`, `token` and `audit verify` alone work on the server's own
/// machine, through the functions that are given in.
///
///     int main(int argc, char** argv) {
///       return ag::cli::run(argc, argv, {ag::server::serve, ag::server::default_data_folder, ag::server::issue_token,
///                                        ag::server::list_tokens, ag::server::revoke_token,
///                                        ag::server::verify_ledger});
///     }
namespace ag::cli {

/// The whole program; returns its exit code. Installs a handler for SIGINT unless the command is `serve`.
[[nodiscard]] int run(int argc, char** argv, const ServerEntry& server);

/// The same with everything of the process given in: for tests.
struct World {
  Streams streams;
  Terminal terminal;
  Environment environment;
  std::function<Instant()> now;
  std::function<void()> before_client_command;  ///< called for every command but `serve`; may be empty
};
[[nodiscard]] ExitCode run(std::span<const std::string> words, const ServerEntry& server, const World& world);

}  // namespace ag::cli
