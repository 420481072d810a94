#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "access/policy_plan.hpp"
#include "access/scene.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

/// A change of the policy is a change of access: what widens it may need another person's agreement.
namespace ag::access {
namespace {

/// What another person has to agree to, in words; nothing when nobody needs to.
std::vector<std::string> needs_agreement(const Scene& scene, const ApplyPolicy& command, Policy policy) {
  const ChangeScope scope = scene.policy().change_control.when;
  // Before the first policy nobody has access, nor says who may agree; and the server's own disk is its operator's.
  const bool is_first = scene.state.policy.get().hash.empty();
  if (is_first || command.source == "file" || scope == ChangeScope::kNever) return {};
  if (scope == ChangeScope::kAlways) return {"every change needs another person's agreement"};
  const PolicyIndex after(std::make_shared<const Policy>(std::move(policy)), scene.index.shared_organization());
  return widenings(plan_of(scene.index, after, scene.now), scope);
}

Result<void> check_may_agree(const Scene& scene, const PolicyChange& change) {
  const Caller& caller = scene.caller;
  if (is_same_person(scene.organization(), Person{change.proposed.by, change.proposed.by_name},
                     Person{caller.user, caller.user_name})) {
    return fail({"self_approval", "you proposed this change yourself; somebody else must decide", "id", "",
                 "a newer proposal takes its place"});
  }
  const auto& who = scene.policy().change_control.any_of;
  if (who.empty()) {
    if (is_admin(caller)) return {};
    return fail("not_approver", "only an administrator can decide about a change of the policy", "id");
  }
  // Groups and users only: there is no account nor permission set whose owner could be meant.
  const auto parties = resolve(who, scene.organization(), {User{}, Account{}, PermissionSet{}});
  const auto people = members_of(parties, scene.today());
  const auto is_caller = [&](const User* user) { return user->id == caller.user; };
  if (std::any_of(people.begin(), people.end(), is_caller)) return {};
  return fail(
      "not_approver",
      fmt::format("{} may not decide about a change of the policy; {} may", caller.user_name, names_of(parties)), "id");
}

}  // namespace

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
  auto widens = needs_agreement(scene, command, std::move(*parsed));
  if (widens.empty()) return Outcome{{PolicyApplied{command.text, hash, command.source}}, {}};
  return Outcome{{PolicyProposed{command.change, scene.caller.user, scene.caller.user_name, command.text, hash,
                                 in_force.hash, std::move(widens)}},
                 {}};
}

Result<Outcome> on(const Scene& scene, const DecideChange& command) {
  const PolicyChange* change = scene.state.policy_changes.find(command.change);
  if (change == nullptr) {
    return fail({"unknown_change",
                 fmt::format("there is no change \"{}\" of the policy", excerpt(command.change.str())), "id", "",
                 "`accessguard policy changes` lists them"});
  }
  if (scene.state.open_change.get() != command.change) {
    return fail("not_pending",
                change->decision ? fmt::format("{} was decided by {}", command.change.str(), change->decision->by_name)
                                 : fmt::format("a newer proposal took the place of {}", command.change.str()),
                "id");
  }
  if (auto may = check_may_agree(scene, *change); !may) return fail(may.error());
  if (command.hash != change->proposed.hash) {
    return fail({"stale_version", "the change is not the one that you saw; a decision counts only for exactly that",
                 "hash", "", "look at it again, then decide"});
  }
  PolicyChangeDecided decided{command.change,    command.hash,           command.decision,
                              scene.caller.user, scene.caller.user_name, {}};
  const bool is_denied = command.decision == Verdict::kDeny;
  auto comment = one_line(command.comment.value_or(""), {is_denied ? 1U : 0U, kLongestComment}, "comment");
  if (!comment) return fail(comment.error());
  if (!comment->empty()) decided.comment = std::move(*comment);
  if (is_denied) return Outcome{{std::move(decided)}, {}};
  if (change->proposed.base != scene.state.policy.get().hash) {
    return fail({"policy_changed", "the policy in force is not the one that this change was made to", "id", "",
                 "deny it, and have it proposed again"});
  }
  return Outcome{{std::move(decided), PolicyApplied{change->proposed.text, change->proposed.hash, "api"}}, {}};
}

}  // namespace ag::access
