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
enum class Lane { kRevoke, kGrant, kSync };
constexpr auto enum_names(Lane) { return std::array<std::string_view, 3>{"revoke", "grant", "sync"}; }
inline constexpr std::size_t kLanes = 3;

/// So many calls per second, after a pause a few more at once.
class TokenBucket {
 public:
  constexpr TokenBucket(std::int64_t per_second, std::int64_t burst)
      : per_second_(per_second), burst_(burst), milli_(burst * 1000) {}

  /// Whether a call may go that has to leave `reserve` for others.
  [[nodiscard]] bool has(Instant now, std::int64_t reserve) {
    refill(now);
    return milli_ >= (1 + reserve) * 1000;
  }
  void take(Instant now) {
    refill(now);
    milli_ -= 1000;
  }
  /// When has() will be true, if nothing else is taken.
  [[nodiscard]] Instant when(Instant now, std::int64_t reserve) {
    refill(now);
    const std::int64_t missing = (1 + reserve) * 1000 - milli_;
    return missing <= 0 ? now : now + Duration::milliseconds(missing / per_second_ + 1);
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
  [[nodiscard]] bool allows(const aws::Call& call, Lane lane, Instant now) {
    return bucket_of(call).has(now, reserve(lane));
  }
  void spend(const aws::Call& call, Instant now) { bucket_of(call).take(now); }
  [[nodiscard]] Instant when(const aws::Call& call, Lane lane, Instant now) {
    return bucket_of(call).when(now, reserve(lane));
  }

 private:
  // Grants leave two calls of the burst for revokes, reading leaves three: a revoke never waits behind bulk work.
  static constexpr std::int64_t reserve(Lane lane) { return lane == Lane::kRevoke ? 0 : lane == Lane::kGrant ? 2 : 3; }

  TokenBucket& bucket_of(const aws::Call& call) {
    switch (aws::service_of(call)) {
      case aws::Service::kSsoAdmin: return sso_admin_;
      case aws::Service::kIdentityStore: return identity_store_;
      case aws::Service::kSts: return sts_;
      case aws::Service::kOrganizations: break;
    }
    return organizations_.try_emplace(std::string(aws::operation_of(call)), limit_of(aws::operation_of(call)))
        .first->second;
  }

  // Organizations counts each operation for itself; the published rates and bursts, less what the reserve of the
  // sync lane needs to be able to reach the burst.
  static TokenBucket limit_of(std::string_view operation) {
    if (operation == "ListTagsForResource") return {9, 14};
    if (operation == "DescribeOrganization" || operation == "ListRoots") return {1, 4};
    return {4, 8};
  }

  // 20 calls/s for all of sso-admin together: 13 and a burst of 6 keep every second below it.
  TokenBucket sso_admin_{13, 6};
  TokenBucket identity_store_{13, 6};
  TokenBucket sts_{5, 10};
  std::map<std::string, TokenBucket> organizations_;
};

}  // namespace ag::control
