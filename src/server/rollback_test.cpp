#include <gtest/gtest.h>

#include <algorithm>

#include "server/core_bench.hpp"

/// A ledger that came back older, and was taken for the true one.
namespace ag::server::testing {
namespace {

constexpr std::string_view kPolicy = R"(version: 1
rules:
  - {id: any, who: {everyone: true}, what: [ReadOnly], where: [all], max: 8h, approval: nobody}
approval_policies:
  nobody: {steps: []}
)";

struct AfterARollback : ::testing::Test, CoreBench {
  AfterARollback() : CoreBench(kPolicy) {
    start({});
    asked = ask("ana", "dev-web", "ReadOnly", Duration::hours(1));
    destroy();  // before anything was made
    calls.clear();
    start_accepting();
  }
  void start_accepting() {
    start({});
    const auto size = static_cast<std::int64_t>(ledger.size());
    core->note(access::RollbackAccepted{size, size + 5, "root"});
  }
  [[nodiscard]] std::ptrdiff_t sent(std::string_view operation) const {
    return std::count(calls.begin(), calls.end(), operation);
  }
  [[nodiscard]] bool is_active() const { return grant(asked).status == access::Status::kActive; }
  access::RequestId asked;
};

TEST_F(AfterARollback, NothingIsGivenBeforeEverythingWasLookedThrough) {
  ASSERT_TRUE(run_until(Duration::minutes(5), [&] { return sent("CreateAccountAssignment") == 1; }));
  const auto people = static_cast<std::ptrdiff_t>(sandbox.people().size());
  EXPECT_GE(sent("ListAccountAssignmentsForPrincipal"), people);
  EXPECT_LT(first("ledger.rollback_accepted"), first("grants.resumed"));
  EXPECT_LT(first("grants.resumed"), first("slot.create_intended"));
  EXPECT_TRUE(run_until(Duration::minutes(1), [&] { return is_active(); }));
}

TEST_F(AfterARollback, ARestartDoesNotCountAsALook) {
  ASSERT_TRUE(run_until(Duration::minutes(1), [&] { return count("ledger.rollback_accepted") == 1; }));
  destroy();
  calls.clear();
  start({});
  ASSERT_TRUE(run_until(Duration::minutes(5), [&] { return is_active(); }));
  EXPECT_GE(sent("ListAccountAssignmentsForPrincipal"), static_cast<std::ptrdiff_t>(sandbox.people().size()));
  EXPECT_EQ(count("grants.resumed"), 1U);
}

TEST_F(AfterARollback, TroubleOfAnotherKindDoesNotCountAsALook) {
  ASSERT_TRUE(run_until(Duration::minutes(1), [&] { return count("ledger.rollback_accepted") == 1; }));
  core->suspend(Error{"clock_disagrees", "it does"});
  auto batch = core->prepare({}, now);
  ASSERT_EQ(batch.entries.size(), 1U);
  EXPECT_EQ(access::kind_of(batch.entries[0].event), "grants.suspended") << "and not resumed";
  core->abort();
  core->suspend({});
  EXPECT_EQ(core->suspension()->code, access::kSweepOwed);
}

TEST_F(AfterARollback, WhatEndsEnds) {
  ASSERT_TRUE(run_until(Duration::minutes(5), [&] { return is_active(); }));
  destroy();
  start_accepting();
  end("ana", asked);
  EXPECT_TRUE(run_until(Duration::seconds(20), [&] { return grant(asked).status == access::Status::kRevoked; }));
  EXPECT_EQ(core->suspension()->code, access::kSweepOwed) << "which takes longer";
}

}  // namespace
}  // namespace ag::server::testing
