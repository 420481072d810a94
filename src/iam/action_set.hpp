#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/assert.hpp"

/// Sets of actions, as bits: what is allowed, what one policy adds to another, whether one is within the other.
namespace ag::iam {

/// The number of an action in the catalogue: sorted by service, then by name, letter case aside.
enum class ActionId : std::uint16_t {};

/// Neighbours in the catalogue: [first, last).
struct ActionRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool operator==(const ActionRange&) const = default;
};

/// Room for more actions than AWS has: 22,091 in September 2026, about 200 more each month. The catalogue asserts it.
inline constexpr std::size_t kMostActions = 24'576;

/// A set of actions of the catalogue. A value of 3 kB: pass it by reference.
class ActionSet {
 public:
  [[nodiscard]] bool contains(ActionId id) const { return (word(id) >> bit(id) & 1) != 0; }
  void add(ActionId id) { words_[index(id)] |= std::uint64_t{1} << bit(id); }
  void remove(ActionId id) { words_[index(id)] &= ~(std::uint64_t{1} << bit(id)); }

  void add(ActionRange range) {
    AG_ASSERT(range.first <= range.last && range.last <= kMostActions);
    if (range.first == range.last) return;
    const std::size_t begin = range.first / 64;
    const std::size_t end = (range.last - 1) / 64;
    const std::uint64_t from = ~std::uint64_t{0} << range.first % 64;
    const std::uint64_t to = ~std::uint64_t{0} >> (63 - (range.last - 1) % 64);
    if (begin == end) {
      words_[begin] |= from & to;
      return;
    }
    words_[begin] |= from;
    for (std::size_t i = begin + 1; i < end; ++i) words_[i] = ~std::uint64_t{0};
    words_[end] |= to;
  }

  ActionSet& operator|=(const ActionSet& other) {
    for (std::size_t i = 0; i < kWords; ++i) words_[i] |= other.words_[i];
    return *this;
  }
  ActionSet& operator&=(const ActionSet& other) {
    for (std::size_t i = 0; i < kWords; ++i) words_[i] &= other.words_[i];
    return *this;
  }
  /// Without those of `other`.
  ActionSet& operator-=(const ActionSet& other) {
    for (std::size_t i = 0; i < kWords; ++i) words_[i] &= ~other.words_[i];
    return *this;
  }
  [[nodiscard]] friend ActionSet operator|(ActionSet a, const ActionSet& b) { return a |= b; }
  [[nodiscard]] friend ActionSet operator&(ActionSet a, const ActionSet& b) { return a &= b; }
  [[nodiscard]] friend ActionSet operator-(ActionSet a, const ActionSet& b) { return a -= b; }

  [[nodiscard]] bool within(const ActionSet& other) const {
    std::uint64_t outside = 0;
    for (std::size_t i = 0; i < kWords; ++i) outside |= words_[i] & ~other.words_[i];
    return outside == 0;
  }
  [[nodiscard]] bool meets(const ActionSet& other) const {
    std::uint64_t common = 0;
    for (std::size_t i = 0; i < kWords; ++i) common |= words_[i] & other.words_[i];
    return common != 0;
  }
  [[nodiscard]] bool empty() const { return !meets(*this); }
  [[nodiscard]] std::size_t size() const {
    std::size_t count = 0;
    for (const std::uint64_t w : words_) count += static_cast<std::size_t>(std::popcount(w));
    return count;
  }

  /// Calls `use` with each action, in the order of the catalogue.
  template <class Use>
  void each(Use&& use) const {
    for (std::size_t i = 0; i < kWords; ++i) {
      for (std::uint64_t rest = words_[i]; rest != 0; rest &= rest - 1)
        use(static_cast<ActionId>(i * 64 + static_cast<std::size_t>(std::countr_zero(rest))));
    }
  }

  /// Of a set that is not empty: the first in the order of the catalogue.
  [[nodiscard]] ActionId first() const {
    std::size_t i = 0;
    while (i < kWords && words_[i] == 0) ++i;
    AG_ASSERT(i < kWords);
    return static_cast<ActionId>(i * 64 + static_cast<std::size_t>(std::countr_zero(words_[i])));
  }

  bool operator==(const ActionSet&) const = default;

 private:
  static constexpr std::size_t kWords = kMostActions / 64;
  static std::size_t index(ActionId id) { return static_cast<std::size_t>(id) / 64; }
  static std::size_t bit(ActionId id) { return static_cast<std::size_t>(id) % 64; }
  [[nodiscard]] std::uint64_t word(ActionId id) const { return words_[index(id)]; }

  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace ag::iam
