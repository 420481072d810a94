#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/verify.hpp"

/// What is done on the server's own machine, with its data folder and without the network, whether the server runs or
/// not. Each change is an entry on the ledger with the actor `operator`.
namespace ag::server {

struct IssuedToken {
  std::string token;  ///< the bearer token itself: shown once, kept nowhere
  std::string id;
  Instant expires_at;
};

struct TokenRow {
  std::string id;
  std::string user;  ///< the user name it was issued for
  bool admin = false;
  bool revoked = false;
  Instant issued_at;
  Instant expires_at;
};

/// `$XDG_STATE_HOME/accessguard/server`, or below `~/.local/state`: the data folder when none is named.
[[nodiscard]] std::string default_data_folder();

/// A bearer token for one person. Error codes `data_folder`, `ledger_unavailable`, `invalid_duration`,
/// `unknown_user`, `ambiguous_user`, and those of one_line().
[[nodiscard]] Result<IssuedToken> issue_token(const std::string& data_dir, const std::string& user, Duration lifetime,
                                              bool admin);
/// Oldest first, the expired and revoked too.
[[nodiscard]] Result<std::vector<TokenRow>> list_tokens(const std::string& data_dir);
/// Error code `unknown_token` besides those of the data folder.
[[nodiscard]] Result<void> revoke_token(const std::string& data_dir, const std::string& id);
[[nodiscard]] Result<ledger::VerifyReport> verify_ledger(const std::string& data_dir);

}  // namespace ag::server
