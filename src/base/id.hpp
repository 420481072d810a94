#pragma once
#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace ag {

/// An identifier that cannot be taken for one of another kind: an AccountId never meets a UserId.
/// Compares and orders as its text. An empty one means "none".
template <class Kind>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}
  explicit Id(std::string_view text) : text_(text) {}
  explicit Id(const char* text) : text_(text) {}

  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

  auto operator<=>(const Id&) const = default;

 private:
  std::string text_;
};

}  // namespace ag

template <class Kind>
struct std::hash<ag::Id<Kind>> {
  std::size_t operator()(const ag::Id<Kind>& id) const { return std::hash<std::string>{}(id.str()); }
};
