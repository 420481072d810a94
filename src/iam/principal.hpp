#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "iam/context.hpp"
#include "iam/policy.hpp"
#include "iam/truth.hpp"

/// Who makes a request, and who is meant by a policy.
/// Source: IAM User Guide, reference_policies_elements_principal.html and
/// reference_policies_elements_notprincipal.html.
namespace ag::iam {

enum class PrincipalKind {
  kUser,
  kRole,         ///< some session of the role, whichever
  kRoleSession,  ///< `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`
  kFederatedUser,
  kRoot,
  kService,    ///< `lambda.amazonaws.com`, or the host of a web identity provider
  kProvider,   ///< of a SAML or OIDC identity: whom AssumeRoleWithSAML and AssumeRoleWithWebIdentity know
  kAnonymous,  ///< "*"
};

/// Whether it is an account's id: 12 digits.
[[nodiscard]] bool is_account_id(std::string_view text);

/// Who asks.
class Principal {
 public:
  /// An ARN of IAM or STS, a service (`lambda.amazonaws.com`), an account id (its root user), or "*" for a request
  /// without a signature. Error code `invalid_principal`.
  [[nodiscard]] static Result<Principal> parse(std::string_view text);

  [[nodiscard]] PrincipalKind kind() const { return kind_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::string& account() const { return account_; }  ///< empty of services and "*"
  [[nodiscard]] const std::string& name() const { return name_; }        ///< of the user or role, without its path

  /// Whether identity policies, boundaries, session policies and SCPs exist for it.
  [[nodiscard]] bool has_identity() const;
  /// Neither SCPs nor RCPs hold for service-linked roles (Organizations User Guide, orgs_manage_policies_scps.html).
  [[nodiscard]] bool is_service_linked() const { return service_linked_; }

 private:
  PrincipalKind kind_ = PrincipalKind::kAnonymous;
  std::string text_;
  std::string partition_;
  std::string account_;
  std::string name_;
  bool service_linked_ = false;

  friend class PrincipalPatterns;
};

/// How a policy of a resource means the one who asks: that decides what else must allow.
/// Source: reference_policies_evaluation-logic.html, "Resource-based policies".
struct PrincipalMatch {
  /// By its own ARN, or as everyone: an implicit deny of identity policies, boundary or session policy does not count.
  Truth direct = Truth::kNo;
  /// By the role behind the session, or the user behind the federated one: boundary and session policy limit it.
  Truth entity = Truth::kNo;
  /// By its account: that only lets the account's own policies decide.
  Truth account = Truth::kNo;

  [[nodiscard]] Truth any() const { return direct | entity | account; }
};

/// The Principal or NotPrincipal of one statement.
class PrincipalPatterns {
 public:
  explicit PrincipalPatterns(const PrincipalElement& element);
  [[nodiscard]] Sense sense() const { return sense_; }

  /// NotPrincipal taken into account: whom it does not spare, it means as everyone. The account that the guide wants
  /// named beside one of its principals, and the role beside its session, spare nobody else
  /// (reference_policies_elements_notprincipal.html, "Specifying NotPrincipal with Deny").
  /// `unknown` gets `aws:userid` when a unique id (`AROA…`) has to be compared and that key is unknown.
  [[nodiscard]] PrincipalMatch match(const Principal& principal, const Context& context,
                                     std::vector<std::string>* unknown = nullptr) const;

 private:
  enum class Form { kEveryone, kAccount, kArn, kUniqueId, kService, kProvider, kCanonicalUser, kNobody };
  struct Entry {
    Form form = Form::kNobody;
    std::string text{};
    std::string partition{};
    std::string account{};
    std::string role{};  ///< of a role's ARN: its name without the path
    std::string user{};
    std::string session_of{};  ///< of a session's ARN: its role's name
  };
  static Entry entry_of(const PrincipalPattern& pattern);
  static PrincipalMatch match_one(const Entry& entry, const Principal& principal, const Context& context,
                                  std::vector<std::string>* unknown);
  [[nodiscard]] Truth spares(const PrincipalMatch& match, const Principal& principal) const;

  Sense sense_;
  std::vector<Entry> entries_;
};

}  // namespace ag::iam
