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

[[nodiscard]] std::string request_table(const json::array& requests, const Context& context);
[[nodiscard]] std::string grant_table(const json::array& grants, const Context& context);

/// `14:05Z  bo  approved …`.
[[nodiscard]] std::string timeline_line(const json::value& item, Instant now);

[[nodiscard]] Look look_of_request(const Context& context);
[[nodiscard]] Look look_of_requests(const Context& context);

/// `TeamLeads or bo`: the names of a step's parties.
[[nodiscard]] std::string names_of_parties(const json::array& parties);

}  // namespace ag::cli
