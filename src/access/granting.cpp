#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "access/levels.hpp"
#include "access/scene.hpp"
#include "access/under_way.hpp"

namespace ag::access {
namespace {

bool counts_for(const RecordedDecision& decision, const AccountId& account) {
  if (decision.decision != Verdict::kApprove) return false;
  return !decision.counts || std::any_of(decision.counts->begin(), decision.counts->end(),
                                         [&](const CountedStep& it) { return it.account == account; });
}

std::vector<UserId> approvers_of(const RequestState& request, const AccountId& account) {
  std::vector<UserId> approvers;
  for (const auto& decision : request.decisions) {
    if (counts_for(decision, account)) approvers.push_back(decision.by);
  }
  return approvers;
}

/// Whether those who have agreed are as many, and of those, as the policy asks for today. Where it asks for what it
/// asked when they were asked, it is enough that they could decide then. While it waits others may still agree, but no
/// more than were asked for.
bool satisfies(const Scene& scene, const RequestState& request, const RequestedAccount& account, const Wish& wish,
               const Terms& terms) {
  const auto& asked = steps_of(request.request, account);
  if (terms.steps == asked) return true;
  if (wish.occasion == Occasion::kWaiting) return approvals_needed(terms.steps) <= approvals_needed(asked);
  std::vector<Escalation> escalations;
  for (const auto& later : terms.escalations) escalations.push_back({request.submitted_at + later.after, later.any_of});
  std::vector<Step> steps;
  for (const auto& step : terms.steps) steps.push_back(escalated(step, escalations, scene.now));
  return can_satisfy(steps, scene.today(), request.request.requester, approvers_of(request, account.id));
}

std::unexpected<Error> no_longer(std::string message, std::string rule = {}, std::string fix = {}) {
  return fail({"no_longer_allowed", std::move(message), "id", std::move(rule), std::move(fix)});
}

/// The things that a request names, as they are today.
struct Found {
  const User* user = nullptr;
  const Account* account = nullptr;
  const PermissionSet* set = nullptr;
};

Result<Found> find_again(const Scene& scene, const Request& request, const RequestedAccount& asked) {
  const Found found{scene.organization().find(request.requester), scene.organization().find(asked.id),
                    scene.organization().find(request.permission_set)};
  if (found.user == nullptr || !found.user->enabled)
    return no_longer(fmt::format("{} is no longer an enabled person of the directory", request.requester_name));
  if (found.set == nullptr)
    return no_longer(fmt::format("the permission set {} no longer exists", request.permission_set_name));
  if (found.account == nullptr) return no_longer(fmt::format("the account {} no longer exists", asked.name));
  return found;
}

std::unexpected<Error> others_must_agree(const Scene& scene, const RequestState& request, const Terms& terms) {
  return no_longer(fmt::format("since this was asked the policy has come to ask for others to agree: {}",
                               who_could(terms.steps, scene.today(), request.request.requester)),
                   place_of(*terms.rule), "withdraw the request, and ask again");
}

/// What stands against this verdict, which opens it: those who agreed, and what was said when it was asked.
Result<void> check_verdict(const Scene& scene, const RequestState& request, const RequestedAccount& account,
                           const Wish& wish, const Eligibility& verdict) {
  if (!satisfies(scene, request, account, wish, *verdict.terms))
    return others_must_agree(scene, request, *verdict.terms);
  const auto words = check_words(request.request.reason, request.request.ticket, {verdict});
  if (!words) {
    Error error = words.error();
    error.fix = "withdraw the request, and ask again";
    return fail(std::move(error));
  }
  return {};
}

/// The verdict of today against which nothing stands: of the rule that was asked under, or of any.
Result<Eligibility> judge_again(const Scene& scene, const RequestState& request, const RequestedAccount& account,
                                const Wish& wish, Asker& asker) {
  std::optional<Error> refusal;
  std::vector<std::optional<std::string>> rules{account.rule};
  if (!request.request.extends) rules.emplace_back(std::nullopt);
  for (const auto& rule : rules) {
    Wish under = wish;
    under.rule = rule;
    auto verdict = request.request.extends ? asker.judge_extension(under) : asker.judge(under);
    if (!verdict) {
      refusal = verdict.error();
      continue;
    }
    const auto open = check_verdict(scene, request, account, wish, *verdict);
    if (open) return verdict;
    refusal = open.error();
  }
  return fail(std::move(*refusal));
}

/// What is still open of a request in one account; the verdict lives as long as the asker.
struct StillOpen {
  Eligibility verdict;
  Instant start;
};

Result<StillOpen> still_open(const Scene& scene, const RequestState& request, const RequestedAccount& account,
                             const Found& found, Duration duration, Occasion occasion, Asker& asker) {
  const Request& asked = request.request;
  const GrantState* extended = extended_grant(scene.state, asked, account.id);
  if (asked.extends && extended == nullptr)
    return no_longer(fmt::format("the access in {} is over: there is nothing to extend", account.name));
  const Instant start = extended != nullptr ? extended->end : std::max(scene.now, asked.start.value_or(scene.now));
  const Wish wish{*found.account, *found.set, duration, start, account.rule, occasion};
  const auto verdict = judge_again(scene, request, account, wish, asker);
  Result<void> allowed = verdict ? Result<void>() : fail(verdict.error());
  if (allowed && occasion == Occasion::kGranting)
    allowed = check_separation(scene, *found.user, *verdict, start, start + verdict->duration);
  if (allowed && extended != nullptr) allowed = check_total(*verdict, *extended, verdict->duration);
  if (allowed) return StillOpen{*verdict, start};
  Error error = allowed.error();
  if (error.code == "directory_unknown") return fail(std::move(error));
  error.code = "no_longer_allowed";
  error.field = "id";
  return fail(std::move(error));
}

}  // namespace

Duration allowed_duration(const RequestState& request, const AccountId& account) {
  Duration allowed = request.request.duration;
  for (const auto& decision : request.decisions) {
    if (counts_for(decision, account)) allowed = std::min(allowed, decision.max_duration.value_or(allowed));
  }
  return allowed;
}

Result<void> check_total(const Eligibility& verdict, const GrantState& grant, Duration more) {
  for (const Guardrail* guardrail : verdict.terms->guardrails) {
    const Duration whole = grant.end - grant.start + more;
    if (!guardrail->max || whole <= *guardrail->max) continue;
    return fail({"duration_too_long",
                 fmt::format("the access would last {} in all, and {} at most are allowed in {}", to_text(whole),
                             to_text(*guardrail->max), verdict.account->name),
                 "duration", place_of(*guardrail), "ask for new access when this has ended"});
  }
  return {};
}

const GrantState* extended_grant(const State& state, const Request& extension, const AccountId& account) {
  const RequestState* extended = extension.extends ? state.requests.find(*extension.extends) : nullptr;
  if (extended == nullptr) return nullptr;
  for (const auto& id : extended->grants) {
    const GrantState& grant = *state.grants.find(id);
    const bool is_live = grant.status == Status::kGranting || grant.status == Status::kActive;
    if (grant.slot.account == account && is_live) return &grant;
  }
  return nullptr;
}

Result<Duration> check_still_open(const Scene& scene, const RequestState& request, const RequestedAccount& account,
                                  Duration duration, Occasion occasion) {
  const auto found = find_again(scene, request.request, account);
  if (!found) return fail(found.error());
  Asker asker(scene.index, *found->user);
  const auto open = still_open(scene, request, account, *found, duration, occasion, asker);
  if (!open) return fail(open.error());
  return open->verdict.duration;
}

Result<void> check_live_grants(const Scene& scene, const User& user, std::size_t more) {
  const std::size_t live = under_way(scene.state, scene.organization(), user).live_grants;
  const auto allowed = static_cast<std::size_t>(scene.policy().limits.live_grants);
  if (live + more <= allowed) return {};
  return fail({"too_many",
               fmt::format("{} holds access {} times, this would add {}, and {} are allowed", user.user_name, live,
                           more, allowed),
               "accounts", "", "some must end first: `accessguard access ls` lists it"});
}

Outlook outlook(const State& state, const PolicyIndex& index, const RequestState& request,
                const RequestedAccount& account, const UserId& decider, Instant now) {
  const Caller nobody{};
  const Scene scene{state, index, nobody, now};
  const auto found = find_again(scene, request.request, account);
  if (!found) return {{}, {}, found.error().message, {}};
  RequestState after = request;
  const auto would_be_complete = [&](const RequestedAccount* each) {
    return current_step(after, *each) == steps_of(request.request, *each).size();
  };
  const auto waiting = waiting_for(request, scene.today(), decider);
  for (const RequestedAccount* each : waiting) {
    const auto step = static_cast<std::int64_t>(current_step(request, *each));
    after.decisions.push_back({decider, "", Verdict::kApprove, step, {}, {}, now, {{{each->id, step}}}});
  }
  const bool is_complete = would_be_complete(&account);
  if (is_waiting(request, account) && is_complete && !request.request.extends) {
    const auto more = std::count_if(waiting.begin(), waiting.end(), would_be_complete);
    const auto within = check_live_grants(scene, *found->user, static_cast<std::size_t>(more));
    if (!within) return {{}, {}, within.error().message, {}};
  }
  Asker asker(index, *found->user);
  const auto open = still_open(scene, after, account, *found, allowed_duration(request, account.id),
                               is_complete ? Occasion::kGranting : Occasion::kWaiting, asker);
  if (!open) return {{}, {}, open.error().message, {}};
  Outlook told{place_of(*open->verdict.terms->rule), {}, {}, open->start + open->verdict.duration};
  for (const Guardrail* guardrail : open->verdict.terms->guardrails) told.guardrails.push_back(place_of(*guardrail));
  return told;
}

Result<std::vector<Event>> grant(const Scene& scene, const RequestState& request,
                                 const std::vector<const RequestedAccount*>& accounts) {
  const Request& asked = request.request;
  const Instant start = std::max(scene.now, asked.start.value_or(scene.now));
  const std::string_view ulid = std::string_view(asked.id.str()).substr(std::string_view("req_").size());
  std::map<Instant, RequestApproved> approved;  // by their end: a window may close earlier for some
  GrantsExtended extended{asked.id, {}};
  const User* requester = scene.organization().find(asked.requester);
  if (requester != nullptr && !asked.extends) {
    if (auto within = check_live_grants(scene, *requester, accounts.size()); !within)
      return no_longer(within.error().message, {}, within.error().fix);
  }
  for (const RequestedAccount* account : accounts) {
    const auto duration =
        check_still_open(scene, request, *account, allowed_duration(request, account->id), Occasion::kGranting);
    if (!duration) return fail(duration.error());
    if (asked.extends) {
      const GrantState& longer = *extended_grant(scene.state, asked, account->id);
      extended.grants.push_back({longer.id, longer.end + *duration});
      continue;
    }
    const Instant end = to_milliseconds(start + *duration);
    auto& of_end = approved.try_emplace(end, RequestApproved{asked.id, start, end, {}}).first->second;
    const auto number = account - asked.accounts.data() + 1;
    of_end.grants.push_back(
        {GrantId(fmt::format("grt_{}_{}", ulid, number)), {account->id, asked.permission_set, asked.requester}});
  }
  std::vector<Event> events;
  for (auto& [end, event] : approved) events.emplace_back(std::move(event));
  if (!extended.grants.empty()) events.emplace_back(std::move(extended));
  return events;
}

Event start_of(const Scene& scene, const GrantState& grant) {
  const RequestState& request = *scene.state.requests.find(grant.request);
  const auto& accounts = request.request.accounts;
  const auto account =
      std::find_if(accounts.begin(), accounts.end(), [&](const auto& it) { return it.id == grant.slot.account; });
  const Duration duration = grant.end - std::max(grant.start, scene.now);
  const auto open = check_still_open(scene, request, *account, duration, Occasion::kGranting);
  if (!open) return GrantEnding{grant.id, EndCause::kPolicy, open.error().message};
  if (*open < duration)
    return GrantEnding{grant.id, EndCause::kPolicy, "the window in which it was to be closes before it ends"};
  return GrantStarted{grant.id};
}

}  // namespace ag::access
