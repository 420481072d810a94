#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "server/api/api.hpp"
#include "server/api/body.hpp"

/// How many asked, what became of it, and how long they waited: counted from the requests themselves, at each question.
namespace ag::server {
namespace {

using access::RequestState;
using access::Status;

constexpr Duration kUsualWindow = Duration::hours(30 * 24);
constexpr Duration kLongestWindow = Duration::hours(400 * 24);
constexpr Duration kDay = Duration::hours(24);
constexpr std::size_t kMostRows = 100;
// Looked at under one lock: whoever writes waits no longer than that takes, about a millisecond.
constexpr std::size_t kSlice = 2'000;
// An id holds the time of whoever made it, the entry that of the engine; another replica's clock may be apart too.
constexpr Duration kClocksApart = Duration::minutes(5);

struct Window {
  Instant from;
  Instant to;
};

Result<Window> window_of(const ApiCall& call) {
  Window window;
  window.to = call.now;
  if (const auto text = call.parameters.get("to")) {
    const auto to = time_field(*text, "to", call.now);
    if (!to) return fail(to.error());
    window.to = *to;
  }
  window.from = window.to - kUsualWindow;
  if (const auto text = call.parameters.get("from")) {
    const auto from = time_field(*text, "from", call.now);
    if (!from) return fail(from.error());
    window.from = *from;
  }
  if (window.from >= window.to) return fail("invalid_value", "\"to\" must be after \"from\"", "to");
  if (window.to - window.from > kLongestWindow) {
    return fail("invalid_value",
                fmt::format("\"to\" is {} after \"from\"; at most {} can be told at once",
                            to_text(window.to - window.from), to_text(kLongestWindow)),
                "to");
  }
  return window;
}

std::int64_t day_of(Instant at) { return at.count_nanoseconds() / kDay.count_nanoseconds(); }
std::string day_text(std::int64_t day) {
  return to_rfc3339(Instant::from_nanoseconds(day * kDay.count_nanoseconds())).substr(0, 10);
}

/// What some of the requests have in common: a day, a rule.
struct Tally {
  std::int64_t asked = 0;
  std::int64_t automatic = 0;
  std::int64_t approved = 0;
  std::int64_t denied = 0;
  std::int64_t lapsed = 0;
  std::vector<Duration> waits;

  [[nodiscard]] json::value wait() { return nullable(wait_of(waits)); }
};

struct Decider {
  std::string name;
  std::int64_t approved = 0;
  std::int64_t denied = 0;
  std::vector<Duration> waits;
};

class Flow {
 public:
  void add(const View& view, const RequestState& request, Instant now) {
    const access::Request& asked = request.request;
    const bool is_approved = request.decided == Status::kGranting;
    const bool is_automatic = is_approved && request.decisions.empty() && !asked.break_glass;
    const auto add_to = [&](Tally& tally) {
      ++tally.asked;
      tally.approved += is_approved ? 1 : 0;
      tally.automatic += is_automatic ? 1 : 0;
      tally.denied += request.decided == Status::kDenied ? 1 : 0;
      tally.lapsed += request.decided == Status::kLapsed ? 1 : 0;
      if (!request.decisions.empty() && request.decided != Status::kPending)
        tally.waits.push_back(request.decisions.back().at - request.submitted_at);
    };
    add_to(whole_);
    add_to(days_[day_of(request.submitted_at)]);
    std::set<std::string_view> rules;
    for (const auto& account : asked.accounts) {
      if (rules.insert(account.rule).second) add_to(rules_[account.rule]);
    }
    add_deciders(request);
    const auto is_held = [&](const access::GrantId& id) { return view.state.grants.find(id)->active_at.has_value(); };
    granted_ += std::any_of(request.grants.begin(), request.grants.end(), is_held) ? 1 : 0;
    break_glass_ += asked.break_glass ? 1 : 0;
    extensions_ += asked.extends ? 1 : 0;
    ++by_status_[access::status_of(request, view.state, now)];
  }

  [[nodiscard]] json::object counts() const {
    const auto of = [&](Status status) {
      const auto it = by_status_.find(status);
      return it == by_status_.end() ? std::int64_t{0} : it->second;
    };
    return {{"asked", whole_.asked},
            {"automatic", whole_.automatic},
            {"approved", whole_.approved},
            {"granted", granted_},
            {"pending", of(Status::kPending)},
            {"denied", of(Status::kDenied)},
            {"withdrawn", of(Status::kWithdrawn)},
            {"lapsed", of(Status::kLapsed)},
            {"failed", of(Status::kFailed)},
            {"revoked", of(Status::kRevoked)},
            {"ended", of(Status::kEnded)},
            {"break_glass", break_glass_},
            {"extensions", extensions_}};
  }
  [[nodiscard]] json::value wait() { return whole_.wait(); }

