#include "sandbox/trail.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/codec.hpp"
#include "sandbox/sequence.hpp"
#include "sandbox/service.hpp"
#include "sandbox/world.hpp"

namespace ag::sandbox {
namespace {

constexpr std::size_t kMaxRecords = 100'000;
constexpr std::string_view kOperation = "CreateAccountAssignment";
constexpr std::string_view kConsoleRole = "AWSReservedSSO_AdministratorAccess_0123456789abcdef";

Duration delay_of(const World& world, std::uint64_t number) {
  const auto shortest = world.behaviour.trail_delay_min.count_milliseconds();
  const auto longest = std::max(shortest, world.behaviour.trail_delay_max.count_milliseconds());
  const auto span = static_cast<std::uint64_t>(longest - shortest) + 1;
  return Duration::milliseconds(shortest +
                                static_cast<std::int64_t>(derived_number(world.seed, "trail", number) % span));
}

/// CloudTrail writes the members of a call with a small first letter.
json::object small_first(const json::object& members) {
  json::object small;
  for (const auto& member : members) {
    std::string name(std::string_view(member.key()));
    if (name[0] >= 'A' && name[0] <= 'Z') name[0] = static_cast<char>(name[0] - 'A' + 'a');
    const json::object* inner = member.value().if_object();
    small[name] = inner == nullptr ? member.value() : json::value(small_first(*inner));
  }
  return small;
}

json::object identity_of(const Caller& caller) {
  json::object identity{{"type", caller.kind == CallerKind::kUser ? "IAMUser" : "AssumedRole"},
                        {"principalId", caller.user_id},
                        {"arn", caller.arn},
                        {"accountId", caller.account.str()}};
  if (caller.kind == CallerKind::kUser) return identity;
  // arn:aws:sts::<account>:assumed-role/<role>/<session>
  const std::string rest = caller.arn.substr(caller.arn.find('/') + 1);
  const std::string role = rest.substr(0, rest.find('/'));
  identity["sessionContext"] = json::object{
      {"sessionIssuer", json::object{{"type", "Role"},
                                     {"principalId", caller.user_id.substr(0, caller.user_id.find(':'))},
                                     {"arn", fmt::format("arn:aws:iam::{}:role/{}", caller.account.str(), role)},
                                     {"accountId", caller.account.str()},
                                     {"userName", role}}}};
  return identity;
}

Slot slot_of(const json::object& input) {
  const auto text = [&](std::string_view name) {
    const json::value* value = input.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(std::string_view(value->get_string())) : std::string();
  };
  return {AccountId(text("TargetId")), PermissionSetArn(text("PermissionSetArn")),
          enum_from<PrincipalType>(text("PrincipalType")).value_or(PrincipalType::kUser), text("PrincipalId")};
}

void note(World& world, const Caller& caller, const json::object& input, const Outcome<json::object>& outcome) {
  const std::uint64_t number = world.trail.next_number();
  TrailRecord record{.number = number,
                     .at = world.now,
                     .told_at = world.now + delay_of(world, number),
                     .account = caller.account,
                     .by = caller.arn,
                     .slot = slot_of(input),
                     .event = {{"eventVersion", "1.11"},
                               {"userIdentity", identity_of(caller)},
                               {"eventTime", to_rfc3339(Instant::from_seconds(world.now.count_seconds()))},
                               {"eventSource", "sso.amazonaws.com"},
                               {"eventName", kOperation},
                               {"awsRegion", world.region},
                               {"requestParameters", small_first(input)},
                               {"eventID", derived_uuid(world.seed, "trail", number)},
                               {"readOnly", false},
                               {"eventType", "AwsApiCall"},
                               {"managementEvent", true},
                               {"recipientAccountId", caller.account.str()},
                               {"eventCategory", "Management"}},
                     .was_taken = outcome.has_value()};
  if (outcome) {
    record.event["responseElements"] = small_first(*outcome);
  } else {
    record.event["errorCode"] = outcome.error().code;
    record.event["errorMessage"] = outcome.error().message;
  }
  world.trail.note(std::move(record));
}

}  // namespace

void Trail::note(TrailRecord record) {
  ++noted_;
  records_.push_back(std::move(record));
  if (records_.size() > kMaxRecords) records_.pop_front();
}

void note_in_trail(World& world, const Call& call, const Outcome<json::object>& outcome) {
  if (call.operation == kOperation) note(world, call.caller, call.input, outcome);
}

void note_by_hand(World& world, const Slot& slot) {
  const AccountId& account = world.company.management_account;
  const Caller caller{.kind = CallerKind::kRoleSession,
                      .account = account,
                      .arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/console", account.str(), kConsoleRole),
                      .user_id = "AROA" + derived_text(world.seed, "console-role", 0, 17, kKeyAlphabet) + ":console"};
  const json::object input{{"InstanceArn", world.company.instance_arn},
                           {"TargetId", slot.account.str()},
                           {"TargetType", "AWS_ACCOUNT"},
                           {"PermissionSetArn", slot.permission_set.str()},
                           {"PrincipalType", name_of(slot.principal_type)},
                           {"PrincipalId", slot.principal_id}};
  note(world, caller, input, json::object{});
}

}  // namespace ag::sandbox
