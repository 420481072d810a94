#include "access/eligibility.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "access/levels.hpp"
#include "access/windows.hpp"
#include "base/assert.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

/// A guardrail may allow less time than the rule asks for at least: then no time at all is right.
bool leaves_time(const Terms& terms) { return terms.min <= terms.max; }

/// Until when access may last that begins then, by the windows of rule and guardrails; `start` itself: none is open.
Instant window_end(const Policy& policy, const Terms& terms, Instant start) {
  Instant end = Instant::max();
  for (const auto* windows : terms.during) end = std::min(end, open_until(policy, *windows, start));
  return end;
}

/// One who could be chosen, and for how long at most.
struct Candidate {
  const Terms* terms = nullptr;
  Instant window_end;
  [[nodiscard]] Duration most(Instant start) const { return std::min(terms->max, window_end - start); }
};

std::unexpected<Error> forbidden(const Terms& terms, const Wish& wish) {
  return fail({"forbidden",
               fmt::format("nobody may have {} in {}: {} forbids it", wish.permission_set.name, wish.account.name,
                           place_of(*terms.forbids)),
               "accounts", place_of(*terms.forbids), "ask for another permission set, or in another account"});
}

std::unexpected<Error> no_time(const Terms& terms, const Wish& wish) {
  return fail({"not_eligible",
               fmt::format("nobody can ask for {} in {}: {} is for {} at least, and {} allows {} at most",
                           wish.permission_set.name, wish.account.name, place_of(*terms.rule), to_text(terms.min),
                           place_of(*shortening(terms)), to_text(terms.max)),
               "accounts", place_of(*terms.rule), "ask an administrator to mend the policy"});
}

/// Who asks for the windows that are closed: a guardrail, or else the rule.
std::string place_of_windows(const Terms& terms, const std::vector<std::string>* windows) {
  for (const Guardrail* guardrail : terms.guardrails) {
    if (&guardrail->during == windows) return place_of(*guardrail);
  }
  return place_of(*terms.rule);
}

std::unexpected<Error> outside_window(const Policy& policy, const Terms& terms, const Wish& wish) {
  for (const auto* windows : terms.during) {
    if (open_until(policy, *windows, wish.start) > wish.start) continue;
    std::vector<std::string> described;
    for (const auto& name : *windows) described.push_back(describe(policy.windows.at(name)));
    const auto next = next_opening(policy, *windows, wish.start);
    return fail({"outside_window",
                 fmt::format("{} in {} is for {} only", wish.permission_set.name, wish.account.name,
                             fmt::join(described, " or ")),
                 "start", place_of_windows(terms, windows),
                 next ? fmt::format("ask with start {}", in_zone_of(policy, *windows, *next))
                      : "ask an administrator to mend the policy"});
  }
  return fail("outside_window", "no window is open", "start");
}

/// None of them fits: some are for longer times than the wish, all others for shorter ones.
std::unexpected<Error> wrong_duration(const std::vector<Candidate>& open, const Wish& wish) {
  const auto refused = [&](std::string code, std::string_view what, std::string rule, std::string fix) {
    return fail({std::move(code),
                 fmt::format("{} is too {} for {} in {}", to_text(wish.duration), what, wish.permission_set.name,
                             wish.account.name),
                 "duration", std::move(rule), std::move(fix)});
  };
  const Terms* next_longer = nullptr;
  const Candidate* longest = &open.front();
  for (const auto& it : open) {
    if (it.terms->min > wish.duration && (next_longer == nullptr || it.terms->min < next_longer->min))
      next_longer = it.terms;
    if (it.most(wish.start) > longest->most(wish.start)) longest = &it;
  }
  if (next_longer != nullptr) {
    return refused("duration_too_short", "short", place_of(*next_longer->rule),
                   fmt::format("ask for {} at least", to_text(next_longer->min)));
  }
  const Duration most = longest->most(wish.start);
  if (most < longest->terms->max) {
    return refused(
        "duration_too_long", "long", place_of_windows(*longest->terms, longest->terms->during.front()),
        fmt::format("the window closes at {}: ask for {} at most", to_rfc3339(longest->window_end), to_text(most)));
  }
  const Guardrail* guardrail = shortening(*longest->terms);
  return refused("duration_too_long", "long",
                 guardrail != nullptr ? place_of(*guardrail) : place_of(*longest->terms->rule),
                 fmt::format("ask for {} at most", to_text(most)));
}

/// The guardrail that wants people to agree where the rule's approval names nobody at all.
const Guardrail* asks_of_nobody(const Terms& terms) {
  const bool names_nobody =
      std::all_of(terms.steps.begin(), terms.steps.end(), [](const Step& step) { return step.any_of.empty(); });
  if (!names_nobody || terms.steps.empty()) return nullptr;
  const auto& all = terms.guardrails;
  return *std::max_element(all.begin(), all.end(), [](auto* a, auto* b) { return a->approvers < b->approvers; });
}

