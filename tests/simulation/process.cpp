#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "simulation/world.hpp"

/// One program's shell, as the engine is one: the other half of World.
namespace ag::simulation {
namespace {

// More turns than this that nobody asked for, and the core is running in circles: reading the organization takes some
// fifty calls a second, each with a wake of its own.
constexpr int kMostTurnsInSecond = 300;
constexpr int kMostTurnsAtOnce = 20;
// More than all grants of a run together can lead to in one turn.
constexpr std::size_t kMostEntriesInTurn = 2'000;
constexpr int kMostConflicts = 10;      // as the engine
constexpr std::size_t kFullTurn = 500;  // as many ends as the core takes in one turn
constexpr Duration kLedgerRetry = Duration::seconds(1);
constexpr std::uint64_t kLongestLedgerRetry = 5;
constexpr Duration kOthersSpeakWithin = Duration::seconds(8);
// The engine looks at the ledger at least so often: what another writer wrote is seen by then.
constexpr Duration kPoll = Duration::milliseconds(500);
// To decide everything a second time is half of a turn's cost, and what it finds it finds soon.
constexpr std::uint64_t kTurnsBetweenChecks = 20;

std::string without_position(access::Entry entry) {
  entry.index = 0;
  return access::encode_entry(entry);
}

}  // namespace

void World::start(Replica& replica) {
  Replica fresh;
  fresh.machine = replica.machine;
  replica = std::move(fresh);
  replica.process = ++processes_;
  replica.core = std::make_unique<server::Core>(prepared());
  replica.up_since = now_;
  take_in_foreign_entries(replica);
  if (checkpoint_) replica.rollback = server::rollback(*store_, *checkpoint_).value_or(std::nullopt);
  if (accepted_) {  // until the ledger has it
    replica.core->note(access::RollbackAccepted{replica.core->state().size.get(), accepted_->size, accepted_->root});
  }
  std::vector<access::Entry> spooled;
  for (const auto& bytes : machine(replica).spool) spooled.push_back(*access::decode_entry(bytes));
  if (!spooled.empty()) hear_others(replica, Error{"ledger_unavailable", "the one before could not write it"});
  replica.core->put_back_tail(std::move(spooled));
  replica.time_keeper.note_ledger(replica.core->last_at(), now_);
  const bool forgets = faulty_ && chance_.per_thousand(200);
  replica.core->adopt(forgets ? std::nullopt : cached_directory_);
  tell([&] { return fmt::format("-- start of process {}", replica.process); });
}

server::Prepared World::prepared() const {
  server::Prepared prepared;
  prepared.trail = options_.trail;
  if (options_.bounds.denied_within) prepared.hard_end_policy = cloud_.session_end_policy();
  if (options_.bounds.switch_grace) {
    prepared.dead_man_switch = {cloud_.scheduler_role(), "AccessGuard", *options_.bounds.switch_grace};
  }
  return prepared;
}

World::Machine& World::machine(const Replica& replica) { return machines_[replica.machine]; }

Instant World::wall(const Replica& replica) const {
  const Machine& it = machines_[replica.machine];
  return now_ + it.clock_ahead - it.clock_behind;
}

void World::take_time(Replica& replica) {
  replica.time = replica.time_keeper.read(wall(replica), now_);
  replica.time_at = now_;
  if (!replica.time.jumped) return;
  tell([&] { return "-- the clock jumps to " + to_rfc3339(replica.time.now); });
  replica.core->restart_control(replica.time.now);
  laws_.note_forgotten(replica.process);
}

void World::suspend_or_resume(Replica& replica) {
  if (now_ >= replica.hears_others_until) {
    replica.hears_others_until = Instant::max();
    replica.was_out.reset();
  }
  replica.core->suspend(replica.rollback         ? replica.rollback
                        : replica.ledger_problem ? replica.ledger_problem
                        : replica.was_out        ? replica.was_out
                                                 : replica.time.disagreement);
}

void World::hear_others(Replica& replica, Error why) {
  replica.was_out = std::move(why);
  replica.hears_others_until = now_ + kOthersSpeakWithin;
}

bool World::crashes_here(Replica& replica, CrashPoint point) {
  if (crash_at_ ? crash_at_ != point : !(faulty_ && chance_.per_thousand(options_.faults.crashes))) return false;
  // Never less than a second: a process that starts knows nothing of the calls of the one before.
  die(replica, chance_.between(Duration::seconds(1), Duration::seconds(15)));
  return true;
}

void World::watch_for_spinning(Replica& replica) {
  if (now_.count_seconds() != replica.second) replica.turns_in_second = 0;
  if (now_ != replica.last_turn_at) replica.turns_at_once = 0;
  replica.second = now_.count_seconds();
  replica.last_turn_at = now_;
  if (++replica.turns_in_second > kMostTurnsInSecond || ++replica.turns_at_once > kMostTurnsAtOnce) {
    laws_.break_law(0, fmt::format("the core runs in circles: {} turns in a second, {} at once that nobody asked for",
                                   replica.turns_in_second, replica.turns_at_once));
  }
}

// As the engine does it.
void World::turn(Replica& replica, std::vector<Packet> replies, const std::vector<server::Submission>& submissions) {
  take_time(replica);
  for (const auto& packet : replies) {
    laws_.note_reply({packet.process, packet.id}, *packet.reply);
    replica.core->receive(packet.id, *packet.reply, replica.time.now);
  }
  if (replica.core->tail().entries.empty()) take_in_foreign_entries(replica);
  suspend_or_resume(replica);
  const Settled settled = settle(replica, submissions);
  if (settled == Settled::kCrashed) rulings_.clear();  // nobody was told
  if (settled == Settled::kYes) finish_turn(replica);
}

void World::finish_turn(Replica& replica) {
  take_time(replica);  // the ledger may have taken its time
  auto outgoing = replica.core->dispatch(replica.time.now);
  laws_.note_order(outgoing);
  // Schedules have limits of their own.
  const bool grants = std::any_of(outgoing.begin(), outgoing.end(), [](const auto& it) {
    return it.lane == control::Lane::kGrant && aws::service_of(it.call) == aws::Service::kSsoAdmin;
  });
  if (grants && replica.core->gauges().waiting[static_cast<std::size_t>(control::Lane::kRevoke)] > 0) {
    laws_.break_law(7, "a grant went while a revoke was waiting for its turn");
  }
  for (auto& call : outgoing) send(replica, std::move(call));
  if (const auto organization = replica.core->take_new_organization()) cached_directory_ = organization->snapshot();
  (void)crashes_here(replica, CrashPoint::kAfterDispatch);
}

World::Settled World::settle(Replica& replica, const std::vector<server::Submission>& submissions) {
  const bool is_due = !replica.ledger_problem || now_ >= replica.retry_ledger_at;
  if (is_due && settle_tail(replica)) {
    const auto settled = settle_on_ledger(replica, submissions);
    if (settled) return *settled;
  }
  return settle_revokes(replica, submissions);
}

/// Nothing when the ledger is out of order.
std::optional<World::Settled> World::settle_on_ledger(Replica& replica,
                                                      const std::vector<server::Submission>& submissions) {
  server::Core& core = *replica.core;
  for (int attempt = 0;; ++attempt) {
    if (faulty_ && chance_.per_thousand(options_.faults.foreign_writers)) write_beside();
    const auto batch = core.prepare(submissions, replica.time.now);
    rulings_ = batch.rulings;
    if (batch.entries.size() > kMostEntriesInTurn) laws_.break_law(0, "one turn wrote entries without end");
    if (!batch.entries.empty() && crashes_here(replica, CrashPoint::kBeforeAppend)) return Settled::kCrashed;
    const auto appended = batch.entries.empty() ? Result<void>{} : append(replica, batch);
    if (appended) {
      if (batch.entries.empty()) {
        core.commit();
        return Settled::kYes;
      }
      if (crashes_here(replica, CrashPoint::kAfterAppend)) return Settled::kCrashed;
      if (faulty_ && submissions.empty() && chance_.per_thousand(options_.faults.append_stalled)) {
        replica.turn_at = now_;
        replica.busy_until = now_ + chance_.between(Duration::milliseconds(100), Duration::seconds(10));
        return Settled::kStalled;
      }
      core.commit();
      // Of a crowd that ends together a part is left for the next turn.
      if (batch.entries.size() < kFullTurn) check_all_was_said(replica);
      return Settled::kYes;
    }
    core.abort();
    rulings_.clear();
    if (appended.error().code == "position_conflict" && attempt < kMostConflicts) {
      take_in_foreign_entries(replica);
      continue;
    }
    ledger_is_out(replica, appended.error());
    return std::nullopt;
  }
}

World::Settled World::settle_revokes(Replica& replica, const std::vector<server::Submission>& submissions) {
  suspend_or_resume(replica);
  auto batch = replica.core->prepare_revokes(submissions, replica.time.now);
  rulings_ = batch.rulings;
  if (batch.entries.empty()) return Settled::kYes;
  if (crashes_here(replica, CrashPoint::kBeforeAppend)) return Settled::kCrashed;
  auto& spool = machine(replica).spool;
  spool.insert(spool.end(), batch.bytes.begin(), batch.bytes.end());
  for (const auto& entry : batch.entries) {
    tell([&] { return fmt::format("   {} (spooled)", access::kind_of(entry.event)); });
    spooled_.insert(without_position(entry));
    laws_.note_spooled(entry, now_);
  }
  replica.core->hold(std::move(batch));
  if (crashes_here(replica, CrashPoint::kAfterAppend)) return Settled::kCrashed;
  return Settled::kYes;
}

bool World::settle_tail(Replica& replica) {
  server::Core& core = *replica.core;
  if (!replica.ledger_problem && core.tail().entries.empty()) return true;
  for (int attempt = 0; attempt < kMostConflicts; ++attempt) {
    const auto appended = append(replica, core.tail());
    if (appended) {
      core.commit();
      machine(replica).spool.clear();
      if (std::all_of(machines_.begin(), machines_.end(), [](const auto& it) { return it.spool.empty(); })) {
        laws_.note_all_heard();
      }
      if (auto was_out = std::exchange(replica.ledger_problem, std::nullopt)) {
        hear_others(replica, *std::move(was_out));
      }
      replica.retry_ledger_at = Instant::max();
      suspend_or_resume(replica);
      return true;
    }
    if (appended.error().code != "position_conflict") {
      ledger_is_out(replica, appended.error());
      return false;
    }
    auto set_aside = core.set_aside_tail();
    take_in_foreign_entries(replica);
    core.put_back_tail(std::move(set_aside));
  }
  return false;
}

void World::ledger_is_out(Replica& replica, const Error& problem) {
  tell([&] { return "-- the ledger refuses: " + problem.code; });
  // Longer where the ledger has kept it waiting.
  replica.retry_ledger_at =
      now_ + kLedgerRetry * (1 + static_cast<std::int64_t>(replica.process % kLongestLedgerRetry));
  replica.ledger_problem = Error{"ledger_unavailable", "the ledger cannot be written now: " + problem.message};
  suspend_or_resume(replica);
}

void World::check_all_was_said(Replica& replica) {
  if (++turns_ % kTurnsBetweenChecks != 0) return;
  if (!replica.core->prepare({}, replica.time.now).entries.empty()) {
    laws_.break_law(0, "a turn left something unsaid");
  }
  replica.core->abort();
}

// ---- the ledger ------------------------------------------------------------------------------------------

Result<void> World::append(Replica& replica, const server::Batch& batch) {
  const auto expected = static_cast<ledger::Position>(replica.core->state().size.get()) - batch.entries.size();
  const auto stored = store(expected, batch.bytes);
  audit(&replica);
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
    refuse_appends(now_ + chance_.between(Duration{}, Duration::seconds(20)));
  }
  if (now_ < ledger_back_at_) return fail("ledger_unavailable", "the disk is full");
  const bool unknown = faulty_ && chance_.per_thousand(faults.append_unknown);
  if (unknown && chance_.per_thousand(500)) return fail("outcome_unknown", "the connection broke");
  if (const auto appended = store_->append(expected, bytes); !appended) return fail(appended.error());
  sizes_.insert(ledger_->entries.size());
  if (unknown) return fail("outcome_unknown", "the connection broke");
  return {};
}

