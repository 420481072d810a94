#include "base/http.hpp"

#include <gtest/gtest.h>

namespace ag {
namespace {

TEST(HttpHeaders, FindsTheFirstWithoutRegardToCase) {
  HttpHeaders headers = {{"Content-Type", "text/html"}, {"X-One", "1"}};
  headers.add("content-type", "application/json");
  EXPECT_EQ(headers.find("CONTENT-TYPE"), "text/html");
  EXPECT_EQ(headers.find("x-one"), "1");
  EXPECT_EQ(headers.size(), 3U);
}

TEST(HttpHeaders, FindsNoNameThatIsOnlyTheBeginning) {
  const HttpHeaders headers = {{"X-One", "1"}};
  EXPECT_EQ(headers.find("X-On"), std::nullopt);
  EXPECT_EQ(headers.find("X-One-More"), std::nullopt);
  EXPECT_EQ(headers.find(""), std::nullopt);
}

TEST(HttpHeaders, LowersLettersOnly) {
  const HttpHeaders headers = {{"a[b", "1"}};
  EXPECT_EQ(headers.find("A{B"), std::nullopt) << "'[' and '{' differ by the bit of letter case";
}

}  // namespace
}  // namespace ag
