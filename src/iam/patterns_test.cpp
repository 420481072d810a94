// Conformance: actions, resources and variables: a pattern of the policy, what the request has, whether they meet.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "iam/test_policies.hpp"

namespace ag::iam {
namespace {

using namespace test;

std::string json_string(std::string_view text) { return json::serialize(json::string(text)); }

struct Row {
  std::string_view pattern;
  std::string_view text;
  bool fits;
};

// reference_policies_elements_action.html: letter case does not count, * and ? anywhere in the name.
const std::vector<Row> kActions = {
    {"*", "s3:GetObject", true},
    {"*:*", "s3:GetObject", true},
    {"s3:*", "s3:GetObject", true},
    {"S3:*", "s3:GetObject", true},
    {"s3:getobject", "s3:GetObject", true},
    {"s3:GETOBJECT", "S3:getobject", true},
    {"s3:GetObject", "s3:GetObjectAcl", false},
    {"s3:GetObject*", "s3:GetObjectAcl", true},
    {"s3:GetObject*", "s3:GetObject", true},
    {"s3:GetObject?", "s3:GetObject", false},
    {"s3:GetObjec?", "s3:GetObject", true},
    {"s3:*Object", "s3:GetObject", true},
    {"s3:*Object", "s3:GetObjectAcl", false},
    {"s3:*Object*", "s3:GetObjectAcl", true},
    {"s3:*e*b*A*", "s3:GetObjectAcl", true},
    {"s3:Get*", "s3:PutObject", false},
    {"s3:Get*", "s3express:GetSession", false},
    {"s3:*", "s3-outposts:GetObject", false},
    {"iam:*AccessKey*", "iam:ListAccessKeys", true},
    {"iam:*AccessKey*", "iam:ListUsers", false},
    {"sqs:*", "new-service:DoIt", false},
    {"new-service:Do*", "new-service:DoIt", true},
    {"s*:GetObject", "s3:GetObject", true},
    {"s*", "s3:GetObject", true},
    {"s", "s3:GetObject", false},
    {"s3:${aws:username}", "s3:GetObject", false},
    {"s3:", "s3:GetObject", false},
    {"", "s3:GetObject", false},
};

// reference_policies_elements_resource.html.
const std::vector<Row> kResources = {
    {"*", "arn:aws:s3:::b", true},
    {"*", "*", true},
    {"arn:aws:s3:::b", "arn:aws:s3:::b", true},
    {"arn:aws:s3:::b", "arn:aws:s3:::B", false},
    {"arn:aws:s3:::b", "arn:aws:s3:::b/k", false},
    {"arn:aws:s3:::b*", "arn:aws:s3:::b/k", true},
    {"arn:aws:s3:::b/*", "arn:aws:s3:::b", false},
    {"arn:aws:s3:::b/*", "arn:aws:s3:::b/", true},
    {"arn:aws:s3:::b/*", "arn:aws:s3:::b/a/b/c", true},
    {"arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1/2/test/3/object.jpg", true},
    {"arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b//test/object.jpg", true},
    {"arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1-test/object.jpg", false},
    {"arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/test/object.jpg", false},
    {"arn:aws:s3:::b?", "arn:aws:s3:::b1", true},
    {"arn:aws:s3:::b?", "arn:aws:s3:::b", false},
    {"arn:aws:s3:::b?", "arn:aws:s3:::b12", false},
    {"arn:aws:s3:::?/?", "arn:aws:s3:::b/ä", true},
    // Within a segment before the fifth colon, and never over one.
    {"arn:aws:sqs:*:111122223333:orders", kQueue, true},
    {"arn:aws:sqs:*:*:orders", kQueue, true},
    {"arn:aws:sqs:eu-*:111122223333:o*", kQueue, true},
    {"arn:aws:sqs:us-*:111122223333:o*", kQueue, false},
    {"arn:aws:sqs:*:orders", kQueue, false},
    {"arn:aws:sqs:eu-west-1*orders", kQueue, false},
    {"arn:aws:sqs:eu-west-1?111122223333:orders", kQueue, false},
    {"arn:aws:sqs:eu-west-?:111122223333:orders", kQueue, true},
    {"arn:*:sqs:*:*:*", kQueue, true},
    {"arn:aws:*:eu-west-1:111122223333:orders", kQueue, true},
    {"arn:aws:s?s:eu-west-1:111122223333:orders", kQueue, true},
    {"arn:aws:SQS:eu-west-1:111122223333:orders", kQueue, false},
    {"arn:aws-cn:sqs:eu-west-1:111122223333:orders", kQueue, false},
    // A * at the end of fewer than six segments covers all that follows.
    {"arn:aws:sqs:*", kQueue, true},
    {"arn:aws:sqs:eu*", kQueue, true},
    {"arn:aws:sqs:us*", kQueue, false},
    {"arn:aws:sqs:eu-west-1:*", kQueue, true},
    {"arn:aws:*", kQueue, true},
    {"arn:*", kQueue, true},
    {"arn:aws:sns:*", kQueue, false},
    {"arn:aws:sqs", kQueue, false},
    {"arn:aws:*orders", kQueue, false},
    {"*orders", kQueue, false},
    // Colons after the fifth are like any character.
    {"arn:aws:logs:*:*:log-group:*", "arn:aws:logs:eu-west-1:111122223333:log-group:a:log-stream:b", true},
    {"arn:aws:logs:*:*:log-group:?:log-stream:*", "arn:aws:logs:eu-west-1:111122223333:log-group:a:log-stream:b", true},
    {"arn:aws:logs:*:*:*:log-stream:b", "arn:aws:logs:eu-west-1:111122223333:log-group:a:log-stream:b", true},
    {"arn:aws:s:*:111122223333:x", "arn:aws:s:r:2:store/abc:111122223333:x", false},
    {"arn:aws:sqs:*:*:*", "*", false},
    {"arn:*", "*", false},
    {"", kQueue, false},
    {"?", "*", true},
};

TEST(Conformance, ActionPatterns) {
  for (const auto& row : kActions) {
    for (const std::string_view element : {"Action", "NotAction"}) {
      Layers layers;
      layers.identity = {policy(document(R"({"Effect":"Allow","Resource":"*",")" + std::string(element) +
                                         "\":" + json_string(row.pattern) + "}"))};
      EXPECT_EQ(letter(Engine(std::move(layers)), request({.action = row.text})),
                row.fits == (element == "Action") ? 'A' : 'I')
          << element << " " << row.pattern << " " << row.text;
    }
  }
}

TEST(Conformance, ResourcePatterns) {
  for (const auto& row : kResources) {
    for (const std::string_view element : {"Resource", "NotResource"}) {
      Layers layers;
      layers.identity = {policy(document(R"({"Effect":"Allow","Action":"*",")" + std::string(element) +
                                         "\":" + json_string(row.pattern) + "}"))};
      EXPECT_EQ(letter(Engine(std::move(layers)), request({.resource = row.text})),
                row.fits == (element == "Resource") ? 'A' : 'I')
          << element << " " << row.pattern << " " << row.text;
    }
  }
}

