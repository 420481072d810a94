#include "iam/analysis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/text.hpp"
#include "iam/catalogue.hpp"

namespace ag::iam {
namespace {

/// What holds only somewhere, or only under a condition on what is reached, counts one level less; what only works in
/// the account that administers the organization counts more there and nothing elsewhere.
Level level_of(const Fact& fact, const Expansion& expansion, AccountKind account) {
  const bool in_full = expansion.presumed_everywhere().contains(fact.action);
  if (fact.facet == Facet::kOrganization) {
    if (account == AccountKind::kMember) return Level::kLow;
    if (account == AccountKind::kManagement && fact.level == Level::kHigh && in_full) return Level::kCritical;
  }
  if (in_full || fact.level == Level::kLow) return fact.level;
  return static_cast<Level>(static_cast<int>(fact.level) - 1);
}

/// `in the management account` and the like, where nobody said which account it is.
std::string_view where_it_works(Facet facet, AccountKind account) {
  if (facet != Facet::kOrganization || account == AccountKind::kManagement) return {};
  return account == AccountKind::kMember ? ", but not in a member account" : ", where the organization is administered";
}

// Where no action of a thing stands for the whole of it, a quarter of its actions does.
constexpr std::size_t kEnoughOfAThing = 4;
// More kinds of one thing nobody reads.
constexpr std::size_t kMostKinds = 5;

/// `ec2`, `ec2 and s3`, `ec2, s3 and 4 more`
std::string few_of(const std::vector<std::string>& names) {
  if (names.size() <= 2) return fmt::format("{}", fmt::join(names, " and "));
  if (names.size() == 3) return fmt::format("{}, {} and {}", names[0], names[1], names[2]);
  return fmt::format("{}, {} and {} more", names[0], names[1], names.size() - 2);
}

/// `disks, snapshots and images`
std::string list_of(const std::vector<std::string_view>& names) {
  if (names.size() < 2) return fmt::format("{}", fmt::join(names, ""));
  return fmt::format("{} and {}", fmt::join(names.begin(), names.end() - 1, ", "), names.back());
}

/// Which kinds of a thing are there: all of each, or some.
class FoundKinds {
 public:
  void add(const Fact& fact, Breadth breadth) {
    if (fact.kind == 0) return;
    const auto is_it = [&](const Found& found) { return found.kind == fact.kind; };
    auto at = std::ranges::find_if(found_, is_it);
    if (at == found_.end()) at = found_.insert(at, {fact.kind});
    if (breadth != Breadth::kEverything) return;
    ++at->everywhere;
    at->whole = at->whole || fact.whole;
  }

  [[nodiscard]] std::string words(std::size_t thing) const {
    const Thing& said = Facts::built_in().things()[thing];
    if (are_all_of(thing)) return std::string(said.everywhere);
    std::vector<std::string_view> all;
    std::vector<std::string_view> some;
    for (const Found& found : found_)
      (is_all(found) ? all : some).push_back(Facts::built_in().kinds()[found.kind - 1].name);
    const std::size_t more = std::max(found_.size(), kMostKinds) - kMostKinds;
    if (more > 0) {
      some.resize(std::max(some.size(), more) - more);
      all.resize(std::min(all.size(), kMostKinds));
    }
    std::string text(said.somewhere);
    const auto at = text.find('{');
    const bool quantified = text.compare(at, 2, "{}") == 0;
    std::string kinds;
    if (!quantified) {
      all.insert(all.end(), some.begin(), some.end());
      kinds = list_of(all);
    } else {
      if (!all.empty()) kinds = fmt::format("all {}", list_of(all));
      if (!some.empty()) kinds += fmt::format("{}some {}", kinds.empty() ? "" : ", and ", list_of(some));
    }
    if (more > 0) kinds += fmt::format(", and {} kinds more", more);
    return text.replace(at, quantified ? 2 : 3, kinds);
  }

 private:
  struct Found {
    std::size_t kind = 0;
    std::size_t everywhere = 0;  // facts
    bool whole = false;
  };

  static bool is_all(const Found& found) {
    const std::size_t facts = Facts::built_in().kinds()[found.kind - 1].facts;
    return found.whole || (found.everywhere > 0 && found.everywhere * kEnoughOfAThing >= facts);
  }

  /// Whether the sentence about everything is true.
  [[nodiscard]] bool are_all_of(std::size_t thing) const {
    const std::vector<Kind>& kinds = Facts::built_in().kinds();
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      if (kinds[i].thing != thing || !kinds[i].in_everywhere) continue;
      if (std::ranges::none_of(found_, [&](const Found& found) { return found.kind == i + 1 && is_all(found); }))
        return false;
    }
    return true;
  }

  std::vector<Found> found_{};
};

/// As a grant would tell it.
Certainty certainty_of(ActionId action, const Expansion& expansion) {
  if (expansion.presumed_everywhere().contains(action))
    return expansion.everywhere().contains(action) ? Certainty::kCertainly : Certainty::kPresumably;
  if (expansion.certain().contains(action)) return Certainty::kCertainly;
  return expansion.presumed().contains(action) ? Certainty::kPresumably : Certainty::kPossibly;
}

/// One thing while its facts are gone through.
struct Gathered {
  Finding finding{};
  const Thing* thing = nullptr;
  Facet facet = Facet::kData;
  bool whole = false;
  FoundKinds kinds{};
  std::vector<std::string> services{};  ///< where it is on everything, for certain

