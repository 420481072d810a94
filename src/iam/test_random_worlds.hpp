#pragma once
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "iam/condition_operator.hpp"
#include "iam/evaluate.hpp"
#include "iam/policy.hpp"
#include "iam/test_twin.hpp"

/// For tests: random policies that use every word of the language, and random questions, out of few names that meet
/// again and again.
namespace ag::iam::test {

/// The same numbers on every machine, and cheap to begin. Or each choice from a byte that somebody else made up, so
/// that a fuzzer can change one of them and leave the others.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  explicit Random(std::string_view choices) : choices_(choices) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  std::size_t below(std::size_t limit) {
    if (!choices_) return next() % limit;
    if (choices_->empty()) return 0;
    const auto choice = static_cast<unsigned char>(choices_->front());
    choices_->remove_prefix(1);
    return choice % limit;
  }
  bool chance(std::size_t percent) { return below(100) < percent; }
  template <class List>
  const auto& pick(const List& list) {
    return list[below(std::size(list))];
  }

 private:
  std::uint64_t state_ = 0;
  std::optional<std::string_view> choices_{};
};

using Words = std::vector<std::string>;

inline const Words kPrincipals = {"arn:aws:iam::111122223333:user/Ann",
                                  "arn:aws:iam::111122223333:user/team/Ann",
                                  "arn:aws:sts::111122223333:assumed-role/Deploy/ann",
                                  "arn:aws:sts::111122223333:assumed-role/Deploy/bob",
                                  "arn:aws:iam::111122223333:role/Deploy",
                                  "arn:aws:iam::111122223333:role/path/Deploy",
                                  "arn:aws:sts::111122223333:federated-user/Ann",
                                  "arn:aws:iam::111122223333:root",
                                  "arn:aws:iam::444455556666:user/Ann",
                                  "arn:aws:sts::444455556666:assumed-role/Deploy/ann",
                                  "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s",
                                  "arn:aws:iam::111122223333:saml-provider/Corp",
                                  "lambda.amazonaws.com",
                                  "*"};
inline const Words kAccounts = {"111122223333", "111122223333", "444455556666"};
inline const Words kActionNames = {"s3:GetObject", "s3:PutObject",   "S3:getobjectACL", "sqs:SendMessage",
                                   "kms:Decrypt",  "sts:AssumeRole", "iam:PassRole",    "new:Thing"};
inline const Words kActionPatterns = {"*",          "s3:*",         "s3:Get*",        "S3:GETOBJECT", "s3:?etObject",
                                      "s3:*Object", "s3:PutObject", "sqs:*",          "sqs:Send*",    "kms:Decrypt",
                                      "kms:*",      "sts:*",        "sts:AssumeRole", "iam:*Role",    "new:*",
                                      "*:*",        "s*:GetObject", "new:Thing",      "nothing:At*"};
inline const Words kResourceNames = {"arn:aws:s3:::bucket",
                                     "arn:aws:s3:::bucket/Ann/file",
                                     "arn:aws:s3:::bucket/x/y:z",
                                     "arn:aws:sqs:eu-west-1:111122223333:orders",
                                     "arn:aws:kms:eu-west-1:111122223333:key/k",
                                     "arn:aws:iam::111122223333:role/Deploy",
                                     "arn:aws:logs:eu-west-1:111122223333:log-group:a:log-stream:b",
                                     "*"};
inline const Words kResourcePatterns = {"*",
                                        "*",
                                        "arn:aws:s3:::bucket",
                                        "arn:aws:s3:::bucket/*",
                                        "arn:aws:s3:::b*",
                                        "arn:aws:s3:::bucket/${aws:username}/*",
                                        "arn:aws:s3:::bucket/${k:1, 'x'}/*",
                                        "arn:aws:s3:::bucket/?/*",
                                        "arn:aws:s3:::*/file",
                                        "arn:aws:s3:*",
                                        "arn:*",
                                        "arn:aws:sqs:*:*:orders",
                                        "arn:aws:sqs:*:orders",
                                        "arn:aws:sqs:eu-*:111122223333:${k:2}*",
                                        "arn:aws:sqs:${k:1}:111122223333:orders",
                                        "arn:aws:kms:*:*:key/*",
                                        "arn:aws:iam::*:role/*",
                                        "arn:aws:logs:*:*:*:b",
                                        "arn:aws:lo?s:*:*:log-group:a*"};
