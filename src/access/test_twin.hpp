#pragma once
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "access/organization.hpp"
#include "access/policy.hpp"
#include "base/text.hpp"

/// For tests: the policy language once more, slow and obvious, straight from the words of design.md and policy.hpp. It
/// walks over everything each time, tries every way, looks at every minute, and shares no code with what it judges.
/// It knows the zones UTC and Asia/Kolkata, and windows that begin and end with a minute.
namespace ag::access::test {

class Twin {
 public:
  Twin(const Policy& policy, const Snapshot& snapshot) : policy_(policy), snapshot_(snapshot) {}

  struct Question {
    const User& user;
    const Account& account;
    const PermissionSet& set;
    Instant start;
    Duration duration;
    std::optional<std::string> rule = std::nullopt;
  };
  /// A step with its people, by name or by their ids.
  struct TwinStep {
    std::vector<PartyRule> any_of;
    int need = 1;
  };
  /// What one rule asks.
  struct Choice {
    const Rule* rule = nullptr;
    Duration min;
    Duration max;
    std::size_t reason_min = 1;
    std::vector<std::string> tickets;
    std::vector<std::string> guardrails;
    std::vector<TwinStep> steps;
    std::vector<PartyRule> later;  // who may decide too, after some time
    int needed = 0;
    Duration lapse;
    bool forbidden = false;
    std::vector<std::vector<std::string>> during;
    std::vector<std::string> other_teams;
  };

  /// The rule's id, or the code of the refusal.
  [[nodiscard]] std::string judge(const Question& q) const {
    if (q.account.state != "ACTIVE") return "account_not_active";
    const auto open = opened(q, q.start + q.duration, false);
    return open.empty() ? "not_eligible" : choose(open, q);
  }
  [[nodiscard]] std::string judge_extension(const Question& q) const {
    const auto open = opened(q, q.start + q.duration, false);
    if (open.empty()) return "not_eligible";
    if (!open.front().rule->extend) return "not_extendable";
    return choose(opened(q, q.start + q.duration, true), q);
  }
  /// The rule that opens it for the shortest time, whatever the windows of that moment; empty: none.
  [[nodiscard]] std::string verdict(const Question& q) const {
    auto possible = opened(q, q.start + Duration::seconds(1), false);
    std::erase_if(possible, [&](const Choice& choice) {
      return choice.min > choice.max || choice.forbidden || !somebody_could_approve(choice, q);
    });
    if (q.account.state != "ACTIVE" || possible.empty()) return "";
    Duration shortest = Duration::max();
    for (const auto& choice : possible) shortest = std::min(shortest, choice.min);
    std::erase_if(possible, [&](const Choice& choice) { return choice.min > shortest; });
    return least(possible).rule->id;
  }
  [[nodiscard]] Choice choice_of(const Question& q, Instant end, bool extending) const {
    return opened(q, end, extending).at(0);
  }

  /// Who may decide in the step; without a moment: who may at some time.
  [[nodiscard]] std::set<std::string> deciders(const Choice& choice, const TwinStep& step, const Question& q,
                                               std::optional<Instant> now,
                                               Duration within = Duration::seconds(1)) const {
    std::set<std::string> ids;
    for (const auto& person : snapshot_.users) {
      if (!person.enabled || is_same_person(person, q.user) || is_on_a_team_of(q.user, person, choice)) continue;
      for (const auto& party : step.any_of) {
        if (is_of(party, person, q, now, within)) ids.insert(person.id.str());
      }
    }
    return ids;
  }