std::unexpected<Error> no_approver(const PolicyIndex& index, const Terms& terms, const User& user, const Wish& wish,
                                   Instant asked_at) {
  if (const Guardrail* guardrail = asks_of_nobody(terms)) {
    return fail(
        {"no_approver",
         fmt::format("{} wants {} to agree to {} in {}, and the approval of {} names nobody", place_of(*guardrail),
                     guardrail->approvers, wish.permission_set.name, wish.account.name, place_of(*terms.rule)),
         "accounts", place_of(*guardrail), "ask an administrator to say in that rule who approves"});
  }
  return fail(
      {"no_approver",
       fmt::format("nobody could approve {} in {} for {}: {}", wish.permission_set.name, wish.account.name,
                   user.user_name, who_could(widest_steps(terms), {index, asked_at, asked_at + terms.lapse}, user.id)),
       "accounts", place_of(*terms.rule), "ask an administrator to name more approvers"});
}

std::unexpected<Error> not_eligible(const PolicyIndex& index, const PolicyIndex::Rows& asker, const User& user,
                                    const Wish& wish) {
  std::vector<std::string> here;
  std::vector<std::string> elsewhere;
  bool name_known = false;
  const auto& account = index.of(wish.account).rules;
  const auto& set = index.of(wish.permission_set).rules;
  for (std::size_t i = 0; i < index.policy().rules.size(); ++i) {
    const Rule& rule = index.policy().rules[i];
    name_known = name_known || (wish.rule && *wish.rule == rule.id);
    if (!asker.rules.test(i) || !set.test(i)) continue;
    (account.test(i) ? here : elsewhere).push_back(place_of(rule));
  }
  std::string fix = "`accessguard can` lists what you may ask for";
  if (!here.empty()) fix = fmt::format("{} would open it", fmt::join(here, ", "));
  else if (!elsewhere.empty()) {
    fix = fmt::format("{} would open it in other accounts; `accessguard can` lists them", fmt::join(elsewhere, ", "));
  }
  const std::string named = excerpt(wish.rule.value_or(""));
  const std::string subject = !wish.rule    ? "no rule lets"
                              : !name_known ? fmt::format("there is no rule \"{}\" that lets", named)
                                            : fmt::format("the rule {} does not let", named);
  return fail(
      {"not_eligible",
       fmt::format("{} {} ask for {} in {}", subject, user.user_name, wish.permission_set.name, wish.account.name),
       "accounts", named, fix});
}

/// Accounts, or permission sets, that all questions of one person answer alike.
template <class Thing>
class Classes {
 public:
  /// Of the person's own rules and guardrails those that fit; the kind; the thing itself where no other is like it.
  struct Key {
    Bits rules;
    Bits guardrails;
    std::uint64_t kind = 0;
    const Thing* own = nullptr;
    auto operator<=>(const Key&) const = default;
  };
  struct Class {
    const Thing* first = nullptr;
    Bits rules;
  };
  void add(const Thing& thing, const Key& key) {
    const auto [it, fresh] = numbers_.try_emplace(key, classes_.size());
    if (fresh) classes_.push_back({&thing, key.rules});
    members_.push_back(it->second);
  }
  [[nodiscard]] const std::vector<Class>& classes() const { return classes_; }
  /// The number of the class of each that was added.
  [[nodiscard]] const std::vector<std::size_t>& members() const { return members_; }

 private:
  std::map<Key, std::size_t> numbers_;
  std::vector<Class> classes_;
  std::vector<std::size_t> members_;
};

/// The bits of a row at these positions only: one person's few of many columns.
Bits narrowed(const Bits& row, const std::vector<std::uint32_t>& positions) {
  Bits bits(positions.size());
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (row.test(positions[i])) bits.set(i);
  }
  return bits;
}

bool share_any(const Bits& a, const Bits& b) {
  for (std::size_t i = 0; i < a.words().size(); ++i) {
    if ((a.words()[i] & b.words()[i]) != 0) return true;
  }
  return false;
}

}  // namespace

Asker::Asker(const PolicyIndex& index, const User& user)
    : index_(index), user_(user), rows_(index.of(user)), own_(rows_.rules.positions()) {}

