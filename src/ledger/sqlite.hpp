#pragma once
#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

/// SQLite's C interface with owners, so that nothing leaks and every error is an Error. No more than this room uses.
///
/// Error codes: `ledger_damaged` when the file is not what it should be (corrupt, not a database, no such table,
/// constraint), `ledger_unavailable` for everything that may pass (busy, full, not permitted, input/output).
namespace ag::ledger::sqlite {

/// Whether the connection may write.
enum class Mode { kReadWrite, kReadOnly };

class Connection;

/// A prepared statement. Rows are taken by step(); the views that columns return live until the next step() or reset.
class Statement {
 public:
  Statement() = default;

  /// Parameters count from 1. Views must live until the statement is reset.
  void bind(int parameter, std::int64_t value);
  void bind_blob(int parameter, std::span<const std::uint8_t> value);
  void bind_text(int parameter, std::string_view value);

  /// True when there is a row, false at the end.
  [[nodiscard]] Result<bool> step();
  /// For statements without rows: steps to the end and resets.
  [[nodiscard]] Result<void> run();
  /// Ends the statement and the read lock it holds.
  void reset();

  /// Columns count from 0. Whatever type the column has, SQLite converts it.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view bytes(int column) const;

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Resets a statement at the end of the scope, whichever way it is left.
class Resetting {
 public:
  explicit Resetting(Statement& statement) : statement_(statement) {}
  ~Resetting() { statement_.reset(); }
  Resetting(const Resetting&) = delete;
  Resetting& operator=(const Resetting&) = delete;

 private:
  Statement& statement_;
};

/// One connection, for one thread. Statements must be gone before it goes: declare them after it.
class Connection {
 public:
  Connection() = default;

  /// Opens an existing file (it may be empty). Waits at most `busy_timeout` for a lock in each later call.
  [[nodiscard]] static Result<Connection> open(const std::string& path, Mode mode,
                                               std::chrono::milliseconds busy_timeout);

  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  /// Runs statements whose rows are of no interest.
  [[nodiscard]] Result<void> run(const std::string& sql);
  /// The first column of the first row, which there must be, as an integer or as a text.
  [[nodiscard]] Result<std::int64_t> query_integer(std::string_view sql);
  [[nodiscard]] Result<std::string> query_text(std::string_view sql);

  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(connection_.get()) == 0; }
  /// What the last call that failed on this connection came to: SQLite's result code without its extension.
  [[nodiscard]] int last_code() const { return sqlite3_errcode(connection_.get()) & 0xff; }

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  std::unique_ptr<sqlite3, Close> connection_;
};

/// A write transaction, rolled back at the end of the scope unless committed.
class Transaction {
 public:
  /// Takes the write lock at once, so that what is read inside cannot be stale.
  [[nodiscard]] static Result<Transaction> begin(Connection& connection);

  /// Durable on success. Error `ledger_unavailable` when nothing was committed, `outcome_unknown` when SQLite could
  /// not say: a commit that failed in input or output may yet be found in the write-ahead log after a crash.
  [[nodiscard]] Result<void> commit();

  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace ag::ledger::sqlite
