#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <type_traits>
#include <utility>

#include "access/scene.hpp"
#include "base/text.hpp"

/// What ends access before its time.
namespace ag::access {
namespace {

std::optional<EndCause> cause_of_end(const Scene& scene, const RequestState& request) {
  if (scene.caller.user == request.request.requester) return EndCause::kHolder;
  const auto approved = std::any_of(request.decisions.begin(), request.decisions.end(), [&](const auto& decision) {
    return decision.by == scene.caller.user && decision.decision == Verdict::kApprove;
  });
  if (approved) return EndCause::kApprover;
  return is_admin(scene.caller) ? std::optional(EndCause::kAdmin) : std::nullopt;
}

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
  bool is_id = scene.organization().find(as_id) != nullptr;
  each_known(scene.organization(), of, [&](const Id& id, const std::string& name) {
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

}  // namespace

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

}  // namespace ag::access
