#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/time.hpp"

/// Time and chance: the two things pure code is given and the shell has to get.
namespace ag::server {

/// Says what time it is. Production gives wall_clock, tests what they like.
using Clock = std::function<Instant()>;

[[nodiscard]] Instant wall_clock();
/// Since the machine was started, its sleep included: runs forward whatever the wall clock does.
[[nodiscard]] Instant steady_clock();

/// `prefix` and a ULID: 48 bits of milliseconds and 80 random bits in 26 characters that sort by time.
[[nodiscard]] std::string fresh_id(std::string_view prefix, Instant now);

/// What every id of that moment and later sorts after.
[[nodiscard]] std::string first_id(std::string_view prefix, Instant at);

/// 256 random bits, base64url. Aborts when the system has no randomness to give.
[[nodiscard]] std::string fresh_secret();

}  // namespace ag::server
