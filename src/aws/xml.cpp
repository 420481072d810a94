#include "aws/xml.hpp"

#include <expat.h>
#include <fmt/format.h>

#include <limits>
#include <memory>
#include <type_traits>
#include <utility>

namespace ag::aws {
namespace {

constexpr std::size_t kMaxDepth = 16;         // an AssumeRole reply has 4
constexpr std::size_t kMaxElements = 10'000;  // an AssumeRole reply has about 12

struct Building {
  XML_Parser parser = nullptr;
  std::vector<XmlElement> open;  // from the root to the innermost
  std::size_t elements = 0;
  XmlElement root;
};

void on_start(void* data, const XML_Char* name, const XML_Char** /*attributes*/) {
  auto& building = *static_cast<Building*>(data);
  if (building.open.size() >= kMaxDepth || ++building.elements > kMaxElements) {
    XML_StopParser(building.parser, XML_FALSE);
    return;
  }
  building.open.push_back({name, {}, {}});
}

void on_end(void* data, const XML_Char* /*name*/) {
  auto& building = *static_cast<Building*>(data);
  if (building.open.empty()) return;
  XmlElement done = std::move(building.open.back());
  building.open.pop_back();
  if (building.open.empty()) building.root = std::move(done);
  else building.open.back().children.push_back(std::move(done));
}

void on_text(void* data, const XML_Char* text, int length) {
  auto& building = *static_cast<Building*>(data);
  if (!building.open.empty()) building.open.back().text.append(text, static_cast<std::size_t>(length));
}

void on_doctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  XML_StopParser(static_cast<Building*>(data)->parser, XML_FALSE);
}

}  // namespace

const XmlElement* XmlElement::child(std::string_view child_name) const {
  for (const auto& one : children) {
    if (one.name == child_name) return &one;
  }
  return nullptr;
}

std::string_view XmlElement::text_of(std::string_view child_name) const {
  const XmlElement* found = child(child_name);
  return found == nullptr ? std::string_view{} : std::string_view(found->text);
}

Result<XmlElement> parse_xml(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return fail("invalid_xml", "too long");
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(XML_ParserCreate("UTF-8"),
                                                                                             &XML_ParserFree);
  if (parser == nullptr) return fail("invalid_xml", "no memory for a parser");
  Building building{.parser = parser.get()};
  XML_SetUserData(parser.get(), &building);
  XML_SetElementHandler(parser.get(), on_start, on_end);
  XML_SetCharacterDataHandler(parser.get(), on_text);
  XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);
  if (XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE) != XML_STATUS_OK) {
    return fail("invalid_xml", fmt::format("line {}: {}", XML_GetCurrentLineNumber(parser.get()),
                                           XML_ErrorString(XML_GetErrorCode(parser.get()))));
  }
  return std::move(building.root);
}

}  // namespace ag::aws
