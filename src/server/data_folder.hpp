#pragma once
#include <memory>
#include <optional>
#include <string>

#include "access/organization.hpp"
#include "base/result.hpp"
#include "ledger/store.hpp"

/// What AccessGuard keeps on its own disk: the ledger, and a copy of what it last read of the organization, which
/// only saves time and may be deleted.
namespace ag::server {

class DataFolder {
 public:
  /// Makes the folder, for its owner only, when it is not there. Error code `data_folder`.
  [[nodiscard]] static Result<DataFolder> open(const std::string& path);

  [[nodiscard]] const std::string& path() const { return path_; }
  /// `patience`: how long an append waits for another writer.
  [[nodiscard]] Result<std::unique_ptr<ledger::Store>> open_ledger(Duration patience = Duration::seconds(5)) const;
  [[nodiscard]] Result<std::unique_ptr<ledger::Store>> open_ledger_reader() const;

  /// The organization as it was last kept; nothing when there is none that can be read.
  [[nodiscard]] std::optional<access::Snapshot> load_organization() const;
  void save_organization(const access::Snapshot& snapshot) const;

 private:
  explicit DataFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace ag::server
