#include "ledger/verify.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <vector>

#include "base/codec.hpp"
#include "ledger/memory_store.hpp"
#include "ledger/sqlite_store.hpp"
#include "ledger/test_folder.hpp"

namespace ag::ledger {
namespace {

constexpr std::uint64_t kEntries = 13;  // subtrees of 8, 4 and 1

std::string body(Position index, std::string_view text = "as it was") {
  return fmt::format(R"({{"index":{},"text":"{}"}})", index, text);
}

std::vector<std::string> bodies(Position from, Position end) {
  std::vector<std::string> made;
  for (Position i = from; i < end; ++i) made.push_back(body(i));
  return made;
}

std::string blob(const Digest& digest) { return fmt::format("x'{}'", to_hex(digest)); }

// A ledger in a real file, and what somebody does to it who has the file and the sqlite3 program.
class TamperedLedger : public testing::Test {
 protected:
  TamperedLedger() {
    store_ = std::move(*open_sqlite(folder_.file()));
    EXPECT_TRUE(store_->append(0, bodies(0, kEntries)));
    sql("DROP TRIGGER entry_is_never_changed; DROP TRIGGER entry_is_never_removed; DROP TRIGGER entry_follows_the_last;"
        "DROP TRIGGER head_is_never_removed; DROP TRIGGER head_never_goes_back;");
  }

  void sql(const std::string& text) { ASSERT_EQ(run_sql(folder_.file(), text), ""); }

  void set_body(Position at, const std::string& bytes) {
    sql(fmt::format("UPDATE entry SET body = '{}' WHERE position = {}", bytes, at));
  }
  void fit_leaf(Position at, const std::string& bytes) {
    sql(fmt::format("UPDATE entry SET leaf_hash = {} WHERE position = {}", blob(leaf_hash(bytes)), at));
  }
  // Makes the chain fit the entries in [from, end), as the attacker would.
  void fit_chain(Position from, Position end) {
    std::vector<std::pair<Digest, Digest>> stored;
    ASSERT_TRUE(store_->read_stored(0, [&](const StoredEntry& entry) {
      stored.emplace_back(leaf_hash(entry.bytes), *entry.chain);
      return true;
    }));
    for (Position at = from; at < end; ++at) {
      stored[at].second = chain_hash(at == 0 ? Digest{} : stored[at - 1].second, stored[at].first);
      sql(fmt::format("UPDATE entry SET chain = {} WHERE position = {}", blob(stored[at].second), at));
    }
  }
  // Makes the head fit whatever stands there.
  void fit_head() {
    TreeHead tree;
    ASSERT_TRUE(store_->read_stored(0, [&](const StoredEntry& entry) {
      tree.append(leaf_hash(entry.bytes));
      return true;
    }));
    std::string frontier;
    for (const Digest& digest : tree.frontier) frontier += to_hex(digest);
    sql(fmt::format("UPDATE head SET size = {}, frontier = x'{}', root = {}", tree.size, frontier, blob(tree.root())));
  }

  Finding found(std::vector<KnownHead> exported = {}) {
    const auto report = verify(*store_, exported);
    EXPECT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->first_problem) << "nothing was found";
    return report->first_problem.value_or(Finding{});
  }

  static KnownHead head_at(std::uint64_t size) {
    TreeHead tree;
    for (const auto& bytes : bodies(0, size)) tree.append(leaf_hash(bytes));
    return {size, tree.root()};
  }

  TestFolder folder_;
  std::unique_ptr<Store> store_;
};

#define EXPECT_FINDING(finding, expected_kind, expected_position)          \
  do {                                                                     \
    const Finding told = (finding);                                        \
    EXPECT_EQ(name_of(told.kind), name_of(expected_kind)) << told.message; \
    EXPECT_EQ(told.position, Position{expected_position}) << told.message; \
  } while (false)

TEST_F(TamperedLedger, IsFineBeforeAnythingIsDone) {
  const auto report = verify(*store_, std::vector{head_at(0), head_at(13), head_at(5)});
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->first_problem) << report->first_problem->message;
  EXPECT_EQ(report->entries, kEntries);
  EXPECT_EQ(report->root, store_->head()->root());
}

TEST_F(TamperedLedger, NamesEachEntryWhoseBodyWasAltered) {
  for (Position at = 0; at < kEntries; ++at) {
    set_body(at, body(at, "forged"));
    EXPECT_FINDING(found(), FindingKind::kAltered, at);
    set_body(at, body(at));
  }
  EXPECT_FALSE(verify(*store_)->first_problem);
}

TEST_F(TamperedLedger, NamesEachEntryWhoseBodyAndHashWereAltered) {
  for (Position at = 0; at < kEntries; ++at) {
    set_body(at, body(at, "forged"));
    fit_leaf(at, body(at, "forged"));
    EXPECT_FINDING(found(), FindingKind::kAltered, at);
    set_body(at, body(at));
    fit_leaf(at, body(at));
  }
  EXPECT_FALSE(verify(*store_)->first_problem);
}

