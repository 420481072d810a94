#include "ledger/sqlite.hpp"

#include <gtest/gtest.h>

#include "ledger/test_folder.hpp"

namespace ag::ledger::sqlite {
namespace {

class Sqlite : public testing::Test {
 protected:
  Sqlite() {
    run_sql(folder_.file(), "CREATE TABLE t (n INTEGER, b BLOB)");
    connection_ = open();
  }
  [[nodiscard]] Connection open(Mode mode = Mode::kReadWrite) const {
    auto opened = Connection::open(folder_.file(), mode, std::chrono::milliseconds(20));
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : Connection();
  }
  std::int64_t rows() { return connection_.query_integer("SELECT count(*) FROM t").value_or(-1); }

  TestFolder folder_;
  Connection connection_;
};

TEST_F(Sqlite, TransactionIsRolledBackUnlessCommitted) {
  {
    const auto transaction = Transaction::begin(connection_);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(connection_.run("INSERT INTO t VALUES (1, NULL)"));
  }
  EXPECT_FALSE(connection_.in_transaction());
  EXPECT_EQ(rows(), 0);
  auto transaction = Transaction::begin(connection_);
  ASSERT_TRUE(connection_.run("INSERT INTO t VALUES (1, NULL)"));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(rows(), 1);
}

TEST_F(Sqlite, ReportsALockThatIsNotLetGo) {
  auto other = open();
  const auto held = Transaction::begin(other);
  ASSERT_TRUE(held);
  const auto refused = Transaction::begin(connection_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "ledger_unavailable");
  EXPECT_NE(refused.error().message.find("another program holds the ledger's lock"), std::string::npos)
      << refused.error().message;
}

TEST_F(Sqlite, CommitThatAReaderBlocksWroteNothing) {
  auto reader = open();  // in rollback mode, where a reader blocks a commit
  auto reading = reader.prepare("SELECT 1 FROM sqlite_schema");
  ASSERT_TRUE(reading->step());
  auto transaction = Transaction::begin(connection_);
  ASSERT_TRUE(transaction);
  ASSERT_TRUE(connection_.run("INSERT INTO t VALUES (1, NULL)"));
  const auto committed = transaction->commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, "ledger_unavailable");
}

TEST_F(Sqlite, FullDatabaseIsUnavailableNotDamaged) {
  ASSERT_TRUE(connection_.run("PRAGMA max_page_count = 4"));
  auto insert = connection_.prepare("INSERT INTO t VALUES (1, zeroblob(100000))");
  const auto inserted = insert->run();
  ASSERT_FALSE(inserted);
  EXPECT_EQ(inserted.error().code, "ledger_unavailable");
  EXPECT_NE(inserted.error().message.find("disk is full"), std::string::npos) << inserted.error().message;
}

TEST_F(Sqlite, ReadOnlyConnectionCannotWrite) {
  auto reader = open(Mode::kReadOnly);
  EXPECT_EQ(reader.run("INSERT INTO t VALUES (1, NULL)").error().code, "ledger_unavailable");
}

TEST_F(Sqlite, MissingTableIsDamage) {
  EXPECT_EQ(connection_.prepare("SELECT * FROM missing").error().code, "ledger_damaged");
}

TEST_F(Sqlite, BytesComeBackAsTheyWentIn) {
  auto insert = connection_.prepare("INSERT INTO t VALUES (?1, ?2)");
  const std::string bytes("a\0\xff", 3);
  insert->bind(1, -7);
  insert->bind_text(2, bytes);
  ASSERT_TRUE(insert->run());
  insert->bind(1, 8);
  insert->bind_blob(2, {});
  ASSERT_TRUE(insert->run());
  auto select = connection_.prepare("SELECT n, b FROM t ORDER BY n");
  ASSERT_EQ(select->step(), true);
  EXPECT_EQ(select->integer(0), -7);
  EXPECT_EQ(select->bytes(1), bytes);
  ASSERT_EQ(select->step(), true);
  EXPECT_EQ(select->bytes(1), "");
  EXPECT_EQ(select->step(), false);
  EXPECT_EQ(connection_.query_integer("SELECT count(*) FROM t WHERE b IS NULL"), 0) << "empty is not NULL";
}

TEST(SqliteConnection, OpensNoFileThatIsNotThere) {
  const TestFolder folder;
  const auto opened = Connection::open(folder.file(), Mode::kReadWrite, std::chrono::milliseconds(1));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "ledger_unavailable");
}

}  // namespace
}  // namespace ag::ledger::sqlite
