#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "iam/action.hpp"
#include "iam/context.hpp"
#include "iam/pattern.hpp"
#include "iam/policy.hpp"
#include "iam/principal.hpp"
#include "iam/truth.hpp"

/// What policies say to a request: AWS's documented order, in three values, with the statements that decided.
///
/// Sources: IAM User Guide, reference_policies_evaluation-logic.html and
/// reference_policies_evaluation-logic-cross-account.html; Organizations User Guide, orgs_manage_policies_scps.html and
/// orgs_manage_policies_rcps.html. docs/iam.md says what each layer does and where the guides leave a choice.
///
///     const auto policy = compile(parse(text, PolicyKind::kIdentity).policy);
///     Layers layers;
///     layers.identity = {policy};
///     const Engine engine(std::move(layers));
///     const auto request = Request::make({.principal = …, .action = "s3:GetObject", .resource = "arn:aws:s3:::b/k"},
///                                        Context(Rest::kAbsent));
///     engine.verdict(*request);
namespace ag::iam {

class CompiledPolicy;

/// Compiled once, shared by every engine that needs it: thousands of accounts have the same managed policies.
using PolicyHandle = std::shared_ptr<const CompiledPolicy>;

/// Makes a policy ready. It must be readable (ParsedPolicy::readable): what is wrong with it is told by the parser, and
/// a policy whose meaning is unknown has no place in an evaluation.
[[nodiscard]] PolicyHandle compile(const Policy& policy);

/// All policies that a request meets. A layer that is empty does not exist, and nothing has to be allowed by it.
struct Layers {
  std::vector<PolicyHandle> identity{};  ///< of the user and its groups, or of the role
  std::vector<PolicyHandle> boundary{};  ///< one at most in AWS; several count as their union
  std::vector<PolicyHandle> session{};
  /// One list a level, from the root to the account. Each level must allow; an empty level allows nothing. None for the
  /// management account, which no SCP limits.
  std::vector<std::vector<PolicyHandle>> service_control{};
  /// Only what they deny counts: AWS attaches RCPFullAWSAccess everywhere, and others cannot allow.
  std::vector<std::vector<PolicyHandle>> resource_control{};
  std::vector<PolicyHandle> resource{};  ///< of the resource: bucket, key, trust policy. One at most in AWS
  std::vector<PolicyHandle> endpoint{};  ///< of the VPC endpoint that the request comes through; each must allow
};

/// Who wants to do what to what.
class Request {
 public:
  struct Words {
    std::string_view principal;           ///< as Principal::parse takes it
    std::string_view action;              ///< `service:name`, any letter case
    std::string_view resource;            ///< an ARN, or "*" for actions that have none
    std::string_view resource_account{};  ///< 12 digits; empty: that of the ARN, else the principal's own
  };
  /// Error codes `invalid_principal`, `invalid_action`, `invalid_resource`; `field` says which word.
  [[nodiscard]] static Result<Request> make(const Words& words, Context context);

  [[nodiscard]] const Principal& principal() const { return principal_; }
  [[nodiscard]] const ActionName& action() const { return action_; }
  [[nodiscard]] const std::string& resource() const { return resource_; }
  [[nodiscard]] const Context& context() const { return context_; }
  [[nodiscard]] bool is_cross_account() const { return cross_account_; }
  /// Role trust policies and KMS key policies must let a principal in themselves: an identity policy is not enough.
  [[nodiscard]] bool needs_resource_policy() const { return needs_resource_policy_; }

 private:
  Request(Principal principal, ActionName action, Context context)
      : principal_(std::move(principal)), action_(std::move(action)), context_(std::move(context)) {}

  Principal principal_;
  ActionName action_;
  std::string resource_;
  Context context_;
  bool cross_account_ = false;
  bool needs_resource_policy_ = false;
};

enum class Verdict : std::uint8_t {
  kAllowed,
  kImplicitlyDenied,  ///< something that had to allow it does not
  kExplicitlyDenied,  ///< a Deny applies
  kDependsOn,         ///< on what is unknown of the request
};

enum class LayerKind : std::uint8_t {
  kIdentity,
  kBoundary,
  kSession,
  kServiceControl,
  kResourceControl,
  kResource,
  kEndpoint,
};
/// `identity`, `boundary`, `session`, `scp`, `rcp`, `resource`, `endpoint`. API: scripts compare them.
[[nodiscard]] std::string_view name_of(LayerKind layer);
/// `Allowed`, `ImplicitlyDenied`, `ExplicitlyDenied`, `DependsOn`. API.
[[nodiscard]] std::string_view name_of(Verdict verdict);

/// One statement that has a part in the verdict.
struct DecidingStatement {
  LayerKind layer = LayerKind::kIdentity;
  std::size_t level = 0;      ///< of SCPs and RCPs; else 0
  std::size_t policy = 0;     ///< its place in the layer, or in the level
  std::size_t statement = 0;  ///< its place in the policy
  std::string sid{};
  Effect effect = Effect::kDeny;
  bool certain = true;  ///< whether it applies for certain, or only for some values of what is unknown
  Position at{};
  bool operator==(const DecidingStatement&) const = default;
};

/// A layer that had to allow and does not.
struct Withheld {
  LayerKind layer = LayerKind::kIdentity;
  std::size_t level = 0;
  bool operator==(const Withheld&) const = default;
};

struct Decision {
  Verdict verdict = Verdict::kImplicitlyDenied;
  /// Allowed: those that allow, of every layer. ExplicitlyDenied: those that deny. DependsOn: those that may apply.
  std::vector<DecidingStatement> statements{};
  std::vector<std::string> depends_on{};  ///< condition keys, as the policies write them, sorted, each once
  std::vector<Withheld> withheld{};       ///< of ImplicitlyDenied
};

/// The policies of one principal and one resource, ready for any number of requests. Immutable: threads may share it.
class Engine {
 public:
  explicit Engine(Layers layers) : layers_(std::move(layers)) {}

  /// The verdict alone, without allocation (a variable whose value is longer than 512 bytes aside).
  [[nodiscard]] Verdict verdict(const Request& request) const;
  /// The same verdict with its reasons.
  [[nodiscard]] Decision decide(const Request& request) const;

 private:
  Layers layers_;
};

}  // namespace ag::iam
