#include "ledger/sqlite_store.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "ledger/memory_store.hpp"
#include "ledger/store_conformance.hpp"
#include "ledger/test_folder.hpp"

namespace ag::ledger {
namespace {

std::unique_ptr<Store> opened(const std::string& path) {
  auto store = open_sqlite(path);
  EXPECT_TRUE(store) << store.error().message;
  return store ? std::move(*store) : nullptr;
}

struct SqliteBed {
  TestFolder folder;
  [[nodiscard]] std::unique_ptr<Store> open() const { return opened(folder.file()); }
};

mode_t mode_of(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777;
}

std::vector<std::string> some_entries(std::size_t count, std::size_t size = 10) {
  return std::vector<std::string>(count, std::string(size, 'x'));
}

// While it lives, no file of this process can grow beyond `bytes`: a disk that fails in the middle of a commit.
class FilesEndAt {
 public:
  explicit FilesEndAt(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &former_);
    former_action_ = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, former_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FilesEndAt() {
    ::setrlimit(RLIMIT_FSIZE, &former_);
    ::signal(SIGXFSZ, former_action_);
  }
  FilesEndAt(const FilesEndAt&) = delete;
  FilesEndAt& operator=(const FilesEndAt&) = delete;

 private:
  rlimit former_{};
  void (*former_action_)(int) = nullptr;
};

// While it lives, this process may do what anybody may, and no more.
class AsNobody {
 public:
  AsNobody() { EXPECT_TRUE(::getuid() != 0 || ::seteuid(65'534) == 0); }
  ~AsNobody() { EXPECT_TRUE(::getuid() != 0 || ::seteuid(0) == 0); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
};

TEST(SqliteStore, KeepsItsFilesFromOthers) {
  const TestFolder folder;
  const auto store = opened(folder.file());
  ASSERT_TRUE(store->append(0, some_entries(1)));
  for (const char* suffix : {"", "-wal", "-shm"}) EXPECT_EQ(mode_of(folder.file() + suffix), 0600U) << suffix;
}

TEST(SqliteStore, TakesAFileThatOthersCouldReadFromThem) {
  const TestFolder folder;
  opened(folder.file());
  ASSERT_EQ(::chmod(folder.file().c_str(), 0644), 0);
  const auto store = opened(folder.file());
  EXPECT_EQ(mode_of(folder.file()), 0600U);
}

TEST(SqliteStore, CommitsAreOnTheDiskWhenTheyReturn) {
  const TestFolder folder;
  const auto store = opened(folder.file());
  ASSERT_TRUE(store->append(0, some_entries(3)));
  // What a power cut would leave: the files, without the process that has them open.
  const std::string copy = folder.file("copy.db");
  std::filesystem::copy_file(folder.file(), copy);
  std::filesystem::copy_file(folder.file() + "-wal", copy + "-wal");
  EXPECT_EQ(opened(copy)->head(), store->head());
}

TEST(SqliteStore, TriggersRefuseToChangeRemoveReplaceOrSkipEntries) {
  const TestFolder folder;
  const auto store = opened(folder.file());
  ASSERT_TRUE(store->append(0, some_entries(3)));
  const auto head = store->head();
  const std::string values = ", zeroblob(32), zeroblob(32), 'forged')";
  EXPECT_EQ(run_sql(folder.file(), "UPDATE entry SET body = 'forged' WHERE position = 1"),
            "entries of the ledger are never changed");
  EXPECT_EQ(run_sql(folder.file(), "DELETE FROM entry WHERE position = 2"), "entries of the ledger are never removed");
  EXPECT_EQ(run_sql(folder.file(), "INSERT OR REPLACE INTO entry VALUES (1" + values),
            "the last entry of the ledger is not where its head says");
  EXPECT_EQ(run_sql(folder.file(), "INSERT INTO entry VALUES (4" + values),
            "the last entry of the ledger is not where its head says");
  EXPECT_EQ(run_sql(folder.file(), "DELETE FROM head"), "the head of the ledger is never removed");
  EXPECT_EQ(run_sql(folder.file(), "UPDATE head SET size = 2"), "the head of the ledger never goes back");
  EXPECT_EQ(store->head(), head);
}

TEST(SqliteStore, HasTheRootOfAnyOtherStoreWithTheSameEntries) {
  const TestFolder folder;
  const auto sqlite = opened(folder.file());
  const auto memory = open_memory(std::make_shared<MemoryLedger>());
  Position at = 0;
  for (const std::size_t count : {1U, 5U, 3U, 100U, 1U, 1U}) {
    std::vector<std::string> entries;
    for (std::size_t i = 0; i < count; ++i) entries.push_back("entry " + std::to_string(at + i));
    const auto here = sqlite->append(at, entries);
    const auto there = memory->append(at, entries);
    ASSERT_EQ(here, there);
    ASSERT_EQ(here->root(), there->root());
    at += count;
  }
}

TEST(SqliteStore, ReaderSeesWhatTheWriterCommitsAndCannotWrite) {
  const TestFolder folder;
  const auto writer = opened(folder.file());
  const auto reader = open_sqlite_reader(folder.file());
  ASSERT_TRUE(reader) << reader.error().message;
  ASSERT_TRUE(writer->append(0, some_entries(2)));
  EXPECT_EQ((*reader)->head(), writer->head());
  const auto appended = (*reader)->append(2, some_entries(1));
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, "ledger_unavailable");
}

TEST(SqliteStore, HoldsNoSnapshotWhileItsVisitorWorks) {
  const TestFolder folder;
  const auto store = opened(folder.file());
  // The first is more than a chunk; both are less than what SQLite folds back by itself.
  ASSERT_TRUE(store->append(0, some_entries(2, 1'200'000)));
  const std::string log = folder.file() + "-wal";
  ASSERT_GT(std::filesystem::file_size(log), 0U);
  ASSERT_TRUE(store->read(0, 5, [&](Position, std::string_view) {
    // Another program folds the log back into the file, which an open snapshot prevents.
    run_sql(folder.file(), "PRAGMA wal_checkpoint(TRUNCATE)");
    return false;
  }));
  EXPECT_EQ(std::filesystem::file_size(log), 0U);
}

TEST(SqliteStore, RefusesToContinueAfterALastEntryThatIsGone) {
  const TestFolder folder;
  const auto store = opened(folder.file());
  ASSERT_TRUE(store->append(0, some_entries(5)));
  ASSERT_EQ(run_sql(folder.file(), "DROP TRIGGER entry_is_never_removed; DELETE FROM entry WHERE position = 4"), "");
  const auto appended = store->append(5, some_entries(1));
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error(), (Error{"ledger_damaged", "entry 4 of the ledger is missing", ""}));
}

TEST(SqliteStore, ReaderInAnotherThreadNeverSeesHalfAnAppend) {
  const TestFolder folder;
  const auto writer = opened(folder.file());
  constexpr std::size_t kBatch = 7;
  constexpr std::size_t kBatches = 60;
  std::jthread reading([&](const std::stop_token& stop) {
    const auto reader = open_sqlite_reader(folder.file());
    ASSERT_TRUE(reader) << reader.error().message;
    while (!stop.stop_requested()) {
      const auto head = (*reader)->head();
      ASSERT_TRUE(head) << head.error().message;
      ASSERT_EQ(head->size % kBatch, 0U);
      Position seen = 0;
      ASSERT_TRUE((*reader)->read(0, head->size, [&](Position, std::string_view) { return ++seen, true; }));
      ASSERT_EQ(seen, head->size);
    }
  });
  for (std::size_t i = 0; i < kBatches; ++i) ASSERT_TRUE(writer->append(i * kBatch, some_entries(kBatch)));
}

TEST(SqliteStore, OfTwoWritersOneWinsEachPosition) {
  const TestFolder folder;
  opened(folder.file());
  constexpr Position kEnd = 60;
  const auto write = [&folder](char name) {
    const auto store = opened(folder.file());
    for (Position at = 0; at < kEnd;) {
      const auto appended = store->append(at, std::vector<std::string>{std::string(1, name) + std::to_string(at)});
      if (!appended) {
        ASSERT_EQ(appended.error().code, "position_conflict") << appended.error().message;
      }
      at = store->head()->size;
    }
  };
  {
    const std::jthread one(write, 'a');
    const std::jthread two(write, 'b');
  }
  Position next = 0;
  ASSERT_TRUE(opened(folder.file())->read(0, 2 * kEnd, [&](Position position, std::string_view bytes) {
    EXPECT_EQ(bytes.substr(1), std::to_string(position));
    return ++next, true;
  }));
  EXPECT_GE(next, kEnd);
}

TEST(SqliteStore, WritesNothingWhenTheDiskFillsUpInAnAppend) {
  const TestFolder folder;
  const auto store = opened(folder.file());
  ASSERT_TRUE(store->append(0, some_entries(2)));
  const auto before = store->head();
  {
    // Larger than SQLite's page cache, so that it spills before the commit.
    const FilesEndAt end(200'000);
    const auto appended = store->append(2, some_entries(20, 1 << 20));
    ASSERT_FALSE(appended);
    EXPECT_EQ(appended.error().code, "ledger_unavailable") << appended.error().message;
  }
  EXPECT_EQ(store->head(), before);
  EXPECT_TRUE(store->append(2, some_entries(1))) << "it goes on when there is room again";
}

TEST(SqliteStore, SaysThatTheOutcomeIsUnknownWhenTheCommitItselfFails) {
  const TestFolder folder;
  const auto store = opened(folder.file());
  ASSERT_TRUE(store->append(0, some_entries(2)));
  {
    const FilesEndAt end(std::filesystem::file_size(folder.file() + "-wal"));
    const auto appended = store->append(2, some_entries(1));
    ASSERT_FALSE(appended);
    EXPECT_EQ(appended.error().code, "outcome_unknown") << appended.error().message;
  }
  EXPECT_EQ(store->head()->size, 2U) << "head() tells: it was not written";
  EXPECT_TRUE(store->append(2, some_entries(1)));
}

TEST(SqliteStore, NeedsItsFolder) {
  const TestFolder folder;
  const auto store = open_sqlite(folder.file("missing/ledger.db"));
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, "ledger_unavailable");
  EXPECT_TRUE(store.error().message.ends_with("cannot be made: No such file or directory")) << store.error().message;
}

TEST(SqliteStore, NeedsAFolderThatItMayWrite) {
  const TestFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0555), 0);
  const AsNobody nobody;
  const auto store = open_sqlite(folder.file());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, "ledger_unavailable");
  EXPECT_TRUE(store.error().message.ends_with("cannot be made: Permission denied")) << store.error().message;
}

TEST(SqliteStore, ReaderNeedsALedger) {
  const TestFolder folder;
  EXPECT_EQ(open_sqlite_reader(folder.file()).error().code, "ledger_unavailable");
  EXPECT_FALSE(std::filesystem::exists(folder.file())) << "a reader makes nothing";
  std::ofstream(folder.file()).close();
  EXPECT_EQ(open_sqlite_reader(folder.file()).error().code, "ledger_unavailable");
}

TEST(SqliteStore, RefusesAFileThatIsNoDatabase) {
  const TestFolder folder;
  std::ofstream(folder.file()) << std::string(5'000, '#');
  const auto store = open_sqlite(folder.file());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, "ledger_damaged");
}

TEST(SqliteStore, RefusesTheDatabaseOfAnotherProgramAndLeavesItAlone) {
  const TestFolder folder;
  ASSERT_EQ(run_sql(folder.file(), "CREATE TABLE song (name TEXT)"), "");
  const auto store = open_sqlite(folder.file());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, "ledger_damaged");
  EXPECT_TRUE(store.error().message.ends_with("is a SQLite database of another program, not a ledger"))
      << store.error().message;
  EXPECT_EQ(run_sql(folder.file(), "INSERT INTO song VALUES ('still here')"), "");
  EXPECT_FALSE(std::filesystem::exists(folder.file() + "-wal"));
}

