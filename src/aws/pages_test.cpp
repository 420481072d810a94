#include "aws/pages.hpp"

#include <gtest/gtest.h>

namespace ag::aws {
namespace {

Group group(std::string id) { return {GroupId(std::move(id)), "", ""}; }

TEST(Pages, GoOnThroughEmptyPagesUntilThereIsNoToken) {
  std::vector<std::string> asked;
  const auto items = all_pages(ListGroups{IdentityStoreId("d-1"), ""}, [&](const Call& call) -> AwsResult<Reply> {
    const auto& list = std::get<ListGroups>(call);
    EXPECT_EQ(list.store.str(), "d-1");
    asked.push_back(list.token);
    if (list.token.empty()) return Groups{{group("a")}, "t1"};
    if (list.token == "t1") return Groups{{}, "t2"};
    return Groups{{group("b")}, ""};
  });
  ASSERT_TRUE(items);
  EXPECT_EQ(items->size(), 2U);
  EXPECT_EQ(asked, (std::vector<std::string>{"", "t1", "t2"}));
}

TEST(Pages, StopAtATokenThatComesTwice) {
  int calls = 0;
  const auto items = all_pages(ListGroups{}, [&](const Call&) -> AwsResult<Reply> {
    return Groups{{group("a")}, ++calls % 2 == 0 ? "x" : "y"};
  });
  ASSERT_FALSE(items);
  EXPECT_EQ(items.error().code, "RepeatedToken");
  EXPECT_EQ(calls, 3);
}

TEST(Pages, AreBounded) {
  int calls = 0;
  const auto next_page = [&](const Call&) -> AwsResult<Reply> { return Groups{{}, std::to_string(++calls)}; };
  EXPECT_EQ(all_pages(ListGroups{}, next_page).error().code, "TooManyPages");
  EXPECT_EQ(calls, static_cast<int>(kMaxPages));
  calls = 0;
  EXPECT_EQ(all_pages(ListGroups{}, next_page, PageGuard(3)).error().code, "TooManyPages");
  EXPECT_EQ(calls, 3);
}

TEST(Pages, GiveNoHalfLists) {
  int calls = 0;
  const auto items = all_pages(ListGroups{}, [&](const Call&) -> AwsResult<Reply> {
    if (++calls == 1) return Groups{{group("a")}, "t"};
    return std::unexpected(AwsError{.kind = ErrorClass::kThrottled, .code = "ThrottlingException"});
  });
  ASSERT_FALSE(items);
  EXPECT_EQ(items.error().kind, ErrorClass::kThrottled);
}

}  // namespace
}  // namespace ag::aws
