#include "server/engine.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>

#include "base/assert.hpp"
#include "server/checkpoint.hpp"
#include "server/log.hpp"

namespace ag::server {
namespace {

// More commands waiting than this, and new ones are told to come back: far more than a second's work.
constexpr std::size_t kMostWaiting = 10'000;
// The engine looks at the clock at least so often, whatever its timers say: a stepped clock must not delay an end.
constexpr Duration kLongestSleep = Duration::milliseconds(500);
// What control wants to say and cannot, it says again at once: not faster than this.
constexpr Duration kShortestSleep = Duration::milliseconds(20);
constexpr Duration kLedgerRetry = Duration::seconds(1);
// A ledger that another program has locked stops the engine while it waits for it: it may have a fifth of the time.
constexpr int kLedgerPause = 4;
// After a turn that took longer others are heard before anything is sent.
constexpr Duration kLongTurn = Duration::milliseconds(50);
// When it can be written again other servers say within this what they took away meanwhile: their pause, after a try
// that took as long as they wait for a lock, and one more try.
constexpr Duration kOthersSpeakWithin = Duration::seconds(8);
constexpr Duration kCheckpointEvery = Duration::seconds(1);
constexpr Duration kLookAtDiskEvery = Duration::seconds(5);
// A disk that takes longer over a spooled entry does not hold up what has to end: it is in memory alone.
constexpr Duration kSpoolDeadline = Duration::seconds(1);
// The last checkpoint, when the server stops.
constexpr Duration kLastCheckpoint = Duration::seconds(2);
// A disk with less room than this gives no access any more: what is left is for the entries of what ends.
constexpr std::uint64_t kDiskReserve = std::uint64_t{64} << 20;
// How often a turn is decided anew because another writer was first.
constexpr int kMostConflicts = 10;
constexpr std::uint64_t kFoldedAtOnce = 1'000;

}  // namespace

Engine::Engine(EngineParts parts) : parts_(std::move(parts)), core_(parts_.prepared) {}

Result<std::unique_ptr<Engine>> Engine::open(EngineParts parts) {
  std::unique_ptr<Engine> engine(new Engine(std::move(parts)));
  if (auto folded = engine->fold(); !folded) return fail(folded.error());
  return engine;
}

Engine::~Engine() { stop(); }

Result<void> Engine::fold() {
  if (auto folded = take_in_foreign_entries(); !folded) return folded;
  parts_.read_model.adopt(core_.state(), core_.index());
  if (auto compared = compare_with_checkpoints(); !compared) return compared;
  if (auto spooled = read_spool(); !spooled) return spooled;
  time_keeper_.note_ledger(core_.last_at(), parts_.steady());
  auto cached = parts_.data.load_organization();
  core_.adopt(std::move(cached));
  if (core_.take_new_organization()) parts_.read_model.set_index(core_.index());
  return {};
}

Result<void> Engine::compare_with_checkpoints() {
  for (const auto& path : parts_.checkpoints) {
    const auto checkpoint = load_checkpoint(path);
    if (!checkpoint) {
      // It may have told of more than there is: nothing is given until somebody has looked.
      log(Severity::kError, checkpoint.error().code, {{"reason", checkpoint.error().message}});
      if (!parts_.accept_rollback) rollback_ = checkpoint.error();
      continue;
    }
    if (!*checkpoint) continue;
    auto problem = rollback(*parts_.store, **checkpoint);
    if (!problem) return fail(problem.error());
    if (!*problem) continue;
    if (!parts_.accept_rollback) {
      log(Severity::kError, (*problem)->code, {{"reason", (*problem)->message}, {"checkpoint", path}});
      rollback_ = **problem;
      return {};
    }
    core_.note(access::RollbackAccepted{core_.state().size.get(), (*checkpoint)->size, (*checkpoint)->root});
    return {};
  }
  return {};
}

// What a process before this one took away while the ledger was out of order.
Result<void> Engine::read_spool() {
  auto spool = Spool::open(parts_.data.path() + "/spool");
  if (!spool) return fail(spool.error());
  spool_.emplace(std::move(*spool));
  spool_bytes_ = spool_->size();
  const auto kept = spool_->read();
  if (!kept) return fail(kept.error());
  std::vector<access::Entry> entries;
  for (const auto& bytes : *kept) {
    auto entry = access::decode_entry(bytes);
    if (!entry) return fail("spool_unusable", "an entry of the spool cannot be understood: " + entry.error().message);
    entries.push_back(std::move(*entry));
  }
  if (!entries.empty()) {
    log(Severity::kWarning, "spool_found", {{"entries", std::to_string(entries.size())}});
    hear_others(
        {"ledger_unavailable", "the server before this one could not write the ledger", "", "", "wait a moment"});
  }
  core_.put_back_tail(std::move(entries));
  return {};
}

Engine::Chunk Engine::read_chunk(std::int64_t from) {
  Chunk chunk;
  const auto first = static_cast<ledger::Position>(from);
  const auto read = parts_.store->read(first, kFoldedAtOnce, [&](ledger::Position position, std::string_view bytes) {
    auto entry = access::decode_entry(bytes);
    if (!entry || entry->index != static_cast<std::int64_t>(position)) {
      chunk.problem =
          Error{"ledger_unreadable",
                fmt::format("entry {} of the ledger cannot be understood: {}", position,
                            entry ? "it says it is entry " + std::to_string(entry->index) : entry.error().message),
                "", "", "run `accessguard audit verify`; a newer version of the program may have written it"};
      return false;
    }
    chunk.entries.push_back(std::move(*entry));
    return true;
  });
  if (!read) chunk.problem = read.error();
  return chunk;
}

Result<void> Engine::take_in_foreign_entries() {
  Chunk chunk = read_chunk(core_.state().size.get());
  for (;;) {
    // A long ledger is read and decoded beside being folded.
    std::future<Chunk> next;
    const bool is_last = chunk.problem || chunk.entries.size() < kFoldedAtOnce;
    const std::int64_t after = core_.state().size.get() + static_cast<std::int64_t>(chunk.entries.size());
    if (!is_last) next = std::async(std::launch::async, [this, after] { return read_chunk(after); });
    for (const auto& entry : chunk.entries) core_.replay(entry);
    if (started_) take_in(chunk.entries);
    if (chunk.problem) return fail(*chunk.problem);
    if (is_last) return {};
    chunk = next.get();
  }
}

void Engine::start(aws::Client* client) {
  client_ = client;
  started_ = true;
  thread_ = std::thread([this] { run(); });
}

void Engine::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Engine::put(Mail mail) {
  {
    const std::lock_guard lock(mutex_);
    mailbox_.push_back(std::move(mail));
  }
  wake_.notify_one();
}

Result<access::RequestId> Engine::submit(access::Caller caller, access::Command command,
                                         std::optional<access::IdempotencyKey> idempotency) {
  Waiting waiting{{0, std::move(caller), std::move(command), std::move(idempotency)}, {}};
  auto answer = waiting.promise.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || mailbox_.size() >= kMostWaiting)
      return fail("busy", "the server has too much to do; try again in a moment");
    mailbox_.emplace_back(std::move(waiting));
  }
  wake_.notify_one();
  return answer.get();
}

