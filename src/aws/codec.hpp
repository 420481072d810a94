#pragma once
#include "aws/endpoint.hpp"
#include "aws/types.hpp"
#include "base/http.hpp"

/// AWS's three wire protocols that AccessGuard needs, JSON 1.1, REST-JSON and query, both ways. Pure.
namespace ag::aws {

/// A body above this is not decoded: a full page of any call here stays below 1 MiB.
constexpr std::size_t kMaxReplyBytes = std::size_t{8} << 20;

/// The unsigned request: sign it (aws/sigv4.hpp), send it to `endpoint.origin`.
[[nodiscard]] HttpRequest encode(const Call& call, const Endpoint& endpoint);

/// The reply, always the alternative ReplyTo<the call>, or why there is none.
///
/// Tolerant of what may differ (absent and null members, content types, unknown members), strict about what later
/// steps build on: a reply without it is an error of code `IncompleteReply`, never an empty value. In particular a
/// page of assignments, users, groups or members must bring its list, if only an empty one: "nothing there" takes
/// access away or proves that it is gone. A body that is not the protocol's is `UnreadableReply`, one above
/// kMaxReplyBytes `OversizedReply`; these three are kRetryable. Errors of AWS are classed by aws/errors.hpp.
[[nodiscard]] AwsResult<Reply> decode(const Call& call, const HttpResponse& response);

}  // namespace ag::aws
