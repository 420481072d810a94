#include "server/engine.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "ledger/memory_store.hpp"
#include "server/checkpoint.hpp"

namespace ag::server {
namespace {

const Instant kNoon = *parse_rfc3339("2026-01-05T12:00:00Z");
const access::AccountId kAccount("111122223333");
const access::PermissionSetArn kSet("arn:aws:sso:::permissionSet/ssoins-1/ps-1");
const access::UserId kAna("u-ana");

constexpr std::string_view kPolicy = R"(version: 1
permission_sets: {PowerUser: {level: low}}
rules:
  - {id: all, who: {everyone: true}, what: [PowerUser], where: [all], max: 8h, approval: none}
approval_policies: {none: {steps: []}}
)";

access::Snapshot company() {
  access::Snapshot snapshot;
  snapshot.instance_arn = "arn:aws:sso:::instance/ssoins-1";
  snapshot.identity_store = "d-1";
  snapshot.read_at = kNoon;
  snapshot.accounts.push_back({kAccount, "dev", "", "ACTIVE", {}, "/", {}});
  snapshot.permission_sets.push_back({kSet, "PowerUser", "", Duration::hours(1)});
  snapshot.users.push_back({kAna, "ana", "Ana", "ana@example.com", true});
  return snapshot;
}

/// A ledger whose disk can be taken away.
class BrittleStore final : public ledger::Store {
 public:
  BrittleStore(std::shared_ptr<ledger::MemoryLedger> ledger, std::atomic<bool>& broken)
      : inner_(ledger::open_memory(std::move(ledger))), broken_(broken) {}
  Result<ledger::TreeHead> append(ledger::Position expected, std::span<const std::string> entries) override {
    if (broken_) return fail("ledger_unavailable", "the disk is gone");
    return inner_->append(expected, entries);
  }
  Result<void> read(ledger::Position from, std::uint64_t limit,
                    const std::function<bool(ledger::Position, std::string_view)>& visit) override {
    if (broken_) return fail("ledger_unavailable", "the disk is gone");
    return inner_->read(from, limit, visit);
  }
  Result<ledger::TreeHead> head() override { return inner_->head(); }

 private:
  std::unique_ptr<ledger::Store> inner_;
  std::atomic<bool>& broken_;
};

struct EngineAlone : ::testing::Test {
  std::string folder = [] {
    std::string pattern = (std::filesystem::temp_directory_path() / "engine-XXXXXX").string();
    return std::string(::mkdtemp(pattern.data()));
  }();
  DataFolder data = *DataFolder::open(folder);
  std::shared_ptr<ledger::MemoryLedger> ledger = std::make_shared<ledger::MemoryLedger>();
  std::atomic<bool> broken = false;
  std::atomic<std::int64_t> ahead = 0;  ///< seconds that the wall clock is past noon
  std::atomic<std::int64_t> up = 1'000;
  std::unique_ptr<ReadModel> read_model;
  EventHub hub;
  Metrics metrics;
  std::unique_ptr<Engine> engine;
  int asked = 0;

  EngineAlone() { data.save_organization(company()); }
  ~EngineAlone() override {
    engine.reset();
    std::filesystem::remove_all(folder);
  }

  void open(bool accept_rollback = false) {
    engine.reset();
    metrics.declare("accessguard_ledger_entries_total", MetricKind::kCounter, "");
    metrics.declare("accessguard_request_decision_seconds", MetricKind::kHistogram, "");
    read_model = std::make_unique<ReadModel>();
    auto opened = Engine::open({.store = std::make_unique<BrittleStore>(ledger, broken),
                                .data = data,
                                .clock = [this] { return kNoon + Duration::seconds(ahead); },
                                .read_model = *read_model,
                                .hub = hub,
                                .metrics = metrics,
                                .steady = [this] { return Instant::from_seconds(up); },
                                .checkpoints = {folder + "/checkpoint.json"},
                                .accept_rollback = accept_rollback});
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    engine = std::move(*opened);
    engine->start(nullptr);
  }
  void open_with_policy() {
    open();
    const access::Caller admin{{"operator", {}, {}, {}}, {}, "operator", access::Role::kAdmin};
    ASSERT_TRUE(engine->submit(admin, access::ApplyPolicy{std::string(kPolicy), "file", {}}).has_value());
  }
  void pass(std::int64_t seconds) {
    up += seconds;
    ahead += seconds;
  }

