#include "cli/yaml.hpp"

#include <gtest/gtest.h>

namespace ag::cli {
namespace {

TEST(Yaml, WritesObjectsAndListsAsBlocks) {
  const json::value value =
      json::parse(R"({"items":[{"id":"req_1","accounts":["a","b"],"can":{"end":true},"none":[],"start":null},
                                                     {"id":"req_2","accounts":[["x",1],{}]}],"next":null})");
  EXPECT_EQ(to_yaml(value),
            "items:\n"
            "  - id: req_1\n"
            "    accounts:\n"
            "      - a\n"
            "      - b\n"
            "    can:\n"
            "      end: true\n"
            "    none: []\n"
            "    start: null\n"
            "  - id: req_2\n"
            "    accounts:\n"
            "      - - x\n"
            "        - 1\n"
            "      - {}\n"
            "next: null\n");
}

TEST(Yaml, QuotesWhatAParserCouldTakeForSomethingElse) {
  for (const std::string text : {"",     "no",
                                 "Yes",  "null",
                                 "~",    "333344445555",
                                 "1.5",  "-1",
                                 ".5",   "2026-11-25T14:00:00Z",
                                 "0x1f", "12:30",
                                 "true", "OFF",
                                 "- a",  "a: b",
                                 "a #b", "a:",
                                 " a",   "a ",
                                 "#a",   "&a",
                                 "*a",   "!a",
                                 "|",    ">",
                                 "%a",   "@a",
                                 "`a",   "'a",
                                 "\"a",  "[a",
                                 "{a",   "a\nb",
                                 "a\tb", "a\x1b",
                                 "<<",   "="}) {
    const std::string yaml = to_yaml(json::value(text));
    EXPECT_EQ(yaml.front(), '"') << yaml;
    EXPECT_EQ(json::parse(yaml).get_string(), text);  // a double-quoted scalar of ours is a JSON string too
  }
}

TEST(Yaml, LeavesOrdinaryWordsPlain) {
  for (const std::string text : {"active", "prod-payments", "arn:aws:sso:::permissionSet/x", "/Workloads/Prod",
                                 "it's ok", "Zoë", "a#b", "none"}) {
    EXPECT_EQ(to_yaml(json::value(text)), text + "\n");
  }
}

TEST(Yaml, LetsNoControlCharacterThrough) {
  const std::string yaml =
      to_yaml(json::value("a\xc2\x9b"
                          "b\xe2\x80\xae"));
  EXPECT_EQ(yaml, "\"a\\u009bb\\u202e\"\n");
}

}  // namespace
}  // namespace ag::cli
