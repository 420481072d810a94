#include "server/event_hub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <mutex>

#include "base/json.hpp"

namespace ag::server {
namespace {

// A client that was away for longer than these many entries loads anew.
constexpr std::size_t kKept = 10'000;
// What one write to a stream holds at most.
constexpr std::size_t kAtOnce = 100;

std::string block(const Happening& happening) {
  json::object data{{"index", happening.index}, {"at", to_rfc3339(happening.at)}, {"kind", happening.kind}};
  data["request"] = happening.request ? json::value(json::string(happening.request->str())) : json::value(nullptr);
  data["state"] = happening.state ? json::value(json::string(*happening.state)) : json::value(nullptr);
  data["change"] = happening.change ? json::value(json::string(happening.change->str())) : json::value(nullptr);
  return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", happening.index, happening.kind, canonical_json(data));
}

}  // namespace

struct EventHub::Shared {
  std::mutex mutex;
  std::deque<Happening> kept;
  std::list<std::function<void()>> wakes;
};

/// One subscriber. Its place among the wakes is a list node, so that leaving costs nothing to the others.
class HubStream final : public EventStream {
 public:
  HubStream(std::shared_ptr<EventHub::Shared> shared, std::optional<std::int64_t> after, EventHub::Filter filter)
      : shared_(std::move(shared)), filter_(std::move(filter)) {
    const std::lock_guard lock(shared_->mutex);
    const std::int64_t newest = shared_->kept.empty() ? -1 : shared_->kept.back().index;
    next_ = after.value_or(newest) + 1;
    wake_ = shared_->wakes.insert(shared_->wakes.end(), [] {});
  }
  ~HubStream() override {
    const std::lock_guard lock(shared_->mutex);
    shared_->wakes.erase(wake_);
  }

  std::optional<std::string> next() override {
    std::vector<Happening> batch;
    bool lost = false;
    {
      const std::lock_guard lock(shared_->mutex);
      const auto& kept = shared_->kept;
      if (kept.empty() || kept.back().index < next_) return greeting();
      if (kept.front().index > next_) {
        lost = true;
        next_ = kept.front().index;
      }
      const auto from =
          std::lower_bound(kept.begin(), kept.end(), next_, [](const auto& h, auto index) { return h.index < index; });
      auto to = from + std::min<std::ptrdiff_t>(kept.end() - from, static_cast<std::ptrdiff_t>(kAtOnce));
      // One entry may tell of several requests: its happenings go together, or a resumed stream would miss some.
      while (to != kept.end() && to->index == std::prev(to)->index) ++to;
      batch.assign(from, to);
      next_ = batch.back().index + 1;
    }
    std::string text = lost ? "event: reset\ndata: {}\n\n" : "";
    for (const auto& happening : batch) {
      if (filter_(happening)) text += block(happening);
    }
    // What was filtered out may be followed by what is not: an empty text would look like the end.
    if (text.empty()) return next();
    greeted_ = true;
    return text;
  }

  void on_wake(std::function<void()> wake) override {
    const std::lock_guard lock(shared_->mutex);
    *wake_ = std::move(wake);
  }

 private:
  // The first bytes tell a client that it is connected, before anything happens.
  std::optional<std::string> greeting() {
    if (std::exchange(greeted_, true)) return std::nullopt;
    return ": connected\n\n";
  }

  std::shared_ptr<EventHub::Shared> shared_;
  EventHub::Filter filter_;
  std::int64_t next_ = 0;
  bool greeted_ = false;
  std::list<std::function<void()>>::iterator wake_;
};

EventHub::EventHub() : shared_(std::make_shared<Shared>()) {}

void EventHub::publish(std::vector<Happening> happenings) {
  const std::lock_guard lock(shared_->mutex);
  for (auto& happening : happenings) shared_->kept.push_back(std::move(happening));
  while (shared_->kept.size() > kKept) shared_->kept.pop_front();
  // Called under the lock so that no stream is destroyed meanwhile; a wake only posts to the I/O thread.
  for (const auto& wake : shared_->wakes) wake();
}

std::unique_ptr<EventStream> EventHub::subscribe(std::optional<std::int64_t> after, Filter filter) {
  return std::make_unique<HubStream>(shared_, after, std::move(filter));
}

std::size_t EventHub::subscribers() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->wakes.size();
}

}  // namespace ag::server
