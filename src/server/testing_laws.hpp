#pragma once
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "access/event.hpp"
#include "aws/types.hpp"
#include "control/call.hpp"
#include "sandbox/sandbox.hpp"

/// For tests: what must hold whatever goes wrong (the laws of the design), judged from outside, by the entries as they
/// became durable, the calls as they were sent, and the sandbox's own truth. Nothing here asks the program's state.
namespace ag::server::testing {

[[nodiscard]] access::Slot slot_of(const sandbox::Slot& slot);
[[nodiscard]] sandbox::Slot slot_of(const access::Slot& slot);

class Laws {
 public:
  struct Bounds {
    Duration present_within;  ///< of a grant's start, or of the moment when the faults stopped
    Duration absent_within;   ///< of its end, or of that moment
    Duration stale_lists;     ///< how far AWS's lists may lag
  };

  Laws(const sandbox::Sandbox& sandbox, Bounds bounds) : sandbox_(sandbox), bounds_(bounds) {}

  /// From now on AWS and the ledger work: what is owed is to come within the bounds.
  void note_quiet(Instant now) { quiet_since_ = now; }
  void note_entry(const access::Entry& entry, Instant now);
  void note_call(control::CallId id, const aws::Call& call, Instant now);
  void note_reply(control::CallId id, const aws::AwsResult<aws::Reply>& reply);
  void note_crash();
  /// To be called whenever the sandbox's time has moved.
  void check(Instant now);

  /// What was broken, in words; empty while all laws hold.
  [[nodiscard]] const std::vector<std::string>& broken() const { return broken_; }
  void break_law(std::string what);

  [[nodiscard]] std::size_t grants() const { return grants_.size(); }
  [[nodiscard]] std::size_t grants_over() const;
  /// When the last grant that is known ends.
  [[nodiscard]] Instant last_end() const;

 private:
  enum class Intent { kNone, kCreate, kDelete };
  struct Grant {
    access::Slot slot;
    Instant start;
    Instant end;  ///< brought forward by an early end or a failure
    bool over = false;
    bool failed = false;
  };
  struct Asked {
    access::Request request;
    std::map<std::int64_t, std::set<access::UserId>> approvals;  ///< by step
  };
  /// A create or delete that we know to be under way.
  struct UnderWay {
    access::AccountId account;
    bool creates = false;
    Instant since;
    aws::OperationId operation;
  };

  void on(const access::RequestSubmitted& event, Instant now);
  void on(const access::RequestDecided& event, Instant now);
  void on(const access::RequestApproved& event, Instant now);
  void on(const access::GrantEnding& event, Instant now);
  void on(const access::GrantCovered& event, Instant now);
  void on(const access::GrantFailed& event, Instant now);
  void on(const access::CreateIntended& event, Instant now);
  void on(const access::DeleteIntended& event, Instant now);
  void on(const access::SlotMissing& event, Instant now);
  void on(const access::SlotPresent& event, Instant now);
  void on(const access::SlotAbsent& event, Instant now);
  template <class Other>
  void on(const Other& /*event*/, Instant /*now*/) {}

  void check_intent(const aws::Call& call);
  void check_rate(const aws::Call& call, Instant now);
  void check_account(control::CallId id, const aws::Call& call, Instant now);
  void check_presences(Instant now);
  void check_appearance(const sandbox::Presence& presence);
  void check_overrun(const sandbox::Presence& presence, Instant now);
  void check_grants(Instant now);
  [[nodiscard]] std::string words(const access::Slot& slot) const;

  const sandbox::Sandbox& sandbox_;
  Bounds bounds_;
  std::optional<Instant> quiet_since_;
  std::map<access::RequestId, Asked> requests_;
  std::map<access::GrantId, Grant> grants_;
  std::map<access::Slot, Intent> intents_;
  std::set<std::pair<sandbox::Slot, Instant>> appeared_;
  std::deque<Instant> sso_admin_calls_;
  std::map<control::CallId, UnderWay> under_way_;
  std::map<control::CallId, aws::OperationId> polls_;
  Instant look_again_at_;
  std::vector<std::string> broken_;
};

}  // namespace ag::server::testing
