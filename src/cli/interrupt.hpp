#pragma once
#include "base/time.hpp"

/// Ctrl-C: the one piece of state that a program of one thread must share with a signal handler.
namespace ag::cli {

/// From now on SIGINT and SIGTERM only set a mark; whoever waits looks at it and stops with exit code 130.
void watch_for_interrupt();

[[nodiscard]] bool is_interrupted();

/// Sleeps; false when Ctrl-C was pressed before or meanwhile.
[[nodiscard]] bool pause_unless_interrupted(Duration length);

}  // namespace ag::cli
