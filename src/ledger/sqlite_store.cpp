#include "ledger/sqlite_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "ledger/sqlite.hpp"

namespace ag::ledger {
namespace {

using sqlite::Connection;
using sqlite::Resetting;
using sqlite::Statement;
using sqlite::Transaction;

constexpr std::int64_t kApplicationId = 0x41474c44;  // "AGLD", SQLite's place for a file's kind. DISK FORMAT.
constexpr std::int64_t kSchemaVersion = 1;           // DISK FORMAT: raise it with every change of kSchema
// Of a reader: above what a checkpoint or another replica's append takes on a slow disk.
constexpr std::chrono::milliseconds kReaderPatience{5'000};
// A read takes this much at a time and then lets go of its snapshot, so that a slow reader never keeps the
// write-ahead log from being folded back.
constexpr std::int64_t kEntriesPerChunk = 256;
constexpr std::size_t kBytesPerChunk = std::size_t{1} << 20;
constexpr Position kMaxPosition = std::numeric_limits<std::int64_t>::max();  // SQLite's integers

// DISK FORMAT. The last trigger also stops INSERT OR REPLACE, which fires no trigger of DELETE.
constexpr std::string_view kSchema = R"(
CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT;
CREATE TABLE entry (
  position INTEGER PRIMARY KEY CHECK (position >= 0),
  leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32),
  chain BLOB NOT NULL CHECK (length(chain) = 32),
  body TEXT NOT NULL
) STRICT;
CREATE TABLE head (
  only INTEGER PRIMARY KEY CHECK (only = 0),
  size INTEGER NOT NULL CHECK (size >= 0),
  frontier BLOB NOT NULL,
  root BLOB NOT NULL CHECK (length(root) = 32)
) STRICT;
CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
  BEGIN SELECT RAISE(ABORT, 'entries of the ledger are never changed'); END;
CREATE TRIGGER entry_is_never_removed BEFORE DELETE ON entry
  BEGIN SELECT RAISE(ABORT, 'entries of the ledger are never removed'); END;
CREATE TRIGGER entry_follows_the_last BEFORE INSERT ON entry
  WHEN NEW.position IS NOT (SELECT coalesce(max(position) + 1, 0) FROM entry)
  BEGIN SELECT RAISE(ABORT, 'the last entry of the ledger is not where its head says'); END;
CREATE TRIGGER head_is_never_removed BEFORE DELETE ON head
  BEGIN SELECT RAISE(ABORT, 'the head of the ledger is never removed'); END;
CREATE TRIGGER head_never_goes_back BEFORE UPDATE ON head WHEN NEW.size < OLD.size
  BEGIN SELECT RAISE(ABORT, 'the head of the ledger never goes back'); END;
)";

struct Chunk {
  struct Row {
    Position position = 0;
    std::size_t offset = 0;  // in `bytes`
    std::size_t size = 0;
    Digest leaf_hash{};
    Digest chain{};
  };
  std::vector<Row> rows;
  std::string bytes;
  std::optional<Error> problem;  // what came instead of the row after the last

