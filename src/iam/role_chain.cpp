#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "base/text.hpp"
#include "iam/catalogue.hpp"
#include "iam/context.hpp"
#include "iam/escalation.hpp"
#include "iam/principal.hpp"
#include "iam/resource_scope.hpp"
#include "iam/wildcards.hpp"

/// Chains: from one role to the next, until one is an administrator. A breadth-first search, so the shortest are found.
namespace ag::iam {
namespace {

struct Calls {
  ActionId assume, rewrite, pass, write, attach;
};
const Calls& calls() {
  static const Calls kCalls = {Catalogue::built_in().find("sts:AssumeRole").value(),
                               Catalogue::built_in().find("iam:UpdateAssumeRolePolicy").value(),
                               Catalogue::built_in().find("iam:PassRole").value(),
                               Catalogue::built_in().find("iam:PutRolePolicy").value(),
                               Catalogue::built_in().find("iam:AttachRolePolicy").value()};
  return kCalls;
}

std::string_view account_of(std::string_view arn) {
  for (int field = 0; field < 4 && arn.find(':') != arn.npos; ++field) arn.remove_prefix(arn.find(':') + 1);
  return arn.substr(0, arn.find(':'));
}

/// `role/team/Deploy`
std::string_view short_name(std::string_view arn) {
  const auto at = arn.find(":role/");
  return at == arn.npos ? arn : arn.substr(at + 1);
}

bool speaks_of_assuming(const Statement& statement) {
  const bool any = std::any_of(statement.actions.patterns.begin(), statement.actions.patterns.end(),
                               [](const std::string& p) { return matches(p, "sts:AssumeRole", LetterCase::kIgnored); });
  return statement.actions.sense != Sense::kAbsent && any == (statement.actions.sense == Sense::kIs);
}

/// What a role's trust policy says about somebody.
struct Trust {
  Certainty directly = Certainty::kNever;      ///< by name: no permission of one's own is needed
  Certainty with_account = Certainty::kNever;  ///< through the account: one's own policies have to allow it too
};

Certainty certainty_of(Outcome outcome) {
  if (outcome == Outcome::kHolds) return Certainty::kCertainly;
  return outcome == Outcome::kPresumably ? Certainty::kPresumably : Certainty::kPossibly;
}

/// Whether some session of the role is named: whoever assumes a role chooses what its session is called.
bool names_a_session_of(const Statement& statement, const Principal& role) {
  if (role.kind() != PrincipalKind::kRole || statement.principals.sense != Sense::kIs) return false;
  return std::ranges::any_of(statement.principals.patterns, [&](const PrincipalPattern& pattern) {
    const auto named = Principal::parse(pattern.name);
    return named && named->kind() == PrincipalKind::kRoleSession && named->account() == role.account() &&
           named->name() == role.name();
  });
}

/// How a statement of a trust policy means somebody: by name, or through the account. Nobody in particular is any
/// principal of the role's account.
PrincipalMatch named_in(const Statement& statement, const std::optional<Principal>& who, std::string_view account) {
  if (who) {
    PrincipalMatch match = PrincipalPatterns(statement.principals).match(*who, Context(Rest::kAbsent));
    if (names_a_session_of(statement, *who)) match.entity = Truth::kYes;
    return match;
  }
  PrincipalMatch match;
  if (statement.principals.sense != Sense::kIs) return match;
  for (const PrincipalPattern& pattern : statement.principals.patterns) {
    if (pattern.type != PrincipalType::kAws) continue;
    if (pattern.name == "*") match.direct = Truth::kYes;
    if (pattern.name == account || pattern.name == fmt::format("arn:aws:iam::{}:root", account))
      match.account = Truth::kYes;
  }
  return match;
}

Trust trust_in(const Role& role, std::string_view principal) {
  const std::string_view account = account_of(role.arn);
  const auto parsed = Principal::parse(principal);
  const std::optional<Principal> who = parsed ? std::optional(*parsed) : std::nullopt;
  const bool same_account = !who || who->account() == account;
  Trust trust;
  Certainty at_most = Certainty::kCertainly;
  for (const Statement& statement : role.trust.statements) {
    const Outcome outcome = outcome_of(statement, usual_circumstances());
    if (outcome == Outcome::kFails || !speaks_of_assuming(statement)) continue;
    if (statement.effect == Effect::kDeny) {
      // Whom it means, NotPrincipal and all, is not looked into: the rest is not certain any more.
      at_most = std::min(at_most, outcome == Outcome::kPresumablyNot ? Certainty::kPresumably : Certainty::kPossibly);
      continue;
    }
    const PrincipalMatch match = named_in(statement, who, account);
    const bool by_name = (match.direct | match.entity) == Truth::kYes;
    // Across accounts one's own policies have to allow it, however one is named.
    if (by_name && same_account) trust.directly = std::max(trust.directly, certainty_of(outcome));
    if (by_name || match.account == Truth::kYes)
      trust.with_account = std::max(trust.with_account, certainty_of(outcome));
  }
  return {std::min(trust.directly, at_most), std::min(trust.with_account, at_most)};
}

/// The name by which the role trusts the service, or nothing. In China some have a name of their own.
std::string trusted_name(const Role& role, std::string_view service) {
  for (const Statement& statement : role.trust.statements) {
    if (statement.effect != Effect::kAllow || statement.principals.sense != Sense::kIs) continue;
    if (!speaks_of_assuming(statement)) continue;
    for (const PrincipalPattern& pattern : statement.principals.patterns) {
      if (pattern.type != PrincipalType::kService) continue;
      std::string name = to_lower(pattern.name);
      if (name == service || name == fmt::format("{}.cn", service)) return name;
    }
  }
  return {};
}

/// One step to a role, and how sure it is.
struct Edge {
  Certainty certainty = Certainty::kNever;
  std::string words{};
  std::vector<ActionId> actions{};
};

void keep_better(Edge& best, Edge edge) {
  if (edge.certainty > best.certainty) best = std::move(edge);
}

Edge by_assuming(const Expansion& from, std::string_view principal, const Role& role) {
  const Trust trust = trust_in(role, principal);
  Certainty certainty = std::min(trust.with_account, from.allows(calls().assume, role.arn));
  if (!from.denies(calls().assume, role.arn)) certainty = std::max(certainty, trust.directly);
  return {certainty, fmt::format("assuming {}", short_name(role.arn)), {calls().assume}};
}

Edge by_rewriting(const Expansion& from, const Role& role) {
  return {from.allows(calls().rewrite, role.arn),
          fmt::format("letting itself assume {}", short_name(role.arn)),
          {calls().rewrite}};
}

/// What a technique needs beside the passing.
Certainty rest_of(const Expansion& from, const Technique& technique) {
  Certainty certainty = Certainty::kCertainly;
  for (const ActionId action : technique.actions) {
    if (action == calls().pass) continue;
    if (!from.possible().contains(action)) return Certainty::kNever;
    if (!from.presumed().contains(action)) certainty = Certainty::kPossibly;
    else if (!from.certain().contains(action)) certainty = std::min(certainty, Certainty::kPresumably);
  }
  return certainty;
}

Edge by_passing(const Expansion& from, const Role& role) {
  Edge best;
  if (!from.possible().contains(calls().pass)) return best;
  for (const Technique& technique : Facts::built_in().techniques()) {
    if (technique.passes.empty() || best.certainty == Certainty::kCertainly) continue;
    const Certainty rest = rest_of(from, technique);
    if (rest <= best.certainty) continue;
    for (const std::string_view service : technique.passes) {
      const std::string trusted = trusted_name(role, service);
      if (trusted.empty()) continue;
      const Certainty passed = from.allows(calls().pass, role.arn, {{"iam:passedtoservice", trusted}});
      std::string words(technique.what);
      const auto at = words.find("a role");
      if (at != std::string::npos) words.replace(at, 6, short_name(role.arn));
      keep_better(best, {std::min(rest, passed), std::move(words), technique.actions});
    }
  }
  return best;
}

/// The same step to a role that was made an administrator before.
Edge by_writing(const Expansion& from, const Role& role, const Edge& step) {
  Edge best;
  for (const ActionId action : {calls().write, calls().attach}) {
    Edge edge{std::min(step.certainty, from.allows(action, role.arn)),
              fmt::format("giving {} a policy and {}", short_name(role.arn), step.words), step.actions};
    edge.actions.push_back(action);
    keep_better(best, std::move(edge));
  }
  return best;
}

class Search {
 public:
  Search(const Expansion& start, std::string_view principal, const std::vector<Role>& roles)
      : start_(start), principal_(principal), roles_(roles), expansions_(roles.size()) {}

