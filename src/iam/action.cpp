#include "iam/action.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace ag::iam {
namespace {

// Action elements have no variables: ${…} is text there.
constexpr LanguageVersion kNoVariables = LanguageVersion::k2008;

struct Gathered {
  std::vector<std::string> names;
  std::vector<std::string> globs;
};

}  // namespace

Result<ActionName> ActionName::parse(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size())
    return fail("invalid_action", fmt::format("{}: an action is written service:name", excerpt(text)), "action");
  ActionName action;
  action.lower_ = to_lower(text);
  action.colon_ = colon;
  action.service_hash_ = hash_of(action.service());
  action.name_hash_ = hash_of(action.name());
  return action;
}

ActionPatterns::ActionPatterns(const PatternElement& element) : sense_(element.sense) {
  std::map<std::string, Gathered, std::less<>> by_service;
  for (const auto& pattern : element.patterns) {
    const std::string lower = to_lower(pattern);
    const auto colon = lower.find(':');
    const auto wildcard = lower.find_first_of("*?");
    if (lower == "*" || lower == "*:*") {
      everything_ = true;
    } else if (colon == std::string::npos || wildcard < colon) {
      loose_.emplace_back(lower, kNoVariables, Wildcards::kSpecial);
    } else {
      Gathered& gathered = by_service[lower.substr(0, colon)];
      (wildcard == std::string::npos ? gathered.names : gathered.globs).push_back(lower.substr(colon + 1));
    }
  }
  const auto size_of = [](const auto& list) { return static_cast<std::uint32_t>(list.size()); };
  for (auto& [name, gathered] : by_service) {
    Service service{hash_of(name), name, size_of(names_), 0, size_of(globs_), 0};
    for (auto& text : gathered.names) names_.push_back({hash_of(text), std::move(text)});
    std::ranges::sort(names_.begin() + service.names_begin, names_.end(), {}, &Name::hash);
    for (const auto& text : gathered.globs) globs_.emplace_back(text, kNoVariables, Wildcards::kSpecial);
    service.names_end = size_of(names_);
    service.globs_end = size_of(globs_);
    services_.push_back(std::move(service));
  }
  std::ranges::sort(services_, {}, &Service::hash);
}

bool ActionPatterns::covers(const ActionName& action) const {
  if (everything_) return true;
  static const Context kNothing(Rest::kAbsent);
  const auto fits_text = [](std::string_view text) {
    return [text](const Pattern& pattern) { return pattern.match(text, kNothing) == Truth::kYes; };
  };
  for (auto at = std::ranges::lower_bound(services_, action.service_hash(), {}, &Service::hash);
       at != services_.end() && at->hash == action.service_hash(); ++at) {
    if (at->name != action.service()) continue;
    const auto names_end = names_.begin() + at->names_end;
    for (auto name =
             std::ranges::lower_bound(names_.begin() + at->names_begin, names_end, action.name_hash(), {}, &Name::hash);
         name != names_end && name->hash == action.name_hash(); ++name) {
      if (name->text == action.name()) return true;
    }
    if (std::any_of(globs_.begin() + at->globs_begin, globs_.begin() + at->globs_end, fits_text(action.name())))
      return true;
  }
  return std::ranges::any_of(loose_, fits_text(action.text()));
}

bool ActionPatterns::applies(const ActionName& action) const {
  return covers(action) == (sense_ == Sense::kIs) && sense_ != Sense::kAbsent;
}

}  // namespace ag::iam
