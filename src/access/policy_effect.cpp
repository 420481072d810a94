#include "access/policy_effect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "access/levels.hpp"
#include "access/set_analysis.hpp"
#include "access/terms.hpp"

namespace ag::access {
namespace {

// To see that somebody is left who could agree, one person is enough; that nobody is, takes looking at all. Where
// there are more than so many the guardrail is taken for one that leaves somebody.
constexpr std::size_t kMostLooks = 2'000;

/// The people, accounts and permission sets that a rule or a guardrail fits, by their positions.
struct Reach {
  Bits people;
  Bits accounts;
  Bits sets;

  [[nodiscard]] bool is_nothing() const {
    return people.positions().empty() || accounts.positions().empty() || sets.positions().empty();
  }
  [[nodiscard]] Reach shared_with(const Reach& other) const {
    Reach both = *this;
    both.people &= other.people;
    both.accounts &= other.accounts;
    both.sets &= other.sets;
    return both;
  }
};

std::string why_not_lowered(const DeclaredLevel& declared, const PermissionSet& set, Level counts) {
  if (!set.analysis->unread.empty()) {
    return fmt::format(
        "not all of what it allows is known ({}): it counts as {}, and declaring it {} does not lower it; if you have "
        "looked at all of it, add `instead_of: critical`",
        set.analysis->unread.front(), name_of(counts), name_of(declared.level));
  }
  if (declared.instead_of) {
    return fmt::format(
        "by what it allows it is {0} now, which is more than the {1} that you have looked at: it counts as {0}",
        name_of(counts), name_of(*declared.instead_of));
  }
  return fmt::format(
      "by what it allows it is {0}, and declaring it {1} does not lower it; if you have looked at what it allows, add "
      "`instead_of: {0}`",
      name_of(counts), name_of(declared.level));
}

/// The rows of the index, turned over: what each column fits. Enabled people, active accounts.
class Columns {
 public:
  explicit Columns(const PolicyIndex& index) {
    const auto& users = index.organization().snapshot().users;
    const Reach nothing{Bits(users.size()), Bits(index.accounts().size()), Bits(index.permission_sets().size())};
    rules_.assign(index.policy().rules.size(), nothing);
    guardrails_.assign(index.policy().guardrails.size(), nothing);
    for (std::size_t i = 0; i < users.size(); ++i) {
      if (users[i].enabled) note(index.of(users[i]), &Reach::people, i);
    }
    for (std::size_t i = 0; i < index.accounts().size(); ++i) {
      if (index.accounts()[i]->state == "ACTIVE") note(index.of(*index.accounts()[i]), &Reach::accounts, i);
    }
    for (std::size_t i = 0; i < index.permission_sets().size(); ++i)
      note(index.of(*index.permission_sets()[i]), &Reach::sets, i);
  }
  [[nodiscard]] const Reach& of_rule(std::size_t at) const { return rules_[at]; }
  [[nodiscard]] const Reach& of_guardrail(std::size_t at) const { return guardrails_[at]; }

 private:
  void note(const PolicyIndex::Rows& rows, Bits Reach::* kind, std::size_t at) {
    for (const auto number : rows.rules.positions()) (rules_[number].*kind).set(at);
    for (const auto number : rows.guardrails.positions()) (guardrails_[number].*kind).set(at);
  }

  std::vector<Reach> rules_;
  std::vector<Reach> guardrails_;
};

class Effects {
 public:
  Effects(const PolicyIndex& index, const std::vector<PolicyProblem>& told) : index_(index), columns_(index) {
    for (const auto& problem : told) told_.insert(problem.where);
  }

  std::vector<PolicyProblem> take() {
    const Policy& policy = index_.policy();
    for (std::size_t i = 0; i < policy.rules.size(); ++i) look_at(policy.rules[i], columns_.of_rule(i));
    for (std::size_t i = 0; i < policy.guardrails.size(); ++i) look_at(policy.guardrails[i], columns_.of_guardrail(i));
    if (policy.break_glass) look_at(*policy.break_glass);
    for (const auto& [name, declared] : policy.levels) look_at(name, declared);
    return std::move(problems_);
  }

