#pragma once
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"

namespace ag::simulation {

/// Numbers that look random and are a function of the seed (SplitMix64).
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15ULL;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31);
  }
  /// 0 to `count` - 1.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }
  bool per_thousand(int share) { return share > 0 && static_cast<int>(below(1'000)) < share; }
  Duration between(Duration least, Duration most) {
    const auto span = static_cast<std::size_t>((most.count_milliseconds() - least.count_milliseconds()) + 1);
    return least + Duration::milliseconds(static_cast<std::int64_t>(below(span)));
  }
  template <class Items>
  const auto& one_of(const Items& items) {
    return items[below(items.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace ag::simulation
