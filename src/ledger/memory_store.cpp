#include "ledger/memory_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace ag::ledger {
namespace {

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(std::shared_ptr<MemoryLedger> ledger) : ledger_(std::move(ledger)) {}

  Result<TreeHead> append(Position expected, std::span<const std::string> entries) override {
    if (auto fits = check_limits(entries); !fits) return std::unexpected(std::move(fits.error()));
    if (auto fits = check_position(expected, ledger_->head.size); !fits) {
      return std::unexpected(std::move(fits.error()));
    }
    for (const std::string& entry : entries) {
      ledger_->entries.push_back(entry);
      ledger_->head.append(leaf_hash(entry));
    }
    return ledger_->head;
  }

  Result<void> read(Position from, std::uint64_t limit,
                    const std::function<bool(Position, std::string_view)>& visit) override {
    const Position end = ledger_->head.size;
    if (from >= end) return {};
    const Position until = from + std::min(limit, end - from);
    for (Position position = from; position < until; ++position) {
      if (position >= ledger_->entries.size()) {
        return fail("ledger_damaged", fmt::format("entry {} is missing", position));
      }
      const std::string entry = ledger_->entries[position];  // a copy: `visit` may append
      if (!visit(position, entry)) return {};
    }
    return {};
  }

  Result<TreeHead> head() override { return ledger_->head; }

  Result<void> read_stored(Position from, const std::function<bool(const StoredEntry&)>& visit) override {
    Digest chain{};
    for (Position position = 0; position < ledger_->entries.size(); ++position) {
      const std::string entry = ledger_->entries[position];  // a copy: `visit` may append
      chain = chain_hash(chain, leaf_hash(entry));
      if (position >= from && !visit(StoredEntry{position, entry, std::nullopt, chain})) return {};
    }
    return {};
  }

 private:
  std::shared_ptr<MemoryLedger> ledger_;
};

}  // namespace

std::unique_ptr<Store> open_memory(std::shared_ptr<MemoryLedger> ledger) {
  AG_ASSERT(ledger != nullptr);
  return std::make_unique<MemoryStore>(std::move(ledger));
}

}  // namespace ag::ledger
