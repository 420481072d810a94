#include "access/decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <type_traits>
#include <utility>

#include "access/eligibility.hpp"
#include "access/ticket_pattern.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

struct Scene {
  const State& state;
  const Organization& organization;
  const Caller& caller;
  Instant now;
};

/// The ledger keeps times to the millisecond: what lives must be what is read back.
Instant to_milliseconds(Instant at) {
  return Instant::from_nanoseconds(at.count_nanoseconds() / 1'000'000 * 1'000'000);
}

bool is_admin(const Caller& caller) { return caller.role == Role::kAdmin; }

Result<const RequestState*> find_request(const Scene& scene, const RequestId& id) {
  const RequestState* request = scene.state.requests.find(id);
  if (request == nullptr) {
    return fail({"unknown_request", fmt::format("there is no request \"{}\"", excerpt(id.str())), "id", "",
                 "`accessguard request ls` lists yours"});
  }
  return request;
}

std::unexpected<Error> not_pending(const RequestState& request, const Scene& scene) {
  return fail("not_pending",
              fmt::format("{} is {}; it cannot be decided or withdrawn any more", request.request.id.str(),
                          name_of(status_of(request, scene.state, scene.now))),
              "id");
}

// ---- ask -----------------------------------------------------------------------------------------------

Result<const User*> asking_user(const Scene& scene) {
  const User* user = scene.organization.find(scene.caller.user);
  if (user == nullptr) {
    return fail(
        "unknown_user",
        fmt::format("{} is not in the directory; only its people can be granted access", scene.caller.user_name),
        "user");
  }
  if (!user->enabled)
    return fail("user_disabled", fmt::format("{} is disabled in the directory", user->user_name), "user");
  return user;
}

Result<std::vector<const Account*>> resolve_accounts(const Scene& scene, const Ask& ask) {
  if (ask.accounts.empty()) return fail("missing_field", "\"accounts\" must name at least one account", "accounts");
  if (ask.accounts.size() > kMostAccountsInRequest) {
    return fail(
        "too_many",
        fmt::format("\"accounts\" has {}; at most {} fit in one request", ask.accounts.size(), kMostAccountsInRequest),
        "accounts");
  }
  std::vector<const Account*> accounts;
  for (std::size_t i = 0; i < ask.accounts.size(); ++i) {
    const auto account = scene.organization.account(ask.accounts[i], fmt::format("accounts[{}]", i));
    if (!account) return fail(account.error());
    if (std::find(accounts.begin(), accounts.end(), *account) == accounts.end()) accounts.push_back(*account);
  }
  return accounts;
}

Result<void> check_start(const Ask& ask, Instant now) {
  if (!ask.start) return {};
  if (*ask.start < now) {
    return fail("start_in_past",
                fmt::format("\"start\" {} is in the past; it is {} now", to_rfc3339(*ask.start), to_rfc3339(now)),
                "start");
  }
  if (*ask.start > now + kStartHorizon) {
    return fail("start_too_far",
                fmt::format("\"start\" {} is more than {} ahead", to_rfc3339(*ask.start), to_text(kStartHorizon)),
                "start");
  }
  return {};
}

/// Standing access that already gives what is asked, directly or through a group.
Result<void> check_not_held(const Scene& scene, const User& user, const Account& account, const PermissionSet& set) {
  for (const StandingAssignment* held : scene.organization.standing_of(user.id)) {
    if (held->account != account.id || held->permission_set != set.arn) continue;
    const Group* group = held->group ? scene.organization.find(*held->group) : nullptr;
    return fail("already_held",
                fmt::format("you have it already: {} in {} is yours without end{}", set.name, account.name,
                            group != nullptr ? " through the group " + group->name : ""),
                "accounts");
  }
  return {};
}

