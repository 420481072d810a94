#include "ledger/memory_store.hpp"

#include "ledger/store_conformance.hpp"

namespace ag::ledger {
namespace {

struct MemoryBed {
  std::shared_ptr<MemoryLedger> ledger = std::make_shared<MemoryLedger>();
  [[nodiscard]] std::unique_ptr<Store> open() const { return open_memory(ledger); }
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, StoreConformance, MemoryBed);

}  // namespace ag::ledger
