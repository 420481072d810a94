// The parser before any text at all: mutants of valid files, and of their nesting.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "access/policy.hpp"
#include "access/test_company.hpp"
#include "access/test_policy.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

using test::kSample;
using test::kValid;
using test::kWordy;
using test::Random;

std::string mutated(std::string text, Random& random) {
  static const std::vector<std::string> kPieces = {"&a ",
                                                   "*a",
                                                   "!!str ",
                                                   "---\n",
                                                   "...\n",
                                                   "? ",
                                                   ": ",
                                                   "- ",
                                                   "[",
                                                   "]",
                                                   "{",
                                                   "}",
                                                   "\"",
                                                   "'",
                                                   "|\n",
                                                   ">\n",
                                                   "#",
                                                   "\t",
                                                   "\r",
                                                   "\n",
                                                   "\r\n",
                                                   "%YAML 1.2\n",
                                                   "~",
                                                   "null",
                                                   "true",
                                                   "012",
                                                   "<<: ",
                                                   "\\u0000",
                                                   "\xff",
                                                   "\x04",
                                                   "\xe2\x80\xa8",
                                                   "except: ",
                                                   "all: true",
                                                   "ou: ",
                                                   "accounts: ",
                                                   "during: [office]",
                                                   "mon-fri",
                                                   "24:00",
                                                   "zone: UTC",
                                                   "Europe/Berlin",
                                                   "on_call: ",
                                                   "manager: true",
                                                   "need: 9",
                                                   "forbid: true",
                                                   "never_with: ",
                                                   "require: ",
                                                   "expect: ",
                                                   "allow: false",
                                                   "sat 02:00",
                                                   "after: 1h",
                                                   "every: 7d"};
  const auto position = [&] { return text.empty() ? 0 : random.below(text.size()); };
  switch (random.below(7)) {
    case 0: text.erase(position(), 1 + random.below(4)); break;
    case 1: text.insert(position(), text.substr(position(), random.below(40))); break;
    case 2:
      if (!text.empty()) text[position()] = static_cast<char>(random.below(256));
      break;
    case 3: text.insert(position(), random.pick(kPieces)); break;
    case 4: text.resize(position()); break;
    case 5:
    case 6: {  // a line lost, or said twice
      const auto end = text.find('\n', position());
      const auto begin = end == std::string::npos ? end : text.rfind('\n', end == 0 ? 0 : end - 1);
      if (begin == std::string::npos || end <= begin) break;
      const std::string line = text.substr(begin, end - begin);
      if (random.chance(50)) text.erase(begin, line.size());
      else text.insert(begin, line);
      break;
    }
    default: break;
  }
  return text;
}

bool has_windows(const Policy& policy, const std::vector<std::string>& names) {
  return std::ranges::all_of(names, [&](const auto& name) { return policy.windows.contains(name); });
}

/// What the rest of the program relies on, whatever the text was; empty when it holds.
std::string broken_promise(const Policy& policy) {
  for (const auto& rule : policy.rules) {
    if (rule.id.empty() || rule.what.is_everything() || rule.where.empty() || rule.max < rule.min) return "rule";
    if (!policy.approvals.contains(rule.approval) || !has_windows(policy, rule.during)) return "name in a rule";
    if (rule.extend && (rule.extend->by.is_zero() || rule.extend->by > rule.max || rule.extend->times < 1 ||
                        !policy.approvals.contains(rule.extend->approval)))
      return "extension";
  }
  for (const auto& guardrail : policy.guardrails) {
    const bool requires_something = guardrail.approvers > 0 || guardrail.reason_min > 0 || !guardrail.ticket.empty() ||
                                    guardrail.max || !guardrail.during.empty() || !guardrail.other_team.empty();
    if (int{requires_something} + int{guardrail.forbid} + int{guardrail.never_with.has_value()} != 1)
      return "guardrail";
    if (!has_windows(policy, guardrail.during) || !has_windows(policy, guardrail.outside)) return "window";
    if (guardrail.never_with && (guardrail.never_with->is_everything() || guardrail.what.is_everything()))
      return "pair";
  }
  for (const auto& [name, approval] : policy.approvals) {
    for (const auto& steps : approval.steps) {
      if (std::ranges::any_of(steps, [](const StepRule& step) { return step.any_of.empty() || step.need < 1; }))
        return "step";
    }
    if (!std::ranges::is_sorted(approval.remind)) return "reminders";
    for (const auto& escalation : approval.escalate) {
      if (escalation.any_of.empty() || escalation.after.is_zero() || escalation.after >= approval.lapse) return "late";
    }
  }
  for (const auto& [name, schedule] : policy.on_call) {
    if (schedule.turns.empty() || schedule.days < 1) return "schedule";
    for (const auto& turn : schedule.turns) {
      if (turn.group.empty() == turn.user.empty()) return "turn";
    }
  }
  for (const auto& [name, window] : policy.windows) {
    if (std::ranges::none_of(window.days, [](bool on) { return on; }) || window.from >= Duration::hours(24))
      return "window";
  }
  return "";
}

TEST(Policy, IsAValueOrProblemsForAnyTextAtAll) {
  Random random(1);
  int valid = 0;
  for (int round = 0; round < 3'000; ++round) {
    std::string text(random.pick(std::vector{kValid, kSample, kWordy}));
    for (std::size_t edits = 1 + random.below(6); edits > 0; --edits) text = mutated(std::move(text), random);
    const auto parsed = parse_policy(text);
    if (parsed) {
      ++valid;
      ASSERT_EQ(broken_promise(*parsed), "") << text;
      continue;
    }
    ASSERT_FALSE(parsed.error().empty()) << text;
    for (const auto& problem : parsed.error()) {
      const auto lines = 1 + std::count(text.begin(), text.end(), '\n') + std::count(text.begin(), text.end(), '\r');
      ASSERT_TRUE(problem.line >= 1 && problem.line <= lines + 1) << problem.line << " of " << lines << "\n" << text;
      ASSERT_FALSE(problem.code.empty() || problem.message.empty()) << text;
      ASSERT_TRUE(decode_utf8(problem.message) && decode_utf8(problem.where)) << text;
    }
  }
  EXPECT_GT(valid, 100) << "too few mutants live to say anything about the others";
}

TEST(Policy, TellsNestingThatIsFarTooDeepWithoutRunningOutOfStack) {
  for (const std::string_view piece : {"[", "{", "- ", "? ", "[{", "{a: ", "!", "&a ", "\"", "'", "|\n", "%"}) {
    std::string text;
    while (text.size() + piece.size() <= kLargestPolicyBytes) text += piece;
    EXPECT_FALSE(parse_policy(text)) << piece;
  }
}

}  // namespace
}  // namespace ag::access