/// The verdict for each account, which must agree on who has to approve.
Result<std::vector<Eligibility>> judge_all(const Scene& scene, const User& user, const PermissionSet& set,
                                           const std::vector<const Account*>& accounts, const Ask& ask) {
  std::vector<Eligibility> verdicts;
  for (const Account* account : accounts) {
    if (auto held = check_not_held(scene, user, *account, set); !held) return fail(held.error());
    auto verdict =
        judge(*scene.state.policy.get().policy, scene.organization, {user, *account, set, ask.duration, ask.rule});
    if (!verdict) return fail(verdict.error());
    if (!verdicts.empty() && verdict->steps != verdicts.front().steps) {
      return fail({"mixed_approvals",
                   fmt::format("{} and {} need different approvals", verdicts.front().account->name, account->name),
                   "accounts", place_of(*verdict->rule), "ask for them in separate requests"});
    }
    verdicts.push_back(std::move(*verdict));
  }
  return verdicts;
}

struct Words {
  std::string reason;
  std::optional<std::string> ticket;
};

Result<std::string> check_reason(const std::string& text, const std::vector<Eligibility>& verdicts) {
  std::size_t reason_min = 1;
  const Guardrail* strictest = nullptr;
  for (const auto& it : verdicts) {
    for (const Guardrail* guardrail : it.guardrails) {
      if (guardrail->reason_min <= reason_min) continue;
      reason_min = guardrail->reason_min;
      strictest = guardrail;
    }
  }
  auto reason = one_line(text, {reason_min, kLongestReason}, "reason");
  if (!reason && reason.error().code == "too_short" && strictest != nullptr) reason.error().rule = place_of(*strictest);
  return reason;
}

Result<void> check_ticket(const std::optional<std::string>& ticket, const std::vector<Eligibility>& verdicts) {
  std::set<std::string_view> fitted;
  for (const auto& it : verdicts) {
    for (const Guardrail* guardrail : it.guardrails) {
      const std::string& pattern = guardrail->ticket;
      if (pattern.empty() || fitted.contains(pattern)) continue;
      if (ticket && fits_ticket(*ticket, pattern)) {
        fitted.insert(pattern);
        continue;
      }
      return fail({ticket ? "invalid_ticket" : "ticket_needed",
                   ticket ? fmt::format("the ticket \"{}\" does not look like {}", *ticket, pattern)
                          : fmt::format("{} in {} needs a ticket", it.permission_set->name, it.account->name),
                   "ticket", place_of(*guardrail), fmt::format("give a ticket that matches {}", pattern)});
    }
  }
  return {};
}

Result<Words> check_words(const Ask& ask, const std::vector<Eligibility>& verdicts) {
  auto reason = check_reason(ask.reason, verdicts);
  if (!reason) return fail(reason.error());
  Words words{std::move(*reason), {}};
  if (ask.ticket) {
    auto ticket = one_line(*ask.ticket, {1, kLongestTicket}, "ticket");
    if (!ticket) return fail(ticket.error());
    words.ticket = std::move(*ticket);
  }
  if (auto fits = check_ticket(words.ticket, verdicts); !fits) return fail(fits.error());
  return words;
}

RequestedAccount requested(const Eligibility& it) {
  RequestedAccount account{it.account->id, it.account->name, it.account->path, it.rule->id, {}};
  for (const Guardrail* guardrail : it.guardrails) account.guardrails.push_back(guardrail->id);
  return account;
}

RequestApproved open_grants(const Request& request, Duration duration, Instant now) {
  const Instant start = std::max(now, request.start.value_or(now));
  RequestApproved approved{request.id, start, start + duration, {}};
  const std::string_view ulid = std::string_view(request.id.str()).substr(std::string_view("req_").size());
  for (std::size_t i = 0; i < request.accounts.size(); ++i) {
    approved.grants.push_back({GrantId(fmt::format("grt_{}_{}", ulid, i + 1)),
                               {request.accounts[i].id, request.permission_set, request.requester}});
  }
  return approved;
}

