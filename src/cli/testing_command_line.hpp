#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "cli/tiny_server.hpp"

/// For tests: whole commands with everything of the process given in.
namespace ag::cli::testing_cli {

struct Ran {
  ExitCode code = ExitCode::kOther;
  std::string out;
  std::string err;
};

class CommandLine : public ::testing::Test {
 protected:
  CommandLine() {
    folder_ = std::filesystem::temp_directory_path() / fmt::format("accessguard_cli_{}", getpid());
    std::filesystem::create_directories(folder_);
    variables_["XDG_STATE_HOME"] = folder_.string();
    variables_["ACCESSGUARD_TOKEN"] = "ag_test";
  }
  ~CommandLine() override { std::filesystem::remove_all(folder_); }

  Ran run(std::vector<std::string> words) {
    std::ostringstream out;
    std::ostringstream err;
    const World world{{out, err},
                      terminal_,
                      [this](const char* name) -> std::optional<std::string> {
                        const auto it = variables_.find(name);
                        return it == variables_.end() ? std::nullopt : std::optional(it->second);
                      },
                      [this] { return now_ = now_ + Duration::milliseconds(10); },
                      {}};
    const ExitCode code = cli::run(words, entry_, world);
    return {code, out.str(), err.str()};
  }
  void use(const TinyServer& server) { variables_["ACCESSGUARD_SERVER"] = server.address(); }

  std::filesystem::path folder_;
  std::map<std::string, std::string, std::less<>> variables_;
  Terminal terminal_;
  ServerEntry entry_;
  Instant now_ = parse_rfc3339("2026-11-25T14:32:00Z").value();
};

}  // namespace ag::cli::testing_cli
