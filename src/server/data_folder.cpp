#include "server/data_folder.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "ledger/sqlite_store.hpp"
#include "server/log.hpp"

namespace ag::server {
namespace {

constexpr std::string_view kLedgerFile = "ledger.db";
constexpr std::string_view kOrganizationFile = "organization.json";

std::string in(const std::string& folder, std::string_view file) { return folder + "/" + std::string(file); }

}  // namespace

Result<DataFolder> DataFolder::open(const std::string& path) {
  std::error_code ec;
  const bool made = std::filesystem::create_directories(path, ec);
  if (!ec && made) std::filesystem::permissions(path, std::filesystem::perms::owner_all, ec);
  if (ec || !std::filesystem::is_directory(path)) {
    return fail("data_folder",
                fmt::format("the data folder \"{}\" cannot be used: {}", path, ec ? ec.message() : "not a folder"),
                "data");
  }
  return DataFolder(path);
}

Result<std::unique_ptr<ledger::Store>> DataFolder::open_ledger(Duration patience) const {
  return ledger::open_sqlite(in(path_, kLedgerFile), patience);
}

Result<std::unique_ptr<ledger::Store>> DataFolder::open_ledger_reader() const {
  return ledger::open_sqlite_reader(in(path_, kLedgerFile));
}

std::optional<access::Snapshot> DataFolder::load_organization() const {
  std::ifstream file(in(path_, kOrganizationFile), std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  const auto value = parse_json(text.str());
  const auto snapshot = value ? from_json<access::Snapshot>(*value) : fail(value.error());
  if (!snapshot) {
    log(Severity::kWarning, "organization_cache_ignored", {{"reason", snapshot.error().message}});
    return std::nullopt;
  }
  return *snapshot;
}

void DataFolder::save_organization(const access::Snapshot& snapshot) const {
  // Written beside and renamed: a crash leaves the old one.
  const std::string path = in(path_, kOrganizationFile);
  const std::string beside = path + ".new";
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  std::error_code ec;
  std::filesystem::permissions(beside, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ec);
  file << canonical_json(to_json(snapshot));
  file.close();
  if (file) std::filesystem::rename(beside, path, ec);
  if (!file || ec) log(Severity::kWarning, "organization_cache_not_saved", {{"path", path}});
}

}  // namespace ag::server
