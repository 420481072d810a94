#include "iam/catalogue.hpp"

#include <gtest/gtest.h>

#include <random>

#include "base/text.hpp"
#include "iam/wildcards.hpp"

namespace ag::iam {
namespace {

const Catalogue& kAws = Catalogue::built_in();

/// What each_match() has to give, found by looking at every action.
ActionSet naive(std::string_view pattern) {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    kAws.all().each([&](ActionId id) { names.push_back(to_lower(kAws.name(id))); });
    return names;
  }();
  ActionSet set;
  const std::string low = to_lower(pattern);
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (matches(low, kNames[i])) set.add(static_cast<ActionId>(i));
  }
  return set;
}

/// A pattern as policies have them, and worse: an action's name with parts replaced by wildcards.
std::string random_pattern(std::mt19937& random) {
  std::string text = kAws.name(static_cast<ActionId>(random() % kAws.size()));
  const auto edits = random() % 4;
  for (std::size_t i = 0; i < edits; ++i) {
    const std::size_t at = random() % text.size();
    const char wildcard = random() % 4 == 0 ? '?' : '*';
    if (random() % 3 == 0) text.resize(at);
    else text.erase(at, random() % 6);
    if (wildcard == '*' || random() % 2 == 0) text.insert(std::min(at, text.size()), 1, wildcard);
    if (text.empty()) text = "*";
  }
  for (char& c : text) {
    if (random() % 5 == 0 && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return text;
}

TEST(Catalogue, HoldsWhatThePackageHolds) {
  // Of data/iam/catalogue.txt: change them with it.
  EXPECT_EQ(kAws.version(), "0.21.202609261");
  EXPECT_EQ(kAws.date(), "2026-09-26");
  EXPECT_EQ(kAws.service_count(), 456U);
  EXPECT_EQ(kAws.size(), 22'091U);
  EXPECT_EQ(kAws.all().size(), 22'091U);
  std::size_t changing = 0, tagging = 0, permissions = 0, listing = 0, links = 0, without_resource = 0, dependents = 0;
  kAws.all().each([&](ActionId id) {
    const AccessLevels levels = kAws.levels(id);
    changing += levels.changes() ? 1 : 0;
    tagging += levels.tagging ? 1 : 0;
    permissions += levels.permissions ? 1 : 0;
    listing += levels.list ? 1 : 0;
    links += kAws.resource_types(id).size();
    without_resource += kAws.resource_types(id).empty() ? 1 : 0;
    dependents += kAws.dependents(id).empty() ? 0 : 1;
  });
  EXPECT_EQ(changing, 11'357U + 719 + 425);
  EXPECT_EQ(tagging, 719U);
  EXPECT_EQ(permissions, 425U);
  EXPECT_EQ(listing, 3'719U);
  EXPECT_EQ(links, 21'931U);
  EXPECT_EQ(without_resource, 6'724U);
  EXPECT_GT(dependents, 1'500U);
}

TEST(Catalogue, FindsAnActionWhateverItsLetterCase) {
  const auto id = kAws.find("S3:getOBJECT");
  ASSERT_TRUE(id);
  EXPECT_EQ(kAws.name(*id), "s3:GetObject");
  EXPECT_TRUE(kAws.levels(*id).read);
  EXPECT_FALSE(kAws.levels(*id).changes());
  EXPECT_FALSE(kAws.find("s3:GetObjectt"));
  EXPECT_FALSE(kAws.find("s3"));
  EXPECT_FALSE(kAws.find(""));
  EXPECT_FALSE(kAws.find("nothing:GetObject"));
}

TEST(Catalogue, FindsEveryActionThatItNames) {
  kAws.all().each([](ActionId id) { ASSERT_EQ(kAws.find(kAws.name(id)), id) << kAws.name(id); });
}

TEST(Catalogue, KnowsTheResourcesAndKeysOfAnAction) {
  const auto pass_role = kAws.find("iam:PassRole").value();
  const auto types = kAws.resource_types(pass_role);
  ASSERT_EQ(types.size(), 1U);
  EXPECT_EQ(types[0].arn, "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}");
  EXPECT_TRUE(types[0].required);
  const auto keys = kAws.condition_keys(pass_role);
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[1].name, "iam:PassedToService");
  EXPECT_EQ(kAws.service_title(kAws.service_of(pass_role)), "AWS Identity and Access Management (IAM)");
}

TEST(Catalogue, APrefixIsOneRange) {
  std::vector<ActionRange> ranges;
  kAws.each_match("ec2:Describe*", [&](ActionRange range) { ranges.push_back(range); });
  ASSERT_EQ(ranges.size(), 1U);
  EXPECT_EQ(kAws.match("ec2:Describe*"), naive("ec2:Describe*"));
}

TEST(Catalogue, OddPatternsMatchWhatTheyMatchAsText) {
  for (const std::string_view pattern : {"*", "**", "*:*", "s3:*", "s*:Get*", "?3:GetObject", "s3:", ":", "", "s3*",
                                         "*Object", "s3:Get*:x", "s3:GetObject*", "*:GetObject", "s3:?etObject",
                                         "S3:*ACL", "iam:*Role*Policy", "s3-object-lambda:*", "a*:b*c*d*"}) {
    EXPECT_EQ(kAws.match(pattern), naive(pattern)) << pattern;
  }
}

TEST(Catalogue, RandomPatternsMatchAsANaiveLookAtEachAction) {
  std::mt19937 random(7);
  for (int i = 0; i < 100; ++i) {
    const std::string pattern = random_pattern(random);
    ASSERT_EQ(kAws.match(pattern), naive(pattern)) << pattern;
  }
}

TEST(ActionSet, ARangeIsItsActions) {
  std::mt19937 random(11);
  for (int i = 0; i < 300; ++i) {
    const auto first = static_cast<std::uint32_t>(random() % kMostActions);
    const auto last = first + static_cast<std::uint32_t>(random() % (kMostActions - first + 1));
    ActionSet range, one_by_one;
    range.add(ActionRange{first, last});
    for (std::uint32_t at = first; at < last; ++at) one_by_one.add(static_cast<ActionId>(at));
    ASSERT_EQ(range, one_by_one) << first << ' ' << last;
    ASSERT_EQ(range.size(), last - first);
  }
}

ActionSet random_set(std::mt19937& random) {
  ActionSet set;
  for (int i = 0; i < 3; ++i) set |= kAws.match(random_pattern(random));
  return set;
}

TEST(ActionSet, KeepsTheLawsOfSets) {
  std::mt19937 random(13);
  for (int i = 0; i < 12; ++i) {
    const ActionSet a = random_set(random), b = random_set(random), c = random_set(random);
    ASSERT_EQ(a | b, b | a);
    ASSERT_EQ(a & (b | c), (a & b) | (a & c));
    ASSERT_EQ(a - (b | c), (a - b) & (a - c));
    ASSERT_EQ(a - (a - b), a & b);
    ASSERT_EQ((a - b).size() + (a & b).size(), a.size());
    ASSERT_TRUE((a & b).within(a));
    ASSERT_EQ(a.within(b), (a - b).empty());
    ASSERT_EQ(a.meets(b), !(a & b).empty());
    ActionSet again;
    a.each([&](ActionId id) { again.add(id); });
    ASSERT_EQ(again, a);
  }
}

TEST(Wildcards, MatchWholeTexts) {
  EXPECT_TRUE(matches("a*c", "abbc"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_FALSE(matches("?", ""));
  EXPECT_FALSE(matches("a", "A"));
  EXPECT_TRUE(matches("a", "A", LetterCase::kIgnored));
  EXPECT_TRUE(matches("*a*b*", "xxaxxbxx"));
  EXPECT_FALSE(matches("*a*b", "xxaxxbxx"));
}

TEST(Wildcards, CoverAndOverlapAgreeWithEachShortText) {
  std::mt19937 random(17);
  std::vector<std::string> texts = {""};
  for (std::size_t i = 0; i < texts.size() && texts[i].size() < 6; ++i) {
    for (const char c : {'a', 'b'}) texts.push_back(texts[i] + c);
  }
  const auto pattern = [&] {
    std::string made;
    for (std::size_t i = random() % 5; i > 0; --i) made += "ab*?"[random() % 4];
    return made;
  };
  for (int i = 0; i < 3'000; ++i) {
    const std::string a = pattern(), b = pattern();
    bool covered = true, common = false;
    for (const std::string& text : texts) {
      if (matches(b, text)) covered = covered && matches(a, text);
      common = common || (matches(a, text) && matches(b, text));
    }
    // Two patterns that meet at all meet in a text no longer than both together.
    if (a.size() + b.size() <= 6) {
      ASSERT_EQ(overlap(a, b), common) << a << ' ' << b;
    }
    if (covers(a, b)) {
      ASSERT_TRUE(covered) << a << ' ' << b;
    }
  }
}

}  // namespace
}  // namespace ag::iam
