#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "access/levels.hpp"
#include "access/preview.hpp"
#include "access/scene.hpp"
#include "access/under_way.hpp"

/// A person asks for access, or for more time with what is there.
namespace ag::access {
namespace {

/// What a wish meets before its reason, its ticket and the limits are looked at.
struct Considered {
  const User* user = nullptr;
  const PermissionSet* set = nullptr;
  std::vector<const Account*> accounts;  ///< those that are known, each once
  Instant start;
  std::shared_ptr<Asker> asker;       ///< the terms live in it
  std::vector<Eligibility> verdicts;  ///< of the accounts that are open
  std::vector<Refusal> refusals;      ///< all of them; asking says the first

  void refuse(Error error) { refusals.push_back({{}, std::move(error)}); }
};

void resolve_accounts(const Scene& scene, const std::vector<std::string>& named, Considered& it) {
  if (named.empty()) return it.refuse({"missing_field", "\"accounts\" must name at least one account", "accounts"});
  if (named.size() > kMostAccountsInRequest) {
    return it.refuse(
        {"too_many",
         fmt::format("\"accounts\" has {}; at most {} fit in one request", named.size(), kMostAccountsInRequest),
         "accounts"});
  }
  for (std::size_t i = 0; i < named.size(); ++i) {
    const auto account = scene.organization().account(named[i], fmt::format("accounts[{}]", i));
    if (!account) it.refuse(account.error());
    else if (std::find(it.accounts.begin(), it.accounts.end(), *account) == it.accounts.end())
      it.accounts.push_back(*account);
  }
}

Result<void> check_start(const std::optional<Instant>& start, Instant now) {
  if (!start) return {};
  if (*start < now) {
    return fail("start_in_past",
                fmt::format("\"start\" {} is in the past; it is {} now", to_rfc3339(*start), to_rfc3339(now)), "start");
  }
  if (*start > now + kStartHorizon) {
    return fail("start_too_far",
                fmt::format("\"start\" {} is more than {} ahead", to_rfc3339(*start), to_text(kStartHorizon)), "start");
  }
  return {};
}

Result<void> check_duration(Duration duration) {
  if (duration >= Duration::seconds(1)) return {};
  return fail("invalid_duration", "\"duration\" must be at least one second, as in 30m or 1h30m", "duration");
}

/// Standing access that already gives what is asked, directly or through a group.
Result<void> check_open_requests(const Scene& scene, const User& user) {
  const std::size_t open = under_way(scene.state, scene.organization(), user).open_requests;
  const Limits& limits = scene.policy().limits;
  if (open >= static_cast<std::size_t>(limits.open_requests)) {
    return fail({"too_many", fmt::format("you have {} requests open, and {} are allowed", open, limits.open_requests),
                 "", "", "withdraw some first: `accessguard request ls` lists them"});
  }
  return {};
}

bool asks_same(const Request& one, const Request& other) {
  const auto is_same_account = [](const RequestedAccount& a, const RequestedAccount& b) {
    return a.id == b.id && a.rule == b.rule;
  };
  return one.permission_set == other.permission_set && one.duration == other.duration && one.start == other.start &&
         one.reason == other.reason && one.ticket == other.ticket && !other.extends && !other.break_glass &&
         std::is_permutation(one.accounts.begin(), one.accounts.end(), other.accounts.begin(), other.accounts.end(),
                             is_same_account);
}

bool is_live(const Scene& scene, const RequestState& request) {
  const Status status = status_of(request, scene.state, scene.now);
  return status == Status::kPending || status == Status::kScheduled || status == Status::kGranting ||
         status == Status::kActive;
}

/// Whoever asks twice for the same meant it once.
const RequestState* live_twin(const Scene& scene, const Request& request) {
  const Holdings* own = scene.state.holdings.find(request.requester);
  if (own == nullptr) return nullptr;
  const auto is_twin = [&](const RequestId& id) {
    const RequestState& other = *scene.state.requests.find(id);
    return asks_same(request, other.request) && is_live(scene, other);
  };
  for (const auto& id : own->open) {
    if (is_twin(id)) return scene.state.requests.find(id);
  }
  for (const auto& id : own->live) {
    const RequestId& asked = scene.state.grants.find(id)->request;
    if (is_twin(asked)) return scene.state.requests.find(asked);
  }
  return nullptr;
}

std::vector<Escalation> later_people(const Terms& terms, Instant now) {
  std::vector<Escalation> escalations;
  for (const auto& later : terms.escalations) escalations.push_back({now + later.after, later.any_of});
  return escalations;
}

RequestedAccount requested(const Eligibility& it) {
  RequestedAccount account{it.account->id, it.account->name, it.account->path, it.terms->rule->id, {}};
  for (const Guardrail* guardrail : it.terms->guardrails) account.guardrails.push_back(guardrail->id);
  return account;
}

/// Who must agree, and until when. Where the accounts differ in it each says its own.
void add_approvals(Request& request, const std::vector<Eligibility>& verdicts, Instant now) {
  std::vector<std::vector<Escalation>> escalations;
  for (const auto& it : verdicts) {
    const bool asks_nobody = it.terms->steps.empty();
    escalations.push_back(asks_nobody ? std::vector<Escalation>{} : later_people(*it.terms, now));
  }
  const auto is_as_first = [&](std::size_t i) {
    return verdicts[i].terms->steps == verdicts[0].terms->steps && escalations[i] == escalations[0];
  };
  bool all_alike = true;
  for (std::size_t i = 1; i < verdicts.size(); ++i) all_alike = all_alike && is_as_first(i);
  if (all_alike) {
    request.steps = verdicts.front().terms->steps;
    if (!escalations.front().empty()) request.escalations = escalations.front();
  }
  std::set<Instant> reminders;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const Terms& terms = *verdicts[i].terms;
    request.lapses_at = i == 0 ? now + terms.lapse : std::min(request.lapses_at, now + terms.lapse);
    if (!terms.steps.empty())
      for (const auto& after : terms.reminders) reminders.insert(now + after);
    if (all_alike) continue;
    request.accounts[i].steps = terms.steps;
    if (!escalations[i].empty()) request.accounts[i].escalations = escalations[i];
  }
  if (!reminders.empty()) request.reminders.emplace(reminders.begin(), reminders.end());
}

Request made(const Scene& scene, const RequestId& id, const User& user, const PermissionSet& set,
             const std::vector<Eligibility>& verdicts, Words words) {
  Request request{.id = id,
                  .requester = user.id,
                  .requester_name = user.user_name,
                  .permission_set = set.arn,
                  .permission_set_name = set.name,
                  .session_duration = set.session_duration,
                  .level = verdicts.front().terms->level,
                  .accounts = {},
                  .duration = verdicts.front().duration,
                  .start = {},
                  .reason = std::move(words.reason),
                  .ticket = std::move(words.ticket),
                  .steps = {},
                  .lapses_at = {}};
  request.level_reason = reason_of_level(scene.policy(), set);
  for (const auto& verdict : verdicts) {
    request.accounts.push_back(requested(verdict));
    if (verdict.terms->rule->session_end == SessionEnd::kHard) request.session_end = SessionEnd::kHard;
  }
  add_approvals(request, verdicts, scene.now);
  return request;
}

/// The request on the ledger, and at once the grants of those accounts for which nobody has to agree.
Result<Outcome> submit(const Scene& scene, Request request) {
  RequestState fresh;
  fresh.request = request;
  fresh.submitted_at = scene.now;
  std::vector<const RequestedAccount*> open;
  for (const auto& account : fresh.request.accounts) {
    if (steps_of(fresh.request, account).empty()) open.push_back(&account);
  }
  Outcome outcome{{RequestSubmitted{std::move(request)}}, fresh.request.id};
  auto granted = grant(scene, fresh, open);
  if (!granted) return fail(granted.error());
  std::move(granted->begin(), granted->end(), std::back_inserter(outcome.events));
  return outcome;
}

/// What is asked for in one account.
Result<Eligibility> judge_account(const Scene& scene, const Considered& it, const Account& account,
                                  const Draft& draft) {
  if (auto held = check_not_held(scene, *it.user, account, *it.set); !held) return fail(held.error());
  const auto verdict =
      it.asker->judge({account, *it.set, draft.duration, it.start, draft.rule, Occasion::kAsking, scene.now});
  if (!verdict) return verdict;
  if (auto apart = check_separation(scene, *it.user, *verdict, it.start, it.start + draft.duration); !apart)
    return fail(apart.error());
  return verdict;
}

Considered consider(const Scene& scene, const Draft& draft) {
  Considered it;
  it.start = to_milliseconds(draft.start.value_or(scene.now));
  const auto user = asking_user(scene);
  if (!user) {
    it.refuse(user.error());
    return it;
  }
  it.user = *user;
  it.asker = std::make_shared<Asker>(scene.index, *it.user);
  resolve_accounts(scene, draft.accounts, it);
  if (const auto set = scene.organization().permission_set(draft.permission_set, "permission_set")) it.set = *set;
  else it.refuse(set.error());
  const auto duration = check_duration(draft.duration);
  if (!duration) it.refuse(duration.error());
  const auto start = check_start(draft.start, scene.now);
  if (!start) it.refuse(start.error());
  if (it.set == nullptr || !duration || !start) return it;
  for (const Account* account : it.accounts) {
    auto verdict = judge_account(scene, it, *account, draft);
    if (verdict) it.verdicts.push_back(*verdict);
    else it.refusals.push_back({account->id, std::move(verdict.error())});
  }
  return it;
}

Request made(const Scene& scene, const RequestId& id, const Considered& it, const std::optional<Instant>& start,
             Words words) {
  Request request = made(scene, id, *it.user, *it.set, it.verdicts, std::move(words));
  request.start = start.transform(to_milliseconds);
  return request;
}

/// What of the reason and the ticket is there already and would be refused.
void consider_words(const Draft& draft, Considered& it) {
  if (draft.reason) {
    if (auto reason = check_reason(*draft.reason, it.verdicts); !reason) it.refuse(reason.error());
  }
  if (draft.ticket) {
    if (auto ticket = check_ticket(*draft.ticket, it.verdicts); !ticket) it.refuse(ticket.error());
  }
}

}  // namespace

