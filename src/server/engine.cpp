#include "server/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/assert.hpp"
#include "server/log.hpp"

namespace ag::server {
namespace {

// More commands waiting than this, and new ones are told to come back: far more than a second's work.
constexpr std::size_t kMostWaiting = 10'000;
// The engine looks at the clock at least so often, whatever its timers say: a stepped clock must not delay an end.
constexpr Duration kLongestSleep = Duration::milliseconds(500);
constexpr Duration kLedgerRetry = Duration::seconds(1);
// How often a turn is decided anew because another writer was first.
constexpr int kMostConflicts = 10;
constexpr std::uint64_t kFoldedAtOnce = 1'000;

// Requests of one person whose story an observation in AWS can be part of: far more than can be live at once.
constexpr std::size_t kMostTold = 200;

/// The requests whose story the entry is part of: several, where grants of one slot overlap.
std::vector<access::RequestId> requests_of(const View& view, const access::Entry& entry) {
  const auto told_by_slot = [&](const access::Slot& slot) {
    std::vector<access::RequestId> found;
    const auto own = view.requests_of.find(slot.principal);
    if (own == view.requests_of.end()) return found;
    const auto& ids = own->second;
    for (std::size_t i = 0; i < std::min(ids.size(), kMostTold); ++i) {
      const auto& id = ids[ids.size() - 1 - i];
      const auto& story = view.state.requests.find(id)->entries;
      if (std::binary_search(story.begin(), story.end(), entry.index)) found.push_back(id);
    }
    return found;
  };
  return std::visit(
      [&](const auto& e) -> std::vector<access::RequestId> {
        if constexpr (requires { e.request.requester; }) {
          return {e.request.id};
        } else if constexpr (requires { e.request; }) {
          return {e.request};
        } else if constexpr (requires { e.grant; }) {
          const auto* grant = view.state.grants.find(e.grant);
          return grant == nullptr ? std::vector<access::RequestId>{} : std::vector{grant->request};
        } else if constexpr (requires { e.slot; }) {
          return told_by_slot(e.slot);
        } else {
          return {};
        }
      },
      entry.event);
}

}  // namespace

Engine::Engine(EngineParts parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<Engine>> Engine::open(EngineParts parts) {
  std::unique_ptr<Engine> engine(new Engine(std::move(parts)));
  if (auto folded = engine->fold(); !folded) return fail(folded.error());
  return engine;
}

Engine::~Engine() { stop(); }

Result<void> Engine::fold() {
  if (auto folded = take_in_foreign_entries(); !folded) return folded;
  auto cached = parts_.data.load_organization();
  core_.adopt(std::move(cached));
  if (auto organization = core_.take_new_organization()) parts_.read_model.set_organization(std::move(organization));
  return {};
}

Result<void> Engine::take_in_foreign_entries() {
  for (;;) {
    std::vector<access::Entry> entries;
    std::optional<Error> problem;
    const auto from = static_cast<ledger::Position>(core_.state().size.get());
    const auto read = parts_.store->read(from, kFoldedAtOnce, [&](ledger::Position position, std::string_view bytes) {
      auto entry = access::decode_entry(bytes);
      if (!entry || entry->index != static_cast<std::int64_t>(position)) {
        problem =
            Error{"ledger_unreadable",
                  fmt::format("entry {} of the ledger cannot be understood: {}", position,
                              entry ? "it says it is entry " + std::to_string(entry->index) : entry.error().message),
                  "", "", "run `accessguard audit verify`; a newer version of the program may have written it"};
        return false;
      }
      entries.push_back(std::move(*entry));
      return true;
    });
    if (!read) return fail(read.error());
    for (const auto& entry : entries) core_.replay(entry);
    parts_.read_model.apply(entries);
    if (thread_.joinable()) announce(entries);
    if (problem) return fail(*problem);
    if (entries.size() < kFoldedAtOnce) return {};
  }
}

void Engine::start(aws::Client* client) {
  client_ = client;
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

EngineHealth Engine::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

void Engine::show_health() {
  const std::lock_guard lock(mutex_);
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
    if (stopping) return turn_away(std::move(mail));
    turn(std::move(mail));
  }
}

void Engine::turn_away(std::vector<Mail> mail) {
  for (auto& message : mail) {
    if (auto* command = std::get_if<Waiting>(&message))
      command->promise.set_value(fail("busy", "the server is stopping"));
    else if (auto* request = std::get_if<CatchUp>(&message)) request->promise.set_value();
  }
}

std::vector<Engine::Mail> Engine::wait_for_mail() {
  const Instant now = parts_.clock();
  Instant wake = std::max(core_.next_wake(), retry_ledger_at_);
  if (client_ == nullptr) wake = Instant::max();
  const Duration sleep = std::min(wake - now, kLongestSleep);
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::nanoseconds(sleep.count_nanoseconds()),
                 [&] { return stopping_ || !mailbox_.empty(); });
  return std::exchange(mailbox_, {});
}

void Engine::turn(std::vector<Mail> mail) {
  const Instant now = parts_.clock();
  std::vector<Waiting> waiting;
  std::vector<CatchUp> catching_up;
  for (auto& message : mail) {
    if (auto* command = std::get_if<Waiting>(&message)) waiting.push_back(std::move(*command));
    else if (auto* reply = std::get_if<AwsReply>(&message)) core_.receive(reply->id, reply->reply, now);
    else catching_up.push_back(std::move(std::get<CatchUp>(message)));
  }
  const auto taken = take_in_foreign_entries();
  for (auto& message : catching_up) message.promise.set_value();
  if (!taken) log(Severity::kError, "ledger_unreadable", {{"reason", taken.error().message}});

  decide(std::move(waiting), now);
  if (client_ != nullptr) send(core_.dispatch(now));
  if (auto organization = core_.take_new_organization()) {
    parts_.read_model.set_organization(organization);
    parts_.data.save_organization(organization->snapshot());
  }
  show_health();
}

void Engine::decide(std::vector<Waiting> waiting, Instant now) {
  std::vector<Submission> submissions;
  for (auto& command : waiting) {
    command.submission.ticket = ++last_ticket_;
    submissions.push_back(command.submission);
  }
  std::optional<Error> failure;
  Batch batch;
  for (int attempt = 0;; ++attempt) {
    batch = core_.prepare(submissions, now);
    if (batch.entries.empty()) {
      core_.commit();
      // An append of nothing takes the write lock: without it a server that nobody sends work to would look broken
      // for as long as nobody does.
      if (retry_ledger_at_ == Instant{} || now < retry_ledger_at_) break;
      const auto probed = parts_.store->append(static_cast<ledger::Position>(core_.state().size.get()), {});
      retry_ledger_at_ = probed ? Instant{} : now + kLedgerRetry;
      const std::lock_guard lock(mutex_);
      if (probed) health_.ledger_problem.reset();
      break;
    }
    const auto appended = append(batch);
    if (appended) {
      core_.commit();
      parts_.read_model.apply(batch.entries);
      announce(batch.entries);
      retry_ledger_at_ = {};
      const std::lock_guard lock(mutex_);
      health_.ledger_problem.reset();
      break;
    }
    core_.abort();
    if (appended.error().code == "position_conflict" && attempt < kMostConflicts && take_in_foreign_entries()) continue;
    failure = Error{"ledger_unavailable",
                    "the ledger cannot be written now, so nothing was decided: " + appended.error().message, "", "",
                    "try again in a moment"};
    log(Severity::kError, "ledger_unavailable",
        {{"code", appended.error().code}, {"reason", appended.error().message}});
    retry_ledger_at_ = now + kLedgerRetry;
    const std::lock_guard lock(mutex_);
    health_.ledger_problem = appended.error();
    break;
  }
  answer(waiting, batch, failure);
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

void Engine::answer(std::vector<Waiting>& waiting, const Batch& batch, const std::optional<Error>& failure) {
  AG_ASSERT(waiting.size() == batch.rulings.size());
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    // A refusal stands whether the ledger can be written or not.
    const auto& result = batch.rulings[i].result;
    waiting[i].promise.set_value(failure && result ? Result<access::RequestId>(fail(*failure)) : result);
  }
}

void Engine::send(std::vector<control::Outgoing> outgoing) {
  for (auto& call : outgoing) {
    client_->perform(std::move(call.call),
                     [this, id = call.id](aws::AwsResult<aws::Reply> reply) { put(AwsReply{id, std::move(reply)}); });
  }
}

void Engine::announce(const std::vector<access::Entry>& entries) {
  if (entries.empty()) return;
  std::vector<Happening> happenings;
  parts_.read_model.read([&](const View& view) {
    for (const auto& entry : entries) {
      const Happening bare{entry.index, entry.at, std::string(access::kind_of(entry.event)), {}, {}};
      const auto requests = requests_of(view, entry);
      if (requests.empty()) happenings.push_back(bare);
      for (const auto& id : requests) {
        happenings.push_back(bare);
        happenings.back().request = id;
        happenings.back().state = name_of(access::status_of(*view.state.requests.find(id), view.state, entry.at));
      }
    }
  });
  parts_.hub.publish(std::move(happenings));
  for (const auto& entry : entries) count(entry);
}

void Engine::count(const access::Entry& entry) {
  Metrics& metrics = parts_.metrics;
  const access::State& state = core_.state();
  metrics.count("accessguard_ledger_entries_total", {{"kind", std::string(access::kind_of(entry.event))}});
  if (const auto* decided = std::get_if<access::RequestDecided>(&entry.event)) {
    metrics.observe("accessguard_request_decision_seconds", {},
                    entry.at - state.requests.find(decided->request)->submitted_at);
  } else if (const auto* present = std::get_if<access::SlotPresent>(&entry.event)) {
    const auto* slot = state.slots.find(present->slot);
    for (const auto& id : slot == nullptr ? std::vector<access::GrantId>{} : slot->live) {
      const auto* grant = state.grants.find(id);
      if (grant->active_at != present->observed_at) continue;
      metrics.observe("accessguard_grant_provision_seconds", {}, present->observed_at - grant->start);
    }
  } else if (const auto* ending = std::get_if<access::GrantEnding>(&entry.event)) {
    const auto* grant = state.grants.find(ending->grant);
    ending_[grant->slot].push_back(std::min(grant->end, entry.at));
  } else if (const auto* absent = std::get_if<access::SlotAbsent>(&entry.event)) {
    const auto over = ending_.extract(absent->slot);
    for (const Instant end : over.empty() ? std::vector<Instant>{} : over.mapped()) {
      metrics.observe("accessguard_revoke_lag_seconds", {}, absent->observed_at - end);
    }
  }
}

}  // namespace ag::server
