#include "base/json_memory.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ag {
namespace {

using namespace std::string_literals;

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

// What parse_json makes of it, in canonical form, or the error's code.
std::string canonical_of(std::string_view text) {
  const auto value = parse_json(text);
  return value ? canonical_json(*value) : value.error().code;
}

TEST(ParseJson, TakesEveryKindOfValue) {
  EXPECT_EQ(canonical_of(R"( {"s":"x","n":null,"t":true,"f":false,"i":-7,"a":[1,[]],"o":{}} )"),
            R"({"a":[1,[]],"f":false,"i":-7,"n":null,"o":{},"s":"x","t":true})");
  EXPECT_EQ(canonical_of("7"), "7");
  EXPECT_EQ(canonical_of("\t\n\r \"x\" \n"), "\"x\"");
}

TEST(ParseJson, RefusesAMemberGivenTwice) {
  for (const char* text : {R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"([{"x":{"a":1,"a":2}}])",
                           R"({"a":1,"\u0061":2})", R"({"":1,"":2})"}) {
    const auto value = parse_json(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, "duplicate_member") << text;
  }
  EXPECT_EQ(parse_json(R"({"who":1,"who":2})").error().field, "who");
}

TEST(ParseJson, QuotesALongNameWithoutCuttingACharacter) {
  const std::string name = std::string(63, 'x') + "\xc3\xa9";
  EXPECT_EQ(parse_json("{\"" + name + "\":1,\"" + name + "\":2}").error().message,
            "\"" + std::string(63, 'x') + "\" is given twice in one object");
}

TEST(ParseJson, LivesInTheMemoryThatItIsGiven) {
  json::monotonic_resource memory;
  const auto value = parse_json_in(&memory, R"({"a":[{"b":"a text that is too long to be inside of its value"}]})");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->storage().get(), &memory);
  EXPECT_EQ(value->at("a").at(0).storage().get(), &memory);
  EXPECT_EQ(*value, *parse_json(canonical_json(*value)));
  EXPECT_EQ(parse_json_in(&memory, R"({"a":1,"a":2})").error().code, "duplicate_member");
}

TEST(ParseJson, TakesTheSameNameInDifferentObjects) {
  EXPECT_EQ(canonical_of(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})"),
            R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})");
}

TEST(ParseJson, GoesThirtyTwoDeepAndNoDeeper) {
  EXPECT_TRUE(parse_json(nested(32)));
  EXPECT_EQ(canonical_of(nested(33)), "invalid_json");
  EXPECT_EQ(canonical_of(std::string(1'000'000, '[')), "invalid_json");
  std::string objects;
  for (int i = 0; i < 33; ++i) objects += R"({"a":)";
  EXPECT_EQ(canonical_of(objects + "1" + std::string(33, '}')), "invalid_json");
}

