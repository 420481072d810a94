#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "iam/escalation.hpp"
#include "iam/expand.hpp"
#include "iam/facts.hpp"
#include "iam/layers.hpp"

/// What a set of policies really allows: its level, why, and the ways from it to more.
///
///     const Analysis analysis = analyze({.layers = {.identity = {{"ReadOnlyAccess", policy}}}});
///     analysis.level;                    // kHigh
///     for (auto& line : words(analysis)) // "can read every parameter in Systems Manager, …"
///
/// docs/iam-levels.md says how the level comes about and what is not seen.
namespace ag::iam {

struct AnalysisInput {
  PolicyLayers layers{};
  std::vector<Role> roles{};  ///< of the account, where they are known: chains through them are looked for
  std::string principal{};    ///< the ARN that all this belongs to; empty: any principal of the account
  AccountKind account = AccountKind::kUnknown;
  Attached attached = Attached::kIsLookedInto;
};

/// One action that is a reason for something, and the statements that allow it.
struct Evidence {
  std::string action{};
  Grant grant{};
  std::string_view source{};  ///< of the fact: `sar`, `sia`
  bool operator==(const Evidence&) const = default;
};

inline constexpr std::size_t kMostEvidence = 10;  ///< of one finding; `actions` counts them all

/// One thing that can be done, of one facet.
struct Finding {
  std::string thing{};  ///< stable: `secrets`
  Level level = Level::kLow;
  Certainty certainty = Certainty::kPossibly;
  Breadth breadth = Breadth::kSome;
  std::string words{};  ///< `read every secret in Secrets Manager`; follows "can"
  std::size_t actions = 0;
  std::vector<Evidence> evidence{};
};

struct FacetResult {
  Facet facet = Facet::kBreadth;
  Level level = Level::kLow;
  std::vector<Finding> findings{};  ///< the worst first; empty: nothing of the kind
};

struct Analysis {
  Level level = Level::kLow;
  /// Finer than the level, for order: thousands are the level (0 to 3), hundreds how many facets are critical, tens how
  /// many are high, ones how many are medium.
  int score = 0;
  /// Whether it is as good as AdministratorAccess: it allows everything on everything, or a technique of the class self
  /// does not depend on any condition or single resource, or certain steps through the given roles lead to such a role.
  bool effective_administrator = false;
  std::string administrator_because{};             ///< follows "because it"; empty when it is not one
  std::vector<FacetResult> facets{};               ///< all ten, in the order of Facet
  std::vector<EscalationPath> escalation_paths{};  ///< the worst first
  std::size_t possible = 0;                        ///< actions that may be allowed
  std::size_t certain = 0;                         ///< of these, for certain
  std::size_t everywhere = 0;                      ///< of these, on everything
  std::size_t changing = 0;                        ///< of the possible: those that change anything
  std::vector<std::string> unknown_actions{};

  [[nodiscard]] const FacetResult& facet(Facet which) const { return facets.at(static_cast<std::size_t>(which)); }
};

[[nodiscard]] Analysis analyze(AnalysisInput input);
/// The same where the expansion is at hand already.
[[nodiscard]] Analysis analyze(const Expansion& expansion, const AnalysisInput& input);

/// Whether `a` is less access than `b`: by level, then by score, then by the number of changing actions, then of all.
[[nodiscard]] bool less_access(const Analysis& a, const Analysis& b);

// Breadth alone is a reason: so many changing actions are more than any one task needs.
inline constexpr std::size_t kManyChanges = 10;         ///< medium from here on
inline constexpr std::size_t kVeryManyChanges = 1'000;  ///< on everything: high from here on

}  // namespace ag::iam