Result<Outcome> on(const Scene& scene, const Ask& ask) {
  const Considered it =
      consider(scene, {ask.accounts, ask.permission_set, ask.duration, ask.start, ask.reason, ask.ticket, ask.rule});
  if (!it.refusals.empty()) return fail(it.refusals.front().error);
  auto words = check_words(ask.reason, ask.ticket, it.verdicts);
  if (!words) return fail(words.error());
  Request request = made(scene, ask.id, it, ask.start, std::move(*words));
  if (const RequestState* twin = live_twin(scene, request)) return Outcome{{}, twin->request.id};
  if (auto within = check_open_requests(scene, *it.user); !within) return fail(within.error());
  if (auto within = check_live_grants(scene, *it.user, it.verdicts.size()); !within) return fail(within.error());
  return submit(scene, std::move(request));
}

Preview preview(const State& state, const PolicyIndex& index, const Caller& caller, const Draft& draft, Instant now) {
  const Scene scene{state, index, caller, now};
  Considered it = consider(scene, draft);
  Preview preview{
      .permission_set = it.set, .accounts = {}, .start = it.start, .refusals = {}, .same_as = {}, .asker = it.asker};
  for (const Account* account : it.set != nullptr ? it.accounts : std::vector<const Account*>{}) {
    const auto open = std::find_if(it.verdicts.begin(), it.verdicts.end(),
                                   [&](const Eligibility& verdict) { return verdict.account == account; });
    const bool is_open = open != it.verdicts.end();
    preview.accounts.push_back(
        {account, is_open ? open->terms : it.asker->verdict(*account, *it.set, it.start), is_open});
  }
  consider_words(draft, it);
  if (it.refusals.empty() && draft.reason) {
    if (auto words = check_words(*draft.reason, draft.ticket, it.verdicts)) {
      const RequestState* twin = live_twin(scene, made(scene, {}, it, draft.start, std::move(*words)));
      if (twin != nullptr) preview.same_as = twin->request.id;
    }
  }
  if (it.user != nullptr && !preview.same_as) {
    if (auto within = check_open_requests(scene, *it.user); !within) it.refuse(within.error());
    if (auto within = check_live_grants(scene, *it.user, it.verdicts.size()); !within) it.refuse(within.error());
  }
  preview.refusals = std::move(it.refusals);
  return preview;
}

