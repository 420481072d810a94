#include "server/operator.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "access/decide.hpp"
#include "base/text.hpp"
#include "server/data_folder.hpp"
#include "server/tokens.hpp"

namespace ag::server {
namespace {

constexpr int kMostConflicts = 10;

/// The ledger folded, and one way to add to it beside a running server.
class Desk {
 public:
  [[nodiscard]] static Result<Desk> open(const std::string& data_dir) {
    auto data = DataFolder::open(data_dir);
    if (!data) return fail(data.error());
    auto store = data->open_ledger();
    if (!store) return fail(store.error());
    Desk desk(std::move(*data), std::move(*store));
    if (auto folded = desk.catch_up(); !folded) return fail(folded.error());
    return desk;
  }

  [[nodiscard]] const access::State& state() const { return state_; }
  [[nodiscard]] access::Organization organization() const {
    auto cached = data_.load_organization();
    return cached ? access::Organization(std::move(*cached)) : access::Organization();
  }

  /// Decides and appends; anew when the server was first.
  [[nodiscard]] Result<void> submit(const access::Command& command) {
    for (int attempt = 0;; ++attempt) {
      const Instant now = wall_clock();
      const access::PolicyIndex index(state_.policy.get().policy, std::make_shared<const access::Organization>());
      auto outcome = access::decide(state_, index, operator_caller(), command, {}, now);
      if (!outcome) return fail(outcome.error());
      std::vector<std::string> bytes;
      for (auto& event : outcome->events) {
        const auto position = state_.size.get() + static_cast<std::int64_t>(bytes.size());
        bytes.push_back(access::encode_entry({position, now, operator_caller().actor, {}, std::move(event)}));
      }
      if (bytes.empty()) return {};
      const auto appended = store_->append(static_cast<ledger::Position>(state_.size.get()), bytes);
      if (appended) return catch_up();
      if (appended.error().code != "position_conflict" || attempt >= kMostConflicts) return fail(appended.error());
      if (auto folded = catch_up(); !folded) return folded;
    }
  }

 private:
  Desk(DataFolder data, std::unique_ptr<ledger::Store> store) : data_(std::move(data)), store_(std::move(store)) {}

  static access::Caller operator_caller() { return {{"operator", {}, {}, {}}, {}, "operator", access::Role::kAdmin}; }

  [[nodiscard]] Result<void> catch_up() {
    std::optional<Error> problem;
    const auto from = static_cast<ledger::Position>(state_.size.get());
    const auto read = store_->read(from, UINT64_MAX, [&](ledger::Position, std::string_view bytes) {
      const auto entry = access::decode_entry(bytes);
      if (!entry) {
        problem = entry.error();
        return false;
      }
      state_.replay(*entry);
      return true;
    });
    if (!read) return read;
    return problem ? fail(*problem) : Result<void>{};
  }

  DataFolder data_;
  std::unique_ptr<ledger::Store> store_;
  access::State state_;
};

}  // namespace

std::string default_data_folder() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0')
    return std::string(state) + "/accessguard/server";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : ".") + "/.local/state/accessguard/server";
}

Result<IssuedToken> issue_token(const std::string& data_dir, const std::string& user, Duration lifetime, bool admin) {
  if (lifetime.is_zero() || lifetime > kLongestToken) {
    return fail("invalid_duration", fmt::format("a token lives between 1s and {}", to_text(kLongestToken)), "for");
  }
  const auto name = one_line(user, {1, 128}, "user");
  if (!name) return fail(name.error());
  auto desk = Desk::open(data_dir);
  if (!desk) return fail(desk.error());
  const auto organization = desk->organization();
  TokenOrder order{{}, *name, admin ? access::Role::kAdmin : access::Role::kPerson, lifetime};
  if (organization.known()) {
    const auto found = organization.user(*name, "user");
    // An administrator need not be one of the directory's people; such a token cannot ask for access.
    if (!found && !(admin && found.error().code == "unknown_user")) return fail(found.error());
    if (!found && organization.person_called(*name)) {
      return fail({found.error().code, fmt::format("\"{}\" is another name of somebody in the directory", *name),
                   "user", "", found.error().fix.empty() ? "give the user name" : found.error().fix});
    }
    if (found) {
      order.user = (*found)->id;
      order.user_name = (*found)->user_name;
    }
  }
  auto fresh = make_token(order, wall_clock());
  const auto done = desk->submit(access::IssueToken{fresh.issued});
  if (!done) return fail(done.error());
  return IssuedToken{std::move(fresh.text), fresh.issued.token.str(), fresh.issued.expires_at};
}

Result<std::vector<TokenRow>> list_tokens(const std::string& data_dir) {
  auto desk = Desk::open(data_dir);
  if (!desk) return fail(desk.error());
  std::vector<TokenRow> rows;
  for (const auto& [id, state] : desk->state().tokens) {
    rows.push_back({id.str(), state.token.user_name, state.token.role == access::Role::kAdmin, state.revoked,
                    state.issued_at, state.token.expires_at});
  }
  return rows;
}

Result<void> revoke_token(const std::string& data_dir, const std::string& id) {
  auto desk = Desk::open(data_dir);
  if (!desk) return fail(desk.error());
  return desk->submit(access::RevokeToken{access::TokenId(id)});
}

Result<ledger::VerifyReport> verify_ledger(const std::string& data_dir) {
  if (!std::filesystem::is_directory(data_dir)) {
    return fail("data_folder", fmt::format("there is no folder \"{}\"", data_dir), "data");
  }
  const auto data = DataFolder::open(data_dir);
  if (!data) return fail(data.error());
  auto store = data->open_ledger_reader();
  if (!store) return fail(store.error());
  return ledger::verify(**store);
}

}  // namespace ag::server