  [[nodiscard]] std::string_view bytes_of(const Row& row) const {
    return std::string_view(bytes).substr(row.offset, row.size);
  }
};

// All zero when it is not 32 bytes long, which then equals no hash.
Digest as_digest(std::string_view bytes) {
  Digest digest{};
  if (bytes.size() == digest.size()) std::memcpy(digest.data(), bytes.data(), digest.size());
  return digest;
}

std::span<const std::uint8_t> as_span(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

std::string pack(const std::vector<Digest>& frontier) {
  std::string bytes;
  bytes.reserve(frontier.size() * sizeof(Digest));
  for (const Digest& digest : frontier) bytes.append(digest.begin(), digest.end());
  return bytes;
}

std::vector<Digest> unpack(std::string_view bytes) {
  std::vector<Digest> frontier;
  for (; bytes.size() >= sizeof(Digest); bytes.remove_prefix(sizeof(Digest))) {
    frontier.push_back(as_digest(bytes.substr(0, sizeof(Digest))));
  }
  return frontier;
}

std::unexpected<Error> missing(Position position) {
  return fail("ledger_damaged", fmt::format("entry {} of the ledger is missing", position));
}

class SqliteStore final : public Store {
 public:
  static Result<std::unique_ptr<Store>> open(Connection connection, sqlite::Mode mode) {
    auto store = std::unique_ptr<SqliteStore>(new SqliteStore(std::move(connection), mode));
    if (auto prepared = store->prepare(); !prepared) return std::unexpected(std::move(prepared.error()));
    return store;
  }

  Result<TreeHead> append(Position expected, std::span<const std::string> entries) override;
  Result<void> read(Position from, std::uint64_t limit,
                    const std::function<bool(Position, std::string_view)>& visit) override;
  Result<TreeHead> head() override;
  Result<void> read_stored(Position from, const std::function<bool(const StoredEntry&)>& visit) override;

 private:
  SqliteStore(Connection connection, sqlite::Mode mode) : connection_(std::move(connection)), mode_(mode) {}

  Result<void> prepare();
  Result<Digest> load_chain(Position end);
  Result<void> insert(Position position, std::string_view bytes, const Digest& leaf, const Digest& chain);
  Result<void> save_head(const TreeHead& head);
  Chunk load_chunk(Position from, std::uint64_t limit);

  Connection connection_;  // before the statements: they end first
  sqlite::Mode mode_;
  Statement select_head_;
  Statement update_head_;
  Statement select_chain_;
  Statement insert_entry_;
  Statement select_entries_;
};

Result<void> SqliteStore::prepare() {
  const std::pair<Statement*, std::string_view> statements[] = {
      {&select_head_, "SELECT size, frontier, root FROM head WHERE only = 0"},
      {&update_head_, "UPDATE head SET size = ?1, frontier = ?2, root = ?3 WHERE only = 0"},
      {&select_chain_, "SELECT chain FROM entry WHERE position = ?1"},
      {&insert_entry_, "INSERT INTO entry (position, leaf_hash, chain, body) VALUES (?1, ?2, ?3, ?4)"},
      {&select_entries_,
       "SELECT position, leaf_hash, chain, body FROM entry WHERE position >= ?1 ORDER BY position LIMIT ?2"},
  };
  for (const auto& [statement, sql] : statements) {
    auto prepared = connection_.prepare(sql);
    if (!prepared) return std::unexpected(std::move(prepared.error()));
    *statement = std::move(*prepared);
  }
  return {};
}

Result<TreeHead> SqliteStore::head() {
  const Resetting at_end(select_head_);
  const auto row = select_head_.step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail("ledger_damaged", "the ledger has lost its tree head; restore it from a backup");
  const std::int64_t size = select_head_.integer(0);
  const std::string_view frontier = select_head_.bytes(1);
  TreeHead head;
  head.size = static_cast<Position>(std::max<std::int64_t>(size, 0));
  head.frontier = unpack(frontier);
  if (size < 0 || frontier.size() != sizeof(Digest) * static_cast<std::size_t>(std::popcount(head.size)) ||
      as_digest(select_head_.bytes(2)) != head.root()) {
    return fail("ledger_damaged", fmt::format("the ledger's tree head contradicts itself at size {}: it was altered; "
                                              "restore the ledger from a backup",
                                              size));
  }
  return head;
}

// The chain value that the next entry continues.
Result<Digest> SqliteStore::load_chain(Position end) {
  if (end == 0) return Digest{};
  const Resetting at_end(select_chain_);
  select_chain_.bind(1, static_cast<std::int64_t>(end - 1));
  const auto row = select_chain_.step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return missing(end - 1);
  return as_digest(select_chain_.bytes(0));
}

Result<void> SqliteStore::insert(Position position, std::string_view bytes, const Digest& leaf, const Digest& chain) {
  insert_entry_.bind(1, static_cast<std::int64_t>(position));
  insert_entry_.bind_blob(2, leaf);
  insert_entry_.bind_blob(3, chain);
  insert_entry_.bind_text(4, bytes);
  return insert_entry_.run();
}

Result<void> SqliteStore::save_head(const TreeHead& head) {
  const std::string frontier = pack(head.frontier);
  const Digest root = head.root();
  update_head_.bind(1, static_cast<std::int64_t>(head.size));
  update_head_.bind_blob(2, as_span(frontier));
  update_head_.bind_blob(3, root);
  return update_head_.run();
}

Result<TreeHead> SqliteStore::append(Position expected, std::span<const std::string> entries) {
  if (mode_ == sqlite::Mode::kReadOnly) return fail("ledger_unavailable", "the ledger was opened for reading only");
  if (auto fits = check_limits(entries); !fits) return std::unexpected(std::move(fits.error()));

  auto transaction = Transaction::begin(connection_);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  auto tree = head();
  if (!tree) return tree;
  if (auto fits = check_position(expected, tree->size); !fits) return std::unexpected(std::move(fits.error()));
  if (entries.empty()) return tree;
  auto chain = load_chain(tree->size);
  if (!chain) return std::unexpected(std::move(chain.error()));

  for (const std::string& entry : entries) {
    const Digest leaf = leaf_hash(entry);
    *chain = chain_hash(*chain, leaf);
    if (auto done = insert(tree->size, entry, leaf, *chain); !done) return std::unexpected(std::move(done.error()));
    tree->append(leaf);
  }
  if (auto done = save_head(*tree); !done) return std::unexpected(std::move(done.error()));
  if (auto done = transaction->commit(); !done) return std::unexpected(std::move(done.error()));
  return tree;
}

Chunk SqliteStore::load_chunk(Position from, std::uint64_t limit) {
  Chunk chunk;
  if (from > kMaxPosition) return chunk;
  const auto rows = std::min(limit, static_cast<std::uint64_t>(kEntriesPerChunk));
  chunk.rows.reserve(rows);
  const Resetting at_end(select_entries_);
  select_entries_.bind(1, static_cast<std::int64_t>(from));
  select_entries_.bind(2, static_cast<std::int64_t>(rows));
  while (chunk.bytes.size() < kBytesPerChunk) {
    const auto row = select_entries_.step();
    if (!row) chunk.problem = row.error();
    if (!row || !*row) break;
    const std::string_view bytes = select_entries_.bytes(3);
    chunk.rows.push_back({.position = static_cast<Position>(select_entries_.integer(0)),
                          .offset = chunk.bytes.size(),
                          .size = bytes.size(),
                          .leaf_hash = as_digest(select_entries_.bytes(1)),
                          .chain = as_digest(select_entries_.bytes(2))});
    chunk.bytes += bytes;
  }
  return chunk;
}

Result<void> SqliteStore::read(Position from, std::uint64_t limit,
                               const std::function<bool(Position, std::string_view)>& visit) {
  const auto tree = head();
  if (!tree) return std::unexpected(tree.error());
  const Position end = tree->size;
  if (from >= end) return {};
  const Position until = from + std::min(limit, end - from);
  for (Position next = from; next < until;) {
    const Chunk chunk = load_chunk(next, until - next);
    for (const auto& row : chunk.rows) {
      if (row.position != next) return missing(next);
      ++next;
      if (!visit(row.position, chunk.bytes_of(row))) return {};
    }
    if (chunk.problem) return std::unexpected(*chunk.problem);
    if (chunk.rows.empty()) return missing(next);
  }
  return {};
}

Result<void> SqliteStore::read_stored(Position from, const std::function<bool(const StoredEntry&)>& visit) {
  for (Position next = from;;) {
    const Chunk chunk = load_chunk(next, std::numeric_limits<std::uint64_t>::max());
    for (const auto& row : chunk.rows) {
      next = row.position + 1;
      if (!visit(StoredEntry{row.position, chunk.bytes_of(row), row.leaf_hash, row.chain})) return {};
    }
    if (chunk.problem) return std::unexpected(*chunk.problem);
    if (chunk.rows.empty()) return {};
  }
}

std::unexpected<Error> cannot(std::string_view what, const std::string& path, int error) {
  return fail("ledger_unavailable", fmt::format("the ledger {} cannot be {}: {}", path, what, std::strerror(error)));
}

// Makes the file before SQLite does, so that it is never readable by others, not for a moment either. An existing one
// is never opened here: closing it would let go of the locks that this process holds on it through SQLite (POSIX).
Result<void> make_private_file(const std::string& path) {
  const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made >= 0) {
    ::close(made);
    const auto slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    // The name must be as durable as what will be written to the file.
    const bool durable = opened >= 0 && ::fsync(opened) == 0;
    const int error = errno;
    if (opened >= 0) ::close(opened);
    if (!durable) return cannot("made durable", path, error);
    return {};
  }
  if (errno != EEXIST) return cannot("made", path, errno);

  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status{};
    const std::string name = path + suffix;
    if (::stat(name.c_str(), &status) != 0) continue;  // SQLite tells when it is one that it needs
    if (!S_ISREG(status.st_mode)) return fail("ledger_unavailable", fmt::format("{} is not a file", name));
    if ((status.st_mode & 077) != 0 && ::chmod(name.c_str(), 0600) != 0) return cannot("kept from others", path, errno);
  }
  return {};
}

