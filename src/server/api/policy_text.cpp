#include "server/api/policy_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ag::server {

Result<std::shared_ptr<const access::PolicyIndex>> compiled(const std::string& text,
                                                            std::shared_ptr<const access::Organization> organization) {
  auto parsed = access::parse_policy(text);
  if (!parsed) {
    const access::PolicyProblem& first = parsed.error().front();
    const std::string where = first.where.empty() ? "" : first.where + ": ";
    return fail({"invalid_policy", fmt::format("line {}: {}{}", first.line, where, first.message), first.where, "",
                 "`accessguard policy validate` lists everything that is wrong"});
  }
  return std::make_shared<const access::PolicyIndex>(std::make_shared<const access::Policy>(std::move(*parsed)),
                                                     std::move(organization));
}

std::vector<access::ExpectationResult> results_of(const access::PolicyIndex& index, Instant now) {
  if (!index.organization().known()) return {};
  return access::check(index, now);
}

std::string to_text(const access::ExpectationResult& result) {
  if (result.passed) return fmt::format("line {}: {}", result.line, result.expected);
  return fmt::format("line {}: expected that {}; {}", result.line, result.expected, result.actual);
}

json::array problems_view(const std::vector<access::PolicyProblem>& problems) {
  json::array views;
  for (const auto& problem : problems) {
    views.push_back(json::object{
        {"line", problem.line}, {"where", problem.where}, {"code", problem.code}, {"message", problem.message}});
  }
  return views;
}

json::array expectations_view(const std::vector<access::ExpectationResult>& results) {
  json::array views;
  for (const auto& result : results) {
    views.push_back(json::object{{"line", result.line}, {"passed", result.passed}, {"message", to_text(result)}});
  }
  return views;
}

Result<void> check_met(const std::vector<access::ExpectationResult>& results) {
  const auto failed = [](const auto& result) { return !result.passed; };
  const auto first = std::find_if(results.begin(), results.end(), failed);
  if (first == results.end()) return {};
  const auto count = std::count_if(results.begin(), results.end(), failed);
  return fail({"expectation_failed",
               fmt::format("{} of {} expectations of the policy's text are not met; {}", count, results.size(),
                           to_text(*first)),
               "text", "", "`accessguard policy test` lists them"});
}

}  // namespace ag::server
