#include "cli/problem.hpp"

#include <fmt/format.h>

#include "base/json.hpp"
#include "cli/json_path.hpp"
#include "cli/text.hpp"

namespace ag::cli {

Problem problem_of(const HttpResponse& response) {
  Problem problem{.status = response.status};
  if (const auto id = response.headers.find("X-Request-Id")) problem.request_id = std::string(*id);

  const auto parsed = parse_json(response.body, Numbers::kAny);
  if (!parsed || text_at(*parsed, "code").empty()) {
    problem.code = fmt::format("http_{}", response.status);
    problem.detail =
        response.status >= 300 && response.status < 400
            ? fmt::format("The server answered {} and points elsewhere; redirects are not followed.", response.status)
            : fmt::format("The server answered {}, and not in AccessGuard's words.", response.status);
    problem.fix = "check --server or ACCESSGUARD_SERVER: is it AccessGuard that listens there?";
    return problem;
  }
  problem.code = text_at(*parsed, "code");
  problem.detail = text_at(*parsed, "detail");
  problem.rule = text_at(*parsed, "rule");
  problem.fix = text_at(*parsed, "fix");
  if (problem.request_id.empty()) problem.request_id = text_at(*parsed, "instance");
  for (const auto& error : items_at(*parsed, "errors")) {
    problem.errors.emplace_back(text_at(error, "field"), text_at(error, "detail"));
  }
  if (problem.status == 401 && problem.fix.empty()) {
    problem.fix = "accessguard login --token-stdin, or set ACCESSGUARD_TOKEN";
  }
  return problem;
}

std::vector<std::string> explain(const Problem& problem) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("error: {}", printable(problem.detail.empty() ? problem.code : problem.detail)));
  for (const auto& [field, detail] : problem.errors) {
    // The server repeats its sentence for the one field that it is about.
    if (detail != problem.detail) lines.push_back(fmt::format("  {}: {}", printable(field), printable(detail)));
  }
  if (!problem.rule.empty()) lines.push_back(fmt::format("  rule: {}", printable(problem.rule)));
  if (!problem.fix.empty()) lines.push_back(fmt::format("  try: {}", printable(problem.fix)));
  if (!problem.request_id.empty()) lines.push_back(fmt::format("  request id: {}", printable(problem.request_id)));
  return lines;
}

}  // namespace ag::cli
