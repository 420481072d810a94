#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/hash.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/ledger_filter.hpp"

namespace ag::server {
namespace {

Result<void> admin_only(const ApiCall& call) {
  if (call.caller.role == access::Role::kAdmin) return {};
  return fail("not_allowed", "only an administrator reads the whole ledger; your own requests show their story");
}

// So many entries are looked at for one page: some tens of milliseconds.
constexpr std::int64_t kLookedAt = 10'000;
constexpr std::int64_t kChunk = 500;
// Entries are in the order of their times, but for what an operator's command line writes by its own clock.
constexpr Duration kClocksApart = Duration::minutes(5);

struct Stored {
  std::int64_t position = 0;
  std::string bytes;
};

/// One page of what a filter admits.
class LedgerPage {
 public:
  LedgerPage(ledger::Store& store, const ReadModel& read_model, const LedgerFilter& filter, std::size_t limit)
      : store_(store), read_model_(read_model), filter_(filter), limit_(limit) {}

  [[nodiscard]] Result<void> walk_up(std::int64_t from, std::int64_t size) {
    const auto stretch = stretch_of_time(size);
    if (!stretch) return fail(stretch.error());
    from = std::max(from, stretch->first);
    const std::int64_t end = stretch->second;
    const std::int64_t looked_until = from + std::min(kLookedAt, std::max<std::int64_t>(end - from, 0));
    for (std::int64_t at = from; at < looked_until; at += kChunk) {
      auto chunk = read(at, std::min(kChunk, looked_until - at));
      if (!chunk) return fail(chunk.error());
      if (auto taken = take(*chunk); !taken) return taken;
      if (next_) return {};
    }
    if (looked_until < end) next_ = looked_until;
    return {};
  }

  [[nodiscard]] Result<void> walk_down(std::int64_t from) {
    const auto stretch = stretch_of_time(from + 1);
    if (!stretch) return fail(stretch.error());
    from = std::min(from, stretch->second - 1);
    const std::int64_t looked_until = std::max(from - kLookedAt, stretch->first - 1);  // itself not looked at
    for (std::int64_t at = from; at > looked_until; at -= kChunk) {
      const std::int64_t first = std::max(at - kChunk, looked_until) + 1;
      auto chunk = read(first, at - first + 1);
      if (!chunk) return fail(chunk.error());
      std::reverse(chunk->begin(), chunk->end());
      if (auto taken = take(*chunk); !taken) return taken;
      if (next_) return {};
    }
    if (looked_until >= stretch->first) next_ = looked_until;
    return {};
  }

  /// A request knows its entries.
  [[nodiscard]] Result<void> walk_story(std::int64_t from, bool is_newest) {
    auto positions = read_model_.read([&](const View& view) {
      const auto* request = view.state.requests.find(*filter_.request);
      return request == nullptr ? std::vector<std::int64_t>{} : request->entries;
    });
    std::erase_if(positions, [&](std::int64_t position) { return is_newest ? position > from : position < from; });
    if (is_newest) std::reverse(positions.begin(), positions.end());
    for (const std::int64_t position : positions) {
      auto entry = read(position, 1);
      if (!entry) return fail(entry.error());
      if (auto taken = take(*entry); !taken) return taken;
      if (next_) return {};
    }
    return {};
  }

  [[nodiscard]] json::object view() {
    return {{"items", std::move(items_)}, {"next", next_ ? json::value(*next_) : json::value(nullptr)}};
  }

 private:
  [[nodiscard]] Result<std::vector<Stored>> read(std::int64_t from, std::int64_t count) {
    std::vector<Stored> chunk;
    const auto done = store_.read(static_cast<ledger::Position>(from), static_cast<std::uint64_t>(count),
                                  [&](ledger::Position position, std::string_view bytes) {
                                    chunk.push_back({static_cast<std::int64_t>(position), std::string(bytes)});
                                    return true;
                                  });
    if (!done) return fail(done.error());
    return chunk;
  }

  [[nodiscard]] Result<void> take(const std::vector<Stored>& chunk) {
    std::vector<const Stored*> admitted;
    read_model_.read([&](const View& view) {
      for (const auto& entry : chunk) {
        if (filter_.admits(view, entry.bytes)) admitted.push_back(&entry);
      }
    });
    for (const Stored* entry : admitted) {
      if (items_.size() == limit_) {
        next_ = entry->position;
        return {};
      }
      auto parsed = parse_json(entry->bytes);
      if (!parsed) return fail("ledger_damaged", parsed.error().message);
      items_.push_back(std::move(*parsed));
    }
    return {};
  }

  /// Positions between which everything of the window of time lies: from the first, before the second.
  [[nodiscard]] Result<std::pair<std::int64_t, std::int64_t>> stretch_of_time(std::int64_t size) {
    std::pair<std::int64_t, std::int64_t> stretch{0, size};
    if (filter_.from) {
      const auto begin = first_since(*filter_.from - kClocksApart, size);
      if (!begin) return fail(begin.error());
      stretch.first = *begin;
    }
    if (filter_.to) {
      const auto end = first_since(*filter_.to + kClocksApart, size);
      if (!end) return fail(end.error());
      stretch.second = *end;
    }
    return stretch;
  }

  /// The first position from which on entries are not older, by halves.
  [[nodiscard]] Result<std::int64_t> first_since(Instant at, std::int64_t size) {
    std::int64_t low = 0;
    std::int64_t high = size;
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;
      const auto entry = read(middle, 1);
      if (!entry) return fail(entry.error());
      const auto time = entry->empty() ? std::nullopt : time_of_entry(entry->front().bytes);
      if (time && *time < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  ledger::Store& store_;
  const ReadModel& read_model_;
  const LedgerFilter& filter_;
  std::size_t limit_;
  json::array items_;
  std::optional<std::int64_t> next_;
};

}  // namespace

Result<Answer> Api::list_ledger(const ApiCall& call) {
  if (auto admin = admin_only(call); !admin) return fail(admin.error());
  if (auto known = call.parameters.only(
          {"from", "order", "kind", "user", "account", "request", "from_time", "to_time", "limit"});
      !known)
    return fail(known.error());
  const auto limit = call.parameters.number("limit", 50, 1, 200);
  if (!limit) return fail(limit.error());
  const auto order = call.parameters.get("order").value_or("oldest");
  if (order != "oldest" && order != "newest") return fail("invalid_value", "\"order\" is oldest or newest", "order");
  const auto filter = ledger_filter_of(call.parameters, *parts_.read_model.organization(), call.now);
  if (!filter) return fail(filter.error());
  const auto size = parts_.read_model.read([](const View& view) { return view.state.size.get(); });
  const bool is_newest = order == "newest";
  const auto from = call.parameters.number("from", is_newest ? std::max<std::int64_t>(size - 1, 0) : 0, 0, INT64_MAX);
  if (!from) return fail(from.error());
  const std::lock_guard lock(ledger_mutex_);
  LedgerPage page(*parts_.ledger, parts_.read_model, *filter, static_cast<std::size_t>(*limit));
  const auto done = filter->request ? page.walk_story(*from, is_newest)
                    : is_newest     ? page.walk_down(std::min(*from, size - 1))
                                    : page.walk_up(*from, size);
  if (!done) return fail(done.error());
  return json_answer(page.view());
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
  auto filter = [this, viewer, token = call.token.token.token](const Happening& happening) {
    // Who has signed out, or whose token has ended, is told nothing more.
    if (!is_valid(token)) return false;
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
