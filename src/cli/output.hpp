#pragma once
#include <functional>
#include <string>

#include "cli/command.hpp"

/// One object or one list, in the format that was asked for. JSON is the API's bytes, unchanged.
namespace ag::cli {

/// How a kind of object looks to people.
struct Look {
  std::function<std::string(const json::value& item)> name;     ///< for `-o name` and `-q`: an id, one line
  std::function<std::string(const json::value& whole)> people;  ///< the table, or the description
};

void show_object(Context& context, const Answer& answer, const Look& look);
/// `nothing` is what a person is told (on standard error) when the list is empty.
void show_list(Context& context, const Answer& answer, const Look& look, std::string_view nothing);

[[nodiscard]] TableStyle table_style(const Context& context);
[[nodiscard]] Tone tone_of_state(std::string_view state);

}  // namespace ag::cli
