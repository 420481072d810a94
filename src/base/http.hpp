#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ag {

/// Header fields in the order they came; names compare without regard to case (RFC 9110 §5.1).
class HttpHeaders {
 public:
  using Field = std::pair<std::string, std::string>;

  HttpHeaders() = default;
  HttpHeaders(std::initializer_list<Field> fields) : fields_(fields) {}

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }

  /// The first field of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const {
    const auto same_letter = [](char a, char b) { return lower(a) == lower(b); };
    for (const auto& [field, value] : fields_) {
      if (std::equal(field.begin(), field.end(), name.begin(), name.end(), same_letter)) return value;
    }
    return std::nullopt;
  }

  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }
  [[nodiscard]] std::size_t size() const { return fields_.size(); }

 private:
  static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
  std::vector<Field> fields_;
};

/// One HTTP request as a value: what the AWS client sends, what the API and the sandbox are given.
struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  ///< path and query as on the wire, still percent-encoded
  HttpHeaders headers;
  std::string body;
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
};

}  // namespace ag
