#include "iam/expand.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "iam/catalogue.hpp"
#include "iam/resource_scope.hpp"
#include "iam/wildcards.hpp"

namespace ag::iam {
namespace {

// A pair for each two patterns of two layers: beyond this nothing is said for certain any more.
constexpr std::size_t kMostPieces = 2'000;

StatementRef ref_of(const NamedPolicy& policy, const Statement& statement, Layer layer) {
  return {layer, policy.name, static_cast<std::size_t>(&statement - policy.policy.statements.data()), statement.sid};
}

/// Whether the element speaks of this resource.
bool names(const PatternElement& resources, std::string_view resource, const Circumstances& known = {}) {
  const bool any = std::any_of(resources.patterns.begin(), resources.patterns.end(), [&](const std::string& pattern) {
    return matches_arn(with_values(pattern, known), resource);
  });
  return resources.sense != Sense::kAbsent && any == (resources.sense == Sense::kIs);
}

template <class T>
void add_once(std::vector<T>& list, T item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(std::move(item));
}

}  // namespace

/// What one statement allows of one action on one pattern of resources, and what became of it.
struct Expansion::Piece {
  std::string_view pattern = "*";
  bool everything = false;
  bool certain = false;
  const Compiled* allowed_by = nullptr;
  std::vector<const Compiled*> narrowed_by{};