TEST(Conformance, ListsOfPatternsMeanAnyOrNone) {
  const auto verdict = [](std::string_view rest) {
    Layers layers;
    layers.identity = {statements(R"({"Effect":"Allow",)" + std::string(rest) + "}")};
    return letter(Engine(std::move(layers)), request({}));
  };
  EXPECT_EQ(verdict(R"("Action":["s3:*","sqs:*"],"Resource":["arn:aws:s3:::*","arn:aws:sqs:*:*:*"])"), 'A');
  EXPECT_EQ(verdict(R"("Action":["s3:*","sns:*"],"Resource":"*")"), 'I');
  EXPECT_EQ(verdict(R"("NotAction":["s3:*","sns:*"],"Resource":"*")"), 'A');
  EXPECT_EQ(verdict(R"("NotAction":["s3:*","sqs:Send*"],"Resource":"*")"), 'I');
  EXPECT_EQ(verdict(R"("Action":"*","NotResource":["arn:aws:s3:::*","arn:aws:sqs:*:*:o*"])"), 'I');
  EXPECT_EQ(verdict(R"("Action":"*","NotResource":["arn:aws:s3:::*","arn:aws:sqs:*:*:p*"])"), 'A');
}

/// Variables: in a resource (after the fifth colon) and in a value.
struct VariableRow {
  std::string_view pattern;
  Keys keys;
  std::string_view text;
  char resource;  // the verdict with arn:aws:s3:::PATTERN as Resource and arn:aws:s3:::TEXT asked for
  char equals;    // with StringEquals {a:x: PATTERN} and TEXT in the request
  char like;      // with StringLike
  char not_like;  // with StringNotLike
};

