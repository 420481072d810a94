// The policies that people begin with, docs/policies/*.yaml, and the pieces of docs/policy.md.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "access/organization.hpp"
#include "access/policy.hpp"
#include "access/test_policy.hpp"
#include "base/codec.hpp"
#include "base/json.hpp"

namespace ag::access {
namespace {

using test::told;

std::string document(std::string_view name) {
  std::ifstream in(std::string(AG_SOURCE_DIR) + "/docs/" + std::string(name));
  EXPECT_TRUE(in.good()) << name;
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

class PolicyDocuments : public testing::TestWithParam<std::string_view> {};

TEST_P(PolicyDocuments, ParseWithoutAWarningAndFitTheirOrganization) {
  const std::string name = "policies/" + std::string(GetParam());
  const auto policy = parse_policy(document(name + ".yaml"));
  ASSERT_TRUE(policy) << told(policy.error());
  EXPECT_TRUE(policy->warnings.empty()) << told(policy->warnings);
  EXPECT_GE(policy->expectations.size(), 5U);

  const auto text = parse_json(document(name + ".organization.json"));
  ASSERT_TRUE(text) << text.error().message;
  auto snapshot = from_json<Snapshot>(*text);
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  const Organization organization(std::move(*snapshot));
  ASSERT_TRUE(organization.known());
  EXPECT_EQ(told(check_names(*policy, organization)), "");
}

INSTANTIATE_TEST_SUITE_P(OfDocs, PolicyDocuments, testing::Values("startup", "company", "bank", "platform", "tags"),
                         [](const auto& info) { return std::string(info.param); });

TEST(PolicyPage, IsOnePolicyInPieces) {
  const std::string page = document("policy.md");
  constexpr std::string_view kBegin = "\n```yaml\n";
  std::string pieces;
  int count = 0;
  for (auto at = page.find(kBegin); at != std::string::npos; at = page.find(kBegin, at)) {
    at += kBegin.size();
    pieces += page.substr(at, page.find("\n```", at) + 1 - at);
    ++count;
  }
  EXPECT_EQ(count, 7);
  const auto policy = parse_policy(pieces);
  ASSERT_TRUE(policy) << told(policy.error());
  EXPECT_TRUE(policy->warnings.empty()) << told(policy->warnings);
  EXPECT_EQ(policy->guardrails.size(), 3U);
}

}  // namespace
}  // namespace ag::access