  /// Every day of the window, those without a request too.
  [[nodiscard]] json::array days(const Window& window) {
    json::array views;
    const std::int64_t last = day_of(window.to - Duration::nanoseconds(1));
    for (std::int64_t day = day_of(window.from); day <= last; ++day) {
      Tally& tally = days_[day];
      views.push_back(json::object{{"day", day_text(day)},
                                   {"asked", tally.asked},
                                   {"approved", tally.approved},
                                   {"denied", tally.denied},
                                   {"lapsed", tally.lapsed},
                                   {"wait", tally.wait()}});
    }
    return views;
  }

  /// Those most asked under first.
  [[nodiscard]] json::array rules() {
    json::array views;
    for (auto* row : most(rules_, [](const Tally& tally) { return tally.asked; })) {
      views.push_back(json::object{{"rule", row->first},
                                   {"asked", row->second.asked},
                                   {"automatic", row->second.automatic},
                                   {"approved", row->second.approved},
                                   {"denied", row->second.denied},
                                   {"lapsed", row->second.lapsed},
                                   {"wait", row->second.wait()}});
    }
    return views;
  }

  [[nodiscard]] json::array approvers() {
    json::array views;
    for (auto* row : most(deciders_, [](const Decider& one) { return one.approved + one.denied; })) {
      views.push_back(json::object{{"user", known_person_view(access::UserId(row->first.first), row->second.name)},
                                   {"approved", row->second.approved},
                                   {"denied", row->second.denied},
                                   {"wait", nullable(wait_of(row->second.waits))}});
    }
    return views;
  }

 private:
  void add_deciders(const RequestState& request) {
    for (const auto& decision : request.decisions) {
      Decider& decider = deciders_[{decision.by.str(), decision.by.empty() ? decision.by_name : ""}];
      decider.name = decision.by_name;
      ++(decision.decision == access::Verdict::kApprove ? decider.approved : decider.denied);
      decider.waits.push_back(decision.at - request.submitted_at);
    }
  }

  template <class Rows, class Count>
  static std::vector<typename Rows::value_type*> most(Rows& rows, Count count) {
    std::vector<typename Rows::value_type*> sorted;
    for (auto& row : rows) sorted.push_back(&row);
    std::sort(sorted.begin(), sorted.end(), [&](const auto* a, const auto* b) {
      return count(a->second) != count(b->second) ? count(a->second) > count(b->second) : a->first < b->first;
    });
    sorted.resize(std::min(sorted.size(), kMostRows));
    return sorted;
  }

  Tally whole_;
  std::map<std::int64_t, Tally> days_;
  std::unordered_map<std::string, Tally> rules_;
  std::map<std::pair<std::string, std::string>, Decider> deciders_;  ///< by id; by name who is not in the directory
  std::map<Status, std::int64_t> by_status_;
  std::int64_t granted_ = 0;
  std::int64_t break_glass_ = 0;
  std::int64_t extensions_ = 0;
};

bool is_within(const RequestState& request, const Window& window) {
  return window.from <= request.submitted_at && request.submitted_at < window.to;
}

/// Everybody's: ids sort by time, so only the window is walked, a slice at a time.
void add_all(Flow& flow, const ReadModel& read_model, const Window& window, Instant now) {
  const access::RequestId last(first_id("req_", window.to + kClocksApart));
  access::RequestId next(first_id("req_", std::max(window.from - kClocksApart, Instant{})));
  bool is_done = false;
  while (!is_done) {
    read_model.read([&](const View& view) {
      std::size_t looked_at = 0;
      auto it = view.state.requests.lower_bound(next);
      for (; it != view.state.requests.end() && it->first < last && looked_at < kSlice; ++it, ++looked_at) {
        if (is_within(it->second, window)) flow.add(view, it->second, now);
      }
      is_done = it == view.state.requests.end() || !(it->first < last);
      if (!is_done) next = it->first;
    });
  }
}

void add_own(Flow& flow, const ReadModel& read_model, const Window& window, const ApiCall& call) {
  read_model.read([&](const View& view) {
    const auto own = view.requests_of.find(call.caller.user);
    if (own == view.requests_of.end()) return;
    for (const auto& id : own->second) {
      const RequestState& request = *view.state.requests.find(id);
      if (is_within(request, window)) flow.add(view, request, call.now);
    }
  });
}

}  // namespace

Result<Answer> Api::get_flow(const ApiCall& call) {
  if (auto known = call.parameters.only({"from", "to"}); !known) return fail(known.error());
  const auto window = window_of(call);
  if (!window) return fail(window.error());
  Flow flow;
  const bool sees_all = call.viewer().admin;
  if (sees_all) add_all(flow, parts_.read_model, *window, call.now);
  else add_own(flow, parts_.read_model, *window, call);
  return json_answer(json::object{{"scope", sees_all ? "all" : "own"},
                                  {"from", to_rfc3339(window->from)},
                                  {"to", to_rfc3339(window->to)},
                                  {"counts", flow.counts()},
                                  {"wait", flow.wait()},
                                  {"days", flow.days(*window)},
                                  {"rules", flow.rules()},
                                  {"approvers", sees_all ? flow.approvers() : json::array{}}});
}

}  // namespace ag::server
