#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ledger/merkle.hpp"
#include "ledger/store.hpp"

/// Was anything in the ledger changed behind our back?
///
/// Three things answer it, and each reaches further than the one before:
///   1. beside each entry stands its leaf hash and the running chain value: a change of some rows is named to the
///      entry (chain value: to the entry or the one before it, when all three of one row were rewritten);
///   2. the tree head holds the hashes of complete subtrees: whoever rewrote every chain value after the entry
///      he altered is found out, and the subtree is named;
///   3. heads that were exported (checkpoints, witnesses, an auditor's note): whoever rewrote the head too, or put an
///      older copy of the whole file in place, is found out by them and by nothing else.
namespace ag::ledger {

enum class FindingKind {
  kAltered,        ///< not the bytes that were appended
  kRemoved,        ///< an entry that was appended is not there
  kReordered,      ///< the entry stands elsewhere than where it was appended
  kNotCanonical,   ///< not an entry: not canonical JSON, or without its index
  kBehindHead,     ///< an entry that the head does not cover: it was not appended by this program
  kHeadAltered,    ///< the tree head contradicts itself; the entries by themselves are whole
  kUnreadable,     ///< the store cannot read it: damage below the ledger
  kNotAsExported,  ///< consistent in itself, and not what an exported head says
};
constexpr auto enum_names(FindingKind) {
  return std::array<std::string_view, 8>{"altered",     "removed",      "reordered",  "not_canonical",
                                         "behind_head", "head_altered", "unreadable", "not_as_exported"};
}

struct Finding {
  Position position = 0;  ///< of the first entry that is wrong, as far as can be known
  FindingKind kind = FindingKind::kAltered;
  std::string message;  ///< for a person; says so when the position is a range
};

struct VerifyReport {
  std::uint64_t entries = 0;  ///< checked and found right, from position 0 on
  Digest root{};              ///< of these
  std::optional<Finding> first_problem;
};

/// Recomputes everything from the bytes of the entries and compares it with what is stored: positions without a gap,
/// leaf hashes, chain, frontier, root, that each entry is canonical JSON with its position as member "index", and
/// the `exported` heads, in any order. A writer may go on appending: what comes after the head at the start is not
/// looked at. Stops at the first problem.
/// Error `ledger_unavailable` when it could not be done; damage is a finding, not an error.
[[nodiscard]] Result<VerifyReport> verify(Store& store, std::span<const KnownHead> exported = {});

}  // namespace ag::ledger
