// Patterns: the fast matchers beside a slow one, and the laws between matching, covering and meeting.
#include <vector>

#include "base/text.hpp"
#include "iam/pattern.hpp"
#include "iam/wildcards.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace ag::fuzz {
namespace {

using namespace iam;

constexpr std::size_t kLongest = 60;  // bytes of a text: the slow one takes the product

/// Row by row over the pattern: how much of the text can be matched after each of its characters.
template <class Text>
bool slowly(const Text& pattern, const Text& text) {
  std::vector<bool> reached(text.size() + 1, false);
  reached[0] = true;
  for (const auto c : pattern) {
    std::vector<bool> next(text.size() + 1, false);
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (!reached[i]) continue;
      if (c == '*') {
        for (std::size_t j = i; j <= text.size(); ++j) next[j] = true;
      } else if (i < text.size() && (c == '?' || c == text[i])) {
        next[i + 1] = true;
      }
    }
    reached = std::move(next);
  }
  return reached[text.size()];
}

std::vector<std::string> six(std::string_view arn) {
  std::vector<std::string> parts(1);
  for (const char c : arn) {
    if (c == ':' && parts.size() < 6) parts.emplace_back();
    else parts.back() += c;
  }
  return parts;
}

/// Segment by segment; a pattern with fewer must end with a star.
bool arn_slowly(std::string_view pattern, std::string_view arn) {
  const auto wanted = six(pattern);
  const auto given = six(arn);
  if (wanted.size() > given.size()) return false;
  if (wanted.size() < given.size() && !wanted.back().ends_with('*')) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!slowly(wanted[i], given[i])) return false;
  }
  return true;
}

}  // namespace

FUZZ_TARGET(input) {
  Input in(input);
  const std::string_view a = in.text().substr(0, kLongest);
  const std::string_view b = in.text().substr(0, kLongest);
  const std::string_view text = in.rest().substr(0, kLongest);
  const std::string told = fmt::format("{} | {} | {}", a, b, text);
  const Context nothing(Rest::kAbsent);

  const bool a_fits = slowly(a, text);
  must(matches(a, text) == a_fits, "matches() is what the slow one says", told);
  const auto wide_a = decode_utf8(a);
  const auto wide_text = decode_utf8(text);
  if (wide_a && wide_text) {
    const Pattern pattern(a, LanguageVersion::k2008, Wildcards::kSpecial);
    must((pattern.match(text, nothing) == Truth::kYes) == slowly(*wide_a, *wide_text),
         "a Pattern is what the slow one says of code points", told);
  }
  if (covers(a, b) && slowly(b, text)) must(a_fits, "what covers another matches what that one does", told);
  if (a_fits && slowly(b, text)) must(overlap(a, b), "patterns that match one text meet", told);
  must(overlap(a, b) == overlap(b, a), "to meet is mutual", told);
  must(covers(a, a) || a.find('?') != std::string_view::npos, "a pattern covers itself", told);

  // ASCII: matches_arn() knows bytes, ArnPattern code points.
  for (const char c : told) {
    if (static_cast<unsigned char>(c) >= 0x80) return;
  }
  const bool a_covers_text = arn_slowly(a, text);
  if (six(text).size() == 6) {
    must((ArnPattern(a, LanguageVersion::k2008).match(Segments(text), nothing) == Truth::kYes) == a_covers_text,
         "an ArnPattern is what the slow one says", told);
    must(matches_arn(a, text) == a_covers_text, "matches_arn() is what the slow one says", told);
    if (covers_arns(a, b) && arn_slowly(b, text)) must(a_covers_text, "what covers ARNs matches them", told);
    if (a_covers_text && arn_slowly(b, text)) must(overlap_arns(a, b), "patterns that match one ARN meet", told);
  }
}

}  // namespace ag::fuzz