inline const Words kOperators = {"StringEquals",
                                 "StringNotEquals",
                                 "StringEqualsIgnoreCase",
                                 "StringNotEqualsIgnoreCase",
                                 "StringLike",
                                 "StringNotLike",
                                 "NumericEquals",
                                 "NumericNotEquals",
                                 "NumericLessThan",
                                 "NumericLessThanEquals",
                                 "NumericGreaterThan",
                                 "NumericGreaterThanEquals",
                                 "DateEquals",
                                 "DateNotEquals",
                                 "DateLessThan",
                                 "DateLessThanEquals",
                                 "DateGreaterThan",
                                 "DateGreaterThanEquals",
                                 "Bool",
                                 "BinaryEquals",
                                 "IpAddress",
                                 "NotIpAddress",
                                 "ArnEquals",
                                 "ArnNotEquals",
                                 "ArnLike",
                                 "ArnNotLike",
                                 "Null"};
inline const Words kKeys = {"aws:username", "k:1", "k:2", "k:3", "k:4"};

/// Values of a request for an operator, and of a policy: some of each kind that meet, and some that are none.
inline const Words& values_for(std::string_view op, bool of_policy) {
  static const Words texts = {"Ann", "ann", "x", "", "x/y", "*", "${k:1}"};
  static const Words text_patterns = {"Ann",  "ANN",          "x", "*", "A?n", "x*", "${aws:username}", "${k:2}",
                                      "${*}", "${k:3, 'Ann'}"};
  static const Words numbers = {"1", "1.0", "2", "-3", "10", "1e1", "", "Ann"};
  static const Words dates = {"2026-03-01", "1772323200", "2026-03-01T00:00:00Z", "2025-12-31T23:59:59Z", "March", ""};
  static const Words booleans = {"true", "True", "false", "no", ""};
  static const Words boolean_patterns = {"true", "FALSE", "false", "${k:1}", "no"};
  static const Words bytes = {"QQ==", "QUI=", "Q", "=="};
  static const Words addresses = {"10.0.0.1", "10.1.2.3", "192.168.1.1", "2001::1", "::1", "10.0.0", "Ann"};
  static const Words ranges = {"10.0.0.0/8", "10.0.0.1", "192.168.0.0/20", "0.0.0.0/0", "2001::/16", "::/0", "Ann"};
  static const Words arns = {"arn:aws:s3:::bucket", "arn:aws:s3:::Ann", "arn:aws:sns:eu-west-1:111122223333:a:b", "Ann",
                             "arn:aws:s3"};
  static const Words arn_patterns = {
      "arn:aws:s3:::*",   "arn:aws:s3:::${aws:username}", "arn:aws:sns:*:111122223333:a*", "arn:*:*:*:*:*", "*",
      "arn:aws:sns:*:a:b"};
  static const Words nulls = {"true", "false", "TRUE", "maybe"};
  if (op.starts_with("Numeric")) return numbers;
  if (op.starts_with("Date")) return dates;
  if (op == "Bool") return of_policy ? boolean_patterns : booleans;
  if (op == "BinaryEquals") return bytes;
  if (op.ends_with("IpAddress")) return of_policy ? ranges : addresses;
  if (op.starts_with("Arn")) return of_policy ? arn_patterns : arns;
  if (op == "Null" && of_policy) return nulls;
  return of_policy ? text_patterns : texts;
}

inline Condition random_condition(Random& random) {
  Condition condition;
  const std::string& name = random.pick(kOperators);
  constexpr std::string_view kBefore[] = {"", "", "", "ForAllValues:", "ForAnyValue:"};
  condition.operator_text =
      std::string(random.pick(kBefore)) + name + (name != "Null" && random.chance(25) ? "IfExists" : "");
  if (random.chance(2)) condition.operator_text = "StringEqualz";
  condition.op = parse_operator(condition.operator_text);
  condition.key = random.pick(kKeys);
  if (random.chance(20)) condition.key[0] = static_cast<char>(condition.key[0] - 32);
  for (std::size_t i = random.chance(3) ? 0 : 1 + random.below(2); i > 0; --i)
    condition.values.push_back(random.pick(values_for(name, true)));
  return condition;
}

inline PrincipalElement random_principals(Random& random) {
  PrincipalElement element;
  element.sense = random.chance(80) ? Sense::kIs : Sense::kIsNot;
  for (std::size_t i = 1 + random.below(2); i > 0; --i) {
    const std::string& name = random.chance(15) ? random.pick(kAccounts) : random.pick(kPrincipals);
    PrincipalType type = PrincipalType::kAws;
    if (name.ends_with("amazonaws.com")) type = PrincipalType::kService;
    if (name.ends_with("Corp")) type = PrincipalType::kFederated;
    element.patterns.push_back({type, name, {}});
  }
  return element;
}

