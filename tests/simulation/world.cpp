#include "simulation/world.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "aws/errors.hpp"
#include "base/assert.hpp"
#include "simulation/policies.hpp"

/// This half: people, time and the way to AWS. The other half, what one program does, is in process.cpp.
namespace ag::simulation {
namespace {

const Instant kMorning = *parse_rfc3339("2026-01-05T08:00:00Z");
constexpr std::size_t kLongestStory = 400;
constexpr Duration kLongestAfterCrash = Duration::seconds(10);
// As the engine: the clock is looked at so often whatever the timers say, and not more often while the ledger is out.
constexpr Duration kLongestSleep = Duration::milliseconds(500);
constexpr Duration kShortestSleep = Duration::milliseconds(100);
// A program that was up so long has told people what is wrong.
constexpr Duration kTimeToTell = Duration::seconds(5);

aws::AwsError silence() { return aws::local_error(aws::ErrorClass::kRetryable, "Timeout", "no reply in time"); }

std::string summary(const aws::Call& call) {
  std::string text(aws::operation_of(call));
  std::visit(
      [&](const auto& c) {
        if constexpr (requires { c.assignment; })
          text += " " + c.assignment.account.str() + " " + c.assignment.permission_set.str() + " " +
                  c.assignment.principal_id;
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

Laws::Bounds bounds_of(const WorldOptions& options) {
  Laws::Bounds bounds = options.bounds;
  bounds.is_alone = options.replicas == 1;
  return bounds;
}

}  // namespace

World::World(WorldOptions options)
    : options_(options),
      chance_(options.seed),
      cloud_(options.behaviour),
      people_(cloud_.sandbox().people()),
      laws_(cloud_.sandbox(), bounds_of(options)),
      now_(options.start == Instant{} ? kMorning : options.start),
      store_(ledger::open_memory(ledger_)) {
  machines_.resize(static_cast<std::size_t>(options.replicas));
  replicas_.resize(machines_.size());
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    replicas_[i].machine = i;
    start(replicas_[i]);
  }
  AG_ASSERT(apply_policy(std::string(kPolicy)).has_value());
  run_for(Duration::minutes(1));
  AG_ASSERT(!laws_.broken().empty() || core()->organization()->snapshot().standing_at.has_value());
  faulty_ = true;
}

// ---- people ----------------------------------------------------------------------------------------------

access::Caller World::caller(std::string_view who) const {
  const auto it = std::find_if(people_.begin(), people_.end(), [&](const auto& each) { return each.user_name == who; });
  AG_ASSERT(it != people_.end());
  const access::UserId id(it->id.str());
  return {{"person", id, it->user_name, {}}, id, it->user_name, access::Role::kPerson};
}

Result<access::RequestId> World::ask(std::string_view who, std::string_view account, std::string_view permission_set,
                                     Duration duration, std::optional<Instant> start, const Sent& sent) {
  access::Ask ask{.id = access::RequestId(fmt::format("req_{:026}", ++ids_made_)),
                  .accounts = {std::string(account)},
                  .permission_set = std::string(permission_set),
                  .duration = duration,
                  .start = start,
                  .reason = "because",
                  .ticket = {},
                  .rule = {}};
  return submit(caller(who), std::move(ask), sent.key);
}

Result<access::RequestId> World::decide(std::string_view who, const access::RequestId& request, access::Verdict verdict,
                                        const Sent& sent) {
  if (!is_up()) return fail("down", "the server is down");
  const auto* asked = core()->state().requests.find(request);
  if (asked == nullptr) return fail("unknown_request", "nobody asked");
  access::Decide command{request, sent.version.value_or(asked->version), verdict, {}, sent.max_duration};
  if (verdict == access::Verdict::kDeny) command.comment = "no";
  return submit(caller(who), std::move(command), sent.key);
}

std::vector<Result<access::RequestId>> World::approve_together(const std::vector<std::string_view>& people,
                                                               const access::RequestId& request) {
  const auto* asked = is_up() ? core()->state().requests.find(request) : nullptr;
  if (asked == nullptr) return {};
  std::vector<server::Submission> submissions;
  for (const auto who : people) {
    submissions.push_back({submissions.size() + 1,
                           caller(who),
                           access::Decide{request, asked->version, access::Verdict::kApprove, {}, {}},
                           {}});
  }
  std::vector<Result<access::RequestId>> results;
  for (auto& ruling : submit(std::move(submissions))) results.push_back(std::move(ruling.result));
  return results;
}

Result<access::RequestId> World::withdraw(std::string_view who, const access::RequestId& request) {
  return submit(caller(who), access::Withdraw{request});
}

Result<access::RequestId> World::end(std::string_view who, const access::RequestId& request) {
  return submit(caller(who), access::End{request, {}});
}

Result<access::RequestId> World::extend(std::string_view who, const access::RequestId& request, Duration by) {
  return submit(caller(who),
                access::ExtendAccess{
                    access::RequestId(fmt::format("req_{:026}", ++ids_made_)), request, by, "it takes longer", {}});
}

Result<access::RequestId> World::apply_policy(std::string text) {
  const access::Caller administrator{{"operator", {}, {}, {}}, {}, "operator", access::Role::kAdmin};
  return submit(administrator, access::ApplyPolicy{std::move(text), "file", {}});
}

World::Replica* World::front() {
  const auto it = std::find_if(replicas_.begin(), replicas_.end(),
                               [](const Replica& replica) { return replica.core && !replica.turn_at; });
  return it == replicas_.end() ? nullptr : &*it;
}

const server::Core* World::core() const {
  const auto it = std::find_if(replicas_.begin(), replicas_.end(),
                               [](const Replica& replica) { return replica.core && !replica.turn_at; });
  return it == replicas_.end() ? nullptr : it->core.get();
}

std::vector<server::Ruling> World::submit(std::vector<server::Submission> submissions) {
  Replica* replica = front();
  if (replica == nullptr) return {};
  rulings_.clear();
  turn(*replica, {}, submissions);
  return std::exchange(rulings_, {});
}

Result<access::RequestId> World::submit(access::Caller caller, access::Command command,
                                        std::optional<access::IdempotencyKey> key) {
  std::vector<server::Submission> submissions;
  submissions.push_back({1, std::move(caller), std::move(command), std::move(key)});
  const auto rulings = submit(std::move(submissions));
  return rulings.empty() ? fail("down", "the server is down, or went down") : rulings.front().result;
}

// ---- what happens to it ----------------------------------------------------------------------------------

void World::crash(Duration until_restart, std::size_t replica) {
  if (replicas_.at(replica).core) die(replicas_[replica], until_restart);
}

void World::die(Replica& replica, Duration until_restart) {
  tell([&] { return fmt::format("-- crash of process {}", replica.process); });
  laws_.note_crash(replica.process);
  // Its connections end with it: AWS does not wait for what has not come by then.
  std::erase_if(packets_, [&](const auto& entry) {
    return !entry.second.reply && entry.second.process == replica.process &&
           entry.first.first > now_ + kLongestAfterCrash;
  });
  Replica dead;
  dead.machine = replica.machine;
  dead.restart_at = now_ + until_restart;
  replica = std::move(dead);
  crash_at_.reset();
  ++crashes_;
}

void World::refuse_appends(Instant until) {
  ledger_back_at_ = std::max(ledger_back_at_, until);
  laws_.note_ledger_out(ledger_back_at_);
}

void World::set_clocks(Duration ahead, Duration behind) {
  for (auto& machine : machines_) {
    machine.clock_ahead = ahead;
    machine.clock_behind = behind;
  }
  for (auto& replica : replicas_) replica.poll_at = std::min(replica.poll_at, now_ + kLongestSleep);
}

bool World::clocks_are_right() const {
  return std::all_of(machines_.begin(), machines_.end(),
                     [](const Machine& it) { return it.clock_ahead.is_zero() && it.clock_behind.is_zero(); });
}

bool World::restore_ledger(std::size_t size) {
  AG_ASSERT(size <= ledger_->entries.size());
  const bool is_spooled =
      std::any_of(machines_.begin(), machines_.end(), [](const Machine& it) { return !it.spool.empty(); });
  const auto after = sizes_.upper_bound(size);
  if (is_spooled || size == ledger_->entries.size() || after == sizes_.begin()) return false;
  size = *std::prev(after);  // no backup holds half a commit
  sizes_.erase(after, sizes_.end());
  // That of an older restore tells of more, until it is accepted.
  if (accepted_) checkpoint_ = std::exchange(accepted_, std::nullopt);
  if (!checkpoint_) checkpoint_ = *server::checkpoint_of(*store_, now_);
  for (auto& replica : replicas_) {
    if (replica.core) die(replica, Duration::seconds(5));
  }
  ledger::MemoryLedger older;
  std::vector<access::Entry> kept;
  std::vector<access::Entry> lost;
  for (std::size_t i = 0; i < ledger_->entries.size(); ++i) {
    (i < size ? kept : lost).push_back(*access::decode_entry(ledger_->entries[i]));
    if (i >= size) continue;
    older.entries.push_back(ledger_->entries[i]);
    older.head.append(ledger::leaf_hash(older.entries.back()));
  }
  *ledger_ = std::move(older);
  audited_ = size;
  laws_.note_restored(kept, lost, now_);
  tell([&] { return fmt::format("-- the ledger comes back with {} entries", size); });
  return true;
}

void World::accept_restore() {
  if (!checkpoint_) return;
  const Replica* replica = front();
  const bool was_up = replica != nullptr && !replica->ledger_problem && now_ - replica->up_since > kTimeToTell;
  if (was_up) laws_.check_told_of_restore();
  accepted_ = std::exchange(checkpoint_, std::nullopt);
  for (auto& each : replicas_) {
    if (each.core) die(each, Duration::seconds(2));
  }
}

void World::change_set(const sandbox::PermissionSetArn& set, const std::string& document) {
  if (cloud_.change_permission_set(set, document, now_)) {
    laws_.note_set_changed(access::PermissionSetArn(set.str()), now_);
  }
}

void World::refresh_directory() {
  for (auto& replica : replicas_) {
    if (!replica.core) continue;
    replica.core->refresh_directory(replica.time.now);
    replica.poll_at = std::min(replica.poll_at, now_ + kLongestSleep);
  }
}

void World::stop_faults() {
  tell([] { return std::string("-- quiet"); });
  faulty_ = false;
  crash_at_.reset();
  ledger_back_at_ = {};
  laws_.note_ledger_out({});
  set_clocks({}, {});
  cloud_.heal();
  accept_restore();
  laws_.note_quiet(now_);
  // Nobody waits five minutes to see what became of a change.
  if (laws_.is_set_unnoticed()) refresh_directory();
}

// ---- time ------------------------------------------------------------------------------------------------

Instant World::next_wake(const Replica& replica) const {
  if (!replica.core) return replica.restart_at;
  if (replica.turn_at) return replica.busy_until;
  // By the program's clock, and then by ours.
  const Instant wanted = replica.core->next_wake();
  const Instant wake = wanted == Instant::max() ? wanted : replica.time_at + (wanted - replica.time.now);
  const Instant at = std::min({wake, replica.poll_at, replica.retry_ledger_at, replica.hears_others_until});
  return replica.ledger_problem ? std::max(at, replica.last_turn_at + kShortestSleep) : at;
}

std::pair<Instant, std::size_t> World::first_wake() const {
  std::pair<Instant, std::size_t> first{Instant::max(), 0};
  for (std::size_t i = 0; i < replicas_.size(); ++i) first = std::min(first, std::pair(next_wake(replicas_[i]), i));
  return first;
}

void World::run_for(Duration time) {
  const Instant until = now_ + time;
  for (;;) {
    if (!laws_.broken().empty()) return;  // what comes after the first is of no use
    const Instant arrival = packets_.empty() ? Instant::max() : packets_.begin()->first.first;
    if (std::min(arrival, first_wake().first) > until) break;
    step(until);
  }
  now_ = std::max(now_, until);
  sandbox().advance(now_);
  laws_.check(now_);
}

void World::step(Instant until) {
  const auto [wake_at, who] = first_wake();
  const Instant arrival = packets_.empty() ? Instant::max() : packets_.begin()->first.first;
  now_ = std::max(now_, std::min({wake_at, arrival, until}));
  sandbox().advance(now_);
  laws_.check(now_);
  if (arrival <= now_) {
    Packet packet = std::move(packets_.begin()->second);
    packets_.erase(packets_.begin());
    if (packet.reply) deliver(std::move(packet));
    else arrive(std::move(packet));
  } else if (wake_at <= now_) {
    wake(replicas_[who]);
  }
}

void World::wake(Replica& replica) {
  if (!replica.core) return start(replica);
  if (replica.turn_at) {
    replica.turn_at.reset();
    replica.core->commit();
    take_in_foreign_entries(replica);  // others had time to write meanwhile
    return finish_turn(replica);
  }
  watch_for_spinning(replica);
  turn(replica, {}, {});
}

// ---- the way to AWS --------------------------------------------------------------------------------------

void World::send(const Replica& replica, control::Outgoing outgoing) {
  tell([&] { return fmt::format("{}/{} -> {}", replica.process, outgoing.id, summary(outgoing.call)); });
  ++calls_[std::string(aws::operation_of(outgoing.call))];
  ++all_calls_;
  trace(fmt::format("{} {} {}", now_.count_nanoseconds(), outgoing.id, aws::operation_of(outgoing.call)));
  const CallKey key{replica.process, outgoing.id};
  if (replica.core->tail().entries.empty()) laws_.note_call(key, outgoing, now_);
  else laws_.note_deaf_call(key, outgoing, now_);
  const Faults faults = faulty_ ? options_.faults : Faults{};
  const bool lost = chance_.per_thousand(faults.lost_calls);
  const bool creates = std::holds_alternative<aws::CreateAccountAssignment>(outgoing.call);
  const bool late = chance_.per_thousand(faults.late_calls) || (creates && chance_.per_thousand(faults.late_creates));
  const bool unheard = chance_.per_thousand(faults.lost_replies);
  const bool slow = chance_.per_thousand(faults.slow_calls);
  const Instant gives_up = now_ + control::kCallDeadline;
  Packet packet{static_cast<std::size_t>(&replica - replicas_.data()),
                replica.process,
                outgoing.id,
                std::move(outgoing.call),
                {},
                wall(replica),
                !(late || unheard)};
  if (lost || late || unheard) {
    Packet reply = packet;
    reply.reply = std::unexpected(silence());
    put(gives_up, std::move(reply));
    tell([&] { return std::string(lost ? "   (lost)" : late ? "   (late)" : "   (unheard)"); });
  }
  if (lost) return;
  Instant arrival = now_ + chance_.between(Duration::milliseconds(5), Duration::milliseconds(150));
  if (slow) arrival = now_ + chance_.between(Duration::seconds(1), Duration::seconds(15));
  if (late) arrival = gives_up + chance_.between(Duration::milliseconds(1), options_.latest);
  put(arrival, std::move(packet));
}

void World::arrive(Packet packet) {
  auto reply = cloud_.answer(packet.call, now_, packet.signed_at, faulty_ ? options_.faults : Faults{}, chance_);
  tell([&] { return fmt::format("   {}/{} at AWS: {}", packet.process, packet.id, summary(reply)); });
  if (!packet.is_answered) return;
  packet.reply = std::move(reply);
  put(now_ + chance_.between(Duration::milliseconds(5), Duration::milliseconds(150)), std::move(packet));
}

void World::deliver(Packet packet) {
  Replica& replica = replicas_[packet.replica];
  if (!replica.core || replica.process != packet.process) return;
  // After the turn, which ends at that moment.
  if (replica.turn_at) return put(replica.busy_until + Duration::milliseconds(1), std::move(packet));
  // The `Date` that came with it.
  if (packet.is_answered) replica.time_keeper.note_aws(Instant::from_seconds(now_.count_seconds()), now_);
  std::vector<Packet> replies;
  replies.push_back(std::move(packet));
  tell([&] { return fmt::format("{}/{} <- {}", replica.process, replies[0].id, summary(*replies[0].reply)); });
  turn(replica, std::move(replies), {});
}

// ---- what is to be seen ----------------------------------------------------------------------------------

std::optional<std::string> World::unrest() const {
  if (laws_.grants_over() != laws_.grants()) return "a grant is not over";
  if (!laws_.is_clean()) return "an assignment of ours is there";
  if (laws_.is_set_unnoticed()) return "a permission set was changed, and nobody has noticed";
  if (laws_.has_schedules()) return "a schedule is left";
  for (const auto& replica : replicas_) {
    if (!replica.core || replica.turn_at) return "a program is not up";
    const auto gauges = replica.core->gauges();
    if (gauges.outstanding_creates != 0) return "a create counts as outstanding";
    if (gauges.waiting[0] + gauges.waiting[1] != 0) return "a slot waits for its call";
    const auto& state = replica.core->state();
    if (gauges.watched > state.slots.size() + state.released.size()) return "a slot is watched that nobody knows";
  }
  const auto lost = laws_.lost_track_of();
  const bool is_found = std::all_of(lost.begin(), lost.end(), [&](const auto& slot) { return is_listed(slot); });
  if (!is_found) return "an assignment that the ledger forgot was not found";
  const bool is_changing = std::any_of(packets_.begin(), packets_.end(), [](const auto& entry) {
    return std::holds_alternative<aws::CreateAccountAssignment>(entry.second.call) ||
           std::holds_alternative<aws::DeleteAccountAssignment>(entry.second.call);
  });
  return is_changing ? std::optional<std::string>("a call is on its way") : std::nullopt;
}

/// Among the assignments that are shown to people, as nobody's grant.
bool World::is_listed(const access::Slot& slot) const {
  return std::all_of(replicas_.begin(), replicas_.end(), [&](const Replica& replica) {
    const auto& standing = replica.core->organization()->snapshot().standing;
    return std::any_of(standing.begin(), standing.end(), [&](const auto& seen) {
      return seen.user == slot.principal && seen.account == slot.account && seen.permission_set == slot.permission_set;
    });
  });
}

std::size_t World::calls(std::string_view operation) const {
  const auto it = calls_.find(operation);
  return it == calls_.end() ? 0 : it->second;
}

void World::trace(std::string_view what) {
  trace_ = sha256_of_parts({std::string_view(reinterpret_cast<const char*>(trace_.data()), trace_.size()), what});
}

void World::tell_line(std::string line) {
  story_.push_back(to_rfc3339(now_) + " " + std::move(line));
  if (options_.telling == Telling::kStory && story_.size() > kLongestStory) story_.pop_front();
}

std::string World::story() const {
  std::string text;
  for (const auto& line : story_) text += line + "\n";
  return text;
}

}  // namespace ag::simulation
