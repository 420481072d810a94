#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "iam/expand.hpp"
#include "iam/facts.hpp"
#include "iam/layers.hpp"

/// The ways from a set of permissions to more.
namespace ag::iam {

/// What the account is in its organization: where Identity Center and Organizations are administered, their calls work.
enum class AccountKind {
  kUnknown,     ///< may be either
  kMember,      ///< an ordinary account: those calls fail there
  kManagement,  ///< the management account, or the delegated administrator of IAM Identity Center
};
constexpr auto enum_names(AccountKind) { return std::array<std::string_view, 3>{"unknown", "member", "management"}; }

/// What is known of AWS's policies that a condition lets be attached.
enum class Attached { kIsLookedInto, kCountsAsHigh };

/// A role that exists, and that may be assumed or passed.
struct Role {
  std::string arn{};
  Policy trust{};
  PolicyLayers layers{};
};

/// One action that a path needs, and what grants it.
struct Step {
  std::string action{};
  Grant grant{};
};

/// One way, with the statements that open it.
struct EscalationPath {
  std::string technique{};  ///< its name in data/iam/escalations.txt; `chain` of a way through given roles
  TechniqueClass kind = TechniqueClass::kTarget;
  Level level = Level::kMedium;
  Certainty certainty = Certainty::kPossibly;
  Breadth breadth = Breadth::kSome;
  std::string words{};               ///< follows "by": `passing a role to a new Lambda function and invoking it`
  std::string names{};               ///< what other lists call it
  std::vector<Step> steps{};         ///< an action each, in the order of the catalogue; at most kMostSteps
  std::vector<std::string> roles{};  ///< ARNs that a chain goes through, the last one is what it leads to
  bool to_administrator = true;      ///< false: what can be attached on the way makes no administrator
  bool minimal = true;               ///< false: another path needs fewer of the same actions and is as good
};

inline constexpr std::size_t kMostSteps = 10;  ///< `iam:*` stands for 180 actions

// A chain that is longer is not looked for: each step is a role that somebody would have to know.
inline constexpr std::size_t kLongestChain = 5;
inline constexpr std::size_t kMostRoles = 2'000;  ///< of one account: AWS's default limit is 1,000

/// All techniques whose actions may all be allowed. The worst first. `principal` is the ARN that the permissions belong
/// to; empty: nobody said.
[[nodiscard]] std::vector<EscalationPath> find_escalations(const Expansion& expansion, AccountKind account,
                                                           std::string_view principal = {},
                                                           Attached attached = Attached::kIsLookedInto);

/// Whether it can do everything, or become able to, by its own permissions alone; what depends on nothing but its
/// circumstances counts.
struct Administrator {
  Certainty certainty = Certainty::kNever;  ///< at least kPresumably when it is one
  std::string because{};  ///< `can do everything on everything (depends on aws:MultiFactorAuthPresent)`; empty: no
};
[[nodiscard]] Administrator administrator_by_itself(const Expansion& expansion,
                                                    const std::vector<EscalationPath>& paths);
/// `can become administrator by assuming role/Admin`, and what that depends on.
[[nodiscard]] std::string because(std::string_view outcome, const EscalationPath& path);

/// The shortest ways over the given roles to one that is an administrator by itself, at most one for each first step.
[[nodiscard]] std::vector<EscalationPath> find_chains(const Expansion& expansion, std::string_view principal,
                                                      const std::vector<Role>& roles);

}  // namespace ag::iam
