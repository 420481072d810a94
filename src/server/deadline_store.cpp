#include "server/deadline_store.hpp"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/worker.hpp"

namespace ag::server {
namespace {

class DeadlineStore final : public ledger::Store {
 public:
  DeadlineStore(std::unique_ptr<ledger::Store> inner, Duration deadline)
      : inner_(std::move(inner)), deadline_(deadline) {}

  Result<ledger::TreeHead> append(ledger::Position expected, std::span<const std::string> entries) override {
    const auto copy = std::make_shared<std::vector<std::string>>(entries.begin(), entries.end());
    return in_time<ledger::TreeHead>([this, expected, copy] { return inner_->append(expected, *copy); });
  }

  Result<void> read(ledger::Position from, std::uint64_t limit,
                    const std::function<bool(ledger::Position, std::string_view)>& visit) override {
    // The visitor runs here, not on the worker: whoever gave it may not wait for it any more.
    struct Found {
      std::vector<std::pair<ledger::Position, std::string>> entries;
      Result<void> ended;
    };
    auto found = in_time<Found>([this, from, limit]() -> Result<Found> {
      Found all;
      all.ended = inner_->read(from, limit, [&](ledger::Position position, std::string_view bytes) {
        all.entries.emplace_back(position, bytes);
        return true;
      });
      return all;
    });
    if (!found) return fail(found.error());
    for (const auto& [position, bytes] : found->entries) {
      if (!visit(position, bytes)) return {};
    }
    return found->ended;
  }

  Result<ledger::TreeHead> head() override {
    return in_time<ledger::TreeHead>([this] { return inner_->head(); });
  }

  Result<void> read_stored(ledger::Position from,
                           const std::function<bool(const ledger::StoredEntry&)>& visit) override {
    // Only the first: all that a checkpoint asks for.
    struct First {
      std::optional<ledger::StoredEntry> entry;
      std::string bytes;
    };
    auto first = in_time<First>([this, from]() -> Result<First> {
      First it;
      const auto read = inner_->read_stored(from, [&](const ledger::StoredEntry& entry) {
        it.entry = entry;
        it.bytes = entry.bytes;
        return false;
      });
      if (!read) return fail(read.error());
      return it;
    });
    if (!first) return fail(first.error());
    if (!first->entry) return {};
    first->entry->bytes = first->bytes;
    visit(*first->entry);
    return {};
  }

 private:
  template <class T>
  Result<T> in_time(std::function<Result<T>()> call) {
    const auto result = std::make_shared<Result<T>>(fail("ledger_unavailable", "it was not asked"));
    const bool done = worker_.perform([result, call = std::move(call)] { *result = call(); }, deadline_);
    if (done) return std::move(*result);
    return fail("ledger_unavailable",
                fmt::format("it did not answer within {}; what it was given may still be written", to_text(deadline_)));
  }

  std::unique_ptr<ledger::Store> inner_;
  Duration deadline_;
  Worker worker_;  // last: it ends first
};

}  // namespace

std::unique_ptr<ledger::Store> with_deadline(std::unique_ptr<ledger::Store> inner, Duration deadline) {
  return std::make_unique<DeadlineStore>(std::move(inner), deadline);
}

}  // namespace ag::server