 private:
  void look_at(const Rule& rule, const Reach& reach) { tell_empty({rule.id, rule.line}, reach, "it opens nothing"); }

  void look_at(const BreakGlass& glass) {
    Policy alone;
    alone.levels = index_.policy().levels;
    alone.approvals[""] = {};
    alone.rules.push_back({.id = "", .who = glass.who, .what = glass.what, .where = glass.where});
    const PolicyIndex index(std::make_shared<const Policy>(std::move(alone)), index_.shared_organization());
    tell_empty({"break_glass", glass.line}, Columns(index).of_rule(0), "it opens nothing");
  }

  void look_at(const std::string& name, const DeclaredLevel& declared) {
    const auto set = index_.organization().permission_set(name, "");
    const auto found = set ? level_ignored(index_.policy(), **set) : std::nullopt;
    if (!found) return;
    add({"permission_sets", declared.line}, name, "level_not_lowered", why_not_lowered(declared, **set, *found));
  }

  void look_at(const Guardrail& guardrail, const Reach& reach) {
    const Place place{guardrail.id, guardrail.line};
    if (guardrail.never_with) {
      if (tell_apart(guardrail, place)) return;
    }
    if (tell_empty(place, reach, "it closes nothing")) return;
    if (guardrail.approvers > 0) tell_closed(guardrail, reach, place);
    if (guardrail.max) tell_longest(guardrail, reach, place);
  }

  struct Place {
    const std::string& id;
    int line = 0;
  };

  void add(const Place& place, std::string_view part, std::string code, std::string message) {
    const std::string where = part.empty() ? place.id : fmt::format("{}.{}", place.id, part);
    problems_.push_back({place.line, where, std::move(code), std::move(message)});
  }

  /// Whether a part of it that names somebody or something unknown was told.
  [[nodiscard]] bool is_told(const Place& place, std::string_view part) const {
    const std::string where = fmt::format("{}.{}", place.id, part);
    return std::any_of(told_.begin(), told_.end(), [&](const std::string& it) { return it.starts_with(where); });
  }

  /// Names that lead somewhere may still have nothing in common: `{ou: /Prod, accounts: [dev-web]}`.
  bool tell_empty(const Place& place, const Reach& reach, std::string_view so) {
    const auto tell = [&](const Bits& bits, std::string_view part, std::string_view what) {
      if (!bits.positions().empty()) return false;
      if (!is_told(place, part)) add(place, part, "fits_nothing", fmt::format("it fits no {} today: {}", what, so));
      return true;
    };
    const bool who = tell(reach.people, "who", "enabled person");
    const bool where = tell(reach.accounts, "where", "active account");
    const bool what = tell(reach.sets, "what", "permission set");
    return who || where || what;
  }

  [[nodiscard]] std::vector<const PermissionSet*> sets_in(const Sets& sets) const {
    std::vector<const PermissionSet*> in;
    for (const PermissionSet* set : index_.permission_sets()) {
      if (contains(sets, *set, index_.level_of(*set))) in.push_back(set);
    }
    return in;
  }

  /// What keeps nothing apart: with nothing on one side, or with one permission set alone on both.
  bool tell_apart(const Guardrail& guardrail, const Place& place) {
    const auto some = sets_in(guardrail.what);
    const auto others = sets_in(*guardrail.never_with);
    for (const auto& [sets, part] : {std::pair(&some, "what"), std::pair(&others, "never_with")}) {
      if (!sets->empty()) continue;
      if (!is_told(place, part)) add(place, part, "fits_nothing", "it fits no permission set today: it closes nothing");
      return true;
    }
    if (some.size() > 1 || others.size() > 1 || some.front() != others.front()) return false;
    add(place, "never_with", "closes_nothing",
        fmt::format("{} alone is on both sides, and nothing is kept apart from itself: it closes nothing",
                    some.front()->name));
    return true;
  }

  // ---- guardrails against the rules they fit -----------------------------------------------------------------

