#include "iam/wildcards.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "base/stars.hpp"

namespace ag::iam {
namespace {

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

constexpr std::size_t kSegments = 6;

/// A pattern's segments; those that it leaves to the star at its end are stars.
struct ArnSegments {
  explicit ArnSegments(std::string_view pattern) {
    std::size_t count = 0;
    for (; count + 1 < kSegments; ++count) {
      const auto colon = pattern.find(':');
      if (colon == std::string_view::npos) break;
      part[count] = pattern.substr(0, colon);
      pattern.remove_prefix(colon + 1);
    }
    part[count] = pattern;
    fits_nothing = count + 1 < kSegments && !pattern.ends_with('*');
    while (++count < kSegments) part[count] = "*";
  }
  std::array<std::string_view, kSegments> part{};
  bool fits_nothing = false;
};

template <class Compare>
bool in_each(std::string_view a, std::string_view b, Compare compare) {
  const ArnSegments left(a);
  const ArnSegments right(b);
  if (left.fits_nothing || right.fits_nothing) return false;
  return std::ranges::equal(left.part, right.part, compare);
}

/// With a star for each variable.
std::string with_open_variables(std::string_view pattern) {
  std::string made;
  while (true) {
    const auto begin = pattern.find("${");
    const auto end = begin == std::string_view::npos ? begin : pattern.find('}', begin);
    if (end == std::string_view::npos) return made.append(pattern);
    made.append(pattern.substr(0, begin)).append(1, '*');
    pattern.remove_prefix(end + 1);
  }
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text, LetterCase letter_case) {
  if (letter_case == LetterCase::kCounts)
    return fits_stars(pattern, text, [](char p, char t) { return p == '?' || p == t; });
  return fits_stars(pattern, text, [](char p, char t) { return p == '?' || folded(p) == folded(t); });
}

bool covers(std::string_view outer, std::string_view inner) {
  // The inner pattern's wildcards are taken as characters: its star fits nothing but the outer one's star.
  return fits_stars(outer, inner, [](char o, char i) { return i != '*' && (o == '?' || (o == i)); });
}

bool overlap(std::string_view a, std::string_view b) {
  // Row i, column j: whether some text matches both a[i…] and b[j…]. From the end, one row at a time.
  std::vector<char> next(b.size() + 1);
  std::vector<char> row(b.size() + 1);
  for (std::size_t i = a.size() + 1; i-- > 0;) {
    for (std::size_t j = b.size() + 1; j-- > 0;) {
      const bool a_ends = i == a.size();
      const bool b_ends = j == b.size();
      bool meet = false;
      if (a_ends && b_ends) meet = true;
      else if (!a_ends && a[i] == '*') meet = next[j] != 0 || (!b_ends && row[j + 1] != 0);
      else if (!b_ends && b[j] == '*') meet = row[j + 1] != 0 || (!a_ends && next[j] != 0);
      else if (!a_ends && !b_ends) meet = (a[i] == '?' || b[j] == '?' || a[i] == b[j]) && next[j + 1] != 0;
      row[j] = meet ? 1 : 0;
    }
    next.swap(row);
  }
  return next[0] != 0;
}

bool matches_arn(std::string_view pattern, std::string_view arn) {
  return in_each(pattern, arn, [](std::string_view p, std::string_view a) { return matches(p, a); });
}

bool covers_arns(std::string_view outer, std::string_view inner) { return in_each(outer, inner, covers); }

bool overlap_arns(std::string_view a, std::string_view b) {
  const auto is_open = [](std::string_view pattern) { return pattern.find("${") != std::string_view::npos; };
  if (is_open(a) || is_open(b)) return in_each(with_open_variables(a), with_open_variables(b), overlap);
  return in_each(a, b, overlap);
}

}  // namespace ag::iam
