#include <map>
#include <optional>
#include <set>

#include "control/slot_bench.hpp"

/// Calls that answer for more than one slot: a list of assignments, and the list of operations.
namespace ag::control {
namespace {

using namespace testing;
using access::Status;
using aws::ErrorClass;
using aws::OperationStatus;
using Delete = aws::DeleteAccountAssignment;
using Look = aws::ListAccountAssignments;

constexpr Duration kOperationTime = Duration::milliseconds(1'500);
constexpr Duration kStep = Duration::milliseconds(50);

access::Slot slot_of(int account, int person) {
  return {access::AccountId(fmt::format("{:012}", account)), kSlot.permission_set,
          access::UserId(fmt::format("person-{}", person))};
}

/// Enough of AWS: operations take their time, lists show what is there now.
class SmallAws {
 public:
  explicit SmallAws(SlotBench& bench) : bench_(bench) {}

  void run_for(Duration time) {
    for (const Instant until = bench_.now + time; bench_.now < until; bench_.wait(kStep)) serve();
  }
  template <class Holds>
  bool run_until(Duration most, Holds holds) {
    for (const Instant until = bench_.now + most; bench_.now < until && !holds(); bench_.wait(kStep)) serve();
    return holds();
  }
  [[nodiscard]] std::size_t calls(std::string_view operation) const {
    const auto it = calls_.find(operation);
    return it == calls_.end() ? 0 : it->second;
  }
  [[nodiscard]] std::size_t calls() const { return all_; }
  void count_from_now() { calls_.clear(), all_ = 0; }

  std::optional<ErrorClass> refuses_lists_of_operations;
  std::set<access::AccountId> denies_deletes_in;
  std::size_t operations_shown = 100;

 private:
  struct Begun {
    aws::Assignment assignment;
    bool creates = false;
    Instant ends_at;
    aws::OperationId id;
  };

  void serve() {
    while (!bench_.sent.empty()) {
      const Outgoing outgoing = std::move(bench_.sent.front());
      bench_.sent.pop_front();
      ++calls_[std::string(aws::operation_of(outgoing.call))];
      ++all_;
      finish();
      bench_.reply(outgoing, std::visit([&](const auto& call) { return answer(call); }, outgoing.call));
    }
  }
  void finish() {
    for (const Begun& each : begun_) {
      if (each.ends_at > bench_.now) continue;
      if (each.creates) present_.insert(key(each.assignment));
      else present_.erase(key(each.assignment));
    }
  }
  static access::Slot key(const aws::Assignment& it) {
    return {it.account, it.permission_set, access::UserId(it.principal_id)};
  }
  [[nodiscard]] OperationStatus status_of(const Begun& each) const {
    return each.ends_at <= bench_.now ? OperationStatus::kSucceeded : OperationStatus::kInProgress;
  }
  aws::AwsResult<aws::Reply> begin(const aws::Assignment& assignment, bool creates) {
    begun_.push_back(
        {assignment, creates, bench_.now + kOperationTime, aws::OperationId(fmt::format("op-{}", begun_.size()))});
    return SlotBench::operation(OperationStatus::kInProgress, begun_.back().id.str());
  }
  [[nodiscard]] aws::AwsResult<aws::Reply> describe(const aws::OperationId& id) const {
    const auto it = std::find_if(begun_.begin(), begun_.end(), [&](const Begun& each) { return each.id == id; });
    return SlotBench::operation(status_of(*it), id.str());
  }

  aws::AwsResult<aws::Reply> answer(const aws::CreateAccountAssignment& call) { return begin(call.assignment, true); }
  aws::AwsResult<aws::Reply> answer(const aws::DeleteAccountAssignment& call) {
    if (denies_deletes_in.contains(call.assignment.account)) return SlotBench::error(ErrorClass::kDenied);
    return begin(call.assignment, false);
  }
  aws::AwsResult<aws::Reply> answer(const aws::DescribeCreation& call) { return describe(call.operation); }
  aws::AwsResult<aws::Reply> answer(const aws::DescribeDeletion& call) { return describe(call.operation); }
  aws::AwsResult<aws::Reply> answer(const aws::ListDeletionStatus&) {
    if (refuses_lists_of_operations) return SlotBench::error(*refuses_lists_of_operations);
    aws::OperationStatuses statuses;
    for (auto it = begun_.rbegin(); it != begun_.rend() && statuses.items.size() < operations_shown; ++it) {
      if (!it->creates) statuses.items.push_back({it->id, status_of(*it), {}});
    }
    return statuses;
  }
  aws::AwsResult<aws::Reply> answer(const aws::ListAccountAssignments& call) {
    aws::Assignments page;
    for (const auto& slot : present_) {
      if (slot.account == call.account && slot.permission_set == call.permission_set) {
        page.items.push_back(assignment(slot));
      }
    }
    return page;
  }
  template <class Other>
  aws::AwsResult<aws::Reply> answer(const Other&) {
    return SlotBench::error(ErrorClass::kInvalid);
  }

  SlotBench& bench_;
  std::vector<Begun> begun_;
  std::set<access::Slot> present_;
  std::map<std::string, std::size_t, std::less<>> calls_;
  std::size_t all_ = 0;
};

class SharedCalls : public ::testing::Test {
 protected:
  /// So many people hold one permission set in each of so many accounts.
  void hold(int accounts, int people) {
    for (int account = 0; account < accounts; ++account) {
      for (int person = 0; person < people; ++person) {
        grants.push_back(bench.grant(slot_of(account, person), {}, Duration::hours(4)));
      }
    }
    ASSERT_TRUE(aws.run_until(Duration::minutes(20), [&] { return all_are(Status::kActive); }));
    aws.count_from_now();
  }
  void end_all() {
    for (const auto& grant : grants) bench.end(grant);
  }
  [[nodiscard]] bool all_are(Status status) const {
    return std::all_of(grants.begin(), grants.end(), [&](const auto& id) { return bench.status(id) == status; });
  }

  SlotBench bench;
  SmallAws aws{bench};
  std::vector<access::GrantId> grants;
};

TEST_F(SharedCalls, OneListAnswersForAllWhoAskForTheSameSetInAnAccount) {
  for (int person = 0; person < 10; ++person) bench.grant(slot_of(1, person));
  aws.run_for(Duration::milliseconds(100));
  EXPECT_EQ(aws.calls("ListAccountAssignments"), 1U);
  EXPECT_LE(bench.control.gauges().waiting[static_cast<std::size_t>(Lane::kGrant)], 1U) << "all have their answer";
}

// With calls to spare each is proven at once; the sharing is for the hour when there are none.
TEST_F(SharedCalls, OneListProvesAllThatAreGoneAndOneMoreTellsWhichOperationsAreOver) {
  hold(60, 6);
  end_all();
  ASSERT_TRUE(aws.run_until(Duration::minutes(2), [&] { return all_are(Status::kRevoked); }));
  EXPECT_EQ(aws.calls("DeleteAccountAssignment"), 360U);
  EXPECT_LE(aws.calls(), 360U * 5 / 4) << "it was two calls for each";
  EXPECT_EQ(bench.count("slot.absent"), 360U);
}

TEST_F(SharedCalls, ManyGrantsThatBeginTogetherAllBecomeActive) {
  // More lists than can be read while the first of them is still good.
  for (int account = 0; account < 400; ++account) grants.push_back(bench.grant(slot_of(account, 0)));
  std::size_t most = 0;
  const auto all_active = [&] {
    const std::size_t made = aws.calls("CreateAccountAssignment");
    most = std::max(most, bench.count("slot.create_intended") - made);
    return all_are(Status::kActive);
  };
  EXPECT_TRUE(aws.run_until(Duration::minutes(8), all_active));
  EXPECT_LE(most, SlotControl::kMostOutstandingCreates) << "intents of creates that could not go yet";
  EXPECT_LE(aws.calls("ListAccountAssignments"), 400U * 5 / 2) << "looks that were good for nothing";
}

TEST_F(SharedCalls, WhatIsNotOnTheListOfOperationsIsAskedForByItself) {
  hold(4, 3);
  aws.operations_shown = 0;
  end_all();
  EXPECT_TRUE(aws.run_until(Duration::minutes(2), [&] { return all_are(Status::kRevoked); }));
  EXPECT_GT(aws.calls("DescribeAccountAssignmentDeletionStatus"), 0U);
}

TEST_F(SharedCalls, AListOfOperationsThatIsRefusedIsNotAskedForAgainSoSoon) {
  hold(4, 3);
  aws.refuses_lists_of_operations = ErrorClass::kDenied;
  end_all();
  EXPECT_TRUE(aws.run_until(Duration::minutes(2), [&] { return all_are(Status::kRevoked); }));
  EXPECT_EQ(aws.calls("ListAccountAssignmentDeletionStatus"), 1U);
}

TEST_F(SharedCalls, AThrottledListOfOperationsIsNoReasonToDoWithoutIt) {
  hold(4, 3);
  aws.refuses_lists_of_operations = ErrorClass::kThrottled;
  end_all();
  aws.run_for(Duration::seconds(4));
  aws.refuses_lists_of_operations.reset();
  EXPECT_TRUE(aws.run_until(Duration::minutes(2), [&] { return all_are(Status::kRevoked); }));
  EXPECT_GT(aws.calls("ListAccountAssignmentDeletionStatus"), 1U);
}

TEST_F(SharedCalls, AListThatWasSentBeforeADeleteWasOverSaysNothingOfIt) {
  const auto first = bench.grant(kSlot);
  const auto second = bench.grant(kSameAccount);
  ASSERT_TRUE(aws.run_until(Duration::minutes(1), [&] { return bench.status(second) == Status::kActive; }));
  bench.end(first);
  bench.answer<Delete>(SlotBench::operation(OperationStatus::kSucceeded));
  const auto look = bench.take<Look>();  // of the first alone
  bench.end(second);
  bench.answer<Delete>(SlotBench::operation(OperationStatus::kSucceeded));
  bench.reply(look, aws::Assignments{});
  EXPECT_EQ(bench.status(first), Status::kRevoked);
  EXPECT_EQ(bench.status(second), Status::kEnding) << "no list was sent since its delete";
  bench.answer<Look>(aws::Assignments{});
  EXPECT_EQ(bench.status(second), Status::kRevoked);
}

TEST_F(SharedCalls, EachPageAnswersForThoseWhoHaveReadThePagesBefore) {
  bench.grant(kSlot);
  const auto first = bench.take<Look>();
  bench.grant(kSameAccount);  // comes when the first page is on its way
  bench.turn();
  bench.reply(first, aws::Assignments{{}, "page-2"});
  std::size_t first_pages = 0;
  for (int i = 0; i < 4 && bench.count("slot.standing") < 2; ++i) {
    const auto look = bench.take<Look>();
    const bool is_first = std::get<Look>(look.call).token.empty();
    first_pages += is_first ? 1 : 0;
    if (is_first) bench.reply(look, aws::Assignments{{}, "page-2"});
    else bench.reply(look, aws::Assignments{{assignment(kSlot), assignment(kSameAccount)}, ""});
  }
  EXPECT_EQ(bench.count("slot.standing"), 2U);
  EXPECT_EQ(first_pages, 1U) << "the second has to begin at the beginning";
}

TEST_F(SharedCalls, AProofWaitsAMinuteAtMostForDeletesThatFailAgainAndAgain) {
  hold(120, 3);
  for (int account = 5; account < 120; ++account) aws.denies_deletes_in.insert(slot_of(account, 0).account);
  end_all();
  const auto& proven = grants.front();
  EXPECT_TRUE(aws.run_until(Duration::seconds(110), [&] { return bench.status(proven) == Status::kRevoked; }));
}

}  // namespace
}  // namespace ag::control
