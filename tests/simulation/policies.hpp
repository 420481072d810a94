#pragma once
#include <array>
#include <string_view>

/// The policies that are in force in simulated lives.
namespace ag::simulation {

/// What every life begins with.
inline constexpr std::string_view kPolicy = R"(version: 1
permission_sets:
  ReadOnly:  {level: low}
  PowerUser: {level: medium}
  ProdAdmin: {level: critical}
rules:
  - id: work
    who: {everyone: true}
    what: [ReadOnly]
    where: [all]
    max: 8h
    approval: nobody
    extend: {times: 2, by: 2m}
  - id: build
    who: {everyone: true}
    what: [PowerUser]
    where: [all]
    max: 8h
    approval: nobody
    extend: {times: 2, by: 2m}
    end: hard
  - id: danger
    who: {everyone: true}
    what: [ProdAdmin]
    where: [all]
    max: 8h
    approval: a-lead
    extend: {times: 1, by: 1m, approval: a-lead}
    end: hard
approval_policies:
  nobody: {steps: []}
  a-lead:
    steps: [{any_of: [{group: TeamLeads}], need: 1}]
    lapse: 8h
)";

/// Two leads must agree, and nothing lasts long.
inline constexpr std::string_view kStrictPolicy = R"(version: 1
permission_sets:
  ReadOnly:  {level: low}
  PowerUser: {level: medium}
  ProdAdmin: {level: critical}
rules:
  - id: work
    who: {everyone: true}
    what: [ReadOnly]
    where: [all]
    max: 1m
    approval: nobody
  - id: danger
    who: {everyone: true}
    what: [PowerUser, ProdAdmin]
    where: [all]
    max: 10m
    approval: two-leads
approval_policies:
  nobody: {steps: []}
  two-leads:
    steps: [{any_of: [{group: TeamLeads}], need: 2}]
    lapse: 1m
)";

/// Nobody may ask for anything any more.
inline constexpr std::string_view kClosedPolicy = R"(version: 1
rules: []
approval_policies: {}
)";

/// What may be asked for hangs on where an account lies.
inline constexpr std::string_view kOnlyInDev = R"(version: 1
targets:
  dev: {ou: /Workloads/Dev}
permission_sets:
  ReadOnly:  {level: low}
rules:
  - id: work
    who: {everyone: true}
    what: [ReadOnly]
    where: [dev]
    max: 1h
    approval: nobody
approval_policies:
  nobody: {steps: []}
)";

inline constexpr std::array<std::string_view, 4> kPolicies = {kPolicy, kStrictPolicy, kClosedPolicy, kOnlyInDev};

}  // namespace ag::simulation