TEST(SqliteStore, RefusesALedgerOfALaterVersion) {
  const TestFolder folder;
  opened(folder.file());
  ASSERT_EQ(run_sql(folder.file(), "UPDATE meta SET value = 2 WHERE name = 'schema_version'"), "");
  for (const auto& store : {open_sqlite(folder.file()).error(), open_sqlite_reader(folder.file()).error()}) {
    EXPECT_EQ(store.code, "ledger_too_new");
    EXPECT_NE(store.message.find("schema version 2"), std::string::npos) << store.message;
  }
}

TEST(SqliteStore, TellsThatTheFileIsCorrupt) {
  const TestFolder folder;
  {
    ASSERT_TRUE(opened(folder.file())->append(0, some_entries(2'000, 500)));
  }
  {
    std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100 * 4096);
    file << std::string(40 * 4096, '\x5a');
  }
  const auto store = opened(folder.file());
  Position seen = 0;
  const auto read = store->read(0, 2'000, [&](Position, std::string_view) { return ++seen, true; });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "ledger_damaged") << read.error().message;
  EXPECT_GT(seen, 0U) << "what comes before the damage is still read";
  EXPECT_LT(seen, 2'000U);
}

TEST(SqliteStore, TellsThatTheHeadWasAltered) {
  for (const char* change : {"frontier = zeroblob(64)", "frontier = zeroblob(5)", "root = zeroblob(32)", "size = 4"}) {
    const TestFolder folder;
    const auto store = opened(folder.file());
    ASSERT_TRUE(store->append(0, some_entries(3)));
    ASSERT_EQ(run_sql(folder.file(), std::string("UPDATE head SET ") + change), "");
    EXPECT_EQ(store->head().error().code, "ledger_damaged") << change;
    EXPECT_EQ(store->append(3, some_entries(1)).error().code, "ledger_damaged") << change;
  }
}

TEST(SqliteStore, ReadsNothingThatItsHeadDoesNotCover) {
  const TestFolder folder;
  const auto store = opened(folder.file());
  ASSERT_TRUE(store->append(0, some_entries(3)));
  ASSERT_EQ(run_sql(folder.file(), "INSERT INTO entry VALUES (3, zeroblob(32), zeroblob(32), 'forged')"), "");
  ASSERT_TRUE(store->read(0, 10, [](Position, std::string_view bytes) {
    EXPECT_NE(bytes, "forged");
    return true;
  }));
  EXPECT_EQ(store->append(3, some_entries(1)).error().code, "ledger_damaged") << "and it stays visible";
}

TEST(SqliteStore, TellsThatAnEntryIsMissing) {
  const TestFolder folder;
  const auto store = opened(folder.file());
  ASSERT_TRUE(store->append(0, some_entries(5)));
  ASSERT_EQ(run_sql(folder.file(), "DROP TRIGGER entry_is_never_removed; DELETE FROM entry WHERE position = 3"), "");
  Position seen = 0;
  const auto read = store->read(0, 5, [&](Position, std::string_view) { return ++seen, true; });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "ledger_damaged");
  EXPECT_EQ(read.error().message, "entry 3 of the ledger is missing");
  EXPECT_EQ(seen, 3U);
}

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StoreConformance, SqliteBed);

}  // namespace ag::ledger
