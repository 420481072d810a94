#include "server/api/facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "access/decide.hpp"
#include "access/levels.hpp"

namespace ag::server {
namespace {

using access::RequestedAccount;
using access::RequestState;

constexpr std::size_t kNamesShown = 10;
constexpr int kDaysLookedBack = 90;
// Requests of one person that are looked through for what was used of late; far more than one makes in that time.
constexpr std::size_t kMostLookedThrough = 1'000;

struct Holders {
  std::set<access::UserId> standing;
  std::set<access::UserId> temporary;
};

/// Who has the permission set now, by account; the requester is left out.
std::map<access::AccountId, Holders> holders_of(const View& view, const access::Request& asked) {
  std::map<access::AccountId, Holders> holders;
  for (const auto& account : asked.accounts) holders[account.id];
  for (const auto& held : view.organization.snapshot().standing) {
    if (held.permission_set != asked.permission_set) continue;
    const auto of_account = holders.find(held.account);
    if (of_account == holders.end()) continue;
    auto& people = of_account->second.standing;
    if (held.user) people.insert(*held.user);
    const access::Group* group = held.group ? view.organization.find(*held.group) : nullptr;
    if (group != nullptr) people.insert(group->members.begin(), group->members.end());
  }
  for (const auto& id : view.live_grants) {
    const auto& grant = *view.state.grants.find(id);
    if (!grant.active_at || grant.slot.permission_set != asked.permission_set) continue;
    if (const auto of_account = holders.find(grant.slot.account); of_account != holders.end())
      of_account->second.temporary.insert(grant.slot.principal);
  }
  for (auto& [account, people] : holders) {
    people.standing.erase(asked.requester);
    people.temporary.erase(asked.requester);
  }
  return holders;
}

json::object people_view(const View& view, const std::set<access::UserId>& people) {
  std::vector<std::string> names;
  for (const auto& id : people) {
    const access::User* user = view.organization.find(id);
    names.push_back(user != nullptr ? user->user_name : id.str());
  }
  std::sort(names.begin(), names.end());
  json::array first;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesShown); ++i) first.push_back(json::string(names[i]));
  return {{"count", static_cast<std::int64_t>(people.size())}, {"names", std::move(first)}};
}

struct Use {
  std::int64_t times = 0;
  std::optional<Instant> last_at;
  void add(Instant at) {
    ++times;
    last_at = std::max(at, last_at.value_or(at));
  }
};

json::object use_view(const Use& use) { return {{"times", use.times}, {"last_at", nullable(use.last_at)}}; }

/// How often the requester had this permission set of late: anywhere, and by account. This request does not count.
struct RecentUse {
  Use anywhere;
  std::map<access::AccountId, Use> by_account;
};

RecentUse recent_use(const View& view, const access::Request& asked, Instant now) {
  RecentUse recent;
  const Instant since = now - Duration::hours(24 * kDaysLookedBack);
  const auto own = view.requests_of.find(asked.requester);
  if (own == view.requests_of.end()) return recent;
  const auto& ids = own->second;
  for (std::size_t i = 0; i < std::min(ids.size(), kMostLookedThrough); ++i) {
    const RequestState& request = *view.state.requests.find(ids[ids.size() - 1 - i]);
    if (request.request.permission_set != asked.permission_set || request.request.id == asked.id) continue;
    if (request.request.extends) continue;  // its grants are the other one's
    for (const auto& id : request.grants) {
      const auto& grant = *view.state.grants.find(id);
      if (!grant.active_at || *grant.active_at < since) continue;
      recent.anywhere.add(*grant.active_at);
      recent.by_account[grant.slot.account].add(*grant.active_at);
    }
  }
  return recent;
}

/// The rule and the guardrails that apply today, with their lines, or why nothing does.
void add_today(json::object& facts, const access::Outlook& today) {
  facts["rule"] = today.refusal ? json::value(nullptr) : json::value(today.rule);
  facts["guardrails"] = json::value_from(today.guardrails);
  facts["refusal"] = nullable(today.refusal);
  facts["would_end"] = today.refusal ? json::value(nullptr) : json::value(to_rfc3339(today.would_end));
}

void add_break_glass(json::object& facts, const View& view) {
  const auto& glass = view.index.policy().break_glass;
  facts["rule"] = glass ? fmt::format("break_glass (line {})", glass->line) : "break_glass";
  facts["guardrails"] = json::array{};
  facts["refusal"] = nullptr;
  facts["would_end"] = nullptr;
}

json::object permission_set_facts(const View& view, const access::Request& asked) {
  const access::PermissionSet* set = view.organization.find(asked.permission_set);
  const Allows allows = allows_of(set);
  return {{"name", set == nullptr ? asked.permission_set_name : set->name},
          {"allows", allows.text},
          {"analyzed", allows.is_analyzed}};
}

}  // namespace

Allows allows_of(const access::PermissionSet* set) {
  const std::string described = set == nullptr             ? "it does not exist any more"
                                : set->description.empty() ? "AWS has no description of it"
                                                           : "described in AWS as: " + set->description;
  return {described + "; what it contains was not analyzed", false};
}

json::value facts_view(const View& view, const RequestState& request, const Viewer& viewer, Instant now) {
  if (!may_judge(view, request, viewer)) return nullptr;
  const access::Request& asked = request.request;
  const auto holders = holders_of(view, asked);
  const RecentUse recent = recent_use(view, asked, now);
  json::array accounts;
  for (const auto& account : asked.accounts) {
    const access::Account* known = view.organization.find(account.id);
    const auto used = recent.by_account.find(account.id);
    json::object facts{{"id", account.id.str()},
                       {"name", known != nullptr ? known->name : account.name},
                       {"path", known != nullptr ? known->path : account.path},
                       {"standing", people_view(view, holders.at(account.id).standing)},
                       {"temporary", people_view(view, holders.at(account.id).temporary)},
                       {"used", use_view(used == recent.by_account.end() ? Use{} : used->second)}};
    if (asked.break_glass) add_break_glass(facts, view);
    else add_today(facts, access::outlook(view.state, view.index, request, account, viewer.user, now));
    if (!access::is_waiting(request, account)) facts["would_end"] = nullptr;
    accounts.push_back(std::move(facts));
  }
  const access::PermissionSet* set = view.organization.find(asked.permission_set);
  const auto& policy = view.index.policy();
  return json::object{
      {"permission_set", permission_set_facts(view, asked)},
      {"level", name_of(set != nullptr ? access::level_of(policy, *set) : asked.level)},
      {"level_reason", set != nullptr ? access::reason_of_level(policy, *set) : asked.level_reason.value_or("")},
      {"accounts", std::move(accounts)},
      {"used", use_view(recent.anywhere)},
      {"days", kDaysLookedBack}};
}

}  // namespace ag::server