const std::vector<VariableRow>& variable_rows() {
  static const Keys none = {};
  static const Keys ann = {{"aws:username", {"Ann"}}};
  static const std::vector<VariableRow> rows = {
      {"${aws:username}", ann, "Ann", 'A', 'A', 'A', 'I'},
      {"${AWS:UserName}", ann, "Ann", 'A', 'A', 'A', 'I'},
      {"${aws:username}", ann, "ann", 'I', 'I', 'I', 'A'},
      {"home/${aws:username}/*", ann, "home/Ann/x", 'A', 'I', 'A', 'I'},
      {"home/${aws:username}/*", ann, "home/Bob/x", 'I', 'I', 'I', 'A'},
      {"${aws:username}-${aws:username}", ann, "Ann-Ann", 'A', 'A', 'A', 'I'},
      {"*-${aws:username}", ann, "x-Ann", 'A', 'I', 'A', 'I'},
      // Without a value nothing is matched, and nothing is shown not to match.
      {"${aws:username}", none, "Ann", 'I', 'I', 'I', 'I'},
      {"${aws:username}", none, "${aws:username}", 'I', 'I', 'I', 'I'},
      {"home/${aws:username}", none, "home/", 'I', 'I', 'I', 'I'},
      {"${aws:username}", {{"aws:username", {}}}, "Ann", 'I', 'I', 'I', 'I'},
      {"${aws:username}", {{"aws:username", {""}}}, "", 'A', 'A', 'A', 'I'},
      {"${aws:username}", {{"aws:username", {"Ann", "Bob"}}}, "Ann", 'I', 'I', 'I', 'I'},
      // A default stands in when there is no value.
      {"${aws:username, 'nobody'}", none, "nobody", 'A', 'A', 'A', 'I'},
      {"${aws:username,'nobody'}", none, "nobody", 'A', 'A', 'A', 'I'},
      {"${aws:username, 'nobody'}", ann, "nobody", 'I', 'I', 'I', 'A'},
      {"${aws:username, 'nobody'}", ann, "Ann", 'A', 'A', 'A', 'I'},
      {"${aws:PrincipalTag/team, 'a b'}/x", none, "a b/x", 'A', 'A', 'A', 'I'},
      {"${aws:username, ''}", none, "", 'A', 'A', 'A', 'I'},
      {"${aws:username, nobody}", none, "nobody", 'I', 'I', 'I', 'I'},
      {"${aws:username, 'n*'}", none, "nobody", 'I', 'I', 'I', 'A'},
      {"${aws:username, 'n*'}", none, "n*", 'A', 'A', 'A', 'I'},
      // Wildcards in a value are characters.
      {"${aws:username}", {{"aws:username", {"A*"}}}, "Ann", 'I', 'I', 'I', 'A'},
      {"${aws:username}", {{"aws:username", {"A*"}}}, "A*", 'A', 'A', 'A', 'I'},
      {"${aws:username}", {{"aws:username", {"A??"}}}, "Ann", 'I', 'I', 'I', 'A'},
      {"${aws:username}", {{"aws:username", {"${a:x}"}}}, "${a:x}", 'A', 'A', 'A', 'I'},
      // The three that stand for themselves.
      {"a${*}", none, "a*", 'A', 'A', 'A', 'I'},
      {"a${*}", none, "abc", 'I', 'I', 'I', 'A'},
      {"a${?}", none, "a?", 'A', 'A', 'A', 'I'},
      {"a${?}", none, "ab", 'I', 'I', 'I', 'A'},
      {"a${$}", none, "a$", 'A', 'A', 'A', 'I'},
      {"${$}{aws:username}", ann, "${aws:username}", 'A', 'A', 'A', 'I'},
      // What is no variable is text.
      {"a$b", none, "a$b", 'A', 'A', 'A', 'I'},
      {"a${b", none, "a${b", 'A', 'A', 'A', 'I'},
      {"a{b}", none, "a{b}", 'A', 'A', 'A', 'I'},
      {"$", none, "$", 'A', 'A', 'A', 'I'},
      {"${}", none, "${}", 'I', 'I', 'I', 'I'},
  };
  return rows;
}

TEST(Conformance, VariablesInResourcesAndValues) {
  const auto verdict = [](const std::string& rest, const VariableRow& row, std::string_view resource) {
    Layers layers;
    layers.identity = {statements(R"({"Effect":"Allow","Action":"*",)" + rest + "}")};
    Context context = context_of(row.keys);
    context.set("a:x", {std::string(row.text)});
    return letter(Engine(std::move(layers)), request({.resource = resource}, std::move(context)));
  };
  for (const auto& row : variable_rows()) {
    const auto condition = [&](std::string_view op) {
      return R"("Resource":"*","Condition":{")" + std::string(op) + R"(":{"a:x":)" + json_string(row.pattern) + "}}";
    };
    const std::string arn = "arn:aws:s3:::" + std::string(row.text);
    EXPECT_EQ(verdict("\"Resource\":" + json_string("arn:aws:s3:::" + std::string(row.pattern)), row, arn),
              row.resource)
        << row.pattern << " " << row.text;
    EXPECT_EQ(verdict(condition("StringEquals"), row, kQueue), row.equals) << row.pattern << " " << row.text;
    EXPECT_EQ(verdict(condition("StringLike"), row, kQueue), row.like) << row.pattern << " " << row.text;
    EXPECT_EQ(verdict(condition("StringNotLike"), row, kQueue), row.not_like) << row.pattern << " " << row.text;
  }
}