void Engine::catch_up() {
  CatchUp message;
  auto done = message.promise.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    mailbox_.emplace_back(std::move(message));
  }
  wake_.notify_one();
  done.wait();
}

std::vector<access::Entry> Engine::unrecorded() {
  TellTail message;
  auto tail = message.promise.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return {};
    mailbox_.emplace_back(std::move(message));
  }
  wake_.notify_one();
  return tail.get();
}

EngineHealth Engine::health() const {
  const std::lock_guard lock(mutex_);
  EngineHealth health = health_;
  health.age = shown_at_ == Instant{} ? Duration{} : parts_.steady() - shown_at_;
  return health;
}

void Engine::note_aws_time(Instant date) {
  const Instant steady = parts_.steady();
  const std::lock_guard lock(mutex_);
  aws_time_ = {date, steady};
}

void Engine::show_health() {
  const std::lock_guard lock(mutex_);
  health_.ledger_problem = ledger_problem_;
  health_.spool_problem = spool_problem_;
  health_.suspension = core_.suspension();
  health_.switch_problem.reset();
  if (const auto& refused = core_.switch_problem()) health_.switch_problem = Error{refused->code, refused->message};
  health_.trail_problem.reset();
  if (const auto& untold = core_.trail_problem()) health_.trail_problem = Error{untold->code, untold->message};
  health_.hard_end_policy = core_.hard_end_policy();
  health_.spool_bytes = spool_bytes_;
  shown_at_ = parts_.steady();
  health_.clock_skew_seconds = time_.skew_seconds;
  health_.directory = core_.directory_status();
  health_.slots = core_.gauges();
  health_.aws_attached = client_ != nullptr;
}

