#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "sandbox/fault.hpp"
#include "sandbox/world.hpp"

namespace ag::sandbox {

enum class Protocol { kJson, kRest, kQuery };
enum class ServiceName { kSsoAdmin, kIdentityStore, kOrganizations, kScheduler, kSts, kIam, kCloudTrail };

struct Service;

/// One call that was let in: signed, within the limits, of a caller who may.
struct Call {
  const Service& service;
  std::string_view operation;
  json::object input;  ///< of a query call: its parameters, all as text
  Caller caller;
};

/// What a call came to: the members of AWS's output, for either protocol. Times are epoch seconds for JSON, and text
/// for query.
using Handler = Outcome<json::object> (*)(World& world, const Call& call);

struct OperationEntry {
  std::string_view name;
  Handler handler;
};

struct Service {
  ServiceName name;
  Protocol protocol;
  std::string_view target_prefix;    ///< of `X-Amz-Target`; empty for the others
  std::string_view version;          ///< of query
  std::string_view signing_name;     ///< of the credential scope
  std::string_view error_namespace;  ///< before `#` in `__type`, or empty
  std::span<const OperationEntry> operations;
};

[[nodiscard]] std::span<const OperationEntry> sso_admin_operations();
[[nodiscard]] std::span<const OperationEntry> identity_store_operations();
[[nodiscard]] std::span<const OperationEntry> organizations_operations();
[[nodiscard]] std::span<const OperationEntry> scheduler_operations();
[[nodiscard]] std::span<const OperationEntry> sts_operations();
[[nodiscard]] std::span<const OperationEntry> iam_operations();
[[nodiscard]] std::span<const OperationEntry> cloud_trail_operations();

/// Epoch seconds with milliseconds: how JSON 1.1 tells a time.
[[nodiscard]] json::value epoch_seconds(Instant at);

}  // namespace ag::sandbox
