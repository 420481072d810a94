#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "iam/action_set.hpp"

/// What AWS has: services, actions, their access levels and resource types, condition keys.
///
/// Linked into the program; a build needs no network. Source: data/iam/catalogue.txt, which names its own.
namespace ag::iam {

/// AWS's own labels. An action may carry two: most that manage permissions are `Write` as well.
struct AccessLevels {
  bool list = false;
  bool read = false;
  bool write = false;
  bool tagging = false;
  bool permissions = false;
  /// Whether it changes anything.
  [[nodiscard]] bool changes() const { return write || tagging || permissions; }
  bool operator==(const AccessLevels&) const = default;
};

struct ResourceType {
  std::string_view name;
  std::string_view arn;   ///< with `${Partition}` and the like
  bool required = false;  ///< of an action: one of its resources must be of this type
};

struct ConditionKey {
  std::string_view name;  ///< `s3:prefix`, `aws:ResourceTag/${TagKey}`
  std::string_view type;  ///< as AWS writes it: String, ArrayOfString, ARN, Bool …; empty when nobody says
};

class Catalogue {
 public:
  /// The one that was built in. Made at first use, in about two milliseconds.
  [[nodiscard]] static const Catalogue& built_in();

  [[nodiscard]] std::string_view version() const { return version_; }  ///< of the npm package: `0.21.202609261`
  [[nodiscard]] std::string_view date() const { return date_; }        ///< of AWS's data: `2026-09-26`

  [[nodiscard]] std::size_t size() const { return actions_.size(); }
  [[nodiscard]] std::size_t service_count() const { return services_.size(); }
  [[nodiscard]] const ActionSet& all() const { return all_; }
  [[nodiscard]] const ActionSet& changing() const { return changing_; }  ///< write, tagging, permissions management

  /// `s3:GetObject`, letter case aside. None when AWS has no such action, or has it since the catalogue was made.
  [[nodiscard]] std::optional<ActionId> find(std::string_view action) const;

  /// Calls `use(ActionRange)` with all that a pattern of a policy matches, in ascending ranges: `*` stands for any
  /// characters, `?` for one, letter case does not count. Nothing when it matches nothing.
  template <class Use>
  void each_match(std::string_view pattern, Use&& use) const;
  [[nodiscard]] ActionSet match(std::string_view pattern) const;

  [[nodiscard]] std::string name(ActionId id) const;  ///< `s3:GetObject`
  [[nodiscard]] std::string_view short_name(ActionId id) const;
  [[nodiscard]] std::size_t service_of(ActionId id) const;  ///< its number
  [[nodiscard]] AccessLevels levels(ActionId id) const;
  /// Empty: the action knows no resources, a policy can name only `*`.
  [[nodiscard]] std::vector<ResourceType> resource_types(ActionId id) const;
  [[nodiscard]] std::vector<ConditionKey> condition_keys(ActionId id) const;
  /// What it needs beside itself, as far as AWS says.
  [[nodiscard]] std::vector<ActionId> dependents(ActionId id) const;

  [[nodiscard]] std::string_view service_prefix(std::size_t service) const;  ///< `s3`
  [[nodiscard]] std::string_view service_title(std::size_t service) const;   ///< `Amazon S3`
  [[nodiscard]] ActionRange service_actions(std::size_t service) const;
  [[nodiscard]] std::optional<std::size_t> find_service(std::string_view prefix) const;

  /// The numbers of the types of an action: the same number, the same pattern of ARNs.
  [[nodiscard]] std::span<const std::uint32_t> type_links(ActionId id) const;
  [[nodiscard]] std::string_view type_arn(std::uint32_t link) const;
  [[nodiscard]] static bool is_required(std::uint32_t link) { return (link & 1) != 0; }

 private:
  struct Service {
    std::string_view prefix;
    std::string_view title;
    ActionRange actions;
  };
  struct Action {
    std::string_view name;
    std::uint32_t levels, service, first_type, types, first_key, keys, first_dependent, dependents;
  };
  struct Type {
    std::string_view name;
    std::string_view arn;
  };

  Catalogue();
  [[nodiscard]] std::vector<ActionRange> matches(std::string_view pattern) const;
  void match_in_service(const Service& service, std::string_view pattern, std::vector<ActionRange>& found) const;

  std::string_view version_;
  std::string_view date_;
  std::vector<Service> services_;
  std::vector<Action> actions_;
  std::vector<Type> types_;
  std::vector<ConditionKey> keys_;
  std::vector<std::uint32_t> type_links_, key_links_, dependents_, hash_;
  ActionSet all_;
  ActionSet changing_;
};

template <class Use>
void Catalogue::each_match(std::string_view pattern, Use&& use) const {
  // Twice find() and not find_first_of(): most patterns are plain names, and this is what reading them costs.
  if (pattern.find('*') == std::string_view::npos && pattern.find('?') == std::string_view::npos) {
    if (const auto id = find(pattern)) {
      const auto at = static_cast<std::uint32_t>(*id);
      use(ActionRange{at, at + 1});
    }
    return;
  }
  for (const ActionRange& range : matches(pattern)) use(range);
}

}  // namespace ag::iam
