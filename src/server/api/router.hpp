#pragma once
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "server/socket/listener.hpp"

/// Finds the function for a request, and takes a request apart for it.
namespace ag::server {

/// A request's target, decoded.
struct Target {
  std::vector<std::string> segments;  ///< of the path
  std::map<std::string, std::string> query;
};
/// Error code `invalid_request`: bad percent-encoding, a parameter that is given twice, too many of them.
[[nodiscard]] Result<Target> parse_target(std::string_view target);

/// Parameters out of the path, as `{id}`, and the query.
struct Parameters {
  std::map<std::string, std::string, std::less<>> path;
  std::map<std::string, std::string> query;

  [[nodiscard]] std::optional<std::string> get(const std::string& name) const;
  /// Refuses parameters that are not known to this route: a mistyped filter must not answer as if it were not there.
  [[nodiscard]] Result<void> only(std::initializer_list<std::string_view> known) const;
  /// `true` or `false`. Error code `invalid_value`.
  [[nodiscard]] Result<bool> flag(const std::string& name) const;
  /// A whole number within bounds. Error code `invalid_value`.
  [[nodiscard]] Result<std::int64_t> number(const std::string& name, std::int64_t fallback, std::int64_t least,
                                            std::int64_t most) const;
};

template <class Handle>
class Router {
 public:
  struct Route {
    std::string method;
    std::vector<std::string> pattern;  ///< segments; `{name}` takes any one
    std::string label;                 ///< the pattern as text, for metrics
    Handle handle;
  };
  struct Match {
    const Route* route = nullptr;
    Parameters parameters;
    std::set<std::string> allowed;  ///< methods of the path, when only the method does not fit
  };

  void add(std::string method, std::string pattern, Handle handle) {
    auto segments = parse_target(pattern)->segments;
    routes_.push_back({std::move(method), std::move(segments), std::move(pattern), std::move(handle)});
  }

  [[nodiscard]] Match find(std::string_view method, const Target& target) const {
    Match match;
    match.parameters.query = target.query;
    // A path that is written out is none of an id: GET of one that takes POST alone is told so.
    const bool is_written_out = std::any_of(routes_.begin(), routes_.end(),
                                            [&](const Route& route) { return route.pattern == target.segments; });
    for (const auto& route : routes_) {
      if (is_written_out && route.pattern != target.segments) continue;
      auto path = fits(route.pattern, target.segments);
      if (!path) continue;
      // HEAD is answered as GET; the socket layer leaves the body out.
      if (route.method != (method == "HEAD" ? "GET" : method)) {
        match.allowed.insert(route.method);
        continue;
      }
      match.route = &route;
      match.parameters.path = std::move(*path);
      return match;
    }
    return match;
  }

 private:
  static std::optional<std::map<std::string, std::string, std::less<>>> fits(const std::vector<std::string>& pattern,
                                                                             const std::vector<std::string>& segments) {
    if (pattern.size() != segments.size()) return std::nullopt;
    std::map<std::string, std::string, std::less<>> found;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i].starts_with('{')) found[pattern[i].substr(1, pattern[i].size() - 2)] = segments[i];
      else if (pattern[i] != segments[i]) return std::nullopt;
    }
    return found;
  }
  std::vector<Route> routes_;
};

}  // namespace ag::server
