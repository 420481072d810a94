#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Rows for people: aligned columns, no frames. Not a contract; programs use the other formats.
namespace ag::cli {

/// What a colour means; the word stands beside it always, so nothing is lost without colour.
enum class Tone { kPlain, kGood, kWaiting, kBad, kFaint };

enum class Colour { kNever, kAnsi };

[[nodiscard]] std::string painted(std::string_view text, Tone tone, Colour colour);

struct Cell {
  std::string text;  ///< made printable by the table
  Tone tone = Tone::kPlain;
};

struct TableStyle {
  Colour colour = Colour::kNever;
  std::optional<std::size_t> width;  ///< of the terminal: long cells are cut to fit; none: nothing is cut
};

class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}

  /// As many cells as the header has.
  void add(std::vector<Cell> row);
  [[nodiscard]] bool empty() const { return rows_.empty(); }

  /// Lines with a line feed each; no line ends in a space.
  [[nodiscard]] std::string render(const TableStyle& style) const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace ag::cli
