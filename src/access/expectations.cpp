#include "access/expectations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "access/eligibility.hpp"
#include "access/glass.hpp"
#include "base/text.hpp"
#include "base/zone.hpp"

namespace ag::access {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/// Splits `sat 02:00`; without a day it is every day.
struct WeeklyTime {
  std::optional<int> day;
  Duration time;
};
Result<WeeklyTime> parse_weekly(std::string_view text) {
  WeeklyTime weekly;
  if (const auto space = text.find(' '); space != std::string_view::npos) {
    const std::string day = to_lower(text.substr(0, space));
    const auto found = std::find(kDays.begin(), kDays.end(), day);
    if (found == kDays.end()) return fail("invalid_time", fmt::format("\"{}\" is no day of the week", excerpt(day)));
    weekly.day = static_cast<int>(found - kDays.begin());
    text.remove_prefix(space + 1);
  }
  const auto time = parse_time_of_day(text);
  if (!time) return fail(time.error());
  weekly.time = *time;
  return weekly;
}

/// The next such moment: now itself is one.
Result<Instant> moment_of(const Expectation& expectation, Instant now) {
  if (expectation.at.empty()) return now;
  if (const auto moment = parse_rfc3339(expectation.at)) return *moment;
  const auto weekly = parse_weekly(expectation.at);
  if (!weekly) return fail(weekly.error());
  const auto zone = expectation.zone.empty() ? Result<Zone>(Zone()) : Zone::find(expectation.zone);
  if (!zone) return fail(zone.error());
  const std::int64_t today = zone->at(now).day;
  for (std::int64_t day = today; day <= today + 7; ++day) {
    if (weekly->day && WallTime{day, {}}.weekday() != *weekly->day) continue;
    const Instant moment = zone->when({day, weekly->time});
    if (moment >= now) return moment;
  }
  return fail("invalid_time", fmt::format("\"{}\" never comes", excerpt(expectation.at)));
}

/// How long access may be asked for at least, under one rule or another that fits: the shortest first.
std::set<Duration> shortest_lengths(const PolicyIndex& index, const User& user, const Wish& wish) {
  std::set<Duration> lengths;
  const auto who = index.of(user);
  for (std::size_t i = 0; i < index.policy().rules.size(); ++i) {
    const bool fits =
        who.rules.test(i) && index.of(wish.account).rules.test(i) && index.of(wish.permission_set).rules.test(i);
    if (fits) lengths.insert(index.policy().rules[i].min);
  }
  if (lengths.empty()) lengths.insert(Duration::seconds(1));
  return lengths;
}

/// The verdict for the length that is expected; when none is given, for the shortest that is open.
Result<Eligibility> verdict_on(const PolicyIndex& index, const User& user, const Expectation& expectation, Asker& asker,
                               Wish wish) {
  if (!expectation.length.is_zero()) return asker.judge(wish);
  std::optional<Error> first_refusal;
  for (const Duration length : shortest_lengths(index, user, wish)) {
    wish.duration = length;
    auto verdict = asker.judge(wish);
    if (verdict) return verdict;
    if (!first_refusal) first_refusal = verdict.error();
  }
  return fail(std::move(*first_refusal));
}

std::string expected_of(const Expectation& expectation) {
  std::string words = fmt::format("{} {} {} in {}", expectation.who, expectation.allow ? "may have" : "may not have",
                                  expectation.what, expectation.where);
  if (!expectation.length.is_zero()) words += fmt::format(" for {}", to_text(expectation.length));
  if (!expectation.at.empty()) words += fmt::format(" at {}", expectation.at);
  if (!expectation.zone.empty()) words += fmt::format(" {}", expectation.zone);
  if (expectation.rule) words += fmt::format(", under {}", *expectation.rule);
  if (expectation.approvers) words += fmt::format(", when {} agree", *expectation.approvers);
  return words;
}

std::string so_it_is(const Eligibility& verdict) {
  const int needed = approvals_needed(verdict.terms->steps);
  return fmt::format("allowed under {}, when {} agree{}", place_of(*verdict.terms->rule),
                     needed == 0 ? "nobody" : std::to_string(needed), needed == 0 ? "s to it" : "");
}

std::string so_it_is(const Error& error) {
  return fmt::format("refused: {}{}", error.message, error.rule.empty() ? "" : fmt::format(" ({})", error.rule));
}

ExpectationResult checked(const PolicyIndex& index, const Glass& glass, const Expectation& expectation, Instant now) {
  ExpectationResult result{expectation.line, false, expected_of(expectation), {}};
  const Organization& organization = index.organization();
  const auto user = organization.user(expectation.who, "who");
  const auto set = organization.permission_set(expectation.what, "what");
  const auto account = organization.account(expectation.where, "where");
  const auto at = moment_of(expectation, now);
  // Who is not there can be neither refused nor let in: an expectation about nobody says nothing, so it fails.
  for (const auto* error : {user ? nullptr : &user.error(), set ? nullptr : &set.error(),
                            account ? nullptr : &account.error(), at ? nullptr : &at.error()}) {
    if (error == nullptr) continue;
    result.actual = error->fix.empty() ? error->message : fmt::format("{}; {}", error->message, error->fix);
    return result;
  }
  if (!(*user)->enabled) {
    result.passed = !expectation.allow;
    result.actual = fmt::format("refused: {} is disabled in the directory", (*user)->user_name);
    return result;
  }
  Asker asker(index, **user);
  const auto verdict = verdict_on(index, **user, expectation, asker, {**account, **set, expectation.length, *at});
  result.actual = verdict ? so_it_is(*verdict) : so_it_is(verdict.error());
  if (!verdict) {
    const std::optional<Duration> length =
        expectation.length.is_zero() ? std::nullopt : std::optional(expectation.length);
    const auto road = glass.answer({**user, **account, **set, length, *at});
    const bool opens = road && road->opens;
    if (opens) result.actual += "; but " + road->words;
    result.passed = !expectation.allow && !opens;
    return result;
  }
  if (!expectation.allow) return result;
  const bool is_rule = !expectation.rule || *expectation.rule == verdict->terms->rule->id;
  const bool is_count = !expectation.approvers || *expectation.approvers == approvals_needed(verdict->terms->steps);
  result.passed = is_rule && is_count;
  return result;
}

}  // namespace

std::vector<ExpectationResult> check(const PolicyIndex& index, Instant now) {
  const Glass glass(index);
  std::vector<ExpectationResult> all;
  for (const auto& expectation : index.policy().expectations) all.push_back(checked(index, glass, expectation, now));
  return all;
}

}  // namespace ag::access
