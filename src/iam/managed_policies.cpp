#include "iam/managed_policies.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"
#include "iam/table.hpp"

namespace ag::iam {
namespace {

// The sections and rows that tools/embed_iam.py writes.
enum Section : std::size_t { kIndex = 1, kBlocks = 2, kPacked = 3 };
struct IndexRow {
  std::uint32_t name, path, version, block, begin, length;
};
struct BlockRow {
  std::uint32_t begin, packed_length, length;
};

struct Collection {
  std::vector<ManagedPolicy> policies;
  std::vector<IndexRow> index;
};

const Collection& collection() {
  static const Collection kCollection = [] {
    const Table table(managed_bytes());
    Collection made{.policies = {}, .index = table.rows<IndexRow>(kIndex)};
    for (const IndexRow& row : made.index)
      made.policies.push_back({table.text(row.name), table.text(row.path), table.text(row.version)});
    return made;
  }();
  return kCollection;
}

std::string unpacked(const BlockRow& block, std::span<const std::byte> packed) {
  const auto bytes = packed.subspan(block.begin, block.packed_length);
  std::string text(block.length, '\0');
  uLongf length = block.length;
  // zlib counts in unsigned char.
  const int outcome = uncompress(reinterpret_cast<Bytef*>(text.data()), &length,
                                 reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()));
  AG_ASSERT(outcome == Z_OK && length == block.length);
  return text;
}

}  // namespace

std::string ManagedPolicy::arn() const { return fmt::format("arn:aws:iam::aws:policy{}{}", path, name); }

const std::vector<ManagedPolicy>& managed_policies() { return collection().policies; }

std::optional<ManagedPolicy> find_managed_policy(std::string_view name_or_arn) {
  const auto slash = name_or_arn.rfind('/');
  const std::string wanted = to_lower(slash == std::string_view::npos ? name_or_arn : name_or_arn.substr(slash + 1));
  for (const ManagedPolicy& policy : managed_policies()) {
    if (to_lower(policy.name) != wanted) continue;
    const bool fits = slash == std::string_view::npos || to_lower(policy.arn()).ends_with(to_lower(name_or_arn));
    if (fits) return policy;
  }
  return std::nullopt;
}

std::string document_of(const ManagedPolicy& policy) {
  const auto& policies = managed_policies();
  const auto at = std::find_if(policies.begin(), policies.end(),
                               [&](const ManagedPolicy& candidate) { return candidate.name == policy.name; });
  AG_ASSERT(at != policies.end());
  const IndexRow& row = collection().index[static_cast<std::size_t>(at - policies.begin())];
  const Table table(managed_bytes());
  const std::string block = unpacked(table.rows<BlockRow>(kBlocks).at(row.block), table.bytes(kPacked));
  return block.substr(row.begin, row.length);
}

}  // namespace ag::iam