void World::write_beside() {
  const access::Entry entry{static_cast<std::int64_t>(ledger_->head.size),
                            now_,
                            access::Actor{"operator", {}, {}, {}},
                            {},
                            access::ServerStarted{"elsewhere"}};
  AG_ASSERT(store_->append(ledger_->head.size, std::vector{access::encode_entry(entry)}).has_value());
  audit(nullptr);
}

void World::take_in_foreign_entries(Replica& replica) {
  replica.poll_at = Instant::max();
  const auto from = static_cast<ledger::Position>(replica.core->state().size.get());
  if (from == ledger_->head.size) return;
  std::vector<access::Entry> entries;
  const auto read = store_->read(from, UINT64_MAX, [&](ledger::Position, std::string_view bytes) {
    auto entry = access::decode_entry(bytes);
    AG_ASSERT(entry.has_value());
    entries.push_back(std::move(*entry));
    return true;
  });
  AG_ASSERT(read.has_value());
  for (const auto& entry : entries) replica.core->replay(entry);
}

void World::audit(const Replica* writer) {
  if (audited_ == ledger_->entries.size()) return;
  for (auto& replica : replicas_) {
    if (&replica != writer) replica.poll_at = std::min(replica.poll_at, now_ + kPoll);
  }
  for (; audited_ < ledger_->entries.size(); ++audited_) {
    const auto entry = access::decode_entry(ledger_->entries[audited_]);
    AG_ASSERT(entry.has_value());
    trace(ledger_->entries[audited_]);
    tell([&] { return fmt::format("   {} {}", access::kind_of(entry->event), ledger_->entries[audited_]); });
    // What was spooled has counted since then.
    if (spooled_.erase(without_position(*entry)) == 0) laws_.note_entry(*entry, now_);
    if (std::holds_alternative<access::RollbackAccepted>(entry->event)) accepted_.reset();
  }
}

}  // namespace ag::simulation