TEST(Conformance, VariablesElsewhere) {
  const auto verdict = [](std::string_view version, std::string_view rest, const Keys& keys) {
    Layers layers;
    layers.identity = {policy(document(R"({"Effect":"Allow","Action":"*",)" + std::string(rest) + "}", version))};
    return letter(Engine(std::move(layers)), request({}, context_of(keys)));
  };
  const Keys ann = {{"aws:username", {"orders"}}, {"aws:PrincipalAccount", {"111122223333"}}, {"a:x", {"Orders"}}};
  // Version 2008-10-17 has none.
  const std::string_view value = R"("Resource":"*","Condition":{"StringEquals":{"a:x":"${aws:username}"}})";
  EXPECT_EQ(verdict("2008-10-17", value, {{"a:x", {"${aws:username}"}}}), 'A');
  EXPECT_EQ(verdict("2008-10-17", value, {{"a:x", {"orders"}}, {"aws:username", {"orders"}}}), 'I');
  EXPECT_EQ(verdict("2008-10-17", R"("Resource":"arn:aws:sqs:*:*:${aws:username}")", ann), 'I');
  EXPECT_EQ(verdict("2012-10-17", R"("Resource":"arn:aws:sqs:*:*:${aws:username}")", ann), 'A');
  // Only after the fifth colon.
  EXPECT_EQ(verdict("2012-10-17", R"("Resource":"arn:aws:sqs:*:${aws:PrincipalAccount}:orders")", ann), 'I');
  // NotResource: of what lacks a value nothing is shown to be outside; what cannot fit anyway is.
  EXPECT_EQ(verdict("2012-10-17", R"("NotResource":"arn:aws:sqs:*:*:${aws:userid}")", ann), 'I');
  EXPECT_EQ(verdict("2012-10-17", R"("NotResource":"arn:aws:s3:::${aws:userid}")", ann), 'A');
  EXPECT_EQ(verdict("2012-10-17", R"("NotResource":"arn:aws:sqs:*:*:x${aws:userid}")", ann), 'A');
  EXPECT_EQ(verdict("2012-10-17", R"("NotResource":"arn:aws:sqs:*:*:${aws:userid}x")", ann), 'A');
  EXPECT_EQ(verdict("2012-10-17", R"("NotResource":"arn:aws:sqs:*:*:${aws:userid}s")", ann), 'I');
  EXPECT_EQ(verdict("2012-10-17", R"("NotResource":"arn:aws:sqs:*:*:${aws:username}")", ann), 'I');
  // String, Arn and Bool operators; the others have none.
  EXPECT_EQ(
      verdict("2012-10-17", R"("Resource":"*","Condition":{"StringEqualsIgnoreCase":{"a:x":"${aws:username}"}})", ann),
      'A');
  EXPECT_EQ(verdict("2012-10-17", R"("Resource":"*","Condition":{"ArnLike":{"a:x":"arn:aws:s3:::${aws:username}*"}})",
                    {{"a:x", {"arn:aws:s3:::Ann-1"}}, {"aws:username", {"Ann"}}}),
            'A');
  EXPECT_EQ(verdict("2012-10-17", R"("Resource":"*","Condition":{"Bool":{"a:x":"${a:y}"}})",
                    {{"a:x", {"true"}}, {"a:y", {"True"}}}),
            'A');
  EXPECT_EQ(verdict("2012-10-17", R"("Resource":"*","Condition":{"NumericEquals":{"a:x":"${a:y}"}})",
                    {{"a:x", {"1"}}, {"a:y", {"1"}}}),
            'I');
}

TEST(Conformance, AnUnknownVariableMakesTheAnswerDependOnIt) {
  Layers layers;
  layers.identity = {statements(R"({"Effect":"Allow","Action":"*","Resource":"arn:aws:sqs:*:*:${aws:UserName}"})")};
  Context context(Rest::kAbsent);
  context.set_unknown("aws:username");
  const Engine engine(std::move(layers));
  const Decision decision = engine.decide(request({}, context));
  EXPECT_EQ(decision.verdict, Verdict::kDependsOn);
  EXPECT_EQ(decision.depends_on, std::vector<std::string>{"aws:UserName"});
  // Where the rest of the pattern does not fit there is nothing to depend on.
  EXPECT_EQ(letter(engine, request({.resource = "arn:aws:s3:::b"}, context)), 'I');
}

}  // namespace

std::size_t test::count_pattern_cases() { return 2 * (kActions.size() + kResources.size()); }
std::size_t test::count_variable_cases() { return 4 * variable_rows().size(); }

}  // namespace ag::iam
