#pragma once
#include <memory>
#include <string>

#include "base/time.hpp"
#include "ledger/store.hpp"

namespace ag::ledger {

/// Opens the ledger in a SQLite file for reading and writing, and makes it when the file is not there or empty.
/// The folder must exist. The file, its write-ahead log and its index are readable by their owner only (0600).
///
/// Two locks keep entries as they are: the Merkle tree, which verify() recomputes, and triggers that refuse every
/// change, removal and gap in SQL. The triggers stop accidents; whoever may write the file can drop them.
///
/// Several processes may hold the same ledger open; a call waits as long as `patience` for the write lock.
/// Errors: `ledger_unavailable` (folder missing or not writable, locked, disk full), `ledger_damaged` (not a
/// ledger, corrupt), `ledger_too_new` (written by a later version of this program; nothing was touched).
[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite(const std::string& path,
                                                         Duration patience = Duration::seconds(5));

/// Opens an existing ledger for reading beside its writer. append() answers `ledger_unavailable`. The folder must be
/// writable all the same unless the writer has it open: readers share the write-ahead log's index.
/// Errors as open_sqlite.
[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite_reader(const std::string& path);

}  // namespace ag::ledger
