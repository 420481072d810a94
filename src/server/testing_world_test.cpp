#include "server/testing_world.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "aws/codec.hpp"
#include "aws/errors.hpp"
#include "aws/sigv4.hpp"
#include "base/assert.hpp"

namespace ag::server::testing {
namespace {

const Instant kMorning = *parse_rfc3339("2026-01-05T08:00:00Z");
// One company for all runs: its names are the same for every seed, and reading it once is enough.
constexpr std::uint64_t kCompany = 1;
constexpr std::size_t kLongestStory = 400;
// More turns than this that nobody asked for, and the core is running in circles.
constexpr int kMostTurnsInSecond = 100;
constexpr int kMostTurnsAtOnce = 20;
// More than all grants of a run together can lead to in one turn.
constexpr std::size_t kMostEntriesInTurn = 400;
constexpr int kMostConflicts = 10;  // as the engine
constexpr Duration kLedgerRetry = Duration::seconds(1);
constexpr Duration kLongestStale = Duration::seconds(3);

constexpr std::string_view kPolicy = R"(version: 1
permission_sets:
  ReadOnly:  {level: low}
  PowerUser: {level: medium}
  ProdAdmin: {level: critical}
rules:
  - id: work
    who: {everyone: true}
    what: [ReadOnly, PowerUser]
    where: [all]
    max: 8h
    approval: nobody
  - id: danger
    who: {everyone: true}
    what: [ProdAdmin]
    where: [all]
    max: 8h
    approval: a-lead
approval_policies:
  nobody: {steps: []}
  a-lead:
    steps: [{any_of: [{group: TeamLeads}], need: 1}]
    lapse: 8h
)";

aws::AwsError silence() { return aws::local_error(aws::ErrorClass::kRetryable, "Timeout", "no reply in time"); }

/// Whether the sandbox answers it alike whatever happens.
bool is_unchanging(const aws::Call& call) {
  const bool is_about_assignments = std::holds_alternative<aws::CreateAccountAssignment>(call) ||
                                    std::holds_alternative<aws::DeleteAccountAssignment>(call) ||
                                    std::holds_alternative<aws::DescribeCreation>(call) ||
                                    std::holds_alternative<aws::DescribeDeletion>(call) ||
                                    std::holds_alternative<aws::ListAccountAssignments>(call) ||
                                    std::holds_alternative<aws::ListAccountAssignmentsForPrincipal>(call) ||
                                    std::holds_alternative<aws::ListPermissionSetsProvisionedToAccount>(call);
  return !is_about_assignments;
}

std::string summary(const aws::Call& call) {
  std::string text(aws::operation_of(call));
  std::visit(
      [&](const auto& c) {
        if constexpr (requires { c.assignment; })
          text += " " + c.assignment.account.str() + " " + c.assignment.principal_id;
        else if constexpr (requires { c.operation; }) text += " " + c.operation.str();
        else if constexpr (requires { c.account; }) text += " " + c.account.str();
      },
      call);
  return text;
}

std::string summary(const aws::AwsResult<aws::Reply>& reply) {
  if (!reply) return fmt::format("{}: {}", reply.error().code, reply.error().message);
  if (const auto* operation = std::get_if<aws::Operation>(&*reply)) {
    return fmt::format("{} {} {}", name_of(operation->status), operation->id.str(), operation->failure_reason);
  }
  if (const auto* page = std::get_if<aws::Assignments>(&*reply))
    return fmt::format("{} assignments", page->items.size());
  return "ok";
}

}  // namespace

std::uint64_t Chance::next() {
  std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15ULL;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
  return mixed ^ (mixed >> 31);
}

Duration Chance::between(Duration least, Duration most) {
  const auto span = static_cast<std::size_t>((most.count_milliseconds() - least.count_milliseconds()) + 1);
  return least + Duration::milliseconds(static_cast<std::int64_t>(below(span)));
}

