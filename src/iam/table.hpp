#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/assert.hpp"

/// The tables that tools/embed_iam.py makes of data/iam/ and that are linked into the program.
namespace ag::iam {

/// The bytes of the two tables, as they lie in the program.
[[nodiscard]] std::span<const std::byte> catalogue_bytes();
[[nodiscard]] std::span<const std::byte> managed_bytes();

/// A table taken apart into its sections. What is wrong in it is a mistake of the build: it is asserted, not reported.
class Table {
 public:
  explicit Table(std::span<const std::byte> bytes);

  /// All rows of a section. A row is a struct of 32-bit numbers.
  template <class Row>
  [[nodiscard]] std::vector<Row> rows(std::size_t section) const {
    static_assert(std::is_trivially_copyable_v<Row> && sizeof(Row) % sizeof(std::uint32_t) == 0);
    const Place place = place_of(section);
    AG_ASSERT(place.begin + place.count * sizeof(Row) <= bytes_.size());
    std::vector<Row> rows(place.count);
    if (place.count > 0) std::memcpy(rows.data(), bytes_.data() + place.begin, place.count * sizeof(Row));
    return rows;
  }
  /// A section that is plain bytes.
  [[nodiscard]] std::span<const std::byte> bytes(std::size_t section) const;
  /// A text of section 0, which lives as long as the program.
  [[nodiscard]] std::string_view text(std::uint32_t at) const;

 private:
  struct Place {
    std::uint32_t begin = 0;
    std::uint32_t count = 0;
  };
  [[nodiscard]] Place place_of(std::size_t section) const;

  std::span<const std::byte> bytes_;
  std::span<const std::byte> texts_;
};

}  // namespace ag::iam
