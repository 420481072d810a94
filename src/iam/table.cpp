#include "iam/table.hpp"

#include <bit>

// Symbols of the assembler file that tools/embed_iam.py writes.
extern "C" {
extern const std::byte ag_iam_catalogue[];
extern const std::byte ag_iam_catalogue_end[];
extern const std::byte ag_iam_managed[];
extern const std::byte ag_iam_managed_end[];
}

namespace ag::iam {
namespace {

static_assert(std::endian::native == std::endian::little, "the tables are written so");

constexpr std::string_view kMagic("AGTABLE\0", 8);
constexpr std::uint32_t kLayout = 4;  // LAYOUT of tools/embed_iam.py

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t at) {
  AG_ASSERT(at + sizeof(std::uint32_t) <= bytes.size());
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

/// The linker alone knows where a table ends: by its address.
std::span<const std::byte> between(const std::byte* begin, const std::byte* end) {
  return {begin, static_cast<std::size_t>(std::bit_cast<std::uintptr_t>(end) - std::bit_cast<std::uintptr_t>(begin))};
}

}  // namespace

std::span<const std::byte> catalogue_bytes() { return between(ag_iam_catalogue, ag_iam_catalogue_end); }
std::span<const std::byte> managed_bytes() { return between(ag_iam_managed, ag_iam_managed_end); }

Table::Table(std::span<const std::byte> bytes) : bytes_(bytes) {
  AG_ASSERT(bytes.size() > 16 && std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0);
  AG_ASSERT(number_at(bytes, 8) == kLayout);
  texts_ = this->bytes(0);
}

Table::Place Table::place_of(std::size_t section) const {
  AG_ASSERT(section < number_at(bytes_, 12));
  return {number_at(bytes_, 16 + 8 * section), number_at(bytes_, 20 + 8 * section)};
}

std::span<const std::byte> Table::bytes(std::size_t section) const {
  const Place place = place_of(section);
  AG_ASSERT(std::size_t{place.begin} + place.count <= bytes_.size());
  return bytes_.subspan(place.begin, place.count);
}

std::string_view Table::text(std::uint32_t at) const {
  AG_ASSERT(at + std::size_t{2} <= texts_.size());
  std::uint16_t length = 0;
  std::memcpy(&length, texts_.data() + at, sizeof length);
  AG_ASSERT(at + sizeof length + length <= texts_.size());
  // char may look at any bytes.
  return {reinterpret_cast<const char*>(texts_.data() + at + sizeof length), length};
}

}  // namespace ag::iam
