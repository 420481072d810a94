#include "ledger/merkle.hpp"

#include <bit>

#include "base/assert.hpp"

namespace ag::ledger {
namespace {

using namespace std::string_view_literals;

std::string_view as_text(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

// Where RFC 6962 §2.1 splits n > 1 leaves: the largest power of two below n.
std::uint64_t split_of(std::uint64_t n) { return std::bit_ceil(n) / 2; }

Digest root_of(std::span<const Digest> leaves) {
  TreeHead head;
  for (const Digest& leaf : leaves) head.append(leaf);
  return head.root();
}

// RFC 6962 §2.1.2: SUBPROOF(m, D[n], b).
// `known`: the verifier has the root of these leaves already.
enum class Known { kYes, kNo };
void add_subproof(std::span<const Digest> leaves, std::uint64_t older_size, Known known, Proof& proof) {
  if (older_size == leaves.size()) {
    if (known == Known::kNo) proof.push_back(root_of(leaves));
    return;
  }
  const std::uint64_t split = split_of(leaves.size());
  if (older_size <= split) {
    add_subproof(leaves.first(split), older_size, known, proof);
    proof.push_back(root_of(leaves.subspan(split)));
  } else {
    add_subproof(leaves.subspan(split), older_size - split, Known::kNo, proof);
    proof.push_back(root_of(leaves.first(split)));
  }
}

void add_path(std::span<const Digest> leaves, std::uint64_t index, Proof& proof) {
  if (leaves.size() == 1) return;
  const std::uint64_t split = split_of(leaves.size());
  if (index < split) {
    add_path(leaves.first(split), index, proof);
    proof.push_back(root_of(leaves.subspan(split)));
  } else {
    add_path(leaves.subspan(split), index - split, proof);
    proof.push_back(root_of(leaves.first(split)));
  }
}

}  // namespace

Digest leaf_hash(std::string_view bytes) { return sha256_of_parts({"\x00"sv, bytes}); }

Digest node_hash(const Digest& left, const Digest& right) {
  return sha256_of_parts({"\x01"sv, as_text(left), as_text(right)});
}

void TreeHead::append(const Digest& leaf) {
  AG_ASSERT(frontier.size() == static_cast<std::size_t>(std::popcount(size)));
  Digest subtree = leaf;
  // As in adding one to a binary number: each low bit that is set is a complete subtree of that size to join.
  for (std::uint64_t bits = size; (bits & 1) != 0; bits >>= 1) {
    subtree = node_hash(frontier.back(), subtree);
    frontier.pop_back();
  }
  frontier.push_back(subtree);
  ++size;
}

Digest TreeHead::root() const {
  if (frontier.empty()) return sha256({});
  Digest root = frontier.back();
  for (std::size_t i = frontier.size() - 1; i-- > 0;) root = node_hash(frontier[i], root);
  return root;
}

Proof inclusion_proof(std::span<const Digest> leaves, std::uint64_t index) {
  AG_ASSERT(index < leaves.size());
  Proof proof;
  add_path(leaves, index, proof);
  return proof;
}

bool verify_inclusion(const Digest& leaf, std::uint64_t index, const Proof& proof, const KnownHead& head) {
  if (index >= head.size) return false;
  // RFC 9162 §2.1.3.2: walk up with the node's index and the last node's index at the same height.
  std::uint64_t node = index;
  std::uint64_t last = head.size - 1;
  Digest hash = leaf;
  for (const Digest& sibling : proof) {
    if (last == 0) return false;
    if ((node & 1) != 0 || node == last) {
      hash = node_hash(sibling, hash);
      while (node != 0 && (node & 1) == 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == head.root;
}

Proof consistency_proof(std::span<const Digest> leaves, std::uint64_t older_size) {
  AG_ASSERT(older_size >= 1 && older_size <= leaves.size());
  Proof proof;
  add_subproof(leaves, older_size, Known::kYes, proof);
  return proof;
}

bool verify_consistency(const KnownHead& older, const KnownHead& newer, const Proof& proof) {
  if (older.size > newer.size) return false;
  if (older.size == newer.size) return proof.empty() && older.root == newer.root;
  if (older.size == 0) return proof.empty() && older.root == TreeHead{}.root();

  // RFC 9162 §2.1.4.2. When the older tree is a complete subtree, its root is the proof's silent first node.
  auto rest = std::span<const Digest>(proof);
  Digest older_hash = older.root;
  if (!std::has_single_bit(older.size)) {
    if (rest.empty()) return false;
    older_hash = rest.front();
    rest = rest.subspan(1);
  }
  Digest newer_hash = older_hash;
  std::uint64_t node = older.size - 1;
  std::uint64_t last = newer.size - 1;
  for (; (node & 1) != 0; node >>= 1) last >>= 1;
  for (const Digest& sibling : rest) {
    if (last == 0) return false;
    if ((node & 1) != 0 || node == last) {
      older_hash = node_hash(sibling, older_hash);
      newer_hash = node_hash(sibling, newer_hash);
      while (node != 0 && (node & 1) == 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      newer_hash = node_hash(newer_hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && older_hash == older.root && newer_hash == newer.root;
}

}  // namespace ag::ledger
