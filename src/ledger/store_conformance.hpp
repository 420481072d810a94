#pragma once
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ledger/store.hpp"

/// The tests that every store passes. For tests only.
///
/// A bed is what a kind of store stands on. It starts empty, lives longer than the stores opened on it, and gives
/// with each `std::unique_ptr<Store> open()` another store on the same ledger. To run the suite for a store:
///
///     INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StoreConformance, SqliteBed);
namespace ag::ledger {

template <class Bed>
class StoreConformance : public testing::Test {
 protected:
  using Entries = std::vector<std::string>;

  static std::string entry(Position position) {
    return R"({"index":)" + std::to_string(position) + R"(,"kind":"test"})";
  }
  static Entries entries(Position from, std::size_t count) {
    Entries made;
    for (std::size_t i = 0; i < count; ++i) made.push_back(entry(from + i));
    return made;
  }
  static TreeHead tree_of(const Entries& entries) {
    TreeHead head;
    for (const auto& bytes : entries) head.append(leaf_hash(bytes));
    return head;
  }
  static Entries all_of(Store& store, Position from = 0,
                        std::uint64_t limit = std::numeric_limits<std::uint64_t>::max()) {
    Entries found;
    const auto done = store.read(from, limit, [&](Position position, std::string_view bytes) {
      EXPECT_EQ(position, from + found.size());
      found.emplace_back(bytes);
      return true;
    });
    EXPECT_TRUE(done) << done.error().message;
    return found;
  }

  Bed bed_;
};

TYPED_TEST_SUITE_P(StoreConformance);

TYPED_TEST_P(StoreConformance, StartsEmpty) {
  const auto store = this->bed_.open();
  ASSERT_EQ(store->head(), TreeHead{});
  EXPECT_TRUE(this->all_of(*store).empty());
}

TYPED_TEST_P(StoreConformance, ReadsBackWhatWasAppended) {
  const auto store = this->bed_.open();
  const auto entries = this->entries(0, 5);
  ASSERT_TRUE(store->append(0, entries));
  EXPECT_EQ(this->all_of(*store), entries);
}

TYPED_TEST_P(StoreConformance, KeepsEveryByte) {
  const auto store = this->bed_.open();
  using namespace std::string_literals;
  const std::vector<std::string> entries = {
      "", "a\0b"s, "\xff\xfe", "'; DROP TABLE entry; --", "\xc3\xa9\xf0\x9f\x94\x91", std::string(3 << 20, 'x')};
  ASSERT_TRUE(store->append(0, entries));
  EXPECT_EQ(this->all_of(*store), entries);
  EXPECT_EQ(store->head(), this->tree_of(entries));
}

TYPED_TEST_P(StoreConformance, AppendReturnsTheHeadThatItLeaves) {
  const auto store = this->bed_.open();
  const auto entries = this->entries(0, 40);
  Position at = 0;
  for (const std::size_t count : {1U, 2U, 30U, 7U}) {
    const auto appended = store->append(at, std::span(entries).subspan(at, count));
    at += count;
    ASSERT_TRUE(appended) << appended.error().message;
    const TreeHead expected = this->tree_of({entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(at)});
    EXPECT_EQ(*appended, expected);
    EXPECT_EQ(store->head(), expected);
  }
}

TYPED_TEST_P(StoreConformance, RefusesAnAppendThatAnotherWriterOvertook) {
  const auto store = this->bed_.open();
  const auto other = this->bed_.open();
  ASSERT_TRUE(store->append(0, this->entries(0, 2)));
  const auto late = other->append(1, this->entries(1, 1));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, "position_conflict");
  EXPECT_EQ(this->all_of(*other), this->entries(0, 2)) << "the loser sees what the winner wrote, and nothing else";
  EXPECT_TRUE(other->append(2, this->entries(2, 1))) << "and goes on from there";
  EXPECT_EQ(this->all_of(*store).size(), 3U);
}

TYPED_TEST_P(StoreConformance, RefusesAnAppendBehindItsEnd) {
  const auto store = this->bed_.open();
  const auto early = store->append(1, this->entries(1, 1));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, "ledger_damaged");
  EXPECT_EQ(store->head(), TreeHead{});
}

TYPED_TEST_P(StoreConformance, AppendingNothingOnlyComparesThePosition) {
  const auto store = this->bed_.open();
  ASSERT_TRUE(store->append(0, this->entries(0, 2)));
  EXPECT_EQ(store->append(2, {}), store->head());
  const auto conflict = store->append(0, {});
  ASSERT_FALSE(conflict);
  EXPECT_EQ(conflict.error().code, "position_conflict");
}

TYPED_TEST_P(StoreConformance, WritesNothingOfAnAppendThatIsTooLarge) {
  const auto store = this->bed_.open();
  const auto large = store->append(0, std::vector<std::string>{"{}", std::string(kMaxEntryBytes + 1, 'x')});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, "entry_too_large");
  const auto many = store->append(0, std::vector<std::string>(kMaxEntriesPerAppend + 1));
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, "append_too_large");
  EXPECT_EQ(store->head(), TreeHead{});
  EXPECT_TRUE(this->all_of(*store).empty());
}

