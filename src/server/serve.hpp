#pragma once
#include <cstdint>
#include <optional>
#include <string>

/// `accessguard serve`: the whole server, from its options to the exit code of the program.
namespace ag::server {

struct ServeOptions {
  std::optional<std::string> config;       ///< path of the configuration file
  bool sandbox = false;                    ///< an embedded organization instead of AWS
  std::uint64_t seed = 0;                  ///< of that organization: the same seed, the same ids
  std::string listen;                      ///< `ADDRESS:PORT`; empty: what the configuration says, or 127.0.0.1:8642
  std::string data;                        ///< the data folder; empty: what the configuration says, or the default
  std::optional<std::string> policy_file;  ///< applied at start when it differs from what is in force
  bool accept_rollback = false;            ///< the ledger is the true one although a checkpoint tells of more
};

/// Runs until SIGINT or SIGTERM. 0 after an orderly stop, 1 when it could not start or had to give up; why is on
/// standard error.
[[nodiscard]] int serve(const ServeOptions& options);

}  // namespace ag::server
