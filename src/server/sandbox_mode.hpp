#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "aws/environment.hpp"
#include "base/result.hpp"
#include "sandbox/sandbox.hpp"
#include "server/socket/listener.hpp"

/// `serve --sandbox`: an AWS organization of its own, in the same process but behind a real socket.
namespace ag::server {

/// What the people of the sandbox may ask for when no policy is given.
extern const std::string_view kSandboxPolicy;

class SandboxServer {
 public:
  /// Errors of Listener::start.
  [[nodiscard]] static Result<std::unique_ptr<SandboxServer>> start(std::uint64_t seed,
                                                                    sandbox::Behaviour behaviour = {},
                                                                    std::uint16_t port = 0);

  [[nodiscard]] std::string url() const;
  /// The process's environment with the sandbox in AWS's place.
  [[nodiscard]] aws::Environment environment() const;
  [[nodiscard]] sandbox::Credentials credentials() const;
  [[nodiscard]] std::string region() const;
  [[nodiscard]] std::vector<sandbox::Person> people() const;
  /// The id of the policy that is there for hard ends.
  [[nodiscard]] std::string hard_end_policy() const;

 private:
  SandboxServer(std::uint64_t seed, sandbox::Behaviour behaviour) : sandbox_(seed, behaviour) {}
  mutable std::mutex mutex_;
  sandbox::Sandbox sandbox_;
  std::unique_ptr<Listener> listener_;  ///< last, so that it ends first
};

}  // namespace ag::server
