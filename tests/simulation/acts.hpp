#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/world.hpp"

/// What people and fate do in a life: a list that is made from the seed before the life begins, so that acts can be
/// left out one by one until only those remain that a failure needs.
namespace ag::simulation {

enum class Deed {
  kAsk,
  kAskTwice,  ///< a double click: the same Idempotency-Key
  kApprove,
  kApproveShort,     ///< for less time than was asked
  kApproveTogether,  ///< two leads click in the same moment
  kApproveStale,     ///< a version that was never the request's
  kDeny,
  kWithdraw,
  kEnd,
  kEndAsStranger,
  kExtend,  ///< more time, through the rule's own approval
  kGiveByHand,
  kTakeByHand,
  kPolicy,     ///< another policy comes into force
  kRestart,    ///< an upgrade, with everything in mid flight
  kBurst,      ///< many grants that end in the same second
  kOutage,     ///< AWS answers nothing but 500
  kDenials,    ///< one operation is denied for a while
  kStuck,      ///< what begins now stays IN_PROGRESS for minutes
  kDiskFull,   ///< the ledger takes nothing for a while
  kSuspend,    ///< an account, until the faults stop
  kLeave,      ///< a person goes from the directory
  kClock,      ///< the clock is stepped, until the faults stop or it is stepped again
  kRemoveSet,  ///< a permission set goes, and its assignments with it
  kMove,       ///< an account goes to another unit, where other rules reach
  kChangeSet,  ///< a permission set is given other policies, or the ones of before
  kRestore,    ///< the ledger comes back older; after a while an operator takes it for the true one
  kAccept,     ///< that operator
  kCrowd,      ///< some hundreds of grants, and all end in the same second
  kAttach,     ///< the policy for hard ends is attached to the root, to one account, or to nothing
};
constexpr auto enum_names(Deed) {
  return std::array<std::string_view, 30>{
      "ask",           "ask_twice",    "approve",      "approve_short", "approve_together",
      "approve_stale", "deny",         "withdraw",     "end",           "end_as_stranger",
      "extend",        "give_by_hand", "take_by_hand", "policy",        "restart",
      "burst",         "outage",       "denials",      "stuck",         "disk_full",
      "suspend",       "leave",        "clock",        "remove_set",    "move",
      "change_set",    "restore",      "accept",       "crowd",         "attach"};
}

struct Act {
  Deed deed = Deed::kAsk;
  Duration wait;  ///< since the act before
  std::size_t who = 0;
  std::size_t where = 0;
  std::size_t what = 0;
  Duration length;
  std::optional<Duration> ahead;  ///< a later start
  std::size_t of = 0;             ///< the act whose request it is about
  std::uint64_t salt = 0;
};

/// One life, decided beforehand.
struct Plan {
  WorldOptions world;
  bool calm = false;       ///< nothing goes wrong and the laws are strict from the first moment
  bool long_tail = false;  ///< it goes on until the last session has expired
  std::vector<Act> acts;
};

[[nodiscard]] Plan plan_of(std::uint64_t seed);

/// One act in words, as in "after 3s ana asks for ReadOnly in dev-web for 2m".
[[nodiscard]] std::string to_text(const Act& act);

/// Does acts in a world, and judges the answers that people get.
class Player {
 public:
  explicit Player(World& world) : world_(world) {}
  /// `number` is the act's place in the whole list.
  void act(std::size_t number, const Act& act);

 private:
  void ask(std::size_t number, const Act& act);
  void decide(const Act& act, const access::RequestId& request);
  void end(const Act& act, const access::RequestId& request);
  void extend(std::size_t number, const Act& act, const access::RequestId& request);
  void move(const Act& act, const sandbox::AccountId& account);
  void change_by_hand(const Act& act);
  void burst(const Act& act);
  void crowd(const Act& act);
  void restore(const Act& act);
  void change_set(const Act& act);
  void attach(const Act& act);
  void trouble(const Act& act);
  [[nodiscard]] sandbox::Slot slot_of_act(const Act& act) const;
  [[nodiscard]] bool was_given_just_now(const sandbox::Slot& slot) const;

  World& world_;
  struct Made {
    std::string who;
    access::RequestId request;
  };
  std::map<std::size_t, Made> requests_;  ///< by the number of the act that made it
  std::map<sandbox::Slot, Instant> by_hand_;
  std::uint64_t changes_ = 0;  ///< of permission sets: each is another one
};

}  // namespace ag::simulation
