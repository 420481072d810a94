#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace ag {

using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] Digest sha256(std::string_view bytes);
/// The hash of the parts one after the other, without a copy of them.
[[nodiscard]] Digest sha256_of_parts(std::initializer_list<std::string_view> parts);
[[nodiscard]] Digest hmac_sha256(std::span<const std::uint8_t> key, std::string_view bytes);

/// Equal or not, in a time that does not depend on where they differ.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

/// Lower-case hexadecimal.
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);
/// 64 hexadecimal digits. Error code `invalid_digest`.
[[nodiscard]] Result<Digest> digest_from_hex(std::string_view hex);

/// RFC 4648 §5 without padding: safe in URLs, headers and shells.
[[nodiscard]] std::string to_base64url(std::span<const std::uint8_t> bytes);

}  // namespace ag
