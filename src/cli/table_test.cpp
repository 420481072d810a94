#include "cli/table.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "cli/text.hpp"

namespace ag::cli {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Table, AlignsByColumnsOnTheScreen) {
  Table table({"WHO", "STATE"});
  table.add({{"Zoë"}, {"active"}});
  table.add({{"東京太郎"}, {"pending"}});
  EXPECT_EQ(table.render({}),
            "WHO       STATE\n"
            "Zoë       active\n"
            "東京太郎  pending\n");
}

TEST(Table, ShowsADashForNothing) {
  Table table({"A", "B"});
  table.add({{""}, {"x"}});
  EXPECT_EQ(lines_of(table.render({}))[1], "-  x");
}

TEST(Table, CutsLongCellsOnATerminalOnly) {
  Table table({"ID", "REASON"});
  const std::string reason(200, 'r');
  table.add({{"req_1"}, {reason}});
  EXPECT_EQ(lines_of(table.render({}))[1], "req_1  " + reason);
  const auto lines = lines_of(table.render({.width = 40}));
  EXPECT_EQ(display_width(lines[1]), 40U);
  EXPECT_TRUE(lines[1].starts_with("req_1  rrr"));
  EXPECT_TRUE(lines[1].ends_with("…"));
}

TEST(Table, LeavesCellsReadableOnATerminalThatIsTooNarrow) {
  Table table({"ONE", "TWO"});
  table.add({{"aaaaaaaaaaaaaaaa"}, {"bbbbbbbbbbbbbbbb"}});
  EXPECT_EQ(lines_of(table.render({.width = 5}))[1], "aaaaaaa…  bbbbbbb…");
}

TEST(Table, LetsNoControlCharacterOfACellReachTheTerminal) {
  Table table({"REASON"});
  table.add({{"x\x1b]0;title\a\ny"}});
  EXPECT_EQ(lines_of(table.render({.colour = Colour::kNever})).size(), 2U);
  EXPECT_EQ(table.render({}).find('\x1b'), std::string::npos);
}

TEST(Table, PaintsWithoutMovingTheColumns) {
  Table table({"STATE", "WHO"});
  table.add({{"active", Tone::kGood}, {"ana"}});
  EXPECT_EQ(lines_of(table.render({.colour = Colour::kAnsi}))[1], "\x1b[32mactive\x1b[0m  ana");
  EXPECT_EQ(lines_of(table.render({}))[1], "active  ana");
}

}  // namespace
}  // namespace ag::cli
