#include "server/clock.hpp"

#include <openssl/rand.h>
#include <time.h>

#include <array>
#include <chrono>

#include "base/assert.hpp"
#include "base/hash.hpp"

namespace ag::server {
namespace {

constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

template <std::size_t N>
std::array<std::uint8_t, N> random_bytes() {
  std::array<std::uint8_t, N> bytes;
  AG_ASSERT(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  return bytes;
}

}  // namespace

Instant wall_clock() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return Instant::from_nanoseconds(std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count());
}

Instant steady_clock() {
  timespec since_boot{};
  AG_ASSERT(::clock_gettime(CLOCK_BOOTTIME, &since_boot) == 0);
  return Instant::from_seconds(since_boot.tv_sec) + Duration::nanoseconds(since_boot.tv_nsec);
}

std::string first_id(std::string_view prefix, Instant at) {
  std::string id(prefix);
  const auto milliseconds = static_cast<std::uint64_t>(at.count_nanoseconds() / 1'000'000);
  for (int shift = 45; shift >= 0; shift -= 5) id += kCrockford[milliseconds >> shift & 0x1f];
  return id;
}

std::string fresh_id(std::string_view prefix, Instant now) {
  std::string id = first_id(prefix, now);
  for (const std::uint8_t byte : random_bytes<16>()) id += kCrockford[byte & 0x1f];
  return id;
}

std::string fresh_secret() { return to_base64url(random_bytes<32>()); }

}  // namespace ag::server
