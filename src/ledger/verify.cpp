#include "ledger/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>
#include <vector>

#include "ledger/canonical_entry.hpp"

namespace ag::ledger {
namespace {

constexpr Position kNoEnd = std::numeric_limits<Position>::max();

std::string range_text(Position first, Position end) {
  return end - first == 1 ? fmt::format("entry {}", first) : fmt::format("one of entries {} to {}", first, end - 1);
}

// Folds the entries from position 0 on; knows nothing of the head.
class Checker {
 public:
  explicit Checker(std::span<const KnownHead> exported) : exported_(exported.begin(), exported.end()) {
    std::sort(exported_.begin(), exported_.end(), [](const auto& a, const auto& b) { return a.size < b.size; });
    compare_exported();
  }

  [[nodiscard]] const TreeHead& tree() const { return tree_; }
  [[nodiscard]] const std::optional<Finding>& problem() const { return problem_; }
  /// Set when the entry says that it was appended elsewhere; find out then whether another takes its place.
  [[nodiscard]] bool misplaced() const { return misplaced_; }
  /// The size of the first exported head that reaches beyond what was taken in.
  [[nodiscard]] std::optional<std::uint64_t> exported_beyond() const {
    if (next_exported_ == exported_.size()) return std::nullopt;
    return exported_[next_exported_].size;
  }

  /// False at the first problem.
  bool take(const StoredEntry& stored) {
    const Position expected = tree_.size;
    if (stored.position != expected) {
      return report(FindingKind::kRemoved,
                    stored.position - expected == 1
                        ? fmt::format("entry {} was removed", expected)
                        : fmt::format("entries {} to {} were removed", expected, stored.position - 1));
    }
    const Digest leaf = leaf_hash(stored.bytes);
    const bool hash_fits = !stored.leaf_hash || *stored.leaf_hash == leaf;
    const auto entry = canonical_entry(stored.bytes);
    if (entry && entry->index && *entry->index != static_cast<std::int64_t>(expected)) {
      misplaced_ = true;
      return report(hash_fits ? FindingKind::kRemoved : FindingKind::kAltered,
                    fmt::format("entry {} is not there: in its place stands one that says it is entry {}", expected,
                                *entry->index));
    }
    if (!hash_fits) {
      return report(FindingKind::kAltered,
                    fmt::format("entry {} was altered: its hash is not the one stored with it", expected));
    }
    if (!entry || !entry->index) {
      return report(FindingKind::kNotCanonical,
                    fmt::format("entry {} is not an entry: {}", expected,
                                entry ? "it does not say its index" : "its bytes are not canonical JSON"));
    }
    const Digest chain = chain_hash(chain_, leaf);
    if (stored.chain && *stored.chain != chain) {
      return report(FindingKind::kAltered,
                    expected == 0 ? "entry 0 was altered, and the hash stored with it"
                                  : fmt::format("entry {} was altered, and the hash stored with it; or entry {}, and "
                                                "all that is stored with it",
                                                expected, expected - 1));
    }
    chain_ = chain;
    tree_.append(leaf);
    return compare_exported();
  }

 private:
  bool report(FindingKind kind, std::string message) {
    problem_ = Finding{tree_.size, kind, std::move(message)};
    return false;
  }

  bool compare_exported() {
    for (; next_exported_ < exported_.size() && exported_[next_exported_].size == tree_.size; ++next_exported_) {
      if (exported_[next_exported_].root == tree_.root()) {
        confirmed_ = tree_.size;
        continue;
      }
      const std::string which = confirmed_ == tree_.size ? "the ledger" : range_text(confirmed_, tree_.size);
      problem_ = Finding{confirmed_, FindingKind::kNotAsExported,
                         fmt::format("{} is not what it was when the head of size {} was exported, and all that is "
                                     "stored after it was rewritten to fit",
                                     which, tree_.size)};
      return false;
    }
    return true;
  }

