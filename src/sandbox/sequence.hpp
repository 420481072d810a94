#pragma once
#include <cstdint>
#include <string>
#include <string_view>

/// Everything in the sandbox that looks random is a function of the seed, a label and a number: so the same seed
/// makes the same organization and the same delays on every machine, whatever was asked before.
namespace ag::sandbox {

/// 64 bits that depend on all three; SHA-256 underneath, so labels never collide by accident.
[[nodiscard]] std::uint64_t derived_number(std::uint64_t seed, std::string_view label, std::uint64_t number);

/// `length` characters of the alphabet; at most 64 of them, alphabets of 2 to 64 characters.
[[nodiscard]] std::string derived_text(std::uint64_t seed, std::string_view label, std::uint64_t number,
                                       std::size_t length, std::string_view alphabet);

/// A UUID of version 4's looks.
[[nodiscard]] std::string derived_uuid(std::uint64_t seed, std::string_view label, std::uint64_t number);

inline constexpr std::string_view kDigits = "0123456789";
inline constexpr std::string_view kLowerHex = "0123456789abcdef";
inline constexpr std::string_view kLowerAlphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789";
inline constexpr std::string_view kKeyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";  ///< of AWS's key ids
inline constexpr std::string_view kSecretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace ag::sandbox