Faults hostile() {
  return {.lost_calls = 20,
          .lost_replies = 30,
          .late_calls = 20,
          .slow_calls = 20,
          .throttled = 40,
          .internal = 20,
          .internal_after = 20,
          .conflicts = 30,
          .stale_lists = 100,
          .append_refused = 5,
          .append_unknown = 20,
          .foreign_writers = 20,
          .crashes = 8};
}

World::World(WorldOptions options)
    : options_(options),
      chance_(options.seed),
      sandbox_(kCompany, options.behaviour),
      people_(sandbox_.people()),
      endpoints_(*aws::Endpoints::of(sandbox_.region(), [](const std::string&) { return std::nullopt; })),
      laws_(sandbox_, options.bounds),
      now_(kMorning),
      store_(ledger::open_memory(ledger_)) {
  faulty_ = false;
  start();
  const access::Caller operator_caller{{"operator", {}, {}, {}}, {}, "operator", access::Role::kAdmin};
  AG_ASSERT(submit(operator_caller, access::ApplyPolicy{std::string(kPolicy), "file", {}}).has_value());
  AG_ASSERT(run_until(Duration::minutes(5), [&] {
    return core_->organization()->known() && core_->organization()->snapshot().standing_at.has_value();
  }));
  faulty_ = true;
}

// ---- what people do --------------------------------------------------------------------------------------

access::Caller World::caller(std::string_view who) const {
  const auto it = std::find_if(people_.begin(), people_.end(), [&](const auto& each) { return each.user_name == who; });
  AG_ASSERT(it != people_.end());
  const access::UserId id(it->id.str());
  return {{"person", id, it->user_name, {}}, id, it->user_name, access::Role::kPerson};
}

sandbox::Slot World::slot(std::string_view account, std::string_view permission_set, std::string_view principal) const {
  const auto slot = sandbox_.slot(account, permission_set, principal);
  AG_ASSERT(slot.has_value());
  return *slot;
}

Result<access::RequestId> World::ask(std::string_view who, std::string_view account, std::string_view permission_set,
                                     Duration duration, std::optional<Instant> start) {
  access::Ask ask{.id = access::RequestId(fmt::format("req_{:026}", ++ids_made_)),
                  .accounts = {std::string(account)},
                  .permission_set = std::string(permission_set),
                  .duration = duration,
                  .start = start,
                  .reason = "because",
                  .ticket = {},
                  .rule = {}};
  return submit(caller(who), std::move(ask));
}

Result<access::RequestId> World::approve(std::string_view who, const access::RequestId& request) {
  if (!core_) return fail("down", "the server is down");
  const auto* asked = core_->state().requests.find(request);
  AG_ASSERT(asked != nullptr);
  return submit(caller(who), access::Decide{request, asked->version, access::Verdict::kApprove, {}, {}});
}

Result<access::RequestId> World::end(std::string_view who, const access::RequestId& request) {
  return submit(caller(who), access::End{request, {}});
}

Result<access::RequestId> World::submit(access::Caller caller, access::Command command) {
  if (!core_) return fail("down", "the server is down");
  rulings_.clear();
  turn({}, {{1, std::move(caller), std::move(command), {}}});
  return rulings_.empty() ? fail("down", "the server went down") : rulings_.front().result;
}

// ---- the process -----------------------------------------------------------------------------------------

void World::start() {
  core_ = std::make_unique<Core>();
  take_in_foreign_entries();
  const bool forgets = faulty_ && chance_.per_thousand(200);
  core_->adopt(forgets ? std::nullopt : cached_directory_);
  retry_ledger_at_ = {};
  tell("-- start");
}

void World::crash(Duration until_restart) {
  tell("-- crash");
  core_.reset();
  crash_at_.reset();
  laws_.note_crash();
  ++process_;
  ++crashes_;
  restart_at_ = now_ + until_restart;
}

bool World::crashes_here(CrashPoint point) {
  if (crash_at_ ? crash_at_ != point : !(faulty_ && chance_.per_thousand(options_.faults.crashes))) return false;
  // Never less than a second: a process that starts knows nothing of the calls of the one before.
  crash(chance_.between(Duration::seconds(1), Duration::seconds(15)));
  return true;
}