Asker::Rules Asker::rules_open(const Account& account, const PermissionSet& set) const {
  // Of the person's and the permission set's rules the fewer are looked at.
  const auto& of_account = index_.of(account).rules;
  const auto& of_set = index_.rules_of(set);
  Rules rules;
  if (of_set.size() < own_.size()) {
    for (const auto rule : of_set) {
      if (rows_.rules.test(rule) && of_account.test(rule)) rules.push_back(rule);
    }
  } else {
    const auto& fits_set = index_.of(set).rules;
    for (const auto rule : own_) {
      if (fits_set.test(rule) && of_account.test(rule)) rules.push_back(rule);
    }
  }
  return rules;
}

std::uint32_t Asker::number_of(const Rules& guardrails) {
  const auto [it, fresh] = guardrail_numbers_.try_emplace(guardrails, static_cast<std::uint32_t>(guardrails_.size()));
  if (fresh) {
    auto& all = guardrails_.emplace_back();
    for (const auto number : guardrails) all.push_back(&index_.policy().guardrails[number]);
    depends_on_time_.push_back(
        std::any_of(all.begin(), all.end(), [](const Guardrail* guardrail) { return !guardrail->outside.empty(); }));
  }
  return it->second;
}

std::uint32_t Asker::guardrails_of(const Account& account, const PermissionSet& set, Instant start, Instant end) {
  const std::uint64_t both = std::uint64_t{index_.guardrail_row(account)} << 32 | index_.guardrail_row(set);
  auto known = fitting_.find(both);
  if (known == fitting_.end()) {
    Bits fitting = rows_.guardrails;
    fitting &= index_.of(account).guardrails;
    fitting &= index_.of(set).guardrails;
    known = fitting_.emplace(both, number_of(fitting.positions())).first;
  }
  if (!depends_on_time_[known->second]) return known->second;
  Rules holding;
  for (const Guardrail* guardrail : guardrails_[known->second]) {
    // It holds when any part of the access lies outside.
    const bool holds = guardrail->outside.empty() || open_until(index_.policy(), guardrail->outside, start) < end;
    if (holds) holding.push_back(static_cast<std::uint32_t>(guardrail - index_.policy().guardrails.data()));
  }
  return number_of(holding);
}

const Terms& Asker::terms(std::uint32_t rule, std::uint32_t guardrails, const Account& account,
                          const PermissionSet& set, Purpose purpose) {
  const Account* of_account = index_.asks_account_owner(rule) ? &account : nullptr;
  const PermissionSet* of_set = index_.asks_set_owner(rule) ? &set : nullptr;
  auto& known = terms_[{rule, guardrails, index_.level_of(set), purpose, of_account, of_set}];
  if (known == nullptr) {
    known = std::make_unique<const Terms>(
        terms_of(index_, index_.policy().rules[rule], {user_, account, set}, guardrails_[guardrails], purpose));
  }
  return *known;
}

const Terms* Asker::least(const Rules& rules, std::uint32_t guardrails, const Account& account,
                          const PermissionSet& set) {
  const Terms* best = nullptr;
  for (const auto rule : rules) {
    const Terms& it = terms(rule, guardrails, account, set, Purpose::kAsk);
    if (!leaves_time(it) || !it.approvable || it.forbids != nullptr) continue;
    // For the shortest time only the rules count that allow it; then the one that asks least.
    const bool comes_before = best == nullptr || (it.min != best->min ? it.min < best->min : asks_less(it, *best));
    if (comes_before) best = &it;
  }
  return best;
}

const Terms* Asker::verdict(const Account& account, const PermissionSet& set, Instant at) {
  if (account.state != "ACTIVE") return nullptr;
  const Rules rules = rules_open(account, set);
  if (rules.empty()) return nullptr;
  return least(rules, guardrails_of(account, set, at, at + Duration::seconds(1)), account, set);
}

std::vector<Eligibility> Asker::everything(Instant at) { return some(at, {}, SIZE_MAX).items; }