TEST_F(TamperedLedger, NamesTheEntryOrTheNextWhenItsChainValueWasAlteredToo) {
  set_body(6, body(6, "forged"));
  fit_leaf(6, body(6, "forged"));
  fit_chain(6, 7);
  const Finding finding = found();
  EXPECT_FINDING(finding, FindingKind::kAltered, 7);
  EXPECT_NE(finding.message.find("or entry 6"), std::string::npos) << finding.message;
}

TEST_F(TamperedLedger, NamesTheSubtreeWhenTheWholeChainWasRewritten) {
  const std::map<Position, Position> subtree_of = {{0, 0}, {7, 0}, {8, 8}, {11, 8}, {12, 12}};
  for (const auto& [at, first] : subtree_of) {
    set_body(at, body(at, "forged"));
    fit_leaf(at, body(at, "forged"));
    fit_chain(at, kEntries);
    EXPECT_FINDING(found(), FindingKind::kAltered, first);
    set_body(at, body(at));
    fit_leaf(at, body(at));
    fit_chain(at, kEntries);
  }
  EXPECT_FALSE(verify(*store_)->first_problem);
}

TEST_F(TamperedLedger, OnlyAnExportedHeadTellsWhenTheHeadWasRewrittenToo) {
  set_body(6, body(6, "forged"));
  fit_leaf(6, body(6, "forged"));
  fit_chain(6, kEntries);
  fit_head();
  EXPECT_FALSE(verify(*store_)->first_problem);
  EXPECT_FALSE(verify(*store_, std::vector{head_at(6)})->first_problem) << "entry 6 was not yet in that one";
  EXPECT_FINDING(found({head_at(13)}), FindingKind::kNotAsExported, 0U);
  EXPECT_FINDING(found({head_at(13), head_at(4), head_at(9), head_at(1)}), FindingKind::kNotAsExported, 4U);
}

TEST_F(TamperedLedger, NamesTheFirstOfRemovedEntries) {
  sql("DELETE FROM entry WHERE position IN (5, 6)");
  const Finding finding = found();
  EXPECT_FINDING(finding, FindingKind::kRemoved, 5U);
  EXPECT_EQ(finding.message, "entries 5 to 6 were removed");
}

TEST_F(TamperedLedger, NamesARemovedEntryWhenTheRestMovedUp) {
  sql("DELETE FROM entry WHERE position = 5; UPDATE entry SET position = position - 1 WHERE position > 5");
  EXPECT_FINDING(found(), FindingKind::kRemoved, 5U);
  fit_chain(0, kEntries - 1);
  fit_head();
  EXPECT_FINDING(found(), FindingKind::kRemoved, 5U);
}

TEST_F(TamperedLedger, NamesTheFirstEntryRemovedFromTheEnd) {
  sql("DELETE FROM entry WHERE position >= 11");
  EXPECT_FINDING(found(), FindingKind::kRemoved, 11U);
}

TEST_F(TamperedLedger, NamesTheFirstEntryWhenAllWereRemoved) {
  sql("DELETE FROM entry");
  EXPECT_FINDING(found(), FindingKind::kRemoved, 0U);
}

TEST_F(TamperedLedger, OnlyAnExportedHeadTellsThatAnOlderCopyWasPutInPlace) {
  sql("DELETE FROM entry WHERE position >= 11");
  fit_head();
  EXPECT_FALSE(verify(*store_)->first_problem);
  EXPECT_FINDING(found({head_at(13), head_at(7)}), FindingKind::kRemoved, 11U);
}

TEST_F(TamperedLedger, NamesSwappedEntries) {
  const std::string swap =
      "UPDATE entry SET position = -1 WHERE position = 3;"
      "UPDATE entry SET position = 3 WHERE position = 9;"
      "UPDATE entry SET position = 9 WHERE position = -1;";
  sql("PRAGMA ignore_check_constraints = ON;" + swap);
  const Finding finding = found();
  EXPECT_FINDING(finding, FindingKind::kReordered, 3U);
  EXPECT_NE(finding.message.find("entry 3 stands at 9"), std::string::npos) << finding.message;
  fit_chain(0, kEntries);
  fit_head();
  EXPECT_FINDING(found(), FindingKind::kReordered, 3U);
}

TEST_F(TamperedLedger, NamesEntriesWhoseBodiesOnlyWereSwapped) {
  set_body(3, body(9));
  set_body(9, body(3));
  EXPECT_FINDING(found(), FindingKind::kReordered, 3U);
}

TEST_F(TamperedLedger, NamesAnEntryThatWasGivenAnotherIndex) {
  set_body(3, body(99));
  EXPECT_FINDING(found(), FindingKind::kAltered, 3U);
}

