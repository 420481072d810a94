#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace ag {

/// The candidate that is fewest edits away from `text`, when that is near enough to be a slip of the fingers.
[[nodiscard]] std::optional<std::string> nearest(std::string_view text, const std::vector<std::string>& candidates);

/// Whether `text` fits `pattern`, in which `*` stands for any characters, none too. Letter case counts.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text);

/// ASCII letters in lower case; others as they are.
[[nodiscard]] std::string to_lower(std::string_view text);

/// The same for whoever reads it: without letter case, of any script, the forms that Unicode has beside the usual ones
/// (NFKC_Casefold), invisible characters, and white space around it. What is not UTF-8 has its ASCII letters lowered.
[[nodiscard]] std::string folded(std::string_view text);

/// One line for a person to read: valid UTF-8, no control characters, no invisible or direction-changing code points
/// (they could make one text look like another), between `min` and `max` characters after trimming white space;
/// what shows nothing does not count.
/// Returns it trimmed. Error codes `too_short`, `too_long`, `invalid_characters`; `field` as given.
struct LineLimits {
  std::size_t min = 0;
  std::size_t max = 0;
};
[[nodiscard]] Result<std::string> one_line(std::string_view text, LineLimits limits, std::string_view field);

/// The code points of a text, or nothing when it is not valid UTF-8.
[[nodiscard]] std::optional<std::u32string> decode_utf8(std::string_view text);

/// The beginning of a text from outside, to be quoted in a message: at most 64 bytes, valid UTF-8 without a code point
/// cut in half; every byte is replaced by `?` that is not, and every control or invisible character.
[[nodiscard]] std::string excerpt(std::string_view text);

}  // namespace ag
