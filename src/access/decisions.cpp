#include <fmt/format.h>

#include <algorithm>

#include "access/scene.hpp"

/// Somebody else agrees, or does not; or the requester thinks better of it.
namespace ag::access {
namespace {

/// An account that waits, the step it waits in, and whom that step takes now.
struct Waiting {
  const RequestedAccount* account = nullptr;
  std::size_t step = 0;
  Step open;
};

std::vector<Waiting> waiting_accounts(const RequestState& request, Instant now) {
  std::vector<Waiting> waiting;
  for (const auto& account : request.request.accounts) {
    if (!is_waiting(request, account)) continue;
    const auto& steps = steps_of(request.request, account);
    const std::size_t step = current_step(request, account);
    if (step == steps.size()) continue;
    waiting.push_back({&account, step, escalated(steps[step], escalations_of(request.request, account), now)});
  }
  return waiting;
}

bool has_agreed(const RequestState& request, const RequestedAccount& account, const Today& today,
                const UserId& person) {
  return std::any_of(request.decisions.begin(), request.decisions.end(), [&](const RecordedDecision& decision) {
    const bool is_about =
        !decision.counts || std::any_of(decision.counts->begin(), decision.counts->end(),
                                        [&](const CountedStep& it) { return it.account == account.id; });
    return is_about && is_same_person(today.index.organization(), decision.by, person);
  });
}

/// Those of the waiting accounts that the caller may decide about now.
Result<std::vector<Waiting>> decidable(const Scene& scene, const RequestState& request) {
  const auto waiting = waiting_accounts(request, scene.now);
  std::vector<Waiting> own;
  bool any_agreed = false;
  for (const auto& it : waiting) {
    if (!is_candidate(it.open, scene.today(), request.request.requester, scene.caller.user)) continue;
    if (has_agreed(request, *it.account, scene.today(), scene.caller.user)) any_agreed = true;
    else own.push_back(it);
  }
  if (!own.empty()) return own;
  const bool has_decided = std::any_of(request.decisions.begin(), request.decisions.end(), [&](const auto& decision) {
    return is_same_person(scene.organization(), decision.by, scene.caller.user);
  });
  if (any_agreed || has_decided)
    return fail("already_decided", "you have decided this request already; a person counts once", "id");
  return fail("not_approver",
              fmt::format("{} may not decide this now; {} may", scene.caller.user_name,
                          waiting.empty() ? "nobody" : names_of(waiting.front().open.any_of)),
              "id");
}

Result<void> check_not_own(const Scene& scene, const RequestState& request) {
  if (!is_same_person(scene.organization(), scene.caller.user, request.request.requester)) return {};
  return fail({"self_approval", "you asked for this yourself; somebody else must decide", "id", "",
               "a requester can withdraw the request instead"});
}

/// Those of the accounts that the approver names; all of them where none is named.
Result<std::vector<Waiting>> kept(const std::vector<Waiting>& own, const Decide& command) {
  if (!command.accounts) return own;
  std::vector<Waiting> kept;
  for (std::size_t i = 0; i < command.accounts->size(); ++i) {
    const std::string& name = (*command.accounts)[i];
    const auto it = std::find_if(own.begin(), own.end(), [&](const Waiting& waiting) {
      return waiting.account->id.str() == name || waiting.account->name == name;
    });
    if (it == own.end()) {
      std::vector<std::string> names;
      for (const auto& waiting : own) names.push_back(waiting.account->name);
      return fail({"unknown_account",
                   fmt::format("\"{}\" is not an account of this request that waits for you", excerpt(name)),
                   fmt::format("accounts[{}]", i), "", fmt::format("they are: {}", fmt::join(names, ", "))});
    }
    const auto is_it = [&](const Waiting& other) { return other.account == it->account; };
    if (std::none_of(kept.begin(), kept.end(), is_it)) kept.push_back(*it);
  }
  if (!kept.empty()) return kept;
  return fail({"missing_field", "\"accounts\" names none of the accounts", "accounts", "",
               "deny the request if none of them is to be granted"});
}

Result<std::optional<std::string>> check_comment(const Decide& decision) {
  const bool needed = decision.decision == Verdict::kDeny;
  if (!decision.comment && !needed) return std::nullopt;
  auto comment = one_line(decision.comment.value_or(""), {needed ? 1U : 0U, kLongestComment}, "comment");
  if (!comment) return fail(comment.error());
  return comment->empty() ? std::nullopt : std::optional(std::move(*comment));
}

Result<void> check_pending(const Scene& scene, const RequestState& request) {
  if (request.decided != Status::kPending) return not_pending(request, scene);
  // Its lapse may not be on the ledger yet: a bounded number of things falls due at once.
  if (scene.now < request.request.lapses_at) return {};
  return fail("not_pending",
              fmt::format("{} has lapsed: nobody decided by {}", request.request.id.str(),
                          to_rfc3339(request.request.lapses_at)),
              "id");
}

Result<void> check_seen(const Decide& command, const RequestState& request) {
  if (command.version != request.version) {
    return fail({"stale_version",
                 "the request is not the version that you saw; an approval counts only for exactly that", "version", "",
                 "look at it again, then decide"});
  }
  const Duration asked = request.request.duration;
  if (!command.max_duration || (*command.max_duration >= Duration::seconds(1) && *command.max_duration <= asked))
    return {};
  return fail(
      "invalid_duration",
      fmt::format(
          "\"max_duration\" must lie between 1s and the {} that were asked; an approver may shorten, never widen",
          to_text(asked)),
      "max_duration");
}

/// A decision about the whole of a request whose accounts wait in one step says no more than the step.
void add_counts(RequestDecided& decided, const RequestState& request, const std::vector<Waiting>& own,
                const std::vector<Waiting>& agreed) {
  std::vector<AccountId> dropped;
  for (const auto& it : own) {
    const auto is_it = [&](const Waiting& other) { return other.account == it.account; };
    if (std::none_of(agreed.begin(), agreed.end(), is_it)) dropped.push_back(it.account->id);
  }
  if (!dropped.empty()) decided.dropped = std::move(dropped);
  const bool is_plain =
      agreed.size() == request.request.accounts.size() &&
      std::all_of(agreed.begin(), agreed.end(), [&](const Waiting& it) { return it.step == agreed.front().step; });
  decided.step = static_cast<std::int64_t>(agreed.front().step);
  if (is_plain) return;
  decided.counts.emplace();
  for (const auto& it : agreed) decided.counts->push_back({it.account->id, static_cast<std::int64_t>(it.step)});
}

/// The accounts that this decision completes.
std::vector<const RequestedAccount*> completed(const RequestState& after, const std::vector<Waiting>& agreed) {
  std::vector<const RequestedAccount*> complete;
  for (const auto& it : agreed) {
    // The same account in the state as it would be.
    const auto& accounts = after.request.accounts;
    const auto same =
        std::find_if(accounts.begin(), accounts.end(), [&](const auto& a) { return a.id == it.account->id; });
    if (current_step(after, *same) == steps_of(after.request, *same).size()) complete.push_back(&*same);
  }
  return complete;
}

Result<Outcome> denied(const Scene& scene, const Decide& command, const RequestState& request) {
  const auto step = may_deny(request, scene.today(), scene.caller.user);
  if (!step) return fail("not_approver", fmt::format("{} may not decide this", scene.caller.user_name), "id");
  if (auto seen = check_seen(command, request); !seen) return fail(seen.error());
  auto comment = check_comment(command);
  if (!comment) return fail(comment.error());
  RequestDecided decided{.request = command.request,
                         .version = command.version,
                         .decision = Verdict::kDeny,
                         .by = scene.caller.user,
                         .by_name = scene.caller.user_name,
                         .step = static_cast<std::int64_t>(*step),
                         .comment = std::move(*comment),
                         .max_duration = command.max_duration};
  return Outcome{{std::move(decided)}, command.request};
}

}  // namespace

std::vector<const RequestedAccount*> waiting_for(const RequestState& request, const Today& today,
                                                 const UserId& person) {
  std::vector<const RequestedAccount*> accounts;
  for (const auto& it : waiting_accounts(request, *today.now)) {
    if (is_candidate(it.open, today, request.request.requester, person) &&
        !has_agreed(request, *it.account, today, person))
      accounts.push_back(it.account);
  }
  return accounts;
}

std::optional<std::size_t> may_deny(const RequestState& request, const Today& today, const UserId& person) {
  for (const auto& account : request.request.accounts) {
    const auto& steps = steps_of(request.request, account);
    for (std::size_t i = 0; i < steps.size() && is_waiting(request, account); ++i) {
      const Step wide = escalated(steps[i], escalations_of(request.request, account), today.now);
      if (is_candidate(wide, today, request.request.requester, person)) return i;
    }
  }
  return std::nullopt;
}

bool is_approver(const RequestState& request, const Today& today, const UserId& person) {
  for (const auto& account : request.request.accounts) {
    for (const auto& step : steps_of(request.request, account)) {
      const Step wide = escalated(step, escalations_of(request.request, account), {});
      if (is_candidate(wide, {today.index, {}}, request.request.requester, person)) return true;
    }
  }
  return false;
}

Result<Outcome> on(const Scene& scene, const Decide& command) {
  const auto found = find_request(scene, command.request);
  if (!found) return fail(found.error());
  const RequestState& request = **found;
  if (auto pending = check_pending(scene, request); !pending) return fail(pending.error());
  if (auto others = check_not_own(scene, request); !others) return fail(others.error());
  if (command.decision == Verdict::kDeny) return denied(scene, command, request);
  const auto own = decidable(scene, request);
  if (!own) return fail(own.error());
  if (auto seen = check_seen(command, request); !seen) return fail(seen.error());
  auto comment = check_comment(command);
  if (!comment) return fail(comment.error());

  RequestDecided decided{.request = command.request,
                         .version = command.version,
                         .decision = command.decision,
                         .by = scene.caller.user,
                         .by_name = scene.caller.user_name,
                         .step = static_cast<std::int64_t>(own->front().step),
                         .comment = std::move(*comment),
                         .max_duration = command.max_duration};

  const auto agreed = kept(*own, command);
  if (!agreed) return fail(agreed.error());
  add_counts(decided, request, *own, *agreed);
  RequestState after = request;
  after.decisions.push_back({decided.by,
                             decided.by_name,
                             Verdict::kApprove,
                             decided.step,
                             {},
                             decided.max_duration,
                             scene.now,
                             decided.counts});
  const auto complete = completed(after, *agreed);
  for (const auto& it : *agreed) {
    const auto is_it = [&](const RequestedAccount* other) { return other->id == it.account->id; };
    if (std::any_of(complete.begin(), complete.end(), is_it)) continue;  // grant() looks at it more closely
    const auto open = check_still_open(scene, after, *it.account, request.request.duration, Occasion::kWaiting);
    if (!open) return fail(open.error());
  }
  auto granted = grant(scene, after, complete);
  if (!granted) return fail(granted.error());
  Outcome outcome{{std::move(decided)}, command.request};
  std::move(granted->begin(), granted->end(), std::back_inserter(outcome.events));
  return outcome;
}

Result<Outcome> on(const Scene& scene, const Withdraw& command) {
  const auto request = find_request(scene, command.request);
  if (!request) return fail(request.error());
  if (scene.caller.user != (*request)->request.requester) {
    return fail("not_requester", "only the requester can withdraw a request; an approver can deny it", "id");
  }
  if ((*request)->decided != Status::kPending) return not_pending(**request, scene);
  return Outcome{{RequestWithdrawn{command.request}}, command.request};
}

}  // namespace ag::access
