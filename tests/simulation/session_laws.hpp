#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "access/event.hpp"
#include "base/json.hpp"
#include "sandbox/sandbox.hpp"

/// What `end: hard` promises, judged by what the service control policy in AWS says: whoever's access was ended hard is
/// denied what he signed in for, soon and until it cannot live any more; nobody else is, and nothing is left behind.
namespace ag::simulation {

class SessionLaws {
 public:
  struct Bounds {
    Duration denied_within;  ///< of the end, or of the moment when the faults stopped
    Duration clocks;         ///< how far the program's clock may be wrong
  };

  SessionLaws(const sandbox::Sandbox& sandbox, Bounds bounds) : sandbox_(sandbox), bounds_(bounds) {}

  /// A grant with a hard end is over: its sessions may be denied, and are to be when nothing keeps the slot any more.
  void note_over(const access::Slot& slot, const access::Request& request, bool had_access);
  [[nodiscard]] bool waits(const access::Slot& slot) const { return waiting_.contains(slot); }
  /// Nothing keeps it any more: what was issued before that is to be denied.
  void owe(const access::Slot& slot, Instant before, Instant now);
  /// It is gone only now, and until now more could be had.
  void note_gone(const access::Slot& slot, Instant since, Instant now);
  void note_refused(const access::Slot& slot, const std::string& code);
  /// The access goes on: nothing is owed.
  void note_goes_on(const access::Slot& slot) {
    waiting_.erase(slot);
    owed_.erase(slot);
  }
  /// The ledger says that its sessions are denied; what is wrong with that.
  [[nodiscard]] std::optional<std::string> note_cut(const access::Slot& slot, Instant now,
                                                    std::optional<Instant> quiet_since);
  /// And that nothing of it is denied any more.
  void note_restored(const access::Slot& slot) { told_not_attached_.erase(slot); }
  /// AWS has told the whole list of what the policy is attached to.
  void note_targets_read() { is_read_now_ = true; }
  /// Whoever knew it has to read it anew.
  void note_targets_forgotten() { is_forgotten_now_ = true; }
  /// The ledger is an older one: what is owed is to be noted once more. What it forgot may stay in the policy until
  /// that is written the next time.
  void forget();

  /// What is broken at this moment. `quiet_since`: since then AWS has answered. `is_held`: of the slots that a grant
  /// needs once more.
  [[nodiscard]] std::vector<std::string> check(Instant now, std::optional<Instant> quiet_since,
                                               const std::function<bool(const access::Slot&)>& is_held);
  /// Whether what was said by a wrong clock has been put right.
  [[nodiscard]] bool is_clock_right(Instant now, std::optional<Instant> quiet_since) const;
  /// What the policy denies of the slot: all that was issued before; none.
  [[nodiscard]] std::optional<Instant> denied_before(const access::Slot& slot) const;
  /// Somebody is denied something.
  [[nodiscard]] bool denies() const { return !denied_.empty(); }

 private:
  /// As the policy names it.
  struct Key {
    std::string account;
    std::string permission_set;  ///< its name
    std::string user;
    auto operator<=>(const Key&) const = default;
  };
  struct Owed {
    Instant ended;
    Instant before;  ///< later, where more could be had until it was gone
    Instant since;
    bool has_no_room = false;
  };
  struct Known {
    Key key;
    Duration session_duration;
    bool is_forgotten = false;  ///< by the ledger, which came back older
  };
  void read_policy(Instant now);
  void read_statement(const json::value& statement);
  void look_at_targets(Instant now, const std::vector<std::string>& targets);
  /// Whether the policy is attached above that account.
  [[nodiscard]] bool binds(const access::AccountId& account) const;
  /// Whether the program has had the time to know by now what it is attached to.
  [[nodiscard]] bool must_know_targets(Instant now, Instant since) const;
  void check_owed(Instant now, Instant quiet_since, std::vector<std::string>& broken) const;
  void check_denied(Instant now, std::optional<Instant> quiet_since, std::vector<std::string>& broken) const;

  const sandbox::Sandbox& sandbox_;
  Bounds bounds_;
  std::map<access::Slot, Known> known_;  ///< whose sessions may be denied
  std::map<Key, access::Slot> slots_;
  std::set<access::Slot> waiting_;  ///< for the last grant that keeps it
  std::map<access::Slot, Owed> owed_;
  std::set<access::Slot> told_not_attached_;  ///< whoever reads the ledger
  std::optional<std::uint64_t> updates_;      ///< of the policy, when it was read
  std::size_t length_ = 0;                    ///< of the policy
  std::map<Key, Instant> denied_;
  std::vector<std::string> targets_;  ///< of the policy
  Instant targets_since_;
  std::optional<Instant> targets_known_;  ///< since then the program knows them
  bool is_read_now_ = false;
  bool is_forgotten_now_ = false;
};

}  // namespace ag::simulation
