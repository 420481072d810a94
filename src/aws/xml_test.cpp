#include "aws/xml.hpp"

#include <gtest/gtest.h>

namespace ag::aws {
namespace {

TEST(Xml, ReadsElementsAndText) {
  const auto root =
      parse_xml("<?xml version=\"1.0\"?><a x=\"1\"><b>one &lt; &#x4e8c;</b><c><d/></c><b>two</b>tail</a>");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->name, "a");
  EXPECT_EQ(root->text, "tail");
  EXPECT_EQ(root->text_of("b"), "one < 二");
  EXPECT_NE(root->child("c")->child("d"), nullptr);
  EXPECT_EQ(root->child("e"), nullptr);
  EXPECT_EQ(root->children.size(), 3U);
}

TEST(Xml, RefusesDocumentTypesAndTheirEntities) {
  EXPECT_FALSE(parse_xml("<!DOCTYPE a><a/>"));
  EXPECT_FALSE(parse_xml("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>"));
  EXPECT_FALSE(parse_xml("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>"));
}

TEST(Xml, HasBounds) {
  const auto nested = [](std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += "<a>";
    for (std::size_t i = 0; i < depth; ++i) text += "</a>";
    return text;
  };
  EXPECT_TRUE(parse_xml(nested(16)));
  EXPECT_FALSE(parse_xml(nested(17)));
  std::string wide = "<a>";
  for (int i = 0; i < 10'000; ++i) wide += "<b/>";
  EXPECT_FALSE(parse_xml(wide + "</a>"));
}

TEST(Xml, RefusesWhatIsNotWellFormed) {
  for (const auto* text : {"", "text", "<a>", "<a></b>", "<a/><b/>", "<a>\xff</a>", "<a>&nope;</a>"}) {
    EXPECT_EQ(parse_xml(text).error().code, "invalid_xml") << text;
  }
}

}  // namespace
}  // namespace ag::aws
