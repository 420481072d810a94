#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "aws/types.hpp"
#include "base/time.hpp"

/// AWS's rate limits as budgets, kept below what AWS allows so that others who use the same instance have some left.
namespace ag::control {

/// Who goes first when calls are scarce.
enum class Lane {
  kRevoke,
  kGrant,
  kVerify,  ///< looks for what may have come back after a revoke
  kSync,    ///< people, accounts, permission sets
  kBulk,    ///< the sweep over all assignments
};
constexpr auto enum_names(Lane) { return std::array<std::string_view, 5>{"revoke", "grant", "verify", "sync", "bulk"}; }
inline constexpr std::size_t kLanes = 5;

/// So many calls per second, after a pause a few more at once.
class TokenBucket {
 public:
  constexpr TokenBucket(std::int64_t per_second, std::int64_t burst)
      : per_second_(per_second), burst_(burst), milli_(burst * 1000) {}

  [[nodiscard]] bool has(Instant now) {
    refill(now);
    return milli_ >= 1000;
  }
  void take(Instant now) {
    refill(now);
    milli_ -= 1000;
  }
  void drain(Instant now) {
    refill(now);
    milli_ = 0;
    at_ = now;
  }
  /// When has() will be true, if nothing else is taken.
  [[nodiscard]] Instant when(Instant now) {
    refill(now);
    const std::int64_t missing = 1000 - milli_;
    // Where the clock was set back a little it fills from the moment on that it had reached.
    return missing <= 0 ? now : std::max(now, at_) + Duration::milliseconds(missing / per_second_ + 1);
  }

 private:
  void refill(Instant now) {
    if (now <= at_) return;
    const std::int64_t elapsed = std::min((now - at_).count_milliseconds(), std::int64_t{60'000});
    milli_ = std::min(burst_ * 1000, milli_ + elapsed * per_second_);
    at_ = Instant::from_nanoseconds(now.count_nanoseconds() / 1'000'000 * 1'000'000);
  }
  std::int64_t per_second_;
  std::int64_t burst_;
  std::int64_t milli_;  // thousandths of a call
  Instant at_;
};

class Budget {
 public:
  Budget() = default;
  /// Nothing left: of calls made before that this budget knows nothing of.
  static Budget drained(Instant now) {
    Budget budget;
    budget.sso_admin_.drain(now);
    budget.sso_admin_others_.drain(now);
    budget.identity_store_.drain(now);
    return budget;
  }

  [[nodiscard]] bool allows(const aws::Call& call, Lane lane, Instant now) {
    if (is_shared(call, lane) && !sso_admin_others_.has(now)) return false;
    return bucket_of(call).has(now);
  }
  void spend(const aws::Call& call, Lane lane, Instant now) {
    if (is_shared(call, lane)) sso_admin_others_.take(now);
    bucket_of(call).take(now);
  }
  [[nodiscard]] Instant when(const aws::Call& call, Lane lane, Instant now) {
    const Instant at = bucket_of(call).when(now);
    return is_shared(call, lane) ? std::max(at, sso_admin_others_.when(now)) : at;
  }

 private:
  static bool is_shared(const aws::Call& call, Lane lane) {
    return lane != Lane::kRevoke && aws::service_of(call) == aws::Service::kSsoAdmin;
  }

  TokenBucket& bucket_of(const aws::Call& call) {
    switch (aws::service_of(call)) {
      case aws::Service::kSsoAdmin: return sso_admin_;
      case aws::Service::kIdentityStore: return identity_store_;
      case aws::Service::kSts: return sts_;
      case aws::Service::kScheduler: return scheduler_;
      case aws::Service::kIam: return iam_;
      case aws::Service::kCloudTrail: return cloud_trail_;
      case aws::Service::kOrganizations: break;
    }
    return organizations_.try_emplace(std::string(aws::operation_of(call)), limit_of(aws::operation_of(call)))
        .first->second;
  }

  // Organizations counts each operation for itself: the published rates and bursts, less a call of each.
  static TokenBucket limit_of(std::string_view operation) {
    if (operation == "ListTagsForResource") return {9, 14};
    if (operation == "DescribeOrganization" || operation == "ListRoots") return {1, 1};
    if (operation == "UpdatePolicy" || operation == "DescribePolicy") return {1, 1};
    return {4, 7};
  }

  // 20 calls/s for all of sso-admin together: 19 and a burst of one keep every second at it or below.
  TokenBucket sso_admin_{19, 1};
  // What is not a revoke has these only: 7 of the 19 are for revokes alone.
  TokenBucket sso_admin_others_{12, 1};
  TokenBucket identity_store_{13, 3};
  TokenBucket sts_{5, 10};
  TokenBucket scheduler_{25, 10};  // EventBridge Scheduler allows 50 and more of each operation
  TokenBucket iam_{5, 5};          // AWS publishes no rate; this is what its own consoles stay below
  TokenBucket cloud_trail_{1, 1};  // LookupEvents: 2, of the account; people look at it in the console too
  std::map<std::string, TokenBucket> organizations_;
};

}  // namespace ag::control
