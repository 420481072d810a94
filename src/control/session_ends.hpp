#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "access/state.hpp"
#include "control/call.hpp"
#include "control/session_end_policy.hpp"

/// Ends live sessions where a rule says `end: hard`: one prepared service control policy denies them everything.
///
/// Level-triggered and sans I/O, as SlotControl: what the policy is to say is a function of the ledger's state and the
/// moment. While the ledger does not have it as intended, plan() says the intent; while AWS was not seen to have what
/// is intended, dispatch() sends UpdatePolicy, then DescribePolicy; when that shows it, plan() says so.
namespace ag::control {

class SessionEnds {
 public:
  /// The policy that was prepared, `p-…`. Without one every hard end is refused, on the ledger.
  void use_policy(std::string policy) { policy_ = std::move(policy); }
  /// Which account no such policy binds.
  void use_management_account(access::AccountId account);
  /// Accounts to which it is not attached. What is denied there is written all the same, so that it holds from the
  /// moment on in which somebody attaches it; the ledger says that it does not hold yet. None, as in the beginning:
  /// nobody knows, and what the ledger said last stands.
  void use_not_bound(std::optional<std::set<access::AccountId>> accounts);
  /// Another server has written this. Whether the policy binds the account he knows better until the next reading.
  void note_foreign(const access::Event& event);
  /// While the ledger tells nothing of what other servers do: what the policy denies and this server has not put there
  /// stays, and the policy is read before it is written.
  void keep_what_others_deny(bool keep);

  /// Something that cuts depend on has changed.
  void touch() { due_ = true; }

  [[nodiscard]] bool owns(CallId id) const { return call_ == id; }
  void receive(CallId id, const aws::AwsResult<aws::Reply>& reply, Instant now);
  [[nodiscard]] std::vector<access::Event> plan(const access::State& state, Instant now) const;
  [[nodiscard]] std::vector<Outgoing> dispatch(const access::State& state, Budget& budget, CallIds& ids, Instant now);
  [[nodiscard]] Instant next_wake() const { return due_ ? Instant{} : wake_; }

 private:
  enum class Action { kNone, kUpdate, kLook };
  struct Refusal {
    access::Slot slot;
    std::string code;
    std::string message;
  };
  struct Choice {
    std::vector<access::CutSessions> cut;
    std::vector<Refusal> refused;
  };
  [[nodiscard]] bool is_due(Instant now) const { return due_ || now >= wake_; }
  [[nodiscard]] bool is_bound(const access::Slot& slot, const access::SessionCut& cut) const;
  [[nodiscard]] Choice choose(const access::State& state, Instant now) const;
  [[nodiscard]] std::optional<access::Event> intent(const access::State& state, const Choice& choice) const;
  [[nodiscard]] std::vector<access::Event> refusals(const access::State& state, const Choice& choice) const;
  [[nodiscard]] std::vector<access::Event> observations(const access::State& state) const;
  [[nodiscard]] std::string document(const access::State& state) const;
  [[nodiscard]] Action action_for(const access::State& state, const std::string& document, Instant now) const;
  [[nodiscard]] bool may_come(Instant now) const { return may_come_until_ && now < *may_come_until_; }
  [[nodiscard]] Instant look_again_at(Instant now) const;
  [[nodiscard]] Instant wake_for(const access::State& state, Instant now) const;
  void learn(const aws::Policy& policy, Instant now);
  void learn_error(const aws::AwsError& error, Instant now);

  std::string policy_;
  access::AccountId management_account_;
  std::optional<std::set<access::AccountId>> not_bound_;
  std::set<access::AccountId> outdated_;  ///< of which another has said something since that was read
  bool due_ = true;
  Instant wake_ = Instant::max();
  std::optional<CallId> call_;  ///< in flight, one at a time
  Action action_ = Action::kNone;
  std::string sending_;              ///< the document of an update in flight
  std::string sent_;                 ///< that of one that AWS took, and that was not looked at yet
  std::optional<std::string> seen_;  ///< what the policy says, canonical, since the last update
  Instant seen_at_;
  bool keeps_others_ = false;
  bool may_not_look_ = false;     ///< AWS did not tell what it has, the last time
  std::set<std::string> own_;     ///< statements that this server has sent since it last saw there what it wanted
  std::set<std::string> others_;  ///< those that it saw there and are not its own; empty unless they are kept
  /// Until then an update that was not answered, of this process or of the one before, may put back what it said.
  std::optional<Instant> may_come_until_;
  std::optional<aws::AwsError> failure_;  ///< that repeating alone does not help against
  int tries_ = 0;                         ///< in vain, in a row
  Instant not_before_;
};

}  // namespace ag::control
