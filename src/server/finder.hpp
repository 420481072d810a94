#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/organization.hpp"

/// The organization made ready to be looked through by a text that a person types, whatever its letter case. Immutable;
/// made once for each reading of AWS. A question walks over all names: 25,000 of them are about a millisecond.
namespace ag::server {

enum class FoundKind { kAccount, kPermissionSet, kUser, kGroup, kRequest };
constexpr auto enum_names(FoundKind) {
  return std::array<std::string_view, 5>{"account", "permission_set", "user", "group", "request"};
}

/// How well a text fits, the best first.
enum class Fit { kWhole, kBeginning, kWord, kInside, kElsewhere };

/// What something is looked for by, all of it folded.
struct Searchable {
  std::string name;
  std::string elsewhere;  ///< ids, mail addresses, paths: one text, parts on lines of their own

  /// `text` must be folded. None: it is nowhere.
  [[nodiscard]] std::optional<Fit> fit(std::string_view text) const;
};
[[nodiscard]] Searchable searchable(std::string_view name, std::initializer_list<std::string_view> elsewhere);

class Finder {
 public:
  explicit Finder(std::shared_ptr<const access::Organization> organization);

  [[nodiscard]] const access::Organization& organization() const { return *organization_; }
  // As the things lie in the snapshot.
  [[nodiscard]] const std::vector<Searchable>& accounts() const { return accounts_; }
  [[nodiscard]] const std::vector<Searchable>& units() const { return units_; }
  [[nodiscard]] const std::vector<Searchable>& permission_sets() const { return permission_sets_; }
  [[nodiscard]] const std::vector<Searchable>& users() const { return users_; }
  [[nodiscard]] const std::vector<Searchable>& groups() const { return groups_; }

 private:
  std::shared_ptr<const access::Organization> organization_;
  std::vector<Searchable> accounts_;
  std::vector<Searchable> units_;
  std::vector<Searchable> permission_sets_;
  std::vector<Searchable> users_;
  std::vector<Searchable> groups_;
};

}  // namespace ag::server
