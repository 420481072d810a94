#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Text from outside on its way to a terminal. Whatever a server, an account name or a reason holds, no byte of it may
/// move the cursor, change a colour, or make one text look like another.
namespace ag::cli {

/// One line: control characters, invisible and direction-changing code points and bytes that are not UTF-8 are shown
/// as `\n`, `\x1b`, `\u{202e}`; all else as it is.
[[nodiscard]] std::string printable(std::string_view text);

/// The same for a text of several lines: line feeds and tabs stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

/// A JSON document whose dangerous characters are written as `\u` escapes: the same document to every parser.
[[nodiscard]] std::string printable_json(std::string_view document);

/// Columns on a terminal: East Asian wide characters and emoji take two, combining marks none. Expects valid UTF-8.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// At most `width` columns, with `…` in place of what was cut.
[[nodiscard]] std::string cut_to_width(std::string_view text, std::size_t width);

/// The same in lines of at most `width` columns, broken at spaces where there are any; never none. No column is lost.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width);

}  // namespace ag::cli
