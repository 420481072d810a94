#include "iam/escalation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/text.hpp"
#include "iam/catalogue.hpp"
#include "iam/escalation_reach.hpp"

namespace ag::iam {
namespace {

ActionId pass_role() {
  static const ActionId kPassRole = Catalogue::built_in().find("iam:PassRole").value();
  return kPassRole;
}

struct Strength {
  Certainty certainty = Certainty::kCertainly;
  Breadth breadth = Breadth::kEverything;
};

/// What is wide and depends on nothing but circumstances is one level more than what is limited or depends on what is
/// reached, and that again than both.
Level level_of(TechniqueClass kind, Level attached, Strength strength, AccountKind account) {
  const int doubts =
      (strength.certainty >= Certainty::kPresumably ? 0 : 1) + (strength.breadth == Breadth::kEverything ? 0 : 1);
  const bool by_itself =
      kind == TechniqueClass::kSelf || (kind != TechniqueClass::kTarget && account == AccountKind::kManagement);
  const Level worst = std::min(attached, by_itself ? Level::kCritical : Level::kHigh);
  return static_cast<Level>(std::max(static_cast<int>(worst) - doubts, static_cast<int>(Level::kMedium)));
}

ActionId assume_role() {
  static const ActionId kAssumeRole = Catalogue::built_in().find("sts:AssumeRole").value();
  return kAssumeRole;
}

/// Whether an Allow of the identity's names a service as some are called in China: ec2.amazonaws.com.cn.
bool passes_in_china(const Expansion& expansion) {
  const auto in_china = [](const Condition& condition) {
    return to_lower(condition.key) == "iam:passedtoservice" &&
           std::ranges::any_of(condition.values, [](const std::string& value) { return value.ends_with(".com.cn"); });
  };
  return std::ranges::any_of(expansion.layers().identity, [&](const NamedPolicy& policy) {
    return std::ranges::any_of(policy.policy.statements, [&](const Statement& statement) {
      return statement.effect == Effect::kAllow && std::ranges::any_of(statement.conditions, in_china);
    });
  });
}

/// iam:PassRole for the service of a technique, whichever is granted best.
Grant passing(const Expansion& expansion, const Technique& technique, bool in_china) {
  Grant best;
  for (const std::string_view service : technique.passes) {
    for (const std::string_view end : {"", ".cn"}) {
      if (!end.empty() && !in_china) continue;
      Grant grant = expansion.grant_of(pass_role(), {{"iam:passedtoservice", fmt::format("{}{}", service, end)}});
      if (is_better(grant, best)) best = std::move(grant);
    }
  }
  return best;
}

/// What an expansion grants of the actions of one technique.
class Granted {
 public:
  Granted(const Expansion& expansion, Attachings& attachings, const Technique& technique, Grant passed)
      : expansion_(expansion), attachings_(attachings), technique_(technique), passed_(std::move(passed)) {}

  [[nodiscard]] Grant of(ActionId action) const { return is_passed(action) ? passed_ : attachings_.grant_of(action); }

  /// The weakest of what is needed. Where a role is passed, it is the roles that count: what they are passed to is new.
  [[nodiscard]] Strength strength() const {
    Strength strength;
    for (const ActionId action : technique_.actions) {
      if (!is_passed(action) && expansion_.everywhere().contains(action)) continue;
      const Grant grant = of(action);
      strength.certainty = std::min(strength.certainty, grant.certainty);
      if (technique_.passes.empty() || is_passed(action)) strength.breadth = std::min(strength.breadth, grant.breadth);
    }
    return strength;
  }

  /// What is attached on the way, where conditions limit it.
  [[nodiscard]] const Attaching* attaching() const {
    const Attaching* best = nullptr;
    for (const ActionId action : technique_.actions) {
      const Attaching* one = attachings_.limited(action);
      if (one != nullptr && (best == nullptr || one->worth > best->worth)) best = one;
    }
    return best;
  }

 private:
  [[nodiscard]] bool is_passed(ActionId action) const { return action == pass_role() && !technique_.passes.empty(); }

