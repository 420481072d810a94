#pragma once

namespace ag {
/// Prints and aborts. Never returns; never reachable by input from outside.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}  // namespace ag

/// What must be true, in release builds too. For what the world may get wrong, return an Error instead.
#define AG_ASSERT(expression) \
  (static_cast<bool>(expression) ? static_cast<void>(0) : ::ag::assertion_failed(#expression, __FILE__, __LINE__))
