#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "access/state.hpp"
#include "aws/pages.hpp"
#include "control/call.hpp"

/// Who else makes our assignments. AWS keeps one assignment for an account, a permission set and a person, whoever made
/// it: a second CreateAccountAssignment is answered with success and changes nothing, and our end would take away what
/// somebody else meant to stand. CloudTrail alone tells of it, minutes late and in no order.
///
/// Level-triggered and sans I/O, as SlotControl: while something of ours is there that nobody else is known to have
/// made, the newest events are read again and again, and what they tell of such a slot is planned as an entry until the
/// ledger has it. Nothing that ends waits for this: what CloudTrail has not told by then is taken away.
namespace ag::control {

struct TrailSettings {
  access::ForeignCreates at_expiry = access::ForeignCreates::kHold;
  Duration every = Duration::minutes(1);  ///< CloudTrail is minutes late anyway
};

/// What two ARNs of one caller have in common: of a role's sessions the account and the name of the role, of all else
/// the ARN itself.
[[nodiscard]] std::string caller_of(std::string_view arn);

class Trail {
 public:
  /// An event that comes later than this after one that was made later is not seen any more.
  static constexpr Duration kLateness = Duration::minutes(15);

  void use(TrailSettings settings) { settings_ = settings; }
  void use_instance(aws::InstanceArn instance) { instance_ = std::move(instance); }
  /// Whom AWS takes us for, by sts. What he makes is ours; so is what whoever we were before has made.
  void note_caller(std::string_view arn);

  [[nodiscard]] bool owns(CallId id) const { return call_ == id; }
  void receive(CallId id, const aws::AwsResult<aws::Reply>& reply, Instant now);
  /// Something may have become ours.
  void touch() { is_stirred_ = true; }
  [[nodiscard]] std::vector<access::Event> plan(const access::State& state) const;
  /// At most one call. What plan() told and the ledger has, or what is no news, is forgotten.
  [[nodiscard]] std::vector<Outgoing> dispatch(const access::State& state, Budget& budget, CallIds& ids, Instant now);
  [[nodiscard]] Instant next_wake() const;
  /// Why AWS does not tell; none when it does, or was not asked yet.
  [[nodiscard]] const std::optional<aws::AwsError>& problem() const { return problem_; }

 private:
  /// One reading of the trail, page by page.
  struct Reading {
    aws::LookupEvents call;
    std::optional<Instant> newest;
    aws::PageGuard guard;
  };
  [[nodiscard]] bool is_own(const aws::MadeAssignment& made) const;
  [[nodiscard]] bool is_news(const access::State& state, const aws::MadeAssignment& made) const;
  void take(const aws::MadeAssignments& page, Instant now);
  void begin(const access::State& state, Instant now);

  TrailSettings settings_;
  aws::InstanceArn instance_;
  std::set<std::string> own_;
  std::optional<Reading> reading_;
  std::optional<CallId> call_;  ///< in flight
  Instant next_read_;
  bool is_stirred_ = true;
  Instant budget_wake_ = Instant::max();
  std::optional<Instant> newest_;                       ///< of the events of all readings that came to their end
  std::map<std::string, aws::MadeAssignment> foreign_;  ///< by the event's id: not yet told, or not yet looked at
  std::optional<aws::AwsError> problem_;
};

}  // namespace ag::control
