#include <fmt/format.h>

#include <algorithm>

#include "sandbox/input.hpp"
#include "sandbox/sequence.hpp"
#include "sandbox/service.hpp"

/// sts: who is calling, and temporary credentials of a role (API version 2011-06-15).
namespace ag::sandbox {
namespace {

constexpr std::int64_t kMinSession = 900;  // AWS: DurationSeconds 900 to 43,200
constexpr std::int64_t kMaxSession = 43'200;
constexpr std::int64_t kDefaultSession = 3'600;
constexpr std::int64_t kMaxChainedSession = 3'600;  // AWS: role chaining, one hour
constexpr std::size_t kMaxKeys = 10'000;            // sessions remembered, expired ones too
constexpr std::size_t kTokenParts = 5;              // a session token of some 330 characters, as AWS's are

const Role* find_role(const World& world, std::string_view arn) {
  const auto& roles = world.company.roles;
  const auto it = std::find_if(roles.begin(), roles.end(), [&](const Role& role) { return role.arn == arn; });
  return it == roles.end() ? nullptr : &*it;
}

/// The one that ends first goes; never the administrator's, which does not end.
void forget_oldest(World& world) {
  if (world.keys.size() < kMaxKeys) return;
  const auto oldest = std::min_element(world.keys.begin(), world.keys.end(), [](const auto& a, const auto& b) {
    return a.second.expires < b.second.expires;
  });
  world.keys.erase(oldest);
}

/// What is answered as Credentials.
json::object issue(World& world, Caller caller, Duration length) {
  forget_oldest(world);
  const std::uint64_t number = ++world.keys_made;
  const std::string id = "ASIA" + derived_text(world.seed, "session-key", number, 16, kKeyAlphabet);
  Key key{.secret_access_key = derived_text(world.seed, "session-secret", number, 40, kSecretAlphabet),
          .session_token = "IQoJb3JpZ2luX2Vj",
          // AWS tells whole seconds; the key ends when it says.
          .expires = Instant::from_seconds((world.now + length).count_seconds()),
          .caller = std::move(caller)};
  for (std::size_t part = 0; part < kTokenParts; ++part) {
    key.session_token += derived_text(world.seed, fmt::format("session-token-{}", part), number, 64, kSecretAlphabet);
  }
  json::object credentials{{"AccessKeyId", id},
                           {"SecretAccessKey", key.secret_access_key},
                           {"SessionToken", key.session_token},
                           {"Expiration", to_rfc3339(key.expires)}};
  world.keys.insert_or_assign(id, std::move(key));
  return credentials;
}

Outcome<json::object> get_caller_identity(World&, const Call& call) {
  return json::object{
      {"Arn", call.caller.arn}, {"UserId", call.caller.user_id}, {"Account", call.caller.account.str()}};
}

Outcome<void> check_duration(const Role& role, const Call& call, std::int64_t seconds) {
  if (call.caller.kind == CallerKind::kRoleSession && seconds > kMaxChainedSession) {
    return refuse("ValidationException",
                  "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.");
  }
  if (seconds > role.max_session.count_seconds()) {
    return refuse("ValidationException",
                  "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  return {};
}

Outcome<json::object> assume_role(World& world, const Call& call) {
  Input input(call);
  const auto arn = input.required("RoleArn", kRoleArn);
  const auto session = input.required("RoleSessionName", kSessionName);
  const auto seconds = input.optional_number("DurationSeconds", kMinSession, kMaxSession).value_or(kDefaultSession);
  const auto external_id = input.optional("ExternalId", kAnyText).value_or("");
  const auto source_identity = input.optional("SourceIdentity", kSessionName);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));

  // AWS answers an unknown role, a missing trust and a wrong external id alike.
  const Role* role = find_role(world, arn);
  if (role == nullptr || (!role->external_id.empty() && role->external_id != external_id)) {
    return refuse(
        "AccessDeniedException",
        fmt::format("User: {} is not authorized to perform: sts:AssumeRole on resource: {}", call.caller.arn, arn),
        403);
  }
  if (auto good = check_duration(*role, call, seconds); !good) return std::unexpected(std::move(good.error()));

  const std::string account = arn.substr(std::string_view("arn:aws:iam::").size(), 12);
  const std::string role_name = arn.substr(arn.rfind('/') + 1);
  const Caller caller{.kind = CallerKind::kRoleSession,
                      .account = AccountId(account),
                      .arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", account, role_name, session),
                      .user_id = fmt::format("{}:{}", role->id, session)};
  json::object answer{
      {"AssumedRoleUser", json::object{{"AssumedRoleId", caller.user_id}, {"Arn", caller.arn}}},
      {"Credentials", issue(world, caller, Duration::seconds(seconds))},
  };
  if (source_identity) answer["SourceIdentity"] = *source_identity;
  return answer;
}

constexpr OperationEntry kOperations[] = {
    {"AssumeRole", assume_role},
    {"GetCallerIdentity", get_caller_identity},
};

}  // namespace

std::span<const OperationEntry> sts_operations() { return kOperations; }

}  // namespace ag::sandbox
