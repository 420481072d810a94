#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/hash.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/facts.hpp"
#include "server/api/query.hpp"
#include "server/api/request_view.hpp"
#include "server/api/timeline.hpp"

namespace ag::server {
namespace {

struct AskBody {
  std::vector<std::string> accounts;
  std::string permission_set;
  std::string duration;
  std::optional<std::string> start;
  std::string reason;
  std::optional<std::string> ticket;
  std::optional<std::string> rule;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("accounts", self.accounts);
    codec("permission_set", self.permission_set);
    codec("duration", self.duration);
    codec("start", self.start);
    codec("reason", self.reason);
    codec("ticket", self.ticket);
    codec("rule", self.rule);
  }
};

struct DecisionBody {
  access::Verdict decision = access::Verdict::kDeny;
  std::string version;
  std::optional<std::string> comment;
  std::optional<std::string> max_duration;
  std::optional<std::vector<std::string>> accounts;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("decision", self.decision);
    codec("version", self.version);
    codec("comment", self.comment);
    codec("max_duration", self.max_duration);
    codec("accounts", self.accounts);
  }
};

struct ExtendBody {
  std::string duration;
  std::string reason;
  std::optional<std::string> ticket;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("duration", self.duration);
    codec("reason", self.reason);
    codec("ticket", self.ticket);
  }
};

struct EndBody {
  std::optional<std::string> reason;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("reason", self.reason);
  }
};

struct EmptyBody {
  template <class Self, class Codec>
  static void describe(Self&, Codec&) {}
};

constexpr std::size_t kLongestKey = 128;

/// Uses of break-glass that the viewer may close: all that nobody has closed, or only those that are late.
enum class ReviewFilter { kOpen, kOverdue };
constexpr auto enum_names(ReviewFilter) { return std::array<std::string_view, 2>{"open", "overdue"}; }

struct Filter {
  std::optional<std::vector<access::Status>> states;
  bool mine = false;
  bool reviewable = false;
  bool decided = false;
  bool break_glass = false;
  std::optional<ReviewFilter> review;
  std::optional<access::AccountId> account;
  std::optional<access::PermissionSetArn> permission_set;
  std::optional<access::UserId> user;
  std::optional<std::string> before;  ///< the cursor: the last id that was given
  std::size_t limit = 50;
};

Result<Filter> filter_of(const ApiCall& call, const access::Organization& organization) {
  const Parameters& p = call.parameters;
  if (auto known = p.only({"state", "mine", "reviewable", "decided", "break_glass", "review", "account",
                           "permission_set", "user", "limit", "cursor"});
      !known)
    return fail(known.error());
  Filter filter;
  auto states = states_of(p);
  if (!states) return fail(states.error());
  filter.states = std::move(*states);
  for (const auto& [name, target] :
       {std::pair{"mine", &filter.mine}, std::pair{"reviewable", &filter.reviewable},
        std::pair{"decided", &filter.decided}, std::pair{"break_glass", &filter.break_glass}}) {
    const auto flag = p.flag(name);
    if (!flag) return fail(flag.error());
    *target = *flag;
  }
  const auto limit = p.number("limit", 50, 1, 200);
  if (!limit) return fail(limit.error());
  filter.limit = static_cast<std::size_t>(*limit);
  filter.before = p.get("cursor");
  if (filter.before && !filter.before->starts_with("req_"))
    return fail("invalid_value", "\"cursor\" must be the next of the page before, unchanged", "cursor");
  if (const auto text = p.get("review")) {
    filter.review = enum_from<ReviewFilter>(*text);
    if (!filter.review) return fail("invalid_value", "\"review\" is open or overdue", "review");
  }
  const auto narrowing = narrowing_of(p, organization);
  if (!narrowing) return fail(narrowing.error());
  filter.account = narrowing->account;
  filter.permission_set = narrowing->permission_set;
  filter.user = narrowing->user;
  return filter;
}

