#pragma once
#include <memory>
#include <string>

#include "aws/credentials.hpp"

/// Credentials that the machine, the container or the cluster around us hands out. All refreshing.
namespace ag::aws {

/// AssumeRoleWithWebIdentity, an unsigned call. The token is read from its file at each refresh: it is rotated.
struct WebIdentity {
  std::string token_file;
  std::string role_arn;
  std::string session_name;
};
[[nodiscard]] std::shared_ptr<CredentialSource> make_web_identity(WebIdentity identity, Endpoint sts,
                                                                  std::shared_ptr<Transport> transport);

/// The container endpoint that AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI name, with the authorization of
/// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or AWS_CONTAINER_AUTHORIZATION_TOKEN. A full URI must be https, or the
/// loopback, or one of AWS's own link-local addresses: anything else could read the token on its way.
[[nodiscard]] std::shared_ptr<CredentialSource> make_container_credentials(Environment environment,
                                                                           std::shared_ptr<Transport> transport);

/// EC2's instance metadata, version 2 (a token first), never version 1. AWS_EC2_METADATA_SERVICE_ENDPOINT replaces
/// its address. One second for each of its three steps.
[[nodiscard]] std::shared_ptr<CredentialSource> make_instance_credentials(Environment environment,
                                                                          std::shared_ptr<Transport> transport);

/// The answer of the container endpoint and of instance metadata. Pure. Error `UnreadableReply`.
[[nodiscard]] AwsResult<Credentials> credentials_from_json(const std::string& body);

}  // namespace ag::aws
