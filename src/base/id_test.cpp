#include "base/id.hpp"

#include <gtest/gtest.h>

#include <type_traits>
#include <unordered_set>

namespace ag {
namespace {

using AccountId = Id<struct AccountKind>;
using UserId = Id<struct UserKind>;

template <class A, class B>
concept Comparable = requires(const A& a, const B& b) { a == b; };

TEST(Id, OfOneKindNeverMeetsOneOfAnother) {
  static_assert(Comparable<AccountId, AccountId>);
  static_assert(!Comparable<AccountId, UserId>);
  static_assert(!std::is_convertible_v<AccountId, UserId>);
  static_assert(!std::is_constructible_v<AccountId, UserId>);
  static_assert(!std::is_convertible_v<std::string, AccountId>, "a text becomes an id only when it is said");
  EXPECT_NE(AccountId("a"), AccountId("b"));
}

TEST(Id, OrdersAsItsText) {
  EXPECT_LT(AccountId("10"), AccountId("9"));
  EXPECT_LT(AccountId(), AccountId("0"));
  EXPECT_GT(AccountId("b"), AccountId("a"));
}

TEST(Id, WithoutTextIsNone) {
  EXPECT_TRUE(AccountId().empty());
  EXPECT_TRUE(AccountId("").empty());
  EXPECT_FALSE(AccountId("x").empty());
}

TEST(Id, HashesAsItsText) {
  std::unordered_set<AccountId> ids = {AccountId("1"), AccountId(std::string("2"))};
  EXPECT_TRUE(ids.contains(AccountId(std::string_view("1"))));
  EXPECT_FALSE(ids.contains(AccountId("3")));
}

}  // namespace
}  // namespace ag
