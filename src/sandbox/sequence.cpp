#include "sandbox/sequence.hpp"

#include <fmt/format.h>

#include "base/assert.hpp"
#include "base/hash.hpp"

namespace ag::sandbox {
namespace {

constexpr std::size_t kLongest = 64;

Digest derived(std::uint64_t seed, std::string_view label, std::uint64_t number) {
  return sha256(fmt::format("{}/{}/{}", seed, label, number));
}

}  // namespace

std::uint64_t derived_number(std::uint64_t seed, std::string_view label, std::uint64_t number) {
  const Digest digest = derived(seed, label, number);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8 | digest[i];
  return value;
}

std::string derived_text(std::uint64_t seed, std::string_view label, std::uint64_t number, std::size_t length,
                         std::string_view alphabet) {
  AG_ASSERT(length <= kLongest && alphabet.size() >= 2 && alphabet.size() <= 64);
  const Digest first = derived(seed, label, number);
  const Digest second = sha256(std::string_view(reinterpret_cast<const char*>(first.data()), first.size()));
  std::string text;
  text.reserve(length);
  for (std::size_t i = 0; i < length; ++i) {
    const std::uint8_t byte = i < first.size() ? first[i] : second[i - first.size()];
    text += alphabet[byte % alphabet.size()];
  }
  return text;
}

std::string derived_uuid(std::uint64_t seed, std::string_view label, std::uint64_t number) {
  std::string hex = derived_text(seed, label, number, 32, kLowerHex);
  hex[12] = '4';
  hex[16] = "89ab"[static_cast<std::size_t>(hex[16]) % 4];
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                     hex.substr(20, 12));
}

}  // namespace ag::sandbox