Result<Outcome> on(const Scene& scene, const Ask& ask) {
  if (!scene.organization.known()) {
    return fail("directory_unknown", "AWS has not been read yet; try again in a moment", "");
  }
  const auto user = asking_user(scene);
  if (!user) return fail(user.error());
  const auto accounts = resolve_accounts(scene, ask);
  if (!accounts) return fail(accounts.error());
  const auto set = scene.organization.permission_set(ask.permission_set, "permission_set");
  if (!set) return fail(set.error());
  if (ask.duration < Duration::seconds(1)) {
    return fail("invalid_duration", "\"duration\" must be at least one second, as in 30m or 1h30m", "duration");
  }
  if (auto start = check_start(ask, scene.now); !start) return fail(start.error());
  const int* open = scene.state.open_requests.find((*user)->id);
  if (open != nullptr && *open >= kMostOpenRequests) {
    return fail("too_many", fmt::format("you have {} requests open; withdraw some first", *open), "");
  }
  const auto verdicts = judge_all(scene, **user, **set, *accounts, ask);
  if (!verdicts) return fail(verdicts.error());
  auto words = check_words(ask, *verdicts);
  if (!words) return fail(words.error());

  Request request{.id = ask.id,
                  .requester = (*user)->id,
                  .requester_name = (*user)->user_name,
                  .permission_set = (*set)->arn,
                  .permission_set_name = (*set)->name,
                  .session_duration = (*set)->session_duration,
                  .level = verdicts->front().level,
                  .accounts = {},
                  .duration = ask.duration,
                  .start = ask.start.transform(to_milliseconds),
                  .reason = std::move(words->reason),
                  .ticket = std::move(words->ticket),
                  .steps = verdicts->front().steps,
                  .lapses_at = scene.now + verdicts->front().lapse};
  for (const auto& verdict : *verdicts) {
    request.accounts.push_back(requested(verdict));
    request.lapses_at = std::min(request.lapses_at, scene.now + verdict.lapse);
    if (verdict.rule->session_end == SessionEnd::kHard) request.session_end = SessionEnd::kHard;
  }
  Outcome outcome{{RequestSubmitted{request}}, request.id};
  if (request.steps.empty()) outcome.events.push_back(open_grants(request, request.duration, scene.now));
  return outcome;
}

// ---- decide --------------------------------------------------------------------------------------------

/// Whether policy and directory still allow what was asked, now that it is to be granted.
Result<void> check_still_open(const Scene& scene, const Request& request) {
  const User* user = scene.organization.find(request.requester);
  const PermissionSet* set = scene.organization.find(request.permission_set);
  if (user == nullptr || !user->enabled) {
    return fail("no_longer_allowed",
                fmt::format("{} is no longer an enabled person of the directory", request.requester_name), "id");
  }
  if (set == nullptr) {
    return fail("no_longer_allowed", fmt::format("the permission set {} no longer exists", request.permission_set_name),
                "id");
  }
  for (const auto& asked : request.accounts) {
    const Account* account = scene.organization.find(asked.id);
    if (account == nullptr)
      return fail("no_longer_allowed", fmt::format("the account {} no longer exists", asked.name), "id");
    const auto verdict = judge(*scene.state.policy.get().policy, scene.organization,
                               {*user, *account, *set, request.duration, std::nullopt});
    // Only that the door is still open matters here: who must agree was fixed when it was asked.
    if (!verdict && verdict.error().code != "no_approver") {
      Error error = verdict.error();
      error.code = "no_longer_allowed";
      error.field = "id";
      return fail(error);
    }
  }
  return {};
}

bool is_same_person(const Organization& organization, const UserId& a, const UserId& b) {
  const User* one = organization.find(a);
  const User* other = organization.find(b);
  return a == b || (one != nullptr && other != nullptr && person_of(*one) == person_of(*other));
}