enum class Contents { kNothing, kLedger };

// Looks before anything is written. Error `ledger_damaged`, `ledger_too_new`.
Result<Contents> identify(Connection& connection, const std::string& path) {
  const auto kind = connection.query_integer("PRAGMA application_id");
  if (!kind) return std::unexpected(kind.error());
  const auto objects = connection.query_integer("SELECT count(*) FROM sqlite_schema");
  if (!objects) return std::unexpected(objects.error());
  if (*kind == 0 && *objects == 0) return Contents::kNothing;
  if (*kind != kApplicationId) {
    return fail("ledger_damaged", fmt::format("{} is a SQLite database of another program, not a ledger", path));
  }
  const auto version = connection.query_integer("SELECT value FROM meta WHERE name = 'schema_version'");
  if (!version) return std::unexpected(version.error());
  if (*version > kSchemaVersion) {
    return fail("ledger_too_new", fmt::format("the ledger {} has schema version {}, and this program knows {} at most: "
                                              "use the version of AccessGuard that wrote it, or a later one",
                                              path, *version, kSchemaVersion));
  }
  if (*version != kSchemaVersion) {
    return fail("ledger_damaged",
                fmt::format("the ledger {} says that its schema has version {}, which never was", path, *version));
  }
  return Contents::kLedger;
}