void World::stop_faults() {
  tell("-- quiet");
  faulty_ = false;
  crash_at_.reset();
  ledger_back_at_ = {};
  sandbox::Behaviour behaviour = options_.behaviour;
  behaviour.failures_per_thousand = 0;
  sandbox_.set_behaviour(behaviour);
  sandbox_.fail_next_operations(0, "");
  laws_.note_quiet(now_);
}

Instant World::next_wake() const {
  if (!core_) return restart_at_;
  return std::max(core_->next_wake(), retry_ledger_at_);
}

void World::run_for(Duration time) {
  const Instant until = now_ + time;
  for (;;) {
    if (!laws_.broken().empty()) return;  // what comes after the first is of no use
    const Instant arrival = packets_.empty() ? Instant::max() : packets_.begin()->first.first;
    if (std::min(arrival, next_wake()) > until) break;
    step(until);
  }
  now_ = std::max(now_, until);
  sandbox_.advance(now_);
  laws_.check(now_);
}

void World::step(Instant until) {
  const Instant wake = next_wake();
  const Instant arrival = packets_.empty() ? Instant::max() : packets_.begin()->first.first;
  now_ = std::max(now_, std::min({wake, arrival, until}));
  sandbox_.advance(now_);
  laws_.check(now_);
  if (arrival <= now_) {
    Packet packet = std::move(packets_.begin()->second);
    packets_.erase(packets_.begin());
    if (packet.request) arrive(std::move(packet));
    else if (packet.process == process_ && core_) turn({std::move(packet)}, {});
  } else if (wake <= now_) {
    watch_for_spinning();
    if (core_) turn({}, {});
    else start();
  }
}

void World::watch_for_spinning() {
  if (now_.count_seconds() != second_) turns_in_second_ = 0;
  if (now_ != last_turn_at_) turns_at_once_ = 0;
  second_ = now_.count_seconds();
  last_turn_at_ = now_;
  if (++turns_in_second_ > kMostTurnsInSecond || ++turns_at_once_ > kMostTurnsAtOnce) {
    laws_.break_law("the core runs in circles: it wants to be woken again and again");
  }
}

// As the engine does it.
void World::turn(std::vector<Packet> replies, const std::vector<Submission>& submissions) {
  for (const auto& packet : replies) {
    tell(fmt::format("{} <- {}", packet.id, summary(*packet.reply)));
    laws_.note_reply(packet.id, *packet.reply);
    core_->receive(packet.id, *packet.reply, now_);
  }
  take_in_foreign_entries();
  Batch batch;
  settle(batch, submissions);
  if (!core_) return;
  auto outgoing = core_->dispatch(now_);
  for (auto& call : outgoing) send(std::move(call));
  if (const auto organization = core_->take_new_organization()) cached_directory_ = organization->snapshot();
  if (crashes_here(CrashPoint::kAfterDispatch)) return;
}

void World::settle(Batch& batch, const std::vector<Submission>& submissions) {
  std::optional<Error> failure;
  for (int attempt = 0;; ++attempt) {
    if (faulty_ && chance_.per_thousand(options_.faults.foreign_writers)) write_beside();
    batch = core_->prepare(submissions, now_);
    if (batch.entries.size() > kMostEntriesInTurn) laws_.break_law("one turn wrote entries without end");
    if (batch.entries.empty()) {
      core_->commit();
      break;
    }
    if (crashes_here(CrashPoint::kBeforeAppend)) return;
    const auto appended = append(batch);
    audit();
    if (appended) {
      if (crashes_here(CrashPoint::kAfterAppend)) return;
      core_->commit();
      retry_ledger_at_ = {};
      break;
    }
    core_->abort();
    if (appended.error().code == "position_conflict" && attempt < kMostConflicts) {
      take_in_foreign_entries();
      continue;
    }
    tell("-- the ledger refuses: " + appended.error().code);
    failure = appended.error();
    retry_ledger_at_ = now_ + kLedgerRetry;
    break;
  }
  rulings_ = batch.rulings;
  if (failure) {
    for (auto& ruling : rulings_) {
      if (ruling.result) ruling.result = fail(*failure);
    }
    return;
  }
  // Everything that there was to say was said.
  if (!core_->prepare({}, now_).entries.empty()) laws_.break_law("a turn left something unsaid");
  core_->abort();
}

