#include "access/levels.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "access/set_analysis.hpp"

namespace ag::access {
namespace {

constexpr std::size_t kReasonsTold = 2;  // the others are in the analysis

/// By arn before name: whoever may name permission sets must not be able to take another's level.
const DeclaredLevel* declared(const Policy& policy, const PermissionSet& set) {
  for (const auto* name : {&set.arn.str(), &set.name}) {
    if (const auto it = policy.levels.find(*name); it != policy.levels.end()) return &it->second;
  }
  return nullptr;
}

/// What is not known of it counts as high.
Level found_level(const SetAnalysis& analysis) {
  return analysis.unread.empty() ? analysis.level : std::max(analysis.level, Level::kHigh);
}

/// By somebody who has looked at all that it may allow. What is not known may be anything: it can be another policy
/// tomorrow, and nobody here would see it.
bool is_lowered(const DeclaredLevel& said, const SetAnalysis& analysis) {
  const Level most = analysis.unread.empty() ? analysis.level : Level::kCritical;
  return said.level < found_level(analysis) && said.instead_of && most <= *said.instead_of;
}

std::string place_of(const DeclaredLevel& said) {
  return said.line == 0 ? "the policy" : fmt::format("line {} of the policy", said.line);
}

std::string found_words(const SetAnalysis& analysis) {
  std::string text = fmt::format("{} by what it allows", name_of(analysis.level));
  const auto told = std::min(analysis.allows.size(), kReasonsTold);
  for (std::size_t i = 0; i < told; ++i) text += fmt::format("{} {}", i == 0 ? ": it" : ", it", analysis.allows[i]);
  return text;
}

std::string unread_words(const SetAnalysis& analysis) {
  if (analysis.unread.empty()) return "";
  return fmt::format("; not all of it is known, which counts as high: {}", analysis.unread.front());
}

}  // namespace

Level level_of(const Policy& policy, const PermissionSet& set) {
  const DeclaredLevel* said = declared(policy, set);
  if (set.analysis == nullptr) return said == nullptr ? Level::kHigh : said->level;
  const Level found = found_level(*set.analysis);
  if (said == nullptr) return found;
  return is_lowered(*said, *set.analysis) ? said->level : std::max(found, said->level);
}

std::string reason_of_level(const Policy& policy, const PermissionSet& set) {
  const DeclaredLevel* said = declared(policy, set);
  const std::string declaration =
      said == nullptr ? "" : fmt::format("declared {} in {}", name_of(said->level), place_of(*said));
  if (set.analysis == nullptr)
    return said == nullptr ? "nobody has said what it can do: that counts as high" : declaration;
  const SetAnalysis& analysis = *set.analysis;
  const std::string found = found_words(analysis) + unread_words(analysis);
  if (said == nullptr || said->level == found_level(analysis)) return found;
  if (is_lowered(*said, analysis)) return fmt::format("{}, although {}", declaration, found);
  if (said->level > found_level(analysis)) return fmt::format("{}; {}", declaration, found);
  return fmt::format("{}; that it is {} does not lower it", found, declaration);
}

std::optional<Level> level_ignored(const Policy& policy, const PermissionSet& set) {
  const DeclaredLevel* said = declared(policy, set);
  if (said == nullptr || set.analysis == nullptr) return std::nullopt;
  const Level found = found_level(*set.analysis);
  return said->level < found && !is_lowered(*said, *set.analysis) ? std::optional(found) : std::nullopt;
}

}  // namespace ag::access
