#include "server/api/session.hpp"

#include <gtest/gtest.h>

namespace ag::server {
namespace {

HttpHeaders here(std::initializer_list<HttpHeaders::Field> more) {
  HttpHeaders headers{{"Host", "localhost:8642"}};
  for (const auto& [name, value] : more) headers.add(name, value);
  return headers;
}

TEST(Session, KnowsAnOwnPageByEitherHeader) {
  EXPECT_EQ(source_of(here({{"Sec-Fetch-Site", "same-origin"}})), Source::kOwnPage);
  EXPECT_EQ(source_of(here({{"Origin", "http://localhost:8642"}})), Source::kOwnPage);
  EXPECT_EQ(source_of(here({{"Origin", "https://LOCALHOST:8642"}})), Source::kOwnPage);
}

TEST(Session, TakesEverythingElseForForeign) {
  for (const char* origin : {"http://localhost:3000", "http://localhost", "http://127.0.0.1:8642", "null", "",
                             "http://localhost:8642.evil.example", "http://evil.example/localhost:8642",
                             "ftp://localhost:8642", "localhost:8642"}) {
    EXPECT_EQ(source_of(here({{"Origin", origin}})), Source::kForeign) << origin;
    // Neither says more than the other: one no is enough.
    EXPECT_EQ(source_of(here({{"Origin", origin}, {"Sec-Fetch-Site", "same-origin"}})), Source::kForeign) << origin;
  }
  for (const char* site : {"same-site", "cross-site", "", "anything"}) {
    EXPECT_EQ(source_of(here({{"Sec-Fetch-Site", site}})), Source::kForeign) << site;
    EXPECT_EQ(source_of(here({{"Sec-Fetch-Site", site}, {"Origin", "http://localhost:8642"}})), Source::kForeign)
        << site;
  }
}

TEST(Session, ChangesThingsFromAnOwnPageOnly) {
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    EXPECT_TRUE(may_use_cookie(method, Source::kOwnPage)) << method;
    for (const Source source : {Source::kAddress, Source::kForeign, Source::kUntold})
      EXPECT_FALSE(may_use_cookie(method, source)) << method;
  }
  EXPECT_TRUE(may_use_cookie("GET", Source::kAddress));
  EXPECT_TRUE(may_use_cookie("GET", Source::kUntold));
  EXPECT_FALSE(may_use_cookie("GET", Source::kForeign));
}

TEST(Session, ReadsItsCookieAmongOthers) {
  EXPECT_EQ(session_of(here({{"Cookie", "theme=dark; accessguard=s3cret; x=y"}})), "s3cret");
  EXPECT_EQ(session_of(here({{"Cookie", "theme=dark"}})), std::nullopt);
  EXPECT_EQ(session_of(here({})), std::nullopt);
  EXPECT_EQ(session_of(here({{"Cookie", "xaccessguard=no; accessguardx=no; accessguard"}})), std::nullopt);
}

TEST(Session, PrefersTheCookieThatNobodyElseCanPlant) {
  EXPECT_EQ(session_of(here({{"Cookie", "accessguard=planted; __Host-accessguard=ours"}})), "ours");
}

TEST(Session, TakesNeitherOfTwoCookies) {
  EXPECT_EQ(session_of(here({{"Cookie", "accessguard=one; accessguard=two"}})), std::nullopt);
}

TEST(Session, BindsTheCookieToHttpsWhereTheBrowserSpeaksIt) {
  EXPECT_EQ(session_cookie(here({{"Origin", "http://localhost:8642"}}), "s", Duration::hours(1)),
            "accessguard=s; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict");
  EXPECT_EQ(session_cookie(here({{"Origin", "https://localhost:8642"}}), "s", Duration::hours(1)),
            "__Host-accessguard=s; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict; Secure");
  EXPECT_EQ(no_session_cookie(here({})), "accessguard=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
}

}  // namespace
}  // namespace ag::server
