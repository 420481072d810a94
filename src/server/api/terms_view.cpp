#include "server/api/terms_view.hpp"

#include <fmt/format.h>

#include "access/windows.hpp"
#include "server/api/views.hpp"

namespace ag::server {
namespace {

/// A guardrail's longest time is for the whole of the access, however often it is extended.
std::optional<Duration> longest_whole(const access::Terms& terms) {
  std::optional<Duration> whole;
  for (const auto* guardrail : terms.guardrails) {
    if (guardrail->max) whole = std::min(whole.value_or(*guardrail->max), *guardrail->max);
  }
  return whole;
}

}  // namespace

json::array during_view(const access::Terms& terms, const access::Policy& policy) {
  json::array views;
  for (const auto* windows : terms.during) {
    std::vector<std::string> described;
    for (const auto& name : *windows) described.push_back(access::describe(policy.windows.at(name)));
    views.push_back(json::string(fmt::format("{}", fmt::join(described, " or "))));
  }
  return views;
}

json::array escalations_view(const access::Terms& terms) {
  json::array views;
  for (const auto& later : terms.escalations) {
    views.push_back(
        json::object{{"after_seconds", later.after.count_seconds()}, {"any_of", parties_view(later.any_of)}});
  }
  return views;
}

json::value extend_view(const access::Terms& terms) {
  const auto& extend = terms.rule->extend;
  if (!extend) return nullptr;
  const Duration by = std::min(extend->by, longest_whole(terms).value_or(extend->by));
  return json::object{{"times", extend->times}, {"by_seconds", by.count_seconds()}};
}

json::value whole_view(const access::Terms& terms) {
  const auto whole = longest_whole(terms);
  return whole && terms.rule->extend ? json::value(whole->count_seconds()) : json::value(nullptr);
}

}  // namespace ag::server
