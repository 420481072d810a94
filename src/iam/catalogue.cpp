#include "iam/catalogue.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "iam/table.hpp"
#include "iam/wildcards.hpp"

namespace ag::iam {
namespace {

// The sections and rows that tools/embed_iam.py writes.
enum Section : std::size_t {
  kServices = 1,
  kActions = 2,
  kTypes = 3,
  kKeys = 4,
  kTypeLinks = 5,
  kKeyLinks = 6,
  kDependents = 7,
  kHash = 8,
  kScalars = 9,
};
struct ServiceRow {
  std::uint32_t prefix, title, first_action, actions;
};
struct ActionRow {
  std::uint32_t name, levels, service, first_type, types, first_key, keys, first_dependent, dependents;
};
struct TypeRow {
  std::uint32_t name, arn, service;
};
struct KeyRow {
  std::uint32_t name, type;
};

constexpr std::uint32_t kList = 1, kRead = 2, kWrite = 4, kTagging = 8, kPermissions = 16;

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// FNV-1a with 32 bits, as tools/embed_iam.py computes it of the text in lower case.
std::uint32_t fnv_of(std::string_view text) {
  std::uint32_t value = 0x811c9dc5;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(folded(c))) * 0x01000193;
  return value;
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return folded(x) == folded(y); });
}

/// Below zero, zero or above, of `text` against a prefix in lower case: zero when it begins so.
int compare_prefix(std::string_view text, std::string_view prefix) {
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    if (i == text.size()) return -1;
    const auto a = static_cast<unsigned char>(folded(text[i]));
    const auto b = static_cast<unsigned char>(prefix[i]);
    if (a != b) return a < b ? -1 : 1;
  }
  return 0;
}

void append(std::vector<ActionRange>& ranges, ActionRange range) {
  if (range.first == range.last) return;
  if (!ranges.empty() && ranges.back().last == range.first) ranges.back().last = range.last;
  else ranges.push_back(range);
}

}  // namespace

const Catalogue& Catalogue::built_in() {
  static const Catalogue catalogue;
  return catalogue;
}

Catalogue::Catalogue() {
  const Table table(catalogue_bytes());
  for (const ServiceRow& row : table.rows<ServiceRow>(kServices)) {
    services_.push_back(
        {table.text(row.prefix), table.text(row.title), {row.first_action, row.first_action + row.actions}});
  }
  for (const ActionRow& row : table.rows<ActionRow>(kActions)) {
    const auto id = static_cast<ActionId>(actions_.size());
    AG_ASSERT(actions_.size() < kMostActions);
    actions_.push_back({table.text(row.name), row.levels, row.service, row.first_type, row.types, row.first_key,
                        row.keys, row.first_dependent, row.dependents});
    all_.add(id);
    if (levels(id).changes()) changing_.add(id);
  }
  for (const TypeRow& row : table.rows<TypeRow>(kTypes)) types_.push_back({table.text(row.name), table.text(row.arn)});
  for (const KeyRow& row : table.rows<KeyRow>(kKeys)) keys_.push_back({table.text(row.name), table.text(row.type)});
  type_links_ = table.rows<std::uint32_t>(kTypeLinks);
  key_links_ = table.rows<std::uint32_t>(kKeyLinks);
  dependents_ = table.rows<std::uint32_t>(kDependents);
  hash_ = table.rows<std::uint32_t>(kHash);
  const auto scalars = table.rows<std::uint32_t>(kScalars);
  version_ = table.text(scalars.at(0));
  date_ = table.text(scalars.at(1));
}

std::optional<ActionId> Catalogue::find(std::string_view action) const {
  const auto colon = action.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view prefix = action.substr(0, colon);
  const std::string_view name = action.substr(colon + 1);
  for (std::size_t at = fnv_of(action) % hash_.size(); hash_[at] != 0; at = (at + 1) % hash_.size()) {
    const Action& candidate = actions_[hash_[at] - 1];
    if (same(candidate.name, name) && same(services_[candidate.service].prefix, prefix))
      return static_cast<ActionId>(hash_[at] - 1);
  }
  return std::nullopt;
}

