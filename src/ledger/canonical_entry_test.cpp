#include "ledger/canonical_entry.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace ag::ledger {
namespace {

using namespace std::string_literals;

// SplitMix64: a sequence that is the same everywhere.
class Sequence {
 public:
  explicit Sequence(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t n) { return next() % n; }

 private:
  std::uint64_t state_;
};

std::string some_text(Sequence& sequence) {
  static const std::vector<std::string> kPieces = {
      "a",    "Z",    "index", " ",    "\"",       "\\",           "\n",
      "\x01", "\x1f", "/",     "\x7f", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x94\x91",
      "\t",   "\b",   "\f",    "\r",   "\0"s,      "{}",           "\xef\xbf\xbf"};
  std::string text;
  for (std::size_t i = sequence.below(5); i > 0; --i) text += kPieces[sequence.below(kPieces.size())];
  return text;
}

json::value some_value(Sequence& sequence, int depth) {
  switch (sequence.below(depth > 4 ? 5 : 7)) {
    case 0: return nullptr;
    case 1: return sequence.below(2) == 0;
    case 2: return static_cast<std::int64_t>(sequence.next());
    case 3: return static_cast<std::int64_t>(sequence.below(20)) - 10;
    case 4: return json::value(json::string(some_text(sequence)));
    case 5: {
      json::array array;
      for (std::size_t i = sequence.below(4); i > 0; --i) array.push_back(some_value(sequence, depth + 1));
      return array;
    }
    default: {
      json::object object;
      for (std::size_t i = sequence.below(5); i > 0; --i) {
        // Mostly plain names, so that the fast way is the one that is tested.
        const std::string name =
            sequence.below(8) == 0 ? some_text(sequence) : std::string(1, static_cast<char>('a' + sequence.below(26)));
        object[name] = some_value(sequence, depth + 1);
      }
      return object;
    }
  }
}

TEST(CanonicalEntry, AcceptsWhatCanonicalJsonWrites) {
  Sequence sequence(1);
  for (int i = 0; i < 3'000; ++i) {
    const std::string bytes = canonical_json(json::object{{"index", i}, {"k", some_value(sequence, 0)}});
    const auto entry = canonical_entry(bytes);
    ASSERT_TRUE(entry) << bytes;
    ASSERT_EQ(entry->index, i) << bytes;
  }
}

TEST(CanonicalEntry, AgreesWithParsingAndWritingAgainOnAlteredBytes) {
  Sequence sequence(2);
  const std::string bytes_to_put = "\"\\{}[]:, 0129-.eEtrufalsnidxX\x01\x1f/\x7f\x80\xbf\xc0\xc3\xed\xf4\xff";
  int still_canonical = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string bytes = canonical_json(json::object{{"index", i}, {"k", some_value(sequence, 2)}});
    for (std::size_t changes = 1 + sequence.below(2); changes > 0; --changes) {
      const std::size_t at = sequence.below(bytes.size());
      const char put = bytes_to_put[sequence.below(bytes_to_put.size())];
      switch (sequence.below(4)) {
        case 0: bytes[at] = put; break;
        case 1: bytes.insert(at, 1, put); break;
        case 2: bytes.erase(at, 1); break;
        default: std::swap(bytes[at], bytes[sequence.below(bytes.size())]); break;
      }
      if (bytes.empty()) bytes = "{";
    }
    const auto slow = canonical_entry_slowly(bytes);
    ASSERT_EQ(canonical_entry(bytes), slow) << bytes;
    still_canonical += slow ? 1 : 0;
  }
  EXPECT_GT(still_canonical, 300) << "both answers have to be tried";
  EXPECT_LT(still_canonical, 20'000);
}

TEST(CanonicalEntry, AgreesWithParsingAndWritingAgainOnEdgeCases) {
  std::vector<std::string> cases = {"",
                                    "{",
                                    "{}",
                                    "[]",
                                    "1",
                                    "null",
                                    "{} ",
                                    " {}",
                                    "{}{}",
                                    R"({"a":1})",
                                    R"({"a": 1})",
                                    R"({"a":1,})",
                                    R"({,"a":1})",
                                    R"({"b":1,"a":2})",
                                    R"({"a":1,"a":2})",
                                    R"({"a":01})",
                                    R"({"a":-0})",
                                    R"({"a":0})",
                                    R"({"a":-1})",
                                    R"({"a":-})",
                                    R"({"a":1.0})",
                                    R"({"a":1e2})",
                                    R"({"a":9223372036854775807})",
                                    R"({"a":9223372036854775808})",
                                    R"({"a":-9223372036854775808})",
                                    R"({"a":-9223372036854775809})",
                                    R"({"a":99999999999999999999999})",
                                    R"({"a":"\/"})",
                                    R"({"a":"\u0041"})",
                                    R"({"a":"\u001f"})",
                                    R"({"a":"\u001F"})",
                                    R"({"a":"\u0020"})",
                                    R"({"a":"\u007f"})",
                                    R"({"a":"\u0000"})",
                                    R"({"a":"\u0008"})",
                                    R"({"a":"\u000b"})",
                                    R"({"a":"\b\f\n\r\t\"\\"})",
                                    R"({"a":"\ud83d\ude00"})",
                                    R"({"a":"\x"})",
                                    R"({"a":")",
                                    R"({"a":"\)",
                                    R"({"a":"\u00)",
                                    R"({"a)",
                                    R"({"a")",
                                    R"({"a":)",
                                    R"({"a":tru})",
                                    R"({"a":trueish})",
                                    R"({"a":nul)",
                                    R"({"a":[1,2,]})",
                                    R"({"a":[,]})",
                                    R"({"a":[1 ,2]})",
                                    R"({"":1})",
                                    R"({"a":1,"":2})",
                                    R"({"index":1.5})",
                                    R"({"index":"1"})",
                                    R"({"a":{"index":7}})",
                                    R"({"a":{"index":7},"index":8})",
                                    R"({"index":9,"z":{"index":7}})",
                                    R"({"\n":1,"a":2})",
                                    R"({"a":1,"\n":2})",
                                    "{\"\xc3\xa9\":1}",
                                    "{\"\xf0\x9f\x98\x80\":1,\"\xef\xac\xb3\":2}",
                                    "{\"\xef\xac\xb3\":2,\"\xf0\x9f\x98\x80\":1}",
                                    "{\"a\":\"\x7f\"}",
                                    "{\"a\":\"\n\"}",
                                    "{\"a\n\":1}",
                                    "{\"a\0\":1}"s,
                                    "{\"a\":\"\0\"}"s};
  // Each lead byte with each kind of second byte.
  for (int lead = 0x80; lead < 0x100; ++lead) {
    for (const int second : {0x22, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff}) {
      for (const std::string rest : {"", "\x80", "\xbf\xbf", "\x80\x41", "\x80\x80\x80"}) {
        cases.push_back("{\"a\":\"" + std::string{static_cast<char>(lead), static_cast<char>(second)} + rest + "\"}");
      }
    }
  }
  for (const std::size_t depth : {30U, 31U, 32U, 33U, 34U, 1'000'000U}) {
    cases.push_back(R"({"a":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}");
    std::string objects;
    for (std::size_t i = 0; i < std::min<std::size_t>(depth, 40); ++i) objects += R"({"a":)";
    cases.push_back(objects + "1" + std::string(std::min<std::size_t>(depth, 40), '}'));
  }
  for (const auto& bytes : cases) {
    EXPECT_EQ(canonical_entry(bytes), canonical_entry_slowly(bytes)) << bytes.substr(0, 200);
  }
}

TEST(CanonicalEntry, TellsTheIndexOfTheEntryItself) {
  EXPECT_EQ(canonical_entry(R"({"index":9,"z":{"index":7}})")->index, 9);
  EXPECT_EQ(canonical_entry(R"({"a":{"index":7}})")->index, std::nullopt);
  EXPECT_EQ(canonical_entry(R"({"index":"9"})")->index, std::nullopt);
}

}  // namespace
}  // namespace ag::ledger
