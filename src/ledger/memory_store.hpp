#pragma once
#include <deque>
#include <memory>
#include <string>

#include "ledger/store.hpp"

namespace ag::ledger {

/// What MemoryStores share, as SQLite connections share a file: outlives each of them, so that tests and the
/// simulator can end one and open the next. One thread only.
struct MemoryLedger {
  std::deque<std::string> entries;
  TreeHead head;
};

/// A ledger that lasts as long as the process, for tests and the simulator. Keeps no hashes beside the entries.
[[nodiscard]] std::unique_ptr<Store> open_memory(std::shared_ptr<MemoryLedger> ledger);

}  // namespace ag::ledger
