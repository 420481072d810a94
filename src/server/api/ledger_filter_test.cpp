#include "server/api/ledger_filter.hpp"

#include <gtest/gtest.h>

namespace ag::server {
namespace {

const access::UserId kAna("u-ana");
const access::AccountId kProd("111122223333");
const access::RequestId kAsked("req_01");

/// A read model that knows one request of ana's, for prod.
struct LedgerFilters : ::testing::Test {
  ReadModel read_model;

  LedgerFilters() {
    access::Request request{.id = kAsked,
                            .requester = kAna,
                            .requester_name = "ana",
                            .permission_set = access::PermissionSetArn("arn:ps"),
                            .permission_set_name = "Deploy",
                            .session_duration = Duration::hours(1),
                            .level = access::Level::kLow,
                            .accounts = {{kProd, "prod", "/", "rule", {}}},
                            .duration = Duration::hours(1),
                            .start = {},
                            .reason = "a reason",
                            .ticket = {},
                            .steps = {{{}, 1}},
                            .lapses_at = Instant::from_seconds(1'800'000'000)};
    const access::Entry entry{0,
                              Instant::from_seconds(1'700'000'000),
                              {"person", kAna, "ana", {}},
                              {},
                              access::RequestSubmitted{std::move(request)}};
    read_model.apply({&entry, 1}, std::make_shared<const access::PolicyIndex>());
  }

  [[nodiscard]] bool admits(const LedgerFilter& filter, std::string_view bytes) const {
    return read_model.read([&](const View& view) { return filter.admits(view, bytes); });
  }
};

constexpr std::string_view kDecided =
    R"({"actor":{"kind":"person","name":"bo","user":"u-bo"},"at":"2026-11-25T14:00:00Z","body":{"request":"req_01"},"index":7,"kind":"request.decided"})";
constexpr std::string_view kToken =
    R"({"actor":{"kind":"system"},"at":"2026-11-25T14:00:00Z","body":{"user":"u-zoe","user_name":"\"u-ana\""},"index":8,"kind":"token.issued"})";

TEST_F(LedgerFilters, TakeAWholeKindOrAllThatBeginSo) {
  EXPECT_TRUE(admits({.kinds = {"request.decided"}}, kDecided));
  EXPECT_TRUE(admits({.kinds = {"slot.", "request."}}, kDecided));
  EXPECT_FALSE(admits({.kinds = {"request.decide"}}, kDecided)) << "half a kind is none";
  EXPECT_FALSE(admits({.kinds = {"person."}}, kDecided)) << "the actor has a kind too";
}

TEST_F(LedgerFilters, FindWhoActedAndWhoseRequestItIs) {
  EXPECT_TRUE(admits({.user = access::UserId("u-bo")}, kDecided));
  EXPECT_TRUE(admits({.user = kAna}, kDecided)) << "it names only her request";
  EXPECT_TRUE(admits({.account = kProd}, kDecided)) << "which is for that account";
  EXPECT_FALSE(admits({.user = access::UserId("u-zoe")}, kDecided));
  EXPECT_FALSE(admits({.account = access::AccountId("999900001111")}, kDecided));
}

TEST_F(LedgerFilters, AreNotTakenInByWhatSomebodyWrote) {
  EXPECT_FALSE(admits({.user = kAna}, kToken)) << "her id stands in a text with quotes around it";
  EXPECT_TRUE(admits({.user = access::UserId("u-zoe")}, kToken));
}

TEST_F(LedgerFilters, CutAtTheVeryMoment) {
  const Instant at = *parse_rfc3339("2026-11-25T14:00:00Z");
  EXPECT_TRUE(admits({.from = at}, kDecided));
  EXPECT_FALSE(admits({.from = at + Duration::milliseconds(1)}, kDecided));
  EXPECT_FALSE(admits({.to = at}, kDecided));
  EXPECT_TRUE(admits({.to = at + Duration::milliseconds(1)}, kDecided));
}

TEST_F(LedgerFilters, ReadTheTimeOfTheEntryAndOfNothingInIt) {
  EXPECT_EQ(time_of_entry(kDecided), parse_rfc3339("2026-11-25T14:00:00Z").value());
  EXPECT_EQ(time_of_entry("{}"), std::nullopt);
}

}  // namespace
}  // namespace ag::server
