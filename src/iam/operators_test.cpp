// Conformance: every condition operator against every situation of a key, with the expectations written out.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "iam/test_policies.hpp"

namespace ag::iam {
namespace {

using namespace test;

/// A value of the policy, one of a request that it matches, one that it does not, and one that cannot be read
/// (empty: every text can be).
struct OperatorRow {
  std::string_view name;
  std::string_view policy;
  std::string_view same;
  std::string_view other;
  std::string_view unreadable;
};

constexpr std::string_view kDay = "2026-03-01T00:00:00Z";
constexpr std::string_view kLater = "2026-03-01T00:00:00.5Z";
constexpr std::string_view kEarlier = "2026-02-28T23:59:59Z";

// `same` is what the name without "Not" matches.
const std::vector<OperatorRow> kOperators = {
    {"StringEquals", "Blue", "Blue", "blue", ""},
    {"StringNotEquals", "Blue", "Blue", "blue", ""},
    {"StringEqualsIgnoreCase", "Blue", "bLUE", "bleu", ""},
    {"StringNotEqualsIgnoreCase", "Blue", "bLUE", "bleu", ""},
    {"StringLike", "B?u*", "Blue", "blue", ""},
    {"StringNotLike", "B?u*", "Blue", "blue", ""},
    {"NumericEquals", "10", "10.0", "9", "ten"},
    {"NumericNotEquals", "10", "10.0", "9", "ten"},
    {"NumericLessThan", "10", "9.99", "10", "ten"},
    {"NumericLessThanEquals", "10", "10", "10.01", "ten"},
    {"NumericGreaterThan", "10", "11", "10", "ten"},
    {"NumericGreaterThanEquals", "10", "10", "-10", "ten"},
    {"DateEquals", kDay, "2026-03-01T01:00:00+01:00", kLater, "March"},
    {"DateNotEquals", kDay, "1772323200", kLater, "March"},
    {"DateLessThan", kDay, kEarlier, kDay, "March"},
    {"DateLessThanEquals", kDay, kDay, kLater, "March"},
    {"DateGreaterThan", kDay, kLater, kDay, "March"},
    {"DateGreaterThanEquals", kDay, kDay, kEarlier, "March"},
    {"Bool", "true", "True", "false", "yes"},
    {"BinaryEquals", "QmxhdQ==", "QmxhdQ==", "QmxhVQ==", "Blau!"},
    {"IpAddress", "203.0.113.0/24", "203.0.113.7", "203.0.114.7", "203.0.113"},
    {"NotIpAddress", "2001:db8::/32", "2001:DB8:1::9", "2001:db9::", "2001:db8"},
    {"ArnEquals", "arn:aws:sns:*:111122223333:a*", "arn:aws:sns:eu-west-1:111122223333:abc", "arn:aws:sns:::abc",
     "abc"},
    {"ArnNotEquals", "arn:aws:sns:*:111122223333:a*", "arn:aws:sns:eu-west-1:111122223333:abc", "arn:aws:sns:::abc",
     "abc"},
    {"ArnLike", "arn:aws:s3:::b?", "arn:aws:s3:::b1", "arn:aws:s3:::b", "arn:aws:s3"},
    {"ArnNotLike", "arn:aws:s3:::b?", "arn:aws:s3:::b1", "arn:aws:s3:::b", "arn:aws:s3"},
};

/// What the request has of the key: s a value that is the same, o another one, u one that cannot be read.
/// The columns hold for the operator and for its "Not": + when the condition holds.
struct SituationRow {
  std::string_view quantifier;
  std::string_view if_exists;
  std::string_view values;  // "-": the key is absent; "": it has no value
  std::string_view plain;
  std::string_view negated;
};

const std::vector<SituationRow> kSituations = {
    // One value: compared. Several need a quantifier.
    {"", "", "-", "-", "+"},
    {"", "", "", "-", "+"},
    {"", "", "s", "+", "-"},
    {"", "", "o", "-", "+"},
    {"", "", "u", "-", "-"},
    {"", "", "ss", "-", "-"},
    {"", "", "so", "-", "-"},
    {"", "", "oo", "-", "-"},
    // IfExists holds when the key is not there, and changes nothing when it is.
    {"", "IfExists", "-", "+", "+"},
    {"", "IfExists", "", "+", "+"},
    {"", "IfExists", "s", "+", "-"},
    {"", "IfExists", "o", "-", "+"},
    {"", "IfExists", "u", "-", "-"},
    {"", "IfExists", "so", "-", "-"},
    // Every value of the request; holds when there is none.
    {"ForAllValues:", "", "-", "+", "+"},
    {"ForAllValues:", "", "", "+", "+"},
    {"ForAllValues:", "", "s", "+", "-"},
    {"ForAllValues:", "", "o", "-", "+"},
    {"ForAllValues:", "", "u", "-", "-"},
    {"ForAllValues:", "", "ss", "+", "-"},
    {"ForAllValues:", "", "so", "-", "-"},
    {"ForAllValues:", "", "os", "-", "-"},
    {"ForAllValues:", "", "oo", "-", "+"},
    {"ForAllValues:", "", "su", "-", "-"},
    {"ForAllValues:", "", "ou", "-", "-"},
    {"ForAllValues:", "IfExists", "-", "+", "+"},
    {"ForAllValues:", "IfExists", "", "+", "+"},
    {"ForAllValues:", "IfExists", "ss", "+", "-"},
    {"ForAllValues:", "IfExists", "so", "-", "-"},
    {"ForAllValues:", "IfExists", "oo", "-", "+"},
    // Some value of the request; does not hold when there is none.
    {"ForAnyValue:", "", "-", "-", "-"},
    {"ForAnyValue:", "", "", "-", "-"},
    {"ForAnyValue:", "", "s", "+", "-"},
    {"ForAnyValue:", "", "o", "-", "+"},
    {"ForAnyValue:", "", "u", "-", "-"},
    {"ForAnyValue:", "", "ss", "+", "-"},
    {"ForAnyValue:", "", "so", "+", "+"},
    {"ForAnyValue:", "", "os", "+", "+"},
    {"ForAnyValue:", "", "oo", "-", "+"},
    {"ForAnyValue:", "", "us", "+", "-"},
    {"ForAnyValue:", "", "uo", "-", "+"},
    {"ForAnyValue:", "IfExists", "-", "+", "+"},
    {"ForAnyValue:", "IfExists", "", "+", "+"},
    {"ForAnyValue:", "IfExists", "ss", "+", "-"},
    {"ForAnyValue:", "IfExists", "so", "+", "+"},
    {"ForAnyValue:", "IfExists", "oo", "-", "+"},
};

struct Case {
  std::string op;
  std::string policy;
  Keys keys;
  bool holds;
};

std::vector<Case> operator_cases() {
  std::vector<Case> cases;
  for (const auto& op : kOperators) {
    for (const auto& situation : kSituations) {
      if (op.unreadable.empty() && situation.values.find('u') != std::string_view::npos) continue;
      Case one{std::string(situation.quantifier) + std::string(op.name) + std::string(situation.if_exists),
               std::string(op.policy),
               {},
               (op.name.find("Not") == std::string_view::npos ? situation.plain : situation.negated) == "+"};
      Values values;
      for (const char kind : situation.values)
        values.emplace_back(kind == 's' ? op.same : kind == 'o' ? op.other : op.unreadable);
      if (situation.values != "-") one.keys = {{"aws:Key", values}};
      cases.push_back(std::move(one));
    }
  }
  return cases;
}

TEST(Conformance, EveryOperatorInEverySituationOfItsKey) {
  for (const auto& one : operator_cases()) {
    const std::string condition =
        R"(,"Condition":{")" + one.op + R"(":{"aws:kEY":)" + json::serialize(json::string(one.policy)) + "}}}";
    const Request asked = request({}, context_of(one.keys));
    std::string told = one.op + " " + one.policy;
    for (const auto& [key, values] : one.keys) {
      for (const auto& value : values) told += " / " + value;
    }
    Layers allowing;
    allowing.identity = {statements(R"({"Effect":"Allow","Action":"*","Resource":"*")" + condition)};
    EXPECT_EQ(letter(Engine(std::move(allowing)), asked), one.holds ? 'A' : 'I') << told;
    Layers denying;
    denying.identity = {allow_all(), statements(R"({"Effect":"Deny","Action":"*","Resource":"*")" + condition)};
    EXPECT_EQ(letter(Engine(std::move(denying)), asked), one.holds ? 'E' : 'A') << told;
  }
}

/// An unknown key makes the outcome depend on it, whatever the operator, and a Deny with it never allows.
TEST(Conformance, EveryOperatorDependsOnAKeyThatIsUnknown) {
  std::vector<std::string> names = {"Null"};
  for (const auto& op : kOperators) {
    for (const std::string_view before : {"", "ForAllValues:", "ForAnyValue:"}) {
      for (const std::string_view after : {"", "IfExists"})
        names.push_back(std::string(before) + std::string(op.name) + std::string(after));
    }
  }
  for (const auto& name : names) {
    for (const std::string_view effect : {"Allow", "Deny"}) {
      Layers layers;
      layers.identity = {statements(R"({"Effect":")" + std::string(effect) +
                                    R"(","Action":"*","Resource":"*","Condition":{")" + name +
                                    R"(":{"aws:Key":"true"}}})")};
      if (effect == "Deny") layers.identity.push_back(allow_all());
      const Decision decision = Engine(std::move(layers)).decide(request({}, Context(Rest::kUnknown)));
      EXPECT_EQ(decision.verdict, Verdict::kDependsOn) << name;
      EXPECT_EQ(decision.depends_on, std::vector<std::string>{"aws:Key"}) << name;
    }
  }
}

}  // namespace

std::size_t test::count_operator_cases() { return operator_cases().size(); }

}  // namespace ag::iam
