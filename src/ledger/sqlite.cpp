#include "ledger/sqlite.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/assert.hpp"

namespace ag::ledger::sqlite {
namespace {

const char* code_for(int result) {
  switch (result & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_ERROR:  // no such table or column: the statements of this room are right for an intact schema
      return "ledger_damaged";
    default: return "ledger_unavailable";
  }
}

std::string_view advice_for(int result) {
  switch (result & 0xff) {
    case SQLITE_FULL: return " (the disk is full: free space and it goes on by itself)";
    case SQLITE_BUSY: return " (another program holds the ledger's lock)";
    case SQLITE_NOTADB: return " (another file, or its beginning was overwritten: restore it from a backup)";
    case SQLITE_CORRUPT: return " (restore it from a backup)";
    default: return "";
  }
}

std::unexpected<Error> failure(sqlite3* connection, int result) {
  const char* name = sqlite3_db_filename(connection, "main");
  return fail(code_for(result),
              fmt::format("the ledger{}{}: {}{}", name == nullptr || *name == 0 ? "" : " ", name == nullptr ? "" : name,
                          sqlite3_errmsg(connection), advice_for(result)));
}

}  // namespace

void Statement::bind(int parameter, std::int64_t value) {
  AG_ASSERT(sqlite3_bind_int64(statement_.get(), parameter, value) == SQLITE_OK);
}

void Statement::bind_blob(int parameter, std::span<const std::uint8_t> value) {
  // Never null: SQLite would take an empty blob without an address for NULL.
  static constexpr std::uint8_t kNothing = 0;
  const void* bytes = value.empty() ? &kNothing : value.data();
  AG_ASSERT(sqlite3_bind_blob64(statement_.get(), parameter, bytes, value.size(), SQLITE_STATIC) == SQLITE_OK);
}

void Statement::bind_text(int parameter, std::string_view value) {
  const char* bytes = value.empty() ? "" : value.data();
  AG_ASSERT(sqlite3_bind_text64(statement_.get(), parameter, bytes, value.size(), SQLITE_STATIC, SQLITE_UTF8) ==
            SQLITE_OK);
}

Result<bool> Statement::step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return failure(sqlite3_db_handle(statement_.get()), result);
}

Result<void> Statement::run() {
  const Resetting at_end(*this);
  for (;;) {
    const auto row = step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
  }
}

// The result repeats the error of the last step, which step() has told.
void Statement::reset() { sqlite3_reset(statement_.get()); }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string_view Statement::bytes(int column) const {
  // In this order: the blob first, then its length, as SQLite asks for.
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes == nullptr ? std::string_view{} : std::string_view(bytes, size);
}

Result<Connection> Connection::open(const std::string& path, Mode mode, std::chrono::milliseconds busy_timeout) {
  // "./" keeps SQLite's special names (":memory:") from meaning anything; NOMUTEX: one thread an instance.
  const std::string name = path.starts_with('/') ? path : "./" + path;
  const int flags = (mode == Mode::kReadWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_EXRESCODE;
  Connection connection;
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(name.c_str(), &opened, flags, nullptr);
  connection.connection_.reset(opened);
  if (opened == nullptr) return fail("ledger_unavailable", "out of memory while opening the ledger");
  if (result != SQLITE_OK) {
    return fail(code_for(result), fmt::format("the ledger {} cannot be opened: {}", path, sqlite3_errmsg(opened)));
  }
  sqlite3_busy_timeout(opened, static_cast<int>(busy_timeout.count()));
  // The file may have been written by an attacker: its schema runs no functions, and is not writable itself.
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return connection;
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  const int result = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (result != SQLITE_OK) return failure(connection_.get(), result);
  Statement statement;
  statement.statement_.reset(prepared);
  return statement;
}

Result<void> Connection::run(const std::string& sql) {
  const int result = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return failure(connection_.get(), result);
  return {};
}

Result<std::int64_t> Connection::query_integer(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(std::move(statement.error()));
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail("ledger_damaged", fmt::format("the ledger does not answer: {}", sql));
  return statement->integer(0);
}

Result<std::string> Connection::query_text(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(std::move(statement.error()));
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail("ledger_damaged", fmt::format("the ledger does not answer: {}", sql));
  return std::string(statement->bytes(0));
}

Result<Transaction> Transaction::begin(Connection& connection) {
  if (auto begun = connection.run("BEGIN IMMEDIATE"); !begun) return std::unexpected(std::move(begun.error()));
  return Transaction(connection);
}

Result<void> Transaction::commit() {
  AG_ASSERT(connection_ != nullptr && connection_->in_transaction());
  auto committed = connection_->run("COMMIT");
  if (committed) {
    connection_ = nullptr;
    return {};
  }
  Error error = std::move(committed.error());
  // Busy: SQLite did not begin to write. Anything else may have reached the write-ahead log.
  error.code = connection_->last_code() == SQLITE_BUSY ? "ledger_unavailable" : "outcome_unknown";
  return std::unexpected(std::move(error));
}

Transaction::~Transaction() {
  // SQLite has ended the transaction by itself after some errors.
  if (connection_ == nullptr || !connection_->in_transaction()) return;
  // A rollback of a transaction that only wrote to memory and the write-ahead log cannot fail in a way that matters:
  // what is not committed is ignored by every reader.
  [[maybe_unused]] const auto rolled_back = connection_->run("ROLLBACK");
}

}  // namespace ag::ledger::sqlite
