#include "base/table.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>

namespace ag {
namespace {

using Rows = std::map<int, std::string>;

Rows rows_of(const Table<int, std::string>& table) { return {table.begin(), table.end()}; }

TEST(Table, TakesBackAFirstEditAChangeAndAnErasure) {
  Table<int, std::string> table;
  table.edit(1) = "one";
  table.edit(2) = "two";
  table.keep();
  table.edit(1) = "uno";
  table.edit(3) = "three";
  table.erase(2);
  table.erase(3);
  table.erase(99);
  table.edit(2) = "again";
  EXPECT_EQ(rows_of(table), (Rows{{1, "uno"}, {2, "again"}}));
  table.take_back();
  EXPECT_EQ(rows_of(table), (Rows{{1, "one"}, {2, "two"}}));
}

TEST(Table, KeepsWhatWasKept) {
  Table<int, std::string> table;
  table.edit(1) = "one";
  table.keep();
  table.take_back();
  EXPECT_EQ(rows_of(table), (Rows{{1, "one"}}));
}

TEST(Table, TakesBackOnce) {
  Table<int, std::string> table;
  table.edit(1) = "one";
  table.take_back();
  table.edit(1) = "two";
  table.keep();
  table.take_back();
  EXPECT_EQ(rows_of(table), (Rows{{1, "two"}}));
}

TEST(Table, FindsAndBounds) {
  Table<int, std::string> table;
  table.edit(10) = "ten";
  table.edit(20) = "twenty";
  ASSERT_NE(table.find(10), nullptr);
  EXPECT_EQ(*table.find(10), "ten");
  EXPECT_EQ(table.find(11), nullptr);
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table.lower_bound(11)->first, 20);
  EXPECT_EQ(table.lower_bound(21), table.end());
}

TEST(Table, AnEditWithoutAChangeMakesTheDefault) {
  Table<int, std::string> table;
  table.edit(1);
  ASSERT_NE(table.find(1), nullptr);
  EXPECT_EQ(*table.find(1), "");
  table.take_back();
  EXPECT_EQ(table.find(1), nullptr);
}

TEST(Table, ErasesByTheKeyOfTheRowItself) {
  Table<std::string, int> table;
  table.edit(std::string(100, 'k')) = 1;
  table.keep();
  table.erase(table.begin()->first);
  EXPECT_EQ(table.size(), 0U);
  table.take_back();
  EXPECT_EQ(table.size(), 1U);
}

// The slow obvious twin: a copy of the whole map at each keep().
TEST(Table, IsAMapThatWasCopiedAtEachKeep) {
  std::uint64_t state = 1;
  const auto below = [&state](std::uint64_t n) {  // SplitMix64
    std::uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) % n;
  };
  Table<int, std::string> table;
  Rows twin;
  Rows kept;
  for (int step = 0; step < 50'000; ++step) {
    const int key = static_cast<int>(below(12));
    switch (below(10)) {
      case 0: table.keep(), kept = twin; break;
      case 1: table.take_back(), twin = kept; break;
      case 2:
      case 3:
      case 4: table.erase(key), twin.erase(key); break;
      default: {
        const std::string addition = std::to_string(below(1'000)) + ",";
        table.edit(key) += addition;
        twin[key] += addition;
      }
    }
    ASSERT_EQ(rows_of(table), twin) << "step " << step;
  }
}

}  // namespace
}  // namespace ag
