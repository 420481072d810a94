#include "sandbox/company.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/json.hpp"
#include "sandbox/test_client.hpp"

namespace ag::sandbox {
namespace {

std::vector<std::string> ids_of(const Company& company) {
  std::vector<std::string> ids{company.organization_id, company.root_id, company.instance_arn,
                               company.identity_store_id};
  for (const auto& unit : company.units) ids.push_back(unit.id);
  for (const auto& account : company.accounts) ids.push_back(account.id.str());
  for (const auto& user : company.users) ids.push_back(user.id.str());
  for (const auto& group : company.groups) ids.push_back(group.id.str());
  for (const auto& membership : company.memberships) ids.push_back(membership.id);
  for (const auto& set : company.permission_sets) ids.push_back(set.arn.str());
  for (const auto& role : company.roles) ids.push_back(role.id);
  return ids;
}

TEST(Company, IsTheSameForTheSameSeed) {
  EXPECT_EQ(ids_of(grow_company(1)), ids_of(grow_company(1)));
  EXPECT_EQ(grow_company(1).standing, grow_company(1).standing);
}

TEST(Company, HasOtherIdsForAnotherSeed) {
  const auto one = ids_of(grow_company(1));
  const auto two = ids_of(grow_company(2));
  ASSERT_EQ(one.size(), two.size());
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_NE(one[i], two[i]);
}

// Other rooms' tests and documents name these ids: a change of the derivation is a change of theirs.
TEST(Company, KeepsTheIdsOfTheDefaultSeed) {
  const Company company = grow_company(1);
  EXPECT_EQ(company.identity_store_id, "d-90678c095c");
  EXPECT_EQ(company.management_account.str(), "682380894983");
}

TEST(Company, NeverGivesAnIdTwice) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto ids = ids_of(grow_company(seed));
    EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), ids.size()) << "seed " << seed;
  }
}

TEST(Company, HasTheSizeAndTheNamesThatDemosRelyOn) {
  const Company company = grow_company(1);
  EXPECT_EQ(company.users.size(), 40U);
  EXPECT_EQ(company.groups.size(), 8U);
  EXPECT_EQ(company.permission_sets.size(), 10U);
  EXPECT_EQ(company.accounts.size(), 14U);
  std::size_t suspended = 0;
  for (const auto& account : company.accounts) suspended += account.state == AccountState::kSuspended ? 1U : 0U;
  EXPECT_EQ(suspended, 1U);
  for (const auto& account : company.accounts) {
    EXPECT_EQ(account.id.str().size(), 12U);
    EXPECT_GE(account.tags.size(), 4U) << account.name;
  }
}

// What a policy can name approvers by: an owner whom nobody is called like would be nobody.
TEST(Company, SaysByTagsWhichGroupOwnsWhat) {
  const Company company = grow_company(1, {.accounts = 40, .people = 300, .permission_sets = 20});
  const auto expect_an_owner = [&](const std::vector<Tag>& tags, const std::string& of) {
    const auto owner = std::find_if(tags.begin(), tags.end(), [](const Tag& tag) { return tag.key == "owner"; });
    ASSERT_NE(owner, tags.end()) << of;
    EXPECT_NE(CompanyIndex::find(company.index.group_names, owner->value), nullptr) << of << ": " << owner->value;
  };
  for (const Account& account : company.accounts) expect_an_owner(account.tags, account.name);
  for (const PermissionSet& set : company.permission_sets) expect_an_owner(set.tags, set.name);
}

TEST(Company, HasOneHeadAndAWayUpToItFromEverybody) {
  const Company company = grow_company(1, {.accounts = 14, .people = 300, .permission_sets = 10});
  std::size_t heads = 0;
  for (const User& user : company.users) {
    const User* at = &user;
    for (int steps = 0; !at->manager.empty() && steps < 10; ++steps) {
      at = company.user(at->manager.str());
      ASSERT_NE(at, nullptr) << user.user_name << "'s managers are people";
    }
    EXPECT_EQ(at->user_name, "sven") << "from " << user.user_name;
    heads += user.manager.empty() ? 1U : 0U;
  }
  EXPECT_EQ(heads, 1U);
}

