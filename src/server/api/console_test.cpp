#include "server/api/console.hpp"

#include <gtest/gtest.h>

#include <array>

namespace ag::server {
namespace {

constexpr std::array<ConsoleFile, 3> kFiles = {{
    {"assets/app-1a2b.js", "text/javascript", "aa11", "plain script", "packed script", "small script"},
    {"favicon.svg", "image/svg+xml", "bb22", "<svg/>", "", ""},
    {"index.html", "text/html; charset=utf-8", "cc33", "<!doctype html>", "packed page", ""},
}};

struct Asked {
  HttpRequest request;
  explicit Asked(std::string target, std::string method = "GET") {
    request.method = std::move(method);
    request.target = std::move(target);
  }
  Asked&& with(std::string name, std::string value) && {
    request.headers.add(std::move(name), std::move(value));
    return std::move(*this);
  }
};

std::optional<HttpResponse> answer(const Asked& asked, std::span<const ConsoleFile> files = kFiles) {
  return console_answer(asked.request, *parse_target(asked.request.target), files);
}

TEST(Console, GivesTheSmallestFormThatTheBrowserTakes) {
  const auto with = [](std::string accepted) {
    return answer(Asked("/assets/app-1a2b.js").with("Accept-Encoding", std::move(accepted)))->body;
  };
  EXPECT_EQ(with("gzip, deflate, br, zstd"), "small script");
  EXPECT_EQ(with("gzip, br;q=0"), "packed script");
  EXPECT_EQ(with("GZIP;q=0.5"), "packed script");
  EXPECT_EQ(with("gzip;q=0.000, br; q=0"), "plain script");
  EXPECT_EQ(with("brotli, x-gzip"), "plain script");
  EXPECT_EQ(answer(Asked("/assets/app-1a2b.js"))->body, "plain script");
}

TEST(Console, SaysHowItIsPackedAndThatItDependsOnTheAsking) {
  const auto packed = *answer(Asked("/assets/app-1a2b.js").with("Accept-Encoding", "br"));
  EXPECT_EQ(packed.headers.find("Content-Encoding"), "br");
  EXPECT_EQ(packed.headers.find("Vary"), "Accept-Encoding");
  EXPECT_EQ(packed.headers.find("ETag"), "\"aa11-br\"");
  EXPECT_EQ(answer(Asked("/assets/app-1a2b.js"))->headers.find("Content-Encoding"), std::nullopt);
}

TEST(Console, LetsHashedNamesBeKeptAndAsksAgainForThePage) {
  EXPECT_EQ(answer(Asked("/assets/app-1a2b.js"))->headers.find("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(answer(Asked("/"))->headers.find("Cache-Control"), "no-cache");
  EXPECT_EQ(answer(Asked("/favicon.svg"))->headers.find("Cache-Control"), "no-cache");
}

TEST(Console, SendsNothingThatIsKnown) {
  const auto known = *answer(Asked("/").with("If-None-Match", "W/\"cc33\""));
  EXPECT_EQ(known.status, 304);
  EXPECT_EQ(known.body, "");
  EXPECT_EQ(answer(Asked("/").with("If-None-Match", "\"cc33-gzip\""))->status, 200);
}

TEST(Console, ShowsThePageAtEveryAddressOfItsOwn) {
  for (const char* target :
       {"/", "/approvals", "/requests/req_01JD8Y3V5Q8Z6W4K2N0B7M9CXA", "/accounts/1?tab=history", "/people/ana.alves",
        "/permission-sets/arn%3Aaws%3Asso%3A%3A%3ApermissionSet%2Fssoins-1%2Fps-1"})
    EXPECT_EQ(answer(Asked(target).with("Accept", "text/html,*/*;q=0.8"))->body, "<!doctype html>") << target;
}

TEST(Console, GivesProgramsNoPageForWhatIsNotThere) {
  for (const char* target : {"/v1", "/v1/nothing", "/metrics/x", "/healthz/x", "/openapi.json/x"})
    EXPECT_EQ(answer(Asked(target).with("Accept", "text/html")), std::nullopt) << target;
  EXPECT_EQ(answer(Asked("/nothing").with("Accept", "application/json")), std::nullopt);
  EXPECT_EQ(answer(Asked("/nothing")), std::nullopt);
  EXPECT_EQ(answer(Asked("/", "POST").with("Accept", "text/html")), std::nullopt);
}

TEST(Console, KnowsNoFileButItsOwn) {
  for (const char* target : {"/assets/gone-9z.js", "/assets", "/assets/", "/assets/app", "/../etc/passwd",
                             "/..%2f..%2fetc%2fpasswd", "/assets/..%2findex.html", "/assets/../index.html",
                             "/./index.html", "//index.html", "/index.html/", "/index.html.gz"})
    EXPECT_EQ(answer(Asked(target).with("Accept", "text/html")), std::nullopt) << target;
}

TEST(Console, AnswersEveryPageWithThePolicyThatLetsNothingElseIn) {
  const auto page = *answer(Asked("/"));
  const auto policy = *page.headers.find("Content-Security-Policy");
  EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'self';"));
  EXPECT_EQ(policy.find("unsafe"), std::string_view::npos);
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string_view::npos);
  EXPECT_EQ(page.headers.find("Referrer-Policy"), "no-referrer");
}

TEST(Console, SaysSoWhereItWasNotBuilt) {
  const auto page = *answer(Asked("/"), {});
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("./dev build"), std::string::npos);
}

}  // namespace
}  // namespace ag::server
