#pragma once
#include <string_view>

/// What can be said of two patterns without a text that they match. `*` stands for any characters, none too; `?` for
/// one. Each answer says which way it errs.
namespace ag::iam {

enum class LetterCase { kCounts, kIgnored };

/// Whether the text matches. Exact. Time is at most the product of the two lengths.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text,
                           LetterCase letter_case = LetterCase::kCounts);

/// Whether every text that `inner` matches, `outer` matches too. Never says yes where it is not so; says no of a few
/// that are covered only when several wildcards are looked at together.
[[nodiscard]] bool covers(std::string_view outer, std::string_view inner);

/// Whether some text matches both. Exact. Time is at most the product of the two lengths.
[[nodiscard]] bool overlap(std::string_view a, std::string_view b);

// ---- ARNs: segment by segment, as the evaluation compares them ----
//
// A pattern of fewer than six segments covers the rest when it ends with a star, else it fits nothing. A variable
// (`${aws:username}`) is its own text, unless said otherwise.

[[nodiscard]] bool matches_arn(std::string_view pattern, std::string_view arn);
[[nodiscard]] bool covers_arns(std::string_view outer, std::string_view inner);
/// Whether some ARN may match both: a variable may have any value.
[[nodiscard]] bool overlap_arns(std::string_view a, std::string_view b);

}  // namespace ag::iam
