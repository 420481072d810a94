#include <fmt/format.h>

#include "base/assert.hpp"
#include "cli/command.hpp"
#include "cli/json_path.hpp"
#include "cli/text.hpp"

namespace ag::cli {
namespace {

constexpr std::size_t kPageSize = 200;  // the most that the API gives at once
constexpr int kMostPages = 1'000;       // a server that never says "last" is wrong

Problem problem_of_error(const Error& error) {
  return {.code = error.code, .detail = error.message, .rule = error.rule, .fix = error.fix};
}

/// `{"items":[…],"next":…}` with members besides those as the first page has them.
Answer joined(std::vector<Answer> pages) {
  if (pages.size() == 1 || !pages.front().value.is_object()) return std::move(pages.front());
  json::object whole = pages.front().value.as_object();
  json::array items;
  for (auto& page : pages) {
    for (const auto& item : items_at(page.value, "items")) items.push_back(item);
  }
  whole["items"] = std::move(items);
  whole["next"] = value_at(pages.back().value, "next");
  std::string bytes = json::serialize(whole);
  return Answer{std::move(whole), std::move(bytes), {}};
}

}  // namespace

ApiResult<ClientOptions> Context::connection() {
  auto found = find_connection(parts_.common.find("server"), parts_.common.find("token-file"), parts_.environment);
  if (!found) return std::unexpected(problem_of_error(found.error()));
  ClientOptions options;
  options.server = std::move(found->server);
  options.token = std::move(found->token);
  return options;
}

ApiResult<Client*> Context::client() {
  if (!client_) {
    auto options = connection();
    if (!options) return std::unexpected(std::move(options.error()));
    client_ = std::make_unique<Client>(std::move(*options));
  }
  return client_.get();
}

ApiResult<Answer> Context::call(const ApiCall& call) {
  const auto with = client();
  if (!with) return std::unexpected(with.error());
  return (*with)->call(call);
}

ApiResult<HttpResponse> Context::exchange(const ApiCall& call) {
  const auto with = client();
  if (!with) return std::unexpected(with.error());
  return (*with)->exchange(call);
}

ApiResult<Answer> Context::call_list(ApiCall call, std::size_t limit) {
  AG_ASSERT(limit > 0);
  std::vector<Answer> pages;
  const Query query = call.query;
  std::string cursor;
  while (limit > 0 && pages.size() < kMostPages) {
    call.query = query;
    call.query.emplace_back("limit", std::to_string(std::min(limit, kPageSize)));
    call.query.emplace_back("cursor", cursor);
    auto page = this->call(call);
    if (!page) return page;
    limit -= std::min(limit, items_at(page->value, "items").size());
    std::string next = text_at(page->value, "next");
    pages.push_back(std::move(*page));
    if (next.empty() || next == cursor) break;
    cursor = std::move(next);
  }
  return joined(std::move(pages));
}

void Context::note(std::string_view line) { err() << printable(line) << '\n' << std::flush; }

ExitCode Context::report(const Problem& problem) {
  bool first = true;
  for (const auto& line : explain(problem)) {
    err() << painted(line, first ? Tone::kBad : Tone::kPlain, terminal().err_colour) << '\n';
    first = false;
  }
  err() << std::flush;
  return exit_code_of(problem);
}

ExitCode Context::report(const Error& error) { return report(problem_of_error(error)); }

ExitCode Context::usage(std::string_view what) {
  err() << painted(fmt::format("error: {}", printable(what)), Tone::kBad, terminal().err_colour) << '\n' << std::flush;
  return ExitCode::kUsage;
}

}  // namespace ag::cli
