#include <fmt/format.h>

#include <algorithm>

#include "base/hash.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"

namespace ag::server {
namespace {

// Items of one answer: some 4 MiB, well below what a client takes. `matched` counts the rest too.
constexpr std::size_t kMostShown = 5'000;

struct RevokeBody {
  std::optional<std::string> id;
  std::optional<std::string> user;
  std::optional<std::string> account;
  std::optional<bool> all;
  std::string reason;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("id", self.id);
    codec("user", self.user);
    codec("account", self.account);
    codec("all", self.all);
    codec("reason", self.reason);
  }
};

Result<access::Revoke> order_of(RevokeBody body) {
  // "all": false selects nothing, and must not pass for a slip of the pen beside another selector.
  if (body.all && !*body.all) return fail("invalid_value", "\"all\" is either true or left out", "all");
  const int given = static_cast<int>(body.id.has_value()) + static_cast<int>(body.user.has_value()) +
                    static_cast<int>(body.account.has_value()) + static_cast<int>(body.all.has_value());
  if (given == 0)
    return fail("missing_field", "say what to revoke: one of \"id\", \"user\", \"account\", \"all\"", "id");
  if (given > 1) {
    return fail("invalid_value", "give exactly one of \"id\", \"user\", \"account\" and \"all\"; they do not combine",
                body.all       ? "all"
                : body.account ? "account"
                               : "user");
  }
  if (body.user) return access::Revoke{access::OfUser{std::move(*body.user)}, std::move(body.reason)};
  if (body.account) return access::Revoke{access::OfAccount{std::move(*body.account)}, std::move(body.reason)};
  if (body.all) return access::Revoke{access::OfEveryone{}, std::move(body.reason)};
  if (body.id->starts_with("grt_")) return access::Revoke{access::GrantId(*body.id), std::move(body.reason)};
  return access::Revoke{access::RequestId(*body.id), std::move(body.reason)};
}

/// What of the ledger belongs to one revocation: an entry with its key, and those that follow without one.
class Revocation {
 public:
  Revocation(const access::Caller& caller, std::string_view key) : row_(access::idempotency_row(caller.actor, key)) {}

  /// False when nothing that comes after the entry can be of it.
  bool take(const access::Entry& entry) {
    const bool is_of_it = endings.empty() ? begins_with(entry) : goes_on_with(entry);
    if (is_of_it && std::holds_alternative<access::GrantEnding>(entry.event)) endings.push_back(entry);
    return is_of_it && !endings.empty();
  }
  std::vector<access::Entry> endings;

 private:
  [[nodiscard]] bool begins_with(const access::Entry& entry) const {
    return entry.idempotency && access::idempotency_row(entry.actor, entry.idempotency->key) == row_;
  }
  [[nodiscard]] bool goes_on_with(const access::Entry& entry) const {
    return std::holds_alternative<access::GrantEnding>(entry.event) && !entry.idempotency &&
           entry.actor.token == endings.front().actor.token;
  }
  std::string row_;
};

json::object revoked_view(const View& view, const access::Entry& entry, Instant now) {
  const auto& ending = std::get<access::GrantEnding>(entry.event);
  access::GrantState grant = *view.state.grants.find(ending.grant);
  if (!grant.ending_at) {  // what readers see follows the ledger, which may not have it yet
    grant.status = access::Status::kEnding;
    grant.cause = ending.cause;
    grant.ending_at = entry.at;
  }
  json::object whole = grant_view(view, grant, now);
  return {{"grant", grant.id.str()},
          {"request", grant.request.str()},
          {"account", whole.at("account")},
          {"permission_set", whole.at("permission_set")},
          {"user", whole.at("user")},
          {"access_ends", to_rfc3339(grant.ending_at.value_or(grant.end))},
          {"credentials_until", whole.at("credentials_until")}};
}

}  // namespace

Result<std::vector<access::Entry>> Api::endings_on_ledger(const access::Caller& caller, const std::string& key,
                                                          const access::RequestId& first) {
  const auto story = parts_.read_model.read([&](const View& view) { return view.state.requests.find(first)->entries; });
  Revocation revocation(caller, key);
  const std::lock_guard lock(ledger_mutex_);
  // Newest first: it was a moment ago, or, when this is a repeat, within a day.
  for (auto position = story.rbegin(); position != story.rend() && revocation.endings.empty(); ++position) {
    const auto from = static_cast<ledger::Position>(*position);
    const auto read = parts_.ledger->read(from, UINT64_MAX, [&](ledger::Position, std::string_view bytes) {
      const auto entry = access::decode_entry(bytes);
      return entry && revocation.take(*entry);
    });
    if (!read) return fail(read.error());
  }
  return std::move(revocation.endings);
}

Result<RevokedGrants> Api::revoked_by(const access::Caller& caller, const std::string& key,
                                      const access::RequestId& first) {
  auto recorded = endings_on_ledger(caller, key, first);
  if (recorded && !recorded->empty()) return RevokedGrants{std::move(*recorded)};
  Revocation revocation(caller, key);
  for (const auto& entry : parts_.engine.unrecorded()) {
    if (!revocation.take(entry) && !revocation.endings.empty()) break;
  }
  if (!revocation.endings.empty()) return RevokedGrants{std::move(revocation.endings), false};
  // The ledger may have come back between the two looks.
  recorded = endings_on_ledger(caller, key, first);
  if (!recorded) return fail(recorded.error());
  return RevokedGrants{std::move(*recorded)};
}

Result<Answer> Api::post_revocation(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  auto body = body_as<RevokeBody>(call.request);
  if (!body) return fail(body.error());
  auto order = order_of(std::move(*body));
  if (!order) return fail(order.error());
  auto idempotency = idempotency_of(call);
  if (!idempotency) return fail(idempotency.error());
  // The key is how what was ended is found again on the ledger: who sends none gets one.
  if (!*idempotency) *idempotency = {{"revocation-" + call.request_id, to_hex(sha256(call.request.body))}};
  const std::string key = (*idempotency)->key;
  const auto first = parts_.engine.submit(call.caller, std::move(*order), std::move(*idempotency));
  if (!first) return fail(first.error());
  const auto revoked = revoked_by(call.caller, key, *first);
  if (!revoked) return fail(revoked.error());
  const auto& endings = revoked->endings;
  if (endings.empty()) {
    return fail({"ledger_unavailable", "this access is being taken away; which, cannot be told now", "", "",
                 "look again with `accessguard access ls` when `accessguard doctor` says that the ledger is writable"});
  }
  json::array items;
  parts_.read_model.read([&](const View& view) {
    for (std::size_t i = 0; i < std::min(endings.size(), kMostShown); ++i)
      items.push_back(revoked_view(view, endings[i], parts_.clock()));
  });
  return json_answer(json::object{{"items", std::move(items)},
                                  {"matched", static_cast<std::int64_t>(endings.size())},
                                  {"recorded", revoked->recorded}},
                     202);
}

}  // namespace ag::server