TEST(ParseJson, RefusesFractionsAndLargeNumbersUnlessAskedFor) {
  for (const char* text : {"1.5", "1.0", "1e2", "-0.0", "1E400", "9223372036854775808", "-9223372036854775809",
                           "123456789012345678901234567890"}) {
    EXPECT_EQ(canonical_of(text), "invalid_json") << text;
  }
  EXPECT_EQ(parse_json("1762000000.123", Numbers::kAny)->get_double(), 1762000000.123);
  EXPECT_EQ(parse_json("9223372036854775808", Numbers::kAny)->get_uint64(), 9223372036854775808U);
  EXPECT_EQ(canonical_of("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(canonical_of("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(canonical_of("-0"), "0");
}

TEST(ParseJson, RefusesInvalidUtf8) {
  for (const char* bytes : {"\x80", "\xc0\x80", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    EXPECT_EQ(canonical_of("\""s + bytes + "\""), "invalid_json");
    EXPECT_EQ(canonical_of("{\""s + bytes + "\":1}"), "invalid_json");
  }
  EXPECT_EQ(canonical_of(R"("\ud800")"), "invalid_json");
  EXPECT_EQ(canonical_of(R"("\udc00\ud800")"), "invalid_json");
}

TEST(ParseJson, RefusesWhatIsNotOneValue) {
  for (const std::string& text :
       {""s,           " "s,        "{"s,       "["s,       "\""s,        "{\"a\""s, "{\"a\":"s, "{\"a\":1"s,
        "[1"s,         "tru"s,      "nul"s,     "-"s,       "1 2"s,       "{}{}"s,   "{}x"s,     "[1,]"s,
        "{\"a\":1,}"s, "{a:1}"s,    "{'a':1}"s, "01"s,      "+1"s,        ".5"s,     "NaN"s,     "Infinity"s,
        "// x\n1"s,    "/* x */1"s, "\"\n\""s,  "\"\\x\""s, "\"\\u12\""s, "1\0"s,    "\0"s,      "\xef\xbb\xbf{}"s}) {
    EXPECT_EQ(canonical_of(text), "invalid_json") << text;
  }
}

TEST(ParseJson, SaysWhere) {
  EXPECT_NE(parse_json(R"({"a":1,})").error().message.find("byte 7"), std::string::npos)
      << parse_json(R"({"a":1,})").error().message;
}

TEST(ParseJson, GivesEveryPrefixOfADocumentAnError) {
  const std::string text = R"({"a":[1,-2,true,null,"\u00e9\n"],"b":{"c":""}})";
  ASSERT_TRUE(parse_json(text));
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_EQ(canonical_of(text.substr(0, length)), "invalid_json") << text.substr(0, length);
  }
}

// RFC 8785 §3.2.3: sorted by UTF-16 code units, in which a surrogate pair comes before U+FB33.
TEST(CanonicalJson, SortsTheSampleOfRfc8785) {
  const std::string sample =
      R"({"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",)"
      R"("1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control",)"
      R"("\u00f6":"Latin Small Letter O With Diaeresis"})";
  EXPECT_EQ(canonical_of(sample),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
            "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\","
            "\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
}

// RFC 8785 §3.2.2.2, the string of its example.
TEST(CanonicalJson, EscapesAsRfc8785) {
  EXPECT_EQ(canonical_of(R"("\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/")"),
            "\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
  EXPECT_EQ(canonical_of(R"("\u0000\u0001\u0008\u0009\u000a\u000b\u000c\u000d\u001f\u007f")"),
            "\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\x7f\"");
}

TEST(CanonicalJson, SortsNamesAsNumbersOfBytesNotAsPeopleDo) {
  EXPECT_EQ(canonical_of(R"({"b":1,"a":2,"B":3,"aa":4,"":5,"10":6,"9":7})"),
            R"({"":5,"10":6,"9":7,"B":3,"a":2,"aa":4,"b":1})");
}

// A sequence that is the same everywhere (SplitMix64).
std::uint64_t next(std::uint64_t& state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

json::value some_value(std::uint64_t& state, int depth) {
  static const std::vector<std::string> kTexts = {"",   "a",  "b",   "\xc3\xa9", "\xf0\x9f\x98\x80", "\xef\xac\xb3",
                                                  "\n", "\"", "\x01"};
  const std::string& text = kTexts[next(state) % kTexts.size()];
  switch (next(state) % (depth > 3 ? 3 : 5)) {
    case 0: return static_cast<std::int64_t>(next(state));
    case 1: return json::value(json::string(text));
    case 2: return nullptr;
    case 3: {
      json::array array;
      for (auto i = next(state) % 4; i > 0; --i) array.push_back(some_value(state, depth + 1));
      return array;
    }
    default: {
      json::object object;
      for (auto i = next(state) % 5; i > 0; --i)
        object[kTexts[next(state) % kTexts.size()] + text] = some_value(state, depth + 1);
      return object;
    }
  }
}

TEST(CanonicalJson, IsReadBackAsTheSameValueAndWrittenTheSameAgain) {
  std::uint64_t state = 6;
  for (int i = 0; i < 5'000; ++i) {
    const json::value value = some_value(state, 0);
    const std::string bytes = canonical_json(value);
    const auto parsed = parse_json(bytes);
    ASSERT_TRUE(parsed) << bytes;
    ASSERT_EQ(*parsed, value) << bytes;
    ASSERT_EQ(canonical_json(*parsed), bytes);
  }
}

TEST(CanonicalJson, HasNoPlaceForFractions) { EXPECT_DEATH(static_cast<void>(canonical_json(1.5)), "whole numbers"); }

}  // namespace
}  // namespace ag
