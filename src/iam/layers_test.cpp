// Conformance: every pair of layers, each of which allows, says nothing or denies; and every form of a principal.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "iam/test_policies.hpp"

namespace ag::iam {
namespace {

using namespace test;

enum class Says { kNothing, kAllow, kUnrelated, kDeny };  // kNothing: there is no such layer

constexpr std::string_view kAllowStatement = R"({"Effect":"Allow","Action":"sqs:*","Resource":"*")";
constexpr std::string_view kDenyStatement = R"({"Effect":"Deny","Action":"sqs:Send*","Resource":"*")";
constexpr std::string_view kOtherStatement = R"({"Effect":"Allow","Action":"ec2:*","Resource":"*")";

/// A policy that says so; `who` is a Principal element or empty.
std::vector<PolicyHandle> saying(Says says, std::string_view who = "") {
  const auto with = [&](std::string_view statement) {
    return std::string(statement) + (who.empty() ? "" : ",\"Principal\":" + std::string(who)) + "}";
  };
  const auto kind = who.empty() ? PolicyKind::kIdentity : PolicyKind::kResource;
  switch (says) {
    case Says::kNothing: return {};
    case Says::kAllow: return {policy(document(with(kAllowStatement)), kind)};
    case Says::kUnrelated: return {policy(document(with(kOtherStatement)), kind)};
    // It allows too: the deny must win.
    case Says::kDeny: return {policy(document(with(kAllowStatement) + "," + with(kDenyStatement)), kind)};
  }
  return {};
}

/// The form of the principal in the resource's policy, and where the resource is.
struct Scene {
  std::string_view principal;
  std::string_view named;
  std::string_view account;
};

void set(Layers& layers, LayerKind layer, Says says, const Scene& scene) {
  switch (layer) {
    case LayerKind::kIdentity: layers.identity = saying(says); break;
    case LayerKind::kBoundary: layers.boundary = saying(says); break;
    case LayerKind::kSession: layers.session = saying(says); break;
    case LayerKind::kServiceControl: layers.service_control = {{allow_all()}, saying(says)}; break;
    case LayerKind::kResourceControl: layers.resource_control = {saying(says, "\"*\"")}; break;
    case LayerKind::kResource: layers.resource = saying(says, scene.named); break;
    case LayerKind::kEndpoint: layers.endpoint = saying(says, "\"*\""); break;
  }
}

/// What two layers do together. Nine verdicts: the rows are the first layer, the columns the second; each allows, says
/// nothing of the action, denies. The identity policies allow (`granted`) or say nothing of it (`not_granted`), unless
/// they are one of the two.
struct PairRow {
  LayerKind first;
  LayerKind second;
  std::string_view granted;
  std::string_view not_granted;
};

using enum LayerKind;

// reference_policies_evaluation-logic.html: the layers that limit are all needed, whichever two are looked at.
constexpr std::string_view kBothNeeded = "AIE IIE EEE";
constexpr std::string_view kNever = "IIE IIE EEE";
constexpr std::string_view kFirstNeeded = "AAE IIE EEE";  // the second only matters when it denies

std::vector<PairRow> pairs_without_resource_policy() {
  return {
      {kIdentity, kBoundary, kBothNeeded, kBothNeeded},
      {kIdentity, kSession, kBothNeeded, kBothNeeded},
      {kIdentity, kServiceControl, kBothNeeded, kBothNeeded},
      {kIdentity, kEndpoint, kBothNeeded, kBothNeeded},
      {kIdentity, kResourceControl, kFirstNeeded, kFirstNeeded},
      {kBoundary, kSession, kBothNeeded, kNever},
      {kBoundary, kServiceControl, kBothNeeded, kNever},
      {kBoundary, kEndpoint, kBothNeeded, kNever},
      {kBoundary, kResourceControl, kFirstNeeded, kNever},
      {kSession, kServiceControl, kBothNeeded, kNever},
      {kSession, kEndpoint, kBothNeeded, kNever},
      {kSession, kResourceControl, kFirstNeeded, kNever},
      {kServiceControl, kEndpoint, kBothNeeded, kNever},
      {kServiceControl, kResourceControl, kFirstNeeded, kNever},
      {kEndpoint, kResourceControl, kFirstNeeded, kNever},
  };
}

/// The resource's policy names the one who asks: implicit denies of identity, boundary and session do not count.
std::vector<PairRow> pairs_with_direct_grant() {
  return {
      {kIdentity, kResource, "AAE AIE EEE", "AAE AIE EEE"}, {kBoundary, kResource, "AAE AIE EEE", "AIE AIE EEE"},
      {kSession, kResource, "AAE AIE EEE", "AIE AIE EEE"},  {kServiceControl, kResource, "AAE IIE EEE", "AIE IIE EEE"},
      {kEndpoint, kResource, "AAE IIE EEE", "AIE IIE EEE"}, {kResourceControl, kResource, "AAE AAE EEE", "AIE AIE EEE"},
  };
}

/// It names the role of the session, or the user of the federated one: boundary and session policy limit that.
std::vector<PairRow> pairs_with_grant_to_the_entity() {
  return {
      {kIdentity, kResource, "AAE AIE EEE", "AAE AIE EEE"}, {kBoundary, kResource, "AAE IIE EEE", "AIE IIE EEE"},
      {kSession, kResource, "AAE IIE EEE", "AIE IIE EEE"},  {kServiceControl, kResource, "AAE IIE EEE", "AIE IIE EEE"},
      {kEndpoint, kResource, "AAE IIE EEE", "AIE IIE EEE"}, {kResourceControl, kResource, "AAE AAE EEE", "AIE AIE EEE"},
  };
}

/// It names the account, which adds nothing within the account; its Deny denies.
std::vector<PairRow> pairs_with_grant_to_the_account() {
  return {
      {kIdentity, kResource, "AAE IIE EEE", "AAE IIE EEE"}, {kBoundary, kResource, "AAE IIE EEE", kNever},
      {kSession, kResource, "AAE IIE EEE", kNever},         {kServiceControl, kResource, "AAE IIE EEE", kNever},
      {kEndpoint, kResource, "AAE IIE EEE", kNever},        {kResourceControl, kResource, "AAE AAE EEE", "IIE IIE EEE"},
  };
}

/// reference_policies_evaluation-logic-cross-account.html: both accounts must allow, in whatever form.
std::vector<PairRow> pairs_across_accounts() {
  return {
      {kIdentity, kResource, kBothNeeded, kBothNeeded}, {kBoundary, kResource, kBothNeeded, kNever},
      {kSession, kResource, kBothNeeded, kNever},       {kServiceControl, kResource, kBothNeeded, kNever},
      {kEndpoint, kResource, kBothNeeded, kNever},      {kResourceControl, kResource, "AIE AIE EEE", kNever},
  };
}

struct Group {
  Scene scene;
  std::vector<PairRow> rows;
};

std::vector<Group> groups() {
  constexpr std::string_view kEveryone = "\"*\"";
  constexpr std::string_view kNamesUser = R"({"AWS":"arn:aws:iam::111122223333:user/Ann"})";
  constexpr std::string_view kNamesRole = R"({"AWS":"arn:aws:iam::111122223333:role/Deploy"})";
  constexpr std::string_view kNamesPath = R"({"AWS":"arn:aws:iam::111122223333:role/team/a/Deploy"})";
  constexpr std::string_view kNamesSession = R"({"AWS":"arn:aws:sts::111122223333:assumed-role/Deploy/ann"})";
  constexpr std::string_view kNamesFederated = R"({"AWS":"arn:aws:sts::111122223333:federated-user/Ann"})";
  constexpr std::string_view kNamesAccount = R"({"AWS":"111122223333"})";
  constexpr std::string_view kNamesRoot = R"({"AWS":"arn:aws:iam::111122223333:root"})";
  std::vector<Group> all;
  for (const auto principal : {kUser, kRoleSession, kRole, kFederated})
    all.push_back({{principal, kEveryone, kAccount}, pairs_without_resource_policy()});
  for (const Scene& scene : {Scene{kUser, kNamesUser, kAccount}, Scene{kUser, kEveryone, kAccount},
                             Scene{kRoleSession, kNamesSession, kAccount}, Scene{kRoleSession, kEveryone, kAccount},
                             Scene{kFederated, kNamesFederated, kAccount}, Scene{kRole, kEveryone, kAccount}})
    all.push_back({scene, pairs_with_direct_grant()});
  for (const Scene& scene : {Scene{kRoleSession, kNamesRole, kAccount}, Scene{kRoleSession, kNamesPath, kAccount},
                             Scene{kRole, kNamesRole, kAccount}, Scene{kFederated, kNamesUser, kAccount}})
    all.push_back({scene, pairs_with_grant_to_the_entity()});
  for (const Scene& scene : {Scene{kUser, kNamesAccount, kAccount}, Scene{kRoleSession, kNamesRoot, kAccount},
                             Scene{kRole, kNamesAccount, kAccount}, Scene{kFederated, kNamesRoot, kAccount}})
    all.push_back({scene, pairs_with_grant_to_the_account()});
  for (const Scene& scene :
       {Scene{kUser, kNamesUser, kOtherAccount}, Scene{kUser, kNamesAccount, kOtherAccount},
        Scene{kUser, kEveryone, kOtherAccount}, Scene{kRoleSession, kNamesSession, kOtherAccount},
        Scene{kRoleSession, kNamesRole, kOtherAccount}, Scene{kRoleSession, kNamesRoot, kOtherAccount}})
    all.push_back({scene, pairs_across_accounts()});
  return all;
}

TEST(Conformance, EveryPairOfLayers) {
  constexpr std::string_view kLetters = "AIE";
  constexpr Says kSays[] = {Says::kAllow, Says::kUnrelated, Says::kDeny};
  for (const auto& [scene, rows] : groups()) {
    for (const auto& row : rows) {
      for (const bool granted : {true, false}) {
        const std::string_view expected = granted ? row.granted : row.not_granted;
        for (std::size_t first = 0; first < 3; ++first) {
          for (std::size_t second = 0; second < 3; ++second) {
            Layers layers;
            set(layers, kIdentity, granted ? Says::kAllow : Says::kUnrelated, scene);
            set(layers, row.first, kSays[first], scene);
            set(layers, row.second, kSays[second], scene);
            const Request asked = request({.principal = scene.principal, .account = scene.account});
            EXPECT_EQ(letter(Engine(std::move(layers)), asked), expected[4 * first + second])
                << scene.principal << " named " << scene.named << " in " << scene.account << ": " << name_of(row.first)
                << " " << kLetters[first] << ", " << name_of(row.second) << " " << kLetters[second] << ", granted "
                << granted;
          }
        }
      }
    }
  }
}

/// One principal and one form of the element. Five verdicts: the resource's policy allows it and nothing else is
/// there · the same with a boundary that does not allow · with a session policy that does not · identity policies allow
/// and the resource's policy denies by NotPrincipal · the resource's policy allows by NotPrincipal.
struct PrincipalRow {
  std::string_view principal;
  std::string_view element;
  std::string_view expected;
};

constexpr std::string_view kAnonymous = "*";
constexpr std::string_view kSaml = "arn:aws:iam::111122223333:saml-provider/Corp";

std::vector<PrincipalRow> principal_rows() {
  constexpr std::string_view kElements[] = {
      "\"*\"",
      R"({"AWS":"*"})",
      R"({"AWS":"111122223333"})",
      R"({"AWS":"arn:aws:iam::111122223333:root"})",
      R"({"AWS":"arn:aws:iam::111122223333:user/Ann"})",
      R"({"AWS":"arn:aws:iam::111122223333:role/Deploy"})",
      R"({"AWS":"arn:aws:sts::111122223333:assumed-role/Deploy/ann"})",
      R"({"AWS":"arn:aws:sts::111122223333:federated-user/Ann"})",
      R"({"Service":"lambda.amazonaws.com"})",
      R"({"Federated":"arn:aws:iam::111122223333:saml-provider/Corp"})",
      R"({"AWS":"444455556666"})",
      R"({"AWS":"arn:aws:iam::444455556666:user/Ann"})",
      R"({"AWS":"arn:aws-cn:iam::111122223333:role/Deploy"})",
      R"({"AWS":["444455556666","arn:aws:iam::111122223333:user/Ann"],"Service":"lambda.amazonaws.com"})",
      R"({"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"})",
  };
  struct Column {
    std::string_view principal;
    std::vector<std::string_view> expected;  // in the order of the elements
  };
  const std::vector<Column> columns = {
      {kUser,
       {"AAAAI", "AAAAI", "IIIAI", "IIIAI", "AAAAI", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA",
        "IIIEA", "AAAAI", "IIIEA"}},
      {kRoleSession,
       {"AAAAI", "AAAAI", "IIIAI", "IIIAI", "IIIEA", "AIIAI", "AAAAI", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA",
        "IIIEA", "IIIEA", "IIIEA"}},
      {kRole,
       {"AAAAI", "AAAAI", "IIIAI", "IIIAI", "IIIEA", "AIIAI", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA",
        "IIIEA", "IIIEA", "IIIEA"}},
      {kFederated,
       {"AAAAI", "AAAAI", "IIIAI", "IIIAI", "AIIAI", "IIIEA", "IIIEA", "AAAAI", "IIIEA", "IIIEA", "IIIEA", "IIIEA",
        "IIIEA", "AIIAI", "IIIEA"}},
      // The root user may do everything in its account: it has no identity policies and no boundary.
      {kRoot,
       {"AAAAA", "AAAAA", "AAAAA", "AAAAA", "AAIEA", "AAIEA", "AAIEA", "AAIEA", "AAIEA", "AAIEA", "AAIEA", "AAIEA",
        "AAIEA", "AAIEA", "AAIEA"}},
      // Services, providers and anonymous requests have no identity policies: only the resource's policy allows.
      {kService,
       {"AAAII", "AAAII", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "AAAII", "IIIEA", "IIIEA", "IIIEA",
        "IIIEA", "AAAII", "IIIEA"}},
      {kSaml,
       {"AAAII", "AAAII", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "AAAII", "IIIEA", "IIIEA",
        "IIIEA", "IIIEA", "IIIEA"}},
      {kAnonymous,
       {"AAAII", "AAAII", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA", "IIIEA",
        "IIIEA", "IIIEA", "IIIEA"}},
  };
  std::vector<PrincipalRow> rows;
  for (const auto& column : columns) {
    EXPECT_EQ(column.expected.size(), std::size(kElements));
    for (std::size_t i = 0; i < column.expected.size(); ++i)
      rows.push_back({column.principal, kElements[i], column.expected[i]});
  }
  return rows;
}

TEST(Conformance, EveryFormOfAPrincipal) {
  const auto of_resource = [](std::string_view effect, std::string_view name, std::string_view element) {
    return std::vector{policy(document(R"({"Effect":")" + std::string(effect) + R"(","Action":"*","Resource":"*",")" +
                                       std::string(name) + "\":" + std::string(element) + "}"),
                              PolicyKind::kResource)};
  };
  for (const auto& row : principal_rows()) {
    std::vector<Layers> worlds(5);
    for (std::size_t i = 0; i < 3; ++i) worlds[i].resource = of_resource("Allow", "Principal", row.element);
    worlds[1].boundary = saying(Says::kUnrelated);
    worlds[2].session = saying(Says::kUnrelated);
    worlds[3].identity = {allow_all()};
    worlds[3].resource = of_resource("Deny", "NotPrincipal", row.element);
    worlds[4].resource = of_resource("Allow", "NotPrincipal", row.element);
    for (std::size_t i = 0; i < worlds.size(); ++i)
      EXPECT_EQ(letter(Engine(std::move(worlds[i])), request({.principal = row.principal})), row.expected[i])
          << row.principal << " " << row.element << " world " << i;
  }
}

TEST(Evaluate, SomeResourcesMustLetInThemselves) {
  struct Row {
    std::string_view action, resource, element;
    bool granted;
    char expected;
  };
  constexpr std::string_view kKey = "arn:aws:kms:eu-west-1:111122223333:key/k";
  constexpr std::string_view kTarget = "arn:aws:iam::111122223333:role/Target";
  constexpr std::string_view kNamesAccount = R"({"AWS":"111122223333"})";
  constexpr std::string_view kNamesUser = R"({"AWS":"arn:aws:iam::111122223333:user/Ann"})";
  constexpr std::string_view kNamesOther = R"({"AWS":"arn:aws:iam::111122223333:user/Bob"})";
  // reference_policies_evaluation-logic.html: "role trust policies and KMS key policies are exceptions".
  for (const Row& row :
       {Row{"kms:Decrypt", kKey, "", true, 'I'}, Row{"kms:Decrypt", kKey, kNamesAccount, true, 'A'},
        Row{"kms:Decrypt", kKey, kNamesAccount, false, 'I'}, Row{"kms:Decrypt", kKey, kNamesUser, false, 'A'},
        Row{"kms:Decrypt", kKey, kNamesOther, true, 'I'}, Row{"kms:ListAliases", "*", "", true, 'A'},
        Row{"sts:AssumeRole", kTarget, "", true, 'I'}, Row{"sts:AssumeRole", kTarget, kNamesAccount, true, 'A'},
        Row{"sts:AssumeRole", kTarget, kNamesAccount, false, 'I'},
        Row{"sts:AssumeRole", kTarget, kNamesUser, false, 'A'}, Row{"sts:GetCallerIdentity", "*", "", true, 'A'},
        Row{"sqs:SendMessage", kQueue, kNamesOther, true, 'A'}}) {
    Layers layers;
    if (row.granted) layers.identity = {allow_all()};
    if (!row.element.empty())
      layers.resource = {
          policy(document(R"({"Effect":"Allow","Action":"*","Principal":)" + std::string(row.element) + "}"),
                 PolicyKind::kResource)};
    EXPECT_EQ(letter(Engine(std::move(layers)), request({.action = row.action, .resource = row.resource})),
              row.expected)
        << row.action << " " << row.element << " " << row.granted;
  }
}

TEST(Evaluate, EachLevelOfScpsMustAllow) {
  const PolicyHandle nothing = saying(Says::kUnrelated)[0];
  const PolicyHandle deny = saying(Says::kDeny)[0];
  const auto verdict = [](std::vector<std::vector<PolicyHandle>> levels, std::string_view principal = kUser) {
    Layers layers;
    layers.identity = {allow_all()};
    layers.service_control = std::move(levels);
    return letter(Engine(std::move(layers)), request({.principal = principal}));
  };
  EXPECT_EQ(verdict({}), 'A');
  EXPECT_EQ(verdict({{allow_all()}, {allow_all()}, {allow_all()}}), 'A');
  EXPECT_EQ(verdict({{allow_all()}, {nothing}, {allow_all()}}), 'I');
  EXPECT_EQ(verdict({{allow_all()}, {}, {allow_all()}}), 'I');
  EXPECT_EQ(verdict({{allow_all()}, {nothing, allow_all()}, {allow_all()}}), 'A');
  EXPECT_EQ(verdict({{allow_all()}, {allow_all()}, {allow_all(), deny}}), 'E');
  EXPECT_EQ(verdict({{nothing}}, kRoot), 'I') << "SCPs limit the root user of a member account";
  EXPECT_EQ(verdict({{nothing}}, "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForSupport/x"), 'A');
  EXPECT_EQ(verdict({{deny}}, "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"),
            'A');
}

/// reference_policies_elements_notprincipal.html, "Specifying NotPrincipal with Deny".
TEST(Evaluate, NotPrincipalCannotSpareAPrincipalWithABoundary) {
  const auto verdict = [](std::vector<PolicyHandle> boundary, std::string_view principal) {
    Layers layers;
    layers.identity = {allow_all()};
    layers.boundary = std::move(boundary);
    layers.resource = {policy(document(R"({"Effect":"Deny","Action":"*","Resource":"*","NotPrincipal":{"AWS":[
        "arn:aws:iam::111122223333:user/Ann","arn:aws:iam::111122223333:root"]}})"),
                              PolicyKind::kResource)};
    return letter(Engine(std::move(layers)), request({.principal = principal}));
  };
  EXPECT_EQ(verdict({}, kUser), 'A');
  EXPECT_EQ(verdict({allow_all()}, kUser), 'E');
  EXPECT_EQ(verdict({allow_all()}, kRoleSession), 'E');
  EXPECT_EQ(verdict({allow_all()}, kRoot), 'A');
}

