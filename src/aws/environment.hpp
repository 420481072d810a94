#pragma once
#include <functional>
#include <optional>
#include <string>

namespace ag::aws {

/// Looks up an environment variable; nothing when it is not set or empty, which AWS's tools treat alike.
/// Comes in as a value so that tests and the program's own configuration can stand in for the process.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The environment of this process. Read at each call: not safe beside setenv.
[[nodiscard]] Environment process_environment();

}  // namespace ag::aws
