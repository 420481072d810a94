#include <fmt/format.h>

#include <algorithm>

#include "access/levels.hpp"
#include "access/scene.hpp"

namespace ag::access {
namespace {

/// The permission sets that the guardrail keeps apart from this one.
std::vector<const Sets*> other_sides(const Guardrail& guardrail, const PermissionSet& set, Level level) {
  std::vector<const Sets*> sides;
  if (contains(guardrail.what, set, level)) sides.push_back(&*guardrail.never_with);
  if (contains(*guardrail.never_with, set, level)) sides.push_back(&guardrail.what);
  return sides;
}

/// Whether the guardrail forbids holding that beside the permission set of `verdict`.
bool keeps_apart(const Scene& scene, const Guardrail& guardrail, const Eligibility& verdict, const AccountId& account,
                 const PermissionSetArn& held) {
  const Account* where = scene.organization().find(account);
  const PermissionSet* what = scene.organization().find(held);
  if (where == nullptr || what == nullptr || what == verdict.permission_set) return false;
  if (!guardrail.where.empty() && !contains(guardrail.where, *where, scene.organization())) return false;
  const auto sides = other_sides(guardrail, *verdict.permission_set, verdict.terms->level);
  const Level level = level_of(scene.policy(), *what);
  return std::any_of(sides.begin(), sides.end(), [&](const Sets* side) { return contains(*side, *what, level); });
}

/// An ending grant may still be held: until it was seen to be gone nobody knows.
bool overlaps(const GrantState& grant, Instant start, Instant end) {
  const bool is_over = grant.status != Status::kEnding && grant.end <= start;
  return !is_over && grant.start < end;
}

std::unexpected<Error> apart(const Scene& scene, const Guardrail& guardrail, const PermissionSetArn& held,
                             const AccountId& account, const std::string& until, const std::string& fix) {
  return fail({"never_with",
               fmt::format("{} in {} is held{}, and nobody may hold both at the same time",
                           scene.organization().find(held)->name, scene.organization().find(account)->name, until),
               "permission_set", place_of(guardrail), fix});
}

}  // namespace

Result<void> check_not_held(const Scene& scene, const User& user, const Account& account, const PermissionSet& set) {
  for (const StandingAssignment* held : scene.organization().standing_of(user.id)) {
    if (held->account != account.id || held->permission_set != set.arn) continue;
    const Group* group = held->group ? scene.organization().find(*held->group) : nullptr;
    return fail({"already_held",
                 fmt::format("{} in {} is held already, without end{}", set.name, account.name,
                             group != nullptr ? ", through the group " + group->name : ""),
                 "accounts", "", "it is in the AWS access portal: nothing has to be asked for"});
  }
  return {};
}

Result<void> check_separation(const Scene& scene, const User& user, const Eligibility& verdict, Instant start,
                              Instant end) {
  for (const Guardrail* guardrail : verdict.terms->guardrails) {
    if (!guardrail->never_with) continue;
    if (!scene.organization().standing_known()) {
      return fail({"directory_unknown",
                   "what is held without end has not been read from AWS yet; try again in a moment", "",
                   place_of(*guardrail), ""});
    }
    for (const User* identity : scene.organization().identities_of(user)) {
      for (const StandingAssignment* held : scene.organization().standing_of(identity->id)) {
        if (keeps_apart(scene, *guardrail, verdict, held->account, held->permission_set)) {
          return apart(scene, *guardrail, held->permission_set, held->account, " without end",
                       "have the standing access removed first");
        }
      }
      const Holdings* own = scene.state.holdings.find(identity->id);
      for (const auto& id : own == nullptr ? std::vector<GrantId>{} : own->live) {
        const GrantState& grant = *scene.state.grants.find(id);
        if (!overlaps(grant, start, end)) continue;
        if (keeps_apart(scene, *guardrail, verdict, grant.slot.account, grant.slot.permission_set)) {
          return apart(scene, *guardrail, grant.slot.permission_set, grant.slot.account,
                       " until " + to_rfc3339(grant.end),
                       fmt::format("end it first: `accessguard access end {}`", grant.request.str()));
        }
      }
    }
  }
  return {};
}

}  // namespace ag::access