TEST(Evaluate, AUniqueIdIsComparedWithTheUserId) {
  Layers layers;
  layers.resource = {policy(document(R"({"Effect":"Allow","Action":"*","Resource":"*",
                                         "Principal":{"AWS":["AIDACKCEVSQ6C2EXAMPLE","AROACKCEVSQ6C2EXAMPLE"]}})"),
                            PolicyKind::kResource)};
  const Engine engine(std::move(layers));
  EXPECT_EQ(letter(engine, request({}, context_of({{"aws:userid", {"AIDACKCEVSQ6C2EXAMPLE"}}}))), 'A');
  EXPECT_EQ(
      letter(engine, request({.principal = kRoleSession}, context_of({{"aws:userid", {"AROACKCEVSQ6C2EXAMPLE:ann"}}}))),
      'A');
  EXPECT_EQ(letter(engine, request({}, context_of({{"aws:userid", {"AIDACKCEVSQ6C2EXAMPLE2"}}}))), 'I');
  EXPECT_EQ(letter(engine, request({})), 'I');
  const auto decision = engine.decide(request({}, Context(Rest::kUnknown)));
  EXPECT_EQ(decision.verdict, Verdict::kDependsOn);
  EXPECT_EQ(decision.depends_on, std::vector<std::string>{"aws:userid"});
}