  const Expansion& expansion_;
  Attachings& attachings_;
  const Technique& technique_;
  Grant passed_;
};

/// Whether the resources that are named are enough: oneself, or any one role or user.
bool is_enough(const Expansion& expansion, Attachings& attachings, const Technique& technique, const Oneself& oneself) {
  if (technique.kind != TechniqueClass::kSelf) return false;
  if (technique.actions.size() == 1) return oneself.is_reached_by(expansion, attachings, technique.actions.front());
  return works_on_one(attachings, technique);
}

/// What the way does, with the policy that it attaches.
std::string words_of(const Technique& technique, const Attaching* attaching) {
  std::string words(technique.what);
  constexpr std::string_view kAdministrator = "AdministratorAccess";
  const auto at = words.find(kAdministrator);
  if (attaching != nullptr && at != std::string::npos) words.replace(at, kAdministrator.size(), attaching->policy);
  return words;
}

EscalationPath path_of(const Expansion& expansion, Attachings& attachings, const Technique& technique, Grant passed,
                       AccountKind account, const Oneself& oneself) {
  const Granted granted(expansion, attachings, technique, std::move(passed));
  Strength strength = granted.strength();
  const Attaching* attaching = granted.attaching();
  const Level attached = attaching == nullptr ? Level::kCritical : attaching->worth;
  EscalationPath path{.technique = std::string(technique.name),
                      .kind = technique.kind,
                      .certainty = strength.certainty,
                      .breadth = strength.breadth,
                      .words = words_of(technique, attaching),
                      .names = std::string(technique.names),
                      .to_administrator = attached == Level::kCritical};
  const std::string_view administrator =
      technique.actions == std::vector{assume_role()} ? well_known_administrator(granted.of(assume_role())) : "";
  if (!administrator.empty())
    path.words = fmt::format("assuming {}, an administrator of each account that has it", administrator);
  if (strength.breadth == Breadth::kSome &&
      (!administrator.empty() || is_enough(expansion, attachings, technique, oneself)))
    strength.breadth = Breadth::kEverything;
  path.level = level_of(technique.kind, attached, strength, account);
  for (const ActionId action : technique.actions) {
    if (path.steps.size() == kMostSteps) break;
    path.steps.push_back({Catalogue::built_in().name(action), granted.of(action)});
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

/// ` (depends on aws:MultiFactorAuthPresent)`, or nothing.
std::string depending_on(std::vector<std::string> keys) {
  std::ranges::sort(keys);
  keys.erase(std::ranges::unique(keys).begin(), keys.end());
  return keys.empty() ? std::string() : fmt::format(" (depends on {})", fmt::join(keys, ", "));
}

bool is_part_of(const Technique& part, const Technique& whole) {
  return part.actions.size() < whole.actions.size() &&
         std::includes(whole.actions.begin(), whole.actions.end(), part.actions.begin(), part.actions.end());
}

}  // namespace

std::vector<EscalationPath> find_escalations(const Expansion& expansion, AccountKind account,
                                             std::string_view principal, Attached attached) {
  const Oneself oneself(principal);
  Attachings attachings(expansion, attached);
  const bool in_china = passes_in_china(expansion);
  std::vector<EscalationPath> paths;
  std::vector<const Technique*> found;
  for (const Technique& technique : Facts::built_in().techniques()) {
    const bool of_organization =
        technique.kind == TechniqueClass::kCenter || technique.kind == TechniqueClass::kOrganization;
    if (of_organization && account == AccountKind::kMember) continue;
    const bool possible = std::all_of(technique.actions.begin(), technique.actions.end(),
                                      [&](ActionId action) { return expansion.possible().contains(action); });
    if (!possible) continue;
    Grant passed = technique.passes.empty() ? Grant{} : passing(expansion, technique, in_china);
    if (!technique.passes.empty() && passed.certainty == Certainty::kNever) continue;
    paths.push_back(path_of(expansion, attachings, technique, std::move(passed), account, oneself));
    found.push_back(&technique);
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    for (std::size_t j = 0; j < paths.size() && paths[i].minimal; ++j)
      paths[i].minimal = !(is_part_of(*found[j], *found[i]) && paths[j].level >= paths[i].level);
  }
  return worst_first(std::move(paths));
}

std::string because(std::string_view outcome, const EscalationPath& path) {
  std::vector<std::string> keys;
  if (path.certainty < Certainty::kCertainly) {
    for (const Step& step : path.steps)
      keys.insert(keys.end(), step.grant.depends_on.begin(), step.grant.depends_on.end());
  }
  return fmt::format("can {} by {}{}", outcome, path.words, depending_on(std::move(keys)));
}

Administrator administrator_by_itself(const Expansion& expansion, const std::vector<EscalationPath>& paths) {
  Administrator found;
  if (expansion.presumed_everywhere() == Catalogue::built_in().all()) {
    const ActionSet presumed = Catalogue::built_in().all() - expansion.everywhere();
    if (presumed.empty()) return {Certainty::kCertainly, "can do everything on everything"};
    found = {Certainty::kPresumably,
             "can do everything on everything" + depending_on(expansion.grant_of(presumed.first()).depends_on)};
  }
  for (const EscalationPath& path : paths) {
    if (path.level != Level::kCritical || path.certainty <= found.certainty) continue;
    found = {path.certainty, because("make itself administrator", path)};
  }
  return found;
}

}  // namespace ag::iam
