#include <fmt/format.h>

#include <algorithm>

#include "access/eligibility.hpp"
#include "access/policy_plan.hpp"
#include "access/ticket_pattern.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

/// What is asked, or held, as the organization is today.
struct Thing {
  const User* user = nullptr;
  const Account* account = nullptr;
  const PermissionSet* set = nullptr;
  [[nodiscard]] bool is_known() const { return user != nullptr && account != nullptr && set != nullptr; }
};

Thing find(const Organization& organization, const UserId& user, const AccountId& account,
           const PermissionSetArn& set) {
  return {organization.find(user), organization.find(account), organization.find(set)};
}

Touched touched_of(TouchKind kind, const Request& request, const RequestedAccount& account, std::string why) {
  return {kind, request.id, {}, request.requester_name, request.permission_set_name, account.name, std::move(why)};
}

std::string refusal(const Error& error) {
  return error.rule.empty() ? error.message : fmt::format("{}; {}", error.message, error.rule);
}

/// Words and people that the new terms ask for, and that the request does not have.
std::string more_asked(const Request& request, const RequestedAccount& account, const Terms& terms) {
  std::vector<std::string> more;
  const auto& steps = steps_of(request, account);
  const int then = approvals_needed(steps);
  const int now = approvals_needed(terms.steps);
  if (now > then) more.push_back(fmt::format("{} must agree, not {}", now, then));
  else if (terms.steps != steps && now > 0) more.emplace_back("others must agree");
  const auto reason = decode_utf8(request.reason);
  if (reason && reason->size() < terms.reason_min)
    more.push_back(fmt::format("the reason must have {} characters", terms.reason_min));
  for (const auto& pattern : terms.ticket_patterns) {
    if (!request.ticket || !fits_ticket(*request.ticket, pattern))
      more.push_back(fmt::format("a ticket like {} is needed", pattern));
  }
  return more.empty() ? "" : fmt::format("{}: {}", place_of(*terms.rule), fmt::join(more, "; "));
}

/// The same rule is tried first, as when it is granted; then any.
Result<Eligibility> judged(Asker& asker, const Request& request, const Wish& wish) {
  if (request.extends) return asker.judge_extension(wish);
  auto verdict = asker.judge(wish);
  if (verdict) return verdict;
  Wish any = wish;
  any.rule.reset();
  auto other = asker.judge(any);
  return other ? other : verdict;
}

/// More time begins when what is there ends.
Instant start_of(const State& state, const Request& request, const AccountId& account, Instant now) {
  const RequestState* extended = request.extends ? state.requests.find(*request.extends) : nullptr;
  Instant start = std::max(now, request.start.value_or(now));
  for (const auto& id : extended == nullptr ? std::vector<GrantId>{} : extended->grants) {
    const GrantState* grant = state.grants.find(id);
    if (grant != nullptr && grant->slot.account == account) start = std::max(start, grant->end);
  }
  return start;
}

void look_at_pending(const PolicyIndex& after, const State& state, const RequestState& waiting, Instant now,
                     std::vector<Touched>& all) {
  const Request& request = waiting.request;
  for (const auto& account : request.accounts) {
    if (!is_waiting(waiting, account)) continue;
    const Thing thing = find(after.organization(), request.requester, account.id, request.permission_set);
    if (!thing.is_known()) continue;  // no policy's doing
    Asker asker(after, *thing.user);
    const Instant start = start_of(state, request, account.id, now);
    const auto verdict =
        judged(asker, request, {*thing.account, *thing.set, request.duration, start, account.rule, Occasion::kWaiting});
    if (!verdict) {
      all.push_back(touched_of(TouchKind::kRefused, request, account, refusal(verdict.error())));
      continue;
    }
    auto more = more_asked(request, account, *verdict->terms);
    if (!more.empty()) all.push_back(touched_of(TouchKind::kAsksMore, request, account, std::move(more)));
  }
}

const RequestedAccount* account_of(const Request& request, const AccountId& id) {
  const auto it = std::find_if(request.accounts.begin(), request.accounts.end(),
                               [&](const RequestedAccount& account) { return account.id == id; });
  return it == request.accounts.end() ? nullptr : &*it;
}

/// Why the new policy would not open what is held, or is to be held; nothing when it would.
std::optional<std::string> not_open(const PolicyIndex& after, const Thing& thing, const Request& request,
                                    const RequestedAccount& account, const GrantState& grant, Instant now) {
  Asker asker(after, *thing.user);
  const Instant start = std::max(now, grant.start);
  const bool is_scheduled = status_of(grant, now) == Status::kScheduled;
  // Of what has begun, windows and lengths were a matter of the beginning.
  const Occasion occasion = is_scheduled ? Occasion::kGranting : Occasion::kWaiting;
  const Wish wish{*thing.account, *thing.set, grant.end - start, start, account.rule, occasion};
  const auto verdict = judged(asker, request, wish);
  if (verdict) return std::nullopt;
  const auto& code = verdict.error().code;
  const bool is_of_beginning = code == "duration_too_short" || code == "duration_too_long" || code == "outside_window";
  if (!is_scheduled && is_of_beginning) return std::nullopt;
  return refusal(verdict.error());
}

void look_at_grant(const PolicyIndex& after, const State& state, const GrantState& grant, Instant now,
                   std::vector<Touched>& all) {
  const RequestState* request = state.requests.find(grant.request);
  if (request == nullptr || request->request.break_glass) return;
  const RequestedAccount* account = account_of(request->request, grant.slot.account);
  const Thing thing = find(after.organization(), grant.slot.principal, grant.slot.account, grant.slot.permission_set);
  if (account == nullptr || !thing.is_known()) return;
  const auto why = not_open(after, thing, request->request, *account, grant, now);
  if (!why) return;
  const bool is_scheduled = status_of(grant, now) == Status::kScheduled;
  auto it = touched_of(is_scheduled ? TouchKind::kNotBegun : TouchKind::kNotOpened, request->request, *account,
                       is_scheduled ? fmt::format("it would not begin: {}", *why)
                                    : fmt::format("{}; it goes on until {}", *why, to_rfc3339(grant.end)));
  it.grant = grant.id;
  all.push_back(std::move(it));
}

}  // namespace

std::vector<Touched> touched(const PolicyIndex& after, const State& state, Instant now) {
  std::vector<Touched> all;
  for (const auto& [user, holdings] : state.holdings) {
    for (const auto& id : holdings.open) {
      const RequestState* request = state.requests.find(id);
      if (request != nullptr && request->decided == Status::kPending) look_at_pending(after, state, *request, now, all);
    }
    for (const auto& id : holdings.live) {
      const GrantState* grant = state.grants.find(id);
      const bool is_over = grant == nullptr || grant->status == Status::kEnding || is_final(grant->status);
      if (!is_over) look_at_grant(after, state, *grant, now, all);
    }
  }
  return all;
}

}  // namespace ag::access
