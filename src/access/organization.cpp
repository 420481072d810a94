#include "access/organization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "access/set_analysis.hpp"
#include "base/assert.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

// More names than this are no help in an error.
constexpr std::size_t kListedCandidates = 8;

template <class T>
std::string id_text(const T& thing) {
  if constexpr (requires { thing.arn; }) return thing.arn.str();
  else return thing.id.str();
}

/// Looks a thing up by id, then by name; `what` is its word, as in "account".
template <class T, class ById, class ByNames>
Result<const T*> look_up(std::string_view text, std::string_view field, std::string_view what, const ById& by_id,
                         const ByNames& by_name) {
  using Key = typename ById::key_type;
  if (const auto it = by_id.find(Key(text)); it != by_id.end()) return it->second;
  const auto named = by_name.find(std::string(text));
  if (named != by_name.end() && named->second.size() == 1) return named->second.front();

  const std::string word = to_lower(what);
  std::string code_word = word;
  std::replace(code_word.begin(), code_word.end(), ' ', '_');
  if (named != by_name.end()) {
    std::vector<std::string> ids;
    for (const T* candidate : named->second) ids.push_back(id_text(*candidate));
    std::sort(ids.begin(), ids.end());
    if (ids.size() > kListedCandidates) ids.resize(kListedCandidates);
    return fail({"ambiguous_" + code_word,
                 fmt::format("\"{}\" is the name of {} {}s: {}", excerpt(text), named->second.size(), word,
                             fmt::join(ids, ", ")),
                 std::string(field), "", "name it by its id"});
  }
  std::vector<std::string> names;
  names.reserve(by_name.size());
  for (const auto& entry : by_name) names.push_back(entry.first);
  std::sort(names.begin(), names.end());
  const auto near = nearest(text, names);
  return fail({"unknown_" + code_word, fmt::format("there is no {} \"{}\"", word, excerpt(text)), std::string(field),
               "", near ? fmt::format("did you mean \"{}\"?", *near) : ""});
}

template <class T, class ById, class ByNames>
const T* find_one(std::string_view text, const ById& by_id, const ByNames& by_name) {
  if (const auto it = by_id.find(typename ById::key_type(text)); it != by_id.end()) return it->second;
  const auto named = by_name.find(std::string(text));
  return named != by_name.end() && named->second.size() == 1 ? named->second.front() : nullptr;
}

/// Empty addresses are nobody's.
std::vector<std::string> mails_of(const User& user) {
  std::vector<std::string> mails{folded(user.email)};
  for (const auto& more : user.more_emails.value_or(std::vector<std::string>{})) mails.push_back(folded(more));
  std::erase(mails, "");
  return mails;
}

template <class T, class Map>
const T* get(const Map& map, const typename Map::key_type& key) {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : it->second;
}

}  // namespace

Organization::Organization(Snapshot snapshot, const Organization* before) : snapshot_(std::move(snapshot)) {
  analyze_sets(snapshot_, before);
  for (const auto& account : snapshot_.accounts) {
    accounts_[account.id] = &account;
    accounts_by_name_[account.name].push_back(&account);
  }
  for (const auto& set : snapshot_.permission_sets) {
    permission_sets_[set.arn] = &set;
    permission_sets_by_name_[set.name].push_back(&set);
  }
  for (const auto& user : snapshot_.users) {
    users_[user.id] = &user;
    users_by_name_[user.user_name].push_back(&user);
  }
  for (const auto& group : snapshot_.groups) {
    groups_[group.id] = &group;
    groups_by_name_[group.name].push_back(&group);
    for (const auto& member : group.members) groups_of_[member].push_back(group.id);
  }
  for (auto& [user, groups] : groups_of_) std::sort(groups.begin(), groups.end());
  for (const auto& assignment : snapshot_.standing) {
    const std::string principal = assignment.user ? assignment.user->str() : assignment.group->str();
    standing_by_principal_[principal].push_back(&assignment);
  }
  tell_people_apart();
}

