#include <fmt/format.h>

#include <set>

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
  for (const auto& [name, level] : policy.levels) names.sets({name}, 0, "permission_sets");
  for (const auto& rule : policy.rules) {
    names.people(rule.who, rule.line, rule.id + ".who");
    names.sets(rule.what, rule.line, rule.id + ".what");
    for (const auto& target : rule.where) names.target(target, rule.id + ".where");
  }
  for (const auto& [name, approval] : policy.approvals) {
    for (const auto& steps : approval.steps) {
      for (const auto& step : steps) {
        for (const auto& group : step.groups) names.group(group, step.line, "approval_policies." + name);
        for (const auto& user : step.users) names.user(user, step.line, "approval_policies." + name);
      }
    }
  }
  for (const auto& guardrail : policy.guardrails) names.sets(guardrail.what, guardrail.line, guardrail.id + ".what");
  return names.take();
}

}  // namespace ag::access
