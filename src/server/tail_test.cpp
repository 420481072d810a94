#include "server/core_bench.hpp"

/// What a spool says when others have written meanwhile.
namespace ag::server::testing {
namespace {

constexpr std::string_view kPolicy = R"(version: 1
rules:
  - {id: free, who: {everyone: true}, what: [ReadOnly], where: [all], max: 8h, approval: nobody}
approval_policies:
  nobody: {steps: []}
)";

struct LateTail : ::testing::Test, CoreBench {
  LateTail() : CoreBench(kPolicy) { start({}); }

  /// Somebody else made it too, then; the spool tells of it now, and of a place on the ledger that others have taken.
  void tells_late(const access::Slot& slot, Instant made_at) {
    access::SlotShared shared{slot, "e-1", "arn:them", made_at, access::ForeignCreates::kHold};
    core->put_back_tail({access::Entry{0, now, {"system", {}, {}, {}}, {}, std::move(shared)}});
  }
  [[nodiscard]] bool is_shared(const access::Slot& slot) const {
    const access::SlotState* row = core->state().slots.find(slot);
    return row != nullptr && row->shared != nullptr;
  }
};

TEST_F(LateTail, TellsWhatSomebodyElseMadeToo) {
  const auto request = hold("ana", "prod-web", "ReadOnly", Duration::hours(1));
  run_for(Duration::minutes(1));
  const auto slot = grant(request).slot;
  tells_late(slot, now);
  EXPECT_TRUE(is_shared(slot));
}

TEST_F(LateTail, SaysNothingOfTheNextLifeOfTheSlot) {
  const auto request = hold("ana", "prod-web", "ReadOnly", Duration::hours(1));
  run_for(Duration::minutes(1));
  const Instant in_the_first = now;
  const auto slot = grant(request).slot;
  end("ana", request);
  ASSERT_TRUE(run_until(Duration::minutes(2), [&] { return grant(request).absent_at.has_value(); }));
  tells_late(slot, in_the_first);
  EXPECT_FALSE(is_shared(slot));
  (void)hold("ana", "prod-web", "ReadOnly", Duration::hours(1));
  tells_late(slot, in_the_first);
  EXPECT_FALSE(is_shared(slot)) << "it would stay when this grant expires";
}

}  // namespace
}  // namespace ag::server::testing
