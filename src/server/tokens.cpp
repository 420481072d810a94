#include "server/tokens.hpp"

#include "base/hash.hpp"

namespace ag::server {
namespace {

struct Parts {
  access::TokenId id;
  std::string secret;
};

// `ag_tok_<26 characters>_<43 characters>`
std::optional<Parts> split(std::string_view text) {
  constexpr std::size_t kIdLength = 4 + 26;
  constexpr std::size_t kSecretLength = 43;
  if (text.size() != kTokenPrefix.size() + kIdLength + 1 + kSecretLength || !text.starts_with(kTokenPrefix)) {
    return std::nullopt;
  }
  text.remove_prefix(kTokenPrefix.size());
  if (text[kIdLength] != '_') return std::nullopt;
  return Parts{access::TokenId(text.substr(0, kIdLength)), std::string(text.substr(kIdLength + 1))};
}

}  // namespace

FreshToken make_token(const TokenOrder& order, Instant now) {
  const access::TokenId id(fresh_id("tok_", now));
  const std::string secret = fresh_secret();
  return {std::string(kTokenPrefix) + id.str() + "_" + secret,
          {.token = id,
           .user = order.user,
           .user_name = order.user_name,
           .role = order.role,
           .sha256 = to_hex(sha256(secret)),
           .expires_at = now + order.lifetime,
           .session = order.session}};
}

Result<access::TokenState> check_token(const access::State& state, std::string_view text, Carrier carrier,
                                       Instant now) {
  const auto parts = split(text);
  const access::TokenState* known = parts ? state.tokens.find(parts->id) : nullptr;
  if (known != nullptr && known->token.session.has_value() != (carrier == Carrier::kCookie)) known = nullptr;
  if (known == nullptr || !equal_in_constant_time(known->token.sha256, to_hex(sha256(parts->secret)))) {
    return fail({"token_unknown", "this token is not one of ours", "Authorization", "",
                 "ask an operator for one: accessguard token issue --user NAME"});
  }
  if (access::is_revoked(state, *known)) return fail("token_revoked", "this token was revoked", "Authorization");
  if (known->token.expires_at <= now) {
    return fail({"token_expired", "this token expired at " + to_rfc3339(known->token.expires_at), "Authorization", "",
                 "ask for a new one"});
  }
  return *known;
}

}  // namespace ag::server