TEST(Company, GrowsBeyondTheStoryWithoutChangingIt) {
  const Company small = grow_company(1);
  const Company large = grow_company(1, {.accounts = 100, .people = 300, .permission_sets = 30});
  EXPECT_EQ(large.accounts.size(), 100U);
  EXPECT_EQ(large.users.size(), 300U);
  EXPECT_EQ(large.permission_sets.size(), 30U);
  for (std::size_t i = 0; i < small.accounts.size(); ++i) EXPECT_EQ(large.accounts[i].id, small.accounts[i].id);
  for (std::size_t i = 0; i < small.users.size(); ++i) EXPECT_EQ(large.users[i].id, small.users[i].id);
  const auto ids = ids_of(large);
  EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), ids.size());
  EXPECT_EQ(ids, ids_of(grow_company(1, {.accounts = 100, .people = 300, .permission_sets = 30})));
  EXPECT_EQ(ids_of(grow_company(1, {.accounts = 1, .people = 1, .permission_sets = 1})), ids_of(small));
  const std::string path = large.path_of_unit(large.accounts.back().parent);
  EXPECT_EQ(std::count(path.begin(), path.end(), '/'), 5) << path;
  for (const Account& account : large.accounts) EXPECT_EQ(account.tags.size(), 5U);
  for (const User& user : large.users) {
    const bool is_of_a_team = !CompanyIndex::list(large.index.memberships_of_user, user.id.str()).empty();
    EXPECT_TRUE(is_of_a_team || user.email.find("user") == std::string::npos);
  }
}

// Not timed: a quadratic one would be noticed all the same, by everybody.
TEST(Company, GrowsToTheLargestAndAnswersForAllOfIt) {
  testing::Console console(1, {.calls_per_second = 0, .page_size = 100},
                           {.accounts = 2'000, .people = 20'000, .permission_sets = 200});
  EXPECT_EQ(console.all_directory("ListUsers", "Users", {{"MaxResults", 100}}).size(), 20'000U);
  EXPECT_EQ(console.all_organization("ListAccounts", "Accounts").size(), 2'000U);
  EXPECT_EQ(console.all_sso("ListPermissionSets", "PermissionSets").size(), 200U);
  EXPECT_EQ(console.sandbox.people().size(), 20'000U);
  std::set<Slot> made;
  for (int i = 0; i < 300; ++i) {
    const Slot slot = console.slot(fmt::format("team-{:04}-prod", i + 1), fmt::format("Task-{:03}", i % 190 + 1),
                                   fmt::format("user{:05}", i * 60 + 1));
    ASSERT_EQ(console.create(slot).status, 200);
    console.wait(Behaviour{}.operation_max);
    made.insert(slot);
  }
  console.sandbox.advance(console.now);
  for (const Slot& slot : made) EXPECT_TRUE(console.sandbox.is_present(slot));
}

TEST(Company, KnowsThePeopleOfTheStory) {
  const Sandbox sandbox(1);
  std::map<std::string, Person> by_name;
  for (const Person& person : sandbox.people()) by_name[person.user_name] = person;
  ASSERT_EQ(by_name.size(), 40U);
  EXPECT_EQ(by_name["ana"].groups, (std::vector<std::string>{"Developers"}));
  EXPECT_EQ(by_name["bo"].groups, (std::vector<std::string>{"Developers", "TeamLeads"}));
  EXPECT_EQ(by_name["chen"].groups, (std::vector<std::string>{"Security"}));
  EXPECT_EQ(by_name["ana"].email, "ana@example.com");
  EXPECT_TRUE(by_name["ana"].enabled);
  EXPECT_FALSE(by_name["viktor"].enabled);
}

TEST(Company, StandsWithAdminsReadingEveryOpenAccountAndChenAuditing) {
  const Sandbox sandbox(1);
  EXPECT_TRUE(sandbox.is_present(*sandbox.slot("prod-payments", "ReadOnly", "Admins")));
  EXPECT_FALSE(sandbox.is_present(*sandbox.slot("legacy-shop", "ReadOnly", "Admins")));
  EXPECT_TRUE(sandbox.is_present(*sandbox.slot("security-audit", "SecurityAudit", "chen")));
  EXPECT_FALSE(sandbox.is_present(*sandbox.slot("prod-payments", "ProdAdmin", "ana")));
  EXPECT_EQ(sandbox.slot("prod-payments", "ReadOnly", "nobody").error().code, "not_found");
}

TEST(Company, WritesInlinePoliciesThatAwsWouldTake) {
  std::size_t inline_policies = 0;
  for (const auto& set : grow_company(1).permission_sets) {
    EXPECT_LE(set.name.size(), 32U);
    EXPECT_FALSE(set.managed_policies.empty()) << set.name;
    if (set.inline_policy.empty()) continue;
    ++inline_policies;
    const auto policy = parse_json(set.inline_policy);
    ASSERT_TRUE(policy) << set.name;
    EXPECT_EQ(policy->at("Version").as_string(), "2012-10-17");
    for (const auto& statement : policy->at("Statement").as_array()) {
      EXPECT_TRUE(statement.as_object().contains("Action") || statement.as_object().contains("NotAction"));
      EXPECT_TRUE(statement.as_object().contains("Effect"));
      EXPECT_TRUE(statement.as_object().contains("Resource"));
    }
    EXPECT_LE(set.inline_policy.size(), 10'240U);  // AWS's limit, without white space
  }
  EXPECT_GE(inline_policies, 5U);
}

}  // namespace
}  // namespace ag::sandbox
