// How fast the ledger is verified and appended to, beside what it cannot be faster than, measured in the same run:
// SHA-256 of the same bytes, and raw SQLite inserts of the same bytes with the same durability.
//
//     ledger_bench [folder]    the folder's disk decides over the appends; default: the current folder

#include <fmt/core.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "ledger/canonical_entry.hpp"
#include "ledger/sqlite_store.hpp"
#include "ledger/verify.hpp"

namespace {

using namespace ag;
using namespace ag::ledger;

constexpr std::uint64_t kVerified = 200'000;
constexpr int kRounds = 5;

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

[[noreturn]] void stop(const std::string& why) {
  fmt::print(stderr, "ledger_bench: {}\n", why);
  std::exit(1);
}

// About 500 bytes, shaped as a request is.
std::string entry(Position index) {
  return fmt::format(
      R"({{"accounts":["{0:012}","{1:012}"],"at":"2026-11-25T14:02:07.123Z","by":"user-{0:08x}","duration":3600,)"
      R"("hash":"{2}","index":{0},"kind":"request_submitted","permission_set":"arn:aws:sso:::permissionSet/ssoins-)"
      R"(7223a1b2c3d4e5f6/ps-{1:016x}","reason":"Investigate the failed nightly export of invoices, incident {0}",)"
      R"("request":"req-{0:016x}","rule":"engineers-read-production","ticket":"OPS-{0}","version":1,"watchers":[)"
      R"("on-call@example.com","security@example.com"]}})",
      index, index * 7 + 13, to_hex(sha256(std::to_string(index))));
}

std::vector<std::string> entries(Position from, std::uint64_t count) {
  std::vector<std::string> made;
  made.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) made.push_back(entry(from + i));
  return made;
}

std::unique_ptr<Store> ledger_in(const std::filesystem::path& file) {
  auto store = open_sqlite(file.string());
  if (!store) stop(store.error().message);
  return std::move(*store);
}

void print_verification(const std::filesystem::path& folder) {
  const auto all = entries(0, kVerified);
  const auto store = ledger_in(folder / "verified.db");
  for (Position at = 0; at < kVerified; at += 1'000) {
    if (const auto done = store->append(at, std::span(all).subspan(at, 1'000)); !done) stop(done.error().message);
  }
  std::vector<double> verifying;
  std::vector<double> hashing;
  std::vector<double> reading;
  std::vector<double> scanning;
  std::vector<double> parsing;
  std::uint8_t sink = 0;
  for (int round = 0; round < kRounds; ++round) {
    hashing.push_back(seconds_of([&] {
      for (const auto& bytes : all) sink ^= sha256(bytes)[0];
    }));
    scanning.push_back(seconds_of([&] {
      for (const auto& bytes : all) sink ^= canonical_entry(bytes).has_value() ? 1 : 0;
    }));
    parsing.push_back(seconds_of([&] {
      for (const auto& bytes : all) sink ^= canonical_entry_slowly(bytes).has_value() ? 1 : 0;
    }));
    reading.push_back(seconds_of([&] {
      const auto done = store->read(0, kVerified, [&](Position, std::string_view bytes) {
        sink ^= static_cast<std::uint8_t>(bytes[0]);
        return true;
      });
      if (!done) stop(done.error().message);
    }));
    verifying.push_back(seconds_of([&] {
      const auto report = verify(*store);
      if (!report || report->first_problem || report->entries != kVerified) stop("the ledger does not verify");
    }));
  }
  const auto rate = [](double seconds) { return static_cast<double>(kVerified) / seconds; };
  fmt::print("verify, {} entries of {} bytes, one core, median of {}\n", kVerified, all[kVerified / 2].size(), kRounds);
  fmt::print("  verify everything    {:>10.0f} entries/s (bar: 250,000)\n", rate(median(verifying)));
  fmt::print("  read only            {:>10.0f} entries/s\n", rate(median(reading)));
  fmt::print("  canonical form only  {:>10.0f} entries/s\n", rate(median(scanning)));
  fmt::print("  the same by parsing  {:>10.0f} entries/s\n", rate(median(parsing)));
  fmt::print("  SHA-256 of the bytes {:>10.0f} entries/s\n", rate(median(hashing)));
  fmt::print("  verify takes {:.2f} x the time of SHA-256 of the same bytes ({})\n",
             median(verifying) / median(hashing), sink);
}

// The same file settings, one table, no hashes, no triggers.
class RawSqlite {
 public:
  explicit RawSqlite(const std::filesystem::path& file) {
    if (sqlite3_open(file.c_str(), &connection_) != SQLITE_OK) stop("no raw database");
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE IF NOT EXISTS entry (position INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT");
    sqlite3_prepare_v2(connection_, "INSERT INTO entry VALUES (?1, ?2)", -1, &insert_, nullptr);
  }
  ~RawSqlite() {
    sqlite3_finalize(insert_);
    sqlite3_close(connection_);
  }
  RawSqlite(const RawSqlite&) = delete;
  RawSqlite& operator=(const RawSqlite&) = delete;

  void append(Position from, std::span<const std::string> batch) {
    run("BEGIN IMMEDIATE");
    for (const auto& bytes : batch) {
      sqlite3_bind_int64(insert_, 1, static_cast<sqlite3_int64>(from++));
      sqlite3_bind_text(insert_, 2, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
      if (sqlite3_step(insert_) != SQLITE_DONE) stop("raw insert failed");
      sqlite3_reset(insert_);
    }
    run("COMMIT");
  }

 private:
  void run(const char* sql) {
    if (sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) stop(sqlite3_errmsg(connection_));
  }
  sqlite3* connection_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

void print_appends(const std::filesystem::path& folder, std::uint64_t batch, std::uint64_t batches) {
  const auto store = ledger_in(folder / fmt::format("append{}.db", batch));
  RawSqlite raw(folder / fmt::format("raw{}.db", batch));
  std::vector<double> ours;
  std::vector<double> theirs;
  Position at = 0;
  // In turns, so that a slow moment of the disk falls on both.
  for (int round = 0; round < kRounds; ++round) {
    const auto made = entries(at, batch * batches);
    const auto part = [&](std::uint64_t i) { return std::span(made).subspan(i * batch, batch); };
    ours.push_back(seconds_of([&] {
      for (std::uint64_t i = 0; i < batches; ++i) {
        if (const auto done = store->append(at + i * batch, part(i)); !done) stop(done.error().message);
      }
    }));
    theirs.push_back(seconds_of([&] {
      for (std::uint64_t i = 0; i < batches; ++i) raw.append(at + i * batch, part(i));
    }));
    at += batch * batches;
  }
  const double count = static_cast<double>(batch * batches);
  fmt::print(
      "  {:>3} a commit: ledger {:>8.0f} entries/s, raw SQLite {:>8.0f} entries/s; the ledger takes {:.2f} x the "
      "time\n",
      batch, count / median(ours), count / median(theirs), median(ours) / median(theirs));
}

}  // namespace

int main(int argc, char** argv) {
  std::string name = (std::filesystem::path(argc > 1 ? argv[1] : ".") / "ledger_bench_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) stop(fmt::format("cannot make a folder in {}", argc > 1 ? argv[1] : "."));
  const std::filesystem::path folder = name;
  print_verification(folder);
  fmt::print("append, durable when it returns, median of {} rounds\n", kRounds);
  print_appends(folder, 1, 100);
  print_appends(folder, 10, 100);
  print_appends(folder, 100, 50);
  std::filesystem::remove_all(folder);
  return 0;
}