Result<void> check_may_decide(const Scene& scene, const RequestState& request) {
  if (scene.caller.user == request.request.requester) {
    return fail({"self_approval", "you asked for this yourself; somebody else must decide", "id", "",
                 "a requester can withdraw the request instead"});
  }
  const std::size_t step = current_step(request);
  const auto& steps = request.request.steps;
  if (step < steps.size() &&
      !is_candidate(steps[step], scene.organization, request.request.requester, scene.caller.user)) {
    std::vector<std::string> names;
    for (const auto& party : steps[step].any_of) names.push_back(party.name);
    return fail("not_approver",
                fmt::format("{} may not decide this now; {} may", scene.caller.user_name, fmt::join(names, ", ")),
                "id");
  }
  const auto decided = std::any_of(request.decisions.begin(), request.decisions.end(), [&](const auto& decision) {
    return is_same_person(scene.organization, decision.by, scene.caller.user);
  });
  if (decided) return fail("already_decided", "you have decided this request already; a person counts once", "id");
  return {};
}

Result<std::optional<std::string>> check_comment(const Decide& decision) {
  const bool needed = decision.decision == Verdict::kDeny;
  if (!decision.comment && !needed) return std::nullopt;
  auto comment = one_line(decision.comment.value_or(""), {needed ? 1U : 0U, kLongestComment}, "comment");
  if (!comment) return fail(comment.error());
  return comment->empty() ? std::nullopt : std::optional(std::move(*comment));
}

Duration allowed_duration(const RequestState& request, const std::optional<Duration>& latest) {
  Duration allowed = request.request.duration;
  for (const auto& decision : request.decisions) allowed = std::min(allowed, decision.max_duration.value_or(allowed));
  return std::min(allowed, latest.value_or(allowed));
}

Result<Outcome> on(const Scene& scene, const Decide& decision) {
  const auto found = find_request(scene, decision.request);
  if (!found) return fail(found.error());
  const RequestState& request = **found;
  if (request.decided != Status::kPending) return not_pending(request, scene);
  // Its lapse may not be on the ledger yet: a bounded number of things falls due at once.
  if (scene.now >= request.request.lapses_at) {
    return fail("not_pending",
                fmt::format("{} has lapsed: nobody decided by {}", decision.request.str(),
                            to_rfc3339(request.request.lapses_at)),
                "id");
  }
  if (auto may = check_may_decide(scene, request); !may) return fail(may.error());
  if (decision.version != request.version) {
    return fail({"stale_version",
                 "the request is not the version that you saw; an approval counts only for exactly that", "version", "",
                 "look at it again, then decide"});
  }
  if (decision.max_duration &&
      (*decision.max_duration < Duration::seconds(1) || *decision.max_duration > request.request.duration)) {
    return fail(
        "invalid_duration",
        fmt::format(
            "\"max_duration\" must lie between 1s and the {} that were asked; an approver may shorten, never widen",
            to_text(request.request.duration)),
        "max_duration");
  }
  auto comment = check_comment(decision);
  if (!comment) return fail(comment.error());

  const std::size_t step = current_step(request);
  RequestDecided decided{.request = decision.request,
                         .version = decision.version,
                         .decision = decision.decision,
                         .by = scene.caller.user,
                         .by_name = scene.caller.user_name,
                         .step = static_cast<std::int64_t>(step),
                         .comment = std::move(*comment),
                         .max_duration = decision.max_duration};
  if (decision.decision == Verdict::kDeny) return Outcome{{std::move(decided)}, decision.request};

  if (auto open = check_still_open(scene, request.request); !open) return fail(open.error());
  RequestState after = request;
  after.decisions.push_back(
      {decided.by, decided.by_name, Verdict::kApprove, decided.step, {}, decided.max_duration, scene.now});
  Outcome outcome{{std::move(decided)}, decision.request};
  if (current_step(after) == request.request.steps.size()) {
    outcome.events.push_back(open_grants(request.request, allowed_duration(after, std::nullopt), scene.now));
  }
  return outcome;
}

