#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "iam/action_set.hpp"

/// What actions mean, and which of them together lead to more: data/iam/facts.txt and data/iam/escalations.txt.
namespace ag::iam {

/// How much access something is. Decides how many people have to agree.
enum class Level { kLow, kMedium, kHigh, kCritical };
constexpr auto enum_names(Level) { return std::array<std::string_view, 4>{"low", "medium", "high", "critical"}; }

/// The sides from which access is looked at. The level is that of the worst.
enum class Facet {
  kEscalation,            ///< the permissions alone are enough to become administrator
  kEscalationWithTarget,  ///< with a role, user, instance or function that may do more
  kCredentials,
  kData,
  kDestruction,
  kExposure,      ///< opening resources to others
  kGuardrails,    ///< taking away what limits or records
  kOrganization,  ///< the organization, and IAM Identity Center
  kMoney,         ///< payments, commitments, invoices
  kBreadth,
};
inline constexpr std::size_t kFacets = 10;
constexpr auto enum_names(Facet) {
  return std::array<std::string_view, kFacets>{
      "escalation", "escalation-with-target", "credentials", "data",   "destruction", "exposure",
      "guardrails", "organization",           "money",       "breadth"};
}

/// What a group of facts is about, in words that follow "can".
struct Thing {
  std::string_view name;
  std::string_view everywhere;  ///< `read every secret in Secrets Manager`
  std::string_view somewhere;   ///< `read some secrets in Secrets Manager`, or with a place for kinds: `delete {}`
  std::size_t facts = 0;        ///< how many there are of it
};

/// One of the kinds that a thing speaks of: a sentence names those that are there and no other.
struct Kind {
  std::size_t thing = 0;
  std::string_view name;       ///< `disks`
  bool in_everywhere = false;  ///< the thing's sentence about everything names it
  std::size_t facts = 0;       ///< how many there are of it
};

struct Fact {
  ActionId action{};
  Facet facet = Facet::kData;
  Level level = Level::kLow;  ///< of the fact alone, where it holds everywhere and for certain
  std::size_t thing = 0;
  std::size_t kind = 0;     ///< from 1; 0 where the thing has no kinds
  bool whole = false;       ///< alone it is all of the thing or kind: s3:GetObject reads every object
  std::string_view source;  ///< `sar` or `sia`: data/iam/facts.txt says what they are
};

enum class TechniqueClass {
  kSelf,          ///< the permissions alone are enough
  kTarget,        ///< something richer must exist
  kCenter,        ///< works where IAM Identity Center is administered
  kOrganization,  ///< works in the organization's management account, or where that is delegated to
};
constexpr auto enum_names(TechniqueClass) {
  return std::array<std::string_view, 4>{"self", "target", "center", "organization"};
}

/// A known way from some permissions to more. All of its actions are needed.
struct Technique {
  std::string_view name;
  TechniqueClass kind = TechniqueClass::kTarget;
  std::vector<ActionId> actions{};
  std::string_view written;                ///< the actions as the list has them, with wildcards
  std::vector<std::string_view> passes{};  ///< services that a role is passed to, any of them; empty: none is
  std::string_view names;                  ///< what other lists call it
  std::string_view what;                   ///< follows "by"
};

class Facts {
 public:
  [[nodiscard]] static const Facts& built_in();

  [[nodiscard]] const std::vector<Thing>& things() const { return things_; }
  [[nodiscard]] const std::vector<Kind>& kinds() const { return kinds_; }  ///< of all things
  [[nodiscard]] const std::vector<Fact>& facts() const { return facts_; }  ///< by facet, then by thing
  [[nodiscard]] const std::vector<Technique>& techniques() const { return techniques_; }
  [[nodiscard]] const ActionSet& actions() const { return actions_; }  ///< of all facts

 private:
  Facts();

  std::vector<Thing> things_;
  std::vector<Kind> kinds_;
  std::vector<Fact> facts_;
  std::vector<Technique> techniques_;
  ActionSet actions_;
};

}  // namespace ag::iam
