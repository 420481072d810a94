#include "cli/request_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/json_path.hpp"
#include "cli/text.hpp"
#include "cli/when.hpp"

namespace ag::cli {
namespace {

constexpr std::size_t kLabelWidth = 11;  // of the longest label

std::string joined_names(const json::array& things, std::string_view path, std::string_view separator) {
  std::vector<std::string> names;
  for (const auto& thing : things) names.push_back(text_at(thing, path));
  return fmt::format("{}", fmt::join(names, separator));
}

std::string length_text(const json::value& object, std::string_view path) {
  return to_text(Duration::seconds(number_at(object, path)));
}

std::string strings_joined(const json::array& strings) {
  std::vector<std::string> texts;
  for (const auto& text : strings) texts.push_back(text_at(text, ""));
  return fmt::format("{}", fmt::join(texts, ", "));
}

class Description {
 public:
  explicit Description(std::size_t width) : width_(width) {}

  /// What a person wrote: each line marked, so that whatever it says cannot pass for a line of ours, however narrow the
  /// terminal is.
  void said(std::string_view who, std::string_view text) {
    if (text.empty()) return;
    text_ += said_lines(who, text, width_);
    last_.clear();
  }
  void line(std::string_view label, std::string_view text) {
    if (text.empty()) return;
    text_ += fmt::format("  {:<{}}  {}\n", label == last_ ? "" : label, kLabelWidth, printable(text));
    last_ = label;
  }
  void raw(std::string_view text) { text_ += text; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::size_t width_;
  std::string text_;
  std::string last_;  // a label that repeats is not written again
};

std::string time_line(const json::value& object, std::string_view path, Instant now) {
  const auto at = time_at(object, path);
  return at ? when_text(*at, now) : std::string{};
}

void describe_accounts(Description& description, const json::value& request) {
  for (const auto& account : items_at(request, "accounts")) {
    std::string line = fmt::format("{} ({}) {} · rule {}", text_at(account, "name"), text_at(account, "id"),
                                   text_at(account, "path"), text_at(account, "rule"));
    if (const auto state = text_at(account, "state"); !state.empty()) line = state + " · " + line;
    const std::string guardrails = strings_joined(items_at(account, "guardrails"));
    if (!guardrails.empty()) line += " · guardrails " + guardrails;
    description.line("where", line);
  }
}

void describe_steps(Description& description, const json::array& steps, std::string_view of) {
  if (steps.empty()) description.line("approval", fmt::format("{}nobody needs to agree", of));
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& given = items_at(steps[i], "given");
    std::string line(of);
    if (steps.size() > 1) line += fmt::format("step {}: ", i + 1);
    line += fmt::format("{} of {} from {}", given.size(), number_at(steps[i], "need"),
                        names_of_parties(items_at(steps[i], "any_of")));
    if (const auto& none_of = items_at(steps[i], "none_of"); !none_of.empty())
      line += fmt::format(", nobody of {}", names_of_parties(none_of));
    if (flag_at(steps[i], "escalated")) line += " · those of the escalation may decide too";
    if (!given.empty()) line += " · given by " + joined_names(given, "user_name", ", ");
    description.line("approval", line);
  }
}

/// Once for all accounts where they need the same, else for each.
void describe_approvals(Description& description, const json::value& request, Instant now) {
  const auto& accounts = items_at(request, "accounts");
  const bool all_alike = std::all_of(accounts.begin(), accounts.end(), [&](const auto& account) {
    return value_at(account, "approvals") == value_at(accounts.front(), "approvals");
  });
  if (flag_at(request, "break_glass")) {
    description.line("approval", "BREAK-GLASS: nobody was asked");
  } else if (all_alike) {
    describe_steps(description, items_at(request, "approvals"), "");
  } else {
    for (const auto& account : accounts)
      describe_steps(description, items_at(account, "approvals"), text_at(account, "name") + ": ");
  }
  for (const auto& escalation : items_at(request, "escalations")) {
    description.line("later", fmt::format("{} may decide too, {}", names_of_parties(items_at(escalation, "any_of")),
                                          time_line(escalation, "at", now)));
  }
  for (const auto& decision : items_at(request, "decisions")) {
    std::string line =
        fmt::format("{} {} {}", text_at(decision, "by.user_name"),
                    text_at(decision, "decision") == "approve" ? "approved" : "denied", time_line(decision, "at", now));
    if (number_at(decision, "max_duration_seconds") > 0)
      line += " · at most " + length_text(decision, "max_duration_seconds");
    description.line("decision", line);
    description.said(text_at(decision, "by.user_name"), text_at(decision, "comment"));
  }
}

void describe_review(Description& description, const json::value& request, Instant now) {
  const std::string state = text_at(request, "review.state");
  if (state.empty()) return;
  if (state != "closed") {
    description.line("review", fmt::format("{}: somebody else has to close it by {} · told: {}", state,
                                           time_line(request, "review.due", now),
                                           names_of_parties(items_at(request, "review.told"))));
    return;
  }
  description.line("review",
                   fmt::format("{}, says {} {}", text_at(request, "review.finding"),
                               text_at(request, "review.by.user_name"), time_line(request, "review.at", now)));
  description.said(text_at(request, "review.by.user_name"), text_at(request, "review.comment"));
}

std::string people_text(const json::value& people) {
  const std::int64_t count = number_at(people, "count");
  if (count == 0) return "nobody";
  const auto& names = items_at(people, "names");
  const auto more = count - static_cast<std::int64_t>(names.size());
  return fmt::format("{} ({}{})", count, strings_joined(names), more > 0 ? fmt::format(" and {} more", more) : "");
}

std::string use_text(const json::value& use, Instant now) {
  const std::int64_t times = number_at(use, "times");
  if (times == 0) return "never";
  return fmt::format("{}, last {}", times == 1 ? "once" : fmt::format("{} times", times),
                     time_line(use, "last_at", now));
}

/// The worst first, and what of it is not known.
void describe_what_it_allows(Description& description, const json::value& facts) {
  const auto& can = items_at(facts, "permission_set.can");
  if (can.empty()) description.line("allows", text_at(facts, "permission_set.allows"));
  for (const auto& sentence : can) description.line("allows", std::string(sentence.as_string()));
  for (const auto& unread : items_at(facts, "permission_set.unread"))
    description.line("not known", std::string(unread.as_string()));
}

/// What the server found out for whoever judges it.
void describe_facts(Description& description, const json::value& request, Instant now) {
  const json::value& facts = value_at(request, "facts");
  if (!facts.is_object()) return;
  describe_what_it_allows(description, facts);
  description.line("level", fmt::format("{}: {}", text_at(facts, "level"), text_at(facts, "level_reason")));
  description.line("used", fmt::format("by {} in {} days: {}", text_at(request, "requester.user_name"),
                                       number_at(facts, "days"), use_text(value_at(facts, "used"), now)));
  for (const auto& account : items_at(facts, "accounts")) {
    const std::string name = text_at(account, "name");
    description.line(
        "held", fmt::format("{}: without end by {} · for a time by {} · by the requester {}", name,
                            people_text(value_at(account, "standing")), people_text(value_at(account, "temporary")),
                            use_text(value_at(account, "used"), now)));
    const std::string guardrails = strings_joined(items_at(account, "guardrails"));
    if (const auto rule = text_at(account, "rule"); !rule.empty()) {
      description.line("today", fmt::format("{}: opened by {}{}{}", name, rule,
                                            guardrails.empty() ? "" : " · guardrails ", guardrails));
    }
    if (const auto refusal = text_at(account, "refusal"); !refusal.empty())
      description.line("today", fmt::format("{}: could not be granted: {}", name, refusal));
    if (const auto end = time_at(account, "would_end"))
      description.line("would end", fmt::format("{}: {}", name, when_text(*end, now)));
  }
}

std::string grant_line(const json::value& grant, Instant now) {
  std::string line = fmt::format("{}: {}", text_at(grant, "account.name"), text_at(grant, "state"));
  if (const auto failure = text_at(grant, "failure.message"); !failure.empty()) {
    return line + fmt::format(" · AWS says {}: {}", text_at(grant, "failure.code"), failure);
  }
  const std::string also = text_at(grant, "shared.by");
  if (const auto over = time_at(grant, "shared.handed_over_at"))
    return line + fmt::format(" · over since {}, and stays without end: {} made the assignment too",
                              when_text(*over, now), also);
  const auto end = time_at(grant, "end");
  const auto credentials = time_at(grant, "credentials_until");
  const auto ending = time_at(grant, "ending_at");
  const auto absent = time_at(grant, "absent_at");
  const auto cut = time_at(grant, "sessions_cut_at");
  if (ending && !absent && credentials) {
    line += fmt::format(" · over since {}, not yet seen to be gone · credentials may live until {}",
                        when_text(*ending, now), clock_text(*credentials, now));
  } else if (absent && cut) {
    line += fmt::format(" · seen to be gone {} · live sessions seen to be cut {}", when_text(*absent, now),
                        clock_text(*cut, now));
  } else if (absent && credentials) {
    line += fmt::format(" · seen to be gone {} · credentials may live until {}", when_text(*absent, now),
                        clock_text(*credentials, now));
  } else if (end && credentials) {
    line += " · " + two_clocks(*end, *credentials, now);
  }
  if (also.empty()) return line;
  const bool stays = text_at(grant, "shared.at_expiry") == "hold";
  return line + fmt::format(" · {} made the assignment too: it {} when this expires", also, stays ? "stays" : "goes");
}

}  // namespace

std::string names_of_parties(const json::array& parties) { return joined_names(parties, "name", " or "); }

std::string summary_of(const json::value& request) {
  return fmt::format("{} on {} for {}", text_at(request, "permission_set.name"),
                     joined_names(items_at(request, "accounts"), "name", ", "),
                     length_text(request, "duration_seconds"));
}

std::string missing_decision(const json::value& request) {
  const auto& steps = items_at(request, "approvals");
  const auto current = static_cast<std::size_t>(std::max<std::int64_t>(0, number_at(request, "current_step")));
  if (text_at(request, "state") != "pending" || current >= steps.size()) return {};
  const auto& step = steps[current];
  std::string text = fmt::format("{} of {} needed: {}", items_at(step, "given").size(), number_at(step, "need"),
                                 names_of_parties(items_at(step, "any_of")));
  return steps.size() == 1 ? text : fmt::format("step {} of {}, {}", current + 1, steps.size(), text);
}

bool is_hard(const json::value& request) { return text_at(request, "session_end") == "hard"; }

std::string describe_request(const json::value& request, const Context& context) {
  const Instant now = context.now();
  const std::string state = text_at(request, "state");
  Description description(width_for_words(context));
  description.raw(fmt::format("{}  {}\n", printable(text_at(request, "id")),
                              painted(printable(state), tone_of_state(state), context.terminal().out_colour)));
  const std::string user = text_at(request, "requester.user_name");
  const std::string person = text_at(request, "requester.display_name");
  description.line("who", person.empty() || person == user ? user : fmt::format("{} ({})", user, person));
  description.line("what", fmt::format("{} for {} · level {}", text_at(request, "permission_set.name"),
                                       length_text(request, "duration_seconds"), text_at(request, "level")));
  if (const auto extended = text_at(request, "extends"); !extended.empty())
    description.line("extends", extended + ", which is to end so much later");
  describe_accounts(description, request);
  description.line("start", time_line(request, "start", now));
  description.line("asked", time_line(request, "submitted_at", now));
  if (state == "pending") description.line("lapses", time_line(request, "lapses_at", now));
  if (is_hard(request)) description.line("end", "hard: live sessions are cut");
  describe_facts(description, request, now);
  describe_approvals(description, request, now);
  describe_review(description, request, now);
  for (const auto& grant : items_at(request, "grants")) description.line("access", grant_line(grant, now));
  description.raw(requester_words(request, context));
  if (const auto& timeline = items_at(request, "timeline"); !timeline.empty()) {
    description.raw("\n");
    std::string told;
    for (const auto& item : timeline) {
      description.raw("  " + timeline_line(item, now) + "\n");
      // Why it ended stands here alone; of several grants that ended together it is said once.
      const std::string words = text_at(item, "kind") == "grant.ending" ? timeline_words(item, context) : "";
      if (words != told) description.raw(words);
      if (!words.empty()) told = words;
    }
  }
  return description.take();
}

std::size_t width_for_words(const Context& context) {
  constexpr std::size_t kUnlessATerminal = 100;
  return context.terminal().width.value_or(kUnlessATerminal);
}

std::string said_lines(std::string_view who, std::string_view text, std::size_t width) {
  constexpr std::string_view kMark = "  | ";
  std::string lines = fmt::format("  what {} wrote:\n", printable(who));
  for (const auto& line : wrapped(printable(text), width > 2 * kMark.size() ? width - kMark.size() - 1 : kMark.size()))
    lines += fmt::format("{}{}\n", kMark, line);
  return lines;
}

std::string requester_words(const json::value& request, const Context& context) {
  std::string text = text_at(request, "reason");
  std::string lines = said_lines(text_at(request, "requester.user_name"), text, width_for_words(context));
  if (const auto ticket = text_at(request, "ticket"); !ticket.empty())
    lines += fmt::format("  | ticket {}\n", printable(ticket));
  return lines;
}

std::string facts_lines(const json::value& request, const Context& context) {
  Description description(width_for_words(context));
  describe_facts(description, request, context.now());
  return description.take();
}

std::string request_table(const json::array& requests, const Context& context) {
  const Instant now = context.now();
  Table table({"REQUEST", "STATE", "WHO", "PERMISSION SET", "ACCOUNTS", "FOR", "ASKED", "WAITS FOR", "REASON"});
  for (const auto& request : requests) {
    const std::string state = text_at(request, "state");
    const auto asked = time_at(request, "submitted_at");
    table.add({{text_at(request, "id")},
               {state, tone_of_state(state)},
               {text_at(request, "requester.user_name")},
               {text_at(request, "permission_set.name")},
               {joined_names(items_at(request, "accounts"), "name", ",")},
               {length_text(request, "duration_seconds")},
               {asked ? when_text(*asked, now) : ""},
               {missing_decision(request)},
               {text_at(request, "reason")}});
  }
  return table.render(table_style(context));
}

std::string grant_table(const json::array& grants, const Context& context) {
  const Instant now = context.now();
  Table table(
      {"REQUEST", "ACCOUNT", "ACCOUNT ID", "PERMISSION SET", "STATE", "ACCESS ENDS", "CREDENTIALS MAY LIVE UNTIL"});
  for (const auto& grant : grants) {
    const std::string state = text_at(grant, "state");
    const auto ending = time_at(grant, "ending_at");  // before its time, when somebody ended it
    const auto end = ending ? ending : time_at(grant, "end");
    const auto credentials = time_at(grant, "credentials_until");
    table.add({{text_at(grant, "request")},
               {text_at(grant, "account.name")},
               {text_at(grant, "account.id")},
               {text_at(grant, "permission_set.name")},
               {state, tone_of_state(state)},
               {end ? when_text(*end, now) : ""},
               {credentials ? clock_text(*credentials, now) : ""}});
  }
  return table.render(table_style(context));
}

std::string timeline_line(const json::value& item, Instant now) {
  const auto at = time_at(item, "at");
  return fmt::format("{}  {}  {}", at ? clock_text(*at, now) : "-", printable(text_at(item, "actor")),
                     printable(text_at(item, "text")));
}

std::string timeline_words(const json::value& item, const Context& context) {
  const std::string said = text_at(item, "said");
  return said.empty() ? "" : said_lines(text_at(item, "actor"), said, width_for_words(context));
}

Look look_of_request(const Context& context) {
  return {[](const json::value& request) { return text_at(request, "id"); },
          [&context](const json::value& request) { return describe_request(request, context); }};
}

Look look_of_requests(const Context& context) {
  return {[](const json::value& request) { return text_at(request, "id"); },
          [&context](const json::value& list) { return request_table(items_at(list, "items"), context); }};
}

}  // namespace ag::cli