// ---- the loop --------------------------------------------------------------------------------------------

void Engine::run() {
  for (;;) {
    auto mail = wait_for_mail();
    bool stopping = false;
    {
      const std::lock_guard lock(mutex_);
      stopping = stopping_;
      if (stopping) {
        std::move(mailbox_.begin(), mailbox_.end(), std::back_inserter(mail));
        mailbox_.clear();
      }
    }
    if (stopping) {
      save_checkpoints(kLastCheckpoint);
      return turn_away(std::move(mail));
    }
    turn(std::move(mail));
  }
}

void Engine::turn_away(std::vector<Mail> mail) {
  for (auto& message : mail) {
    if (auto* command = std::get_if<Waiting>(&message))
      command->promise.set_value(fail("busy", "the server is stopping"));
    else if (auto* request = std::get_if<CatchUp>(&message)) request->promise.set_value();
    else if (auto* question = std::get_if<TellTail>(&message)) question->promise.set_value({});
  }
}

std::vector<Engine::Mail> Engine::wait_for_mail() {
  const Instant now = time_.now + (parts_.steady() - steady_);
  const Instant wake = client_ == nullptr ? Instant::max() : core_.next_wake();
  const Duration sleep = std::max(std::min(wake - now, kLongestSleep), ledger_problem_ ? kShortestSleep : Duration{});
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::nanoseconds(sleep.count_nanoseconds()),
                 [&] { return stopping_ || !mailbox_.empty(); });
  return std::exchange(mailbox_, {});
}

void Engine::turn(std::vector<Mail> mail) {
  take_time();
  look_at_disk();
  std::vector<Waiting> waiting;
  std::vector<CatchUp> catching_up;
  for (auto& message : mail) {
    if (auto* command = std::get_if<Waiting>(&message)) waiting.push_back(std::move(*command));
    else if (auto* reply = std::get_if<AwsReply>(&message)) core_.receive(reply->id, reply->reply, time_.now);
    else if (auto* question = std::get_if<TellTail>(&message)) question->promise.set_value(core_.tail().entries);
    else catching_up.push_back(std::move(std::get<CatchUp>(message)));
  }
  if (core_.tail().entries.empty()) {
    if (const auto taken = take_in_foreign_entries(); !taken) ledger_is_out(taken.error());
  }
  for (auto& message : catching_up) message.promise.set_value();

  suspend_or_resume();
  const Instant begun = steady_;
  decide(std::move(waiting));
  take_time();  // the ledger may have taken its time
  // And others may have ended meanwhile what was decided just now.
  if (steady_ - begun > kLongTurn && core_.tail().entries.empty()) {
    if (const auto taken = take_in_foreign_entries(); !taken) ledger_is_out(taken.error());
  }
  suspend_or_resume();
  if (client_ != nullptr) send(core_.dispatch(time_.now));
  tell_of_switch();
  tell_of_trail();
  if (auto organization = core_.take_new_organization()) {
    parts_.read_model.set_index(core_.index());
    parts_.data.save_organization(organization->snapshot());
  }
  if (steady_ >= checkpoint_at_) save_checkpoints({});
  show_health();
}

void Engine::take_time() {
  std::optional<std::pair<Instant, Instant>> aws;
  {
    const std::lock_guard lock(mutex_);
    aws = aws_time_;
  }
  if (aws) time_keeper_.note_aws(aws->first, aws->second);
  steady_ = parts_.steady();
  time_ = time_keeper_.read(parts_.clock(), steady_);
  if (!time_.jumped) return;
  log(Severity::kWarning, "clock_stepped", {{"now", to_rfc3339(time_.now)}});
  core_.restart_control(time_.now);
}

