#include <fmt/format.h>

#include <set>

#include "access/eligibility.hpp"
#include "access/policy.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

/// Collects what the organization does not know, once for each name.
class Names {
 public:
  explicit Names(const Organization& organization) : organization_(organization) {}

  void group(const std::string& name, int line, const std::string& where) {
    check(organization_.group(name, where), line, where);
  }
  void user(const std::string& name, int line, const std::string& where) {
    check(organization_.user(name, where), line, where);
  }

  void people(const People& people, int line, const std::string& where) {
    for (const auto& name : people.groups) group(name, line, where);
    for (const auto& name : people.except_groups) group(name, line, where);
    for (const auto& name : people.users) user(name, line, where);
    for (const auto& name : people.except_users) user(name, line, where);
  }

  void sets(const std::vector<std::string>& patterns, int line, const std::string& where) {
    for (const auto& pattern : patterns) {
      if (pattern.find('*') == std::string::npos) {
        check(organization_.permission_set(pattern, where), line, where);
        continue;
      }
      const auto& sets = organization_.snapshot().permission_sets;
      const bool any =
          std::any_of(sets.begin(), sets.end(), [&](const auto& set) { return matches_glob(pattern, set.name); });
      if (!any) add(line, where, "matches_nothing", fmt::format("no permission set fits \"{}\"", pattern));
    }
  }

  void target(const Target& target, const std::string& where) {
    if (!target.unit.empty()) check(organization_.unit(target.unit, where), target.line, where);
    for (const auto& name : target.accounts) check(organization_.account(name, where), target.line, where);
    for (const auto& except : target.except) this->target(except, where + ".except");
  }
  void targets(const std::vector<Target>& targets, const std::string& where) {
    for (const auto& each : targets) target(each, where);
  }

  void step(const StepRule& step, const std::string& where) {
    bool all_known = true;
    std::set<std::string> people;
    const auto add_person = [&](const User* user) {
      if (user != nullptr && user->enabled) people.insert(person_of(*user));
    };
    for (const auto& name : step.groups) {
      const auto found = organization_.group(name, where);
      check(found, step.line, where);
      all_known = all_known && found;
      for (const auto& member : found ? (*found)->members : std::vector<UserId>{})
        add_person(organization_.find(member));
    }
    for (const auto& name : step.users) {
      const auto found = organization_.user(name, where);
      check(found, step.line, where);
      all_known = all_known && found;
      add_person(found.value_or(nullptr));
    }
    if (all_known && people.size() < static_cast<std::size_t>(step.need)) {
      add(step.line, where, "too_few_people",
          fmt::format("{} must agree, but only {} could", step.need, people.size()));
    }
  }

  std::vector<PolicyProblem> take() { return std::move(problems_); }

 private:
  template <class T>
  void check(const Result<T>& found, int line, const std::string& where) {
    if (found) return;
    const Error& error = found.error();
    add(line, where, error.code, error.fix.empty() ? error.message : error.message + "; " + error.fix);
  }
  void add(int line, const std::string& where, std::string code, std::string message) {
    if (seen_.insert(where + "\n" + message).second)
      problems_.push_back({line, where, std::move(code), std::move(message)});
  }

  const Organization& organization_;
  std::vector<PolicyProblem> problems_;
  std::set<std::string> seen_;
};

}  // namespace

std::vector<PolicyProblem> check_names(const Policy& policy, const Organization& organization) {
  if (!organization.known()) return {};
  Names names(organization);
  for (const auto& [name, target] : policy.targets) names.target(target, "targets." + name);
  for (const auto& [name, line] : policy.level_lines) names.sets({name}, line, "permission_sets." + name);
  for (const auto& rule : policy.rules) {
    names.people(rule.who, rule.line, rule.id + ".who");
    names.sets(rule.what, rule.line, rule.id + ".what");
    names.targets(rule.where, rule.id + ".where");
  }
  for (const auto& [name, approval] : policy.approvals) {
    for (const auto& steps : approval.steps) {
      for (const auto& step : steps) names.step(step, "approval_policies." + name);
    }
  }
  for (const auto& guardrail : policy.guardrails) {
    names.sets(guardrail.what, guardrail.line, guardrail.id + ".what");
    names.targets(guardrail.where, guardrail.id + ".where");
  }
  if (const auto& glass = policy.break_glass) {
    names.people(glass->who, glass->line, "break_glass.who");
    names.sets(glass->what, glass->line, "break_glass.what");
    names.targets(glass->where, "break_glass.where");
    for (const auto& name : glass->notify) names.group(name, glass->line, "break_glass.notify");
  }
  return names.take();
}

}  // namespace ag::access
