#pragma once
#include <cstddef>
#include <string_view>

namespace ag {

/// Whether `text` fits `pattern`, in which `*` stands for any characters, none too; `same(p, t)` says whether another
/// character of the pattern stands for one of the text. Goes back to the last star only, which takes one character
/// more: time is at most the product of the two lengths.
template <class Same>
[[nodiscard]] bool fits_stars(std::string_view pattern, std::string_view text, Same&& same) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && same(pattern[p], text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace ag