void Engine::look_at_disk() {
  if (steady_ < look_at_disk_at_) return;
  look_at_disk_at_ = steady_ + kLookAtDiskEvery;
  struct statvfs disk{};
  const bool was_low = disk_problem_.has_value();  // not on and off at the line
  disk_problem_.reset();
  if (::statvfs(parts_.data.path().c_str(), &disk) != 0) return;
  const std::uint64_t free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  if (free >= (was_low ? kDiskReserve * 5 / 4 : kDiskReserve)) return;
  disk_problem_ = Error{"disk_low",
                        fmt::format("the disk of the data folder has {} MiB left: no access is given, so that what is "
                                    "left is there for taking it away",
                                    free >> 20),
                        "", "", "make room on the disk"};
}

void Engine::suspend_or_resume() {
  const auto& before = core_.suspension();
  if (ledger_was_out_ && steady_ >= hears_others_until_) ledger_was_out_.reset();
  const auto why = rollback_            ? rollback_
                   : ledger_problem_    ? ledger_problem_
                   : ledger_was_out_    ? ledger_was_out_
                   : time_.disagreement ? time_.disagreement
                                        : disk_problem_;
  if (why && (!before || before->code != why->code)) log(Severity::kError, why->code, {{"reason", why->message}});
  if (!why && before) log(Severity::kInfo, "grants_resumed", {{"after", before->code}});
  core_.suspend(why);
}

void Engine::take_in(const std::vector<access::Entry>& entries) {
  parts_.read_model.apply(entries, core_.index());
  announce(entries);
}

// ---- deciding --------------------------------------------------------------------------------------------

void Engine::decide(std::vector<Waiting> waiting) {
  std::vector<Submission> submissions;
  for (auto& command : waiting) {
    command.submission.ticket = ++last_ticket_;
    submissions.push_back(command.submission);
  }
  const bool is_due = !ledger_problem_ || steady_ >= retry_ledger_at_;
  std::optional<Batch> batch;
  if (is_due && settle_tail()) batch = decide_on_ledger(submissions);
  if (!batch) batch = decide_revokes(submissions);
  answer(waiting, *batch);
}

std::optional<Batch> Engine::decide_on_ledger(const std::vector<Submission>& submissions) {
  for (int attempt = 0;; ++attempt) {
    Batch batch = core_.prepare(submissions, time_.now);
    const auto appended = batch.entries.empty() ? Result<void>{} : append(batch);
    if (appended) {
      core_.commit();
      if (!batch.entries.empty()) take_in(batch.entries);
      return batch;
    }
    core_.abort();
    const bool is_late = appended.error().code == "position_conflict" && attempt < kMostConflicts;
    if (is_late && take_in_foreign_entries()) continue;
    ledger_is_out(appended.error());
    return std::nullopt;
  }
}

Batch Engine::decide_revokes(const std::vector<Submission>& submissions) {
  suspend_or_resume();
  Batch batch = core_.prepare_revokes(submissions, time_.now);
  if (batch.entries.empty()) return batch;
  core_.hold(batch);
  const bool begin_anew = spool_problem_.has_value();
  const auto spooled = with_spool([begin_anew, all = core_.tail().bytes, bytes = batch.bytes](Spool& spool) {
    return begin_anew ? spool.replace(all) : spool.append(bytes);
  });
  spool_problem_ = spooled ? std::nullopt : std::optional(spooled.error());
  if (!spooled) {
    // It happens all the same, but nobody is told that it will be remembered.
    log(Severity::kError, spooled.error().code, {{"reason", spooled.error().message}});
    for (auto& ruling : batch.rulings) {
      if (ruling.result) ruling.result = fail(*ledger_problem_);
    }
  }
  return batch;
}

/// Whether the ledger has all that there is. It is asked again when it could not be written the last time, with
/// nothing when there is nothing: without that a server that nobody sends work to would look broken as long.
bool Engine::settle_tail() {
  if (!ledger_problem_ && core_.tail().entries.empty()) {
    // Nothing of what a start found in it was news.
    if (spool_bytes_ > 0) empty_spool();
    return true;
  }
  for (int attempt = 0; attempt < kMostConflicts; ++attempt) {
    const Batch tail = core_.tail();
    const auto appended = append(tail);
    if (appended) {
      core_.commit();
      take_in(tail.entries);
      empty_spool();
      ledger_is_back();
      return true;
    }
    if (appended.error().code != "position_conflict") {
      ledger_is_out(appended.error());
      return false;
    }
    auto set_aside = core_.set_aside_tail();
    const auto taken = take_in_foreign_entries();
    core_.put_back_tail(std::move(set_aside));
    if (!taken) {
      ledger_is_out(taken.error());
      return false;
    }
  }
  ledger_is_out(Error{"position_conflict", "others write faster than this server can follow"});
  return false;
}

