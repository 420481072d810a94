#include "iam/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/text.hpp"
#include "iam/compiled_policy.hpp"

namespace ag::iam {
namespace {

/// What one layer, or one level of it, says.
struct Answer {
  Truth allow = Truth::kNo;
  Truth deny = Truth::kNo;
};

/// A statement that applies or may apply, and what that hangs on.
struct Seen {
  DecidingStatement statement;
  Truth applies;
  bool uncertain;  ///< whether it applies, or only in which form it names the one who asks
  std::vector<std::string> keys;
};

/// Asks the layers. With `seen` it remembers every statement; without it stops early and allocates nothing.
class Evaluation {
 public:
  Evaluation(const Layers& layers, const Request& request, std::vector<Seen>* seen, std::vector<Withheld>* withheld)
      : layers_(layers), request_(request), resource_(request.resource()), seen_(seen), withheld_(withheld) {}

  Verdict run() {
    denies();
    if (deny_ == Truth::kYes) return Verdict::kExplicitlyDenied;
    switch (allows() & !deny_) {
      case Truth::kYes: return Verdict::kAllowed;
      case Truth::kNo: return Verdict::kImplicitlyDenied;
      case Truth::kMaybe: break;
    }
    return Verdict::kDependsOn;
  }

 private:
  using Policies = std::span<const PolicyHandle>;
  struct Place {
    LayerKind layer;
    std::size_t level = 0;
    std::size_t first_policy = 0;  ///< of those that are asked, in the layer
  };

  [[nodiscard]] bool has_identity() const { return request_.principal().has_identity(); }
  [[nodiscard]] bool is_root() const { return request_.principal().kind() == PrincipalKind::kRoot; }
  [[nodiscard]] bool limited_by_scps() const { return has_identity() && !request_.principal().is_service_linked(); }
  /// IAM User Guide: the root user has no identity policies and no boundary; it may do everything in its account.
  [[nodiscard]] bool has_identity_policies() const { return has_identity() && !is_root(); }

  static bool names_principals(LayerKind layer) {
    return layer == LayerKind::kResource || layer == LayerKind::kResourceControl || layer == LayerKind::kEndpoint;
  }

  void note(const CompiledStatement& statement, Place place, std::size_t policy, Truth applies, bool uncertain,
            std::vector<std::string> keys) {
    seen_->push_back({{place.layer, place.level, policy, statement.index(), statement.sid(), statement.effect(),
                       !uncertain, statement.at()},
                      applies,
                      uncertain,
                      std::move(keys)});
  }

  /// Calls `take(statement, applies, match)` for every statement of that effect that applies or may apply, until it
  /// answers false.
  template <class Take>
  void each(Policies policies, Place place, Effect effect, Take take) {
    for (std::size_t i = 0; i < policies.size(); ++i) {
      for (const auto& statement : policies[i]->statements()) {
        if (statement.effect() != effect) continue;
        std::vector<std::string> keys;
        auto* unknown = seen_ == nullptr ? nullptr : &keys;
        PrincipalMatch match{.direct = Truth::kYes};
        if (names_principals(place.layer) && !denies_whoever_has_a_boundary(statement, place))
          match = statement.match(request_, unknown);
        if (match.any() == Truth::kNo) continue;
        const Truth applies = statement.applies(request_, resource_, unknown);
        if (applies == Truth::kNo) continue;
        if (seen_ != nullptr) {
          const Truth here = applies & match.any();
          note(statement, place, place.first_policy + i, here, here == Truth::kMaybe || match.direct == Truth::kMaybe,
               std::move(keys));
        }
        if (!take(applies, match) && seen_ == nullptr) return;
      }
    }
  }

  /// reference_policies_elements_notprincipal.html: "will always deny any IAM principal that has a permissions boundary
  /// policy attached, regardless of the values specified in the NotPrincipal element".
  [[nodiscard]] bool denies_whoever_has_a_boundary(const CompiledStatement& statement, Place place) const {
    return place.layer == LayerKind::kResource && statement.effect() == Effect::kDeny &&
           statement.has_not_principal() && has_identity_policies() && !layers_.boundary.empty();
  }

  void deny_in(Policies policies, Place place) {
    if (deny_ == Truth::kYes && seen_ == nullptr) return;
    each(policies, place, Effect::kDeny, [&](Truth applies, const PrincipalMatch& match) {
      deny_ |= applies & match.any();
      return deny_ != Truth::kYes;
    });
  }

