#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "sandbox/input.hpp"
#include "sandbox/schedules.hpp"
#include "sandbox/service.hpp"

/// scheduler: EventBridge Scheduler's one-time schedules in UTC, and of all its targets the one that removes an
/// account assignment (API version 2021-06-30).
namespace ag::sandbox {
namespace {

constexpr std::string_view kTarget = "arn:aws:scheduler:::aws-sdk:ssoadmin:deleteAccountAssignment";
constexpr std::size_t kMaxSchedules = 100'000;  // AWS has a million; a sandbox that has so many has a bug to find
constexpr std::int64_t kMaxAttempts = 185;      // AWS: MaximumRetryAttempts, MaximumEventAgeInSeconds
constexpr std::int64_t kMinAge = 60;
constexpr std::int64_t kMaxAge = 86'400;

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  });
}
const Pattern kName{"^[0-9a-zA-Z-_.]+$", is_name, 64};
const Pattern kClientToken{"^[a-zA-Z0-9-_]+$",
                           [](std::string_view text) { return is_name(text) && text.find('.') == text.npos; }, 64};
const Pattern kTargetInput{".+", [](std::string_view text) { return !text.empty(); }, 262'144};

std::unexpected<Fault> invalid(std::string message) { return refuse("ValidationException", std::move(message)); }
std::unexpected<Fault> absent(const Schedules::Key& key) {
  return refuse("ResourceNotFoundException", fmt::format("Schedule {} does not exist.", key.second));
}

std::string arn_of(const World& world, const Call& call, const Schedules::Key& key) {
  return fmt::format("arn:aws:scheduler:{}:{}:schedule/{}/{}", world.region, call.caller.account.str(), key.first,
                     key.second);
}

Outcome<Schedules::Key> key_of_call(const World& world, Input& input) {
  const auto name = input.required("Name", kName);
  const auto group = input.optional("GroupName", kName).value_or("default");
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (!world.schedules.groups.contains(group)) {
    return refuse("ResourceNotFoundException", fmt::format("Schedule group {} does not exist.", group));
  }
  return Schedules::Key{group, name};
}

/// `at(2026-11-25T14:02:07)`.
Outcome<Instant> moment_of(const std::string& expression) {
  constexpr std::size_t kLength = std::string_view("at(2026-11-25T14:02:07)").size();
  if (expression.size() == kLength && expression.starts_with("at(") && expression.back() == ')') {
    if (const auto moment = parse_rfc3339(expression.substr(3, kLength - 4) + "Z")) return *moment;
  }
  return invalid(fmt::format("Invalid Schedule Expression {}.", expression));
}

/// What the target will be asked for. AWS looks at it only when the time has come; here a mistake is told at once.
Outcome<Slot> slot_of(const World& world, const std::string& target_input) {
  const auto parsed = parse_json(target_input);
  const json::object* object = parsed ? parsed->if_object() : nullptr;
  if (object == nullptr) return invalid("Target.Input is not a JSON object.");
  std::string problem;
  const auto text = [&](std::string_view member) -> std::string {
    const json::value* value = object->if_contains(member);
    if (value != nullptr && value->is_string()) return std::string(std::string_view(value->get_string()));
    problem = fmt::format("Target.Input has no {}.", member);
    return {};
  };
  const auto type = enum_from<PrincipalType>(text("PrincipalType"));
  Slot slot{AccountId(text("TargetId")), PermissionSetArn(text("PermissionSetArn")),
            type.value_or(PrincipalType::kUser), text("PrincipalId")};
  if (text("InstanceArn") != world.company.instance_arn) problem = "Target.Input has another InstanceArn.";
  if (text("TargetType") != "AWS_ACCOUNT" || !type) problem = "Target.Input has an unknown type.";
  if (!problem.empty()) return invalid(problem);
  return slot;
}

/// The role must be of the caller's account, and one that is.
Outcome<void> check_role(const World& world, const Call& call, const std::string& arn) {
  const auto& roles = world.company.roles;
  const bool is_there = std::any_of(roles.begin(), roles.end(), [&](const Role& role) { return role.arn == arn; });
  if (is_there && arn.starts_with(fmt::format("arn:aws:iam::{}:", call.caller.account.str()))) return {};
  return invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.");
}

/// Reads all that makes a schedule.
Outcome<Schedule> schedule_of(const World& world, const Call& call) {
  Input input(call);
  const auto expression = input.required("ScheduleExpression", kAnyText);
  (void)input.optional_of("ScheduleExpressionTimezone", {"UTC"});
  const auto state = input.optional_of("State", {"ENABLED", "DISABLED"}).value_or("ENABLED");
  const auto afterwards = input.optional_of("ActionAfterCompletion", {"NONE", "DELETE"}).value_or("NONE");
  const auto token = input.optional("ClientToken", kClientToken).value_or("");
  input.require("FlexibleTimeWindow");
  Input window = input.inside("FlexibleTimeWindow");
  (void)window.required_of("Mode", {"OFF"});
  input.absorb(window);
  input.require("Target");
  Input target = input.inside("Target");
  (void)target.required_of("Arn", {kTarget});
  const auto role = target.required("RoleArn", kRoleArn);
  const auto target_input = target.required("Input", kTargetInput);
  Input retry = target.inside("RetryPolicy");
  (void)retry.optional_number("MaximumRetryAttempts", 0, kMaxAttempts);
  (void)retry.optional_number("MaximumEventAgeInSeconds", kMinAge, kMaxAge);
  target.absorb(retry);
  input.absorb(target);
  const auto key = key_of_call(world, input);
  if (!key) return std::unexpected(key.error());
  const auto at = moment_of(expression);
  if (!at) return std::unexpected(at.error());
  if (*at < world.now) return invalid(fmt::format("Invalid Schedule Expression {}: it has passed.", expression));
  if (auto good = check_role(world, call, role); !good) return std::unexpected(std::move(good.error()));
  auto slot = slot_of(world, target_input);
  if (!slot) return std::unexpected(std::move(slot.error()));
  return Schedule{.removal = {.name = key->second,
                              .group = key->first,
                              .at = *at,
                              .slot = std::move(*slot),
                              .role_arn = role,
                              .enabled = state == "ENABLED"},
                  .definition = call.input,
                  .client_token = token,
                  .created = world.now,
                  .modified = world.now,
                  .afterwards = afterwards == "DELETE" ? Schedule::Afterwards::kDelete : Schedule::Afterwards::kKeep};
}

json::object put(World& world, const Call& call, Schedule schedule) {
  if (schedule.removal.enabled) schedule.next_attempt = performed_at(world, schedule.removal);
  json::object answer{{"ScheduleArn", arn_of(world, call, key_of(schedule))}};
  world.schedules.put(std::move(schedule));
  return answer;
}

Outcome<json::object> create_schedule(World& world, const Call& call) {
  auto schedule = schedule_of(world, call);
  if (!schedule) return std::unexpected(schedule.error());
  const auto key = key_of(*schedule);
  if (const Schedule* there = world.schedules.find(key)) {
    // The same call once more.
    const bool is_same = !schedule->client_token.empty() && there->client_token == schedule->client_token;
    if (is_same) return json::object{{"ScheduleArn", arn_of(world, call, key)}};
    return refuse("ConflictException", fmt::format("Schedule {} already exists.", key.second));
  }
  if (world.schedules.all().size() >= kMaxSchedules) {
    return refuse("ServiceQuotaExceededException", "The quota of schedules is used up.");
  }
  return put(world, call, std::move(*schedule));
}

// All of it: what is left out is what it would be in a new one.
Outcome<json::object> update_schedule(World& world, const Call& call) {
  auto schedule = schedule_of(world, call);
  if (!schedule) return std::unexpected(schedule.error());
  const Schedule* there = world.schedules.find(key_of(*schedule));
  if (there == nullptr) return absent(key_of(*schedule));
  schedule->created = there->created;
  return put(world, call, std::move(*schedule));
}

Outcome<json::object> delete_schedule(World& world, const Call& call) {
  Input input(call);
  (void)input.optional("ClientToken", kClientToken);
  const auto key = key_of_call(world, input);
  if (!key) return std::unexpected(key.error());
  if (world.schedules.find(*key) == nullptr) return absent(*key);
  world.schedules.remove(*key);
  return json::object{};
}

Outcome<json::object> get_schedule(World& world, const Call& call) {
  Input input(call);
  const auto key = key_of_call(world, input);
  if (!key) return std::unexpected(key.error());
  const Schedule* schedule = world.schedules.find(*key);
  if (schedule == nullptr) return absent(*key);
  json::object answer = schedule->definition;
  answer.erase("ClientToken");
  answer["Arn"] = arn_of(world, call, *key);
  answer["GroupName"] = key->first;
  answer["State"] = schedule->removal.enabled ? "ENABLED" : "DISABLED";
  answer["CreationDate"] = epoch_seconds(schedule->created);
  answer["LastModificationDate"] = epoch_seconds(schedule->modified);
  return answer;
}

constexpr OperationEntry kOperations[] = {
    {"CreateSchedule", create_schedule},
    {"DeleteSchedule", delete_schedule},
    {"GetSchedule", get_schedule},
    {"UpdateSchedule", update_schedule},
};

}  // namespace

std::span<const OperationEntry> scheduler_operations() { return kOperations; }

}  // namespace ag::sandbox
