#include <fmt/format.h>

#include <algorithm>

#include "access/eligibility.hpp"
#include "access/policy_plan.hpp"
#include "access/policy_plan_approvals.hpp"
#include "access/scene.hpp"
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

constexpr std::string_view kAskAgain = "it cannot be granted any more; it has to be asked again";

std::string refusal(const Error& error) {
  return error.rule.empty() ? error.message : fmt::format("{}; {}", error.message, error.rule);
}

/// What it would have to say, and does not; nothing when it does.
std::string missing_words(const Request& request, const Terms& terms) {
  std::vector<std::string> more;
  const auto reason = decode_utf8(request.reason);
  if (reason && reason->size() < terms.reason_min)
    more.push_back(fmt::format("the reason must have {} characters", terms.reason_min));
  for (const auto& pattern : terms.ticket_patterns) {
    if (!request.ticket || !fits_ticket(*request.ticket, pattern))
      more.push_back(fmt::format("a ticket like {} is needed", pattern));
  }
  return more.empty() ? "" : fmt::format("{}: {}; {}", place_of(*terms.rule), fmt::join(more, "; "), kAskAgain);
}

std::string others_must_agree(const Request& request, const RequestedAccount& account, const Terms& terms,
                              std::string_view outcome) {
  const int then = approvals_needed(steps_of(request, account));
  const int now = approvals_needed(terms.steps);
  std::vector<std::string> steps;
  for (const auto& step : terms.steps) steps.push_back(fmt::format("{} of {}", step.need, names_of(step.any_of)));
  return fmt::format("{}: {} ({}); {}", place_of(*terms.rule),
                     now > then ? fmt::format("{} must agree, not {}", now, then) : "others must agree",
                     fmt::join(steps, ", then "), outcome);
}

/// The verdicts that are tried when it is granted: of the rule that it was asked under first, then of any.
std::vector<Result<Eligibility>> verdicts(Asker& asker, const Request& request, const Wish& wish) {
  if (request.extends) return {asker.judge_extension(wish)};
  Wish any = wish;
  any.rule.reset();
  return {asker.judge(wish), asker.judge(any)};
}

/// More time begins when what is there ends.
Instant beginning_of(const State& state, const Request& request, const AccountId& account, Instant now) {
  const RequestState* extended = request.extends ? state.requests.find(*request.extends) : nullptr;
  Instant start = std::max(now, request.start.value_or(now));
  for (const auto& id : extended == nullptr ? std::vector<GrantId>{} : extended->grants) {
    const GrantState* grant = state.grants.find(id);
    if (grant != nullptr && grant->slot.account == account) start = std::max(start, grant->end);
  }
  return start;
}

/// How a pending request fares with these verdicts; nothing when as before.
std::optional<Touched> met_differently(const PolicyIndex& after, const RequestState& waiting,
                                       const RequestedAccount& account,
                                       const std::vector<Result<Eligibility>>& verdicts) {
  const Request& request = waiting.request;
  std::string sometimes;
  std::string never;
  for (const auto& verdict : verdicts) {
    if (!verdict) continue;
    const Terms& terms = *verdict->terms;
    auto words = missing_words(request, terms);
    if (!words.empty()) {
      if (never.empty()) never = std::move(words);
      continue;
    }
    const auto widest = widest_steps(terms);
    switch (enough(waiting, account, {terms.steps, widest}, after)) {
      case Enough::kAlways: return std::nullopt;
      case Enough::kSometimes:
        if (sometimes.empty())
          sometimes = others_must_agree(request, account, terms, "it is granted only if those who agree are these too");
        break;
      case Enough::kNever:
        if (never.empty()) never = others_must_agree(request, account, terms, kAskAgain);
        break;
    }
  }
  if (!sometimes.empty()) return touched_of(TouchKind::kAsksMore, request, account, std::move(sometimes));
  if (never.empty()) never = refusal(verdicts.front().error());
  return touched_of(TouchKind::kRefused, request, account, std::move(never));
}

void look_at_pending(const PolicyIndex& after, const State& state, const RequestState& waiting, Instant now,
                     std::vector<Touched>& all) {
  const Request& request = waiting.request;
  for (const auto& account : request.accounts) {
    if (!is_waiting(waiting, account)) continue;
    const Thing thing = find(after.organization(), request.requester, account.id, request.permission_set);
    if (!thing.is_known()) continue;  // no policy's doing
    Asker asker(after, *thing.user);
    const Instant start = beginning_of(state, request, account.id, now);
    const auto tried = verdicts(
        asker, request, {*thing.account, *thing.set, request.duration, start, account.rule, Occasion::kWaiting});
    if (auto it = met_differently(after, waiting, account, tried)) all.push_back(std::move(*it));
  }
}

const RequestedAccount* account_of(const Request& request, const AccountId& id) {
  const auto it = std::find_if(request.accounts.begin(), request.accounts.end(),
                               [&](const RequestedAccount& account) { return account.id == id; });
  return it == request.accounts.end() ? nullptr : &*it;
}

/// Why the new policy would not open what is held; nothing when it would. Of what has begun, windows, lengths and who
/// had to agree were a matter of the beginning.
std::optional<std::string> not_open(const PolicyIndex& after, const Thing& thing, const Request& request,
                                    const RequestedAccount& account, const GrantState& grant, Instant now) {
  Asker asker(after, *thing.user);
  const Instant start = std::max(now, grant.start);
  const auto tried = verdicts(asker, request,
                              {*thing.account, *thing.set, grant.end - start, start, account.rule, Occasion::kWaiting});
  if (std::any_of(tried.begin(), tried.end(), [](const auto& verdict) { return verdict.has_value(); }))
    return std::nullopt;
  const Error& error = tried.front().error();
  const bool is_of_beginning =
      error.code == "duration_too_short" || error.code == "duration_too_long" || error.code == "outside_window";
  if (is_of_beginning) return std::nullopt;
  return refusal(error);
}

/// What would end a scheduled grant when its time has come: the very same is asked then.
std::optional<std::string> not_begun(const PolicyIndex& after, const State& state, const GrantState& grant,
                                     Instant now) {
  const Caller nobody;
  const Event begun = start_of(Scene{state, after, nobody, std::max(now, grant.start)}, grant);
  const auto* ending = std::get_if<GrantEnding>(&begun);
  if (ending == nullptr) return std::nullopt;
  return fmt::format("it would not begin: {}", ending->reason.value_or(""));
}

void look_at_grant(const PolicyIndex& after, const State& state, const GrantState& grant, Instant now,
                   std::vector<Touched>& all) {
  const RequestState* request = state.requests.find(grant.request);
  if (request == nullptr || request->request.break_glass) return;
  const RequestedAccount* account = account_of(request->request, grant.slot.account);
  const Thing thing = find(after.organization(), grant.slot.principal, grant.slot.account, grant.slot.permission_set);
  if (account == nullptr || !thing.is_known()) return;
  const bool is_scheduled = status_of(grant, now) == Status::kScheduled;
  auto why = is_scheduled ? not_begun(after, state, grant, now)
                          : not_open(after, thing, request->request, *account, grant, now);
  if (!why) return;
  if (!is_scheduled) *why += fmt::format("; it goes on until {}", to_rfc3339(grant.end));
  auto it = touched_of(is_scheduled ? TouchKind::kNotBegun : TouchKind::kNotOpened, request->request, *account,
                       std::move(*why));
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