Result<void> create_schema(Connection& connection, const std::string& path) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  // Another process may have been first between our look and our lock.
  const auto contents = identify(connection, path);
  if (!contents) return std::unexpected(contents.error());
  if (*contents == Contents::kLedger) return {};
  const std::string sql = fmt::format(
      "{}PRAGMA application_id = {};\n"
      "INSERT INTO meta VALUES ('schema_version', {});\n"
      "INSERT INTO head VALUES (0, 0, x'', x'{}');\n",
      kSchema, kApplicationId, kSchemaVersion, to_hex(TreeHead{}.root()));
  if (auto done = connection.run(sql); !done) return done;
  return transaction->commit();
}

Result<void> set_up(Connection& connection, const std::string& path) {
  const auto contents = identify(connection, path);
  if (!contents) return std::unexpected(contents.error());
  const auto journal = connection.query_text("PRAGMA journal_mode = WAL");
  if (!journal) return std::unexpected(journal.error());
  if (*journal != "wal") {
    return fail("ledger_unavailable", fmt::format("the file system of {} cannot hold a write-ahead log: keep the "
                                                  "ledger on a local disk",
                                                  path));
  }
  // FULL: a commit is on the disk when it returns. The log shrinks to 64 MiB after a peak.
  constexpr const char* kSettings =
      "PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON; PRAGMA journal_size_limit = 67108864;";
  if (auto done = connection.run(kSettings); !done) return done;
  return *contents == Contents::kLedger ? Result<void>{} : create_schema(connection, path);
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const std::string& path, Duration patience) {
  if (auto made = make_private_file(path); !made) return std::unexpected(std::move(made.error()));
  auto connection =
      Connection::open(path, sqlite::Mode::kReadWrite, std::chrono::milliseconds(patience.count_milliseconds()));
  if (!connection) return std::unexpected(std::move(connection.error()));
  if (auto done = set_up(*connection, path); !done) return std::unexpected(std::move(done.error()));
  return SqliteStore::open(std::move(*connection), sqlite::Mode::kReadWrite);
}

Result<std::unique_ptr<Store>> open_sqlite_reader(const std::string& path) {
  auto connection = Connection::open(path, sqlite::Mode::kReadOnly, kReaderPatience);
  if (!connection) return std::unexpected(std::move(connection.error()));
  const auto contents = identify(*connection, path);
  if (!contents) return std::unexpected(contents.error());
  if (*contents == Contents::kNothing) {
    return fail("ledger_unavailable", fmt::format("{} holds no ledger yet: start the server first", path));
  }
  return SqliteStore::open(std::move(*connection), sqlite::Mode::kReadOnly);
}

}  // namespace ag::ledger
