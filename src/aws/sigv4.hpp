#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/http.hpp"
#include "base/time.hpp"

/// AWS Signature Version 4 (IAM User Guide, "Create a signed AWS API request"). Pure: the moment comes in.
namespace ag::aws {

/// Who signs. Secrets: never in a log or a message.
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;          ///< empty for the long-lived keys of an IAM user
  std::optional<Instant> expiration;  ///< none: they do not expire
};

/// The request with `X-Amz-Date`, `X-Amz-Security-Token` (when there is a token) and `Authorization` added; older
/// ones are replaced, so that a signed request can be signed again.
///
/// Needs a `Host` header (asserted). Signs `host`, `content-type` and every `x-amz-*` header; all others pass
/// unsigned, because a proxy or the HTTP library may change them. `service` and `region` are those of the signing
/// scope, which for `organizations` is not the client's region (aws/endpoint.hpp).
/// The path is taken as it stands on the wire and encoded once more, as every service but S3 wants it.
[[nodiscard]] HttpRequest sign(HttpRequest request, const Credentials& credentials, std::string_view service,
                               std::string_view region, Instant now);

/// The text whose hash is signed, for a request that has its `X-Amz-Date`: what AWS quotes back in an
/// InvalidSignatureException. For tests and diagnosis.
[[nodiscard]] std::string canonical_request(const HttpRequest& request);

}  // namespace ag::aws
