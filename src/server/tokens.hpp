#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "access/event.hpp"
#include "access/organization.hpp"
#include "access/state.hpp"
#include "server/clock.hpp"

/// Bearer tokens: one for one person, hashed at rest, expiring, each an entry on the ledger.
namespace ag::server {

/// The prefix lets secret scanners recognise a leaked token.
inline constexpr std::string_view kTokenPrefix = "ag_";
inline constexpr Duration kLongestToken = Duration::hours(24 * 366);

struct FreshToken {
  std::string text;            ///< `ag_<id>_<secret>`: shown once, kept nowhere
  access::TokenIssued issued;  ///< what the ledger keeps
};

struct TokenOrder {
  access::UserId user;  ///< empty when the directory does not know the name yet
  std::string user_name;
  access::Role role = access::Role::kPerson;
  Duration lifetime;
  std::optional<access::TokenSession> session = std::nullopt;  ///< of a browser's session
};

[[nodiscard]] FreshToken make_token(const TokenOrder& order, Instant now);

/// Where a token came from: a header that only a program sets, or a cookie that a browser sends by itself. What was
/// issued for the one is good for nothing in the other.
enum class Carrier { kHeader, kCookie };

/// Who a token speaks for. Error codes `token_unknown`, `token_expired`, `token_revoked`; none says
/// more than somebody who holds the token may know.
[[nodiscard]] Result<access::TokenState> check_token(const access::State& state, std::string_view text, Carrier carrier,
                                                     Instant now);

}  // namespace ag::server
