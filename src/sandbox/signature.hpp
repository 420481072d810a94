#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/http.hpp"
#include "base/time.hpp"
#include "sandbox/fault.hpp"

/// AWS Signature Version 4, from the side that checks it (AWS: "Create a signed AWS API request"). Written apart
/// from the signer of room `aws`, so that a misreading in one does not agree with itself in the other.
namespace ag::sandbox {

/// What an `Authorization` header says.
struct Authorization {
  std::string access_key_id;
  std::string date;  ///< `20261125`
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;  ///< lower case, in the order given
  std::string signature;                    ///< 64 hexadecimal digits
};

/// Faults: MissingAuthenticationTokenException, IncompleteSignatureException.
[[nodiscard]] Outcome<Authorization> parse_authorization(const HttpRequest& request);

/// The moment the request says it was made, of `X-Amz-Date` or else `Date`. Fault: IncompleteSignatureException.
[[nodiscard]] Outcome<Instant> signing_time(const HttpRequest& request);

/// The canonical request, exactly as it is hashed. Fault: InvalidSignatureException when a signed header is absent.
[[nodiscard]] Outcome<std::string> canonical_request(const HttpRequest& request, const Authorization& authorization);

/// What the signature must be for this secret: 64 lower-case hexadecimal digits.
[[nodiscard]] Outcome<std::string> signature_of(const HttpRequest& request, const Authorization& authorization,
                                                Instant signed_at, std::string_view secret_access_key);

/// Everything about the signature that does not need a secret: the scope's ending and date, the headers that must be
/// signed (host, date and every `x-amz-…`), the clock (within five minutes). Faults: IncompleteSignatureException,
/// InvalidSignatureException.
[[nodiscard]] Outcome<void> check_form(const HttpRequest& request, const Authorization& authorization,
                                       Instant signed_at, Instant now);

/// Faults: InvalidSignatureException.
[[nodiscard]] Outcome<void> check_signature(const HttpRequest& request, const Authorization& authorization,
                                            Instant signed_at, std::string_view secret_access_key);

}  // namespace ag::sandbox