  /// Those that fit something that the guardrail fits too.
  [[nodiscard]] std::vector<std::pair<const Rule*, Reach>> rules_under(const Reach& guardrail) const {
    std::vector<std::pair<const Rule*, Reach>> rules;
    for (std::size_t i = 0; i < index_.policy().rules.size(); ++i) {
      Reach both = columns_.of_rule(i).shared_with(guardrail);
      if (!both.is_nothing()) rules.emplace_back(&index_.policy().rules[i], std::move(both));
    }
    return rules;
  }

  void tell_closed(const Guardrail& guardrail, const Reach& reach, const Place& place) {
    std::vector<std::string> closed;
    for (const auto& [rule, both] : rules_under(reach)) {
      if (!leaves_somebody(*rule, guardrail, both)) closed.push_back(place_of(*rule));
    }
    if (closed.empty()) return;
    add(place, "require.approvers", "closes_rules",
        fmt::format("{} must agree, and so many cannot: where it fits it closes {}", guardrail.approvers,
                    fmt::join(closed, ", ")));
  }

  /// Whether somebody is left to whom the rule could be approved under that guardrail. What nobody could approve
  /// without it either is no work of the guardrail.
  [[nodiscard]] bool leaves_somebody(const Rule& rule, const Guardrail& guardrail, const Reach& both) const {
    const auto& users = index_.organization().snapshot().users;
    bool could_be = false;
    std::size_t looks = 0;
    for (const auto set : one_of_each_level(both.sets, rule)) {
      for (const auto account : one_unless_asked(both.accounts, rule)) {
        for (const auto user : both.people.positions()) {
          if (++looks > kMostLooks) return true;
          const Asked asked{users[user], *index_.accounts()[account], *index_.permission_sets()[set]};
          if (terms_of(index_, rule, asked, {&guardrail}, Purpose::kAsk).approvable) return true;
          could_be = could_be || terms_of(index_, rule, asked, {}, Purpose::kAsk).approvable;
        }
      }
    }
    return !could_be;
  }

  [[nodiscard]] std::size_t number_of(const Rule& rule) const {
    return static_cast<std::size_t>(&rule - index_.policy().rules.data());
  }
  [[nodiscard]] std::vector<std::uint32_t> one_unless_asked(const Bits& accounts, const Rule& rule) const {
    auto all = accounts.positions();
    if (!index_.asks_account_owner(number_of(rule))) all.resize(1);
    return all;
  }
  [[nodiscard]] std::vector<std::uint32_t> one_of_each_level(const Bits& sets, const Rule& rule) const {
    auto all = sets.positions();
    if (index_.asks_set_owner(number_of(rule))) return all;
    std::set<Level> seen;
    std::erase_if(all, [&](auto at) { return !seen.insert(index_.level_of(*index_.permission_sets()[at])).second; });
    return all;
  }

  void tell_longest(const Guardrail& guardrail, const Reach& reach, const Place& place) {
    const auto rules = rules_under(reach);
    if (rules.empty()) return;
    Duration longest;
    for (const auto& [rule, both] : rules) {
      Duration whole = rule->max;
      for (int i = 0; rule->extend && i < rule->extend->times; ++i) whole = whole + rule->extend->by;
      longest = std::max(longest, whole);
    }
    if (const auto& glass = index_.policy().break_glass) longest = std::max(longest, glass->max);
    if (*guardrail.max < longest) return;
    add(place, "require.max", "closes_nothing",
        fmt::format("no rule that it fits gives more than {}: that it is {} at most closes nothing", to_text(longest),
                    to_text(*guardrail.max)));
  }

  const PolicyIndex& index_;
  Columns columns_;
  std::set<std::string> told_;
  std::vector<PolicyProblem> problems_;
};

}  // namespace

std::vector<PolicyProblem> remarks(const PolicyIndex& index) {
  std::vector<PolicyProblem> all = index.policy().warnings;
  if (index.organization().known()) {
    const auto names = check_names(index.policy(), index.organization());
    auto effects = Effects(index, names).take();
    all.insert(all.end(), names.begin(), names.end());
    std::move(effects.begin(), effects.end(), std::back_inserter(all));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.line, a.where, a.message) < std::tie(b.line, b.where, b.message);
  });
  return all;
}

}  // namespace ag::access
