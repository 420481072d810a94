#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>

namespace ag::cli {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 1;  // bytes
  bool valid = false;
};

/// The code point at the beginning of a text that is not empty; one byte that is not valid when there is none.
CodePoint first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {lead, 1, false};
  char32_t value = lead & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {lead, 1, false};
    value = (value << 6) | (byte(i) & 0x3fu);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};  // by length: longer forms are not UTF-8
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kLeast[length] || surrogate || value > 0x10ffff) return {lead, 1, false};
  return {value, length, true};
}

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, char32_t c) {
  const auto it = std::upper_bound(ranges.begin(), ranges.end(), c, [](char32_t x, Range r) { return x < r.first; });
  return it != ranges.begin() && c <= std::prev(it)->last;
}

// Controls, soft hyphen, Arabic and Mongolian marks, zero-width and direction marks, separators, tags.
constexpr std::array<Range, 11> kDangerous = {{{0x00, 0x1f},
                                               {0x7f, 0x9f},
                                               {0xad, 0xad},
                                               {0x61c, 0x61c},
                                               {0x180e, 0x180e},
                                               {0x200b, 0x200f},
                                               {0x2028, 0x202e},
                                               {0x2060, 0x206f},
                                               {0xfeff, 0xfeff},
                                               {0xfff9, 0xfffb},
                                               {0xe0000, 0xe0fff}}};

// Unicode's East_Asian_Width W and F, without the many small ranges of symbols that terminals disagree about.
constexpr std::array<Range, 14> kWide = {{{0x1100, 0x115f},
                                          {0x2e80, 0x303e},
                                          {0x3041, 0x33ff},
                                          {0x3400, 0x4dbf},
                                          {0x4e00, 0x9fff},
                                          {0xa000, 0xa4cf},
                                          {0xa960, 0xa97f},
                                          {0xac00, 0xd7a3},
                                          {0xf900, 0xfaff},
                                          {0xfe30, 0xfe6f},
                                          {0xff00, 0xff60},
                                          {0xffe0, 0xffe6},
                                          {0x1f300, 0x1faff},
                                          {0x20000, 0x3fffd}}};

constexpr std::array<Range, 9> kCombining = {{{0x300, 0x36f},
                                              {0x483, 0x489},
                                              {0x591, 0x5bd},
                                              {0x64b, 0x65f},
                                              {0x1ab0, 0x1aff},
                                              {0x1dc0, 0x1dff},
                                              {0x20d0, 0x20ff},
                                              {0xfe00, 0xfe0f},
                                              {0xfe20, 0xfe2f}}};

std::size_t width_of(char32_t c) { return is_in(kCombining, c) ? 0 : is_in(kWide, c) ? 2 : 1; }

std::string escape(CodePoint c) {
  if (c.valid && c.value == '\n') return "\\n";
  if (c.valid && c.value == '\r') return "\\r";
  if (c.valid && c.value == '\t') return "\\t";
  if (!c.valid || c.value < 0x80) return fmt::format("\\x{:02x}", static_cast<std::uint32_t>(c.value));
  return fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(c.value));
}

enum class LineBreaks { kEscaped, kKept };

std::string made_safe(std::string_view text, LineBreaks line_breaks) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    const bool kept = line_breaks == LineBreaks::kKept && (c.value == '\n' || c.value == '\t');
    if (c.valid && (kept || !is_in(kDangerous, c.value))) safe += text.substr(0, c.length);
    else safe += escape(c);
    text.remove_prefix(c.length);
  }
  return safe;
}

}  // namespace

std::string printable(std::string_view text) { return made_safe(text, LineBreaks::kEscaped); }

std::string printable_lines(std::string_view text) { return made_safe(text, LineBreaks::kKept); }

std::string printable_json(std::string_view document) {
  std::string safe;
  safe.reserve(document.size());
  while (!document.empty()) {
    const CodePoint c = first_code_point(document);
    const bool white_space = c.value == '\n' || c.value == '\t' || c.value == '\r';
    if (!c.valid) {
      safe += "\\ufffd";
    } else if (white_space || !is_in(kDangerous, c.value)) {
      safe += document.substr(0, c.length);
    } else if (c.value < 0x10000) {
      safe += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(c.value));
    } else {
      const std::uint32_t rest = static_cast<std::uint32_t>(c.value) - 0x10000;  // a surrogate pair (RFC 8259 §7)
      safe += fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff));
    }
    document.remove_prefix(c.length);
  }
  return safe;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    width += width_of(c.value);
    text.remove_prefix(c.length);
  }
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t used = 0;
  std::size_t end = 0;
  while (end < text.size()) {
    const CodePoint c = first_code_point(text.substr(end));
    if (used + width_of(c.value) > width - 1) break;
    used += width_of(c.value);
    end += c.length;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (display_width(text) > width) {
    std::size_t used = 0;
    std::size_t end = 0;
    std::size_t space = 0;  // after the last one that fits
    while (end < text.size()) {
      const CodePoint c = first_code_point(text.substr(end));
      if (used + width_of(c.value) > std::max<std::size_t>(width, 2)) break;
      used += width_of(c.value);
      end += c.length;
      if (c.value == ' ') space = end;
    }
    if (space > 0) end = space;
    std::string line(text.substr(0, end));
    while (line.ends_with(' ')) line.pop_back();
    lines.push_back(std::move(line));
    text.remove_prefix(end);
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

}  // namespace ag::cli