inline Statement random_statement(Random& random, std::size_t denies) {
  Statement statement;
  statement.effect = random.chance(denies) ? Effect::kDeny : Effect::kAllow;
  statement.actions.sense = random.chance(80) ? Sense::kIs : Sense::kIsNot;
  for (std::size_t i = 1 + random.below(3); i > 0; --i)
    statement.actions.patterns.push_back(random.chance(25) ? "*" : random.pick(kActionPatterns));
  statement.resources.sense = random.chance(80) ? Sense::kIs : Sense::kIsNot;
  for (std::size_t i = 1 + random.below(2); i > 0; --i)
    statement.resources.patterns.push_back(random.chance(30) ? "*" : random.pick(kResourcePatterns));
  if (random.chance(35)) {
    for (std::size_t i = 1 + random.below(2); i > 0; --i) statement.conditions.push_back(random_condition(random));
  }
  statement.principals = random_principals(random);
  return statement;
}

inline Policy random_policy(Random& random, std::size_t denies) {
  Policy policy;
  policy.version = random.chance(85) ? LanguageVersion::k2012 : LanguageVersion::k2008;
  for (std::size_t i = 1 + random.below(3); i > 0; --i) policy.statements.push_back(random_statement(random, denies));
  return policy;
}

inline std::vector<Policy> random_policies(Random& random, std::size_t percent, std::size_t most = 2) {
  std::vector<Policy> policies;
  if (!random.chance(percent)) return policies;
  for (std::size_t i = 1 + random.below(most); i > 0; --i) policies.push_back(random_policy(random, 15));
  return policies;
}

inline twin::World random_world(Random& random) {
  twin::World world;
  world.identity = random_policies(random, 90, 3);
  world.boundary = random_policies(random, 20, 1);
  world.session = random_policies(random, 20, 1);
  world.resource = random_policies(random, 40, 1);
  world.endpoint = random_policies(random, 10);
  for (std::size_t i = random.chance(30) ? 1 + random.below(3) : 0; i > 0; --i)
    world.service_control.push_back(random_policies(random, 97, 3));
  for (std::size_t i = random.chance(15) ? 1 + random.below(2) : 0; i > 0; --i)
    world.resource_control.push_back(random_policies(random, 90));
  return world;
}

inline twin::Question random_question(Random& random) {
  twin::Question question;
  question.principal = random.pick(kPrincipals);
  question.action = random.pick(kActionNames);
  question.resource = random.pick(kResourceNames);
  question.account = random.pick(kAccounts);
  for (const auto& key : kKeys) {
    if (random.chance(30)) continue;
    std::vector<std::string> values;
    const std::size_t count = random.chance(75) ? 1 : random.below(4);
    for (std::size_t i = 0; i < count; ++i) values.push_back(random.pick(values_for(random.pick(kOperators), false)));
    question.context[key] = values;
  }
  question.unknown_operators_hold = random.chance(50);
  return question;
}

/// The same world for the engine.
inline Layers compiled(const twin::World& world) {
  const auto all = [](const std::vector<Policy>& policies) {
    std::vector<PolicyHandle> handles;
    for (const auto& policy : policies) handles.push_back(compile(policy));
    return handles;
  };
  Layers layers{all(world.identity), all(world.boundary), all(world.session), {}, {},
                all(world.resource), all(world.endpoint)};
  for (const auto& level : world.service_control) layers.service_control.push_back(all(level));
  for (const auto& level : world.resource_control) layers.resource_control.push_back(all(level));
  return layers;
}

/// The same question for the engine, with keys that it is not told.
inline Request request_of(const twin::Question& question, const std::vector<std::string>& unknown = {}) {
  Context context(Rest::kAbsent);
  for (const auto& [key, values] : question.context) context.set(key, values);
  for (const auto& key : unknown) context.set_unknown(key);
  auto made =
      Request::make({question.principal, question.action, question.resource, question.account}, std::move(context));
  AG_ASSERT(made);
  return std::move(*made);
}

/// How many rounds of a law a test run lives: AG_SEEDS of the environment (30 without it), times that.
inline std::size_t rounds(std::size_t times) {
  std::size_t seeds = 30;
  if (const char* text = std::getenv("AG_SEEDS"); text != nullptr)
    std::from_chars(text, text + std::string_view(text).size(), seeds);
  return seeds * times;
}

}  // namespace ag::iam::test