// ---- the ledger ------------------------------------------------------------------------------------------

Result<void> World::append(const Batch& batch) {
  const auto expected = static_cast<ledger::Position>(core_->state().size.get()) - batch.entries.size();
  const auto stored = store(expected, batch.bytes);
  if (stored || stored.error().code != "outcome_unknown") return stored;
  std::size_t same = 0;
  const auto read = store_->read(expected, batch.bytes.size(), [&](ledger::Position, std::string_view bytes) {
    return bytes == batch.bytes[same] && ++same < batch.bytes.size();
  });
  if (read && same == batch.bytes.size()) return {};
  return fail("position_conflict", "the append did not happen");
}

Result<void> World::store(ledger::Position expected, const std::vector<std::string>& bytes) {
  const Faults& faults = options_.faults;
  if (faulty_ && chance_.per_thousand(faults.append_refused)) {
    ledger_back_at_ = now_ + chance_.between(Duration{}, Duration::seconds(20));
  }
  if (now_ < ledger_back_at_) return fail("ledger_unavailable", "the disk is full");
  const bool unknown = faulty_ && chance_.per_thousand(faults.append_unknown);
  if (unknown && chance_.per_thousand(500)) return fail("outcome_unknown", "the connection broke");
  if (const auto appended = store_->append(expected, bytes); !appended) return fail(appended.error());
  if (unknown) return fail("outcome_unknown", "the connection broke");
  return {};
}

void World::write_beside() {
  const access::Entry entry{static_cast<std::int64_t>(ledger_->head.size),
                            std::max(now_, kMorning),
                            access::Actor{"operator", {}, {}, {}},
                            {},
                            access::ServerStarted{"elsewhere"}};
  AG_ASSERT(store_->append(ledger_->head.size, std::vector{access::encode_entry(entry)}).has_value());
  audit();
}

void World::take_in_foreign_entries() {
  const auto from = static_cast<ledger::Position>(core_->state().size.get());
  std::vector<access::Entry> entries;
  const auto read = store_->read(from, UINT64_MAX, [&](ledger::Position, std::string_view bytes) {
    auto entry = access::decode_entry(bytes);
    AG_ASSERT(entry.has_value());
    entries.push_back(std::move(*entry));
    return true;
  });
  AG_ASSERT(read.has_value());
  for (const auto& entry : entries) core_->replay(entry);
}

void World::audit() {
  for (; audited_ < ledger_->entries.size(); ++audited_) {
    const auto entry = access::decode_entry(ledger_->entries[audited_]);
    AG_ASSERT(entry.has_value());
    tell(fmt::format("   {} {}", access::kind_of(entry->event), json::serialize(access::entry_to_json(*entry))));
    laws_.note_entry(*entry, now_);
  }
}

// ---- the way to AWS --------------------------------------------------------------------------------------

HttpRequest World::signed_request(const aws::Call& call) const {
  const auto& endpoint = endpoints_[aws::service_of(call)];
  const aws::Credentials credentials{sandbox_.credentials().access_key_id, sandbox_.credentials().secret_access_key, "",
                                     std::nullopt};
  return aws::sign(aws::encode(call, endpoint), credentials, endpoint.service, endpoint.region, now_);
}

