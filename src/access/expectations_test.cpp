#include "access/expectations.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "access/test_index.hpp"
#include "base/json.hpp"

namespace ag::access {
namespace {

using test::a_company;

// Wednesday, 2026-01-07T12:00:00Z
constexpr Instant kNoon = Instant::from_seconds(1'767'787'200);

constexpr std::string_view kPolicy = R"(
windows:
  office: {days: mon-fri, from: "08:00", to: "18:00", zone: Europe/Berlin}
rules:
  - {id: look, who: {groups: [Developers]}, what: [ReadOnly], where: [all], max: 8h, approval: nobody}
  - {id: long, who: {groups: [Developers]}, what: [Deploy], where: [all], min: 1h, max: 4h, approval: lead, during: [office]}
  - {id: two, who: {users: [ana]}, what: [ProdAdmin], where: [all], max: 2h, approval: two}
approval_policies:
  nobody: {steps: []}
  lead: {steps: [{any_of: [{group: TeamLeads}]}]}
  two: {steps: [{any_of: [{group: TeamLeads}, {group: Security}], need: 2}]}
)";

ExpectationResult result_of(std::string_view expectation, Instant now = kNoon) {
  const auto index =
      test::index_of(fmt::format("{}expect:\n  - {{{}}}\n", kPolicy, expectation), test::shared(a_company()));
  const auto all = check(index, now);
  AG_ASSERT(all.size() == 1);
  return all.front();
}
bool passes(std::string_view expectation, Instant now = kNoon) { return result_of(expectation, now).passed; }

TEST(Expectation, IsHeldAgainstTheVerdict) {
  EXPECT_TRUE(passes("who: ana, what: ReadOnly, where: play, allow: true"));
  EXPECT_FALSE(passes("who: ana, what: ReadOnly, where: play, allow: false"));
  EXPECT_TRUE(passes("who: cleo, what: ReadOnly, where: play, allow: false"));
  EXPECT_FALSE(passes("who: cleo, what: ReadOnly, where: play"));
  EXPECT_FALSE(passes("who: ana, what: ReadOnly, where: old")) << "the account is suspended";
}

TEST(Expectation, ThatSomebodyMayNotHaveSomethingIsOfEveryRoad) {
  const auto index = test::index_of(
      fmt::format("{}guardrails:\n  - {{id: never, where: [all], what: [SecurityAudit], forbid: true}}\n"
                  "break_glass: {{who: {{groups: [Oncall]}}, what: [PowerUser, SecurityAudit], where: [all], max: 30m, "
                  "notify: [Security], review_within: 2h}}\n"
                  "expect:\n"
                  "  - {{who: ben, what: PowerUser, where: play, allow: false}}\n"
                  "  - {{who: ben, what: PowerUser, where: play, for: 1h, allow: false}}\n"
                  "  - {{who: ben, what: SecurityAudit, where: play, allow: false}}\n"
                  "  - {{who: ben, what: PowerUser, where: old, allow: false}}\n"
                  "  - {{who: ana, what: PowerUser, where: play, allow: false}}\n"
                  "  - {{who: ben, what: PowerUser, where: play}}\n",
                  kPolicy),
      test::shared(a_company()));
  const auto all = check(index, kNoon);
  ASSERT_EQ(all.size(), 6U);
  EXPECT_FALSE(all[0].passed);
  EXPECT_EQ(all[0].actual,
            "refused: no rule lets ben ask for PowerUser in play; but break_glass (line 15) opens it at once, without "
            "approval, for 30m at most, with a review within 2h");
  EXPECT_TRUE(all[1].passed) << "not for an hour";
  EXPECT_TRUE(all[2].passed) << "a guardrail forbids it, to break-glass too";
  EXPECT_TRUE(all[3].passed) << "the account is suspended";
  EXPECT_TRUE(all[4].passed) << "it is not for ana";
  EXPECT_FALSE(all[5].passed) << "to be allowed is to be let ask, by a rule";
  EXPECT_NE(all[5].actual.find("but break_glass (line 15)"), std::string::npos);
}

TEST(Expectation, OfADisabledPersonIsThatNothingIsAllowed) {
  const auto index = test::index_of(fmt::format("{}expect:\n  - {{who: ana, what: ReadOnly, where: play}}\n"
                                                "  - {{who: ana, what: ReadOnly, where: play, allow: false}}\n",
                                                kPolicy),
                                    test::shared(a_company().with_disabled("ana")));
  const auto all = check(index, kNoon);
  EXPECT_FALSE(all.at(0).passed);
  EXPECT_TRUE(all.at(1).passed);
  EXPECT_EQ(all.at(0).actual, "refused: ana is disabled in the directory");
}

TEST(Expectation, SaysWhatIsSoAndWhere) {
  const auto wrong = result_of("who: cleo, what: ReadOnly, where: play, for: 1h, at: \"02:00\"");
  EXPECT_EQ(wrong.line, 14);
  EXPECT_EQ(wrong.expected, "cleo may have ReadOnly in play for 1h at 02:00");
  EXPECT_EQ(wrong.actual, "refused: no rule lets cleo ask for ReadOnly in play");
  const auto right = result_of("who: ana, what: ProdAdmin, where: play, approvers: 2, rule: two");
  EXPECT_TRUE(right.passed);
  EXPECT_EQ(right.expected, "ana may have ProdAdmin in play, under two, when 2 agree");
  EXPECT_EQ(right.actual, "allowed under two (line 8), when 2 agree");
}

TEST(Expectation, CountsWhoMustAgreeAndNamesTheRule) {
  EXPECT_TRUE(passes("who: ana, what: ReadOnly, where: play, approvers: 0, rule: look"));
  EXPECT_FALSE(passes("who: ana, what: ReadOnly, where: play, approvers: 1"));
  EXPECT_FALSE(passes("who: ana, what: ReadOnly, where: play, rule: two"));
  EXPECT_FALSE(passes("who: ana, what: ProdAdmin, where: play, approvers: 1"));
}

TEST(Expectation, OfNoLengthIsForTheShortestThatIsOpen) {
  EXPECT_TRUE(passes("who: ana, what: Deploy, where: play")) << "an hour, by the rule's own min";
  EXPECT_FALSE(passes("who: ana, what: Deploy, where: play, for: 30m"));
  EXPECT_TRUE(passes("who: ana, what: Deploy, where: play, for: 4h"));
  EXPECT_FALSE(passes("who: ana, what: Deploy, where: play, for: 5h"));
}

TEST(Expectation, IsForTheNextSuchMomentInItsZone) {
  EXPECT_TRUE(passes("who: ana, what: Deploy, where: play, at: \"12:00\""));
  const Instant friday = kNoon + Duration::hours(48);
  EXPECT_TRUE(passes("who: ana, what: Deploy, where: play, at: \"12:00\"", friday)) << "now is such a moment";
  EXPECT_FALSE(passes("who: ana, what: Deploy, where: play, at: \"11:59\"", friday)) << "that is Saturday";
  EXPECT_FALSE(passes("who: ana, what: Deploy, where: play, at: \"02:00\""));
  EXPECT_TRUE(passes("who: ana, what: Deploy, where: play, at: \"08:00\", zone: Europe/Berlin"));
  EXPECT_FALSE(passes("who: ana, what: Deploy, where: play, at: \"06:59\""));
  EXPECT_TRUE(passes("who: ana, what: Deploy, where: play, at: \"07:00\"")) << "eight in Berlin";
  EXPECT_FALSE(passes("who: ana, what: Deploy, where: play, at: \"sat 10:00\""));
  EXPECT_TRUE(passes("who: ana, what: Deploy, where: play, at: \"wed 10:00\"")) << "in a week";
  EXPECT_FALSE(passes("who: ana, what: Deploy, where: play, at: \"2026-01-10T10:00:00Z\"")) << "a Saturday";
  EXPECT_TRUE(passes("who: ana, what: Deploy, where: play, at: \"2026-01-09T10:00:00Z\""));
  const Instant summer = parse_rfc3339("2026-07-01T00:00:00Z").value();
  EXPECT_TRUE(passes("who: ana, what: Deploy, where: play, at: \"06:30\"", summer)) << "half past eight in Berlin";
}

TEST(Expectation, AboutWhatIsNotThereFailsWhateverItSays) {
  for (const auto* allow : {"true", "false"}) {
    EXPECT_FALSE(passes(fmt::format("who: ann, what: ReadOnly, where: play, allow: {}", allow)));
    EXPECT_FALSE(passes(fmt::format("who: ana, what: ReadOnyl, where: play, allow: {}", allow)));
    EXPECT_FALSE(passes(fmt::format("who: ana, what: ReadOnly, where: plai, allow: {}", allow)));
  }
  EXPECT_EQ(result_of("who: ann, what: ReadOnly, where: play").actual,
            "there is no user \"ann\"; did you mean \"ana\"?");
}

TEST(Expectation, AboutWhoIsDisabledIsRefused) {
  EXPECT_TRUE(passes("who: gone, what: ReadOnly, where: play, allow: false"));
  EXPECT_FALSE(passes("who: gone, what: ReadOnly, where: play"));
}

// ---- the policies of the documentation -------------------------------------------------------------------

std::string file(const std::string& name) {
  std::ifstream in(std::string(AG_SOURCE_DIR) + "/docs/policies/" + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

class DocumentedPolicy : public testing::TestWithParam<std::string_view> {};

TEST_P(DocumentedPolicy, IsWhatItExpectsOfItself) {
  const std::string name(GetParam());
  auto parsed = parse_policy(file(name + ".yaml"));
  ASSERT_TRUE(parsed) << test::told(parsed.error());
  const auto document = parse_json(file(name + ".organization.json"));
  ASSERT_TRUE(document) << document.error().message;
  auto snapshot = from_json<Snapshot>(*document);
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  const PolicyIndex index(std::make_shared<const Policy>(std::move(*parsed)),
                          std::make_shared<const Organization>(std::move(*snapshot)));
  const auto results = check(index, kNoon);
  EXPECT_GE(results.size(), 5U);
  for (const auto& it : results)
    EXPECT_TRUE(it.passed) << name << ".yaml:" << it.line << ": " << it.expected << "\n  " << it.actual;
}

INSTANTIATE_TEST_SUITE_P(Docs, DocumentedPolicy, testing::Values("startup", "company", "bank", "platform", "tags"));

}  // namespace
}  // namespace ag::access
