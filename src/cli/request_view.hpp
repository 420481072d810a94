#pragma once
#include <string>

#include "cli/command.hpp"
#include "cli/output.hpp"

/// How requests and grants look to people.
namespace ag::cli {

/// `PowerUser on prod-payments for 1h`.
[[nodiscard]] std::string summary_of(const json::value& request);

/// Whether live sessions are cut when its access ends.
[[nodiscard]] bool is_hard(const json::value& request);

/// Whose decision is missing: `0 of 1 needed: TeamLeads`; empty when none is.
[[nodiscard]] std::string missing_decision(const json::value& request);

/// The whole request, several lines; with its timeline when it has one.
[[nodiscard]] std::string describe_request(const json::value& request, const Context& context);

/// What a person wrote, set apart: `what ana wrote:` and lines that each begin with `  | `, as wide as the terminal.
[[nodiscard]] std::string said_lines(std::string_view who, std::string_view text, std::size_t width);
[[nodiscard]] std::size_t width_for_words(const Context& context);
/// The requester's reason and ticket, so.
[[nodiscard]] std::string requester_words(const json::value& request, const Context& context);

[[nodiscard]] std::string request_table(const json::array& requests, const Context& context);
[[nodiscard]] std::string grant_table(const json::array& grants, const Context& context);

/// `14:05Z  bo  approved …`.
[[nodiscard]] std::string timeline_line(const json::value& item, Instant now);
/// What its actor wrote, set apart; empty when that is nothing.
[[nodiscard]] std::string timeline_words(const json::value& item, const Context& context);

[[nodiscard]] Look look_of_request(const Context& context);
[[nodiscard]] Look look_of_requests(const Context& context);

/// `TeamLeads or bo`: the names of a step's parties.
[[nodiscard]] std::string names_of_parties(const json::array& parties);

}  // namespace ag::cli