bool passes(const Filter& filter, const View& view, const access::RequestState& request, const Viewer& viewer,
            Instant now) {
  if (filter.mine && request.request.requester != viewer.user) return false;
  if (filter.user && request.request.requester != *filter.user) return false;
  if (filter.break_glass && !request.request.break_glass.value_or(false)) return false;
  if (filter.decided) {
    const auto& decisions = request.decisions;
    if (std::none_of(decisions.begin(), decisions.end(), [&](const auto& it) { return it.by == viewer.user; }))
      return false;
  }
  if (filter.reviewable && !may_decide(view, request, viewer, now)) return false;
  if (filter.review) {
    if (!may_review(view, request, viewer)) return false;
    if (filter.review == ReviewFilter::kOverdue && now < request.opened->review_by) return false;
  }
  if (filter.account) {
    const auto& accounts = request.request.accounts;
    if (std::none_of(accounts.begin(), accounts.end(), [&](const auto& a) { return a.id == *filter.account; }))
      return false;
  }
  if (filter.permission_set && request.request.permission_set != *filter.permission_set) return false;
  if (filter.states) {
    const auto state = access::status_of(request, view.state, now);
    if (std::find(filter.states->begin(), filter.states->end(), state) == filter.states->end()) return false;
  }
  return may_see(view, request, viewer);
}

/// Newest first, through whichever index is smallest for what is asked.
json::object page_of(const Filter& filter, const View& view, const Viewer& viewer, Instant now) {
  json::array items;
  json::value next(nullptr);
  // One request more than fits is looked at, to know whether there is more.
  const auto take = [&](const access::RequestId& id) {
    if (filter.before && id.str() >= *filter.before) return true;
    const auto& request = *view.state.requests.find(id);
    if (!passes(filter, view, request, viewer, now)) return true;
    if (items.size() == filter.limit) {
      next = items.back().as_object().at("id");
      return false;
    }
    items.push_back(request_view(view, request, viewer, now));
    return true;
  };
  const auto walk = [&](auto begin, auto end, auto id_of) {
    for (auto it = std::make_reverse_iterator(end); it != std::make_reverse_iterator(begin); ++it) {
      if (!take(id_of(*it))) return;
    }
  };
  const auto itself = [](const auto& id) -> const access::RequestId& { return id; };
  const auto id_of_row = [](const auto& row) -> const access::RequestId& { return row.first; };
  const std::optional<access::UserId> of = filter.mine ? std::optional(viewer.user) : filter.user;
  if (of) {
    if (const auto own = view.requests_of.find(*of); own != view.requests_of.end())
      walk(own->second.begin(), own->second.end(), itself);
  } else if (filter.reviewable) {
    walk(view.pending.begin(), view.pending.end(), itself);
  } else if (filter.review) {
    walk(view.state.reviews.begin(), view.state.reviews.end(), id_of_row);
  } else {
    const auto end =
        filter.before ? view.state.requests.lower_bound(access::RequestId(*filter.before)) : view.state.requests.end();
    walk(view.state.requests.begin(), end, id_of_row);
  }
  return {{"items", std::move(items)}, {"next", next}};
}

}  // namespace