  void add(const Fact& fact, const Expansion& expansion, AccountKind account) {
    finding.level = std::max(finding.level, level_of(fact, expansion, account));
    ++finding.actions;
    whole = whole || fact.whole;
    Certainty certainty = certainty_of(fact.action, expansion);
    Breadth breadth = expansion.presumed_everywhere().contains(fact.action) ? Breadth::kEverything : Breadth::kSome;
    if (breadth == Breadth::kEverything) add_service(Catalogue::built_in().name(fact.action));
    kinds.add(fact, breadth);
    if (finding.evidence.size() < kMostEvidence) {
      finding.evidence.push_back(
          {Catalogue::built_in().name(fact.action), expansion.grant_of(fact.action), fact.source});
      breadth = finding.evidence.back().grant.breadth;
      certainty = finding.evidence.back().grant.certainty;
    }
    // Of two that are told as presumable or certain the wider one, else the more certain one.
    const auto rank = [](Certainty how, Breadth wide) {
      return std::tuple(std::min(how, Certainty::kPresumably), wide, how);
    };
    if (rank(certainty, breadth) > rank(finding.certainty, finding.breadth))
      std::tie(finding.certainty, finding.breadth) = std::tuple(certainty, breadth);
  }

  [[nodiscard]] Finding finished(AccountKind account) {
    if (thing->somewhere.find('{') != std::string_view::npos) {
      const auto number = static_cast<std::size_t>(thing - Facts::built_in().things().data());
      finding.words = kinds.words(number) + std::string(where_it_works(facet, account));
      return std::move(finding);
    }
    const bool most = whole || finding.actions * kEnoughOfAThing >= thing->facts;
    const bool everywhere = finding.breadth == Breadth::kEverything && most;
    // Some kinds of things, but of these all: "some instances" alone would sound like a few.
    const std::string all_of =
        everywhere || services.empty() ? std::string() : fmt::format(", in all of {}", few_of(services));
    finding.words = fmt::format("{}{}{}", everywhere ? thing->everywhere : thing->somewhere, all_of,
                                where_it_works(facet, account));
    return std::move(finding);
  }

