#pragma once
#include <cstdint>
#include <string>
#include <vector>

/// An IAM policy document as a value: everything that was written, nothing interpreted away.
///
/// Source: IAM User Guide, "Grammar of the IAM JSON policy language" (reference_policies_grammar.html) and "IAM JSON
/// policy element reference" (reference_policies_elements.html). policy_parse.hpp makes it out of a text;
/// evaluate.hpp says what it allows.
namespace ag::iam {

/// Where a thing stands in the text: both from 1, the column in bytes. {0, 0}: it was made by a program.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool operator==(const Position&) const = default;
};

/// What a policy is attached to decides which elements it may have and how long it may be.
enum class PolicyKind {
  kIdentity,             ///< inline, of a user, a group or a role
  kPermissionSetInline,  ///< of an IAM Identity Center permission set
  kAwsManaged,
  kCustomerManaged,
  kBoundary,         ///< permissions boundary
  kSession,          ///< passed with AssumeRole, GetFederationToken
  kServiceControl,   ///< SCP
  kResourceControl,  ///< RCP
  kResource,         ///< bucket, key, queue …; VPC endpoint policies have the same form
  kTrust,            ///< who may assume a role
};

/// The languages differ in one thing: only the newer one has policy variables.
enum class LanguageVersion {
  k2008,  ///< also when Version is left out
  k2012,
};

enum class Effect { kAllow, kDeny };

/// How a list of patterns is meant: `Action` or `NotAction`, and so on.
enum class Sense {
  kAbsent,  ///< the element was not written
  kIs,      ///< applies to what any of the patterns matches
  kIsNot,   ///< applies to what none of them matches
};

/// Action/NotAction or Resource/NotResource, as written: letter case, wildcards and variables are kept.
struct PatternElement {
  Sense sense = Sense::kAbsent;
  std::vector<std::string> patterns{};
  Position at{};  ///< of the element's name
  bool operator==(const PatternElement&) const = default;
};

enum class PrincipalType {
  kAws,            ///< account id, ARN, unique id, or "*"
  kService,        ///< `lambda.amazonaws.com`
  kFederated,      ///< SAML provider ARN or web identity host
  kCanonicalUser,  ///< S3's 64 hexadecimal digits
  kUnknown,        ///< a type that this program does not know: matches nobody for certain
};

struct PrincipalPattern {
  PrincipalType type = PrincipalType::kAws;
  std::string name{};       ///< as written; `"Principal": "*"` is {kAws, "*"}
  std::string type_name{};  ///< as written, of kUnknown
  bool operator==(const PrincipalPattern&) const = default;
};

struct PrincipalElement {
  Sense sense = Sense::kAbsent;
  std::vector<PrincipalPattern> patterns{};
  bool everyone = false;  ///< written `"*"` and not `{"AWS": "*"}`; the two mean the same
  Position at{};
  bool operator==(const PrincipalElement&) const = default;
};

/// What an operator does with one value of the policy and one of the request.
enum class Comparison {
  kStringEquals,
  kStringEqualsIgnoreCase,
  kStringLike,
  kNumericEquals,
  kNumericLessThan,
  kNumericLessThanEquals,
  kNumericGreaterThan,
  kNumericGreaterThanEquals,
  kDateEquals,
  kDateLessThan,
  kDateLessThanEquals,
  kDateGreaterThan,
  kDateGreaterThanEquals,
  kBool,
  kBinaryEquals,
  kIpAddress,
  kArnLike,  ///< ArnEquals does the same
  kNull,
  kUnknown,  ///< an operator that this program does not know: its outcome is never certain
};

enum class Quantifier { kNone, kForAllValues, kForAnyValue };

/// `ForAnyValue:StringNotLikeIfExists` taken apart.
struct ConditionOperator {
  Comparison comparison = Comparison::kUnknown;
  bool negated = false;  ///< StringNotEquals, NotIpAddress …
  Quantifier quantifier = Quantifier::kNone;
  bool if_exists = false;
  bool operator==(const ConditionOperator&) const = default;
};

/// One key under one operator. All conditions of a statement must hold.
struct Condition {
  std::string operator_text{};  ///< as written
  ConditionOperator op{};
  std::string key{};                  ///< as written; keys are compared without regard to letter case
  std::vector<std::string> values{};  ///< booleans and numbers as their JSON text
  Position at{};                      ///< of the key
  bool operator==(const Condition&) const = default;
};

/// An element that the grammar does not have: kept as compact JSON, reported, and without effect on evaluation.
struct UnknownElement {
  std::string name{};
  std::string json{};
  Position at{};
  bool operator==(const UnknownElement&) const = default;
};

struct Statement {
  std::string sid{};  ///< empty when there is none
  Effect effect = Effect::kDeny;
  PrincipalElement principals{};
  PatternElement actions{};
  PatternElement resources{};
  std::vector<Condition> conditions{};
  std::vector<UnknownElement> unknown{};
  Position at{};
  bool operator==(const Statement&) const = default;
};

struct Policy {
  std::string id{};
  LanguageVersion version = LanguageVersion::k2008;
  std::vector<Statement> statements{};
  std::vector<UnknownElement> unknown{};
  bool operator==(const Policy&) const = default;
};

}  // namespace ag::iam
