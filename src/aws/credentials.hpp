#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "aws/endpoint.hpp"
#include "aws/environment.hpp"
#include "aws/profile.hpp"
#include "aws/sigv4.hpp"
#include "aws/transport.hpp"
#include "aws/types.hpp"
#include "base/time.hpp"

/// Where the keys come from with which AccessGuard signs. No message here holds a secret or a session token.
namespace ag::aws {

/// A seam. Thread-safe; never blocks on the network.
class CredentialSource {
 public:
  using Done = std::function<void(AwsResult<Credentials>)>;

  virtual ~CredentialSource() = default;

  /// Credentials that are valid at `now`, AWS's time as far as we know it. `refused_key` is the access key id of
  /// credentials that AWS would no longer take: the source then looks for others, and may come back with the same.
  /// `done` is called exactly once, at once or later from the transport's thread.
  /// Errors: kCredentials `NoCredentials` (says where was looked), `InvalidCredentials` (found, but not usable), or
  /// what the call for them failed with.
  virtual void get(Instant now, const std::string& refused_key, Done done) = 0;
};

[[nodiscard]] std::shared_ptr<CredentialSource> make_static_credentials(Credentials credentials);

/// Keeps what `fetch` brings and brings new in time. One fetch at a time, whoever asks. From 15 minutes before they
/// expire it fetches while the old ones still serve; from 10 minutes before (botocore's two times) callers wait for
/// the new ones. When that fails, the old ones serve until they expire, because a revoke must not stop earlier than
/// it has to; the next try comes 15 seconds later at the soonest.
using FetchCredentials = std::function<void(Instant now, const std::string& refused_key, CredentialSource::Done)>;
[[nodiscard]] std::shared_ptr<CredentialSource> make_refreshing_credentials(FetchCredentials fetch);

/// A role assumed with the credentials of `base` at `sts`. Refreshing.
[[nodiscard]] std::shared_ptr<CredentialSource> make_assumed_role(std::shared_ptr<CredentialSource> base, RoleStep role,
                                                                  Endpoint sts, std::shared_ptr<Transport> transport);

struct ChainOptions {
  Environment environment;
  std::optional<std::string> profile;  ///< asked for by name, it takes the environment's keys out of the chain
  Endpoint sts;
  std::shared_ptr<Transport> transport;
};

/// The first of these that is there, in botocore's order; looked for at the first get() and kept once found:
/// 1. AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN;
/// 2. the profile's role_arn (source_profile, or credential_source = Environment);
/// 3. AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME (EKS service accounts and the like);
/// 4. the profile's keys;
/// 5. AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI (ECS, EKS Pod Identity);
/// 6. EC2 instance metadata, IMDSv2 only, unless AWS_EC2_METADATA_DISABLED.
[[nodiscard]] std::shared_ptr<CredentialSource> make_credential_chain(ChainOptions options);

}  // namespace ag::aws