TYPED_TEST_P(StoreConformance, TakesAnEntryOfTheLargestSize) {
  const auto store = this->bed_.open();
  const std::vector<std::string> entries = {std::string(kMaxEntryBytes, 'x'), "{}"};
  ASSERT_TRUE(store->append(0, entries));
  EXPECT_EQ(this->all_of(*store), entries);
}

TYPED_TEST_P(StoreConformance, OutlivesTheStoreThatWroteIt) {
  const auto entries = this->entries(0, 10);
  ASSERT_TRUE(this->bed_.open()->append(0, entries));
  const auto store = this->bed_.open();
  EXPECT_EQ(this->all_of(*store), entries);
  EXPECT_EQ(store->head(), this->tree_of(entries));
  EXPECT_TRUE(store->append(10, this->entries(10, 1)));
}

TYPED_TEST_P(StoreConformance, ReadsFromAnywhereAndNoMoreThanAsked) {
  const auto store = this->bed_.open();
  constexpr std::size_t kCount = 1'000;  // several of any store's chunks
  ASSERT_TRUE(store->append(0, this->entries(0, kCount)));
  for (const Position from : {0U, 1U, 255U, 256U, 257U, 999U}) {
    for (const std::uint64_t limit : {0U, 1U, 255U, 256U, 257U, 2000U}) {
      const auto expected = this->entries(from, std::min<std::uint64_t>(limit, kCount - from));
      EXPECT_EQ(this->all_of(*store, from, limit), expected) << "from " << from << " at most " << limit;
    }
  }
  EXPECT_TRUE(this->all_of(*store, kCount).empty());
  EXPECT_TRUE(this->all_of(*store, std::numeric_limits<Position>::max()).empty());
}

TYPED_TEST_P(StoreConformance, StopsWhenTheVisitorHasSeenEnough) {
  const auto store = this->bed_.open();
  ASSERT_TRUE(store->append(0, this->entries(0, 600)));
  std::uint64_t seen = 0;
  ASSERT_TRUE(store->read(0, 600, [&](Position, std::string_view) { return ++seen < 300; }));
  EXPECT_EQ(seen, 300U);
}

TYPED_TEST_P(StoreConformance, VisitorMayReadAndAppend) {
  const auto store = this->bed_.open();
  ASSERT_TRUE(store->append(0, this->entries(0, 300)));
  Position end = 300;
  std::uint64_t seen = 0;
  const auto done =
      store->read(0, std::numeric_limits<std::uint64_t>::max(), [&](Position position, std::string_view bytes) {
        ++seen;
        EXPECT_EQ(this->all_of(*store, position, 1).front(), bytes);
        EXPECT_TRUE(store->append(end, this->entries(end, 1)));
        ++end;
        return true;
      });
  EXPECT_TRUE(done);
  EXPECT_EQ(seen, 300U) << "entries appended meanwhile are not visited";
  EXPECT_EQ(this->all_of(*store).size(), 600U);
}

TYPED_TEST_P(StoreConformance, ReadStoredSeesWhatReadSees) {
  const auto store = this->bed_.open();
  const auto entries = this->entries(0, 300);
  ASSERT_TRUE(store->append(0, std::span(entries).first(120)));
  ASSERT_TRUE(this->bed_.open()->append(120, std::span(entries).subspan(120)));
  std::vector<std::string> found;
  Digest chain{};
  const auto done = store->read_stored(0, [&](const StoredEntry& stored) {
    EXPECT_EQ(stored.position, found.size());
    const Digest leaf = leaf_hash(stored.bytes);
    chain = chain_hash(chain, leaf);
    EXPECT_EQ(stored.leaf_hash.value_or(leaf), leaf);
    EXPECT_EQ(stored.chain.value_or(chain), chain);
    found.emplace_back(stored.bytes);
    return true;
  });
  EXPECT_TRUE(done);
  EXPECT_EQ(found, entries);
}

REGISTER_TYPED_TEST_SUITE_P(StoreConformance, StartsEmpty, ReadsBackWhatWasAppended, KeepsEveryByte,
                            AppendReturnsTheHeadThatItLeaves, RefusesAnAppendThatAnotherWriterOvertook,
                            RefusesAnAppendBehindItsEnd, AppendingNothingOnlyComparesThePosition,
                            WritesNothingOfAnAppendThatIsTooLarge, TakesAnEntryOfTheLargestSize,
                            OutlivesTheStoreThatWroteIt, ReadsFromAnywhereAndNoMoreThanAsked,
                            StopsWhenTheVisitorHasSeenEnough, VisitorMayReadAndAppend, ReadStoredSeesWhatReadSees);

}  // namespace ag::ledger
