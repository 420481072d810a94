#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "iam/analysis.hpp"

/// An analysis in plain words: for approvers, and for the command line.
namespace ag::iam {

/// The reasons for the level, the worst first: `can read every secret in Secrets Manager`, `may delete … (depends on
/// aws:MultiFactorAuthPresent)`. Ways that say the same with more actions are left out, and what is low too, unless
/// nothing else is to be said. At most `most`.
[[nodiscard]] std::vector<std::string> sentences(const Analysis& analysis, std::size_t most);

/// One finding as a sentence without its subject.
[[nodiscard]] std::string sentence(const Finding& finding);

/// What a facet is about: `reading credentials`.
[[nodiscard]] std::string_view title_of(Facet facet);

struct PageStyle {
  std::size_t findings_of_a_facet = 4;  ///< the others are counted
};

/// The whole page about what is called `name`; lines with a line feed each.
[[nodiscard]] std::string page(std::string_view name, const Analysis& analysis, const PageStyle& style);

}  // namespace ag::iam
