#include "access/policy_parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "access/policy.hpp"
#include "access/yaml.hpp"
#include "base/text.hpp"
#include "base/zone.hpp"

namespace ag::access {
namespace {

constexpr std::int64_t kMostExtensions = 20;  // whoever needs it longer than that asks anew
constexpr std::int64_t kMostOfALimit = 10'000;
constexpr std::int64_t kMostExpectedApprovers = 100;  // more than a policy can ask for
// Nobody agreed to it, so it is for as long as it takes to wake somebody who can.
constexpr Duration kLongestBreakGlass = Duration::hours(4);

/// Characters that YAML forbids, or that make a reader see another policy than the one in force: what ends the file or
/// a line for one program and not for another, and what changes the direction of writing.
bool is_hidden(char32_t c) {
  return (c < 0x20 && c != '\t' && c != '\r') || (c >= 0x7f && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c == 0xfffe || c == 0xffff;
}

std::optional<PolicyProblem> check_line(std::string_view line, int number) {
  const auto points = decode_utf8(line);
  if (!points) return PolicyProblem{number, "", "invalid_characters", "the policy is not valid UTF-8 in this line"};
  for (std::size_t i = 0; i < points->size(); ++i) {
    const char32_t c = (*points)[i];
    const bool byte_order_mark = c == 0xfeff && number == 1 && i == 0;
    const bool lone_return = c == '\r' && i + 1 < points->size();
    if ((!is_hidden(c) || byte_order_mark) && !lone_return) continue;
    return PolicyProblem{number, "", "invalid_characters",
                         fmt::format("the character U+{:04X} cannot be seen and is not allowed; remove it",
                                     static_cast<std::uint32_t>(c))};
  }
  return std::nullopt;
}

std::optional<PolicyProblem> check_characters(std::string_view text) {
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (auto problem = check_line(line, number)) return problem;
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return std::nullopt;
}

bool is_day_and_time(std::string_view text) {
  if (text.size() > 4 && text[3] == ' ') {
    const auto day = text.substr(0, 3);
    if (std::ranges::find(kWeekdays, day) == kWeekdays.end()) return false;
    text.remove_prefix(4);
  }
  const auto time = parse_time_of_day(text);
  return time && *time < Duration::hours(24);
}

}  // namespace

std::expected<Policy, std::vector<PolicyProblem>> PolicyParser::parse(const yaml::Document& document) {
  for (const auto& problem : document.duplicates)
    in_.problems.push_back({problem.line, "", problem.code, problem.message});
  sections({&document.root, ""});
  if (!in_.problems.empty()) {
    std::sort(in_.problems.begin(), in_.problems.end(),
              [](const auto& a, const auto& b) { return std::tie(a.line, a.where) < std::tie(b.line, b.where); });
    return std::unexpected(in_.problems);
  }
  policy_.warnings = std::move(in_.warnings);
  return std::move(policy_);
}

/// What is named comes before what names it: targets, windows and schedules, approval policies, rules.
void PolicyParser::sections(const Place& root) {
  if (!in_.mapping(root, {"version", "targets", "windows", "on_call", "permission_sets", "rules", "guardrails",
                          "approval_policies", "break_glass", "limits", "change_control", "expect"})) {
    return;
  }
  const auto each = [&](std::string_view section, auto read) {
    const auto place = root.find(section);
    if (!place) return;
    const auto kind = place->node->kind;
    if (kind != yaml::Kind::kMapping && kind != yaml::Kind::kNull) unreadable_.insert(section);
    for (const auto& [name, member] : in_.named(*place)) read(name, member);
  };
  const auto list = [&](std::string_view section, auto read) {
    const auto place = root.find(section);
    if (!place || place->node->kind == yaml::Kind::kNull) return;
    if (place->node->kind != yaml::Kind::kSequence) {
      unreadable_.insert(section);
      return in_.refuse(*place, "invalid_type", "must be a list; it is " + place->shown());
    }
    for (const auto& item : place->items()) read(item);
  };
  if (const auto version = in_.required(root, "version"); version && version->node->scalar != "1") {
    in_.refuse(*version, "unsupported_version",
               fmt::format("{} is not a version this program knows; write version: 1", version->shown()));
  }
  targets_ = root.find("targets");
  each("targets", [&](const std::string& name, const Place& place) {
    if (name == "all") in_.refuse(place, "reserved_name", "\"all\" is built in and means every account");
    policy_.targets[name] = target(place);
  });
  each("windows", [&](const auto& name, const Place& place) { policy_.windows[name] = window(name, place); });
  each("on_call", [&](const auto& name, const Place& place) { policy_.on_call[name] = on_call(name, place); });
  each("permission_sets", [&](const auto& name, const Place& place) { permission_set(name, place); });
  each("approval_policies",
       [&](const auto& name, const Place& place) { policy_.approvals[name] = approval(name, place); });
  list("rules", [&](const Place& place) { rule(place); });
  list("guardrails", [&](const Place& place) { guardrail(place); });
  if (const auto place = root.find("break_glass")) break_glass(*place);
  if (const auto place = root.find("limits")) limits(*place);
  if (const auto place = root.find("change_control")) change_control(*place);
  list("expect", [&](const Place& place) { expectation(place); });
}

void PolicyParser::permission_set(const std::string& name, const Place& place) {
  if (name.find('*') != std::string::npos) {
    in_.refuse(place, "invalid_name",
               fmt::format("\"{}\" must be one permission set: a * stands for nothing here", name));
  }
  if (!in_.mapping(place, {"level", "instead_of"})) return;
  DeclaredLevel declared{.line = place.line()};
  if (const auto value = in_.required(place, "level")) declared.level = in_.level(*value).value_or(declared.level);
  if (const auto value = place.find("instead_of")) {
    declared.instead_of = in_.level(*value);
    if (declared.instead_of && *declared.instead_of <= declared.level) {
      in_.refuse(
          *value, "invalid_level",
          fmt::format("{} is not above {}: instead_of names the higher level that the permission set has by what "
                      "it allows, and that you have looked at",
                      name_of(*declared.instead_of), name_of(declared.level)));
    }
  }
  policy_.levels[name] = declared;
}

void PolicyParser::rule(const Place& place) {
  if (!in_.mapping(place, {"id", "who", "what", "where", "max", "min", "approval", "during", "extend", "end"})) return;
  Rule rule;
  rule.line = place.line();
  if (const auto value = in_.required(place, "id")) rule.id = unique_id(*value);
  if (const auto value = in_.required(place, "who")) rule.who = people(*value);
  if (const auto value = in_.required(place, "what")) rule.what = sets(*value);
  if (const auto value = in_.required(place, "where")) rule.where = targets(*value);
  if (const auto value = in_.required(place, "max")) rule.max = in_.duration(*value);
  if (const auto value = place.find("min")) {
    rule.min = in_.duration(*value);
    if (!rule.max.is_zero() && rule.min > rule.max) {
      in_.refuse(*value, "contradiction",
                 fmt::format("{} is longer than max, which is {}", to_text(rule.min), to_text(rule.max)));
    }
  }
  if (const auto value = in_.required(place, "approval")) rule.approval = approval_name(*value);
  if (const auto value = place.find("during")) rule.during = window_names(*value);
  if (const auto value = place.find("extend")) rule.extend = extend(*value, rule);
  if (const auto value = place.find("end")) {
    rule.session_end =
        in_.choice<SessionEnd>(*value, "invalid_value",
                               "an end; it is hard, which cuts live sessions, or soft, which is left out")
            .value_or(SessionEnd::kSoft);
  }
  policy_.rules.push_back(std::move(rule));
}

std::optional<Extend> PolicyParser::extend(const Place& place, const Rule& rule) {
  if (!in_.mapping(place, {"times", "by", "approval"})) return std::nullopt;
  Extend extend{.line = place.line(), .approval = rule.approval};
  if (const auto value = place.find("times")) extend.times = static_cast<int>(in_.number(*value, 1, kMostExtensions));
  if (const auto value = in_.required(place, "by")) {
    extend.by = in_.duration(*value);
    if (!rule.max.is_zero() && extend.by > rule.max) {
      in_.refuse(*value, "contradiction",
                 fmt::format("{} is longer than max, which is {}: so long nobody could ask for it in the first place",
                             to_text(extend.by), to_text(rule.max)));
    }
  }
  if (const auto value = place.find("approval")) extend.approval = approval_name(*value);
  return extend;
}

void PolicyParser::break_glass(const Place& place) {
  if (!in_.mapping(place, {"who", "what", "where", "max", "notify", "review_within"})) return;
  BreakGlass glass;
  glass.line = place.line();
  if (const auto value = in_.required(place, "who")) glass.who = people(*value);
  if (const auto value = in_.required(place, "what")) glass.what = sets(*value);
  if (const auto value = in_.required(place, "where")) glass.where = targets(*value);
  if (const auto value = place.find("max")) {
    glass.max = in_.duration(*value);
    if (glass.max > kLongestBreakGlass) {
      in_.refuse(*value, "too_long",
                 fmt::format("{} is longer than {}: nobody agrees to break-glass, so it lasts only until somebody who "
                             "can agree is awake; write a rule for longer work",
                             to_text(glass.max), to_text(kLongestBreakGlass)));
    }
  }
  if (const auto value = place.find("notify")) glass.notify = in_.texts(*value);
  else in_.warn(place, "nobody is told when it is used; name groups with notify");
  if (const auto value = place.find("review_within")) glass.review_within = in_.duration(*value);
  policy_.break_glass = std::move(glass);
}

void PolicyParser::limits(const Place& place) {
  if (!in_.mapping(place, {"open_requests", "live_grants"})) return;
  const auto limit = [&](std::string_view key, int otherwise) {
    const auto value = place.find(key);
    return value ? static_cast<int>(in_.number(*value, 1, kMostOfALimit)) : otherwise;
  };
  policy_.limits.open_requests = limit("open_requests", policy_.limits.open_requests);
  policy_.limits.live_grants = limit("live_grants", policy_.limits.live_grants);
}

void PolicyParser::expectation(const Place& place) {
  if (!in_.mapping(place, {"who", "what", "where", "for", "at", "zone", "allow", "approvers", "rule"})) return;
  Expectation expectation;
  expectation.line = place.line();
  if (const auto value = in_.required(place, "who")) expectation.who = in_.text(*value);
  if (const auto value = in_.required(place, "what")) {
    expectation.what = in_.text(*value);
    if (expectation.what.find('*') != std::string::npos)
      in_.refuse(*value, "invalid_name", fmt::format("{} must be one permission set", value->shown()));
  }
  if (const auto value = in_.required(place, "where")) expectation.where = in_.text(*value);
  if (const auto value = place.find("for")) expectation.length = in_.duration(*value);
  expected_time(place, expectation);
  if (const auto value = place.find("allow")) expectation.allow = in_.boolean(*value);
  if (const auto value = place.find("approvers"))
    expectation.approvers = static_cast<int>(in_.number(*value, 0, kMostExpectedApprovers));
  if (const auto value = place.find("rule")) {
    expectation.rule = in_.text(*value);
    std::vector<std::string> ids;
    for (const auto& rule : policy_.rules) ids.push_back(rule.id);
    refuse_unknown(*value, *expectation.rule, {"rules", "rule", "unknown_rule"}, ids);
  }
  if (!expectation.allow && (expectation.approvers || expectation.rule)) {
    in_.refuse(place, "contradiction", "what is not allowed has no rule and no approvers; leave them out");
  }
  policy_.expectations.push_back(std::move(expectation));
}

void PolicyParser::expected_time(const Place& place, Expectation& expectation) {
  const auto at = place.find("at");
  bool exact = false;  // a moment of its own, which needs no zone
  if (at) {
    expectation.at = in_.text(*at);
    exact = parse_rfc3339(expectation.at).has_value();
    if (!exact && !expectation.at.empty() && !is_day_and_time(expectation.at)) {
      in_.refuse(
          *at, "invalid_time",
          fmt::format("{} is not a time; write it like \"02:00\", \"sat 02:00\" or 2026-11-26T02:00:00Z", at->shown()));
    }
  }
  const auto value = place.find("zone");
  if (!value) return;
  expectation.zone = zone(*value);
  if (!at || exact) {
    in_.refuse(*value, "contradiction",
               at ? "the time says its own offset from UTC; leave the zone out" : "a zone is of use only with at");
  }
}

void PolicyParser::refuse_unknown(const Place& place, const std::string& name, const Kind& kind,
                                  const std::vector<std::string>& known) {
  // What could not be read at all was told: that nothing is found in it only follows.
  if (name.empty() || unreadable_.contains(kind.section) || std::ranges::find(known, name) != known.end()) return;
  in_.refuse(place, std::string(kind.code), unknown_name(kind.word, name, known));
}

std::string PolicyParser::unique_id(const Place& place) {
  auto id = in_.text(place);
  const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
  if (!plain) in_.refuse(place, "invalid_id", fmt::format("\"{}\" may hold letters, digits, - _ and . only", id));
  if (!id.empty() && !ids_.insert(id).second) {
    in_.refuse(place, "duplicate_id", fmt::format("\"{}\" is the id of another rule or guardrail", id));
  }
  return id;
}

std::expected<Policy, std::vector<PolicyProblem>> parse_policy(std::string_view text) {
  if (text.size() > kLargestPolicyBytes) {
    return std::unexpected(std::vector{PolicyProblem{
        1, "", "too_large",
        fmt::format("the policy has {} bytes; at most {} are allowed", text.size(), kLargestPolicyBytes)}});
  }
  if (const auto problem = check_characters(text)) return std::unexpected(std::vector{*problem});
  const auto document = yaml::read(text);
  if (!document) {
    const auto& problem = document.error();
    return std::unexpected(std::vector{PolicyProblem{problem.line, "", problem.code, problem.message}});
  }
  return PolicyParser{}.parse(*document);
}

}  // namespace ag::access