Asker::Stretch Asker::some(Instant at, Place from, std::size_t limit) {
  const auto own_guardrails = rows_.guardrails.positions();
  const auto add = [&]<class Thing>(Classes<Thing>& classes, const Thing& thing, std::uint64_t kind, auto depends) {
    const auto& rows = index_.of(thing);
    Bits rules = narrowed(rows.rules, own_);
    const auto fitting = rules.positions();
    const bool is_own = std::any_of(fitting.begin(), fitting.end(), [&](auto number) { return depends(own_[number]); });
    classes.add(thing, {std::move(rules), narrowed(rows.guardrails, own_guardrails), kind, is_own ? &thing : nullptr});
  };
  Classes<Account> accounts;
  Classes<PermissionSet> sets;
  for (const Account* account : index_.accounts()) {
    add(accounts, *account, account->state == "ACTIVE" ? 0 : 1,
        [this](std::uint32_t rule) { return index_.asks_account_owner(rule); });
  }
  for (const PermissionSet* set : index_.permission_sets()) {
    const auto level = static_cast<std::uint64_t>(index_.level_of(*set));
    add(sets, *set, level, [this](std::uint32_t rule) { return index_.asks_set_owner(rule); });
  }
  std::vector<const Terms*> verdicts;
  for (const auto& account : accounts.classes()) {
    for (const auto& set : sets.classes()) {
      const bool is_open = share_any(account.rules, set.rules);
      verdicts.push_back(is_open ? verdict(*account.first, *set.first, at) : nullptr);
    }
  }
  Stretch stretch;
  for (std::size_t a = from.account; a < accounts.members().size(); ++a) {
    for (std::size_t s = a == from.account ? from.permission_set : 0; s < sets.members().size(); ++s) {
      const Terms* terms = verdicts[accounts.members()[a] * sets.classes().size() + sets.members()[s]];
      if (terms == nullptr) continue;
      if (stretch.items.size() == limit) {
        stretch.next = Place{a, s};
        return stretch;
      }
      stretch.items.push_back({index_.accounts()[a], index_.permission_sets()[s], terms, {}});
    }
  }
  return stretch;
}

Result<Eligibility> Asker::choose(const Rules& rules, const Wish& wish, Purpose purpose) {
  const Policy& policy = index_.policy();
  const std::uint32_t guardrails =
      guardrails_of(wish.account, wish.permission_set, wish.start, wish.start + wish.duration);
  std::vector<Candidate> open;
  for (const auto rule : rules) {
    const Terms& it = terms(rule, guardrails, wish.account, wish.permission_set, purpose);
    open.push_back({&it, wish.occasion == Occasion::kWaiting ? Instant::max() : window_end(policy, it, wish.start)});
  }
  const Terms& first = *open.front().terms;
  if (first.forbids != nullptr) return forbidden(first, wish);
  std::erase_if(open, [](const Candidate& it) { return !leaves_time(*it.terms); });
  if (open.empty()) return no_time(first, wish);
  const Terms& first_in_time = *open.front().terms;
  std::erase_if(open, [&](const Candidate& it) { return it.window_end <= wish.start; });
  if (open.empty()) return outside_window(policy, first_in_time, wish);

  const bool is_asking = wish.occasion == Occasion::kAsking;
  std::vector<Candidate> fitting = open;
  std::erase_if(fitting, [&](const Candidate& it) {
    if (!is_asking) return wish.duration > it.terms->max;
    return wish.duration > it.most(wish.start) || wish.duration < it.terms->min;
  });
  if (fitting.empty()) return wrong_duration(open, wish);

  std::vector<Candidate> possible = fitting;
  const Instant asked_at = wish.asked_at.value_or(wish.start);
  std::erase_if(possible, [&](const Candidate& it) {
    return is_asking && !is_approvable(*it.terms, index_, user_.id, asked_at);
  });
  const auto& choice = possible.empty() ? fitting : possible;
  const auto best = std::min_element(choice.begin(), choice.end(), [](const Candidate& a, const Candidate& b) {
    return asks_less(*a.terms, *b.terms);
  });
  if (possible.empty()) return no_approver(index_, *best->terms, user_, wish, asked_at);
  return Eligibility{&wish.account, &wish.permission_set, best->terms, std::min(wish.duration, best->most(wish.start))};
}

Result<Eligibility> Asker::judge(const Wish& wish) {
  if (wish.account.state != "ACTIVE") {
    return fail("account_not_active",
                fmt::format("{} is {} in AWS Organizations; nothing can be granted there", wish.account.name,
                            wish.account.state),
                "accounts");
  }
  Rules rules = rules_open(wish.account, wish.permission_set);
  if (wish.rule) std::erase_if(rules, [&](auto rule) { return index_.policy().rules[rule].id != *wish.rule; });
  if (rules.empty()) return not_eligible(index_, rows_, user_, wish);
  return choose(rules, wish, Purpose::kAsk);
}

Result<Eligibility> Asker::judge_extension(const Wish& wish) {
  AG_ASSERT(wish.rule.has_value());
  Rules rules = rules_open(wish.account, wish.permission_set);
  std::erase_if(rules, [&](auto rule) { return index_.policy().rules[rule].id != *wish.rule; });
  if (rules.empty()) return not_eligible(index_, rows_, user_, wish);
  const Rule& rule = index_.policy().rules[rules.front()];
  if (!rule.extend) {
    return fail({"not_extendable", fmt::format("{} does not let access be extended", place_of(rule)), "id",
                 place_of(rule), "ask for new access before this ends: there is no gap where both overlap"});
  }
  return choose(rules, wish, Purpose::kExtend);
}

}  // namespace ag::access
