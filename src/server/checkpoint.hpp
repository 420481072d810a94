#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/codec.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/store.hpp"

/// How far the ledger had come, kept beside it: a database that was restored from a backup does not know what it
/// lost, but the checkpoint does. Kept where the backup is not restored with it, best on another machine's disk.
namespace ag::server {

struct Checkpoint {
  std::int64_t size = 0;
  std::string root;   ///< of the tree at that size, hexadecimal
  std::string chain;  ///< the ledger's running hash at that size (ledger/store.hpp); empty where there is none
  Instant at;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("size", self.size);
    codec("root", self.root);
    codec("chain", self.chain);
    codec("at", self.at);
  }
};

/// The ledger's, now. Errors of the store.
[[nodiscard]] Result<Checkpoint> checkpoint_of(ledger::Store& store, Instant now);

/// Why the ledger is not the one that the checkpoint tells of; nothing when it is, or has gone on from there.
/// Error code of the problem: `ledger_rolled_back`. Errors of the store.
[[nodiscard]] Result<std::optional<Error>> rollback(ledger::Store& store, const Checkpoint& checkpoint);

/// Nothing when there is no file. Error code `checkpoint_unreadable`.
[[nodiscard]] Result<std::optional<Checkpoint>> load_checkpoint(const std::string& path);
/// Whole or not at all. Error code `checkpoint_unwritable`.
[[nodiscard]] Result<void> save_checkpoint(const std::string& path, const Checkpoint& checkpoint);

}  // namespace ag::server
