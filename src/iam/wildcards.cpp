#include "iam/wildcards.hpp"

#include <cstddef>
#include <vector>

#include "base/stars.hpp"

namespace ag::iam {
namespace {

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

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

}  // namespace ag::iam
