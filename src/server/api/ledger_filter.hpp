#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/router.hpp"
#include "server/read_model.hpp"

/// Which entries of the ledger somebody wants to see.
namespace ag::server {

struct LedgerFilter {
  std::vector<std::string> kinds;  ///< `grant.ending`, or `grant.` for all that begin so; none: any
  std::optional<access::UserId> user;
  std::optional<access::AccountId> account;
  std::optional<access::RequestId> request;
  std::optional<Instant> from;  ///< of this moment or later
  std::optional<Instant> to;    ///< before this moment

  [[nodiscard]] bool is_everything() const { return kinds.empty() && !user && !account && !request && !from && !to; }

  /// Of an entry as it lies on the ledger. Where an entry names only a grant or a request, what that is about counts.
  [[nodiscard]] bool admits(const View& view, std::string_view bytes) const;
};

/// Error codes `invalid_value`, `invalid_time`, those of the organization.
[[nodiscard]] Result<LedgerFilter> ledger_filter_of(const Parameters& parameters,
                                                    const access::Organization& organization, Instant now);

/// When the entry was written; none where it does not say.
[[nodiscard]] std::optional<Instant> time_of_entry(std::string_view bytes);

}  // namespace ag::server
