#include <fmt/format.h>

#include <algorithm>

#include "access/glass.hpp"
#include "access/levels.hpp"
#include "access/scene.hpp"
#include "access/windows.hpp"

/// Emergency access: nobody is asked, everybody named is told, and somebody else looks at it afterwards.
namespace ag::access {
namespace {

bool includes(const People& people, const User& user, const Organization& organization) {
  const auto in_group = [&](const std::string& name) {
    const auto group = organization.group(name, "");
    return group && organization.is_member(user.id, (*group)->id);
  };
  const auto is_user = [&](const std::string& name) {
    const auto found = organization.user(name, "");
    return found && (*found)->id == user.id;
  };
  const auto any = [](const auto& names, const auto& is) { return std::any_of(names.begin(), names.end(), is); };
  if (any(people.except_groups, in_group) || any(people.except_users, is_user)) return false;
  return people.everyone || any(people.groups, in_group) || any(people.users, is_user);
}

Result<void> check_open(const Scene& scene, const Policy& policy, const User& user, const Account& account,
                        const PermissionSet& set) {
  const auto refused = [&](std::string_view why) {
    return fail(
        {"not_eligible",
         fmt::format("break-glass does not let {} have {} in {}: {}", user.user_name, set.name, account.name, why),
         "accounts", fmt::format("break_glass (line {})", policy.break_glass->line),
         "`accessguard ask` asks for ordinary access"});
  };
  const auto& glass = *policy.break_glass;
  if (!includes(glass.who, user, scene.organization())) return refused("it is not for you");
  if (!contains(glass.what, set, level_of(policy, set))) return refused("it is not for this permission set");
  if (!contains(glass.where, account, scene.organization())) return refused("it is not for this account");
  if (account.state != "ACTIVE") return refused(fmt::format("the account is {}", account.state));
  return {};
}

/// What guardrails say to an emergency. Who would have to agree, windows, tickets and long reasons do not count in it:
/// what is forbidden, kept apart or limited in time does.
Terms emergency_terms(const Scene& scene, const User& user, const Account& account, const PermissionSet& set,
                      Duration wanted) {
  Terms terms{.level = level_of(scene.policy(), set), .max = scene.policy().break_glass->max};
  Bits fitting = scene.index.of(user).guardrails;
  fitting &= scene.index.of(account).guardrails;
  fitting &= scene.index.of(set).guardrails;
  for (std::size_t i = 0; i < scene.policy().guardrails.size(); ++i) {
    const Guardrail& guardrail = scene.policy().guardrails[i];
    const bool is_inside = open_until(scene.policy(), guardrail.outside, scene.now) >= scene.now + wanted;
    if (!fitting.test(i) || (!guardrail.outside.empty() && is_inside)) continue;
    terms.guardrails.push_back(&guardrail);
    if (guardrail.max) terms.max = std::min(terms.max, *guardrail.max);
    if (guardrail.forbid && terms.forbids == nullptr) terms.forbids = &guardrail;
  }
  return terms;
}

Result<void> check_not_forbidden(const Terms& terms, const Account& account, const PermissionSet& set) {
  if (terms.forbids == nullptr) return {};
  return fail({"forbidden",
               fmt::format("nobody may have {} in {}, not even by break-glass: {} forbids it", set.name, account.name,
                           place_of(*terms.forbids)),
               "accounts", place_of(*terms.forbids), "ask for another permission set, or in another account"});
}

Result<Duration> check_duration(const Scene& scene, const Terms& terms, const std::optional<Duration>& wanted) {
  const auto& glass = *scene.policy().break_glass;
  const Duration duration = wanted.value_or(terms.max);
  if (duration < Duration::seconds(1))
    return fail("invalid_duration", "\"duration\" must be at least one second, as in 30m", "duration");
  if (duration <= terms.max) return duration;
  const auto limits = [&](const Guardrail* guardrail) { return guardrail->max == terms.max; };
  const auto shortest = std::find_if(terms.guardrails.begin(), terms.guardrails.end(), limits);
  return fail({"duration_too_long", fmt::format("{} is too long for break-glass", to_text(duration)), "duration",
               shortest != terms.guardrails.end() && terms.max < glass.max
                   ? place_of(**shortest)
                   : fmt::format("break_glass (line {})", glass.line),
               fmt::format("ask for {} at most", to_text(terms.max))});
}

Result<void> check_confirmed(const UseBreakGlass& command, const Account& account) {
  if (command.confirm == account.name) return {};
  return fail({"not_confirmed",
               fmt::format("\"confirm\" must be the account's name once more, \"{}\"; it is \"{}\"", account.name,
                           excerpt(command.confirm)),
               "confirm", "", "type the name of the account: everybody named in the policy will be told"});
}

std::vector<Party> told(const Scene& scene) {
  std::vector<Party> parties;
  for (const auto& name : scene.policy().break_glass->notify) {
    const auto group = scene.organization().group(name, "");
    parties.push_back({PartyKind::kGroup, group ? (*group)->id.str() : "", name});
  }
  return parties;
}

}  // namespace

Result<Outcome> on(const Scene& scene, const UseBreakGlass& command) {
  const auto user = asking_user(scene);
  if (!user) return fail(user.error());
  if (!scene.policy().break_glass) {
    return fail({"not_eligible", "the policy has no break_glass: nobody can have access without approval", "", "",
                 "`accessguard ask` asks for ordinary access"});
  }
  const auto account = scene.organization().account(command.account, "account");
  if (!account) return fail(account.error());
  const auto set = scene.organization().permission_set(command.permission_set, "permission_set");
  if (!set) return fail(set.error());
  if (auto open = check_open(scene, scene.policy(), **user, **account, **set); !open) return fail(open.error());
  const Duration wanted = command.duration.value_or(scene.policy().break_glass->max);
  const Terms terms = emergency_terms(scene, **user, **account, **set, wanted);
  if (auto allowed = check_not_forbidden(terms, **account, **set); !allowed) return fail(allowed.error());
  const auto duration = check_duration(scene, terms, command.duration);
  if (!duration) return fail(duration.error());
  const Eligibility it{*account, *set, &terms, *duration};
  if (auto apart = check_separation(scene, **user, it, scene.now, scene.now + *duration); !apart)
    return fail(apart.error());
  auto reason = one_line(command.reason, {1, kLongestReason}, "reason");
  if (!reason) return fail(reason.error());
  if (auto confirmed = check_confirmed(command, **account); !confirmed) return fail(confirmed.error());

  Request request{.id = command.id,
                  .requester = (*user)->id,
                  .requester_name = (*user)->user_name,
                  .permission_set = (*set)->arn,
                  .permission_set_name = (*set)->name,
                  .session_duration = (*set)->session_duration,
                  .level = level_of(scene.policy(), **set),
                  .accounts = {{(*account)->id, (*account)->name, (*account)->path, kBreakGlassRule, {}}},
                  .duration = *duration,
                  .start = {},
                  .reason = std::move(*reason),
                  .ticket = {},
                  .steps = {},
                  .lapses_at = scene.now};
  request.level_reason = reason_of_level(scene.policy(), **set);
  request.break_glass = true;
  const std::string_view ulid = std::string_view(request.id.str()).substr(std::string_view("req_").size());
  const OpenedGrant grant{GrantId(fmt::format("grt_{}_1", ulid)), {(*account)->id, (*set)->arn, (*user)->id}};
  const auto& glass = *scene.policy().break_glass;
  Outcome outcome{{}, request.id};
  outcome.events.emplace_back(RequestSubmitted{request});
  outcome.events.emplace_back(RequestApproved{request.id, scene.now, scene.now + *duration, {grant}});
  outcome.events.emplace_back(BreakGlassOpened{request.id, told(scene), scene.now + glass.review_within});
  return outcome;
}

Result<Outcome> on(const Scene& scene, const ReviewBreakGlass& command) {
  const auto request = find_request(scene, command.request);
  if (!request) return fail(request.error());
  const OpenReview* open = scene.state.reviews.find(command.request);
  if (open == nullptr) {
    return fail("nothing_to_review",
                fmt::format("{} {}", command.request.str(),
                            (*request)->review ? "was reviewed by " + (*request)->review->by_name
                                               : "is not a use of break-glass"),
                "id");
  }
  const Person holder{(*request)->request.requester, (*request)->request.requester_name};
  if (is_same_person(scene.organization(), Person{scene.caller.user, scene.caller.user_name}, holder)) {
    return fail({"self_review", "this was your own use of break-glass; somebody else must review it", "id", "",
                 "an administrator, or anyone of: " + names_of(open->notify)});
  }
  const auto reviewers = members_of(open->notify, scene.today());
  const bool is_reviewer = std::any_of(reviewers.begin(), reviewers.end(),
                                       [&](const User* reviewer) { return reviewer->id == scene.caller.user; });
  if (!is_reviewer && !is_admin(scene.caller)) {
    return fail("not_reviewer",
                fmt::format("{} may not review this; administrators may, and {}", scene.caller.user_name,
                            names_of(open->notify)),
                "id");
  }
  auto comment = one_line(command.comment, {1, kLongestComment}, "comment");
  if (!comment) return fail(comment.error());
  return Outcome{{BreakGlassReviewed{command.request, scene.caller.user, scene.caller.user_name, command.finding,
                                     std::move(*comment)}},
                 command.request};
}

}  // namespace ag::access
