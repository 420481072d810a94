#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/codec.hpp"
#include "aws/endpoint.hpp"
#include "aws/errors.hpp"
#include "aws/sigv4.hpp"
#include "sandbox/sandbox.hpp"
#include "server/core.hpp"

/// For tests: the whole core against the sandbox, over AWS's wire, in virtual time. Nothing goes wrong by itself.
namespace ag::server::testing {

class CoreBench {
 public:
  /// Every call takes so long to AWS, and so long back.
  static constexpr Duration kWay = Duration::milliseconds(40);

  explicit CoreBench(std::string_view policy, sandbox::Behaviour behaviour = {})
      : sandbox(7, behaviour),
        endpoints_(*aws::Endpoints::of(sandbox.region(), [](const std::string&) { return std::nullopt; })),
        policy_(policy) {}

  /// Begins, with what was prepared in AWS; the ledger is that of before.
  void start(Prepared prepared) {
    core = std::make_unique<Core>(std::move(prepared));
    for (const auto& bytes : ledger) core->replay(*access::decode_entry(bytes));
    core->adopt(directory_);
    if (!ledger.empty()) return;
    const access::Caller operator_caller{{"operator", {}, {}, {}}, {}, "operator", access::Role::kAdmin};
    ASSERT_TRUE(submit(operator_caller, access::ApplyPolicy{policy_, "file", {}}).has_value());
    ASSERT_TRUE(
        run_until(Duration::minutes(5), [&] { return core->organization()->snapshot().standing_at.has_value(); }));
  }
  /// The server is gone, and whatever was under way to it.
  void destroy() {
    core.reset();
    std::erase_if(packets_, [](const auto& row) { return row.second.reply.has_value(); });
  }

  access::RequestId ask(std::string_view who, std::string_view account, std::string_view set, Duration length) {
    access::Ask ask{.id = access::RequestId(fmt::format("req_{:026}", ++ids_made_)),
                    .accounts = {std::string(account)},
                    .permission_set = std::string(set),
                    .duration = length,
                    .start = {},
                    .reason = "because",
                    .ticket = {},
                    .rule = {}};
    const auto asked = submit(caller(who), std::move(ask));
    EXPECT_TRUE(asked) << (asked ? "" : asked.error().message);
    return asked.value_or(access::RequestId());
  }
  /// The same, and waits until it is there.
  access::RequestId hold(std::string_view who, std::string_view account, std::string_view set, Duration length) {
    const auto id = ask(who, account, set, length);
    EXPECT_TRUE(run_until(Duration::minutes(2), [&] { return grant(id).status == access::Status::kActive; }));
    return id;
  }
  void end(std::string_view who, const access::RequestId& request) {
    EXPECT_TRUE(submit(caller(who), access::End{request, {}}).has_value());
  }
  [[nodiscard]] const access::GrantState& grant(const access::RequestId& request) const {
    return *core->state().grants.find(core->state().requests.find(request)->grants.at(0));
  }
  [[nodiscard]] access::Caller caller(std::string_view who) const {
    for (const auto& person : sandbox.people()) {
      const access::UserId id(person.id.str());
      if (person.user_name == who)
        return {{"person", id, person.user_name, {}}, id, person.user_name, access::Role::kPerson};
    }
    ADD_FAILURE() << "nobody is " << who;
    return {};
  }