  void denies() {
    if (has_identity_policies()) {
      deny_in(layers_.identity, {LayerKind::kIdentity});
      deny_in(layers_.boundary, {LayerKind::kBoundary});
    }
    if (has_identity()) deny_in(layers_.session, {LayerKind::kSession});
    if (limited_by_scps()) {
      for (std::size_t i = 0; i < layers_.service_control.size(); ++i)
        deny_in(layers_.service_control[i], {LayerKind::kServiceControl, i});
    }
    if (!request_.principal().is_service_linked()) {
      for (std::size_t i = 0; i < layers_.resource_control.size(); ++i)
        deny_in(layers_.resource_control[i], {LayerKind::kResourceControl, i});
    }
    deny_in(layers_.resource, {LayerKind::kResource});
    deny_in(layers_.endpoint, {LayerKind::kEndpoint});
  }

  /// Whether any statement of them allows it.
  Truth allow_in(Policies policies, Place place) {
    Truth allow = Truth::kNo;
    each(policies, place, Effect::kAllow, [&](Truth applies, const PrincipalMatch& match) {
      allow |= applies & match.any();
      return allow != Truth::kYes;
    });
    return withhold(allow, place);
  }

  Truth withhold(Truth allow, Place place) {
    if (allow == Truth::kNo && withheld_ != nullptr) withheld_->push_back({place.layer, place.level});
    return allow;
  }

  /// A layer that limits: it allows all when it is not there.
  Truth limit(Policies policies, Place place) { return policies.empty() ? Truth::kYes : allow_in(policies, place); }

  PrincipalMatch resource_allows() {
    PrincipalMatch sum;
    each(layers_.resource, {LayerKind::kResource}, Effect::kAllow, [&](Truth applies, const PrincipalMatch& match) {
      sum.direct |= applies & match.direct;
      sum.entity |= applies & match.entity;
      sum.account |= applies & match.account;
      return sum.direct != Truth::kYes;
    });
    return sum;
  }

  Truth organization_allows() {
    Truth all = Truth::kYes;
    if (limited_by_scps()) {
      for (std::size_t i = 0; i < layers_.service_control.size(); ++i) {
        if (all == Truth::kNo && seen_ == nullptr) return all;
        all &= allow_in(layers_.service_control[i], {LayerKind::kServiceControl, i});
      }
    }
    for (std::size_t i = 0; i < layers_.endpoint.size(); ++i)
      all &= allow_in(Policies(layers_.endpoint).subspan(i, 1), {LayerKind::kEndpoint, 0, i});
    return all;
  }

  Truth allows() {
    const Truth organization = organization_allows();
    if (organization == Truth::kNo && seen_ == nullptr) return organization;
    const PrincipalMatch resource = resource_allows();
    if (!has_identity()) return organization & withhold(resource.any(), {LayerKind::kResource});
    return organization & within_account(resource);
  }

  Truth within_account(const PrincipalMatch& resource) {
    const bool cross_account = request_.is_cross_account();
    // Granted to the very one who asks, in its own account: nothing that only fails to allow can take that away.
    if (!cross_account && resource.direct == Truth::kYes && seen_ == nullptr) return Truth::kYes;
    const Truth boundary = has_identity_policies() ? limit(layers_.boundary, {LayerKind::kBoundary}) : Truth::kYes;
    const Truth limits = boundary & limit(layers_.session, {LayerKind::kSession});
    const Truth identity = is_root() ? Truth::kYes : allow_in(layers_.identity, {LayerKind::kIdentity});
    const Truth own = identity & limits;
    if (cross_account) return own & withhold(resource.any(), {LayerKind::kResource});
    const Truth granted = resource.direct | (resource.entity & limits);
    if (request_.needs_resource_policy()) {
      if (resource.any() == Truth::kNo) withhold(Truth::kNo, {LayerKind::kResource});
      return granted | (resource.account & own);
    }
    return granted | own;
  }

