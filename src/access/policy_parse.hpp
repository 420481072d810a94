#pragma once
#include <array>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "access/policy.hpp"
#include "access/policy_reader.hpp"

/// Reads the sections of a policy file. A mistake is told and then passed over: what can still be understood is, so
/// that one run tells all mistakes and no mistake is told for what only follows from another.
namespace ag::access {

inline constexpr std::array<std::string_view, 7> kWeekdays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/// For one file, once. Each group of functions has a source file of its own.
class PolicyParser {
 public:
  std::expected<Policy, std::vector<PolicyProblem>> parse(const yaml::Document& document);

 private:
  // policy_parse.cpp
  void sections(const Place& root);
  void permission_set(const std::string& name, const Place& place);
  void rule(const Place& place);
  std::optional<Extend> extend(const Place& place, const Rule& rule);
  void break_glass(const Place& place);
  void limits(const Place& place);
  void expectation(const Place& place);
  void expected_time(const Place& place, Expectation& expectation);

  // policy_parse_selectors.cpp: accounts, people, permission sets
  Target target(const Place& place);
  std::map<std::string, std::vector<std::string>> tags(const Place& place);
  std::vector<Target> targets(const Place& place);
  People people(const Place& place);
  Sets sets(const Place& place);

  // policy_parse_times.cpp: windows, turns on call
  Window window(const std::string& name, const Place& place);
  std::array<bool, 7> days(const Place& place);
  Duration time_of_day(const Place& place);
  OnCall on_call(const std::string& name, const Place& place);
  std::string zone(const Place& place);
  std::vector<std::string> window_names(const Place& place);

  // policy_parse_approvals.cpp: who must agree
  ApprovalPolicy approval(const std::string& name, const Place& place);
  void steps_by_level(const Place& place, ApprovalPolicy& policy);
  std::vector<StepRule> steps(const Place& place);
  StepRule step(const Place& place);
  std::vector<Duration> reminders(const Place& place, Duration lapse);
  std::vector<EscalateRule> escalations(const Place& place, Duration lapse);
  void comes_in_time(const Place& place, Duration after, Duration lapse, Duration last);
  std::vector<PartyRule> parties(const Place& place, const std::vector<std::string>& kinds);
  std::optional<PartyRule> party(const Place& place, const std::vector<std::string>& kinds);
  void change_control(const Place& place);
  std::string approval_name(const Place& place);

  // policy_parse_guardrails.cpp
  void guardrail(const Place& place);
  void condition(const Place& place, Guardrail& guardrail);
  void closing(const Place& place, Guardrail& guardrail);
  void requirements(const Place& place, Guardrail& guardrail);
  void ticket(const Place& place, Guardrail& guardrail);

  std::string unique_id(const Place& place);
  /// What a name may be of: the section where it is defined, its word in messages, and the code of the problem.
  struct Kind {
    std::string_view section;
    std::string_view word;
    std::string_view code;
  };
  void refuse_unknown(const Place& place, const std::string& name, const Kind& kind,
                      const std::vector<std::string>& known);

  PolicyValues in_;
  Policy policy_;
  std::set<std::string> ids_;              // of rules and guardrails
  std::set<std::string_view> unreadable_;  // sections with names that were told
  std::optional<Place> targets_;           // of the file, to tell those that are defined too late
};

}  // namespace ag::access
