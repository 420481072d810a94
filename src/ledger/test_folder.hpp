#pragma once
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

/// For tests only: a folder of its own that goes with its owner, and SQLite's own shell on a file in it.
namespace ag::ledger {

class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "ledger_test_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name = "ledger.db") const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// Runs SQL as somebody with the file and the sqlite3 program would; returns SQLite's message when it refuses.
inline std::string run_sql(const std::string& file, const std::string& sql) {
  sqlite3* connection = nullptr;
  if (sqlite3_open(file.c_str(), &connection) != SQLITE_OK) return "cannot open";
  char* message = nullptr;
  sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, &message);
  const std::string text = message == nullptr ? "" : message;
  sqlite3_free(message);
  sqlite3_close(connection);
  return text;
}

}  // namespace ag::ledger