 private:
  void add_service(const std::string& action) {
    std::string service = action.substr(0, action.find(':'));
    if (std::ranges::find(services, service) == services.end()) services.push_back(std::move(service));
  }
};

/// All findings of the facts; the facts are in order of facet and thing.
void add_facts(std::vector<FacetResult>& facets, const Expansion& expansion, AccountKind account) {
  const Facts& known = Facts::built_in();
  if (!expansion.possible().meets(known.actions())) return;
  Gathered gathered;
  const auto finish = [&] {
    if (gathered.thing != nullptr)
      facets[static_cast<std::size_t>(gathered.facet)].findings.push_back(gathered.finished(account));
  };
  for (const Fact& fact : known.facts()) {
    if (!expansion.possible().contains(fact.action)) continue;
    const Thing* thing = &known.things()[fact.thing];
    if (gathered.thing != thing) {
      finish();
      gathered = {.finding = {.thing = std::string(thing->name)}, .thing = thing, .facet = fact.facet};
    }
    gathered.add(fact, expansion, account);
  }
  finish();
}

/// Some calls work in one account only; where nobody said which account it is, the sentence has to.
std::string_view where_it_works(TechniqueClass kind, AccountKind account) {
  if (account == AccountKind::kManagement) return {};
  if (kind == TechniqueClass::kCenter) return ", where IAM Identity Center is administered";
  return kind == TechniqueClass::kOrganization ? ", where the organization is administered" : "";
}

/// The facets of escalation are the paths, told again as findings.
void add_escalations(std::vector<FacetResult>& facets, const std::vector<EscalationPath>& paths, AccountKind account) {
  for (const EscalationPath& path : paths) {
    const bool of_organization = path.kind == TechniqueClass::kCenter || path.kind == TechniqueClass::kOrganization;
    const Facet facet = of_organization                      ? Facet::kOrganization
                        : path.kind == TechniqueClass::kSelf ? Facet::kEscalation
                                                             : Facet::kEscalationWithTarget;
    const std::string_view outcome = path.kind == TechniqueClass::kTarget || !path.to_administrator
                                         ? "gain more permissions"
                                         : "make itself administrator";
    Finding finding{.thing = path.technique,
                    .level = path.level,
                    .certainty = path.certainty,
                    .breadth = path.breadth,
                    .words = fmt::format("{} by {}{}", outcome, path.words, where_it_works(path.kind, account)),
                    .actions = path.steps.size()};
    for (const Step& step : path.steps) finding.evidence.push_back({step.action, step.grant, {}});
    facets[static_cast<std::size_t>(facet)].findings.push_back(std::move(finding));
  }
}

/// `12,347`
std::string with_commas(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

/// Whether one of these actions, which the catalogue does not know, is not at least called like one that only reads.
bool may_change(const std::vector<std::string>& actions) {
  return std::any_of(actions.begin(), actions.end(), [](const std::string& action) {
    const std::string name = to_lower(action.substr(action.find(':') + 1));
    return !name.starts_with("get") && !name.starts_with("list") && !name.starts_with("describe") &&
           !name.starts_with("batchget") && !name.starts_with("search");
  });
}

Finding breadth_of(const Analysis& analysis, const Expansion& expansion) {
  const Catalogue& catalogue = Catalogue::built_in();
  const std::size_t changes_everywhere = (expansion.presumed_everywhere() & catalogue.changing()).size();
  Finding finding{.thing = "breadth", .certainty = Certainty::kCertainly, .actions = analysis.possible};
  if (expansion.presumed_everywhere() == catalogue.all()) {
    const ActionSet presumed = catalogue.all() - expansion.everywhere();
    if (!presumed.empty()) {
      finding.certainty = Certainty::kPresumably;
      finding.evidence.push_back({catalogue.name(presumed.first()), expansion.grant_of(presumed.first()), {}});
    }
    finding.level = Level::kCritical;
    finding.breadth = Breadth::kEverything;
    finding.words = "do everything on everything";
    return finding;
  }
  if (changes_everywhere >= kVeryManyChanges) finding.level = Level::kHigh;
  else if (analysis.changing >= kManyChanges || may_change(analysis.unknown_actions)) finding.level = Level::kMedium;
  if (changes_everywhere > 0) finding.breadth = Breadth::kEverything;
  finding.words =
      fmt::format("use {} of AWS's {} actions; {} change something, {} on any resource", with_commas(analysis.possible),
                  with_commas(catalogue.size()), with_commas(analysis.changing), with_commas(changes_everywhere));
  if (!analysis.unknown_actions.empty())
    finding.words +=
        fmt::format("; and {} that the catalogue does not know", with_commas(analysis.unknown_actions.size()));
  return finding;
}

/// By level, else in the order they have.
void worst_first(std::vector<Finding>& findings) {
  std::vector<Finding> sorted;
  for (const Level level : {Level::kCritical, Level::kHigh, Level::kMedium, Level::kLow}) {
    for (Finding& finding : findings) {
      if (finding.level == level) sorted.push_back(std::move(finding));
    }
  }
  findings = std::move(sorted);
}

void sum_up(Analysis& analysis) {
  std::array<int, 4> counts{};
  for (FacetResult& facet : analysis.facets) {
    worst_first(facet.findings);
    if (!facet.findings.empty()) facet.level = facet.findings.front().level;
    ++counts[static_cast<std::size_t>(facet.level)];
    analysis.level = std::max(analysis.level, facet.level);
  }
  analysis.score = static_cast<int>(analysis.level) * 1'000 + counts[3] * 100 + counts[2] * 10 + counts[1];
}

}  // namespace

Analysis analyze(const Expansion& expansion, const AnalysisInput& input) {
  Analysis analysis{.possible = expansion.possible().size(),
                    .certain = expansion.certain().size(),
                    .everywhere = expansion.everywhere().size(),
                    .changing = (expansion.possible() & Catalogue::built_in().changing()).size(),
                    .unknown_actions = expansion.unknown_actions()};
  for (std::size_t i = 0; i < kFacets; ++i) analysis.facets.push_back({.facet = static_cast<Facet>(i)});
  analysis.escalation_paths = find_escalations(expansion, input.account, input.principal, input.attached);
  Administrator administrator = administrator_by_itself(expansion, analysis.escalation_paths);
  if (!input.roles.empty()) {
    std::vector<EscalationPath> chains = find_chains(expansion, input.principal, input.roles);
    for (const EscalationPath& chain : chains) {
      if (chain.certainty <= administrator.certainty || chain.level != Level::kCritical) continue;
      administrator = {chain.certainty, because("become administrator", chain)};
    }
    analysis.escalation_paths.insert(analysis.escalation_paths.begin(), std::make_move_iterator(chains.begin()),
                                     std::make_move_iterator(chains.end()));
  }
  analysis.administrator_because = std::move(administrator.because);
  analysis.effective_administrator = !analysis.administrator_because.empty();
  add_escalations(analysis.facets, analysis.escalation_paths, input.account);
  add_facts(analysis.facets, expansion, input.account);
  if (analysis.possible > 0 || !analysis.unknown_actions.empty())
    analysis.facets[static_cast<std::size_t>(Facet::kBreadth)].findings.push_back(breadth_of(analysis, expansion));
  sum_up(analysis);
  return analysis;
}

Analysis analyze(AnalysisInput input) {
  const Expansion expansion(std::move(input.layers));
  return analyze(expansion, input);
}

bool less_access(const Analysis& a, const Analysis& b) {
  return std::tie(a.score, a.changing, a.possible) < std::tie(b.score, b.changing, b.possible);
}

}  // namespace ag::iam