void World::send(control::Outgoing outgoing) {
  tell(fmt::format("{} -> {}", outgoing.id, summary(outgoing.call)));
  ++calls_[std::string(aws::operation_of(outgoing.call))];
  laws_.note_call(outgoing.id, outgoing.call, now_);
  const Faults faults = faulty_ ? options_.faults : Faults{};
  const bool lost = chance_.per_thousand(faults.lost_calls);
  const bool late = chance_.per_thousand(faults.late_calls);
  const bool unheard = chance_.per_thousand(faults.lost_replies);
  const bool slow = chance_.per_thousand(faults.slow_calls);
  const Instant gives_up = now_ + control::kCallDeadline;
  if (lost || late || unheard) {
    put(gives_up, {outgoing.id, process_, outgoing.call, {}, std::unexpected(silence())});
    tell(lost ? "   (lost)" : late ? "   (late)" : "   (unheard)");
  }
  if (lost) return;
  Instant arrival = now_ + chance_.between(Duration::milliseconds(5), Duration::milliseconds(150));
  if (slow) arrival = now_ + chance_.between(Duration::seconds(1), Duration::seconds(15));
  if (late) arrival = gives_up + chance_.between(Duration::milliseconds(1), Duration::seconds(10));
  auto request = signed_request(outgoing.call);
  put(arrival, {outgoing.id, process_, std::move(outgoing.call), std::move(request), {}, !(late || unheard)});
}

void World::disturb(const Packet& packet) {
  if (!faulty_) return;
  using When = sandbox::Disturbance::When;
  const std::string operation(aws::operation_of(packet.call));
  const bool mutates = std::holds_alternative<aws::CreateAccountAssignment>(packet.call) ||
                       std::holds_alternative<aws::DeleteAccountAssignment>(packet.call);
  const Faults& faults = options_.faults;
  if (chance_.per_thousand(faults.throttled)) {
    sandbox_.disturb({operation, When::kInsteadOfTheCall, 1, 400, "ThrottlingException", "Rate exceeded"});
  } else if (chance_.per_thousand(faults.internal)) {
    sandbox_.disturb({.operation = operation, .when = When::kInsteadOfTheCall});
  } else if (chance_.per_thousand(faults.internal_after)) {
    sandbox_.disturb({.operation = operation, .when = When::kAfterTheCall});
  } else if (mutates && chance_.per_thousand(faults.conflicts)) {
    sandbox_.disturb({operation, When::kInsteadOfTheCall, 1, 400, "ConflictException",
                      "There is a conflicting operation in process."});
  }
}

HttpResponse World::answer(const Packet& packet) {
  const std::string key = std::string(aws::operation_of(packet.call)) + packet.request->body;
  if (is_unchanging(packet.call)) {
    if (const auto it = unchanging_.find(key); it != unchanging_.end()) return it->second;
  }
  const bool is_look = std::holds_alternative<aws::ListAccountAssignments>(packet.call);
  if (is_look && faulty_ && chance_.per_thousand(options_.faults.stale_lists)) {
    const auto earlier = earlier_lists_.find(key);
    if (earlier != earlier_lists_.end() && now_ - earlier->second.first <= kLongestStale) return earlier->second.second;
  }
  disturb(packet);
  HttpResponse response = sandbox_.handle(*packet.request, now_);
  if (response.status == 200 && is_look) earlier_lists_[key] = {now_, response};
  if (response.status == 200 && is_unchanging(packet.call)) unchanging_[key] = response;
  return response;
}

void World::arrive(Packet packet) {
  const HttpResponse response = answer(packet);
  auto reply = aws::decode(packet.call, response);
  if (!reply) ++refusals_[reply.error().code];
  tell(fmt::format("   {} at AWS: {}", packet.id, summary(reply)));
  if (!packet.is_answered) return;
  packet.request.reset();
  packet.reply = std::move(reply);
  put(now_ + chance_.between(Duration::milliseconds(5), Duration::milliseconds(150)), std::move(packet));
}

// ---- what is to be seen ----------------------------------------------------------------------------------

std::size_t World::refusals(const std::string& code) const {
  const auto it = refusals_.find(code);
  return it == refusals_.end() ? 0 : it->second;
}

std::size_t World::calls(std::string_view operation) const {
  const auto it = calls_.find(operation);
  return it == calls_.end() ? 0 : it->second;
}

void World::tell(std::string line) {
  story_.push_back(to_rfc3339(now_) + " " + std::move(line));
  if (story_.size() > kLongestStory) story_.pop_front();
}

std::string World::story() const {
  std::string text;
  for (const auto& line : story_) text += line + "\n";
  return text;
}

}  // namespace ag::server::testing
