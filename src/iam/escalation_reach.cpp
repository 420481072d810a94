#include "iam/escalation_reach.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "base/text.hpp"
#include "iam/catalogue.hpp"
#include "iam/managed_levels.hpp"
#include "iam/managed_policies.hpp"
#include "iam/principal.hpp"
#include "iam/wildcards.hpp"

namespace ag::iam {
namespace {

constexpr std::string_view kPolicyArn = "iam:policyarn";
// Of so many the levels are found one by one; of more it is faster to have them all.
constexpr std::size_t kFewPolicies = 4;

ActionSet set_of(std::initializer_list<std::string_view> names) {
  ActionSet set;
  for (const std::string_view name : names) set.add(Catalogue::built_in().find(name).value());
  return set;
}

struct Family {
  ActionSet policies;           ///< give one of them a policy
  ActionSet all;                ///< these, and what else is done to one
  std::string_view everything;  ///< the pattern of all of them
};

const Family& users() {
  static const Family kUsers = {
      set_of({"iam:AttachUserPolicy", "iam:PutUserPolicy"}),
      set_of({"iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:CreateUser", "iam:CreateAccessKey"}),
      "arn:aws:iam::*:user/*"};
  return kUsers;
}

const Family& roles() {
  static const Family kRoles = {
      set_of({"iam:AttachRolePolicy", "iam:PutRolePolicy"}),
      set_of({"iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:CreateRole", "iam:UpdateAssumeRolePolicy"}),
      "arn:aws:iam::*:role/*"};
  return kRoles;
}

/// What of a grant can be one of the family.
std::vector<std::string> patterns_of(const Grant& grant, const Family& family) {
  if (grant.certainty == Certainty::kNever) return {};
  if (grant.breadth == Breadth::kEverything) return {std::string(family.everything)};
  std::vector<std::string> patterns;
  for (const std::string& pattern : grant.resources) {
    if (overlap_arns(pattern, family.everything)) patterns.push_back(pattern);
  }
  return patterns;
}

bool works_on_one(Attachings& granted, const Technique& technique, const Family& family) {
  const bool of_family = std::ranges::all_of(technique.actions, [&](ActionId id) { return family.all.contains(id); });
  if (!of_family || technique.actions.size() < 2) return false;
  std::vector<std::vector<std::string>> patterns;
  for (const ActionId action : technique.actions) patterns.push_back(patterns_of(granted.grant_of(action), family));
  return std::ranges::any_of(patterns.front(), [&](const std::string& one) {
    return std::ranges::all_of(patterns, [&](const std::vector<std::string>& others) {
      return std::ranges::any_of(others, [&](const std::string& other) { return overlap_arns(one, other); });
    });
  });
}

bool attaches_managed_policies(ActionId action) {
  static const ActionSet kAttach = set_of({"iam:AttachUserPolicy", "iam:AttachRolePolicy", "iam:AttachGroupPolicy"});
  return kAttach.contains(action);
}

/// The values of iam:PolicyARN without which nothing can be attached: those that an Allow asks for, and those that a
/// Deny spares.
std::vector<std::string> policies_named(const PolicyLayers& layers) {
  std::vector<std::string> named;
  const auto look = [&](const std::vector<NamedPolicy>& policies) {
    for (const NamedPolicy& policy : policies) {
      for (const Statement& statement : policy.policy.statements) {
        for (const Condition& condition : statement.conditions) {
          const bool names = condition.op.negated == (statement.effect == Effect::kDeny);
          if (names && to_lower(condition.key) == kPolicyArn)
            named.insert(named.end(), condition.values.begin(), condition.values.end());
        }
      }
    }
  };
  look(layers.identity);
  if (layers.boundary) look(*layers.boundary);
  if (layers.session) look(*layers.session);
  for (const auto& level : layers.service_control) look(level);
  return named;
}

/// The numbers of AWS's policies that values of iam:PolicyARN may mean; all where there is no value.
std::vector<std::size_t> may_be_meant(const std::vector<std::string>& named) {
  const std::vector<std::string>& arns = managed_policy_arns();
  std::set<std::size_t> found;
  const auto add_where = [&](auto fits) {
    for (std::size_t i = 0; i < arns.size(); ++i) {
      if (fits(arns[i])) found.insert(i);
    }
  };
  if (named.empty()) add_where([](const std::string&) { return true; });
  for (const std::string& pattern : named) {
    if (pattern.find("${") != std::string::npos)
      add_where([&](const std::string& arn) { return overlap_arns(pattern, arn); });
    else if (pattern.find_first_of("*?") != std::string::npos)
      add_where([&](const std::string& arn) { return matches_arn(pattern, arn); });
    else add_where([&](const std::string& arn) { return arn == pattern; });
  }
  return {found.begin(), found.end()};
}

/// What is left of a policy's worth: as level_of() in escalation.cpp counts doubts.
int rank_of(const Attaching& attaching) {
  return static_cast<int>(attaching.worth) - (attaching.grant.certainty >= Certainty::kPresumably ? 0 : 1) -
         (attaching.grant.breadth == Breadth::kEverything ? 0 : 1);
}

Attaching worth_most(const Expansion& expansion, ActionId action, Attached attached) {
  std::optional<Attaching> best;
  const auto consider = [&](std::string_view arn, std::string_view name, auto worth) {
    Grant grant = expansion.grant_of(action, {{std::string(kPolicyArn), std::string(arn)}});
    if (grant.certainty == Certainty::kNever) return;
    Attaching one{std::move(grant), worth(), std::string(name)};
    if (!best || rank_of(one) > rank_of(*best)) best = std::move(one);
  };
  const auto critical = [] { return Level::kCritical; };
  consider("arn:aws:iam::aws:policy/AdministratorAccess", "AdministratorAccess", critical);
  consider("arn:aws:iam::aws:policy/IAMFullAccess", "IAMFullAccess", critical);
  consider(kSomeOwnPolicy, "a policy of the account's own", critical);
  if (best && best->grant.certainty >= Certainty::kPresumably) return *best;

  const std::vector<std::string> named = policies_named(expansion.layers());
  if (named.empty() && best) return *best;
  const std::vector<std::size_t> others = may_be_meant(named);
  for (const std::size_t i : others) {
    consider(managed_policy_arns()[i], managed_policies()[i].name, [&] {
      if (attached == Attached::kCountsAsHigh) return Level::kHigh;
      return others.size() <= kFewPolicies ? level_of_managed_policy(i) : levels_of_managed_policies().at(i);
    });
  }
  // What AWS has since the program was made may allow anything; it seldom makes an administrator.
  const auto unheard_of = [] { return Level::kHigh; };
  for (const std::string& arn : named) {
    if (arn.starts_with("arn:aws:iam::aws:policy/") &&
        std::ranges::find(managed_policy_arns(), arn) == managed_policy_arns().end())
      consider(arn, arn.substr(arn.rfind('/') + 1), unheard_of);
  }
  if (!best) best = Attaching{expansion.grant_of(action), unheard_of(), "what its conditions name"};
  return *best;
}

}  // namespace

Oneself::Oneself(std::string_view principal) {
  if (principal.empty()) {
    unknown_ = true;
    return;
  }
  const auto who = Principal::parse(principal);
  if (!who) return;
  if (who->kind() == PrincipalKind::kUser) {
    arn_ = who->text();
    known_ = {{"aws:username", who->name()}};
  } else if (who->kind() == PrincipalKind::kRole) {
    arn_ = who->text();
  } else if (who->kind() == PrincipalKind::kRoleSession) {
    arn_ = fmt::format("arn:aws:iam::{}:role/{}", who->account(), who->name());
  }
}

bool Oneself::is_reached_by(const Expansion& expansion, Attachings& granted, ActionId action) const {
  if (!users().policies.contains(action) && !roles().policies.contains(action)) return false;
  if (unknown_) {
    const Grant grant = granted.grant_of(action);
    return std::ranges::any_of(grant.resources, [](const std::string& pattern) {
      const auto user = pattern.find(":user/");
      return user != std::string::npos && pattern.find("${aws:username}", user) != std::string::npos;
    });
  }
  return !arn_.empty() && expansion.allows(action, arn_, known_) != Certainty::kNever;
}

std::string_view well_known_administrator(const Grant& grant) {
  // Organizations User Guide, orgs_manage_accounts_access.html; Control Tower User Guide,
  // awscontroltowerexecution.html, and aft-required-roles.html; CloudFormation User Guide,
  // stacksets-prereqs-self-managed.html.
  constexpr std::array<std::string_view, 4> kNames = {"OrganizationAccountAccessRole", "AWSControlTowerExecution",
                                                      "AWSAFTExecution", "AWSCloudFormationStackSetExecutionRole"};
  constexpr std::size_t kMeansOne = 8;  // letters
  for (const std::string& resource : grant.resources) {
    const std::string_view name = std::string_view(resource).substr(resource.rfind('/') + 1);
    // `*` and `app-*` mean any role; `OrganizationAccount*` means this one.
    const auto known = std::ranges::find_if(kNames, [&](std::string_view one) { return matches(name, one); });
    if (known != kNames.end() && name.size() > kMeansOne) return *known;
  }
  return {};
}

bool works_on_one(Attachings& granted, const Technique& technique) {
  return works_on_one(granted, technique, roles()) || works_on_one(granted, technique, users());
}

const Attaching* Attachings::limited(ActionId action) {
  if (!attaches_managed_policies(action) || expansion_.certain().contains(action)) return nullptr;
  const auto known = known_.find(action);
  if (known != known_.end()) return &known->second;
  return &known_.emplace(action, worth_most(expansion_, action, attached_)).first->second;
}

Grant Attachings::grant_of(ActionId action) {
  const Attaching* attaching = limited(action);
  return attaching == nullptr ? expansion_.grant_of(action) : attaching->grant;
}

}  // namespace ag::iam