  /// Chains all of whose steps are at least as sure as asked.
  std::vector<EscalationPath> chains(Certainty at_least) {
    std::vector<EscalationPath> found;
    std::vector<char> seen(roles_.size(), 0);
    std::deque<std::vector<Hop>> ways = {{}};
    while (!ways.empty()) {
      const std::vector<Hop> way = std::move(ways.front());
      ways.pop_front();
      for (std::size_t next = 0; next < roles_.size(); ++next) {
        if (seen[next] != 0) continue;
        Edge edge = edge_to(way, next);
        if (edge.certainty < at_least) continue;
        seen[next] = 1;
        const Certainty administrator = administrator_of(next);
        bool ends = administrator >= at_least;
        edge.certainty = ends ? std::min(edge.certainty, administrator) : edge.certainty;
        if (!ends) {
          Edge written = by_writing(before(way), roles_[next], edge);
          ends = written.certainty >= at_least;
          if (ends) edge = std::move(written);
        }
        std::vector<Hop> longer = way;
        longer.push_back({next, std::move(edge)});
        if (ends) found.push_back(path_of(longer));
        else if (longer.size() < kLongestChain) ways.push_back(std::move(longer));
      }
    }
    return found;
  }

 private:
  struct Hop {
    std::size_t role = 0;
    Edge edge{};
  };

