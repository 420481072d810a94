#include "server/deadline_store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "ledger/memory_store.hpp"

namespace ag::server {
namespace {

/// Hangs in append() until it is let go.
class HangingStore final : public ledger::Store {
 public:
  HangingStore(std::shared_ptr<ledger::MemoryLedger> ledger, std::atomic<bool>& hangs)
      : inner_(ledger::open_memory(std::move(ledger))), hangs_(hangs) {}
  Result<ledger::TreeHead> append(ledger::Position expected, std::span<const std::string> entries) override {
    while (hangs_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return inner_->append(expected, entries);
  }
  Result<void> read(ledger::Position from, std::uint64_t limit,
                    const std::function<bool(ledger::Position, std::string_view)>& visit) override {
    return inner_->read(from, limit, visit);
  }
  Result<ledger::TreeHead> head() override { return inner_->head(); }

 private:
  std::unique_ptr<ledger::Store> inner_;
  std::atomic<bool>& hangs_;
};

TEST(DeadlineStore, GivesUpOnAnAppendThatHangsAndMeetsItLater) {
  auto ledger = std::make_shared<ledger::MemoryLedger>();
  std::atomic<bool> hangs = false;
  const auto store = with_deadline(std::make_unique<HangingStore>(ledger, hangs), Duration::milliseconds(50));
  const std::vector<std::string> first{"{\"index\":0}"};
  const std::vector<std::string> second{"{\"index\":1}"};
  ASSERT_TRUE(store->append(0, first).has_value());

  hangs = true;
  const auto given_up = store->append(1, second);
  ASSERT_FALSE(given_up.has_value());
  EXPECT_EQ(given_up.error().code, "ledger_unavailable");
  EXPECT_NE(given_up.error().message.find("may still be written"), std::string::npos);
  EXPECT_EQ(store->head().error().code, "ledger_unavailable") << "it is still busy";

  hangs = false;
  while (!store->head().has_value()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const auto late = store->append(1, second);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, "position_conflict");
}

TEST(DeadlineStore, ReadsAsTheStoreBehindItDoes) {
  auto ledger = std::make_shared<ledger::MemoryLedger>();
  const auto store = with_deadline(ledger::open_memory(ledger), Duration::seconds(5));
  const std::vector<std::string> three{"a", "b", "c"};
  ASSERT_TRUE(store->append(0, three).has_value());
  std::string seen;
  ASSERT_TRUE(store
                  ->read(1, 10,
                         [&](ledger::Position position, std::string_view bytes) {
                           seen += std::to_string(position) + std::string(bytes);
                           return true;
                         })
                  .has_value());
  EXPECT_EQ(seen, "1b2c");
  EXPECT_EQ(store->head()->size, 3U);
  EXPECT_EQ(store->append(2, three).error().code, "position_conflict");
}

}  // namespace
}  // namespace ag::server