/// Named by its role for certain, and perhaps by its unique id, which alone a session policy does not limit.
TEST(Evaluate, TheFormInWhichOneIsNamedMayBeWhatIsUnknown) {
  Layers layers;
  layers.session = {statements("")};
  layers.resource = {policy(document(R"({"Effect":"Allow","Action":"*","Resource":"*",
      "Principal":{"AWS":["arn:aws:iam::111122223333:role/Deploy","AROACKCEVSQ6C2EXAMPLE"]}})"),
                            PolicyKind::kResource)};
  const Decision decision =
      Engine(std::move(layers)).decide(request({.principal = kRoleSession}, Context(Rest::kUnknown)));
  EXPECT_EQ(decision.verdict, Verdict::kDependsOn);
  EXPECT_EQ(decision.depends_on, std::vector<std::string>{"aws:userid"});
}

TEST(Evaluate, EachEndpointPolicyHangsOnItsOwn) {
  const auto endpoint = [](std::string_view condition) {
    return policy(
        document(R"({"Effect":"Allow","Principal":"*","Action":"*","Resource":"*")" + std::string(condition) + "}"),
        PolicyKind::kResource);
  };
  Layers layers;
  layers.identity = {allow_all()};
  layers.endpoint = {endpoint(""), endpoint(R"(,"Condition":{"StringEquals":{"a:b":"1"}})")};
  const Decision decision = Engine(std::move(layers)).decide(request({}, Context(Rest::kUnknown)));
  EXPECT_EQ(decision.verdict, Verdict::kDependsOn);
  EXPECT_EQ(decision.depends_on, std::vector<std::string>{"a:b"}) << "the first allows, the second has to as well";
  ASSERT_EQ(decision.statements.size(), 1U);
  EXPECT_EQ(decision.statements[0].policy, 1U);
}

