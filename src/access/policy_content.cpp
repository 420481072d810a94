#include "access/policy_content.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace ag::access {
namespace {

/// A text of fields that cannot run into each other: each with its length.
class Content {
 public:
  Content& add(std::string_view text) {
    text_ += std::to_string(text.size());
    text_ += ':';
    text_ += text;
    return *this;
  }
  Content& add(std::int64_t number) { return add(std::to_string(number)); }
  Content& add(Duration length) { return add(length.count_nanoseconds()); }
  /// In any order: they are a set.
  Content& add(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    add(static_cast<std::int64_t>(names.size()));
    for (const auto& name : names) add(name);
    return *this;
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string content_of(const People& people) {
  Content content;
  content.add(people.everyone ? 1 : 0).add(people.groups).add(people.users);
  return content.add(people.except_groups).add(people.except_users).take();
}

std::vector<std::string> contents_of(const std::vector<Target>& targets) {
  std::vector<std::string> all;
  for (const auto& target : targets) all.push_back(content_of(target));
  return all;
}

std::vector<std::string> windows_of(const Policy& policy, const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const auto& name : names) {
    const auto window = policy.windows.find(name);
    all.push_back(window == policy.windows.end() ? "" : content_of(window->second));
  }
  return all;
}

std::string content_of(const Policy& policy, const std::vector<PartyRule>& parties) {
  std::vector<std::string> all;
  for (const auto& party : parties) {
    Content content;
    content.add(static_cast<std::int64_t>(party.kind)).add(party.name);
    const auto schedule = policy.on_call.find(party.name);
    if (party.kind == PartyRuleKind::kOnCall && schedule != policy.on_call.end())
      content.add(content_of(schedule->second));
    all.push_back(content.take());
  }
  return Content().add(std::move(all)).take();
}

std::string approval_of(const Policy& policy, const std::string& name) {
  const auto found = policy.approvals.find(name);
  if (found == policy.approvals.end()) return "";
  const ApprovalPolicy& approval = found->second;
  Content content;
  for (const auto& steps : approval.steps) {
    content.add(static_cast<std::int64_t>(steps.size()));
    for (const auto& step : steps) content.add(content_of(policy, step.any_of)).add(step.need);
  }
  content.add(approval.lapse);
  for (const auto& later : approval.escalate) content.add(later.after).add(content_of(policy, later.any_of));
  return content.take();
}

template <class T>
bool is_subset(const std::vector<T>& part, const std::vector<T>& whole) {
  return std::all_of(part.begin(), part.end(),
                     [&](const T& it) { return std::find(whole.begin(), whole.end(), it) != whole.end(); });
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_everywhere(const Target& target) {
  return (target.unit.empty() || target.unit == "/") && target.tags.empty() && target.accounts.empty() &&
         target.except.empty();
}

}  // namespace

std::string content_of(const Target& target) {
  Content content;
  content.add(target.unit).add(static_cast<std::int64_t>(target.tags.size()));
  for (const auto& [key, values] : target.tags) content.add(key).add(values);
  return content.add(target.accounts).add(contents_of(target.except)).take();
}

std::string content_of(const Sets& sets) {
  std::vector<std::string> levels;
  for (const Level level : sets.levels) levels.emplace_back(name_of(level));
  return Content().add(sets.names).add(levels).add(sets.except).take();
}

std::string content_of(const Window& window) {
  Content content;
  content.add(window.zone).add(window.from).add(window.to);
  for (const bool day : window.days) content.add(day ? 1 : 0);
  return content.take();
}

std::string content_of(const OnCall& schedule) {
  Content content;
  content.add(schedule.zone).add(schedule.from).add(schedule.days);
  for (const auto& turn : schedule.turns) content.add(turn.group).add(turn.user);
  return content.take();
}

std::string content_of(const Policy& policy, const Rule& rule) {
  Content content;
  content.add(content_of(rule.who)).add(content_of(rule.what)).add(contents_of(rule.where));
  content.add(rule.max).add(rule.min).add(approval_of(policy, rule.approval));
  content.add(windows_of(policy, rule.during)).add(static_cast<std::int64_t>(rule.session_end));
  if (rule.extend) content.add(rule.extend->times).add(rule.extend->by).add(approval_of(policy, rule.extend->approval));
  return content.take();
}

std::string content_of(const Policy& policy, const Guardrail& guardrail) {
  Content content;
  content.add(guardrail.who ? content_of(*guardrail.who) : "everybody").add(contents_of(guardrail.where));
  content.add(content_of(guardrail.what)).add(windows_of(policy, guardrail.outside)).add(guardrail.approvers);
  content.add(static_cast<std::int64_t>(guardrail.reason_min)).add(guardrail.ticket);
  content.add(guardrail.max.value_or(Duration::max())).add(windows_of(policy, guardrail.during));
  content.add(guardrail.other_team).add(guardrail.never_with ? content_of(*guardrail.never_with) : "");
  return content.add(guardrail.forbid ? 1 : 0).take();
}

bool surely_contains(const Sets& sets, const Sets& others) {
  const bool names =
      sets.names.empty() || has(sets.names, "*") || (!others.names.empty() && is_subset(others.names, sets.names));
  const bool levels = sets.levels.empty() || (!others.levels.empty() && is_subset(others.levels, sets.levels));
  return names && levels && is_subset(sets.except, others.except);
}

bool surely_contains(const People& people, const People& others) {
  const bool included = people.everyone || (!others.everyone && is_subset(others.groups, people.groups) &&
                                            is_subset(others.users, people.users));
  return included && is_subset(people.except_groups, others.except_groups) &&
         is_subset(people.except_users, others.except_users);
}

bool surely_contains(const std::vector<Target>& targets, const std::vector<Target>& others) {
  if (std::any_of(targets.begin(), targets.end(), is_everywhere)) return true;
  return is_subset(contents_of(others), contents_of(targets));
}

}  // namespace ag::access