 private:
  // ---- time ----
  static Duration offset(const std::string& zone) {
    return zone == "Asia/Kolkata" ? Duration::minutes(330) : Duration();
  }
  [[nodiscard]] bool is_inside(const std::string& name, Instant at) const {
    if (!policy_.windows.contains(name)) return false;
    const Window& window = policy_.windows.at(name);
    const auto local = (at + offset(window.zone)).count_seconds();
    const auto time = Duration::seconds(local % 86'400);
    const auto weekday = static_cast<std::size_t>((local / 86'400 + 3) % 7);  // 1970 began on a Thursday
    const bool today = window.days[weekday];
    const bool yesterday = window.days[(weekday + 6) % 7];
    if (window.from < window.to) return today && window.from <= time && time < window.to;
    return (today && time >= window.from) || (yesterday && time < window.to);
  }
  [[nodiscard]] bool is_inside(const std::vector<std::string>& names, Instant at) const {
    for (const auto& name : names) {
      if (is_inside(name, at)) return true;
    }
    return false;
  }
  /// Windows change with the minute: so each minute stands for itself.
  [[nodiscard]] bool is_all_inside(const std::vector<std::string>& names, Instant start, Instant end) const {
    for (Instant at = start; at < end; at = at + Duration::minutes(1)) {
      if (!is_inside(names, at)) return false;
    }
    return true;
  }
  [[nodiscard]] std::optional<OnCall::Turn> turn(const OnCall& schedule, Instant at) const {
    const Instant first = parse_rfc3339(schedule.from + ":00Z").value();
    const Instant local = at + offset(schedule.zone);
    if (local < first) return std::nullopt;
    const auto days = (local - first).count_seconds() / 86'400;
    return schedule.turns[static_cast<std::size_t>(days / schedule.days) % schedule.turns.size()];
  }

  // ---- people ----
  [[nodiscard]] static std::set<std::string> mails(const User& user) {
    std::set<std::string> all;
    std::vector<std::string> told{user.email};
    if (user.more_emails) told.insert(told.end(), user.more_emails->begin(), user.more_emails->end());
    for (std::string mail : told) {
      std::erase(mail, ' ');
      if (!mail.empty()) all.insert(to_lower(mail));
    }
    return all;
  }
  /// From address to address, until nothing is new.
  [[nodiscard]] bool is_same_person(const User& a, const User& b) const {
    std::set<std::string> reached = mails(a);
    for (bool is_new = true; is_new;) {
      is_new = false;
      for (const auto& other : snapshot_.users) {
        const auto own = mails(other);
        const auto is_reached = [&](const auto& mail) { return reached.contains(mail); };
        if (std::none_of(own.begin(), own.end(), is_reached)) continue;
        for (const auto& mail : own) is_new = reached.insert(mail).second || is_new;
      }
    }
    const auto own = mails(b);
    return a.id == b.id ||
           std::any_of(own.begin(), own.end(), [&](const auto& mail) { return reached.contains(mail); });
  }
  static bool is_called(const User& user, const std::string& name) {
    return name == user.user_name || name == user.id.str();
  }
  [[nodiscard]] bool is_in(const std::string& group_name, const User& user) const {
    for (const auto& group : snapshot_.groups) {
      if (group.name != group_name) continue;
      for (const auto& member : group.members) {
        if (member == user.id) return true;
      }
    }
    return false;
  }
  [[nodiscard]] bool is_one_of(const User& user, const std::vector<std::string>& groups,
                               const std::vector<std::string>& users) const {
    for (const auto& name : groups) {
      if (is_in(name, user)) return true;
    }
    for (const auto& name : users) {
      if (is_called(user, name)) return true;
    }
    return false;
  }
  [[nodiscard]] bool holds(const People& people, const User& user) const {
    return (people.everyone || is_one_of(user, people.groups, people.users)) &&
           !is_one_of(user, people.except_groups, people.except_users);
  }
  [[nodiscard]] bool is_on_a_team_of(const User& requester, const User& person, const Choice& choice) const {
    for (const auto& pattern : choice.other_teams) {
      for (const auto& group : snapshot_.groups) {
        if (fits(pattern, group.name) && is_in(group.name, requester) && is_in(group.name, person)) return true;
      }
    }
    return false;
  }
  /// A tag names a group, or else a user.
  [[nodiscard]] bool is_owner(const std::vector<Tag>& tags, const std::string& key, const User& person) const {
    for (const auto& tag : tags) {
      if (tag.key != key) continue;
      for (const auto& group : snapshot_.groups) {
        if (group.name == tag.value) return is_in(tag.value, person);
      }
      return is_called(person, tag.value);
    }
    return false;
  }
  [[nodiscard]] bool is_on_call(const std::string& name, const User& person, std::optional<Instant> now,
                                Duration within) const {
    const OnCall& schedule = policy_.on_call.at(name);
    for (const auto& each : schedule.turns) {
      if (is_one_of(person, {each.group}, {each.user}) && !now) return true;
    }
    // No turn is shorter than a day.
    for (Duration later; now && later < within; later = later + Duration::hours(1)) {
      const auto current = turn(schedule, *now + later);
      if (current && is_one_of(person, {current->group}, {current->user})) return true;
    }
    const auto last = now ? turn(schedule, *now + within - Duration::seconds(1)) : std::nullopt;
    return last && is_one_of(person, {last->group}, {last->user});
  }
  [[nodiscard]] bool is_of(const PartyRule& party, const User& person, const Question& q, std::optional<Instant> now,
                           Duration within) const {
    switch (party.kind) {
      case PartyRuleKind::kGroup: return is_in(party.name, person);
      case PartyRuleKind::kUser: return is_called(person, party.name);
      case PartyRuleKind::kAccountTag: return is_owner(q.account.tags, party.name, person);
      case PartyRuleKind::kPermissionSetTag: return q.set.tags && is_owner(*q.set.tags, party.name, person);
      case PartyRuleKind::kManager: return q.user.manager && is_called(person, *q.user.manager);
      case PartyRuleKind::kOnCall: return is_on_call(party.name, person, now, within);
    }
    return false;
  }

  // ---- accounts and permission sets ----
  [[nodiscard]] bool holds(const Target& target, const Account& account) const {
    if (!target.unit.empty() && target.unit != "/") {
      bool within = false;
      for (const auto& unit : snapshot_.units) {
        const bool meant = unit.path == target.unit || unit.id.str() == target.unit;
        within = within || (meant && (unit.path == "/" || (account.path + "/").starts_with(unit.path + "/")));
      }
      if (!within) return false;
    }
    for (const auto& [key, values] : target.tags) {
      bool has = false;
      for (const auto& tag : account.tags) {
        for (const auto& value : values) has = has || (tag.key == key && tag.value == value);
      }
      if (!has) return false;
    }
    bool named = target.accounts.empty();
    for (const auto& name : target.accounts) named = named || name == account.name || name == account.id.str();
    if (!named) return false;
    for (const auto& except : target.except) {
      if (holds(except, account)) return false;
    }
    return true;
  }
  [[nodiscard]] bool holds(const std::vector<Target>& any_of, const Account& account) const {
    for (const auto& target : any_of) {
      if (holds(target, account)) return true;
    }
    return false;
  }
  /// `*` stands for any characters: every way to cut the text is tried.
  static bool fits(const std::string& pattern, const std::string& text) {
    if (pattern.empty()) return text.empty();
    if (pattern[0] != '*') return !text.empty() && text[0] == pattern[0] && fits(pattern.substr(1), text.substr(1));
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      if (fits(pattern.substr(1), text.substr(cut))) return true;
    }
    return false;
  }
  static bool names(const std::vector<std::string>& patterns, const PermissionSet& set) {
    for (const auto& pattern : patterns) {
      if (pattern == set.arn.str() || fits(pattern, set.name)) return true;
    }
    return false;
  }
  [[nodiscard]] Level level(const PermissionSet& set) const {
    if (policy_.levels.contains(set.arn.str())) return policy_.levels.at(set.arn.str()).level;
    return policy_.levels.contains(set.name) ? policy_.levels.at(set.name).level : Level::kHigh;
  }
  [[nodiscard]] bool holds(const Sets& sets, const PermissionSet& set) const {
    bool at_level = sets.levels.empty();
    for (const auto each : sets.levels) at_level = at_level || each == level(set);
    return at_level && (sets.names.empty() || names(sets.names, set)) && !names(sets.except, set);
  }

  // ---- rules and guardrails ----
  [[nodiscard]] bool applies(const Guardrail& guardrail, const Question& q, Instant end) const {
    if (guardrail.who && !holds(*guardrail.who, q.user)) return false;
    if (!guardrail.where.empty() && !holds(guardrail.where, q.account)) return false;
    const bool what = holds(guardrail.what, q.set) || (guardrail.never_with && holds(*guardrail.never_with, q.set));
    return what && (guardrail.outside.empty() || !is_all_inside(guardrail.outside, q.start, end));
  }
  void close(Choice& choice, const Question& q, Instant end) const {
    int at_least = 0;
    for (const auto& guardrail : policy_.guardrails) {
      if (!applies(guardrail, q, end)) continue;
      choice.guardrails.push_back(guardrail.id);
      if (guardrail.max && *guardrail.max < choice.max) choice.max = *guardrail.max;
      if (guardrail.reason_min > choice.reason_min) choice.reason_min = guardrail.reason_min;
      if (!guardrail.ticket.empty()) choice.tickets.push_back(guardrail.ticket);
      if (guardrail.approvers > at_least) at_least = guardrail.approvers;
      if (!guardrail.during.empty()) choice.during.push_back(guardrail.during);
      if (!guardrail.other_team.empty()) choice.other_teams.push_back(guardrail.other_team);
      if (guardrail.forbid) choice.forbidden = true;
    }
    if (at_least <= choice.needed) return;
    if (choice.steps.empty()) choice.steps.push_back({{}, 0});
    choice.steps.back().need += at_least - choice.needed;
    choice.needed = at_least;
  }
  [[nodiscard]] std::vector<Choice> opened(const Question& q, Instant end, bool extending) const {
    std::vector<Choice> open;
    for (const auto& rule : policy_.rules) {
      if (q.rule && rule.id != *q.rule) continue;
      if (!holds(rule.who, q.user) || !holds(rule.what, q.set) || !holds(rule.where, q.account)) continue;
      Choice choice;
      choice.rule = &rule;
      choice.min = extending ? Duration::seconds(1) : rule.min;
      choice.max = extending ? rule.extend->by : rule.max;
      if (!rule.during.empty()) choice.during.push_back(rule.during);
      const auto& approval = policy_.approvals.at(extending ? rule.extend->approval : rule.approval);
      for (const auto& step : approval.steps[static_cast<std::size_t>(level(q.set))]) {
        choice.steps.push_back({step.any_of, step.need});
        choice.needed += step.need;
      }
      choice.lapse = approval.lapse;
      for (const auto& later : approval.escalate)
        choice.later.insert(choice.later.end(), later.any_of.begin(), later.any_of.end());
      close(choice, q, end);
      open.push_back(choice);
    }
    return open;
  }

  [[nodiscard]] std::string choose(std::vector<Choice> open, const Question& q) const {
    if (open.front().forbidden) return "forbidden";
    std::erase_if(open, [](const Choice& choice) { return choice.min > choice.max; });
    if (open.empty()) return "not_eligible";
    std::erase_if(open, [&](const Choice& choice) { return !lies_in_windows(choice, q.start, Duration::minutes(1)); });
    if (open.empty()) return "outside_window";
    std::vector<Choice> fitting;
    bool longer_would_do = false;
    for (const auto& choice : open) {
      const bool fits_in = q.duration <= choice.max && lies_in_windows(choice, q.start, q.duration);
      if (choice.min <= q.duration && fits_in) fitting.push_back(choice);
      if (q.duration < choice.min) longer_would_do = true;
    }
    if (fitting.empty()) return longer_would_do ? "duration_too_short" : "duration_too_long";
    std::erase_if(fitting, [&](const Choice& choice) { return !somebody_could_approve(choice, q, q.start); });
    return fitting.empty() ? "no_approver" : least(fitting).rule->id;
  }
  [[nodiscard]] bool lies_in_windows(const Choice& choice, Instant start, Duration duration) const {
    for (const auto& windows : choice.during) {
      if (!is_all_inside(windows, start, start + duration)) return false;
    }
    return true;
  }
  static const Choice& least(const std::vector<Choice>& choices) {
    const Choice* best = &choices.front();
    for (const auto& choice : choices) {
      if (choice.needed < best->needed || (choice.needed == best->needed && choice.max > best->max)) best = &choice;
    }
    return *best;
  }

  /// Tries every way to seat distinct people.
  [[nodiscard]] bool somebody_could_approve(const Choice& choice, const Question& q,
                                            std::optional<Instant> asked_at = std::nullopt) const {
    std::vector<std::set<std::string>> seats;
    for (const auto& step : choice.steps) {
      TwinStep wide = step;
      wide.any_of.insert(wide.any_of.end(), choice.later.begin(), choice.later.end());
      std::set<std::string> people;
      for (const auto& id : deciders(choice, wide, q, asked_at, choice.lapse)) people.insert(person_behind(id));
      for (int i = 0; i < step.need; ++i) seats.push_back(people);
    }
    return seat(seats, 0, {});
  }
  static bool seat(const std::vector<std::set<std::string>>& seats, std::size_t next, std::set<std::string> taken) {
    if (next == seats.size()) return true;
    for (const auto& person : seats[next]) {
      if (!taken.insert(person).second) continue;
      if (seat(seats, next + 1, taken)) return true;
      taken.erase(person);
    }
    return false;
  }
  [[nodiscard]] std::string person_behind(const std::string& id) const {
    for (const auto& user : snapshot_.users) {
      if (user.id.str() != id) continue;
      for (const auto& first : snapshot_.users) {
        if (is_same_person(first, user)) return first.id.str();
      }
    }
    return id;
  }

  const Policy& policy_;
  const Snapshot& snapshot_;
};

}  // namespace ag::access::test
