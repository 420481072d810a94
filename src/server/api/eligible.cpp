#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "access/eligibility.hpp"
#include "access/glass.hpp"
#include "access/levels.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/query.hpp"
#include "server/api/terms_view.hpp"

/// What a person may ask for.
namespace ag::server {
namespace {

using access::Asker;
using access::Eligibility;

constexpr std::size_t kNamesSaid = 10;  ///< of what break-glass opens; the plan says as many

/// `ProdAdmin, Deploy*, of level high or critical, but not Billing`.
std::string words(const access::Sets& sets) {
  std::vector<std::string> parts = sets.names;
  std::vector<std::string_view> levels;
  for (const auto level : sets.levels) levels.push_back(name_of(level));
  if (!levels.empty()) parts.push_back(fmt::format("of level {}", fmt::join(levels, " or ")));
  if (!sets.except.empty()) parts.push_back(fmt::format("but not {}", fmt::join(sets.except, ", ")));
  return parts.empty() ? "any other" : fmt::format("{}", fmt::join(parts, ", "));
}

/// What nobody may hold beside it, by guardrail.
json::array apart_view(const access::Terms& terms, const access::PermissionSet& set) {
  json::array views;
  for (const auto* guardrail : terms.guardrails) {
    if (!guardrail->never_with) continue;
    const auto say = [&](const access::Sets& other) {
      views.push_back(json::object{{"guardrail", guardrail->id}, {"permission_sets", words(other)}});
    };
    if (access::contains(guardrail->what, set, terms.level)) say(*guardrail->never_with);
    if (access::contains(*guardrail->never_with, set, terms.level)) say(guardrail->what);
  }
  return views;
}

json::object eligible_view(const Eligibility& it, const access::Policy& policy) {
  const access::Terms& terms = *it.terms;
  json::array guardrails;
  for (const auto* guardrail : terms.guardrails) guardrails.push_back(json::string(guardrail->id));
  json::array approvals;
  for (const auto& step : terms.steps) approvals.push_back(step_view(step));
  return {
      {"account", json::object{{"id", it.account->id.str()}, {"name", it.account->name}, {"path", it.account->path}}},
      {"permission_set", json::object{{"arn", it.permission_set->arn.str()},
                                      {"name", it.permission_set->name},
                                      {"description", it.permission_set->description}}},
      {"level", name_of(terms.level)},
      {"rule", terms.rule->id},
      {"guardrails", std::move(guardrails)},
      {"min_seconds", terms.min.count_seconds()},
      {"max_seconds", terms.max.count_seconds()},
      {"reason_min", static_cast<std::int64_t>(terms.reason_min)},
      {"ticket_patterns", json::value_from(terms.ticket_patterns)},
      {"during", during_view(terms, policy)},
      {"never_with", apart_view(terms, *it.permission_set)},
      {"approvals", std::move(approvals)},
      {"escalations", escalations_view(terms)},
      {"lapse_seconds", terms.lapse.count_seconds()},
      {"extend", extend_view(terms)},
      {"whole_max_seconds", whole_view(terms)}};
}

/// The cursor: `<account>.<permission set>`, positions in the order of names.
Result<Asker::Place> place_of(const Parameters& parameters) {
  const std::string text = parameters.get("cursor").value_or("0.0");
  Asker::Place place;
  const char* const end = text.data() + text.size();
  const auto account = std::from_chars(text.data(), end, place.account);
  if (account.ec == std::errc{} && account.ptr != end && *account.ptr == '.') {
    const auto set = std::from_chars(account.ptr + 1, end, place.permission_set);
    if (set.ec == std::errc{} && set.ptr == end) return place;
  }
  return fail("invalid_value", "\"cursor\" must be the next of the page before, unchanged", "cursor");
}

/// Where the question is about one account or one permission set only that row or column is looked at.
Asker::Stretch narrowed(Asker& asker, const access::PolicyIndex& index, const Narrowing& narrowing, Asker::Place from,
                        std::size_t limit, Instant at) {
  Asker::Stretch stretch;
  const auto& accounts = index.accounts();
  const auto& sets = index.permission_sets();
  for (std::size_t a = from.account; a < accounts.size(); ++a) {
    if (narrowing.account && accounts[a]->id != *narrowing.account) continue;
    for (std::size_t s = a == from.account ? from.permission_set : 0; s < sets.size(); ++s) {
      if (narrowing.permission_set && sets[s]->arn != *narrowing.permission_set) continue;
      const access::Terms* terms = asker.verdict(*accounts[a], *sets[s], at);
      if (terms == nullptr) continue;
      if (stretch.items.size() == limit) {
        stretch.next = Asker::Place{a, s};
        return stretch;
      }
      stretch.items.push_back({accounts[a], sets[s], terms, {}});
    }
  }
  return stretch;
}

template <class Thing>
json::object some_view(const std::vector<const Thing*>& things) {
  json::array names;
  for (std::size_t i = 0; i < std::min(things.size(), kNamesSaid); ++i) names.push_back(json::string(things[i]->name));
  return {{"count", static_cast<std::int64_t>(things.size())}, {"names", std::move(names)}};
}

/// What break-glass opens to the person beside the rules; null when nothing.
json::value glass_view(const access::PolicyIndex& index, const access::User& user, const Narrowing& narrowing,
                       Instant at) {
  const auto& organization = index.organization();
  const access::Glass::Within within{narrowing.account ? organization.find(*narrowing.account) : nullptr,
                                     narrowing.permission_set ? organization.find(*narrowing.permission_set) : nullptr};
  const auto reach = access::Glass(index).reach(user, within, at);
  if (!reach) return nullptr;
  return json::object{{"line", reach->line},
                      {"max_seconds", reach->max.count_seconds()},
                      {"review_within_seconds", reach->review_within.count_seconds()},
                      {"accounts", some_view(reach->accounts)},
                      {"permission_sets", some_view(reach->permission_sets)}};
}

}  // namespace

Result<Answer> Api::get_eligible(const ApiCall& call) {
  if (auto known = call.parameters.only({"account", "permission_set", "limit", "cursor"}); !known)
    return fail(known.error());
  const auto limit = call.parameters.number("limit", 50, 1, 200);
  if (!limit) return fail(limit.error());
  const auto from = place_of(call.parameters);
  if (!from) return fail(from.error());
  const auto index = parts_.read_model.index();
  const auto narrowing = narrowing_of(call.parameters, index->organization());
  if (!narrowing) return fail(narrowing.error());
  json::array items;
  json::value next(nullptr);
  json::value glass(nullptr);
  if (const access::User* user = index->organization().find(call.caller.user)) {
    Asker asker(*index, *user);
    const auto most = static_cast<std::size_t>(*limit);
    const bool is_narrow = narrowing->account || narrowing->permission_set;
    const auto stretch =
        is_narrow ? narrowed(asker, *index, *narrowing, *from, most, call.now) : asker.some(call.now, *from, most);
    for (const auto& it : stretch.items) items.push_back(eligible_view(it, index->policy()));
    if (stretch.next) next = json::string(fmt::format("{}.{}", stretch.next->account, stretch.next->permission_set));
    glass = glass_view(*index, *user, *narrowing, call.now);
  }
  return json_answer(
      json::object{{"items", std::move(items)}, {"next", std::move(next)}, {"break_glass", std::move(glass)}});
}

}  // namespace ag::server