  void narrow(const Compiled& by) { narrowed_by.push_back(&by); }
};

namespace {

/// The actions of a statement, and those that the catalogue does not have.
ActionSet actions_of(const Statement& statement, std::vector<std::string>* unknown) {
  const Catalogue& catalogue = Catalogue::built_in();
  ActionSet set;
  if (statement.actions.sense == Sense::kAbsent) return set;
  for (const std::string& pattern : statement.actions.patterns) {
    bool found = false;
    catalogue.each_match(pattern, [&](ActionRange range) {
      set.add(range);
      found = true;
    });
    if (!found && unknown != nullptr && statement.actions.sense == Sense::kIs) unknown->push_back(pattern);
  }
  return statement.actions.sense == Sense::kIsNot ? catalogue.all() - set : set;
}

}  // namespace

Expansion::Expansion(PolicyLayers layers) : layers_(std::make_shared<const PolicyLayers>(std::move(layers))) {
  compile(layers_->identity, Layer::kIdentity);
  if (layers_->boundary) compile(*layers_->boundary, Layer::kBoundary);
  if (layers_->session) compile(*layers_->session, Layer::kSession);
  for (const auto& level : layers_->service_control) compile(level, Layer::kServiceControl);
  std::sort(unknown_.begin(), unknown_.end());
  unknown_.erase(std::unique(unknown_.begin(), unknown_.end()), unknown_.end());
  fill_sets();
}

void Expansion::compile(const std::vector<NamedPolicy>& policies, Layer layer) {
  auto& allows = allows_.emplace_back();
  for (const NamedPolicy& policy : policies) {
    for (const Statement& statement : policy.policy.statements) {
      const Outcome outcome = outcome_of(statement, usual_circumstances());
      if (outcome == Outcome::kFails) continue;
      const bool allow = statement.effect == Effect::kAllow;
      auto& list = allow ? allows : denies_;
      Compiled& compiled = list.emplace_back(Compiled{&statement, &policy, layer, outcome, {}, {}});
      compiled.actions = actions_of(statement, allow && layer == Layer::kIdentity ? &unknown_ : nullptr);
      compiled.everything = actions_on_everything(statement, compiled.actions);
    }
  }
}

void Expansion::fill_sets() {
  // Layer by layer: what it allows at all, without a condition, and without a condition on everything.
  ActionSet all = Catalogue::built_in().all();
  possible_ = certain_ = everywhere_ = all;
  ActionSet limited_once, limited_twice;
  for (const auto& allows : allows_) {
    ActionSet any, unconditioned, everything;
    for (const Compiled& allow : allows) {
      any |= allow.actions;
      if (allow.outcome != Outcome::kHolds) continue;
      unconditioned |= allow.actions;
      everything |= allow.everything;
    }
    const ActionSet limited = any - everything;
    limited_twice |= limited_once & limited;
    limited_once |= limited;
    possible_ &= any;
    certain_ &= unconditioned;
    everywhere_ &= everything;
  }
  ActionSet denied, denied_on_condition, denied_in_part;
  for (const Compiled& deny : denies_) {
    (deny.outcome == Outcome::kHolds ? denied : denied_on_condition) |= deny.everything;
    denied_in_part |= deny.actions - deny.everything;
  }
  possible_ -= denied;
  everywhere_ -= denied | denied_on_condition | denied_in_part;
  certain_ -= denied | denied_on_condition;

  // Where resources of two statements have to be compared, actions are looked at one by one.
  const ActionSet compared = possible_ & (limited_twice | denied_in_part);
  compared.each([&](ActionId action) {
    const std::vector<Piece> pieces = pieces_of(action, {});
    possible_.remove(action);
    certain_.remove(action);
    everywhere_.remove(action);
    if (!pieces.empty()) possible_.add(action);
    for (const Piece& piece : pieces) {
      if (piece.certain) certain_.add(action);
      if (piece.certain && piece.everything) everywhere_.add(action);
    }
  });
}

std::vector<Expansion::Piece> Expansion::allowed_pieces(const std::vector<Compiled>& allows, ActionId action,
                                                        const Circumstances& known) const {
  std::vector<Piece> pieces;
  for (const Compiled& allow : allows) {
    if (!allow.actions.contains(action)) continue;
    const Outcome outcome = allow.outcome == Outcome::kHolds ? Outcome::kHolds : outcome_of(*allow.statement, known);
    if (outcome == Outcome::kFails) continue;
    const bool certain = outcome == Outcome::kHolds;
    if (allow.everything.contains(action)) {
      pieces.push_back({"*", true, certain, &allow, {}});
      continue;
    }
    if (allow.statement->resources.sense != Sense::kIs) continue;  // without resources it allows nothing
    for (const std::string& pattern : allow.statement->resources.patterns)
      pieces.push_back({pattern, false, certain, &allow, {}});
  }
  return pieces;
}

std::vector<Expansion::Piece> Expansion::pieces_of(ActionId action, const Circumstances& known) const {
  Circumstances with_usual = known;
  if (!known.empty()) with_usual.insert(usual_circumstances().begin(), usual_circumstances().end());
  const Circumstances& all_known = known.empty() ? usual_circumstances() : with_usual;

  std::vector<Piece> pieces = allowed_pieces(allows_.front(), action, all_known);
  for (std::size_t i = 1; i < allows_.size() && !pieces.empty(); ++i) {
    const std::vector<Piece> limits = allowed_pieces(allows_[i], action, all_known);
    std::vector<Piece> both;
    const bool too_many = pieces.size() * limits.size() > kMostPieces;
    for (const Piece& piece : pieces) {
      for (const Piece& limit : limits) {
        if (both.size() == kMostPieces) break;
        Piece common = piece;
        common.certain = piece.certain && limit.certain && !too_many;
        if (limit.everything) {
          // Nothing is narrower, but it may hold on a condition only.
          if (!limit.certain) common.narrow(*limit.allowed_by);
        } else if (piece.everything || covers_arns(piece.pattern, limit.pattern)) {
          common.pattern = limit.pattern;
          common.everything = false;
          common.narrow(*limit.allowed_by);
        } else if (!covers_arns(limit.pattern, piece.pattern)) {
          if (!overlap_arns(piece.pattern, limit.pattern)) continue;
          common.certain = false;  // which resources are in both cannot be said by one pattern
          common.narrow(*limit.allowed_by);
        }
        both.push_back(std::move(common));
      }
    }
    pieces = std::move(both);
  }

  for (const Compiled& deny : denies_) {
    if (pieces.empty()) break;
    if (!deny.actions.contains(action)) continue;
    const Outcome outcome = deny.outcome == Outcome::kHolds ? Outcome::kHolds : outcome_of(*deny.statement, all_known);
    if (outcome == Outcome::kFails) continue;
    std::vector<Piece> left;
    for (Piece& piece : pieces) {
      const Cut cut = deny.everything.contains(action)
                          ? Cut::kAll
                          : cut_of(deny.statement->resources, piece.pattern, piece.everything);
      if (cut == Cut::kAll && outcome == Outcome::kHolds) continue;
      if (cut != Cut::kNothing) piece.narrow(deny);
      if (cut == Cut::kAll) piece.certain = false;
      if (cut == Cut::kPart) piece.everything = false;
      if (cut == Cut::kAllButNamed && outcome == Outcome::kHolds) {
        for (const std::string& named : deny.statement->resources.patterns) {
          Piece rest = piece;
          rest.pattern = named;
          rest.everything = false;
          left.push_back(std::move(rest));
        }
        continue;
      }
      if (cut == Cut::kAllButNamed) piece.certain = false;
      left.push_back(std::move(piece));
    }
    pieces = std::move(left);
  }
  return pieces;
}

Grant Expansion::grant_of(ActionId action, const Circumstances& known) const {
  const std::vector<Piece> pieces = pieces_of(action, known);
  Grant grant;
  for (const Piece& piece : pieces) {
    const Certainty certainty = piece.certain ? Certainty::kCertainly : Certainty::kPossibly;
    grant.certainty = std::max(grant.certainty, certainty);
  }
  for (const Piece& piece : pieces) {
    // What is only possible is not told where something is certain.
    if (grant.certainty == Certainty::kCertainly && !piece.certain) continue;
    if (piece.everything) grant.breadth = Breadth::kEverything;
    add_once(grant.allowed_by,
             ref_of(*piece.allowed_by->policy, *piece.allowed_by->statement, piece.allowed_by->layer));
    const auto depends_on = [&](const Compiled& compiled) {
      if (compiled.outcome == Outcome::kHolds) return;
      for (const Condition& condition : compiled.statement->conditions) {
        if (to_lower(condition.key) != "aws:requestedregion") add_once(grant.depends_on, condition.key);
      }
    };
    if (!piece.certain) depends_on(*piece.allowed_by);
    for (const Compiled* by : piece.narrowed_by) {
      add_once(grant.narrowed_by, ref_of(*by->policy, *by->statement, by->layer));
      if (!piece.certain) depends_on(*by);
    }
  }
  if (grant.breadth == Breadth::kSome) {
    for (const Piece& piece : pieces) {
      const bool told = piece.certain || grant.certainty == Certainty::kPossibly;
      if (told && grant.resources.size() < kMostResources) add_once(grant.resources, std::string(piece.pattern));
    }
  }
  std::sort(grant.depends_on.begin(), grant.depends_on.end());
  return grant;
}

Certainty Expansion::allows(ActionId action, std::string_view resource, const Circumstances& known) const {
  Certainty certainty = Certainty::kNever;
  for (const Piece& piece : pieces_of(action, known)) {
    if (!piece.everything && !matches_arn(with_values(piece.pattern, known), resource)) continue;
    bool certain = piece.certain;
    bool denied = false;
    for (const Compiled* by : piece.narrowed_by) {
      if (by->statement->effect != Effect::kDeny) continue;
      if (!names(by->statement->resources, resource, known)) continue;
      const bool holds = by->outcome == Outcome::kHolds;
      denied = denied || holds;
      certain = certain && holds;
    }
    if (!denied) certainty = std::max(certainty, certain ? Certainty::kCertainly : Certainty::kPossibly);
  }
  return certainty;
}

bool Expansion::denies(ActionId action, std::string_view resource) const {
  return std::any_of(denies_.begin(), denies_.end(), [&](const Compiled& deny) {
    if (!deny.actions.contains(action) || deny.outcome != Outcome::kHolds) return false;
    return deny.everything.contains(action) || names(deny.statement->resources, resource);
  });
}

Difference difference(const Expansion& a, const Expansion& b) {
  return {.new_actions = b.possible() - a.possible(),
          .more_certain = (b.certain() & a.possible()) - a.certain(),
          .wider = (b.everywhere() & a.possible()) - a.everywhere()};
}

}  // namespace ag::iam
