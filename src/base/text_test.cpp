#include "base/text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ag {
namespace {

using namespace std::string_literals;

TEST(Nearest, FindsTheSlipOfTheFingers) {
  const std::vector<std::string> names = {"production", "staging", "sandbox"};
  EXPECT_EQ(nearest("prodcution", names), "production");
  EXPECT_EQ(nearest("STAGING", names), "staging");
  EXPECT_EQ(nearest("stagin", names), "staging");
  EXPECT_EQ(nearest("billing-archive", names), std::nullopt);
  EXPECT_EQ(nearest("", names), std::nullopt);
  EXPECT_EQ(nearest("production", {}), std::nullopt);
  EXPECT_EQ(nearest(std::string(1'000'000, 'x'), {std::string(1'000'000, 'x')}), std::nullopt) << "never a long search";
}

// The slow obvious twin.
bool matches_slowly(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    return matches_slowly(pattern.substr(1), text) || (!text.empty() && matches_slowly(pattern, text.substr(1)));
  }
  return !text.empty() && pattern.front() == text.front() && matches_slowly(pattern.substr(1), text.substr(1));
}

std::vector<std::string> words_over(std::string_view letters, std::size_t longest) {
  std::vector<std::string> words = {""};
  for (std::size_t i = 0; i < words.size() && words[i].size() < longest; ++i) {
    for (const char letter : letters) words.push_back(words[i] + letter);
  }
  return words;
}

TEST(Glob, IsTheObviousOneOnEveryShortPatternAndText) {
  const auto texts = words_over("ab*", 4);
  for (const auto& pattern : words_over("ab*", 5)) {
    for (const auto& text : texts) {
      ASSERT_EQ(matches_glob(pattern, text), matches_slowly(pattern, text)) << pattern << " on " << text;
    }
  }
}

TEST(Glob, CountsLetterCaseAndKnowsNoOtherSign) {
  EXPECT_TRUE(matches_glob("prod-*", "prod-eu"));
  EXPECT_FALSE(matches_glob("Prod-*", "prod-eu"));
  EXPECT_FALSE(matches_glob("prod-?", "prod-1"));
  EXPECT_FALSE(matches_glob("prod", "prod-1"));
}

TEST(Glob, ManyStarsTakeNoLongerThanTheirProduct) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(matches_glob(pattern + "b", std::string(20'000, 'a')));
}

TEST(Text, LowersAsciiOnly) { EXPECT_EQ(to_lower("ABCxyz0-\xc3\x89"), "abcxyz0-\xc3\x89"); }

std::string encode(char32_t point) {
  const auto byte = [](char32_t n) { return static_cast<char>(n); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xc0 | point >> 6), byte(0x80 | (point & 0x3f))};
  if (point < 0x10000) return {byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 0x3f)), byte(0x80 | (point & 0x3f))};
  return {byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 0x3f)), byte(0x80 | (point >> 6 & 0x3f)),
          byte(0x80 | (point & 0x3f))};
}

TEST(Text, FoldsWhatReadsTheSame) {
  EXPECT_EQ(folded(" Ana@Example.COM "), "ana@example.com");
  EXPECT_EQ(folded("\xc3\x84"), folded("a\xcc\x88"));
  EXPECT_EQ(folded("stra\xc3\x9f"
                   "e"),
            "strasse");
  EXPECT_EQ(folded("a\xe2\x80\x8b"
                   "b"),
            "ab");
  EXPECT_EQ(folded(" A\xff "), "a\xff") << "not UTF-8";
  EXPECT_EQ(folded(""), "");
}

TEST(Folded, OfAsciiIsWhatUnicodeSaysOfIt) {
  // Beside a letter that is not ASCII the slow way is taken.
  for (char c = 0;; ++c) {
    const std::string around = std::string("x") + c + "Y";
    EXPECT_EQ(folded(around + "\xc3\xa9"), folded(around) + "\xc3\xa9") << static_cast<int>(c);
    if (c == 0x7f) break;
  }
}