  const Expansion& expansion_of(std::size_t role) {
    if (!expansions_[role]) expansions_[role].emplace(roles_[role].layers);
    return *expansions_[role];
  }

  /// Whether the role is one by itself: kNever, or how sure it is.
  Certainty administrator_of(std::size_t role) {
    const Expansion& expansion = expansion_of(role);
    return administrator_by_itself(expansion, find_escalations(expansion, AccountKind::kUnknown, roles_[role].arn))
        .certainty;
  }

  const Expansion& before(const std::vector<Hop>& way) { return way.empty() ? start_ : expansion_of(way.back().role); }

  Edge edge_to(const std::vector<Hop>& way, std::size_t next) {
    const Expansion& from = before(way);
    const std::string_view principal = way.empty() ? principal_ : std::string_view(roles_[way.back().role].arn);
    Edge best = by_assuming(from, principal, roles_[next]);
    keep_better(best, by_rewriting(from, roles_[next]));
    keep_better(best, by_passing(from, roles_[next]));
    return best;
  }

  EscalationPath path_of(const std::vector<Hop>& way) const {
    EscalationPath path{.technique = "chain", .kind = TechniqueClass::kSelf, .certainty = Certainty::kCertainly};
    for (const Hop& hop : way) {
      path.certainty = std::min(path.certainty, hop.edge.certainty);
      path.words += (path.words.empty() ? "" : ", then ") + hop.edge.words;
      path.roles.push_back(roles_[hop.role].arn);
    }
    path.level = path.certainty >= Certainty::kPresumably ? Level::kCritical : Level::kHigh;
    for (const ActionId action : way.front().edge.actions)
      path.steps.push_back({Catalogue::built_in().name(action), start_.grant_of(action)});
    return path;
  }

  const Expansion& start_;
  std::string_view principal_;
  const std::vector<Role>& roles_;
  std::vector<std::optional<Expansion>> expansions_;
};

}  // namespace

std::vector<EscalationPath> find_chains(const Expansion& expansion, std::string_view principal,
                                        const std::vector<Role>& roles) {
  AG_ASSERT(roles.size() <= kMostRoles);
  Search search(expansion, principal, roles);
  std::vector<EscalationPath> found = search.chains(Certainty::kCertainly);
  for (const Certainty at_least : {Certainty::kPresumably, Certainty::kPossibly}) {
    for (EscalationPath& chain : search.chains(at_least)) {
      const bool known = std::any_of(found.begin(), found.end(), [&](const EscalationPath& other) {
        return other.roles.back() == chain.roles.back();
      });
      if (!known) found.push_back(std::move(chain));
    }
  }
  return found;
}

}  // namespace ag::iam
