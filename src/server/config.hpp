#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "server/core.hpp"
#include "server/serve.hpp"

/// What `serve` is told, complete: the command line before the config file before the defaults.
namespace ag::server {

struct Config {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8642;
  std::vector<std::string> hosts;  ///< names under which the server is reached, beside its address
  std::string data;
  std::optional<std::string> policy_file;
  Prepared prepared;
  std::string access_portal;              ///< where people sign in to AWS; empty: at the address that AWS makes
  std::optional<std::string> checkpoint;  ///< a second file for the checkpoint, on another disk than the ledger's
};

/// Error codes `config_unreadable`, `invalid_config`, `invalid_address`; the message names file, line and key.
[[nodiscard]] Result<Config> load_config(const ServeOptions& options);

/// A whole file, at most `limit` bytes. Error code `file_unreadable`.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t limit);

}  // namespace ag::server
