#include "control/session_end_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/json.hpp"

namespace ag::control {
namespace {

using Texts = std::set<std::string>;

// More can never fit: a person's id alone takes 36 characters and what is around it.
constexpr std::size_t kMostTried = 300;
// Nobody has this id: AWS's are UUIDs.
constexpr std::string_view kNobody = "nobody";

/// `aws`, `aws-cn` or `aws-us-gov`: that of the permission set.
std::string_view partition_of(const access::PermissionSetArn& set) {
  const std::string_view text = set.str();
  const auto begin = text.find(':');
  const auto end = begin == std::string_view::npos ? begin : text.find(':', begin + 1);
  return end == std::string_view::npos ? "aws" : text.substr(begin + 1, end - begin - 1);
}

/// The roles that Identity Center makes of the permission set in the account, in whichever region its home is. A
/// role's name ends in a suffix that changes whenever the role is made anew.
std::string role_pattern(const DeniedSessions& denied) {
  return fmt::format("arn:{}:iam::{}:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{}_*",
                     partition_of(denied.slot.permission_set), denied.slot.account.str(), denied.permission_set_name);
}

/// To the next whole second: AWS issues credentials in whole seconds, and those of the last one are meant too.
std::string second_of(Instant issued_before) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t seconds = (issued_before.count_nanoseconds() + kSecond - 1) / kSecond;
  return to_rfc3339(Instant::from_nanoseconds(seconds * kSecond));
}

/// One text as itself, several as a list.
json::value one_or_many(const Texts& texts) {
  if (texts.size() == 1) return json::value(json::string(*texts.begin()));
  json::array list;
  for (const auto& text : texts) list.emplace_back(json::string(text));
  return list;
}

json::object deny(json::object condition) {
  return {{"Action", "*"}, {"Condition", std::move(condition)}, {"Effect", "Deny"}, {"Resource", "*"}};
}

json::object deny_nobody() { return deny({{"StringEquals", json::object{{"identitystore:userId", kNobody}}}}); }

std::string document_of(json::array statements) {
  if (statements.empty()) statements.push_back(deny_nobody());
  return canonical_json(json::object{{"Statement", std::move(statements)}, {"Version", "2012-10-17"}});
}

std::string document_of(const Texts& statements) {
  json::array parsed;
  for (const auto& text : statements) parsed.push_back(*parse_json(text));
  return document_of(std::move(parsed));
}

}  // namespace

std::string session_end_policy(const std::vector<DeniedSessions>& denied) {
  std::map<std::pair<std::string, std::string>, Texts> people;  // by role and moment
  for (const auto& each : denied) {
    people[{second_of(each.issued_before), role_pattern(each)}].insert(each.slot.principal.str());
  }
  std::map<std::pair<std::string, Texts>, Texts> roles;  // by moment and people
  for (const auto& [role, users] : people) roles[{role.first, users}].insert(role.second);
  json::array statements;
  for (const auto& [who, patterns] : roles) {
    statements.push_back(
        deny({{"ArnLike", json::object{{"aws:PrincipalArn", one_or_many(patterns)}}},
              {"DateLessThan", json::object{{"aws:TokenIssueTime", json::value(json::string(who.first))}}},
              {"StringEquals", json::object{{"identitystore:userId", one_or_many(who.second)}}}}));
  }
  return document_of(std::move(statements));
}

std::set<std::string> statements_of(const std::string& policy) {
  std::set<std::string> texts;
  const auto document = parse_json(policy);
  const auto* statements = document && document->is_object() ? document->as_object().if_contains("Statement") : nullptr;
  if (statements == nullptr || !statements->is_array()) return texts;
  for (const auto& statement : statements->as_array()) texts.insert(canonical_json(statement));
  texts.erase(canonical_json(deny_nobody()));
  return texts;
}

std::string with_statements(const std::string& policy, const std::set<std::string>& others) {
  std::set<std::string> all = statements_of(policy);
  std::string document = document_of(all);
  for (const auto& other : others) {
    if (!all.insert(other).second) continue;
    std::string longer = document_of(all);
    if (longer.size() > kLongestPolicy) all.erase(other);
    else document = std::move(longer);
  }
  return document;
}

std::optional<std::set<access::AccountId>> not_bound(const access::Snapshot& organization, const std::string& policy) {
  if (!organization.hard_end || organization.hard_end->policy != policy) return std::nullopt;
  std::set<access::AccountId> accounts;
  const std::set<std::string> targets(organization.hard_end->targets.begin(), organization.hard_end->targets.end());
  for (const auto& account : organization.accounts) {
    const bool is_bound = targets.contains(account.id.str()) ||
                          std::any_of(account.units.begin(), account.units.end(),
                                      [&](const auto& unit) { return targets.contains(unit.str()); });
    if (!is_bound && account.id != organization.management_account) accounts.insert(account.id);
  }
  return accounts;
}

std::size_t how_many_fit(const std::vector<DeniedSessions>& denied) {
  const auto fits = [&](std::size_t count) {
    const std::vector<DeniedSessions> front(denied.begin(), denied.begin() + static_cast<std::ptrdiff_t>(count));
    return session_end_policy(front).size() <= kLongestPolicy;
  };
  std::size_t good = 0;
  std::size_t most = std::min(denied.size(), kMostTried);
  if (fits(most)) return most;
  // One more may make the policy a little shorter, where a statement is shared by it: then this finds fewer than the
  // most, never too many.
  while (good + 1 < most) {
    const std::size_t middle = (good + most) / 2;
    (fits(middle) ? good : most) = middle;
  }
  return good;
}

}  // namespace ag::control
