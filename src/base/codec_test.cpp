#include "base/codec.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace ag {
namespace {

enum class Colour { kRed, kGreen };
constexpr auto enum_names(Colour) { return std::array<std::string_view, 2>{"red", "green"}; }

using PersonId = Id<struct PersonKind>;

struct Address {
  std::string town;
  std::optional<std::int64_t> floor;

  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("town", self.town);
    codec("floor", self.floor);
  }
  bool operator==(const Address&) const = default;
};

struct Person {
  PersonId id;
  bool active = false;
  std::int64_t age = 0;
  Instant since;
  Duration shift;
  Colour colour = Colour::kRed;
  std::optional<std::string> mail;
  std::vector<Address> addresses;
  std::vector<std::string> tags;

  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("id", self.id);
    codec("active", self.active);
    codec("age", self.age);
    codec("since", self.since);
    codec("shift", self.shift);
    codec("colour", self.colour);
    codec("mail", self.mail);
    codec("addresses", self.addresses);
    codec("tags", self.tags);
  }
  bool operator==(const Person&) const = default;
};

Person ada() {
  return {.id = PersonId("u-1"),
          .active = true,
          .age = -36,
          .since = *parse_rfc3339("2026-11-25T14:02:07.123Z"),
          .shift = Duration::hours(8),
          .colour = Colour::kGreen,
          .mail = "ada@example.com",
          .addresses = {{"London", 3}, {"Turin", std::nullopt}},
          .tags = {"x", ""}};
}

constexpr std::string_view kAda =
    R"({"active":true,"addresses":[{"floor":3,"town":"London"},{"town":"Turin"}],"age":-36,"colour":"green",)"
    R"("id":"u-1","mail":"ada@example.com","shift":28800,"since":"2026-11-25T14:02:07.123Z","tags":["x",""]})";

// Ada with one member replaced by a piece of JSON, or with one more.
json::value ada_with(std::string_view member, std::string_view text) {
  json::value value = *parse_json(kAda);
  value.get_object()[member] = *parse_json(text, Numbers::kAny);
  return value;
}
json::value ada_without(std::string_view member) {
  json::value value = *parse_json(kAda);
  value.get_object().erase(member);
  return value;
}

TEST(Codec, WritesAndReadsEveryKindOfMember) {
  EXPECT_EQ(canonical_json(to_json(ada())), kAda);
  EXPECT_EQ(from_json<Person>(*parse_json(kAda)), ada());
}

TEST(Codec, LeavesAnEmptyOptionalOutAndTakesNullForIt) {
  Person person = ada();
  person.mail.reset();
  EXPECT_FALSE(to_json(person).get_object().contains("mail"));
  EXPECT_EQ(from_json<Person>(ada_without("mail")), person);
  EXPECT_EQ(from_json<Person>(ada_with("mail", "null")), person);
}

TEST(Codec, NamesTheMemberThatIsMissing) {
  for (const char* member : {"id", "active", "age", "since", "shift", "colour", "addresses", "tags"}) {
    const auto person = from_json<Person>(ada_without(member));
    ASSERT_FALSE(person) << member;
    EXPECT_EQ(person.error().code, "missing_field") << member;
    EXPECT_EQ(person.error().field, member);
  }
}

TEST(Codec, NamesTheMemberThatIsWrong) {
  struct Case {
    const char* member;
    const char* value;
    const char* code;
    const char* field;
  };
  const std::vector<Case> cases = {
      {"id", "7", "invalid_type", "id"},
      {"active", "1", "invalid_type", "active"},
      {"active", "null", "invalid_type", "active"},
      {"age", "\"7\"", "invalid_type", "age"},
      {"age", "7.5", "invalid_type", "age"},
      {"age", "9223372036854775808", "invalid_type", "age"},
      {"since", "1762000000", "invalid_type", "since"},
      {"since", "\"yesterday\"", "invalid_time", "since"},
      {"shift", "-1", "invalid_type", "shift"},
      {"shift", "\"8h\"", "invalid_type", "shift"},
      {"colour", "\"blue\"", "invalid_value", "colour"},
      {"colour", "1", "invalid_type", "colour"},
      {"mail", "7", "invalid_type", "mail"},
      {"addresses", "{}", "invalid_type", "addresses"},
      {"addresses", "[7]", "invalid_type", "addresses[0]"},
      {"addresses", R"([{"town":"a"},{"town":7}])", "invalid_type", "addresses[1].town"},
      {"addresses", R"([{"town":"a"},{}])", "missing_field", "addresses[1].town"},
      {"addresses", R"([{"town":"a","floor":"x"}])", "invalid_type", "addresses[0].floor"},
      {"tags", R"(["a",7])", "invalid_type", "tags[1]"},
      {"tags", "[null]", "invalid_type", "tags[0]"},
  };
  for (const auto& expected : cases) {
    const auto person = from_json<Person>(ada_with(expected.member, expected.value));
    ASSERT_FALSE(person) << expected.member << " = " << expected.value;
    EXPECT_EQ(person.error().code, expected.code) << expected.member << " = " << expected.value;
    EXPECT_EQ(person.error().field, expected.field) << expected.member << " = " << expected.value;
    EXPECT_NE(person.error().message.find(expected.field), std::string::npos) << person.error().message;
  }
}

TEST(Codec, NamesTheMemberThatIsUnknown) {
  const auto person = from_json<Person>(ada_with("nickname", "\"Countess\""));
  ASSERT_FALSE(person);
  EXPECT_EQ(person.error().code, "unknown_field");
  EXPECT_EQ(person.error().field, "nickname");
  EXPECT_NE(person.error().message.find("known are: id, active"), std::string::npos) << person.error().message;
  const auto inner = from_json<Person>(ada_with("addresses", R"([{"town":"a","flour":3,"floor":4}])"));
  ASSERT_FALSE(inner);
  EXPECT_EQ(inner.error().field, "addresses[0].flour");
}

TEST(Codec, NamesTheUnknownMemberThatStandsWhereAnOptionalOneIsLeftOut) {
  const auto address = from_json<Address>(*parse_json(R"({"town":"a","flour":3})"));
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, "unknown_field");
  EXPECT_EQ(address.error().field, "flour");
}

TEST(Codec, RefusesWhatIsNoObject) {
  const auto person = from_json<Person>(*parse_json("[]"));
  ASSERT_FALSE(person);
  EXPECT_EQ(person.error(), (Error{"invalid_type", "the body must be an object", ""}));
  EXPECT_EQ(from_json<Address>(*parse_json("7"), "home").error().field, "home");
}

TEST(Codec, EnumsBothWays) {
  EXPECT_EQ(name_of(Colour::kGreen), "green");
  EXPECT_EQ(enum_from<Colour>("red"), Colour::kRed);
  EXPECT_EQ(enum_from<Colour>("Red"), std::nullopt);
  EXPECT_EQ(enum_from<Colour>(""), std::nullopt);
}

struct Narrow {
  std::uint16_t port = 0;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("port", self.port);
  }
};

TEST(Codec, RefusesANumberOutOfTheRangeOfItsMember) {
  EXPECT_EQ(from_json<Narrow>(*parse_json(R"({"port":65535})"))->port, 65535);
  for (const char* text : {R"({"port":65536})", R"({"port":-1})"}) {
    EXPECT_EQ(from_json<Narrow>(*parse_json(text)).error().code, "invalid_type") << text;
  }
}

}  // namespace
}  // namespace ag
