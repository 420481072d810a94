// Conformance: values that operators read, Null, letter case, numbers, dates, addresses.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "iam/test_policies.hpp"

namespace ag::iam {
namespace {

using namespace test;

struct Case {
  std::string_view op;
  std::string_view values;  // JSON of the policy's value or values
  Keys keys;
  bool holds;
};

Keys key(std::string_view value) { return {{"aws:Key", {std::string(value)}}}; }
const Keys kAbsent = {};
const Keys kEmpty = {{"aws:Key", {}}};

const std::vector<Case>& value_cases() {
  static const std::vector<Case> cases = {
      // Null: true asks for absence, false for presence; any value of several; letter case does not count.
      {"Null", R"("true")", kAbsent, true},
      {"Null", R"("true")", key("x"), false},
      {"Null", R"("true")", key(""), false},
      {"Null", R"("true")", kEmpty, true},
      {"Null", R"("false")", kAbsent, false},
      {"Null", R"("false")", key("x"), true},
      {"Null", R"("false")", key(""), true},
      {"Null", R"("false")", kEmpty, false},
      {"Null", R"(true)", kAbsent, true},
      {"Null", R"(false)", key("x"), true},
      {"Null", R"("TRUE")", kAbsent, true},
      {"Null", R"("False")", key("x"), true},
      {"Null", R"(["true","false"])", kAbsent, true},
      {"Null", R"(["true","false"])", key("x"), true},
      {"Null", R"(["false","false"])", kAbsent, false},
      {"Null", R"("maybe")", kAbsent, false},
      {"Null", R"("maybe")", key("x"), false},
      {"Null", R"([])", kAbsent, false},
      {"null", R"("true")", kAbsent, true},
      {"ForAnyValue:Null", R"("true")", kAbsent, true},
      {"ForAllValues:Null", R"("false")", {{"aws:Key", {"a", "b"}}}, true},
      // Letter case of operators and keys does not count; of values it does.
      {"stringequals", R"("a")", key("a"), true},
      {"STRINGLIKE", R"("a*")", key("abc"), true},
      {"foranyvalue:stringequals", R"("a")", key("a"), true},
      {"forallvalues:stringequalsifexists", R"("a")", kAbsent, true},
      {"StringEquals", R"("A")", key("a"), false},
      {"StringEqualsIgnoreCase", R"("Straße")", key("sTRAße"), true},
      {"StringLike", R"("A*")", key("abc"), false},
      // Several values of the policy: any of them; for "Not" none of them.
      {"StringEquals", R"(["a","b"])", key("b"), true},
      {"StringEquals", R"(["a","b"])", key("c"), false},
      {"StringNotEquals", R"(["a","b"])", key("b"), false},
      {"StringNotEquals", R"(["a","b"])", key("c"), true},
      {"StringEquals", R"([])", key("a"), false},
      {"StringNotEquals", R"([])", key("a"), true},
      {"ForAllValues:StringEquals", R"(["a","b"])", {{"aws:Key", {"b", "a"}}}, true},
      {"ForAllValues:StringEquals", R"(["a","b"])", {{"aws:Key", {"b", "c"}}}, false},
      {"ForAnyValue:StringNotEquals", R"(["a","b"])", {{"aws:Key", {"a", "b"}}}, false},
      {"ForAnyValue:StringNotEquals", R"(["a","b"])", {{"aws:Key", {"a", "c"}}}, true},
      {"ForAllValues:StringNotEquals", R"(["a","b"])", {{"aws:Key", {"c", "d"}}}, true},
      {"ForAllValues:StringNotEquals", R"(["a","b"])", {{"aws:Key", {"c", "a"}}}, false},
      // StringEquals has no wildcards, StringLike has two.
      {"StringEquals", R"("a*")", key("abc"), false},
      {"StringEquals", R"("a*")", key("a*"), true},
      {"StringLike", R"("*")", key(""), true},
      {"StringLike", R"("")", key(""), true},
      {"StringLike", R"("")", key("a"), false},
      {"StringLike", R"("?")", key(""), false},
      {"StringLike", R"("?")", key("ä"), true},
      {"StringLike", R"("??")", key("ä"), false},
      {"StringLike", R"("a*b*c")", key("a-b-b-c"), true},
      {"StringLike", R"("a*b*c")", key("a-b-c-b"), false},
      {"StringLike", R"("*a?c*")", key("xxabcx"), true},
      {"StringLike", R"("a**b")", key("ab"), true},
      {"StringLike", R"("arn:aws:s:*:1:x")", key("arn:aws:s:r:2:store/abc:1:x"), true},
      // Numbers.
      {"NumericEquals", R"(10)", key("10"), true},
      {"NumericEquals", R"("-0")", key("0"), true},
      {"NumericEquals", R"("+5")", key("5"), true},
      {"NumericEquals", R"("1e1")", key("10"), false},
      {"NumericEquals", R"(" 10")", key("10"), false},
      {"NumericEquals", R"("")", key("0"), false},
      {"NumericEquals", R"(".5")", key("0.5"), false},
      {"NumericEquals", R"("5.")", key("5"), false},
      {"NumericEquals", R"("0x10")", key("16"), false},
      {"NumericEquals", R"("111122223333")", key("111122223334"), false},
      {"NumericLessThan", R"("-1")", key("-2"), true},
      {"NumericLessThan", R"("9")", key("10"), false},
      {"NumericGreaterThanEquals", R"(["5","50"])", key("7"), true},
      {"NumericNotEquals", R"(["5","ten"])", key("7"), false},
      {"NumericEquals", R"(["ten","7"])", key("7"), true},
      // Dates: the W3C's forms and seconds since 1970; four digits are a year.
      {"DateEquals", R"("2026")", key("2026-01-01T00:00:00Z"), true},
      {"DateEquals", R"("2026-03")", key("2026-03-01"), true},
      {"DateEquals", R"("2026-03-01T00:00Z")", key("1772323200"), true},
      {"DateEquals", R"(1772323200)", key("2026-03-01"), true},
      {"DateEquals", R"("2026-03-01T00:00:00.000Z")", key("2026-03-01T00:00:00Z"), true},
      {"DateEquals", R"("2026-02-28T19:00:00-05:00")", key("2026-03-01"), true},
      {"DateEquals", R"("1969-12-31T23:59:59Z")", key("1970-01-01"), false},
      {"DateLessThan", R"("1970")", key("1969-12-31T23:59:59Z"), true},
      {"DateGreaterThan", R"("2024-02-28")", key("2024-02-29"), true},
      {"DateEquals", R"("2026-02-29")", key("2026-03-01"), false},
      {"DateNotEquals", R"("2026-02-29")", key("2026-03-01"), false},
      {"DateEquals", R"("2026-03-01T00:00:00")", key("2026-03-01"), false},
      {"DateEquals", R"("2026-03-01T24:00:00Z")", key("2026-03-02"), false},
      {"DateEquals", R"("2026-13")", key("2027-01"), false},
      // Booleans.
      {"Bool", R"(true)", key("true"), true},
      {"Bool", R"("FALSE")", key("false"), true},
      {"Bool", R"("1")", key("true"), false},
      {"Bool", R"("false")", key("no"), false},
      {"BoolIfExists", R"("true")", kAbsent, true},
      {"Bool", R"(["true","false"])", key("false"), true},
      // Bytes.
      {"BinaryEquals", R"("")", key(""), true},
      {"BinaryEquals", R"("QQ==")", key("QR=="), true},  // the same byte; the last bits mean nothing
      {"BinaryEquals", R"("QQ")", key("QQ"), false},
      {"BinaryEquals", R"("/+8=")", key("/+8="), true},
      // Addresses.
      {"IpAddress", R"("203.0.113.5")", key("203.0.113.5"), true},
      {"IpAddress", R"("203.0.113.5/24")", key("203.0.113.200"), true},
      {"IpAddress", R"("0.0.0.0/0")", key("255.255.255.255"), true},
      {"IpAddress", R"("0.0.0.0/0")", key("::1"), false},
      {"IpAddress", R"("::/0")", key("::1"), true},
      {"IpAddress", R"("10.0.0.0/9")", key("10.127.255.255"), true},
      {"IpAddress", R"("10.0.0.0/9")", key("10.128.0.0"), false},
      {"IpAddress", R"("10.0.0.0/33")", key("10.0.0.0"), false},
      {"IpAddress", R"("10.0.0.0/")", key("10.0.0.0"), false},
      {"IpAddress", R"("10.0.0.0/8")", key("::ffff:10.0.0.1"), false},
      {"IpAddress", R"("2001:DB8:1234:5678::/64")", key("2001:db8:1234:5678:9::1"), true},
      {"IpAddress", R"("2001:db8::1")", key("2001:db8:0:0:0:0:0:1"), true},
      {"IpAddress", R"("::ffff:10.0.0.1")", key("::ffff:a00:1"), true},
      {"IpAddress", R"("1::2::3")", key("1::2:3"), false},
      {"IpAddress", R"("1:2:3:4:5:6:7")", key("1:2:3:4:5:6:7:0"), false},
      {"IpAddress", R"(["10.0.0.0/8","192.168.0.0/16"])", key("192.168.3.4"), true},
      {"NotIpAddress", R"(["10.0.0.0/8","192.168.0.0/16"])", key("192.168.3.4"), false},
      {"NotIpAddress", R"(["10.0.0.0/8","192.168.0.0/16"])", key("8.8.8.8"), true},
      {"NotIpAddress", R"("10.0.0.0/8")", key("2001:db8::1"), true},
      {"NotIpAddress", R"("10.0.0.0/8")", kAbsent, true},
      {"IpAddress", R"("10.0.0.0/8")", key("10.0.0.0/16"), true},
      {"IpAddress", R"("10.0.0.0/8")", key("10.0.0.0/4"), false},
      {"IpAddress", R"("256.0.0.1")", key("256.0.0.1"), false},
      // ARNs: segment by segment, all six.
      {"ArnLike", R"("arn:aws:iam::*:role/*")", key("arn:aws:iam::111122223333:role/a/b:c"), true},
      {"ArnLike", R"("arn:aws:s:*:111122223333:finance/*")",
       key("arn:aws:s:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"), false},
      {"ArnLike", R"("arn:*:*:*:*:*")", key("arn:aws:s3:::b"), true},
      {"ArnLike", R"("*")", key("arn:aws:s3:::b"), false},
      {"ArnLike", R"("arn:aws:s3:*")", key("arn:aws:s3:::b"), false},
      {"ArnLike", R"("arn:aws:S3:::b")", key("arn:aws:s3:::b"), false},
      {"ArnNotLike", R"("arn:aws:s3:*")", key("arn:aws:s3:::b"), false},
      {"ArnNotEquals", R"(["arn:aws:s3:::a","arn:aws:s3:::b"])", key("arn:aws:s3:::c"), true},
      {"ArnEquals", R"("arn:aws:s3:::b*")", key("arn:aws:s3:::bcd"), true},
  };
  return cases;
}

TEST(Conformance, ValuesThatOperatorsRead) {
  for (const auto& one : value_cases()) {
    Layers layers;
    layers.identity = {statements(R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{")" +
                                  std::string(one.op) + R"(":{"AWS:key":)" + std::string(one.values) + "}}}")};
    std::string told = std::string(one.op) + " " + std::string(one.values);
    for (const auto& [name, values] : one.keys) {
      for (const auto& value : values) told += " / " + value;
    }
    EXPECT_EQ(letter(Engine(std::move(layers)), request({}, context_of(one.keys))), one.holds ? 'A' : 'I') << told;
  }
}

TEST(Conformance, ConditionsOfAStatementMustAllHold) {
  const auto verdict = [](std::string_view conditions) {
    Layers layers;
    layers.identity = {
        statements(R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":)" + std::string(conditions) + "}")};
    Context context(Rest::kAbsent);
    context.set("a:x", {"1"});
    context.set("a:y", {"2"});
    context.set_unknown("a:u");
    return letter(Engine(std::move(layers)), request({}, std::move(context)));
  };
  EXPECT_EQ(verdict(R"({"StringEquals":{"a:x":"1","a:y":"2"}})"), 'A');
  EXPECT_EQ(verdict(R"({"StringEquals":{"a:x":"1","a:y":"3"}})"), 'I');
  EXPECT_EQ(verdict(R"({"StringEquals":{"a:x":"1"},"NumericEquals":{"a:y":2}})"), 'A');
  EXPECT_EQ(verdict(R"({"StringEquals":{"a:x":"2"},"NumericEquals":{"a:y":2}})"), 'I');
  EXPECT_EQ(verdict(R"({"StringEquals":{"a:x":"1","a:u":"1"}})"), 'D');
  EXPECT_EQ(verdict(R"({"StringEquals":{"a:x":"2","a:u":"1"}})"), 'I');
  EXPECT_EQ(verdict(R"({})"), 'A');
}

TEST(Conformance, AnOperatorThatNobodyKnowsIsNeverCertain) {
  for (const std::string_view effect : {"Allow", "Deny"}) {
    Layers layers;
    layers.identity = {policy(document(R"({"Effect":")" + std::string(effect) +
                                       R"(","Action":"*","Resource":"*","Condition":{"StringEqualz":{"a:x":"1"}}})")),
                       effect == "Deny" ? allow_all() : statements("")};
    const Decision decision = Engine(std::move(layers)).decide(request({}, context_of({{"a:x", {"2"}}})));
    EXPECT_EQ(decision.verdict, Verdict::kDependsOn);
    EXPECT_EQ(decision.depends_on, std::vector<std::string>{"a:x"});
  }
}

}  // namespace

std::size_t test::count_value_cases() { return value_cases().size(); }

}  // namespace ag::iam