  const Layers& layers_;
  const Request& request_;
  Segments resource_;
  std::vector<Seen>* seen_;
  std::vector<Withheld>* withheld_;
  Truth deny_ = Truth::kNo;
};

bool takes_part(Verdict verdict, const Seen& seen) {
  switch (verdict) {
    case Verdict::kAllowed: return seen.statement.effect == Effect::kAllow && seen.applies == Truth::kYes;
    case Verdict::kExplicitlyDenied: return seen.statement.effect == Effect::kDeny && seen.applies == Truth::kYes;
    case Verdict::kDependsOn: return seen.uncertain;
    case Verdict::kImplicitlyDenied: break;
  }
  return false;
}

/// Whether the layer of an uncertain Allow allows for certain by another statement, so that nothing hangs on this one.
bool is_settled(const std::vector<Seen>& seen, const Seen& uncertain) {
  const auto& one = uncertain.statement;
  if (one.effect == Effect::kDeny || one.layer == LayerKind::kResource) return false;
  return std::ranges::any_of(seen, [&](const Seen& other) {
    return other.applies == Truth::kYes && other.statement.effect == Effect::kAllow &&
           other.statement.layer == one.layer && other.statement.level == one.level &&
           (one.layer != LayerKind::kEndpoint || other.statement.policy == one.policy);
  });
}

bool must_be_let_in(const ActionName& action, std::string_view resource) {
  if (action.service() == "kms") return Segments(resource).part[5].starts_with("key/");
  return action.service() == "sts" && action.name().starts_with("assumerole") &&
         Segments(resource).part[5].starts_with("role/");
}

}  // namespace

std::string_view name_of(LayerKind layer) {
  switch (layer) {
    case LayerKind::kIdentity: return "identity";
    case LayerKind::kBoundary: return "boundary";
    case LayerKind::kSession: return "session";
    case LayerKind::kServiceControl: return "scp";
    case LayerKind::kResourceControl: return "rcp";
    case LayerKind::kResource: return "resource";
    case LayerKind::kEndpoint: return "endpoint";
  }
  return "";
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllowed: return "Allowed";
    case Verdict::kImplicitlyDenied: return "ImplicitlyDenied";
    case Verdict::kExplicitlyDenied: return "ExplicitlyDenied";
    case Verdict::kDependsOn: return "DependsOn";
  }
  return "";
}

Result<Request> Request::make(const Words& words, Context context) {
  auto principal = Principal::parse(words.principal);
  if (!principal) return fail(std::move(principal.error()));
  auto action = ActionName::parse(words.action);
  if (!action) return fail(std::move(action.error()));
  if (words.action.find_first_of("*?") != std::string_view::npos)
    return fail("invalid_action",
                fmt::format("{}: a request is for one action, without wildcards", excerpt(words.action)), "action");
  const Segments arn(words.resource);
  if (words.resource != "*" && (arn.count < arn.part.size() || arn.part[0] != "arn"))
    return fail("invalid_resource", fmt::format("{}: a resource is an ARN or \"*\"", excerpt(words.resource)),
                "resource");
  Request request(std::move(*principal), std::move(*action), std::move(context));
  request.resource_ = words.resource;
  if (!words.resource_account.empty() && !is_account_id(words.resource_account))
    return fail("invalid_account", fmt::format("{}: an account has 12 digits", excerpt(words.resource_account)),
                "resourceAccount");
  // AWS's own things have no such number: `arn:aws:iam::aws:policy/ReadOnlyAccess` belongs to everybody's account.
  const std::string_view account = words.resource_account.empty() ? arn.part[4] : words.resource_account;
  request.cross_account_ = is_account_id(account) && account != request.principal_.account();
  request.needs_resource_policy_ = must_be_let_in(request.action_, words.resource);
  return request;
}

Verdict Engine::verdict(const Request& request) const { return Evaluation(layers_, request, nullptr, nullptr).run(); }

Decision Engine::decide(const Request& request) const {
  std::vector<Seen> seen;
  Decision decision;
  decision.verdict = Evaluation(layers_, request, &seen, &decision.withheld).run();
  for (auto& one : seen) {
    if (!takes_part(decision.verdict, one) || (one.applies == Truth::kMaybe && is_settled(seen, one))) continue;
    decision.statements.push_back(std::move(one.statement));
    if (decision.verdict == Verdict::kDependsOn) std::ranges::move(one.keys, std::back_inserter(decision.depends_on));
  }
  std::ranges::sort(decision.depends_on);
  const auto repeated = std::ranges::unique(decision.depends_on);
  decision.depends_on.erase(repeated.begin(), repeated.end());
  if (decision.verdict != Verdict::kImplicitlyDenied) decision.withheld.clear();
  return decision;
}

}  // namespace ag::iam