TEST(Evaluate, TheAccountIsTheResourcesUnlessItIsSaid) {
  Layers layers;
  layers.identity = {allow_all()};
  const Engine engine(std::move(layers));
  EXPECT_EQ(letter(engine, request({.resource = "arn:aws:sqs:eu-west-1:444455556666:q", .account = ""})), 'I');
  EXPECT_EQ(letter(engine, request({.resource = "arn:aws:sqs:eu-west-1:444455556666:q"})), 'A');
  EXPECT_EQ(letter(engine, request({.resource = "arn:aws:s3:::b", .account = ""})), 'A');
  EXPECT_EQ(letter(engine, request({.resource = "arn:aws:s3:::b", .account = kOtherAccount})), 'I');
}

TEST(Evaluate, RefusesWordsThatAreNone) {
  const auto code = [](std::string_view principal, std::string_view action, std::string_view resource) {
    const auto made = Request::make({principal, action, resource}, Context(Rest::kAbsent));
    return made ? std::string("made") : made.error().field;
  };
  EXPECT_EQ(code(kUser, "s3:GetObject", "*"), "made");
  for (const std::string_view principal :
       {"", "Ann", "arn:aws:iam::111122223333:group/G", "arn:aws:iam::1:user/A", "arn:aws:sts::111122223333:x/y",
        "arn:aws:sts::111122223333:assumed-role/OnlyRole", "arn:aws:iam::111122223333:user/", "a b.c"})
    EXPECT_EQ(code(principal, "s3:GetObject", "*"), "principal") << principal;
  for (const std::string_view action : {"", "GetObject", ":x", "s3:"}) EXPECT_EQ(code(kUser, action, "*"), "action");
  for (const std::string_view resource : {"", "bucket", "arn:aws:s3", "arn:*"})
    EXPECT_EQ(code(kUser, "s3:GetObject", resource), "resource") << resource;
}

}  // namespace

std::size_t test::count_layer_cases() {
  std::size_t count = 0;
  for (const auto& group : groups()) count += group.rows.size() * 2 * 9;
  return count;
}
std::size_t test::count_principal_cases() { return principal_rows().size() * 5; }

}  // namespace ag::iam