// ---- more time -------------------------------------------------------------------------------------------

namespace {

struct Longer {
  const GrantState* grant = nullptr;
  const RequestedAccount* account = nullptr;
};

std::vector<Longer> live_grants_of(const Scene& scene, const RequestState& request) {
  std::vector<Longer> live;
  for (const auto& account : request.request.accounts) {
    Request as_extension;
    as_extension.extends = request.request.id;
    if (const GrantState* grant = extended_grant(scene.state, as_extension, account.id))
      live.push_back({grant, &account});
  }
  return live;
}

/// The extensions of this request that wait for decisions.
std::vector<const Request*> waiting_extensions(const Scene& scene, const RequestState& request) {
  const Holdings* own = scene.state.holdings.find(request.request.requester);
  std::vector<const Request*> waiting;
  for (const auto& id : own == nullptr ? std::vector<RequestId>{} : own->open) {
    const Request& other = scene.state.requests.find(id)->request;
    if (other.extends == request.request.id) waiting.push_back(&other);
  }
  return waiting;
}

/// Whoever asks twice for the same meant it once: while it waits, and until the time that it gave has begun.
const Request* extension_twin(const Scene& scene, const ExtendAccess& command, const RequestState& request) {
  std::vector<const Request*> others = waiting_extensions(scene, request);
  for (const auto& longer : live_grants_of(scene, request)) {
    const auto& last = longer.grant->last_extension;
    if (last && scene.now < last->from) others.push_back(&scene.state.requests.find(last->request)->request);
  }
  const auto reason = one_line(command.reason, {0, kLongestReason}, "reason");
  for (const Request* other : others) {
    if (reason && other->duration == command.duration && other->reason == *reason) return other;
  }
  return nullptr;
}

/// Where nobody is asked for more time, those who allowed less than was asked have had the last word.
Result<void> check_shortened(const RequestState& request, const Longer& longer, const Eligibility& verdict,
                             Duration more) {
  const Duration allowed = allowed_duration(request, longer.account->id);
  const Duration whole = longer.grant->end - longer.grant->start + more;
  if (!verdict.terms->steps.empty() || allowed == request.request.duration || whole <= allowed) return {};
  return fail({"duration_too_long",
               fmt::format("of the {} that were asked, the approver allowed {}; this would be {}",
                           to_text(request.request.duration), to_text(allowed), to_text(whole)),
               "duration", "", "ask for new access"});
}

Result<Eligibility> judge_longer(const Scene& scene, const ExtendAccess& command, const RequestState& request,
                                 const Longer& longer, Asker& asker) {
  const Account* account = scene.organization().find(longer.account->id);
  const PermissionSet* set = scene.organization().find(request.request.permission_set);
  if (account == nullptr || set == nullptr)
    return fail("no_longer_allowed",
                fmt::format("{} in {} is no more", request.request.permission_set_name, longer.account->name), "id");
  const auto verdict = asker.judge_extension(
      {*account, *set, command.duration, longer.grant->end, longer.account->rule, Occasion::kAsking, scene.now});
  if (!verdict) return verdict;
  if (auto within = check_shortened(request, longer, *verdict, command.duration); !within) return fail(within.error());
  const Rule& rule = *verdict->terms->rule;
  const auto waiting = static_cast<std::int64_t>(waiting_extensions(scene, request).size());
  if (longer.grant->extensions + waiting >= rule.extend->times) {
    return fail({"extended_enough",
                 fmt::format("{} lets access be extended {} times, and that is done or asked for", place_of(rule),
                             rule.extend->times),
                 "id", place_of(rule), "ask for new access before this ends: there is no gap where both overlap"});
  }
  return verdict;
}

}  // namespace

