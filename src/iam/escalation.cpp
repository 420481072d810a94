#include "iam/escalation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "iam/catalogue.hpp"

namespace ag::iam {
namespace {

ActionId pass_role() {
  static const ActionId kPassRole = Catalogue::built_in().find("iam:PassRole").value();
  return kPassRole;
}

/// What is certain and wide is one level more than what is limited or depends on something, and that again than both.
Level level_of(TechniqueClass kind, Certainty certainty, Breadth breadth, AccountKind account) {
  const int doubts = (certainty == Certainty::kCertainly ? 0 : 1) + (breadth == Breadth::kEverything ? 0 : 1);
  const bool by_itself =
      kind == TechniqueClass::kSelf || (kind != TechniqueClass::kTarget && account == AccountKind::kManagement);
  const int worst = by_itself ? static_cast<int>(Level::kCritical) : static_cast<int>(Level::kHigh);
  return static_cast<Level>(std::max(worst - doubts, static_cast<int>(Level::kMedium)));
}

struct Strength {
  Certainty certainty = Certainty::kCertainly;
  Breadth breadth = Breadth::kEverything;
};

/// iam:PassRole for the service of a technique, whichever is granted best.
Grant passing(const Expansion& expansion, const Technique& technique) {
  Grant best;
  for (const std::string_view service : technique.passes) {
    Grant grant = expansion.grant_of(pass_role(), {{"iam:passedtoservice", std::string(service)}});
    if (std::tie(grant.certainty, grant.breadth) > std::tie(best.certainty, best.breadth)) best = std::move(grant);
  }
  return best;
}

/// The weakest of what is needed. Where a role is passed, it is the roles that count: what they are passed to is new.
Strength strength_of(const Expansion& expansion, const Technique& technique, const Grant& passed) {
  Strength strength;
  for (const ActionId action : technique.actions) {
    if (action == pass_role() && !technique.passes.empty()) {
      strength.certainty = std::min(strength.certainty, passed.certainty);
      continue;
    }
    if (!expansion.certain().contains(action)) strength.certainty = std::min(strength.certainty, Certainty::kPossibly);
    if (technique.passes.empty() && !expansion.everywhere().contains(action)) {
      // Of what is possible only, the bit does not tell how much it is.
      const bool wide =
          !expansion.certain().contains(action) && expansion.grant_of(action).breadth == Breadth::kEverything;
      if (!wide) strength.breadth = Breadth::kSome;
    }
  }
  if (!technique.passes.empty()) strength.breadth = passed.breadth;
  return strength;
}

EscalationPath path_of(const Expansion& expansion, const Technique& technique, const Grant& passed,
                       AccountKind account) {
  const Strength strength = strength_of(expansion, technique, passed);
  EscalationPath path{.technique = std::string(technique.name),
                      .kind = technique.kind,
                      .level = level_of(technique.kind, strength.certainty, strength.breadth, account),
                      .certainty = strength.certainty,
                      .breadth = strength.breadth,
                      .words = std::string(technique.what),
                      .names = std::string(technique.names)};
  for (const ActionId action : technique.actions) {
    if (path.steps.size() == kMostSteps) break;
    path.steps.push_back({Catalogue::built_in().name(action),
                          action == pass_role() && !technique.passes.empty() ? passed : expansion.grant_of(action)});
  }
  return path;
}

/// By level, then the shorter ways before those that say the same with more, else in the order of the data.
std::vector<EscalationPath> worst_first(std::vector<EscalationPath> paths) {
  std::vector<std::size_t> order(paths.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(paths[b].level, paths[a].kind, paths[b].minimal, a) <
           std::tuple(paths[a].level, paths[b].kind, paths[a].minimal, b);
  });
  std::vector<EscalationPath> sorted;
  for (const std::size_t i : order) sorted.push_back(std::move(paths[i]));
  return sorted;
}

bool is_part_of(const Technique& part, const Technique& whole) {
  return part.actions.size() < whole.actions.size() &&
         std::includes(whole.actions.begin(), whole.actions.end(), part.actions.begin(), part.actions.end());
}

}  // namespace

std::vector<EscalationPath> find_escalations(const Expansion& expansion, AccountKind account) {
  std::vector<EscalationPath> paths;
  std::vector<const Technique*> found;
  for (const Technique& technique : Facts::built_in().techniques()) {
    const bool of_organization =
        technique.kind == TechniqueClass::kCenter || technique.kind == TechniqueClass::kOrganization;
    if (of_organization && account == AccountKind::kMember) continue;
    const bool possible = std::all_of(technique.actions.begin(), technique.actions.end(),
                                      [&](ActionId action) { return expansion.possible().contains(action); });
    if (!possible) continue;
    const Grant passed = technique.passes.empty() ? Grant{} : passing(expansion, technique);
    if (!technique.passes.empty() && passed.certainty == Certainty::kNever) continue;
    paths.push_back(path_of(expansion, technique, passed, account));
    found.push_back(&technique);
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    for (std::size_t j = 0; j < paths.size() && paths[i].minimal; ++j)
      paths[i].minimal = !(is_part_of(*found[j], *found[i]) && paths[j].level >= paths[i].level);
  }
  return worst_first(std::move(paths));
}

std::string administrator_by_itself(const Expansion& expansion, const std::vector<EscalationPath>& paths) {
  if (expansion.everywhere() == Catalogue::built_in().all()) return "can do everything on everything";
  for (const EscalationPath& path : paths) {
    if (path.level == Level::kCritical) return fmt::format("can make itself administrator by {}", path.words);
  }
  return {};
}

}  // namespace ag::iam