// ---- the rest ------------------------------------------------------------------------------------------

Result<Outcome> on(const Scene& scene, const Withdraw& command) {
  const auto request = find_request(scene, command.request);
  if (!request) return fail(request.error());
  if (scene.caller.user != (*request)->request.requester) {
    return fail("not_requester", "only the requester can withdraw a request; an approver can deny it", "id");
  }
  if ((*request)->decided != Status::kPending) return not_pending(**request, scene);
  return Outcome{{RequestWithdrawn{command.request}}, command.request};
}

std::optional<EndCause> cause_of_end(const Scene& scene, const RequestState& request) {
  if (scene.caller.user == request.request.requester) return EndCause::kHolder;
  const auto approved = std::any_of(request.decisions.begin(), request.decisions.end(), [&](const auto& decision) {
    return decision.by == scene.caller.user && decision.decision == Verdict::kApprove;
  });
  if (approved) return EndCause::kApprover;
  return is_admin(scene.caller) ? std::optional(EndCause::kAdmin) : std::nullopt;
}

Result<Outcome> on(const Scene& scene, const End& command) {
  const auto request = find_request(scene, command.request);
  if (!request) return fail(request.error());
  const auto cause = cause_of_end(scene, **request);
  if (!cause)
    return fail("not_allowed", "only the holder, an approver of the request or an administrator can end it", "id");
  std::optional<std::string> reason;
  if (command.reason) {
    auto line = one_line(*command.reason, {0, kLongestReason}, "reason");
    if (!line) return fail(line.error());
    if (!line->empty()) reason = std::move(*line);
  }
  Outcome outcome{{}, command.request};
  for (const auto& id : (*request)->grants) {
    const Status status = scene.state.grants.find(id)->status;
    if (status == Status::kGranting || status == Status::kActive)
      outcome.events.push_back(GrantEnding{id, *cause, reason});
  }
  if (outcome.events.empty()) {
    return fail("nothing_to_end",
                fmt::format("{} is {}; there is nothing to end", command.request.str(),
                            name_of(status_of(**request, scene.state, scene.now))),
                "id");
  }
  return outcome;
}

// ---- revoke --------------------------------------------------------------------------------------------

bool is_revocable(const GrantState& grant) {
  return grant.status == Status::kGranting || grant.status == Status::kActive;
}

/// How the user or the account of a grant was called when it was asked for.
std::string_view name_on(const RequestState& request, const GrantState&, const OfUser&) {
  return request.request.requester_name;
}
std::string_view name_on(const RequestState& request, const GrantState& grant, const OfAccount&) {
  const auto& accounts = request.request.accounts;
  const auto it =
      std::find_if(accounts.begin(), accounts.end(), [&](const auto& a) { return a.id == grant.slot.account; });
  return it == accounts.end() ? std::string_view{} : std::string_view(it->name);
}

const UserId& id_on(const GrantState& grant, const OfUser&) { return grant.slot.principal; }
const AccountId& id_on(const GrantState& grant, const OfAccount&) { return grant.slot.account; }
std::string_view word_of(const OfUser&) { return "user"; }
std::string_view word_of(const OfAccount&) { return "account"; }

/// The names that the directory gives, with their ids.
void each_known(const Organization& organization, const OfUser&, auto&& take) {
  for (const auto& user : organization.snapshot().users) take(user.id, user.user_name);
}
void each_known(const Organization& organization, const OfAccount&, auto&& take) {
  for (const auto& account : organization.snapshot().accounts) take(account.id, account.name);
}

using Grants = std::vector<const GrantState*>;

/// Every grant that is not final, without a walk through all that ever were.
Grants live_grants(const State& state) {
  Grants grants;
  for (const auto& [unused, slot] : state.slots) {
    for (const auto& id : slot.live) grants.push_back(state.grants.find(id));
  }
  return grants;
}