Result<Outcome> on(const Scene& scene, const ExtendAccess& command) {
  const auto user = asking_user(scene);
  if (!user) return fail(user.error());
  auto found = find_request(scene, command.request);
  if (!found) return fail(found.error());
  if ((*found)->request.extends) found = find_request(scene, *(*found)->request.extends);
  const RequestState& request = **found;
  if (request.request.requester != (*user)->id)
    return fail("not_requester", "only the holder can ask for more time", "id");
  if (request.request.break_glass) {
    return fail({"not_extendable", "break-glass access cannot be extended", "id", "",
                 "open it again, or ask for ordinary access"});
  }
  if (auto duration = check_duration(command.duration); !duration) return fail(duration.error());
  if (const Request* twin = extension_twin(scene, command, request)) return Outcome{{}, twin->id};
  const auto live = live_grants_of(scene, request);
  if (live.empty()) {
    return fail({"nothing_to_extend",
                 fmt::format("{} is {}; there is nothing to extend", request.request.id.str(),
                             name_of(status_of(request, scene.state, scene.now))),
                 "id", "", "ask anew"});
  }
  Asker asker(scene.index, **user);
  std::vector<Eligibility> verdicts;
  Instant first_end = Instant::max();
  for (const auto& longer : live) {
    const auto verdict = judge_longer(scene, command, request, longer, asker);
    if (!verdict) return fail(verdict.error());
    const Instant end = longer.grant->end;
    if (auto apart = check_separation(scene, **user, *verdict, end, end + command.duration); !apart)
      return fail(apart.error());
    if (auto whole = check_total(*verdict, *longer.grant, command.duration); !whole) return fail(whole.error());
    first_end = std::min(first_end, end);
    verdicts.push_back(*verdict);
  }
  auto words = check_words(command.reason, command.ticket, verdicts);
  if (!words) return fail(words.error());
  Request extension = made(scene, command.id, **user, *verdicts.front().permission_set, verdicts, std::move(*words));
  extension.extends = request.request.id;
  extension.lapses_at = std::min(extension.lapses_at, first_end);
  return submit(scene, std::move(extension));
}

}  // namespace ag::access