void Catalogue::match_in_service(const Service& service, std::string_view pattern,
                                 std::vector<ActionRange>& found) const {
  const auto wildcard = std::min(pattern.find_first_of("*?"), pattern.size());
  const std::string_view prefix = pattern.substr(0, wildcard);
  const auto begin = actions_.begin() + service.actions.first;
  const auto end = actions_.begin() + service.actions.last;
  const auto low = std::lower_bound(
      begin, end, prefix, [](const Action& action, std::string_view p) { return compare_prefix(action.name, p) < 0; });
  const auto high = std::upper_bound(
      low, end, prefix, [](std::string_view p, const Action& action) { return compare_prefix(action.name, p) > 0; });
  const auto first = static_cast<std::uint32_t>(low - actions_.begin());
  const auto last = static_cast<std::uint32_t>(high - actions_.begin());
  if (pattern.substr(wildcard) == "*") {
    append(found, {first, last});
    return;
  }
  for (std::uint32_t i = first; i < last; ++i) {
    if (iam::matches(pattern, actions_[i].name, LetterCase::kIgnored)) append(found, {i, i + 1});
  }
}

std::vector<ActionRange> Catalogue::matches(std::string_view pattern) const {
  const std::string low = to_lower(pattern);
  const std::string_view text = low;
  std::vector<ActionRange> found;
  if (text.find_first_not_of('*') == std::string_view::npos) {
    if (!text.empty()) found.push_back({0, static_cast<std::uint32_t>(actions_.size())});
    return found;
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    // AWS refuses it; what it would match is the whole of `service:Action`.
    for (std::uint32_t i = 0; i < actions_.size(); ++i) {
      if (iam::matches(text, to_lower(name(static_cast<ActionId>(i))))) append(found, {i, i + 1});
    }
    return found;
  }
  const std::string_view prefix = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 1);
  if (prefix.find_first_of("*?") == std::string_view::npos) {
    if (const auto service = find_service(prefix)) match_in_service(services_[*service], rest, found);
    return found;
  }
  for (const Service& service : services_) {
    if (iam::matches(prefix, service.prefix)) match_in_service(service, rest, found);
  }
  return found;
}

ActionSet Catalogue::match(std::string_view pattern) const {
  ActionSet set;
  each_match(pattern, [&](ActionRange range) { set.add(range); });
  return set;
}

std::string Catalogue::name(ActionId id) const {
  const Action& action = actions_.at(static_cast<std::size_t>(id));
  std::string name(services_[action.service].prefix);
  return name.append(1, ':').append(action.name);
}

std::string_view Catalogue::short_name(ActionId id) const { return actions_.at(static_cast<std::size_t>(id)).name; }

std::size_t Catalogue::service_of(ActionId id) const { return actions_.at(static_cast<std::size_t>(id)).service; }

AccessLevels Catalogue::levels(ActionId id) const {
  const std::uint32_t bits = actions_.at(static_cast<std::size_t>(id)).levels;
  return {(bits & kList) != 0, (bits & kRead) != 0, (bits & kWrite) != 0, (bits & kTagging) != 0,
          (bits & kPermissions) != 0};
}

std::span<const std::uint32_t> Catalogue::type_links(ActionId id) const {
  const Action& action = actions_.at(static_cast<std::size_t>(id));
  return std::span(type_links_).subspan(action.first_type, action.types);
}

std::string_view Catalogue::type_arn(std::uint32_t link) const { return types_.at(link >> 1).arn; }

std::vector<ResourceType> Catalogue::resource_types(ActionId id) const {
  std::vector<ResourceType> types;
  for (const std::uint32_t link : type_links(id))
    types.push_back({types_.at(link >> 1).name, types_[link >> 1].arn, is_required(link)});
  return types;
}

std::vector<ConditionKey> Catalogue::condition_keys(ActionId id) const {
  const Action& action = actions_.at(static_cast<std::size_t>(id));
  std::vector<ConditionKey> keys;
  for (std::uint32_t i = 0; i < action.keys; ++i) keys.push_back(keys_.at(key_links_.at(action.first_key + i)));
  return keys;
}

std::vector<ActionId> Catalogue::dependents(ActionId id) const {
  const Action& action = actions_.at(static_cast<std::size_t>(id));
  std::vector<ActionId> ids;
  for (std::uint32_t i = 0; i < action.dependents; ++i)
    ids.push_back(static_cast<ActionId>(dependents_.at(action.first_dependent + i)));
  return ids;
}

std::string_view Catalogue::service_prefix(std::size_t service) const { return services_.at(service).prefix; }
std::string_view Catalogue::service_title(std::size_t service) const { return services_.at(service).title; }
ActionRange Catalogue::service_actions(std::size_t service) const { return services_.at(service).actions; }

std::optional<std::size_t> Catalogue::find_service(std::string_view prefix) const {
  const std::string low = to_lower(prefix);
  const auto at = std::lower_bound(services_.begin(), services_.end(), std::string_view(low),
                                   [](const Service& service, std::string_view p) { return service.prefix < p; });
  if (at == services_.end() || at->prefix != low) return std::nullopt;
  return static_cast<std::size_t>(at - services_.begin());
}

}  // namespace ag::iam
