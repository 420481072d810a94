#include "iam/expand.hpp"

#include <gtest/gtest.h>

#include <random>

#include "base/text.hpp"
#include "iam/catalogue.hpp"
#include "iam/test_layers.hpp"
#include "iam/wildcards.hpp"

namespace ag::iam {
namespace {

const Catalogue& kAws = Catalogue::built_in();

ActionId id(std::string_view name) { return kAws.find(name).value(); }

Grant grant(const PolicyLayers& layers, std::string_view action) { return Expansion(layers).grant_of(id(action)); }

constexpr std::string_view kWithMfa = ", 'Condition': {'Bool': {'aws:MultiFactorAuthPresent': 'true'}}";
constexpr std::string_view kWithoutMfa = ", 'Condition': {'BoolIfExists': {'aws:MultiFactorAuthPresent': 'false'}}";
constexpr std::string_view kOfTeam = ", 'Condition': {'StringEquals': {'aws:ResourceTag/team': 'a'}}";

TEST(Expansion, OfAwsPoliciesHasTheCountsThatOthersFind) {
  // iam-expand 0.11.44 finds the same numbers of actions in the same data.
  const std::pair<std::string_view, std::size_t> counts[] = {{"ReadOnlyAccess", 6'745},
                                                             {"SecurityAudit", 2'804},
                                                             {"PowerUserAccess", 21'830},
                                                             {"AdministratorAccess", 22'091}};
  for (const auto& [name, count] : counts) {
    const Expansion expansion({.identity = {managed(name)}});
    EXPECT_EQ(expansion.possible().size(), count) << name;
    EXPECT_TRUE(expansion.everywhere().within(expansion.certain())) << name;
    EXPECT_TRUE(expansion.certain().within(expansion.possible())) << name;
  }
}

TEST(Expansion, NothingIsAllowedByNothing) {
  EXPECT_TRUE(Expansion(PolicyLayers{}).possible().empty());
  EXPECT_TRUE(Expansion(only({deny("*")})).possible().empty());
}

TEST(Expansion, ADenyOnEverythingTakesAway) {
  const auto layers = only({allow("s3:*"), deny("s3:Delete*")});
  EXPECT_EQ(grant(layers, "s3:DeleteBucket").certainty, Certainty::kNever);
  EXPECT_EQ(grant(layers, "s3:GetObject").certainty, Certainty::kCertainly);
  EXPECT_EQ(grant(layers, "s3:GetObject").breadth, Breadth::kEverything);
}

TEST(Expansion, ADenyWhoseArnFitsNothingTakesNothingAway) {
  // No wildcard reaches over a segment: as one text both patterns would cover the queue.
  for (const std::string_view never : {"arn:*:orders", "arn:aws:sqs:*:orders"}) {
    const auto got = grant(
        only({allow("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:orders"), deny("sqs:SendMessage", never)}),
        "sqs:SendMessage");
    EXPECT_EQ(got.certainty, Certainty::kCertainly) << never;
    EXPECT_TRUE(got.narrowed_by.empty()) << never;
  }
  EXPECT_EQ(grant(only({allow("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:orders"),
                        deny("sqs:SendMessage", "arn:aws:sqs:*:*:ord*")}),
                  "sqs:SendMessage")
                .certainty,
            Certainty::kNever);
}

TEST(Expansion, AVariableMayBeWhatADenyNames) {
  const auto layers = only({allow("iam:PutUserPolicy", "arn:aws:iam::111122223333:user/${aws:username}"),
                            deny("iam:PutUserPolicy", "arn:aws:iam::111122223333:user/Ann")});
  EXPECT_EQ(grant(layers, "iam:PutUserPolicy").narrowed_by.size(), 1U);
  const Expansion expansion(layers);
  const ActionId action = Catalogue::built_in().find("iam:PutUserPolicy").value();
  const auto allowed = [&](const std::string& name) {
    return expansion.allows(action, "arn:aws:iam::111122223333:user/" + name, {{"aws:username", name}});
  };
  EXPECT_EQ(allowed("Bob"), Certainty::kCertainly);
  EXPECT_EQ(allowed("Ann"), Certainty::kNever);
}

TEST(Expansion, ADenyOnAConditionLeavesAMayBeAndNamesItsKey) {
  const auto got = grant(only({allow("s3:*"), deny("s3:*", "*", kOfTeam)}), "s3:GetObject");
  EXPECT_EQ(got.certainty, Certainty::kPossibly);
  EXPECT_EQ(got.depends_on, std::vector<std::string>{"aws:ResourceTag/team"});
  ASSERT_EQ(got.narrowed_by.size(), 1U);
  EXPECT_EQ(got.narrowed_by[0].index, 1U);
}

TEST(Expansion, AConditionThatAnyValueMeetsIsNone) {
  const auto of = [](std::string_view condition, bool denies = false) {
    const std::string with = ", 'Condition': {" + std::string(condition) + "}";
    return grant(denies ? only({allow("s3:*"), deny("s3:*", "*", with)}) : only({allow("s3:*", "*", with)}),
                 "s3:GetObject")
        .certainty;
  };
  EXPECT_EQ(of("'StringLike': {'aws:PrincipalArn': '*'}"), Certainty::kCertainly);
  EXPECT_EQ(of("'Null': {'aws:userid': 'false'}"), Certainty::kCertainly);
  EXPECT_EQ(of("'Null': {'aws:PrincipalAccount': 'true'}"), Certainty::kNever);
  EXPECT_EQ(of("'StringNotLike': {'aws:PrincipalArn': '*'}"), Certainty::kNever);
  EXPECT_EQ(of("'StringLike': {'aws:PrincipalArn': '*'}", true), Certainty::kNever);
  EXPECT_EQ(of("'StringLike': {'aws:PrincipalTag/team': '*'}"), Certainty::kPresumably) << "not every request has it";
  EXPECT_EQ(of("'StringLike': {'aws:PrincipalArn': '*Admin*'}"), Certainty::kPresumably);
  EXPECT_EQ(of("'DateGreaterThan': {'aws:CurrentTime': '2020-01-01T00:00:00Z'}"), Certainty::kCertainly);
  EXPECT_EQ(of("'DateGreaterThan': {'aws:CurrentTime': '2120-01-01T00:00:00Z'}"), Certainty::kPresumably);
  EXPECT_EQ(of("'DateLessThan': {'aws:CurrentTime': '2020-01-01T00:00:00Z'}"), Certainty::kNever) << "over";
  EXPECT_EQ(of("'DateLessThan': {'aws:EpochTime': '1577836800'}", true), Certainty::kCertainly);
  EXPECT_EQ(of("'IpAddress': {'aws:SourceIp': ['::/0', '0.0.0.0/0']}"), Certainty::kCertainly);
  EXPECT_EQ(of("'IpAddress': {'aws:SourceIp': '0.0.0.0/0'}", true), Certainty::kPresumably) << "IPv6 may come in";
}

TEST(Expansion, WhatOnlyDependsOnCircumstancesIsPresumable) {
  const auto of = [](std::string_view condition) {
    const std::string with = ", 'Condition': {" + std::string(condition) + "}";
    return std::pair(grant(only({allow("*", "*", with)}), "iam:PutRolePolicy").certainty,
                     grant(only({allow("*"), deny("*", "*", with)}), "iam:PutRolePolicy").certainty);
  };
  using enum Certainty;
  const std::pair presumed(kPresumably, kPresumably);
  for (const std::string_view circumstances :
       {"'Bool': {'aws:MultiFactorAuthPresent': ['true', 'false']}", "'Bool': {'aws:ViaAWSService': 'false'}",
        "'IpAddress': {'aws:SourceIp': ['0.0.0.0/1', '128.0.0.0/1']}", "'NotIpAddress': {'aws:SourceIp': '10.0.0.0/8'}",
        "'ArnLike': {'aws:PrincipalArn': 'arn:*:*:*:*:*'}", "'StringNotEquals': {'aws:PrincipalOrgID': 'o-x'}",
        "'StringEquals': {'aws:PrincipalTag/team': 'a'}", "'StringLike': {'aws:UserAgent': 'x*'}",
        "'ForAnyValue:StringEquals': {'aws:CalledVia': 'cloudformation.amazonaws.com'}",
        "'NumericLessThan': {'aws:MultiFactorAuthAge': '3600'}", "'StringEquals': {'aws:NewOfTomorrow': 'a'}",
        "'StringEquals': {'aws:ResourceAccount': '${aws:PrincipalAccount}'}", "'StringNotEquals': {'nope:key': 'a'}",
        "'StringEqualsIfExists': {'nope:key': 'a'}", "'ForAllValues:StringEquals': {'nope:key': 'a'}",
        "'Null': {'nope:key': 'true'}", "'ForAllValues:StringEquals': {'aws:TagKeys': 'a'}"})
    EXPECT_EQ(of(circumstances), presumed) << circumstances;
  EXPECT_EQ(of("'StringEquals': {'nope:key': 'a'}"), std::pair(kPossibly, kPresumably)) << "who knows the key of today";
  EXPECT_EQ(of("'StringEquals': {'aws:RequestTag/team': 'a'}"), std::pair(kPossibly, kPresumably)) << "a choice";
  EXPECT_EQ(of("'StringEquals': {'aws:ResourceTag/team': 'a'}"), std::pair(kPossibly, kPossibly));
  EXPECT_EQ(of("'StringNotEquals': {'aws:ResourceTag/team': 'a'}"), std::pair(kPossibly, kPossibly));
  EXPECT_EQ(of("'StringNotEquals': {'s3:prefix': 'a'}").first, kPresumably) << "iam has no such key";
  EXPECT_EQ(of("'StringNotEquals': {'iam:PolicyARN': 'a'}").first, kPossibly);
}

TEST(Expansion, WhatIsPresumableIsToldWithItsConditionAndWide) {
  const std::string bucket = "arn:aws:s3:::a/*";
  const auto got = grant(only({allow("s3:*", bucket), allow("s3:GetObject", "*", kWithMfa)}), "s3:GetObject");
  EXPECT_EQ(got.certainty, Certainty::kPresumably);
  EXPECT_EQ(got.breadth, Breadth::kEverything);
  EXPECT_EQ(got.depends_on, std::vector<std::string>{"aws:MultiFactorAuthPresent"});
  EXPECT_EQ(got.allowed_by.size(), 2U);
  const Expansion kept(only({allow("s3:*"), deny("s3:*", bucket, kWithoutMfa)}));
  EXPECT_TRUE(kept.certain().contains(id("s3:GetObject"))) << "on the rest";
  EXPECT_FALSE(kept.everywhere().contains(id("s3:GetObject")));
  EXPECT_TRUE(kept.presumed_everywhere().contains(id("s3:GetObject")));
  EXPECT_EQ(kept.allows(id("s3:GetObject"), "arn:aws:s3:::a/1"), Certainty::kPresumably);
  EXPECT_EQ(kept.allows(id("s3:GetObject"), "arn:aws:s3:::b/1"), Certainty::kCertainly);
}

TEST(Expansion, AConditionThatEveryRequestMeetsIsNone) {
  EXPECT_EQ(grant(only({allow("s3:*"), deny("s3:*", "*", ", 'Condition': {'Bool': {'aws:SecureTransport': 'false'}}")}),
                  "s3:GetObject")
                .certainty,
            Certainty::kCertainly);
}

TEST(Expansion, TheRegionIsChosenByWhoeverAsks) {
  const std::string outside = ", 'Condition': {'StringNotEquals': {'aws:RequestedRegion': ['eu-central-1']}}";
  EXPECT_EQ(grant(only({allow("s3:*"), deny("*", "*", outside)}), "s3:GetObject").breadth, Breadth::kEverything);
  const std::string both =
      ", 'Condition': {'StringEquals': {'aws:RequestedRegion': 'eu-central-1'}, 'Bool': {'aws:MultiFactorAuthPresent': "
      "'true'}}";
  EXPECT_EQ(grant(only({allow("s3:*", "*", both)}), "s3:GetObject").depends_on,
            std::vector<std::string>{"aws:MultiFactorAuthPresent"});
}

TEST(Expansion, AllArnsOfAnActionsTypesAreEverything) {
  const std::pair<std::string_view, std::string_view> everything[] = {
      {"iam:PassRole", "arn:aws:iam::*:role/*"},  {"iam:PassRole", "arn:aws:iam::111122223333:role/*"},
      {"s3:GetObject", "arn:aws:s3:::*"},         {"s3:GetObject", "arn:aws:s3:::*/*"},
      {"iam:PassRole", "arn:*:iam::*:*"},         {"iam:PassRole", "**"},
      {"iam:PassRole", "arn:aws:iam::*:role/?*"}, {"iam:PassRole", "?*"},
      {"sts:AssumeRole", "arn:aws:iam::*:role/*"}};
  for (const auto& [action, resource] : everything) {
    EXPECT_EQ(grant(only({allow(action, resource)}), action).breadth, Breadth::kEverything) << resource;
  }
  const std::pair<std::string_view, std::string_view> some[] = {
      {"iam:PassRole", "arn:aws:iam::*:role/app-*"},       {"iam:PassRole", "arn:aws:iam::*:role/??*"},
      {"iam:PassRole", "arn:aws:iam::*:user/*"},           {"s3:GetObject", "arn:aws:s3:::bucket/*"},
      {"ec2:StartInstances", "arn:aws:ec2:eu-west-1:*:*"}, {"sts:AssumeRole", "arn:aws:iam::111122223333:role/*"}};
  for (const auto& [action, resource] : some) {
    const Grant got = grant(only({allow(action, resource)}), action);
    EXPECT_EQ(got.certainty, Certainty::kCertainly) << resource;
    EXPECT_EQ(got.breadth, Breadth::kSome) << resource;
    EXPECT_EQ(got.resources, std::vector<std::string>{std::string(resource)});
  }
}

TEST(Expansion, ADenyOnAllNamedResourcesTakesTheActionAway) {
  const std::string bucket = "arn:aws:s3:::payroll/*";
  EXPECT_EQ(grant(only({allow("s3:GetObject", bucket), deny("s3:*", "arn:aws:s3:::pay*")}), "s3:GetObject").certainty,
            Certainty::kNever);
  const Grant left = grant(only({allow("s3:GetObject"), deny("s3:*", bucket)}), "s3:GetObject");
  EXPECT_EQ(left.certainty, Certainty::kCertainly);
  EXPECT_EQ(left.breadth, Breadth::kSome);
  EXPECT_EQ(grant(only({allow("s3:GetObject", bucket), deny("s3:*", "arn:aws:s3:::x/*")}), "s3:GetObject").narrowed_by,
            std::vector<StatementRef>{});
}

TEST(Expansion, ADenyOfAllButSomeLeavesThose) {
  const auto layers =
      only({allow("s3:GetObject"), "{'Effect': 'Deny', 'Action': 's3:*', 'NotResource': 'arn:aws:s3:::public/*'}"});
  const Expansion expansion(layers);
  EXPECT_EQ(expansion.grant_of(id("s3:GetObject")).resources, std::vector<std::string>{"arn:aws:s3:::public/*"});
  EXPECT_EQ(expansion.allows(id("s3:GetObject"), "arn:aws:s3:::public/a"), Certainty::kCertainly);
  EXPECT_EQ(expansion.allows(id("s3:GetObject"), "arn:aws:s3:::secret/a"), Certainty::kNever);
}

TEST(Expansion, ABoundaryLimitsAndGivesNothing) {
  PolicyLayers layers = only({allow("s3:* ec2:*")});
  layers.boundary = {named("boundary", document({allow("s3:Get* iam:*")}))};
  const Expansion expansion(layers);
  EXPECT_EQ(expansion.possible(), kAws.match("s3:Get*"));
  EXPECT_EQ(expansion.everywhere(), kAws.match("s3:Get*"));
}

TEST(Expansion, EveryLevelOfScpsHasToAllow) {
  PolicyLayers layers = only({allow("*")});
  layers.service_control = {{named("root", document({allow("*"), deny("organizations:LeaveOrganization")}))},
                            {named("unit", document({allow("s3:* organizations:*")}))}};
  const Expansion expansion(layers);
  EXPECT_EQ(expansion.possible(),
            (kAws.match("s3:*") | kAws.match("organizations:*")) - kAws.match("organizations:LeaveOrganization"));
  layers.service_control.push_back({});
  EXPECT_TRUE(Expansion(layers).possible().empty());
}

TEST(Expansion, TwoLayersOnDifferentResourcesAllowNothing) {
  PolicyLayers layers = only({allow("s3:GetObject", "arn:aws:s3:::a/*")});
  layers.session = {named("session", document({allow("s3:GetObject", "arn:aws:s3:::b/*")}))};
  EXPECT_EQ(grant(layers, "s3:GetObject").certainty, Certainty::kNever);
  layers.session = {named("session", document({allow("s3:GetObject", "arn:aws:s3:::a/public/*")}))};
  EXPECT_EQ(grant(layers, "s3:GetObject").certainty, Certainty::kCertainly);
  EXPECT_EQ(grant(layers, "s3:GetObject").resources, std::vector<std::string>{"arn:aws:s3:::a/public/*"});
  layers.session = {named("session", document({allow("s3:GetObject", "arn:aws:s3:::*/secret")}))};
  EXPECT_EQ(grant(layers, "s3:GetObject").certainty, Certainty::kPossibly);
}

TEST(Expansion, WhatIsKnownOfTheRequestDecidesItsConditions) {
  const Expansion expansion(only({allow(
      "iam:PassRole", "*", ", 'Condition': {'StringEquals': {'iam:PassedToService': 'lambda.amazonaws.com'}}")}));
  EXPECT_EQ(expansion.grant_of(id("iam:PassRole")).certainty, Certainty::kPossibly);
  EXPECT_EQ(expansion.grant_of(id("iam:PassRole"), {{"iam:passedtoservice", "lambda.amazonaws.com"}}).certainty,
            Certainty::kCertainly);
  EXPECT_EQ(expansion.grant_of(id("iam:PassRole"), {{"iam:passedtoservice", "ec2.amazonaws.com"}}).certainty,
            Certainty::kNever);
}

TEST(Expansion, KeepsActionsThatTheCatalogueDoesNotHave) {
  const Expansion expansion(only({allow("deeplens:ListModels s3:GetObject new-service:*"), deny("gone:Action")}));
  EXPECT_EQ(expansion.unknown_actions(), (std::vector<std::string>{"deeplens:ListModels", "new-service:*"}));
}

TEST(Difference, TellsWhatIsNewMoreCertainAndWider) {
  const Expansion a(only({allow("s3:Get*", "arn:aws:s3:::a/*"), allow("ec2:StartInstances", "*", kWithMfa)}));
  const Expansion b(only({allow("s3:Get*"), allow("ec2:StartInstances"), allow("sqs:SendMessage")}));
  const Difference added = difference(a, b);
  EXPECT_EQ(added.new_actions, kAws.match("sqs:SendMessage"));
  EXPECT_EQ(added.more_certain, kAws.match("ec2:StartInstances"));
  EXPECT_TRUE(added.wider.contains(id("s3:GetObject")));
  EXPECT_FALSE(within(b, a));
  EXPECT_TRUE(within(a, b));
  EXPECT_TRUE(within(a, a));
}

// ---- against the obvious way: every world, every resource, one action after the other ----

const std::vector<std::string> kResources = {"arn:aws:s3:::a/1", "arn:aws:s3:::a/2", "arn:aws:s3:::b/1",
                                             "arn:aws:sqs:eu-west-1:111122223333:q"};

constexpr std::string_view kReached = "aws:ResourceTag/team";
constexpr std::string_view kOfTheHolder = "aws:username";

class World {
 public:
  explicit World(unsigned bits) : bits_(bits) {}
  bool holds(const Statement& statement) const {
    if (statement.conditions.empty()) return true;
    if (statement.conditions[0].key == kReached) return (bits_ & 2U) != 0;
    // In the holder's world each Allow that asks for circumstances has them, and no Deny.
    return (bits_ & kHolders) != 0 ? statement.effect == Effect::kAllow : (bits_ & 1U) != 0;
  }
  static constexpr unsigned kHolders = 4;

 private:
  unsigned bits_;
};

bool applies(const PatternElement& element, std::string_view text, LetterCase letter_case) {
  const bool any = std::any_of(element.patterns.begin(), element.patterns.end(),
                               [&](const std::string& pattern) { return matches(pattern, text, letter_case); });
  return any == (element.sense == Sense::kIs);
}

bool applies(const Statement& statement, std::string_view action, std::string_view resource, const World& world) {
  return applies(statement.actions, action, LetterCase::kIgnored) &&
         applies(statement.resources, resource, LetterCase::kCounts) && world.holds(statement);
}

bool obviously_allowed(const PolicyLayers& layers, std::string_view action, std::string_view resource,
                       const World& world) {
  std::vector<const std::vector<NamedPolicy>*> all = {&layers.identity};
  if (layers.boundary) all.push_back(&*layers.boundary);
  for (const auto& level : layers.service_control) all.push_back(&level);
  for (const auto* layer : all) {
    bool allowed = false;
    for (const NamedPolicy& policy : *layer) {
      for (const Statement& statement : policy.policy.statements) {
        if (!applies(statement, action, resource, world)) continue;
        if (statement.effect == Effect::kDeny) return false;
        allowed = true;
      }
    }
    if (!allowed) return false;
  }
  return true;
}

class RandomPolicies {
 public:
  explicit RandomPolicies(unsigned seed) : random_(seed) {}

  PolicyLayers layers() {
    PolicyLayers made{.identity = {policy(4), policy(2)}};
    if (one_in(3)) made.boundary = {policy(3)};
    for (int level = 0; level < 2 && one_in(3); ++level) made.service_control.push_back({policy(3)});
    return made;
  }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }

  NamedPolicy policy(unsigned most) {
    NamedPolicy made{.name = "random", .policy = {}};
    for (unsigned i = 0; i <= random_() % most; ++i) made.policy.statements.push_back(statement());
    return made;
  }

  Statement statement() {
    static const std::vector<std::string> kActions = {
        "*", "s3:*", "s3:Get*", "s3:*Object*", "sqs:*", "s3:PutObject", "S3:getobject", "*:List*", "iam:*"};
    static const std::vector<std::string> kPatterns = {
        "*", "*", "*", "arn:aws:s3:::a/*", "arn:aws:s3:::a/1", "arn:aws:s3:::b/*", "arn:aws:s3:::*/1"};
    Statement made{.effect = one_in(3) ? Effect::kDeny : Effect::kAllow};
    made.actions.sense = one_in(5) ? Sense::kIsNot : Sense::kIs;
    for (unsigned i = 0; i <= random_() % 2; ++i)
      made.actions.patterns.push_back(kActions[random_() % kActions.size()]);
    made.resources.sense = one_in(6) ? Sense::kIsNot : Sense::kIs;
    for (unsigned i = 0; i <= random_() % 2; ++i)
      made.resources.patterns.push_back(kPatterns[random_() % kPatterns.size()]);
    if (one_in(4)) {
      made.conditions.push_back({"StringEquals",
                                 {.comparison = Comparison::kStringEquals},
                                 std::string(one_in(2) ? kOfTheHolder : kReached),
                                 {"x"},
                                 {}});
    }
    return made;
  }

  std::mt19937 random_;
};

constexpr unsigned kRounds = 60;  // by hand also thousands

TEST(ExpansionTwin, NeverLeavesOutWhatIsAllowedInSomeWorld) {
  RandomPolicies policies(23);
  const ActionSet looked_at = kAws.match("s3:*Object") | kAws.match("sqs:L*") | kAws.match("iam:P*");
  std::size_t allowed = 0, exact = 0;
  for (unsigned i = 0; i < kRounds; ++i) {
    const PolicyLayers layers = policies.layers();
    const Expansion expansion(layers);
    looked_at.each([&](ActionId action) {
      const std::string name = kAws.name(action);
      bool in_some = false;
      bool everywhere = true;
      bool everywhere_to_the_holder = true;
      for (const std::string& resource : kResources) {
        bool in_all = true;
        bool here = false;
        for (unsigned bits = 0; bits < 4; ++bits) {
          const bool yes = obviously_allowed(layers, name, resource, World(bits));
          here = here || yes;
          in_all = in_all && yes;
        }
        for (const unsigned bits : {World::kHolders, World::kHolders | 2U}) {
          const bool yes = obviously_allowed(layers, name, resource, World(bits));
          here = here || yes;
          everywhere_to_the_holder = everywhere_to_the_holder && yes;
        }
        in_some = in_some || here;
        everywhere = everywhere && in_all;
        const Certainty one = expansion.allows(action, resource);
        ASSERT_TRUE(!here || one != Certainty::kNever) << i << ' ' << name << ' ' << resource;
      }
      ASSERT_TRUE(!in_some || expansion.possible().contains(action)) << i << ' ' << name;
      allowed += in_some ? 1 : 0;
      exact += in_some == expansion.possible().contains(action) ? 1 : 0;
      if (expansion.presumed_everywhere().contains(action)) {
        // NotResource in an Allow counts as everything.
        const bool all_but = std::any_of(layers.identity.begin(), layers.identity.end(), [](const NamedPolicy& policy) {
          return std::any_of(policy.policy.statements.begin(), policy.policy.statements.end(),
                             [](const Statement& s) { return s.resources.sense == Sense::kIsNot; });
        });
        const bool excused = all_but || layers.boundary || !layers.service_control.empty();
        ASSERT_TRUE(everywhere_to_the_holder || excused) << i << ' ' << name;
        ASSERT_TRUE(everywhere || excused || !expansion.everywhere().contains(action)) << i << ' ' << name;
      }
      const Grant got = expansion.grant_of(action);
      ASSERT_EQ(got.certainty != Certainty::kNever, expansion.possible().contains(action)) << i << ' ' << name;
      ASSERT_EQ(got.certainty >= Certainty::kPresumably, expansion.presumed().contains(action)) << i << ' ' << name;
      ASSERT_TRUE(got.certainty < Certainty::kCertainly || expansion.certain().contains(action)) << i << ' ' << name;
      ASSERT_TRUE(expansion.everywhere().within(expansion.certain() & expansion.presumed_everywhere())) << i;
      ASSERT_EQ(got.certainty >= Certainty::kPresumably && got.breadth == Breadth::kEverything,
                expansion.presumed_everywhere().contains(action))
          << i << ' ' << name;
      ASSERT_EQ(got.certainty == Certainty::kCertainly && got.breadth == Breadth::kEverything,
                expansion.everywhere().contains(action))
          << i << ' ' << name;
      ASSERT_EQ(got.certainty == Certainty::kNever, got.allowed_by.empty());
    });
  }
  EXPECT_GT(allowed, 5U * kRounds / 2);
  EXPECT_GT(exact, kRounds * looked_at.size() * 95 / 100);
}

}  // namespace
}  // namespace ag::iam