TEST_F(TamperedLedger, NamesAnEntryPutBehindTheHead) {
  sql(fmt::format("INSERT INTO entry VALUES (13, {}, {}, '{}')", blob(leaf_hash(body(13))),
                  blob(chain_hash({}, leaf_hash(body(13)))), body(13)));
  EXPECT_FINDING(found(), FindingKind::kBehindHead, 13U);
}

TEST_F(TamperedLedger, TellsThatTheHeadWasAltered) {
  sql("UPDATE head SET root = zeroblob(32)");
  EXPECT_FINDING(found(), FindingKind::kHeadAltered, kEntries);
  sql("DELETE FROM head");
  EXPECT_FINDING(found(), FindingKind::kHeadAltered, kEntries);
}

TEST_F(TamperedLedger, NamesTheAlteredEntryEvenWhenTheHeadIsGone) {
  sql("DELETE FROM head");
  set_body(4, body(4, "forged"));
  EXPECT_FINDING(found(), FindingKind::kAltered, 4U);
}

TEST_F(TamperedLedger, NamesAnEntryWithoutItsHashes) {
  sql("PRAGMA ignore_check_constraints = ON; UPDATE entry SET chain = x'' WHERE position = 2");
  EXPECT_FINDING(found(), FindingKind::kAltered, 2U);
}

TEST_F(TamperedLedger, CountsTheEntriesBeforeTheProblem) {
  set_body(9, body(9, "forged"));
  const auto report = verify(*store_);
  EXPECT_EQ(report->entries, 9U);
  EXPECT_EQ(report->root, head_at(9).root);
}

TEST(Verify, PassesOnAnEmptyLedger) {
  const auto store = open_memory(std::make_shared<MemoryLedger>());
  const auto report = verify(*store);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->entries, 0U);
  EXPECT_EQ(report->root, TreeHead{}.root());
  EXPECT_FALSE(report->first_problem);
}

TEST(Verify, NamesEntriesThatAreNotCanonicalOrHaveNoIndex) {
  for (const std::string bytes : {R"({"index": 2})", R"({"text":"no index"})", "not JSON", R"({"index":"2"})", ""}) {
    const auto store = open_memory(std::make_shared<MemoryLedger>());
    ASSERT_TRUE(store->append(0, bodies(0, 2)));
    ASSERT_TRUE(store->append(2, std::vector{bytes}));
    const auto report = verify(*store);
    ASSERT_TRUE(report->first_problem) << bytes;
    EXPECT_FINDING(*report->first_problem, FindingKind::kNotCanonical, 2U);
  }
}

TEST(Verify, FindsTheSubtreeInAStoreThatKeepsNoHashes) {
  const auto ledger = std::make_shared<MemoryLedger>();
  const auto store = open_memory(ledger);
  ASSERT_TRUE(store->append(0, bodies(0, kEntries)));
  ledger->entries[9] = body(9, "forged");
  EXPECT_FINDING(*verify(*store)->first_problem, FindingKind::kAltered, 8U);
}

// A writer that appends whenever it is looked at.
class BusyStore final : public Store {
 public:
  explicit BusyStore(std::unique_ptr<Store> store) : store_(std::move(store)) {}
  Result<TreeHead> append(Position expected, std::span<const std::string> entries) override {
    return store_->append(expected, entries);
  }
  Result<void> read(Position from, std::uint64_t limit,
                    const std::function<bool(Position, std::string_view)>& visit) override {
    return store_->read(from, limit, visit);
  }
  Result<TreeHead> head() override {
    auto head = store_->head();
    EXPECT_TRUE(store_->append(head->size, bodies(head->size, head->size + 1)));
    return head;
  }
  Result<void> read_stored(Position from, const std::function<bool(const StoredEntry&)>& visit) override {
    return store_->read_stored(from, visit);
  }

 private:
  std::unique_ptr<Store> store_;
};

TEST(Verify, IsNotDisturbedByAWriterAtWork) {
  BusyStore store(open_memory(std::make_shared<MemoryLedger>()));
  ASSERT_TRUE(store.append(0, bodies(0, 5)));
  const auto report = verify(store);
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->first_problem) << report->first_problem->message;
  EXPECT_EQ(report->entries, 5U);
}

TEST(Verify, NamesTheEntryAtWhichTheFileIsCorrupt) {
  const TestFolder folder;
  {
    ASSERT_TRUE((*open_sqlite(folder.file()))->append(0, bodies(0, 20'000)));
  }
  {
    std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(200 * 4096);
    file << std::string(50 * 4096, '\x5a');
  }
  const auto store = open_sqlite_reader(folder.file());
  const auto report = verify(**store);
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_TRUE(report->first_problem);
  EXPECT_EQ(report->first_problem->kind, FindingKind::kUnreadable) << report->first_problem->message;
  EXPECT_GT(report->first_problem->position, 1'000U);
  EXPECT_LT(report->first_problem->position, 19'000U);
}

}  // namespace
}  // namespace ag::ledger
