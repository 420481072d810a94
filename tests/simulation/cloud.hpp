#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/endpoint.hpp"
#include "aws/types.hpp"
#include "sandbox/sandbox.hpp"
#include "simulation/faults.hpp"

/// AWS as the simulated program meets it: calls are encoded, signed, answered by the sandbox and decoded, and
/// whatever can be wrong with an answer is, as often as is asked for.
namespace ag::simulation {

class Cloud {
 public:
  explicit Cloud(const sandbox::Behaviour& behaviour);

  [[nodiscard]] sandbox::Sandbox& sandbox() { return sandbox_; }
  [[nodiscard]] const sandbox::Sandbox& sandbox() const { return sandbox_; }

  /// One call, there and back. `signed_at` is what the caller's clock said.
  [[nodiscard]] aws::AwsResult<aws::Reply> answer(const aws::Call& call, Instant now, Instant signed_at,
                                                  const Faults& faults, Chance& chance);

  // ---- times when one thing is wrong for everybody ----
  void refuse_everything(Instant until) { out_until_ = until; }
  void deny(std::string operation, Instant until) { denied_until_[std::move(operation)] = until; }
  /// Operations that begin until then take as long as that.
  void slow_operations(Instant until, Duration length);
  /// Until heal(). What is begun there comes to nothing.
  void suspend(const sandbox::AccountId& account);
  /// Into another unit, for good.
  void move(const sandbox::AccountId& account, std::string_view unit);
  /// All of that is over; operations that are under way go on.
  void heal();

  // ---- what was prepared for the program ----
  /// The service control policy for hard ends, `p-…`.
  [[nodiscard]] std::string session_end_policy() const;
  /// What schedules act as.
  [[nodiscard]] std::string scheduler_role() const;

  /// Somebody attaches it to the root, to that account alone, or takes it away from everything.
  void attach_session_end_policy(std::vector<std::string> targets);
  /// What it is attached to in the beginning.
  [[nodiscard]] std::string root() const { return root_; }

  // ---- what is gone for good ----
  void remove_user(const sandbox::UserId& user);
  void remove_account(const sandbox::AccountId& account, Instant now);
  void remove_permission_set(const sandbox::PermissionSetArn& set, Instant now);
  /// By its inline policy. False when AWS did not take it.
  bool change_permission_set(const sandbox::PermissionSetArn& set, const std::string& document, Instant now);

  /// By the names of the beginning, whatever became of them.
  [[nodiscard]] static sandbox::Slot slot(std::string_view account, std::string_view permission_set,
                                          std::string_view principal);

  /// How often the sandbox said so, since the start.
  [[nodiscard]] std::size_t refusals(const std::string& code) const;

 private:
  [[nodiscard]] const aws::Reply* earlier_list(const aws::Call& call, Instant now) const;
  void disturb(const aws::Call& call, Instant now, const Faults& faults, Chance& chance);

  sandbox::Behaviour behaviour_;
  sandbox::Sandbox sandbox_;
  aws::Endpoints endpoints_;
  std::string root_;
  Instant out_until_;
  Instant slow_until_;
  std::vector<sandbox::AccountId> suspended_;
  bool is_as_in_the_beginning_ = true;  ///< the organization, assignments and policies aside
  std::set<std::string> changed_sets_;  ///< their policies
  std::map<std::string, Instant> denied_until_;
  std::map<std::string, std::pair<Instant, aws::Reply>> earlier_lists_;
  std::map<std::string, std::size_t> refusals_;
};

}  // namespace ag::simulation
