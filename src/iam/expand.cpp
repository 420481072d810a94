#include "iam/expand.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

#include "base/text.hpp"
#include "iam/catalogue.hpp"
#include "iam/condition_keys.hpp"
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
  Certainty certainty = Certainty::kPossibly;
  const Compiled* allowed_by = nullptr;
  std::vector<const Compiled*> narrowed_by{};

  void narrow(const Compiled& by) { narrowed_by.push_back(&by); }
  void weaken(Certainty at_most) { certainty = std::min(certainty, at_most); }
};

namespace {

/// Of an Allow that may apply.
Certainty certainty_of(Outcome outcome) {
  if (outcome == Outcome::kHolds) return Certainty::kCertainly;
  return outcome == Outcome::kPresumably ? Certainty::kPresumably : Certainty::kPossibly;
}

/// What is left of something that a Deny speaks of.
Certainty left_by(Outcome outcome) {
  if (outcome == Outcome::kHolds) return Certainty::kNever;
  return outcome == Outcome::kPresumablyNot ? Certainty::kPresumably : Certainty::kPossibly;
}

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

/// Where the conditions of an Allow all hold without their keys, and each key is one service's own: the actions of
/// these services. The keys of one service are not in requests of another.
std::optional<ActionSet> actions_with_keys(const Statement& statement) {
  const Catalogue& catalogue = Catalogue::built_in();
  ActionSet with_keys;
  for (const Condition& condition : statement.conditions) {
    const auto service = catalogue.find_service(to_lower(condition.key.substr(0, condition.key.find(':'))));
    if (!service || !holds_without_its_key(condition)) return std::nullopt;
    with_keys.add(catalogue.service_actions(*service));
  }
  return with_keys;
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

Outcome Expansion::Compiled::outcome_with(const Circumstances& known) const {
  return outcome == Outcome::kHolds || without_keys ? outcome : outcome_of(*statement, known);
}

void Expansion::compile(const std::vector<NamedPolicy>& policies, Layer layer) {
  allows_.emplace_back();
  for (const NamedPolicy& policy : policies) {
    for (const Statement& statement : policy.policy.statements) compile(policy, statement, layer);
  }
}

void Expansion::compile(const NamedPolicy& policy, const Statement& statement, Layer layer) {
  const Outcome outcome = outcome_of(statement, usual_circumstances());
  if (outcome == Outcome::kFails) return;
  const bool allow = statement.effect == Effect::kAllow;
  auto& list = allow ? allows_.back() : denies_;
  Compiled compiled{&statement, &policy, layer, outcome, {}, {}};
  compiled.actions = actions_of(statement, allow && layer == Layer::kIdentity ? &unknown_ : nullptr);
  compiled.everything = actions_on_everything(statement, compiled.actions);
  if (allow && outcome == Outcome::kDepends) {
    if (const auto with_keys = actions_with_keys(statement)) {
      Compiled& others = list.emplace_back(compiled);
      others.outcome = Outcome::kPresumably;
      others.without_keys = true;
      others.actions -= *with_keys;
      others.everything -= *with_keys;
      compiled.actions &= *with_keys;
      compiled.everything &= *with_keys;
    }
  }
  list.push_back(std::move(compiled));
}

void Expansion::fill_sets() {
  // Layer by layer: what it allows at all, without a condition, and without a condition on everything; and the last two
  // again with circumstances.
  ActionSet all = Catalogue::built_in().all();
  possible_ = certain_ = everywhere_ = presumed_ = presumed_everywhere_ = all;
  ActionSet limited_once, limited_twice;
  for (const auto& allows : allows_) {
    ActionSet any, certain, certain_everywhere, presumed, presumed_everywhere;
    for (const Compiled& allow : allows) {
      any |= allow.actions;
      if (allow.outcome < Outcome::kPresumably) continue;
      presumed |= allow.actions;
      presumed_everywhere |= allow.everything;
      if (allow.outcome < Outcome::kHolds) continue;
      certain |= allow.actions;
      certain_everywhere |= allow.everything;
    }
    const ActionSet limited = any - certain_everywhere;
    limited_twice |= limited_once & limited;
    limited_once |= limited;
    possible_ &= any;
    certain_ &= certain;
    everywhere_ &= certain_everywhere;
    presumed_ &= presumed;
    presumed_everywhere_ &= presumed_everywhere;
  }
  ActionSet denied, denied_on_condition, denied_in_circumstances, denied_in_part;
  for (const Compiled& deny : denies_) {
    if (deny.outcome == Outcome::kHolds) denied |= deny.everything;
    else if (deny.outcome == Outcome::kDepends) denied_on_condition |= deny.everything;
    else denied_in_circumstances |= deny.everything;
    denied_in_part |= deny.actions - deny.everything;
  }
  possible_ -= denied;
  everywhere_ -= denied | denied_on_condition | denied_in_circumstances | denied_in_part;
  certain_ -= denied | denied_on_condition | denied_in_circumstances;
  presumed_everywhere_ -= denied | denied_on_condition | denied_in_part;
  presumed_ -= denied | denied_on_condition;

  // Where resources of two statements have to be compared, actions are looked at one by one.
  const ActionSet compared = possible_ & (limited_twice | denied_in_part);
  compared.each([&](ActionId action) {
    const std::vector<Piece> pieces = pieces_of(action, {});
    for (ActionSet* set : {&possible_, &certain_, &everywhere_, &presumed_, &presumed_everywhere_}) set->remove(action);
    if (!pieces.empty()) possible_.add(action);
    for (const Piece& piece : pieces) {
      if (piece.certainty < Certainty::kPresumably) continue;
      presumed_.add(action);
      if (piece.everything) presumed_everywhere_.add(action);
      if (piece.certainty < Certainty::kCertainly) continue;
      certain_.add(action);
      if (piece.everything) everywhere_.add(action);
    }
  });
}

std::vector<Expansion::Piece> Expansion::allowed_pieces(const std::vector<Compiled>& allows, ActionId action,
                                                        const Circumstances& known) const {
  std::vector<Piece> pieces;
  for (const Compiled& allow : allows) {
    if (!allow.actions.contains(action)) continue;
    const Outcome outcome = allow.outcome_with(known);
    if (outcome == Outcome::kFails) continue;
    const Certainty certainty = certainty_of(outcome);
    if (allow.everything.contains(action)) {
      pieces.push_back({"*", true, certainty, &allow, {}});
      continue;
    }
    if (allow.statement->resources.sense != Sense::kIs) continue;  // without resources it allows nothing
    for (const std::string& pattern : allow.statement->resources.patterns)
      pieces.push_back({pattern, false, certainty, &allow, {}});
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
        common.weaken(too_many ? Certainty::kPossibly : limit.certainty);
        if (limit.everything) {
          // Nothing is narrower, but it may hold on a condition only.
          if (limit.certainty < Certainty::kCertainly) common.narrow(*limit.allowed_by);
        } else if (piece.everything || covers_arns(piece.pattern, limit.pattern)) {
          common.pattern = limit.pattern;
          common.everything = false;
          common.narrow(*limit.allowed_by);
        } else if (!covers_arns(limit.pattern, piece.pattern)) {
          if (!overlap_arns(piece.pattern, limit.pattern)) continue;
          common.weaken(Certainty::kPossibly);  // which resources are in both cannot be said by one pattern
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
    const Outcome outcome = deny.outcome_with(all_known);
    if (outcome == Outcome::kFails) continue;
    std::vector<Piece> left;
    for (Piece& piece : pieces) deny_piece(deny, action, outcome, std::move(piece), left);
    pieces = std::move(left);
  }
  return pieces;
}

/// What a Deny leaves of one piece.
void Expansion::deny_piece(const Compiled& deny, ActionId action, Outcome outcome, Piece piece,
                           std::vector<Piece>& left) {
  const PatternElement& resources = deny.statement->resources;
  const Cut cut = deny.everything.contains(action) ? Cut::kAll : cut_of(resources, piece.pattern, piece.everything);
  if (cut == Cut::kNothing) {
    left.push_back(std::move(piece));
    return;
  }
  piece.narrow(deny);
  const bool of_others = outcome == Outcome::kPresumablyNot;
  // What the Deny does not speak of stays as certain as it was. Where that was everything, it is less now, and to the
  // holder, whom the Deny does not mean, all of it is left.
  Piece rest = piece;
  rest.everything = false;
  if (cut == Cut::kPart && !(of_others && piece.everything)) {
    left.push_back(std::move(rest));
    return;
  }
  const bool rest_differs = !of_others || piece.certainty == Certainty::kCertainly;
  if (cut == Cut::kPart && rest_differs) left.push_back(rest);
  if (cut == Cut::kAllButNamed && rest_differs && outcome != Outcome::kDepends) {
    for (const std::string& named : resources.patterns) {
      rest.pattern = named;
      left.push_back(rest);
    }
  }
  if (outcome == Outcome::kHolds) return;
  piece.weaken(left_by(outcome));
  left.push_back(std::move(piece));
}

Grant Expansion::grant_of(ActionId action, const Circumstances& known) const {
  const std::vector<Piece> pieces = pieces_of(action, known);
  Grant grant;
  // What is only possible is not told where something is more.
  Certainty told = Certainty::kNever;
  for (const Piece& piece : pieces) told = std::max(told, piece.certainty);
  told = std::min(told, Certainty::kPresumably);
  const auto is_told = [&](const Piece& piece) { return piece.certainty >= told; };
  for (const Piece& piece : pieces) {
    if (is_told(piece) && piece.everything) grant.breadth = Breadth::kEverything;
  }
  for (const Piece& piece : pieces) {
    if (!is_told(piece)) continue;
    if (piece.everything || grant.breadth == Breadth::kSome)
      grant.certainty = std::max(grant.certainty, piece.certainty);
    add_once(grant.allowed_by,
             ref_of(*piece.allowed_by->policy, *piece.allowed_by->statement, piece.allowed_by->layer));
    for (const Compiled* by : piece.narrowed_by)
      add_once(grant.narrowed_by, ref_of(*by->policy, *by->statement, by->layer));
    if (grant.breadth == Breadth::kSome && grant.resources.size() < kMostResources)
      add_once(grant.resources, std::string(piece.pattern));
  }
  if (grant.certainty < Certainty::kCertainly) {
    for (const Piece& piece : pieces) {
      if (is_told(piece) && piece.certainty < Certainty::kCertainly) add_keys(piece, grant.depends_on);
    }
  }
  std::sort(grant.depends_on.begin(), grant.depends_on.end());
  return grant;
}

/// The keys that a piece depends on.
void Expansion::add_keys(const Piece& piece, std::vector<std::string>& keys) {
  const auto add = [&](const Compiled& compiled) {
    if (compiled.outcome == Outcome::kHolds) return;
    for (const Condition& condition : compiled.statement->conditions) {
      if (to_lower(condition.key) != "aws:requestedregion") add_once(keys, condition.key);
    }
  };
  add(*piece.allowed_by);
  for (const Compiled* by : piece.narrowed_by) add(*by);
}

Certainty Expansion::allows(ActionId action, std::string_view resource, const Circumstances& known) const {
  Certainty certainty = Certainty::kNever;
  for (const Piece& piece : pieces_of(action, known)) {
    if (!piece.everything && !matches_arn(with_values(piece.pattern, known), resource)) continue;
    Certainty here = piece.certainty;
    for (const Compiled* by : piece.narrowed_by) {
      const bool denies = by->statement->effect == Effect::kDeny && names(by->statement->resources, resource, known);
      if (denies) here = std::min(here, left_by(by->outcome));
    }
    certainty = std::max(certainty, here);
  }
  return certainty;
}

bool Expansion::denies(ActionId action, std::string_view resource) const {
  return std::any_of(denies_.begin(), denies_.end(), [&](const Compiled& deny) {
    if (!deny.actions.contains(action) || deny.outcome != Outcome::kHolds) return false;
    return deny.everything.contains(action) || names(deny.statement->resources, resource);
  });
}

bool is_better(const Grant& one, const Grant& other) {
  const auto rank = [](const Grant& grant) {
    return std::tuple(std::min(grant.certainty, Certainty::kPresumably), grant.breadth, grant.certainty);
  };
  return rank(one) > rank(other);
}

Difference difference(const Expansion& a, const Expansion& b) {
  return {.new_actions = b.possible() - a.possible(),
          .more_certain = (b.certain() & a.possible()) - a.certain(),
          .wider = (b.everywhere() & a.possible()) - a.everywhere()};
}

}  // namespace ag::iam
