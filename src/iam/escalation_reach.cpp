#include "iam/escalation_reach.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <tuple>
#include <vector>

#include "iam/catalogue.hpp"
#include "iam/principal.hpp"
#include "iam/wildcards.hpp"

namespace ag::iam {
namespace {

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

bool works_on_one(const Expansion& expansion, const Technique& technique, const Family& family) {
  const bool of_family = std::ranges::all_of(technique.actions, [&](ActionId id) { return family.all.contains(id); });
  if (!of_family || technique.actions.size() < 2) return false;
  std::vector<std::vector<std::string>> patterns;
  for (const ActionId action : technique.actions) {
    const Grant grant = attaches_managed_policies(action) ? attaching(expansion, action) : expansion.grant_of(action);
    patterns.push_back(patterns_of(grant, family));
  }
  return std::ranges::any_of(patterns.front(), [&](const std::string& one) {
    return std::ranges::all_of(patterns, [&](const std::vector<std::string>& others) {
      return std::ranges::any_of(others, [&](const std::string& other) { return overlap_arns(one, other); });
    });
  });
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

bool Oneself::is_reached_by(const Expansion& expansion, ActionId action) const {
  if (!users().policies.contains(action) && !roles().policies.contains(action)) return false;
  if (unknown_) {
    const Grant grant = attaches_managed_policies(action) ? attaching(expansion, action) : expansion.grant_of(action);
    return std::ranges::any_of(grant.resources, [](const std::string& pattern) {
      const auto user = pattern.find(":user/");
      return user != std::string::npos && pattern.find("${aws:username}", user) != std::string::npos;
    });
  }
  return !arn_.empty() && expansion.allows(action, arn_, known_) != Certainty::kNever;
}

bool works_on_one(const Expansion& expansion, const Technique& technique) {
  return works_on_one(expansion, technique, roles()) || works_on_one(expansion, technique, users());
}

bool attaches_managed_policies(ActionId action) {
  static const ActionSet kAttach = set_of({"iam:AttachUserPolicy", "iam:AttachRolePolicy", "iam:AttachGroupPolicy"});
  return kAttach.contains(action);
}

Grant attaching(const Expansion& expansion, ActionId action) {
  if (expansion.certain().contains(action)) return expansion.grant_of(action);
  Grant best;
  for (const std::string_view policy : {std::string_view("arn:aws:iam::aws:policy/AdministratorAccess"),
                                        std::string_view("arn:aws:iam::aws:policy/IAMFullAccess"), kSomeOwnPolicy}) {
    Grant grant = expansion.grant_of(action, {{"iam:policyarn", std::string(policy)}});
    if (is_better(grant, best)) best = std::move(grant);
  }
  return best;
}

}  // namespace ag::iam