  static access::Caller ana() { return {{"person", kAna, "ana", {}}, kAna, "ana", access::Role::kPerson}; }
  Result<access::RequestId> ask(Duration duration) {
    return engine->submit(ana(), access::Ask{access::RequestId("req_" + std::to_string(++asked)),
                                             {kAccount.str()},
                                             "PowerUser",
                                             duration,
                                             {},
                                             "because",
                                             {},
                                             {}});
  }
  template <class Holds>
  static bool soon(Holds holds) {
    for (int i = 0; i < 500; ++i) {
      if (holds()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }
  /// Only while the engine is stopped.
  [[nodiscard]] std::vector<std::string> kinds() const {
    std::vector<std::string> found;
    for (const auto& bytes : ledger->entries) found.emplace_back(access::kind_of(access::decode_entry(bytes)->event));
    return found;
  }
  [[nodiscard]] std::int64_t count(std::string_view kind) {
    engine.reset();
    const auto all = kinds();
    return std::count(all.begin(), all.end(), kind);
  }
};

TEST_F(EngineAlone, TakesAwayWhileTheLedgerIsOutOfOrder) {
  open_with_policy();
  ASSERT_TRUE(ask(Duration::minutes(10)).has_value());
  broken = true;
  pass(601);
  ASSERT_TRUE(soon([&] { return engine->health().spool_bytes > 0; })) << "the end is spooled";
  const auto refused = ask(Duration::minutes(10));
  ASSERT_FALSE(refused.has_value()) << "no access without the ledger";
  EXPECT_EQ(refused.error().code, "ledger_unavailable");
  EXPECT_EQ(engine->health().suspension->code, "ledger_unavailable");

  broken = false;
  pass(2);
  ASSERT_TRUE(soon([&] { return engine->health().spool_bytes == 0; }));
  EXPECT_FALSE(ask(Duration::minutes(10)).has_value())
      << "another server may have taken away what this one does not know";
  pass(8);
  ASSERT_TRUE(soon([&] { return !engine->health().suspension.has_value(); }));
  EXPECT_TRUE(ask(Duration::minutes(10)).has_value());
  EXPECT_EQ(count("grant.ending"), 1);
  EXPECT_EQ(count("grants.suspended"), 1) << "it is told afterwards";
  EXPECT_EQ(count("grants.resumed"), 1);
}

TEST_F(EngineAlone, LetsAPersonEndHisAccessWithoutTheLedger) {
  open_with_policy();
  const auto request = ask(Duration::hours(1));
  ASSERT_TRUE(request.has_value());
  broken = true;
  pass(1);
  EXPECT_TRUE(engine->submit(ana(), access::End{*request, "done"}).has_value());
  EXPECT_TRUE(soon([&] { return engine->health().spool_bytes > 0; }));
  broken = false;
  pass(2);
  ASSERT_TRUE(soon([&] { return engine->health().spool_bytes == 0; }));
  EXPECT_EQ(count("grant.ending"), 1);
}

TEST_F(EngineAlone, TellsWhatHoldsAlthoughTheLedgerDoesNotHaveIt) {
  open_with_policy();
  const auto request = ask(Duration::hours(1));
  EXPECT_TRUE(engine->unrecorded().empty());
  broken = true;
  pass(1);
  const access::IdempotencyKey key{"revocation-1", "hash"};
  const access::Caller admin{{"operator", {}, {}, {}}, {}, "operator", access::Role::kAdmin};
  ASSERT_TRUE(engine->submit(admin, access::Revoke{*request, "stolen"}, key).has_value());
  const auto tail = engine->unrecorded();
  ASSERT_EQ(tail.size(), 1U);
  EXPECT_EQ(access::kind_of(tail.front().event), "grant.ending");
  EXPECT_EQ(tail.front().idempotency->key, "revocation-1");
  broken = false;
  pass(2);
  EXPECT_TRUE(soon([&] { return engine->unrecorded().empty(); }));
  engine->stop();
  EXPECT_TRUE(engine->unrecorded().empty()) << "nobody is left to ask";
}

TEST_F(EngineAlone, FindsTheSpoolAfterACrash) {
  open_with_policy();
  ASSERT_TRUE(ask(Duration::minutes(10)).has_value());
  broken = true;
  pass(601);
  ASSERT_TRUE(soon([&] { return engine->health().spool_bytes > 0; }));
  engine.reset();
  EXPECT_EQ(count("grant.ending"), 0);
  broken = false;
  open();
  EXPECT_FALSE(ask(Duration::minutes(1)).has_value()) << "another server may have spooled something too";
  pass(8);
  EXPECT_TRUE(ask(Duration::minutes(1)).has_value()) << "a whole turn";
  EXPECT_EQ(count("grant.ending"), 1);
}

TEST_F(EngineAlone, EmptiesASpoolThatHoldsNothingNew) {
  open_with_policy();
  ASSERT_TRUE(ask(Duration::minutes(10)).has_value());
  broken = true;
  pass(601);
  ASSERT_TRUE(soon([&] { return engine->health().spool_bytes > 0; }));
  std::filesystem::copy_file(folder + "/spool", folder + "/kept");
  broken = false;
  pass(5);
  ASSERT_TRUE(soon([&] { return engine->health().spool_bytes == 0; }));
  engine.reset();
  // It ended between the append and the emptying.
  std::filesystem::copy_file(folder + "/kept", folder + "/spool", std::filesystem::copy_options::overwrite_existing);
  open();
  pass(8);
  EXPECT_TRUE(ask(Duration::minutes(1)).has_value());
  engine.reset();
  EXPECT_EQ(Spool::open(folder + "/spool")->size(), 0U);
  EXPECT_EQ(count("grant.ending"), 1);
}

TEST_F(EngineAlone, GivesNothingWhenItsCheckpointCannotBeRead) {
  open_with_policy();
  engine.reset();
  std::filesystem::resize_file(folder + "/checkpoint.json", 0);
  open();
  EXPECT_EQ(ask(Duration::minutes(1)).error().code, "checkpoint_unreadable");
}

TEST_F(EngineAlone, TakesACheckpointThatCannotBeOpenedForDamagedAndNotForMissing) {
  open_with_policy();
  engine.reset();
  std::filesystem::remove(folder + "/checkpoint.json");
  std::filesystem::create_symlink(folder + "/checkpoint.json", folder + "/checkpoint.json");  // root may open the rest
  open();
  EXPECT_EQ(ask(Duration::minutes(1)).error().code, "checkpoint_unreadable");
  engine.reset();
  std::filesystem::remove(folder + "/checkpoint.json");
  open();
  EXPECT_TRUE(ask(Duration::minutes(1)).has_value()) << "a first start has none";
}

TEST_F(EngineAlone, MergesTheSpoolBehindWhatOthersWrote) {
  open_with_policy();
  ASSERT_TRUE(ask(Duration::minutes(10)).has_value());
  ASSERT_TRUE(ask(Duration::seconds(599)).has_value());
  broken = true;
  pass(601);
  ASSERT_TRUE(soon([&] { return engine->health().spool_bytes > 0; }));
  engine.reset();
  // Another server was faster with one of the two.
  const access::Entry other{static_cast<std::int64_t>(ledger->head.size),
                            kNoon + Duration::seconds(600),
                            {"system", {}, {}, {}},
                            {},
                            access::GrantEnding{access::GrantId("grt_1_1"), access::EndCause::kExpiry, {}}};
  auto store = ledger::open_memory(ledger);
  ASSERT_TRUE(store->append(ledger->head.size, std::vector{access::encode_entry(other)}).has_value());
  broken = false;
  open();
  EXPECT_FALSE(ask(Duration::minutes(1)).has_value()) << "another server may have spooled something too";
  pass(8);
  EXPECT_TRUE(ask(Duration::minutes(1)).has_value()) << "a whole turn";
  EXPECT_EQ(count("grant.ending"), 2) << "each once";
}

TEST_F(EngineAlone, RefusesATokenThatWasRevokedWhileTheCommandWaited) {
  open_with_policy();
  const access::Caller admin{{"operator", {}, {}, {}}, {}, "operator", access::Role::kAdmin};
  const access::TokenId token("tok_1");
  ASSERT_TRUE(engine
                  ->submit(admin, access::IssueToken{{token, kAna, "ana", access::Role::kPerson, "ab",
                                                      kNoon + Duration::hours(1)}})
                  .has_value());
  // Revoked beside the server, as the command line on its machine does: the API cannot know it yet.
  const access::Entry revoked{
      static_cast<std::int64_t>(ledger->head.size), kNoon, {"operator", {}, {}, {}}, {}, access::TokenRevoked{token}};
  ASSERT_TRUE(
      ledger::open_memory(ledger)->append(ledger->head.size, std::vector{access::encode_entry(revoked)}).has_value());
  access::Caller caller = ana();
  caller.actor.token = token;
  const auto asked = engine->submit(
      caller,
      access::Ask{
          access::RequestId("req_9"), {kAccount.str()}, "PowerUser", Duration::hours(1), {}, "because", {}, {}});
  ASSERT_FALSE(asked.has_value());
  EXPECT_EQ(asked.error().code, "token_revoked");
}

TEST_F(EngineAlone, GivesNothingWhileClocksDisagreeAndEndsByTheOneThatIsAhead) {
  open_with_policy();
  ASSERT_TRUE(ask(Duration::minutes(10)).has_value());
  engine->note_aws_time(kNoon + Duration::minutes(11));
  ASSERT_TRUE(soon([&] { return engine->health().suspension.has_value(); }));
  EXPECT_EQ(ask(Duration::minutes(10)).error().code, "clock_disagrees");
  EXPECT_EQ(engine->health().clock_skew_seconds, -660);
  engine->note_aws_time(kNoon);
  ASSERT_TRUE(soon([&] { return !engine->health().suspension.has_value(); }));
  EXPECT_TRUE(ask(Duration::minutes(10)).has_value());
  EXPECT_EQ(count("grant.ending"), 1);
  EXPECT_EQ(count("grants.suspended"), 1);
  EXPECT_EQ(count("grants.resumed"), 1);
}

TEST_F(EngineAlone, KnowsALedgerThatCameFromABackup) {
  open_with_policy();
  ASSERT_TRUE(ask(Duration::minutes(10)).has_value());
  engine.reset();  // the checkpoint is written
  ledger->entries.pop_back();
  ledger->head = {};
  for (const auto& bytes : ledger->entries) ledger->head.append(ledger::leaf_hash(bytes));
  open();
  ASSERT_TRUE(soon([&] { return engine->health().suspension.has_value(); }));
  EXPECT_EQ(ask(Duration::minutes(10)).error().code, "ledger_rolled_back");

  open(true);
  EXPECT_EQ(ask(Duration::minutes(10)).error().code, access::kSweepOwed) << "nobody has looked what is there";
  EXPECT_EQ(count("ledger.rollback_accepted"), 1);
  open();
  EXPECT_EQ(ask(Duration::minutes(10)).error().code, access::kSweepOwed)
      << "accepted once and for all, and not yet looked";
  EXPECT_EQ(count("ledger.rollback_accepted"), 1);
}

}  // namespace
}  // namespace ag::server