void Organization::tell_people_apart() {
  const auto& users = snapshot_.users;
  // Each points towards the first user of the same person; addresses lead to the first user that has them.
  std::vector<std::size_t> first(users.size());
  std::iota(first.begin(), first.end(), std::size_t{0});
  const auto root = [&](std::size_t i) {
    while (first[i] != i) i = first[i] = first[first[i]];
    return i;
  };
  std::unordered_map<std::string, std::size_t> by_mail;
  for (std::size_t i = 0; i < users.size(); ++i) {
    for (const auto& mail : mails_of(users[i])) {
      const std::size_t other = root(by_mail.try_emplace(mail, i).first->second);
      const std::size_t own = root(i);
      first[std::max(own, other)] = std::min(own, other);
    }
  }
  for (std::size_t i = 0; i < users.size(); ++i) {
    const std::size_t of_root = persons_.try_emplace(users[root(i)].id, identities_.size()).first->second;
    if (of_root == identities_.size()) identities_.emplace_back();
    persons_[users[i].id] = of_root;
    identities_[of_root].push_back(&users[i]);
    std::vector<std::string> called = mails_of(users[i]);
    called.push_back(folded(users[i].user_name));
    for (auto& name : called) {
      auto& people = persons_called_[std::move(name)];
      if (std::find(people.begin(), people.end(), of_root) == people.end()) people.push_back(of_root);
    }
  }
}

const Account* Organization::find(const AccountId& id) const { return get<Account>(accounts_, id); }
const PermissionSet* Organization::find(const PermissionSetArn& arn) const {
  return get<PermissionSet>(permission_sets_, arn);
}
const User* Organization::find(const UserId& id) const { return get<User>(users_, id); }
const Group* Organization::find(const GroupId& id) const { return get<Group>(groups_, id); }

Result<const Account*> Organization::account(std::string_view text, std::string_view field) const {
  return look_up<Account>(text, field, "account", accounts_, accounts_by_name_);
}
Result<const PermissionSet*> Organization::permission_set(std::string_view text, std::string_view field) const {
  return look_up<PermissionSet>(text, field, "permission set", permission_sets_, permission_sets_by_name_);
}
Result<const User*> Organization::user(std::string_view text, std::string_view field) const {
  return look_up<User>(text, field, "user", users_, users_by_name_);
}
Result<const Group*> Organization::group(std::string_view text, std::string_view field) const {
  return look_up<Group>(text, field, "group", groups_, groups_by_name_);
}

const User* Organization::find_user(std::string_view text) const {
  return find_one<User>(text, users_, users_by_name_);
}
const Group* Organization::find_group(std::string_view text) const {
  return find_one<Group>(text, groups_, groups_by_name_);
}

Result<const Unit*> Organization::unit(std::string_view text, std::string_view field) const {
  for (const auto& unit : snapshot_.units) {
    if (unit.id.str() == text || unit.path == text) return &unit;
  }
  std::vector<std::string> paths;
  for (const auto& unit : snapshot_.units) paths.push_back(unit.path);
  const auto near = nearest(text, paths);
  return fail({"unknown_unit", fmt::format("there is no organizational unit \"{}\"", excerpt(text)), std::string(field),
               "", near ? fmt::format("did you mean \"{}\"?", *near) : ""});
}

std::size_t Organization::person_of(const User& user) const {
  const auto it = persons_.find(user.id);
  AG_ASSERT(it != persons_.end());
  return it->second;
}

const std::vector<const User*>& Organization::identities_of(const User& user) const {
  return identities_[person_of(user)];
}

std::optional<std::size_t> Organization::person_called(std::string_view name) const {
  const auto it = persons_called_.find(folded(name));
  return it == persons_called_.end() || it->second.size() != 1 ? std::nullopt : std::optional(it->second.front());
}

const std::vector<GroupId>& Organization::groups_of(const UserId& user) const {
  static const std::vector<GroupId> kNone;
  const auto it = groups_of_.find(user);
  return it == groups_of_.end() ? kNone : it->second;
}

bool Organization::is_member(const UserId& user, const GroupId& group) const {
  const auto& groups = groups_of(user);
  return std::binary_search(groups.begin(), groups.end(), group);
}

std::vector<const StandingAssignment*> Organization::standing_of(const UserId& user) const {
  std::vector<const StandingAssignment*> reaching;
  const auto take = [&](const std::string& principal) {
    const auto it = standing_by_principal_.find(principal);
    if (it != standing_by_principal_.end()) reaching.insert(reaching.end(), it->second.begin(), it->second.end());
  };
  take(user.str());
  for (const auto& group : groups_of(user)) take(group.str());
  return reaching;
}

}  // namespace ag::access