/// Revoking must reach whom the directory has forgotten, so the grants themselves count as a second directory. One
/// name for two of them, a deleted person and a successor, is refused: ending the wrong access helps nobody.
template <class Of>
Result<Grants> grants_of(const Scene& scene, const Of& of) {
  using Id = std::remove_cvref_t<decltype(id_on(std::declval<const GrantState&>(), of))>;
  const Id as_id(of.id_or_name);
  const std::string_view word = word_of(of);
  std::set<Id> meant;
  std::set<std::string> names;  // what a slip of the fingers may have meant
  bool is_id = scene.organization.find(as_id) != nullptr;
  each_known(scene.organization, of, [&](const Id& id, const std::string& name) {
    if (name == of.id_or_name) meant.insert(id);
    names.insert(name);
  });
  Grants revocable;
  for (const GrantState* grant : live_grants(scene.state)) {
    const Id& id = id_on(*grant, of);
    const std::string_view name = name_on(*scene.state.requests.find(grant->request), *grant, of);
    is_id = is_id || id == as_id;
    if (name == of.id_or_name) meant.insert(id);
    names.emplace(name);
    if (is_revocable(*grant)) revocable.push_back(grant);
  }
  if (is_id) meant = {as_id};
  if (meant.size() > 1) {
    std::vector<std::string> ids;
    for (const auto& id : meant) ids.push_back(id.str());
    return fail({fmt::format("ambiguous_{}", word),
                 fmt::format("\"{}\" is the name of {} {}s: {}", excerpt(of.id_or_name), ids.size(), word,
                             fmt::join(ids, ", ")),
                 std::string(word), "", "name it by its id"});
  }
  std::erase_if(revocable, [&](const auto* grant) { return !meant.contains(id_on(*grant, of)); });
  if (!revocable.empty()) return revocable;
  if (!meant.empty()) {
    return fail("nothing_to_revoke",
                fmt::format("{} \"{}\" has no access that is not over already", word, excerpt(of.id_or_name)),
                std::string(word));
  }
  const auto near = nearest(of.id_or_name, {names.begin(), names.end()});
  return fail({"nothing_to_revoke", fmt::format("there is no {} \"{}\"", word, excerpt(of.id_or_name)),
               std::string(word), "",
               near ? fmt::format("did you mean \"{}\"?", *near) : "`accessguard who` lists who reaches what"});
}

Result<Grants> grants_of(const Scene& scene, const OfEveryone&) {
  Grants grants = live_grants(scene.state);
  std::erase_if(grants, [](const auto* grant) { return !is_revocable(*grant); });
  if (grants.empty()) return fail("nothing_to_revoke", "nobody has access that is not over already", "all");
  return grants;
}

Result<Grants> grants_of(const Scene& scene, const GrantId& id) {
  const GrantState* grant = scene.state.grants.find(id);
  if (grant == nullptr) {
    return fail({"nothing_to_revoke", fmt::format("there is no grant \"{}\"", excerpt(id.str())), "id", "",
                 "`accessguard who` lists who reaches what"});
  }
  if (is_revocable(*grant)) return Grants{grant};
  return fail("nothing_to_revoke",
              fmt::format("{} is {}; there is nothing to revoke", id.str(), name_of(status_of(*grant, scene.now))),
              "id");
}

Result<Grants> grants_of(const Scene& scene, const RequestId& id) {
  const auto request = find_request(scene, id);
  if (!request) return fail(request.error());
  Grants grants;
  for (const auto& grant : (*request)->grants) {
    const GrantState* row = scene.state.grants.find(grant);
    if (is_revocable(*row)) grants.push_back(row);
  }
  if (!grants.empty()) return grants;
  return fail("nothing_to_revoke",
              fmt::format("{} is {}; there is nothing to revoke", id.str(),
                          name_of(status_of(**request, scene.state, scene.now))),
              "id");
}

