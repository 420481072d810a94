#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "iam/action_set.hpp"
#include "iam/layers.hpp"

/// From policies to the actions that they allow: for certain, or only when something else holds.
///
/// What is said errs to one side: an action that may be allowed is never left out. "For certain" means that no
/// condition, no deny and no other layer stands in the way on at least one resource that a policy names; whether such a
/// resource exists, and what its own policy says, is not known here. "Presumably" means that nothing but circumstances
/// stands in the way (iam/condition_keys.hpp): levels count it like what is certain.
namespace ag::iam {

enum class Certainty {
  kNever,
  kPossibly,    ///< a condition narrows what is reached
  kPresumably,  ///< it depends on circumstances only, which whoever holds the permissions meets: with a second factor
  kCertainly,
};
/// What only depends on circumstances is told as what it is: possible, and it depends on them.
constexpr auto enum_names(Certainty) {
  return std::array<std::string_view, 4>{"never", "possibly", "possibly", "certainly"};
}

enum class Breadth {
  kSome,        ///< resources that a policy names, or all but some
  kEverything,  ///< every resource of the account (or of those it can reach)
};
constexpr auto enum_names(Breadth) { return std::array<std::string_view, 2>{"some", "everything"}; }

/// What is granted of one action, and by what.
struct Grant {
  Certainty certainty = Certainty::kNever;
  Breadth breadth = Breadth::kSome;         ///< of what is at least presumable, or of what is possible without that
  std::vector<std::string> resources{};     ///< patterns, when some; at most kMostResources
  std::vector<StatementRef> allowed_by{};   ///< statements of the identity's own policies
  std::vector<StatementRef> narrowed_by{};  ///< denies and limits of other layers that leave something
  std::vector<std::string> depends_on{};    ///< condition keys, sorted

  bool operator==(const Grant&) const = default;
};

/// Whether it is worth more: presumable before possible, then wider, then for certain.
[[nodiscard]] bool is_better(const Grant& one, const Grant& other);

inline constexpr std::size_t kMostResources = 20;  ///< more help nobody; a policy has room for hundreds

class Expansion {
 public:
  explicit Expansion(PolicyLayers layers);

  [[nodiscard]] const ActionSet& possible() const { return possible_; }      ///< may be allowed
  [[nodiscard]] const ActionSet& certain() const { return certain_; }        ///< within possible()
  [[nodiscard]] const ActionSet& everywhere() const { return everywhere_; }  ///< certain, and on everything
  /// The same of what is certain or presumable.
  [[nodiscard]] const ActionSet& presumed() const { return presumed_; }
  [[nodiscard]] const ActionSet& presumed_everywhere() const { return presumed_everywhere_; }

  /// Actions of Allow statements that the catalogue does not have: kept as written, sorted, each once.
  [[nodiscard]] const std::vector<std::string>& unknown_actions() const { return unknown_; }
  [[nodiscard]] const PolicyLayers& layers() const { return *layers_; }

  /// What is granted of an action, where more is known of the request than a policy alone says.
  [[nodiscard]] Grant grant_of(ActionId action, const Circumstances& known = {}) const;
  /// Whether it is allowed on this very resource.
  [[nodiscard]] Certainty allows(ActionId action, std::string_view resource, const Circumstances& known = {}) const;
  /// Whether a statement denies it on this very resource, whoever else allows it.
  [[nodiscard]] bool denies(ActionId action, std::string_view resource) const;

 private:
  struct Compiled {
    const Statement* statement = nullptr;
    const NamedPolicy* policy = nullptr;
    Layer layer = Layer::kIdentity;
    Outcome outcome = Outcome::kHolds;  // of its conditions, where nothing special is known
    ActionSet actions{};
    ActionSet everything{};     // of these: those for which it speaks of all resources
    bool without_keys = false;  // an Allow whose conditions speak of keys that its actions do not have

    [[nodiscard]] Outcome outcome_with(const Circumstances& known) const;
  };
  struct Piece;

  void compile(const std::vector<NamedPolicy>& policies, Layer layer);
  void compile(const NamedPolicy& policy, const Statement& statement, Layer layer);
  void fill_sets();
  [[nodiscard]] std::vector<Piece> pieces_of(ActionId action, const Circumstances& known) const;
  [[nodiscard]] std::vector<Piece> allowed_pieces(const std::vector<Compiled>& allows, ActionId action,
                                                  const Circumstances& known) const;
  static void deny_piece(const Compiled& deny, ActionId action, Outcome outcome, Piece piece, std::vector<Piece>& left);
  static void add_keys(const Piece& piece, std::vector<std::string>& keys);

  std::shared_ptr<const PolicyLayers> layers_;
  std::vector<std::vector<Compiled>> allows_;  // the identity's first, then one list for each layer that limits
  std::vector<Compiled> denies_;               // of all layers
  ActionSet possible_, certain_, everywhere_, presumed_, presumed_everywhere_;
  std::vector<std::string> unknown_;
};

/// What B allows beyond A.
struct Difference {
  ActionSet new_actions;   ///< not even possible with A
  ActionSet more_certain;  ///< possible with A, certain with B
  ActionSet wider;         ///< on some resources with A, on everything with B
  [[nodiscard]] bool empty() const { return new_actions.empty() && more_certain.empty() && wider.empty(); }
};
[[nodiscard]] Difference difference(const Expansion& a, const Expansion& b);

/// Whether B allows nothing beyond A, as far as actions, certainty and breadth tell. Which resources "some" are is not
/// compared.
[[nodiscard]] inline bool within(const Expansion& b, const Expansion& a) { return difference(a, b).empty(); }

}  // namespace ag::iam