void Engine::ledger_is_out(const Error& problem) {
  if (!ledger_problem_) ledger_out_since_ = time_.now;
  const Instant now = parts_.steady();
  retry_ledger_at_ = now + std::max(kLedgerRetry, (now - steady_) * kLedgerPause);
  ledger_problem_ = Error{"ledger_unavailable", "the ledger cannot be written now: " + problem.message, "", "",
                          "try again in a moment"};
  suspend_or_resume();
}

/// For a moment more nothing is given: other servers have yet to say what they took away meanwhile.
void Engine::ledger_is_back() {
  retry_ledger_at_ = {};
  if (auto problem = std::exchange(ledger_problem_, std::nullopt)) {
    problem->message =
        fmt::format("from {} to {}: {}", to_rfc3339(ledger_out_since_), to_rfc3339(time_.now), problem->message);
    hear_others(*std::move(problem));
  }
  suspend_or_resume();
}

void Engine::hear_others(Error why) {
  ledger_was_out_ = std::move(why);
  hears_others_until_ = parts_.steady() + kOthersSpeakWithin;
}

Result<void> Engine::with_spool(std::function<Result<void>(Spool&)> act) {
  const auto result = std::make_shared<Result<void>>();
  const bool done =
      spool_worker_.perform([this, act = std::move(act), result] { *result = act(*spool_); }, kSpoolDeadline);
  if (!done) return fail("spool_unusable", "the spool's disk did not answer in time");
  spool_bytes_ = spool_->size();
  return *result;
}

void Engine::empty_spool() {
  const auto emptied = with_spool([](Spool& spool) { return spool.clear(); });
  spool_problem_ = emptied ? std::nullopt : std::optional(emptied.error());
}

void Engine::save_checkpoints(Duration patience) {
  if (parts_.checkpoints.empty() || rollback_ || ledger_problem_ || core_.state().size.get() == checkpoint_size_)
    return;
  checkpoint_at_ = steady_ + kCheckpointEvery;
  const auto checkpoint = checkpoint_of(*parts_.store, time_.now);
  if (!checkpoint) return ledger_is_out(checkpoint.error());
  // The second one is on somebody else's disk, which may hang.
  const auto save = [paths = parts_.checkpoints, checkpoint = *checkpoint] {
    for (const auto& path : paths) {
      if (const auto saved = save_checkpoint(path, checkpoint); !saved)
        log(Severity::kWarning, saved.error().code, {{"reason", saved.error().message}});
    }
  };
  if (!checkpoint_worker_.is_free(patience)) return;
  checkpoint_size_ = checkpoint->size;
  (void)checkpoint_worker_.perform(save, patience);
}

Result<void> Engine::append(const Batch& batch) {
  const auto expected = static_cast<ledger::Position>(core_.state().size.get()) - batch.entries.size();
  const auto appended = parts_.store->append(expected, batch.bytes);
  if (appended) return {};
  if (appended.error().code != "outcome_unknown") return fail(appended.error());
  // The reply of the commit was lost: the ledger itself says whether these very entries are on it.
  std::size_t same = 0;
  const auto read = parts_.store->read(expected, batch.bytes.size(), [&](ledger::Position, std::string_view bytes) {
    return bytes == batch.bytes[same] && ++same < batch.bytes.size();
  });
  if (read && same == batch.bytes.size()) return {};
  return read ? fail("position_conflict", "the append did not happen") : fail(read.error());
}

void Engine::answer(std::vector<Waiting>& waiting, const Batch& batch) {
  AG_ASSERT(waiting.size() == batch.rulings.size());
  for (std::size_t i = 0; i < waiting.size(); ++i) waiting[i].promise.set_value(batch.rulings[i].result);
}

void Engine::send(std::vector<control::Outgoing> outgoing) {
  for (auto& call : outgoing) {
    client_->perform(std::move(call.call),
                     [this, id = call.id](aws::AwsResult<aws::Reply> reply) { put(AwsReply{id, std::move(reply)}); });
  }
}

}  // namespace ag::server
