#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/hash.hpp"

/// The Merkle tree of RFC 6962 §2.1 over the canonical bytes of the entries.
namespace ag::ledger {

/// SHA-256 of 0x00 and the bytes. DISK AND WIRE FORMAT, do not change.
[[nodiscard]] Digest leaf_hash(std::string_view bytes);
/// SHA-256 of 0x01 and the two.
[[nodiscard]] Digest node_hash(const Digest& left, const Digest& right);

/// The tree of the first `size` entries as its complete subtrees, largest first: what is needed to append the
/// next leaf and to know the root, at most 64 digests.
struct TreeHead {
  std::uint64_t size = 0;
  std::vector<Digest> frontier;

  /// Takes in the hash of the entry at position `size`.
  void append(const Digest& leaf);
  /// RFC 6962's Merkle Tree Hash; for the empty tree SHA-256 of nothing.
  [[nodiscard]] Digest root() const;

  bool operator==(const TreeHead&) const = default;
};

/// What a person who has an exported head keeps of it: the root of the first `size` entries.
struct KnownHead {
  std::uint64_t size = 0;
  Digest root{};

  bool operator==(const KnownHead&) const = default;
};

/// A proof is the list of node hashes of RFC 6962 §2.1.1 or §2.1.2, from the leaf upwards, at most 64.
/// Proofs are made from the leaf hashes of the whole tree, which costs one pass over them.
using Proof = std::vector<Digest>;

/// The audit path of the leaf at `index`, which must be below the number of leaves (asserted).
[[nodiscard]] Proof inclusion_proof(std::span<const Digest> leaves, std::uint64_t index);
/// Whether `proof` shows that `leaf` is the leaf at `index` in the tree of `head`. Any input is allowed.
[[nodiscard]] bool verify_inclusion(const Digest& leaf, std::uint64_t index, const Proof& proof, const KnownHead& head);

/// Shows that the tree of all leaves continues the tree of the first `older_size`; `older_size` must be between 1
/// and the number of leaves (asserted). Empty when it is that number.
[[nodiscard]] Proof consistency_proof(std::span<const Digest> leaves, std::uint64_t older_size);
/// Whether `proof` shows that the tree of `newer` continues that of `older`. Any input is allowed. An empty older
/// tree is continued by every tree, with an empty proof.
[[nodiscard]] bool verify_consistency(const KnownHead& older, const KnownHead& newer, const Proof& proof);

}  // namespace ag::ledger