  void run_for(Duration time) {
    const Instant until = now + time;
    (void)run_until(time, [] { return false; });
    now = until;
    sandbox.advance(now);
  }
  template <class Holds>
  bool run_until(Duration most, Holds holds) {
    const Instant until = now + most;
    for (int steps = 0; !holds(); ++steps) {
      EXPECT_LT(steps, 200'000) << "it runs in circles";
      const Instant arrival = packets_.empty() ? Instant::max() : packets_.begin()->first.first;
      const Instant next = std::min(arrival, core ? wake() : Instant::max());
      if (next > until || steps >= 200'000) break;
      now = std::max(now, next);
      sandbox.advance(now);
      if (arrival <= now) deliver();
      else turn({});
    }
    return holds();
  }

  [[nodiscard]] std::size_t count(std::string_view kind) const {
    return static_cast<std::size_t>(std::count(kinds.begin(), kinds.end(), kind));
  }
  [[nodiscard]] std::size_t first(std::string_view kind) const {
    return static_cast<std::size_t>(std::find(kinds.begin(), kinds.end(), kind) - kinds.begin());
  }

  sandbox::Sandbox sandbox;
  std::unique_ptr<Core> core;
  std::vector<std::string> ledger;  ///< durable
  std::vector<std::string> kinds;   ///< of its entries, and of what was held while it was out
  std::vector<std::string> calls;   ///< operations, in the order in which they were sent
  bool ledger_is_out = false;
  Instant now = *parse_rfc3339("2026-01-05T08:00:00Z");

 private:
  struct Packet {
    control::CallId id = 0;
    aws::Call call;
    std::optional<aws::AwsResult<aws::Reply>> reply;  ///< on its way back
  };

  /// While the ledger has not got everything it is asked now and then, and not more often.
  [[nodiscard]] Instant wake() const {
    const bool is_behind = ledger_is_out || !core->tail().entries.empty();
    return is_behind ? last_turn_ + Duration::milliseconds(500) : core->next_wake();
  }
  Result<access::RequestId> submit(access::Caller caller, access::Command command) {
    return turn({{1, std::move(caller), std::move(command), {}}}).front().result;
  }
  std::vector<Ruling> turn(const std::vector<Submission>& submissions) {
    last_turn_ = now;
    Batch batch = decide(submissions);
    for (const auto& entry : batch.entries) kinds.emplace_back(access::kind_of(entry.event));
    for (auto& call : core->dispatch(now)) {
      calls.emplace_back(aws::operation_of(call.call));
      packets_.emplace(std::pair(now + kWay, ++packets_put_), Packet{call.id, std::move(call.call), {}});
    }
    if (const auto organization = core->take_new_organization()) directory_ = organization->snapshot();
    return batch.rulings;
  }
  Batch decide(const std::vector<Submission>& submissions) {
    if (ledger_is_out) {
      core->suspend(Error{"ledger_unavailable", "the disk is gone"});
      Batch batch = core->prepare_revokes(submissions, now);
      core->hold(batch);
      return batch;
    }
    if (const auto& tail = core->tail(); !tail.entries.empty()) {
      ledger.insert(ledger.end(), tail.bytes.begin(), tail.bytes.end());
      core->commit();
    }
    core->suspend({});
    Batch batch = core->prepare(submissions, now);
    ledger.insert(ledger.end(), batch.bytes.begin(), batch.bytes.end());
    core->commit();
    return batch;
  }
  void deliver() {
    Packet packet = std::move(packets_.begin()->second);
    packets_.erase(packets_.begin());
    if (packet.reply) {
      if (!core) return;
      core->receive(packet.id, *packet.reply, now);
      turn({});
      return;
    }
    const auto& endpoint = endpoints_[aws::service_of(packet.call)];
    const aws::Credentials credentials{sandbox.credentials().access_key_id, sandbox.credentials().secret_access_key, "",
                                       std::nullopt};
    const auto response = sandbox.handle(
        aws::sign(aws::encode(packet.call, endpoint), credentials, endpoint.service, endpoint.region, now), now);
    packet.reply = aws::decode(packet.call, response);
    if (core) packets_.emplace(std::pair(now + kWay, ++packets_put_), std::move(packet));
  }

  aws::Endpoints endpoints_;
  std::string policy_;
  std::optional<access::Snapshot> directory_;
  std::map<std::pair<Instant, std::uint64_t>, Packet> packets_;
  std::uint64_t packets_put_ = 0;
  std::uint64_t ids_made_ = 0;
  Instant last_turn_;
};

}  // namespace ag::server::testing
