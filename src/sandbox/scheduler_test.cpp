#include <gtest/gtest.h>

#include <algorithm>

#include "sandbox/test_client.hpp"

namespace ag::sandbox {
namespace {

using testing::Console;
using testing::kNoon;
using testing::Reply;

const Duration kLongest = Behaviour{}.operation_max;
const Duration kSoon = Duration::minutes(10);

std::string role_of(Console& console, std::string_view name = "AccessGuardScheduler") {
  return fmt::format("arn:aws:iam::{}:role/{}", console.slot("example-management", "ReadOnly", "Admins").account.str(),
                     name);
}

json::object target(Console& console, const Slot& slot) {
  json::object request = Console::assignment(slot);
  request["InstanceArn"] = console.instance();
  return {{"Arn", "arn:aws:scheduler:::aws-sdk:ssoadmin:deleteAccountAssignment"},
          {"RoleArn", role_of(console)},
          {"Input", json::serialize(request)},
          {"RetryPolicy", json::object{{"MaximumEventAgeInSeconds", 86'400}, {"MaximumRetryAttempts", 185}}}};
}

json::object removal(Console& console, const Slot& slot, Instant at, std::string_view token = "token-1") {
  std::string moment = to_rfc3339(at);
  moment.pop_back();
  return {{"ScheduleExpression", fmt::format("at({})", moment)},
          {"FlexibleTimeWindow", json::object{{"Mode", "OFF"}}},
          {"ActionAfterCompletion", "DELETE"},
          {"GroupName", "AccessGuard"},
          {"ClientToken", token},
          {"Target", target(console, slot)}};
}

json::object without(json::object input, std::string_view member) {
  input.erase(member);
  return input;
}
json::object with(json::object input, std::string_view member, const auto& value) {
  input[member] = json::value_from(value);
  return input;
}

/// Someone holds something that is to end.
struct Held : Console {
  explicit Held(Behaviour behaviour = {}) : Console(1, behaviour) {
    sandbox.add_standing(held, kNoon);
    (void)instance();
  }
  Slot held = slot("dev-web", "PowerUser", "ana");

  Reply create(Instant at) { return scheduler("POST", "end", removal(*this, held, at)); }
  void go_to(Instant at) {
    now = at;
    sandbox.advance(now);
  }
};

TEST(Scheduler, RemovesAnAssignmentWhenItsTimeHasComeAndThenItself) {
  Held console;
  const Instant at = kNoon + kSoon;
  const Reply created = console.create(at);
  ASSERT_EQ(created.status, 200) << created.text;
  EXPECT_NE(created.text.find("schedule/AccessGuard/end"), std::string::npos);
  console.go_to(at - Duration::nanoseconds(1));
  EXPECT_EQ(console.sandbox.schedules().size(), 1U);
  console.go_to(at);
  EXPECT_TRUE(console.sandbox.schedules().empty());
  EXPECT_TRUE(console.sandbox.is_present(console.held)) << "the removal takes its time";
  console.go_to(at + kLongest);
  EXPECT_FALSE(console.sandbox.is_present(console.held));
  const auto presences = console.sandbox.presences(console.held);
  ASSERT_EQ(presences.size(), 1U);
  EXPECT_GE(presences[0].until, at + Behaviour{}.operation_min);
  ASSERT_FALSE(presences[0].deleted_by.empty());
  EXPECT_TRUE(console.sandbox.is_of_a_schedule(presences[0].deleted_by));
  const Reply status = console.sso("DescribeAccountAssignmentDeletionStatus",
                                   {{"AccountAssignmentDeletionRequestId", presences[0].deleted_by.str()}});
  EXPECT_EQ(status.at("AccountAssignmentDeletionStatus", "Status"), "SUCCEEDED");
}

TEST(Scheduler, PerformsInOrderWhatALongSilenceLeft) {
  Held console;
  ASSERT_EQ(console.create(kNoon + kSoon).status, 200);
  console.go_to(kNoon + Duration::hours(5));
  const auto presences = console.sandbox.presences(console.held);
  ASSERT_EQ(presences.size(), 1U);
  EXPECT_LE(presences[0].until, kNoon + kSoon + kLongest) << "not when somebody looked";
}

TEST(Scheduler, TellsWhatWasScheduled) {
  Held console;
  const Instant at = kNoon + kSoon;
  ASSERT_EQ(console.create(at).status, 200);
  const Reply got = console.scheduler("GET", "end?groupName=AccessGuard");
  ASSERT_EQ(got.status, 200) << got.text;
  EXPECT_EQ(got.body.at("Name").as_string(), "end");
  EXPECT_EQ(got.body.at("ScheduleExpression").as_string(), "at(2026-01-01T12:10:00)");
  EXPECT_EQ(got.body.at("State").as_string(), "ENABLED");
  EXPECT_EQ(got.at("Target", "RoleArn"), role_of(console));
  EXPECT_TRUE(got.body.at("CreationDate").is_double());
  EXPECT_FALSE(got.body.contains("ClientToken"));
  const auto schedules = console.sandbox.schedules();
  ASSERT_EQ(schedules.size(), 1U);
  EXPECT_EQ(schedules[0].slot, console.held);
  EXPECT_EQ(schedules[0].at, at);
  EXPECT_EQ(console.scheduler("GET", "end").error(), "ResourceNotFoundException") << "not in the default group";
}

TEST(Scheduler, MakesAScheduleOnceForOneToken) {
  Held console;
  const Instant at = kNoon + kSoon;
  ASSERT_EQ(console.create(at).status, 200);
  EXPECT_EQ(console.create(at).status, 200) << "the same call once more";
  const Reply other = console.scheduler("POST", "end", removal(console, console.held, at, "token-2"));
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(other.error(), "ConflictException");
  EXPECT_EQ(console.sandbox.schedules().size(), 1U);
}

TEST(Scheduler, MovesAnEndAndTakesItBack) {
  Held console;
  const Instant at = kNoon + kSoon;
  ASSERT_EQ(console.create(at).status, 200);
  ASSERT_EQ(console.scheduler("PUT", "end", removal(console, console.held, at + kSoon, "token-2")).status, 200);
  console.go_to(at + kLongest);
  EXPECT_TRUE(console.sandbox.is_present(console.held)) << "later now";
  const Reply deleted = console.scheduler("DELETE", "end?clientToken=token-3&groupName=AccessGuard");
  EXPECT_EQ(deleted.status, 200) << deleted.text;
  console.go_to(at + Duration::hours(1));
  EXPECT_TRUE(console.sandbox.is_present(console.held));
  EXPECT_EQ(console.scheduler("DELETE", "end?groupName=AccessGuard").status, 404);
  EXPECT_EQ(console.scheduler("PUT", "end", removal(console, console.held, console.now + kSoon)).error(),
            "ResourceNotFoundException");
}

TEST(Scheduler, TriesAgainWhenItsCallConflicts) {
  Held console({.operation_min = Duration::minutes(1), .operation_max = Duration::minutes(1)});
  const Instant at = kNoon + kSoon;
  ASSERT_EQ(console.create(at).status, 200);
  console.now = at - Duration::seconds(1);
  ASSERT_EQ(console.Console::create(console.slot("dev-web", "PowerUser", "chen")).status, 200);
  console.go_to(at);
  ASSERT_EQ(console.sandbox.schedules().size(), 1U);
  EXPECT_EQ(console.sandbox.schedules()[0].attempts, 1);
  console.go_to(at + Duration::minutes(3));
  EXPECT_FALSE(console.sandbox.is_present(console.held));
  EXPECT_TRUE(console.sandbox.schedules().empty());
}

TEST(Scheduler, FindsDoneWhatIsDoneAtItsVeryMoment) {
  Held console({.operation_min = Duration::minutes(1), .operation_max = Duration::minutes(1)});
  const Instant at = kNoon + kSoon;
  ASSERT_EQ(console.create(at).status, 200);
  console.now = at - Duration::minutes(1);
  ASSERT_EQ(console.Console::create(console.slot("dev-web", "PowerUser", "chen")).status, 200);
  console.go_to(at + Duration::minutes(1));
  EXPECT_FALSE(console.sandbox.is_present(console.held)) << "no conflict, no second attempt";
}

TEST(Scheduler, CallsWithinTheLimitsThatHoldForAll) {
  Held console;
  const Instant at = kNoon + kSoon;
  ASSERT_EQ(console.create(at).status, 200);
  console.now = at - Duration::milliseconds(1);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(console.sso("ListPermissionSets").status, 200);
  console.go_to(at);
  ASSERT_EQ(console.sandbox.schedules().size(), 1U);
  EXPECT_EQ(console.sandbox.schedules()[0].attempts, 1) << "throttled";
  console.go_to(at + Duration::minutes(1));
  EXPECT_FALSE(console.sandbox.is_present(console.held));
}

TEST(Scheduler, GivesUpAfterADay) {
  Held console({.operation_min = Duration::hours(48), .operation_max = Duration::hours(48)});
  const Instant at = kNoon + kSoon;
  ASSERT_EQ(console.create(at).status, 200);
  console.now = at - Duration::seconds(1);
  ASSERT_EQ(console.Console::create(console.slot("dev-web", "PowerUser", "chen")).status, 200);
  console.go_to(at + Duration::hours(23));
  EXPECT_EQ(console.sandbox.schedules().size(), 1U);
  console.go_to(at + Duration::hours(25));
  EXPECT_TRUE(console.sandbox.schedules().empty());
  EXPECT_TRUE(console.sandbox.is_present(console.held));
}

TEST(Scheduler, EndsWithoutATraceWhenNothingIsThereOrItMayNot) {
  Held console;
  ASSERT_EQ(console.create(kNoon + kSoon).status, 200);
  console.sandbox.remove_standing(console.held, kNoon);
  console.go_to(kNoon + kSoon);
  EXPECT_TRUE(console.sandbox.schedules().empty());

  console.sandbox.add_standing(console.held, console.now);
  ASSERT_EQ(console.create(console.now + kSoon).status, 200);
  console.sandbox.deny("DeleteAccountAssignment", console.now + Duration::hours(1));
  console.go_to(console.now + kSoon);
  EXPECT_TRUE(console.sandbox.schedules().empty()) << "what is denied is not tried again";
  console.go_to(console.now + kLongest);
  EXPECT_TRUE(console.sandbox.is_present(console.held));
}

TEST(Scheduler, IsLateAsFarAsTheBehaviourSays) {
  std::int64_t latest = 0;
  for (int minute = 10; minute < 40; ++minute) {
    Held console({.schedule_lateness_max = Duration::seconds(60)});
    const Instant at = kNoon + Duration::minutes(minute);
    ASSERT_EQ(console.create(at).status, 200);
    console.go_to(at + Duration::seconds(60) + kLongest);
    const auto presences = console.sandbox.presences(console.held);
    ASSERT_NE(presences[0].until, Instant::max());
    latest = std::max(latest, (presences[0].until - at).count_seconds());
  }
  EXPECT_GT(latest, 30);
}

TEST(Scheduler, DoesNothingWhileDisabled) {
  Held console;
  const auto disabled = with(removal(console, console.held, kNoon + kSoon), "State", "DISABLED");
  ASSERT_EQ(console.scheduler("POST", "end", disabled).status, 200);
  console.go_to(kNoon + Duration::hours(2));
  EXPECT_TRUE(console.sandbox.is_present(console.held));
  ASSERT_EQ(console.sandbox.schedules().size(), 1U);
  EXPECT_FALSE(console.sandbox.schedules()[0].enabled);
}

TEST(Scheduler, KeepsAScheduleThatIsNotToDeleteItself) {
  Held console;
  const auto kept = without(removal(console, console.held, kNoon + kSoon), "ActionAfterCompletion");
  ASSERT_EQ(console.scheduler("POST", "end", kept).status, 200);
  console.go_to(kNoon + kSoon + kLongest);
  EXPECT_FALSE(console.sandbox.is_present(console.held));
  EXPECT_EQ(console.scheduler("GET", "end?groupName=AccessGuard").status, 200);
}

TEST(Scheduler, RefusesWhatItCannotDo) {
  Held console;
  const json::object good = removal(console, console.held, kNoon + kSoon);
  const auto error = [&](const json::object& input) { return console.scheduler("POST", "end", input).error(); };
  const json::object aim = target(console, console.held);
  for (const char* expression : {"at(2026-01-01T11:00:00)", "at(2026-01-01 12:30:00)", "at(2026-01-01T12:30:00Z)",
                                 "rate(1 hour)", "at(2026-13-01T12:30:00)"}) {
    EXPECT_EQ(error(with(good, "ScheduleExpression", expression)), "ValidationException") << expression;
  }
  EXPECT_EQ(error(with(good, "ScheduleExpressionTimezone", "Europe/Berlin")), "ValidationException");
  EXPECT_EQ(error(without(good, "Target")), "ValidationException");
  EXPECT_EQ(error(without(good, "FlexibleTimeWindow")), "ValidationException");
  EXPECT_EQ(error(with(good, "Target", with(aim, "Arn", "arn:aws:lambda:us-east-1:1:function:x"))),
            "ValidationException");
  EXPECT_EQ(error(with(good, "Target", with(aim, "RoleArn", role_of(console, "Nobody")))), "ValidationException");
  EXPECT_EQ(error(with(good, "Target", with(aim, "Input", "{}"))), "ValidationException");
  EXPECT_EQ(error(with(good, "Target", with(aim, "RetryPolicy", json::object{{"MaximumEventAgeInSeconds", 86'401}}))),
            "ValidationException");
  EXPECT_EQ(error(with(good, "ClientToken", "no.dots")), "ValidationException");
  EXPECT_EQ(error(with(good, "GroupName", "unknown")), "ResourceNotFoundException");
  EXPECT_EQ(console.scheduler("POST", "no%20spaces", good).error(), "InvalidSignatureException")
      << "the test's signer encodes once, AWS wants twice";
  EXPECT_EQ(console.scheduler("PATCH", "end", good).error(), "UnknownOperationException");
  console.sandbox.add_schedule_group("unknown");
  EXPECT_EQ(error(with(good, "GroupName", "unknown")), "");
}

TEST(Scheduler, AnswersErrorsAsRestDoes) {
  Held console;
  HttpRequest request{"GET", "/schedules/end", {{"Host", "127.0.0.1:4566"}}, ""};
  const HttpResponse unsigned_one = console.sandbox.handle(request, console.now);
  EXPECT_EQ(unsigned_one.status, 403);
  EXPECT_EQ(unsigned_one.headers.find("x-amzn-ErrorType"), "MissingAuthenticationTokenException");
  EXPECT_EQ(unsigned_one.headers.find("Content-Type"), "application/json");
  EXPECT_TRUE(unsigned_one.headers.find("x-amzn-RequestId"));
  request.body = "nonsense";
  testing::sign(request, console.signer, "scheduler", console.now);
  EXPECT_EQ(testing::read(console.sandbox.handle(request, console.now)).error(), "SerializationException");
}

}  // namespace
}  // namespace ag::sandbox