TEST(Utf8, DecodesEveryCodePointAndNoSurrogate) {
  for (char32_t point = 0; point < 0x110000; ++point) {
    const auto decoded = decode_utf8(encode(point));
    if (point >= 0xd800 && point <= 0xdfff) ASSERT_FALSE(decoded);
    else ASSERT_EQ(decoded, std::u32string(1, point));
  }
  EXPECT_FALSE(decode_utf8(encode(0x110000)));
}

TEST(Utf8, RefusesBrokenAndOverlongForms) {
  for (const char* bytes : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xc3",
                            "\xe2\x82", "\xf0\x9f\x98", "\xc3\x28", "\xe2\x28\xa1", "\xfe", "\xff", "a\x80"}) {
    EXPECT_FALSE(decode_utf8(bytes));
  }
}

TEST(OneLine, TrimsAndCountsCharactersNotBytes) {
  EXPECT_EQ(one_line(" \t\r\n fix it \n", {1, 6}, "reason"), "fix it");
  EXPECT_EQ(one_line("\xc3\xa9\xc3\xa9", {2, 2}, "reason"), "\xc3\xa9\xc3\xa9");
  EXPECT_EQ(one_line("   ", {0, 5}, "reason"), "");
}

TEST(OneLine, DoesNotCountWhatShowsNothing) {
  for (const std::string blank : {"\xe3\x85\xa4" /* Hangul filler */, "\xe2\xa0\x80" /* Braille blank */,
                                  "\xcd\x8f" /* grapheme joiner */, "\xef\xb8\x8f" /* variation selector */}) {
    EXPECT_FALSE(one_line(blank + blank, {1, 9}, "reason"));
    EXPECT_FALSE(one_line("a" + blank, {2, 9}, "reason"));
    EXPECT_TRUE(one_line("a" + blank, {1, 9}, "reason"));
  }
}

TEST(OneLine, NamesTheFieldAndTheLimit) {
  const auto code = [](std::string_view text, LineLimits limits) {
    const auto line = one_line(text, limits, "reason");
    EXPECT_FALSE(line);
    EXPECT_EQ(line.error().field, "reason");
    return line.error().code;
  };
  EXPECT_EQ(code("", {1, 5}), "too_short");
  EXPECT_EQ(code(" abc ", {4, 5}), "too_short");
  EXPECT_EQ(code("abcdef", {1, 5}), "too_long");
}

TEST(OneLine, RefusesWhatCannotBeSeen) {
  for (const std::string& text : {"a\nb"s, "a\tb"s, "a\0b"s, "a\x1b[31mb"s, "a\x7f"s, "a\xc2\x85"s /* next line */,
                                  "a\xe2\x80\x8b"s /* zero-width space */,
                                  "a\xe2\x80\xae"s /* right-to-left override */, "a\xe2\x81\xa6"s /* isolate */,
                                  "\xef\xbb\xbf"s /* byte order mark */, "a\xf3\xa0\x81\x81"s /* tag */, "a\xff"s}) {
    const auto line = one_line(text, {0, 100}, "reason");
    ASSERT_FALSE(line) << text;
    EXPECT_EQ(line.error().code, "invalid_characters");
  }
}

TEST(Excerpt, IsShortAndReadable) {
  EXPECT_EQ(excerpt("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(excerpt(""), "");
  EXPECT_EQ(excerpt("a\nb\x1b\0c"s), "a?b??c");
  EXPECT_EQ(excerpt("a\xff\xc3z\xe2\x82"), "a??z??");
  EXPECT_EQ(excerpt("a\xe2\x80\xae"
                    "b"),
            "a?b");
  EXPECT_EQ(excerpt(std::string(1'000, 'x')), std::string(64, 'x'));
  EXPECT_EQ(excerpt(std::string(63, 'x') + "\xc3\xa9"), std::string(63, 'x')) << "no code point is cut in half";
}

}  // namespace
}  // namespace ag
