#include "access/set_changes.hpp"

#include <fmt/format.h>

#include "access/levels.hpp"
#include "access/set_analysis.hpp"
#include "access/set_policies.hpp"
#include "iam/catalogue.hpp"
#include "iam/expand.hpp"

namespace ag::access {
namespace {

constexpr std::size_t kMostActions = 20;  // named in an entry
constexpr std::string_view kCode = "permission_set_changed";

std::vector<std::string> names_of(const iam::ActionSet& actions) {
  std::vector<std::string> names;
  actions.each([&](iam::ActionId action) {
    if (names.size() < kMostActions) names.push_back(iam::Catalogue::built_in().name(action));
  });
  if (actions.size() > kMostActions) names.push_back(fmt::format("{} more", actions.size() - kMostActions));
  return names;
}

/// What one allows beyond the other, in names of actions.
void compare(const PermissionSet& then, const Organization& before, const PermissionSet& now, const Organization& today,
             PermissionSetSeen& seen) {
  ManagedDocuments documents_then(before.snapshot());
  ManagedDocuments documents_now(today.snapshot());
  const iam::Expansion old(input_of(*then.policies, documents_then).input.layers);
  const iam::Expansion made(input_of(*now.policies, documents_now).input.layers);
  seen.gained = names_of(iam::difference(old, made).new_actions);
  seen.lost = names_of(iam::difference(made, old).new_actions);
}

PermissionSetSeen seen_now(const PermissionSet& set, const SeenSet* known, const Organization& today,
                           const Organization& before) {
  const SetAnalysis& analysis = *set.analysis;
  PermissionSetSeen seen{.permission_set = set.arn,
                         .name = set.name,
                         .content = analysis.content,
                         .level = analysis.level,
                         .allows = analysis.allows,
                         .unread = analysis.unread,
                         .observed_at = today.snapshot().read_at};
  if (known == nullptr) return seen;
  seen.was_content = known->content;
  seen.was_level = known->level;
  const PermissionSet* then = before.find(set.arn);
  if (then != nullptr && then->analysis != nullptr && then->analysis->content == known->content)
    compare(*then, before, set, today, seen);
  return seen;
}

/// Nobody knew what it allows when this was asked, and it is more than was taken for granted.
std::string why_unseen(const PermissionSetSeen& seen, Level asked, Level now) {
  return fmt::format(
      "what the permission set {} allows had not been read when this was asked: it is {}, not {}; ask again", seen.name,
      name_of(now), name_of(asked));
}

std::string why_void(const PermissionSetSeen& seen) {
  const std::string level =
      seen.was_level && *seen.was_level != seen.level
          ? fmt::format(": it was {} by what it allows and is {} now", name_of(*seen.was_level), name_of(seen.level))
          : "";
  return fmt::format("the permission set {} was changed in AWS after this was asked{}; ask again", seen.name, level);
}

/// What waits for the set, and what was agreed to and has yet to start, where `why` gives a reason.
template <class Why>
void void_where(const State& state, const PermissionSetArn& set, Why why, std::vector<Event>& events) {
  for (const auto& [user, own] : state.holdings) {
    for (const auto& id : own.open) {
      const Request& request = state.requests.find(id)->request;
      if (request.permission_set != set) continue;
      if (const std::optional<std::string> reason = why(request))
        events.emplace_back(RequestVoided{id, std::string(kCode), *reason});
    }
    for (const auto& id : own.live) {
      const GrantState& grant = *state.grants.find(id);
      const RequestState& request = *state.requests.find(grant.request);
      // What nobody had to agree to is looked at once more when it starts.
      if (grant.slot.permission_set != set || grant.started || request.decisions.empty()) continue;
      if (is_final(grant.status) || grant.status == Status::kEnding) continue;
      if (const std::optional<std::string> reason = why(request.request))
        events.emplace_back(GrantEnding{id, EndCause::kPolicy, *reason});
    }
  }
}

}  // namespace

std::vector<Event> set_changes(const State& state, const Organization& now, const Organization& before,
                               std::size_t limit) {
  std::vector<Event> events;
  std::size_t told = 0;
  for (const auto& set : now.snapshot().permission_sets) {
    if (set.analysis == nullptr) continue;
    const SeenSet* known = state.sets.find(set.arn);
    if (known != nullptr && known->content == set.analysis->content && known->level == set.analysis->level) continue;
    if (told++ == limit) break;
    auto seen = seen_now(set, known, now, before);
    std::vector<Event> void_with_it;
    // A level that a newer program finds in the same policies is no change of what people agreed to.
    if (known != nullptr && known->content != seen.content) {
      void_where(state, set.arn, [&](const Request&) { return std::optional(why_void(seen)); }, void_with_it);
    } else if (known == nullptr) {
      const Level level = level_of(*state.policy.get().policy, set);
      const auto why = [&](const Request& request) {
        return request.level < level ? std::optional(why_unseen(seen, request.level, level)) : std::nullopt;
      };
      void_where(state, set.arn, why, void_with_it);
    }
    events.emplace_back(std::move(seen));
    std::move(void_with_it.begin(), void_with_it.end(), std::back_inserter(events));
  }
  return events;
}

}  // namespace ag::access
