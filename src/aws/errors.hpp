#pragma once
#include <string_view>

#include "aws/types.hpp"
#include "base/http.hpp"

/// What a failure means. The classes decide what the rest of AccessGuard does about it, so a code that is not known
/// here becomes kOther rather than a guess: above all, only AWS's own word makes something kAbsent.
namespace ag::aws {

/// What there is to judge a failure by.
struct Failure {
  std::string_view code;  ///< AWS's error code without name space; empty when there was none
  std::string_view message;
  std::string_view reason;  ///< `Reason`, of the Identity Store and Organizations; else empty
  int http_status = 0;
};
[[nodiscard]] ErrorClass class_of(const Failure& failure);

/// The error that a response outside 2xx carries (or one inside 2xx with an error body): JSON, XML, or a page of
/// some proxy, which is judged by its status.
[[nodiscard]] AwsError error_from(const HttpResponse& response);

/// A reply inside 2xx that cannot be what was asked for. `code` is ours.
[[nodiscard]] AwsError error_about(const HttpResponse& response, std::string_view code, std::string_view message);

/// A failure on this side of the wire: code `Timeout`, `Connection`, `Cancelled`, …
[[nodiscard]] AwsError local_error(ErrorClass kind, std::string_view code, std::string_view message);

/// kThrottled has two causes. False: the rate of calls. True: AWS has as many assignments under way as it takes, and
/// only waiting for those to end helps.
[[nodiscard]] bool is_too_many_under_way(const AwsError& error);

/// The session token ran out: new credentials help.
[[nodiscard]] bool is_expired_token(const AwsError& error);

/// The signature was not accepted, of which a wrong clock of ours is the usual cause.
[[nodiscard]] bool is_signature_failure(const AwsError& error);

}  // namespace ag::aws
