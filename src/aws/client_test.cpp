#include "aws/client.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "aws/fake_transport.hpp"
#include "aws/pages.hpp"
#include "aws/socket_server.hpp"

namespace ag::aws {
namespace {

const Instant kNow = parse_rfc3339("2026-11-25T12:00:00Z").value();

// A client of a scripted AWS, with a clock that stands still unless moved.
struct Bench {
  std::shared_ptr<FakeTransport> transport = std::make_shared<FakeTransport>();
  Instant now = kNow;
  int fetched = 0;
  int keys = 3;  // how many different ones the source has
  std::vector<std::string> seen;
  Client client{
      {.transport = transport,
       .credentials =
           make_refreshing_credentials([this](Instant, const std::string&, const CredentialSource::Done& done) {
             fetched = std::min(fetched + 1, keys);
             done(Credentials{"KEY" + std::to_string(fetched), "s", "t", std::nullopt});
           }),
       .endpoints = Endpoints::of("eu-west-1", [](const auto&) { return std::nullopt; }).value(),
       .clock = [this] { return now; },
       .observe = [this](const Observation& one) { seen.push_back(fmt::format("{} {}", one.operation, one.code)); }}};

  void will_refuse(std::string_view code, std::string_view date) {
    transport->will_answer(400, fmt::format(R"({{"__type":"{}","message":"m"}})", code), {{"Date", std::string(date)}});
  }
  void will_answer(std::string_view date) {
    transport->will_answer(200, R"({"Users":[]})", {{"Date", std::string(date)}, {"x-amzn-RequestId", "r"}});
  }
  AwsResult<Users> ask() { return client.ask(ListUsers{IdentityStoreId("d-1"), ""}, Duration::seconds(5)); }
  [[nodiscard]] std::string_view header(std::size_t request, std::string_view name) const {
    return transport->asked.at(request).request.headers.find(name).value_or("");
  }
};

constexpr auto kNoon = "Wed, 25 Nov 2026 12:00:00 GMT";
constexpr auto kFiveMinutesAhead = "Wed, 25 Nov 2026 12:05:00 GMT";

TEST(Client, SignsForTheServiceAndReturnsTheReply) {
  Bench bench;
  bench.transport->will_answer(200, R"({"Roots":[{"Id":"r-1","Name":"Root"}]})");
  const auto roots = bench.client.ask(ListRoots{}, Duration::seconds(7));
  ASSERT_TRUE(roots);
  EXPECT_EQ(roots->items.at(0).id, "r-1");
  EXPECT_EQ(bench.transport->asked[0].origin, "https://organizations.us-east-1.amazonaws.com");
  EXPECT_EQ(bench.transport->asked[0].deadline, Duration::seconds(7));
  EXPECT_TRUE(bench.header(0, "authorization")
                  .starts_with("AWS4-HMAC-SHA256 Credential=KEY1/20261125/us-east-1/organizations/aws4_request, "));
  EXPECT_EQ(bench.header(0, "x-amz-date"), "20261125T120000Z");
  EXPECT_EQ(bench.seen, (std::vector<std::string>{"ListRoots ok"}));
}

TEST(Client, PassesErrorsOnWithoutRepeating) {
  for (const auto* code :
       {"ThrottlingException", "ConflictException", "InternalServerException", "AccessDeniedException"}) {
    Bench bench;
    bench.will_refuse(code, kNoon);
    EXPECT_EQ(bench.ask().error().code, code);
    EXPECT_EQ(bench.transport->asked.size(), 1U);
    EXPECT_EQ(bench.seen, (std::vector<std::string>{std::string("ListUsers ") + code}));
  }
}

TEST(Client, CorrectsItsClockAfterARefusedSignature) {
  Bench bench;
  bench.will_refuse("InvalidSignatureException", kFiveMinutesAhead);
  bench.will_answer(kFiveMinutesAhead);
  EXPECT_TRUE(bench.ask());
  EXPECT_EQ(bench.client.clock_skew(), 300);
  EXPECT_EQ(bench.header(0, "x-amz-date"), "20261125T120000Z");
  EXPECT_EQ(bench.header(1, "x-amz-date"), "20261125T120500Z");
}

TEST(Client, CorrectsAClockThatIsAhead) {
  Bench bench;
  bench.now = kNow + Duration::hours(2);
  bench.will_refuse("RequestExpired", kNoon);
  bench.will_answer(kNoon);
  EXPECT_TRUE(bench.ask());
  EXPECT_EQ(bench.client.clock_skew(), -7200);
  EXPECT_EQ(bench.header(1, "x-amz-date"), "20261125T120000Z");
}

TEST(Client, RepeatsARefusedSignatureOnceAndOnlyWithAnotherTime) {
  Bench same_time;
  same_time.will_refuse("SignatureDoesNotMatch", kNoon);
  EXPECT_EQ(same_time.ask().error().code, "SignatureDoesNotMatch");
  EXPECT_EQ(same_time.transport->asked.size(), 1U);
  Bench other_time;
  other_time.will_refuse("InvalidSignatureException", kFiveMinutesAhead);
  other_time.will_refuse("InvalidSignatureException", "Wed, 25 Nov 2026 13:00:00 GMT");
  EXPECT_EQ(other_time.ask().error().code, "InvalidSignatureException");
  EXPECT_EQ(other_time.transport->asked.size(), 2U);
  Bench no_time;
  no_time.will_refuse("InvalidSignatureException", "");
  EXPECT_EQ(no_time.ask().error().code, "InvalidSignatureException");
  EXPECT_EQ(no_time.transport->asked.size(), 1U);
}

TEST(Client, LearnsItsClockFromGoodReplies) {
  Bench bench;
  bench.will_answer("Wed, 25 Nov 2026 12:00:29 GMT");
  EXPECT_TRUE(bench.ask());
  EXPECT_EQ(bench.client.clock_skew(), 0);
  bench.will_answer("Wed, 25 Nov 2026 11:59:00 GMT");
  EXPECT_TRUE(bench.ask());
  EXPECT_EQ(bench.client.clock_skew(), -60);
  bench.now = kNow - Duration::seconds(60);  // someone set the clock right
  bench.will_answer("Wed, 25 Nov 2026 11:59:00 GMT");
  EXPECT_TRUE(bench.ask());
  EXPECT_EQ(bench.client.clock_skew(), 0);
}

TEST(Client, DoesNotLearnTheTimeOfAProxy) {
  Bench bench;
  bench.transport->will_answer(503, "<html>busy</html>", {{"Date", kFiveMinutesAhead}});
  EXPECT_EQ(bench.ask().error().code, "Http503");
  EXPECT_EQ(bench.client.clock_skew(), 0);
}

// A slow response is no sign of a wrong clock, whenever within it AWS looked at its own.
TEST(Client, AllowsForTheTimeOfTheExchange) {
  for (const auto* date : {"Wed, 25 Nov 2026 12:00:01 GMT", "Wed, 25 Nov 2026 12:01:59 GMT"}) {
    Bench bench;
    bench.client.perform(Call(ListUsers{}), [](const auto&) {});
    bench.now = kNow + Duration::minutes(2);
    bench.will_answer(date);
    bench.transport->answer_next();
    EXPECT_EQ(bench.client.clock_skew(), 0) << date;
  }
}

TEST(Client, RenewsExpiredCredentialsOnce) {
  Bench bench;
  bench.will_refuse("ExpiredTokenException", kNoon);
  bench.will_answer(kNoon);
  EXPECT_TRUE(bench.ask());
  EXPECT_NE(bench.header(0, "authorization").find("Credential=KEY1/"), std::string_view::npos);
  EXPECT_NE(bench.header(1, "authorization").find("Credential=KEY2/"), std::string_view::npos);
  EXPECT_EQ(bench.seen, (std::vector<std::string>{"ListUsers ExpiredTokenException", "ListUsers ok"}));

  Bench again;
  again.will_refuse("ExpiredTokenException", kNoon);
  again.will_refuse("ExpiredTokenException", kNoon);
  EXPECT_EQ(again.ask().error().code, "ExpiredTokenException");
  EXPECT_EQ(again.transport->asked.size(), 2U);
}

TEST(Client, DoesNotRepeatWithTheSameExpiredCredentials) {
  Bench bench;
  bench.keys = 1;
  bench.will_refuse("ExpiredTokenException", kNoon);
  EXPECT_EQ(bench.ask().error().code, "ExpiredTokenException");
  EXPECT_EQ(bench.transport->asked.size(), 1U);
}

TEST(Client, AnswersEveryCallWhenItEnds) {
  std::string code;
  {
    Bench bench;
    bench.client.perform(Call(ListRoots{}), [&](const auto& reply) { code = reply ? "ok" : reply.error().code; });
    EXPECT_EQ(code, "");
  }
  EXPECT_EQ(code, "Cancelled");
}

TEST(Client, DoesNotBlockBeyondItsDeadline) {
  Bench bench;  // never answers
  const auto reply = bench.client.ask(ListRoots{}, Duration::milliseconds(50));
  EXPECT_EQ(reply.error().code, "Timeout");
  EXPECT_EQ(reply.error().kind, ErrorClass::kRetryable);
}

TEST(Client, ReportsCredentialsThatCannotBeHad) {
  const auto transport = std::make_shared<FakeTransport>();
  Client client{
      {.transport = transport,
       .credentials = make_refreshing_credentials([](Instant, const std::string&, const CredentialSource::Done& done) {
         done(std::unexpected(AwsError{.kind = ErrorClass::kCredentials, .code = "NoCredentials"}));
       }),
       .endpoints = Endpoints::of("eu-west-1", [](const auto&) { return std::nullopt; }).value(),
       .clock = [] { return kNow; }}};
  EXPECT_EQ(client.ask(ListRoots{}, Duration::seconds(5)).error().code, "NoCredentials");
  EXPECT_TRUE(transport->asked.empty());
}

TEST(Client, CorrectsItsClockWhenAssumingARoleShowsIt) {
  const auto transport = std::make_shared<FakeTransport>();
  const auto endpoints = Endpoints::of("eu-west-1", [](const auto&) { return std::nullopt; }).value();
  const auto base = make_static_credentials({"BASE", "s", "", std::nullopt});
  Client client{{.transport = transport,
                 .credentials = make_assumed_role(base, {.role_arn = "arn:r", .session_name = "s"},
                                                  endpoints[Service::kSts], transport),
                 .endpoints = endpoints,
                 .clock = [] { return kNow; }}};
  transport->will_answer(403, "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>",
                         {{"Date", kFiveMinutesAhead}});
  transport->will_answer(
      200,
      "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ROLE</AccessKeyId><SecretAccessKey>s"
      "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-11-25T13:00:00Z</Expiration>"
      "</Credentials></AssumeRoleResult></AssumeRoleResponse>");
  transport->will_answer(200, R"({"Roots":[]})");
  EXPECT_TRUE(client.ask(ListRoots{}, Duration::seconds(5)));
  EXPECT_EQ(client.clock_skew(), 300);
  EXPECT_EQ(transport->asked.size(), 3U);
}

TEST(Client, ReadsWholeLists) {
  Bench bench;
  bench.transport->will_answer(200, R"({"Users":[{"UserId":"a"}],"NextToken":"t"})");
  bench.transport->will_answer(200, R"({"Users":[{"UserId":"b"}]})");
  const auto users = all_pages(ListUsers{IdentityStoreId("d-1"), ""},
                               [&](const Call& call) { return bench.client.perform(call, Duration::seconds(5)); });
  ASSERT_TRUE(users);
  EXPECT_EQ(users->size(), 2U);
  EXPECT_NE(bench.transport->asked[1].request.body.find(R"("NextToken":"t")"), std::string::npos);
}

// Over real sockets, for the thread sanitizer: callers, a role to assume, and an end in the middle of it.
TEST(Client, ServesManyThreadsAndEndsUnderLoad) {
  SocketServer server([](int socket) {
    for (std::string request = read_request(socket); !request.empty(); request = read_request(socket)) {
      const bool assumes = request.find("Action=AssumeRole") != std::string::npos;
      const std::string body =
          assumes
              ? "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ROLE</AccessKeyId><SecretAccessKey>s"
                "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-11-25T13:00:00Z</Expiration>"
                "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
              : R"({"Roots":[]})";
      write(socket, fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
    }
  });
  const std::shared_ptr<Transport> transport = make_curl_transport();
  const auto endpoints = Endpoints::of("eu-west-1", [&](const std::string& name) {
                           return name == "AWS_ENDPOINT_URL" ? std::optional(server.origin()) : std::nullopt;
                         }).value();
  std::atomic<int> good = 0;
  std::atomic<int> ended = 0;
  {
    Client client{{.transport = transport,
                   .credentials = make_assumed_role(make_static_credentials({"BASE", "s", "", std::nullopt}),
                                                    {.role_arn = "arn:r", .session_name = "s"},
                                                    endpoints[Service::kSts], transport),
                   .endpoints = endpoints,
                   .clock = [] { return kNow; }}};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) good += client.ask(ListRoots{}, Duration::seconds(20)).has_value();
      });
    }
    for (auto& thread : threads) thread.join();
    for (int i = 0; i < 50; ++i) client.perform(Call(ListRoots{}), [&](const auto&) { ++ended; });
  }
  EXPECT_EQ(good, 100);
  EXPECT_EQ(ended, 50);
}

}  // namespace
}  // namespace ag::aws
