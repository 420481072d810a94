#include "cli/table.hpp"

#include <algorithm>
#include <numeric>

#include "base/assert.hpp"
#include "cli/text.hpp"

namespace ag::cli {
namespace {

constexpr std::size_t kGap = 2;        // columns between two cells
constexpr std::size_t kNarrowest = 8;  // a cell cut below this says nothing any more

/// Takes from the widest columns, one column at a time, until the line fits or all are at their narrowest.
void shrink(std::vector<std::size_t>& widths, std::size_t line) {
  std::size_t total = std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1));
  while (total > line) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kNarrowest) return;
    --*widest;
    --total;
  }
}

}  // namespace

std::string painted(std::string_view text, Tone tone, Colour colour) {
  if (colour == Colour::kNever || tone == Tone::kPlain) return std::string(text);
  std::string_view code;
  switch (tone) {
    case Tone::kPlain: break;
    case Tone::kGood: code = "32"; break;     // green
    case Tone::kWaiting: code = "33"; break;  // yellow
    case Tone::kBad: code = "31"; break;      // red
    case Tone::kFaint: code = "2"; break;
  }
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

void Table::add(std::vector<Cell> row) {
  AG_ASSERT(row.size() == header_.size());
  for (auto& cell : row) cell.text = cell.text.empty() ? "-" : printable(cell.text);
  rows_.push_back(std::move(row));
}

std::string Table::render(const TableStyle& style) const {
  std::vector<std::size_t> widths;
  for (const auto& name : header_) widths.push_back(display_width(name));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i].text));
  }
  if (style.width) shrink(widths, *style.width);

  std::string lines;
  const auto append = [&](std::size_t column, std::string_view whole, Tone tone) {
    const std::string text = cut_to_width(whole, widths[column]);
    lines += painted(text, tone, style.colour);
    const bool last = column + 1 == widths.size();
    if (!last) lines.append(widths[column] - display_width(text) + kGap, ' ');
    else lines += '\n';
  };
  for (std::size_t i = 0; i < header_.size(); ++i) append(i, header_[i], Tone::kFaint);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) append(i, row[i].text, row[i].tone);
  }
  return lines;
}

}  // namespace ag::cli
