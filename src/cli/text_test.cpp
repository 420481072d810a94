#include "cli/text.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace ag::cli {
namespace {

TEST(Printable, ShowsWhatCouldMoveTheCursorOrChangeAColour) {
  EXPECT_EQ(printable("red \x1b[31m alert\a"), "red \\x1b[31m alert\\x07");
  EXPECT_EQ(printable("two\nlines\r\tand"), "two\\nlines\\r\\tand");
  EXPECT_EQ(printable(std::string_view("nul\0byte", 8)), "nul\\x00byte");
  EXPECT_EQ(printable("c1 \xc2\x9b"
                      "31m"),
            "c1 \\u{9b}31m");  // CSI in one code point
}

TEST(Printable, ShowsWhatCouldMakeOneTextLookLikeAnother) {
  EXPECT_EQ(printable("ana\xe2\x80\xaenimda"), "ana\\u{202e}nimda");
  EXPECT_EQ(printable("pa\xe2\x80\x8byments"), "pa\\u{200b}yments");
}

TEST(Printable, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");                    // an overlong slash
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
}

TEST(Printable, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(printable("Zoë · 東京 🎉 it's 5 < 6"), "Zoë · 東京 🎉 it's 5 < 6");
}

TEST(PrintableLines, KeepsLinesAndTabsOnly) { EXPECT_EQ(printable_lines("a:\n\tb\x1b\r\n"), "a:\n\tb\\x1b\\r\n"); }

TEST(PrintableJson, IsTheSameDocumentWithoutDangerousBytes) {
  const json::value document = {{"reason",
                                 "a\xe2\x80\xae"
                                 "b\xc2\x9b\x7f\xf3\xa0\x80\x81"
                                 "c"},
                                {"n", 1}};
  const std::string safe = printable_json(json::serialize(document));
  EXPECT_EQ(printable(safe), safe);
  EXPECT_EQ(json::parse(safe), document);
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("Zoë…"), 4U);
  EXPECT_EQ(display_width("東京"), 4U);
  EXPECT_EQ(display_width("e\xcc\x81"), 1U);  // e and a combining acute
}

TEST(CutToWidth, NeverSplitsACharacterAndNeverExceedsTheWidth) {
  EXPECT_EQ(cut_to_width("production", 10), "production");
  EXPECT_EQ(cut_to_width("production", 5), "prod…");
  EXPECT_EQ(cut_to_width("東京タワー", 6), "東京…");
  for (std::size_t width = 0; width < 12; ++width) EXPECT_LE(display_width(cut_to_width("a東b京cタd", width)), width);
}

TEST(Wrapped, BreaksAtSpacesAndLosesNothing) {
  EXPECT_EQ(wrapped("one two three", 8), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped("production", 4), (std::vector<std::string>{"prod", "ucti", "on"}));
  EXPECT_EQ(wrapped("short", 80), std::vector<std::string>{"short"});
  EXPECT_EQ(wrapped("", 80), std::vector<std::string>{""});
  EXPECT_EQ(wrapped("a  b", 2), (std::vector<std::string>{"a", "b"}));
}

TEST(Wrapped, NeverExceedsTheWidth) {
  for (std::size_t width = 2; width < 12; ++width) {
    for (const auto& line : wrapped("a東b京 cタd  efghijklmnop q r", width)) EXPECT_LE(display_width(line), width);
  }
}

}  // namespace
}  // namespace ag::cli
