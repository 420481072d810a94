#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "ledger/merkle.hpp"

namespace ag::ledger {

/// How many entries precede an entry: the first has position 0, and a ledger of n entries ends at position n.
using Position = std::uint64_t;

/// 16 MiB: far above what any entry holds (the largest is a directory snapshot of 20,000 users), small enough
/// that one entry can never exhaust memory.
inline constexpr std::size_t kMaxEntryBytes = std::size_t{16} << 20;
/// More than a full mailbox of the engine; keeps the write lock of one append under about a second.
inline constexpr std::size_t kMaxEntriesPerAppend = 65'536;

/// An entry with what the store keeps beside it to name the first one that was tampered with. For verify().
struct StoredEntry {
  Position position = 0;
  std::string_view bytes;           ///< valid during the visit
  std::optional<Digest> leaf_hash;  ///< as stored; none when this kind of store keeps none
  std::optional<Digest> chain;      ///< as stored, see chain_hash(); none when this kind of store keeps none
};

/// The running hash over all entries up to one: SHA-256 of 0x02, the chain value of the entry before (32 zero bytes
/// before the first) and the leaf hash. DISK FORMAT, do not change.
[[nodiscard]] Digest chain_hash(const Digest& before, const Digest& leaf);

/// Where entries are kept. One small interface, so that SQLite, PostgreSQL and the simulator's hostile store are
/// alike to the engine; one suite of tests (store_conformance.hpp) holds for all.
///
/// Threads: one instance serves one thread. Open another for another thread.
class Store {
 public:
  virtual ~Store() = default;

  /// Appends the canonical bytes of new entries after `expected`, together with the tree head that they lead to,
  /// in one transaction that is durable when this returns. All or nothing; no entries are allowed and only compare
  /// the position.
  /// Errors: `position_conflict` when the ledger is longer than expected (another writer was first; catch up and
  /// decide again), `ledger_unavailable` when it cannot be written now (nothing was), `outcome_unknown` when the
  /// commit's reply was lost: read head() to learn it; `ledger_damaged` when it is shorter than expected or its
  /// parts contradict each other (nothing was written); `entry_too_large`, `append_too_large` beyond the limits
  /// above.
  [[nodiscard]] virtual Result<TreeHead> append(Position expected, std::span<const std::string> entries) = 0;

  /// Calls `visit(position, bytes)` for each entry from `from` on, at most `limit`; stops early on false.
  /// Visits positions without a gap, up to the tree head at the time of the call, and never an entry that the head
  /// does not cover. `visit` may use the store. Error `ledger_unavailable`; `ledger_damaged` at the first entry that
  /// is missing or cannot be read, after those before it were visited.
  [[nodiscard]] virtual Result<void> read(Position from, std::uint64_t limit,
                                          const std::function<bool(Position, std::string_view)>& visit) = 0;

  /// The tree head that the last append left. Error `ledger_unavailable`, `ledger_damaged`.
  [[nodiscard]] virtual Result<TreeHead> head() = 0;

  /// Calls `visit` for each entry that is stored at `from` or after, in the order of positions, whatever the head
  /// says and whatever is missing; stops early on false. For verify(), which has to see what is wrong.
  /// The default serves stores that keep no hashes beside the entries.
  [[nodiscard]] virtual Result<void> read_stored(Position from, const std::function<bool(const StoredEntry&)>& visit);
};

/// For stores: refuses an append beyond the limits. Errors `entry_too_large`, `append_too_large`.
[[nodiscard]] Result<void> check_limits(std::span<const std::string> entries);

/// For stores: refuses an append whose `expected` is not the end. Errors `position_conflict`, `ledger_damaged`.
[[nodiscard]] Result<void> check_position(Position expected, Position end);

}  // namespace ag::ledger
