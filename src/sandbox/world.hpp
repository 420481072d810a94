#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "sandbox/assignments.hpp"
#include "sandbox/company.hpp"
#include "sandbox/limits.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/schedules.hpp"
#include "sandbox/trail.hpp"

namespace ag::sandbox {

enum class CallerKind { kUser, kRoleSession };

/// Who a key belongs to.
struct Caller {
  CallerKind kind = CallerKind::kUser;
  AccountId account;
  std::string arn;
  std::string user_id;  ///< `AIDA…`, or `AROA…:session`
};

/// A secret that signs.
struct Key {
  std::string secret_access_key;
  std::string session_token;  ///< empty for a key that lasts
  Instant expires = Instant::max();
  Caller caller;
};

/// All that there is: the organization, who may sign, what is under way, what was counted.
struct World {
  std::uint64_t seed = 1;
  Behaviour behaviour;
  std::string region = "us-east-1";
  Company company;
  Assignments assignments;
  Schedules schedules;
  Trail trail;
  Instant now;

  Credentials administrator;
  std::map<std::string, Key, std::less<>> keys;  ///< by access key id
  std::uint64_t keys_made = 0;

  RateLimit sso_admin_calls;
  RateLimit identity_store_calls;
  RateLimit cloud_trail_calls;
  OrganizationsLimits organizations_calls;

  std::deque<Disturbance> disturbances;
  int operations_to_fail = 0;
  std::string operation_failure;
  int operations_to_stick = 0;
  Duration stick_length;
  std::map<std::string, Instant, std::less<>> denials;  ///< by operation: until when
  std::optional<AccountId> delegate;                    ///< the member account that may administer Identity Center
  std::map<std::string, ManagedPolicy, std::less<>> policies;  ///< by ARN

  std::uint64_t answered = 0;  ///< numbers the request ids
};

}  // namespace ag::sandbox