Result<std::optional<access::IdempotencyKey>> idempotency_of(const ApiCall& call) {
  const auto key = call.request.headers.find("Idempotency-Key");
  if (!key) return std::nullopt;
  const bool printable = std::all_of(key->begin(), key->end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (key->empty() || key->size() > kLongestKey || !printable) {
    return fail("idempotency_key_invalid",
                fmt::format("an Idempotency-Key has 1 to {} printable ASCII characters", kLongestKey),
                "Idempotency-Key");
  }
  // The key belongs to what was sent where: the same one elsewhere is another request.
  return access::IdempotencyKey{
      std::string(*key), to_hex(sha256(call.request.method + " " + call.request.target + "\n" + call.request.body))};
}

Result<Answer> Api::submit(const ApiCall& call, access::Command command) {
  auto idempotency = idempotency_of(call);
  if (!idempotency) return fail(idempotency.error());
  const auto done = parts_.engine.submit(call.caller, std::move(command), std::move(*idempotency));
  if (!done) return fail(done.error());
  return json_answer(parts_.read_model.read(
      [&](const View& v) { return request_view(v, *v.state.requests.find(*done), call.viewer(), parts_.clock()); }));
}

Result<Answer> Api::submit_new(const ApiCall& call, const access::RequestId& fresh, access::Command command) {
  auto idempotency = idempotency_of(call);
  if (!idempotency) return fail(idempotency.error());
  const auto done = parts_.engine.submit(call.caller, std::move(command), *idempotency);
  if (!done) return fail(done.error());
  Answer answer = parts_.read_model.read([&](const View& view) {
    // A repeat by its key is answered as the first was; one that is only the same again finds what was there.
    const auto* first =
        *idempotency ? view.state.idempotency.find(access::idempotency_row(call.caller.actor, (*idempotency)->key))
                     : nullptr;
    const bool is_made = *done == fresh || (first != nullptr && first->request == *done);
    const auto& request = *view.state.requests.find(*done);
    return json_answer(request_view(view, request, call.viewer(), parts_.clock()), is_made ? 201 : 200);
  });
  std::get<HttpResponse>(answer).headers.add("Location", "/v1/requests/" + done->str());
  return answer;
}

Result<Answer> Api::post_request(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  auto body = body_as<AskBody>(call.request);
  if (!body) return fail(body.error());
  const auto duration = duration_field(body->duration, "duration");
  if (!duration) return fail(duration.error());
  std::optional<Instant> start;
  if (body->start) {
    const auto parsed = time_field(*body->start, "start", call.now);
    if (!parsed) return fail(parsed.error());
    start = *parsed;
  }
  const access::RequestId fresh(fresh_id("req_", call.now));
  return submit_new(call, fresh,
                    access::Ask{fresh, std::move(body->accounts), std::move(body->permission_set), *duration, start,
                                std::move(body->reason), std::move(body->ticket), std::move(body->rule)});
}

Result<access::RequestId> Api::visible_request(const ApiCall& call) const {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  const access::RequestId id(call.parameters.path.find("id")->second);
  const bool visible = parts_.read_model.read([&](const View& view) {
    const auto* request = view.state.requests.find(id);
    return request != nullptr && may_see(view, *request, call.viewer());
  });
  if (visible) return id;
  // Somebody else's request is told apart from none by nobody.
  return fail({"unknown_request", fmt::format("there is no request \"{}\"", id.str().substr(0, 64)), "id", "",
               "`accessguard request ls` lists yours"});
}

Result<Answer> Api::list_requests(const ApiCall& call) {
  const auto filter = filter_of(call, *parts_.read_model.organization());
  if (!filter) return fail(filter.error());
  return json_answer(
      parts_.read_model.read([&](const View& view) { return page_of(*filter, view, call.viewer(), call.now); }));
}

Result<Answer> Api::get_request(const ApiCall& call) {
  const auto id = visible_request(call);
  if (!id) return fail(id.error());
  std::vector<std::int64_t> positions;
  auto view = parts_.read_model.read([&](const View& v) {
    const auto& request = *v.state.requests.find(*id);
    positions = request.entries;
    auto whole = request_view(v, request, call.viewer(), call.now);
    whole["facts"] = facts_view(v, request, call.viewer(), call.now);
    return whole;
  });
  Timeline timeline;
  const std::lock_guard lock(ledger_mutex_);
  for (const auto position : positions) {
    const auto read =
        parts_.ledger->read(static_cast<ledger::Position>(position), 1, [&](ledger::Position, std::string_view bytes) {
          if (const auto entry = access::decode_entry(bytes)) timeline.add(*entry);
          return true;
        });
    if (!read) return fail(read.error());
  }
  view["timeline"] = timeline.take();
  return json_answer(view);
}

Result<Answer> Api::post_decision(const ApiCall& call) {
  const auto id = visible_request(call);
  if (!id) return fail(id.error());
  auto body = body_as<DecisionBody>(call.request);
  if (!body) return fail(body.error());
  std::optional<Duration> max_duration;
  if (body->max_duration) {
    const auto parsed = duration_field(*body->max_duration, "max_duration");
    if (!parsed) return fail(parsed.error());
    max_duration = *parsed;
  }
  return submit(call, access::Decide{*id, std::move(body->version), body->decision, std::move(body->comment),
                                     max_duration, std::move(body->accounts)});
}

Result<Answer> Api::post_extension(const ApiCall& call) {
  const auto id = visible_request(call);
  if (!id) return fail(id.error());
  auto body = body_as<ExtendBody>(call.request);
  if (!body) return fail(body.error());
  const auto duration = duration_field(body->duration, "duration");
  if (!duration) return fail(duration.error());
  const access::RequestId fresh(fresh_id("req_", call.now));
  return submit_new(call, fresh,
                    access::ExtendAccess{fresh, *id, *duration, std::move(body->reason), std::move(body->ticket)});
}

Result<Answer> Api::post_withdraw(const ApiCall& call) {
  const auto id = visible_request(call);
  if (!id) return fail(id.error());
  if (const auto body = body_as<EmptyBody>(call.request); !body) return fail(body.error());
  return submit(call, access::Withdraw{*id});
}

Result<Answer> Api::post_end(const ApiCall& call) {
  const auto id = visible_request(call);
  if (!id) return fail(id.error());
  auto body = body_as<EndBody>(call.request);
  if (!body) return fail(body.error());
  return submit(call, access::End{*id, std::move(body->reason)});
}

}  // namespace ag::server
