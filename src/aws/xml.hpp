#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

/// The little XML that the query protocol answers in.
namespace ag::aws {

struct XmlElement {
  std::string name;  ///< as written; AWS uses no prefixes
  std::string text;  ///< all character data directly in it
  std::vector<XmlElement> children;

  /// The first child of that name, or null.
  [[nodiscard]] const XmlElement* child(std::string_view child_name) const;
  /// The text of that child; empty when there is none.
  [[nodiscard]] std::string_view text_of(std::string_view child_name) const;
};

/// The root element. Attributes are dropped. Refuses document types and with them all entities of one's own, more
/// than 16 levels and more than 10,000 elements. Error code `invalid_xml`.
[[nodiscard]] Result<XmlElement> parse_xml(std::string_view text);

}  // namespace ag::aws
