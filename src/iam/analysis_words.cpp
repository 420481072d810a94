#include "iam/analysis_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "iam/catalogue.hpp"

namespace ag::iam {
namespace {

constexpr std::size_t kActionsOfALine = 3;
constexpr std::size_t kResourcesOfALine = 2;

std::string_view name_of(Level level) { return enum_names(Level{})[static_cast<std::size_t>(level)]; }

/// `a, b and 3 more`
std::string some_of(const std::vector<std::string>& items, std::size_t shown, std::size_t all) {
  std::vector<std::string> first(items.begin(),
                                 items.begin() + static_cast<std::ptrdiff_t>(std::min(shown, items.size())));
  const std::size_t rest = all - first.size();
  if (rest > 0) return fmt::format("{} and {} more", fmt::join(first, ", "), rest);
  if (first.size() < 2) return fmt::format("{}", fmt::join(first, ""));
  const std::string last = std::move(first.back());
  first.pop_back();
  return fmt::format("{} and {}", fmt::join(first, ", "), last);
}

std::vector<std::string> joined(const Finding& finding, std::vector<std::string> Grant::* field) {
  std::vector<std::string> all;
  for (const Evidence& evidence : finding.evidence) {
    for (const std::string& item : evidence.grant.*field) {
      if (std::find(all.begin(), all.end(), item) == all.end()) all.push_back(item);
    }
  }
  return all;
}

/// Which actions, and the statements that allow them.
std::string because(const Finding& finding) {
  std::vector<std::string> actions;
  std::vector<std::string> statements;
  for (const Evidence& evidence : finding.evidence) {
    actions.push_back(evidence.action);
    for (const StatementRef& ref : evidence.grant.allowed_by) {
      const std::string text = to_text(ref);
      if (std::find(statements.begin(), statements.end(), text) == statements.end()) statements.push_back(text);
    }
  }
  return fmt::format("{} in {}", some_of(actions, kActionsOfALine, std::max(finding.actions, actions.size())),
                     some_of(statements, 2, statements.size()));
}

bool is_escalation(Facet facet) { return facet == Facet::kEscalation || facet == Facet::kEscalationWithTarget; }

/// The findings that a person has to read: not the ways that say the same with more actions.
std::vector<const Finding*> told(const Analysis& analysis, const FacetResult& facet) {
  std::vector<const Finding*> findings;
  for (const Finding& finding : facet.findings) {
    const auto path = std::find_if(analysis.escalation_paths.begin(), analysis.escalation_paths.end(),
                                   [&](const EscalationPath& p) { return p.technique == finding.thing; });
    if (path == analysis.escalation_paths.end() || path->minimal) findings.push_back(&finding);
  }
  return findings;
}

std::string facet_lines(const Analysis& analysis, const FacetResult& facet, std::size_t shown) {
  std::string lines = fmt::format("\n{}: {}\n", title_of(facet.facet), name_of(facet.level));
  const std::vector<const Finding*> findings = told(analysis, facet);
  for (std::size_t i = 0; i < std::min(shown, findings.size()); ++i) {
    const Finding& finding = *findings[i];
    lines += fmt::format("  {}\n", sentence(finding));
    if (facet.facet != Facet::kBreadth) lines += fmt::format("      {}\n", because(finding));
  }
  if (findings.size() > shown) {
    lines += fmt::format("  and {} more {}\n", findings.size() - shown,
                         is_escalation(facet.facet)     ? "ways"
                         : findings.size() - shown == 1 ? "thing"
                                                        : "things");
  }
  return lines;
}

}  // namespace

std::string_view title_of(Facet facet) {
  switch (facet) {
    case Facet::kEscalation: return "becoming administrator";
    case Facet::kEscalationWithTarget: return "gaining permissions through something richer, where there is one";
    case Facet::kCredentials: return "reading or making credentials";
    case Facet::kData: return "reading data";
    case Facet::kDestruction: return "destroying data and what runs";
    case Facet::kExposure: return "opening things to others";
    case Facet::kGuardrails: return "taking away guardrails and records";
    case Facet::kOrganization: return "the organization and IAM Identity Center";
    case Facet::kMoney: return "money and contracts";
    case Facet::kBreadth: return "breadth";
  }
  return {};
}

std::string sentence(const Finding& finding) {
  std::string text = fmt::format("{} {}", finding.certainty == Certainty::kCertainly ? "can" : "may", finding.words);
  if (finding.certainty != Certainty::kCertainly) {
    const auto keys = joined(finding, &Grant::depends_on);
    text += keys.empty() ? " (on some resources)" : fmt::format(" (depends on {})", some_of(keys, 3, keys.size()));
  }
  if (finding.breadth == Breadth::kSome) {
    const auto resources = joined(finding, &Grant::resources);
    if (!resources.empty()) text += fmt::format(": {}", some_of(resources, kResourcesOfALine, resources.size()));
  }
  return text;
}

std::vector<std::string> sentences(const Analysis& analysis, std::size_t most) {
  std::vector<std::string> lines;
  for (const Level level : {Level::kCritical, Level::kHigh, Level::kMedium, Level::kLow}) {
    if (level == Level::kLow && !lines.empty()) break;
    for (const FacetResult& facet : analysis.facets) {
      for (const Finding* finding : told(analysis, facet)) {
        if (finding->level == level && lines.size() < most) lines.push_back(sentence(*finding));
      }
    }
  }
  return lines;
}

std::string page(std::string_view name, const Analysis& analysis, const PageStyle& style) {
  std::string text = fmt::format("{}: {}\n", name, name_of(analysis.level));
  if (analysis.effective_administrator)
    text += fmt::format("as good as an administrator, because it {}\n", analysis.administrator_because);
  if (analysis.possible == 0 && analysis.unknown_actions.empty()) return text + "allows nothing\n";

  // Whoever can do everything can do each single thing: one of each kind is enough.
  const std::size_t shown = analysis.effective_administrator ? 1 : style.findings_of_a_facet;
  for (const Level level : {Level::kCritical, Level::kHigh, Level::kMedium, Level::kLow}) {
    for (const FacetResult& facet : analysis.facets) {
      if (facet.level != level || facet.findings.empty() || facet.facet == Facet::kBreadth) continue;
      text += facet_lines(analysis, facet, shown);
    }
  }
  text += facet_lines(analysis, analysis.facet(Facet::kBreadth), shown);
  if (!analysis.unknown_actions.empty()) {
    text += fmt::format("  not in the catalogue of {}: {}\n", Catalogue::built_in().date(),
                        some_of(analysis.unknown_actions, kActionsOfALine, analysis.unknown_actions.size()));
  }
  return text;
}

}  // namespace ag::iam