  std::vector<KnownHead> exported_;  // by size
  std::size_t next_exported_ = 0;
  std::uint64_t confirmed_ = 0;  // the largest size that an exported head confirmed
  TreeHead tree_;
  Digest chain_{};
  std::optional<Finding> problem_;
  bool misplaced_ = false;
};

// Where an entry stands that says it is entry `index`, after that position.
Result<std::optional<Position>> find_entry_that_says(Store& store, Position index) {
  std::optional<Position> found;
  const auto done = store.read_stored(index + 1, [&](const StoredEntry& stored) {
    const auto entry = canonical_entry(stored.bytes);
    if (entry && entry->index == static_cast<std::int64_t>(index)) found = stored.position;
    return !found.has_value();
  });
  // Damage further on does not change what was found here.
  if (!done && done.error().code != "ledger_damaged") return std::unexpected(done.error());
  return found;
}

// The recomputed entries are consistent among themselves, and not what the head says: the first complete subtree that
// differs holds the first entry that was altered.
Finding subtree_that_differs(const TreeHead& stored, const TreeHead& computed) {
  Position first = 0;
  for (std::size_t i = 0; i < stored.frontier.size(); ++i) {
    const Position size = std::bit_floor(stored.size - first);
    if (stored.frontier[i] != computed.frontier[i]) {
      return {first, FindingKind::kAltered,
              fmt::format("{} was altered, and all that is stored after it was rewritten to fit: the tree head "
                          "contradicts it",
                          range_text(first, first + size))};
    }
    first += size;
  }
  return {stored.size, FindingKind::kHeadAltered, "the tree head was altered"};
}

Finding removed_at_the_end(Position end, Position former_end, std::string_view witness) {
  return {end, FindingKind::kRemoved,
          fmt::format("{} removed from the end: the {} covers {} entries and {} are there",
                      former_end - end == 1 ? fmt::format("entry {} was", end)
                                            : fmt::format("entries {} to {} were", end, former_end - 1),
                      witness, former_end, end)};
}

// An entry at `end` or after that no head covers, neither the one of the start nor the one of now.
Result<std::optional<Finding>> entry_behind(Store& store, Position end) {
  std::optional<Position> position;
  const auto done = store.read_stored(end, [&](const StoredEntry& stored) {
    position = stored.position;
    return false;
  });
  if (!done && done.error().code != "ledger_damaged") return std::unexpected(done.error());
  if (!position) return std::nullopt;
  const auto now = store.head();
  if (!now) return std::unexpected(now.error());
  if (now->size > *position) return std::nullopt;  // appended since
  return Finding{
      *position, FindingKind::kBehindHead,
      fmt::format("entry {} was put there by another program: the tree head ends at {}", *position, now->size)};
}

// The entries up to the head are whole. What of the head, and of what exported heads say?
Result<std::optional<Finding>> compare_heads(Store& store, const Result<TreeHead>& head, const Checker& checker) {
  const TreeHead& computed = checker.tree();
  if (!head) return Finding{computed.size, FindingKind::kHeadAltered, head.error().message};
  if (computed.size < head->size) return removed_at_the_end(computed.size, head->size, "tree head");
  if (computed != *head) return subtree_that_differs(*head, computed);
  if (const auto beyond = checker.exported_beyond()) {
    // It may have been exported after this started.
    const auto now = store.head();
    if (!now) return std::unexpected(now.error());
    if (now->size < *beyond) return removed_at_the_end(now->size, *beyond, "exported head");
  }
  return entry_behind(store, head->size);
}

}  // namespace

Result<VerifyReport> verify(Store& store, std::span<const KnownHead> exported) {
  const auto head = store.head();
  if (!head && head.error().code != "ledger_damaged") return std::unexpected(head.error());
  const Position end = head ? head->size : kNoEnd;

  Checker checker(exported);
  Result<void> done;
  if (!checker.problem()) {
    done =
        store.read_stored(0, [&](const StoredEntry& stored) { return stored.position < end && checker.take(stored); });
  }
  if (!done && done.error().code != "ledger_damaged") return std::unexpected(done.error());

  VerifyReport report{checker.tree().size, checker.tree().root(), checker.problem()};
  if (checker.misplaced()) {
    const auto found = find_entry_that_says(store, report.entries);
    if (!found) return std::unexpected(found.error());
    if (*found) {
      report.first_problem->kind = FindingKind::kReordered;
      report.first_problem->message +=
          fmt::format(", and entry {0} stands at {1}: entries were reordered", report.entries, **found);
    }
  } else if (!done) {
    report.first_problem = Finding{report.entries, FindingKind::kUnreadable,
                                   fmt::format("entry {} cannot be read: {}", report.entries, done.error().message)};
  } else if (!report.first_problem) {
    auto problem = compare_heads(store, head, checker);
    if (!problem) return std::unexpected(problem.error());
    report.first_problem = std::move(*problem);
  }
  return report;
}

}  // namespace ag::ledger