Result<Outcome> on(const Scene& scene, const Revoke& command) {
  if (!is_admin(scene.caller)) {
    return fail({"not_allowed", "only an administrator can revoke the access of others", "", "",
                 "the holder or an approver of one request can end it: `accessguard access end ID`"});
  }
  const auto reason = one_line(command.reason, {1, kLongestReason}, "reason");
  if (!reason) return fail(reason.error());
  const auto grants = std::visit([&](const auto& selected) { return grants_of(scene, selected); }, command.selected);
  if (!grants) return fail(grants.error());
  Outcome outcome{{}, grants->front()->request};
  for (const auto* grant : *grants) outcome.events.push_back(GrantEnding{grant->id, EndCause::kAdmin, *reason});
  return outcome;
}

Result<Outcome> on(const Scene& scene, const ApplyPolicy& command) {
  if (!is_admin(scene.caller)) return fail("not_allowed", "only an administrator can change the policy", "");
  const PolicyInForce& in_force = scene.state.policy.get();
  if (command.if_match && *command.if_match != in_force.hash) {
    return fail({"policy_changed", "the policy in force is not the one that you saw", "If-Match", "",
                 "read it again, then apply your change to it"});
  }
  const auto parsed = parse_policy(command.text);
  if (!parsed) {
    const PolicyProblem& first = parsed.error().front();
    const std::string where = first.where.empty() ? "" : first.where + ": ";
    return fail("invalid_policy", fmt::format("line {}: {}{}", first.line, where, first.message), first.where);
  }
  const std::string hash = to_hex(sha256(command.text));
  if (hash == in_force.hash) return Outcome{};
  return Outcome{{PolicyApplied{command.text, hash, command.source}}, {}};
}

Result<Outcome> on(const Scene& scene, const IssueToken& command) {
  if (!is_admin(scene.caller)) return fail("not_allowed", "only an administrator can issue tokens", "");
  const std::string& id = command.token.token.str();
  // Over a revoked one it would come back to life.
  if (scene.state.tokens.find(command.token.token) != nullptr)
    return fail("token_exists", fmt::format("there is a token \"{}\" already", excerpt(id)), "id");
  TokenIssued issued = command.token;
  issued.expires_at = to_milliseconds(issued.expires_at);
  return Outcome{{std::move(issued)}, {}};
}

Result<Outcome> on(const Scene& scene, const RevokeToken& command) {
  if (!is_admin(scene.caller)) return fail("not_allowed", "only an administrator can revoke tokens", "");
  const TokenState* token = scene.state.tokens.find(command.token);
  if (token == nullptr)
    return fail("unknown_token", fmt::format("there is no token \"{}\"", excerpt(command.token.str())), "id");
  if (token->revoked) return Outcome{};
  return Outcome{{TokenRevoked{command.token}}, {}};
}

}  // namespace

Result<Outcome> decide(const State& state, const Organization& organization, const Caller& caller,
                       const Command& command, const std::optional<IdempotencyKey>& idempotency, Instant now) {
  if (idempotency) {
    const Remembered* before = state.idempotency.find(idempotency_row(caller.actor, idempotency->key));
    if (before != nullptr && before->at + kIdempotencyKept >= now) {
      if (before->body_hash == idempotency->body_hash) return Outcome{{}, before->request};
      return fail("idempotency_key_reused", "this Idempotency-Key was sent before with another request",
                  "Idempotency-Key");
    }
  }
  const Scene scene{state, organization, caller, now};
  return std::visit([&](const auto& c) { return on(scene, c); }, command);
}

std::vector<Event> fall_due(const State& state, Instant now, std::size_t limit) {
  std::vector<Event> events;
  for (const auto& [due, unused] : state.due) {
    if (due.first > now || events.size() >= limit) break;
    const auto& [kind, id] = due.second;
    if (kind == DueKind::kLapse) events.push_back(RequestLapsed{RequestId(id)});
    else events.push_back(GrantEnding{GrantId(id), EndCause::kExpiry, std::nullopt});
  }
  return events;
}

}  // namespace ag::access
