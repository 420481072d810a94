#include <fmt/format.h>

#include <charconv>

#include "base/hash.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"

namespace ag::server {
namespace {

Result<void> admin_only(const ApiCall& call) {
  if (call.caller.role == access::Role::kAdmin) return {};
  return fail("not_allowed", "only an administrator reads the whole ledger; your own requests show their story");
}

}  // namespace

Result<Answer> Api::list_ledger(const ApiCall& call) {
  if (auto admin = admin_only(call); !admin) return fail(admin.error());
  if (auto known = call.parameters.only({"from", "limit"}); !known) return fail(known.error());
  const auto from = call.parameters.number("from", 0, 0, INT64_MAX);
  if (!from) return fail(from.error());
  const auto limit = call.parameters.number("limit", 50, 1, 200);
  if (!limit) return fail(limit.error());
  json::array items;
  std::int64_t next = *from;
  const std::lock_guard lock(ledger_mutex_);
  std::optional<Error> problem;
  // One more than asked, to know whether there are more.
  const auto read = parts_.ledger->read(static_cast<ledger::Position>(*from), static_cast<std::uint64_t>(*limit) + 1,
                                        [&](ledger::Position position, std::string_view bytes) {
                                          next = static_cast<std::int64_t>(position);
                                          if (items.size() == static_cast<std::size_t>(*limit)) return false;
                                          auto entry = parse_json(bytes);
                                          if (!entry) problem = entry.error();
                                          else items.push_back(std::move(*entry));
                                          ++next;
                                          return !problem;
                                        });
  if (!read) return fail(read.error());
  if (problem) return fail("ledger_damaged", problem->message);
  const bool more = items.size() == static_cast<std::size_t>(*limit) && next == *from + *limit &&
                    next < parts_.read_model.read([](const View& view) { return view.state.size.get(); });
  return json_answer(
      json::object{{"items", std::move(items)}, {"next", more ? json::value(next) : json::value(nullptr)}});
}

Result<Answer> Api::get_checkpoint(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  const std::lock_guard lock(ledger_mutex_);
  const auto head = parts_.ledger->head();
  if (!head) return fail(head.error());
  return json_answer(json::object{{"size", static_cast<std::int64_t>(head->size)}, {"root", to_hex(head->root())}});
}

Result<Answer> Api::get_events(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  std::optional<std::int64_t> after;
  if (const auto header = call.request.headers.find("Last-Event-ID")) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(header->data(), header->data() + header->size(), value);
    if (error != std::errc{} || end != header->data() + header->size() || value < -1) {
      return fail("invalid_request", "Last-Event-ID must be the id of an event that this server sent", "Last-Event-ID");
    }
    after = value;
  }
  const Viewer viewer = call.viewer();
  auto filter = [this, viewer](const Happening& happening) {
    if (viewer.admin) return true;
    if (!happening.request && !happening.change) return false;
    return parts_.read_model.read([&](const View& view) {
      if (happening.change) return may_see_changes(view, viewer);
      const auto* request = view.state.requests.find(*happening.request);
      return request != nullptr && may_see(view, *request, viewer);
    });
  };
  return StreamResponse{{{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}},
                        parts_.hub.subscribe(after, std::move(filter))};
}

}  // namespace ag::server
