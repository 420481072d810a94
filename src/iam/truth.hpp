#pragma once
#include <algorithm>
#include <cstdint>

namespace ag::iam {

/// What is known of a question: three values, in this order, so that "and" is the smaller and "or" the larger.
///
/// kMaybe is safe, not sharp: of two conditions that exclude each other each may be kMaybe, and so is their "or".
enum class Truth : std::uint8_t { kNo, kMaybe, kYes };

[[nodiscard]] constexpr Truth truth(bool value) { return value ? Truth::kYes : Truth::kNo; }
[[nodiscard]] constexpr Truth operator&(Truth a, Truth b) { return std::min(a, b); }
[[nodiscard]] constexpr Truth operator|(Truth a, Truth b) { return std::max(a, b); }
[[nodiscard]] constexpr Truth operator!(Truth a) {
  return a == Truth::kYes ? Truth::kNo : a == Truth::kNo ? Truth::kYes : Truth::kMaybe;
}
constexpr Truth& operator&=(Truth& a, Truth b) { return a = a & b; }
constexpr Truth& operator|=(Truth& a, Truth b) { return a = a | b; }

}  // namespace ag::iam
