#include "access/policy_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "access/glass.hpp"
#include "access/levels.hpp"
#include "access/policy_plan_cases.hpp"
#include "access/policy_plan_rest.hpp"
#include "access/policy_plan_ways.hpp"
#include "access/windows.hpp"

namespace ag::access {
namespace {

constexpr Duration kWeek = Duration::hours(24 * 7);

/// What is found of one case, and in many cases alike.
struct Finding {
  ChangeKind kind = ChangeKind::kGains;
  std::string before;
  std::string after;
  std::vector<std::string> differences;
  std::vector<std::string> because;
  auto operator<=>(const Finding&) const = default;
};

/// Where a finding holds: people, accounts, permission sets, each with each.
using Region = std::tuple<Bits, Bits, Bits>;

/// Joins regions that differ in one of the three only.
template <std::size_t kJoined>
std::vector<Region> joined(const std::vector<Region>& regions) {
  std::map<Region, Bits> by_others;
  for (const auto& region : regions) {
    Region others = region;
    std::get<kJoined>(others) = Bits();
    const auto [it, fresh] = by_others.try_emplace(std::move(others), std::get<kJoined>(region));
    if (!fresh) it->second |= std::get<kJoined>(region);
  }
  std::vector<Region> all;
  for (const auto& [others, bits] : by_others) {
    Region region = others;
    std::get<kJoined>(region) = bits;
    all.push_back(std::move(region));
  }
  return all;
}

class Comparison {
 public:
  Comparison(const PolicyIndex& before, const PolicyIndex& after, ChangeSubject subject, Instant now)
      : sides_(sides_of(before, after)), subject_(subject), now_(now) {
    gather_moments();
  }

  /// At most so many lines, those first that a reader should mind most; and how many more there are.
  PolicyPlan lines(std::size_t most);

  /// What the lines that widen have told of.
  [[nodiscard]] const Told& told() const { return told_; }
  [[nodiscard]] const Sides& sides() const { return sides_; }

 private:
  using FindingsKey = std::tuple<std::vector<const Way*>, std::vector<const Way*>,
                                 std::array<std::vector<std::uint32_t>, 2>, const PermissionSet*>;
  using WayKey = std::tuple<std::size_t, std::uint32_t, std::vector<std::uint32_t>, Level>;

  void gather_moments();
  void look_at(const Case& it);
  [[nodiscard]] std::vector<Instant> moments_of(const Case& it);
  std::vector<const Way*> ways(const Case& it, std::size_t side, Instant at);
  [[nodiscard]] std::vector<std::uint32_t> in_force(const Case& it, std::size_t side, Instant at);
  bool is_inside(std::size_t side, const std::vector<std::string>& windows, Instant at);
  const std::vector<Finding>& findings(const Case& it, const std::vector<const Way*>& before,
                                       const std::vector<const Way*>& after);
  std::vector<Finding> compare(const Case& it, const std::vector<const Way*>& before,
                               const std::vector<const Way*>& after);
  std::vector<Finding> not_offered(const Case& it, const std::vector<const Way*>& ways,
                                   const std::vector<const Way*>& others, ChangeKind kind);
  void tell(const Case& it, const std::vector<const Way*>& after);
  std::vector<std::string> because(const Case& it, const std::vector<const Way*>& before,
                                   const std::vector<const Way*>& after);
  PolicyChangeLine line_of(Level level, const Finding& finding, const Region& region) const;

  Sides sides_;
  ChangeSubject subject_;
  Instant now_;
  std::vector<Instant> moments_;
  std::map<std::tuple<std::size_t, std::vector<std::string>, Instant>, bool> inside_;
  std::map<WayKey, std::unique_ptr<const Way>> ways_;
  std::map<FindingsKey, std::vector<Finding>> known_;
  std::map<std::pair<Level, const Finding*>, std::vector<Region>> found_;  // into known_
  Told told_;
};

/// Guardrails may hold outside windows only: the policies are compared at every moment at which one opens or closes,
/// in this week and in one with other clocks.
void Comparison::gather_moments() {
  std::set<Instant> moments{now_};
  for (const auto& side : sides_) {
    const Policy& policy = side.index.policy();
    for (const auto& guardrail : policy.guardrails) {
      if (guardrail.outside.empty()) continue;
      const auto times = times_of(policy, {&guardrail.outside}, now_);
      for (const auto& [begin, end] : *times) {
        moments.insert(begin);
        if (end < now_ + kWeek || begin > now_ + kWeek) moments.insert(end);
      }
    }
  }
  moments_.assign(moments.begin(), moments.end());
}

bool Comparison::is_inside(std::size_t side, const std::vector<std::string>& windows, Instant at) {
  const auto [it, fresh] = inside_.try_emplace({side, windows, at}, false);
  if (fresh) it->second = open_until(sides_.at(side).index.policy(), windows, at) > at;
  return it->second;
}

std::vector<std::uint32_t> Comparison::in_force(const Case& it, std::size_t side, Instant at) {
  const Policy& policy = sides_.at(side).index.policy();
  std::vector<std::uint32_t> holding;
  for (const auto number : it.guardrails.at(side)) {
    const auto& outside = policy.guardrails[number].outside;
    if (outside.empty() || !is_inside(side, outside, at)) holding.push_back(number);
  }
  return holding;
}

/// One moment of each kind: at which other guardrails hold.
std::vector<Instant> Comparison::moments_of(const Case& it) {
  if (moments_.size() == 1) return moments_;
  std::set<std::pair<std::vector<std::uint32_t>, std::vector<std::uint32_t>>> known;
  std::vector<Instant> all;
  for (const Instant at : moments_) {
    if (known.emplace(in_force(it, 0, at), in_force(it, 1, at)).second) all.push_back(at);
  }
  return all;
}

std::vector<const Way*> Comparison::ways(const Case& it, std::size_t side, Instant at) {
  const PolicyIndex& index = sides_.at(side).index;
  const Policy& policy = index.policy();
  const auto numbers = in_force(it, side, at);
  std::vector<const Guardrail*> guardrails;
  for (const auto number : numbers) guardrails.push_back(&policy.guardrails[number]);
  const bool forbidden =
      std::any_of(guardrails.begin(), guardrails.end(), [](const auto* guardrail) { return guardrail->forbid; });
  std::vector<const Way*> open;
  const Asked asked{it.user, it.account, it.set};
  for (const auto number : forbidden ? std::vector<std::uint32_t>{} : it.rules.at(side)) {
    const Rule& rule = policy.rules[number];
    auto& way = ways_[{side, number, numbers, index.level_of(it.set)}];
    if (way == nullptr) way = std::make_unique<const Way>(way_of(index, rule, asked, guardrails, now_));
    if (way->min > way->max) continue;
    const bool hangs_on_who_asks = it.hinging.at(side).contains(rule.approval);
    if (hangs_on_who_asks && !terms_of(index, rule, asked, guardrails, Purpose::kAsk).approvable) continue;
    open.push_back(way.get());
  }
  std::sort(open.begin(), open.end(), [](const Way* a, const Way* b) {
    return std::tie(a->agreement.needed, b->max, a->rule) < std::tie(b->agreement.needed, a->max, b->rule);
  });
  return open;
}

std::string words_of(const std::vector<const Way*>& ways) {
  std::vector<std::string> words;
  for (const Way* way : ways) {
    if (std::find(words.begin(), words.end(), way->words) == words.end()) words.push_back(way->words);
  }
  const std::size_t more = words.size() > kMostWaysInWords ? words.size() - kMostWaysInWords : 0;
  words.resize(words.size() - more);
  return fmt::format("{}{}", fmt::join(words, "; or "), more > 0 ? fmt::format("; or {} ways more", more) : "");
}

/// What both name is said once, with both lines.
std::string said(std::string_view what, const std::string& id, int before, int after) {
  if (before == 0) return fmt::format("{}{} (line {})", what, id, after);
  if (after == 0) return fmt::format("{}{} (line {} before)", what, id, before);
  return fmt::format("{}{} (line {}, before line {})", what, id, after, before);
}

/// What of the two policies is not the same, of all that fits the case.
std::vector<std::string> Comparison::because(const Case& it, const std::vector<const Way*>& before,
                                             const std::vector<const Way*>& after) {
  std::map<std::string, std::array<int, 2>> rules;
  std::map<std::string, std::array<int, 2>> guardrails;
  const std::array<const std::vector<const Way*>*, 2> both{&before, &after};
  for (std::size_t side = 0; side < 2; ++side) {
    const Policy& policy = sides_.at(side).index.policy();
    for (const auto number : it.rules.at(side)) {
      const Rule* rule = &policy.rules[number];
      const bool is_taken =
          std::any_of(both.at(side)->begin(), both.at(side)->end(), [&](const Way* way) { return way->rule == rule; });
      if (is_taken && sides_.at(side).changed_rules.test(number)) rules[rule->id].at(side) = rule->line;
    }
    for (const auto number : it.guardrails.at(side)) {
      const Guardrail& guardrail = policy.guardrails[number];
      if (sides_.at(side).changed_guardrails.test(number)) guardrails[guardrail.id].at(side) = guardrail.line;
    }
  }
  std::vector<std::string> all;
  for (const auto& [id, lines] : rules) all.push_back(said("", id, lines[0], lines[1]));
  for (const auto& [id, lines] : guardrails) all.push_back(said("the guardrail ", id, lines[0], lines[1]));
  const Policy& policy = sides_[1].index.policy();
  if (sides_[0].index.level_of(it.set) != sides_[1].index.level_of(it.set))
    all.push_back(fmt::format("{} is {}", it.set.name, reason_of_level(policy, it.set)));
  return all;
}

/// What widens is told of these rules, and of the guardrails that no longer hold as they did.
void Comparison::tell(const Case& it, const std::vector<const Way*>& after) {
  for (const Way* way : after) told_.rules.insert(way->rule);
  for (const auto number : it.guardrails[0]) told_.guardrails.insert(&sides_[0].index.policy().guardrails[number]);
}

/// Each of `ways` that none of the others offers as easily: which is told against the one of the same rule, or else
/// the one that asks least.
std::vector<Finding> Comparison::not_offered(const Case& it, const std::vector<const Way*>& ways,
                                             const std::vector<const Way*>& others, ChangeKind kind) {
  const bool eased = kind == ChangeKind::kEased;
  std::vector<Finding> all;
  for (const Way* way : ways) {
    const bool offered = std::any_of(others.begin(), others.end(), [&](const Way* other) {
      const auto between = eased ? differences(*other, *way) : differences(*way, *other);
      return std::none_of(between.begin(), between.end(),
                          [&](const Difference& found) { return eased ? found.eases : found.tightens; });
    });
    if (offered) continue;
    const auto same =
        std::find_if(others.begin(), others.end(), [&](const Way* other) { return other->rule->id == way->rule->id; });
    const Way* other = same == others.end() ? others.front() : *same;
    const Way* before = eased ? other : way;
    const Way* after = eased ? way : other;
    Finding finding{kind, before->words, after->words, {}, because(it, {before}, {after})};
    for (const auto& difference : differences(*before, *after)) finding.differences.push_back(difference.words);
    if (eased) tell(it, {after});
    all.push_back(std::move(finding));
  }
  return all;
}

std::vector<Finding> Comparison::compare(const Case& it, const std::vector<const Way*>& before,
                                         const std::vector<const Way*>& after) {
  if (before.empty() && after.empty()) return {};
  if (before.empty()) {
    tell(it, after);
    return {{ChangeKind::kGains, "", words_of(after), {}, because(it, before, after)}};
  }
  if (after.empty()) return {{ChangeKind::kLoses, words_of(before), "", {}, because(it, before, after)}};
  auto all = not_offered(it, after, before, ChangeKind::kEased);
  auto tightened = not_offered(it, before, after, ChangeKind::kTightened);
  std::move(tightened.begin(), tightened.end(), std::back_inserter(all));
  return all;
}

const std::vector<Finding>& Comparison::findings(const Case& it, const std::vector<const Way*>& before,
                                                 const std::vector<const Way*>& after) {
  const bool is_other_level = sides_[0].index.level_of(it.set) != sides_[1].index.level_of(it.set);
  FindingsKey key{before, after, it.guardrails, is_other_level ? &it.set : nullptr};
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  return known_.emplace(std::move(key), compare(it, before, after)).first->second;
}

void Comparison::look_at(const Case& it) {
  // Of break-glass the road counts, not the permission set: nobody has to agree.
  const Level level = subject_ == ChangeSubject::kBreakGlass
                          ? Level::kCritical
                          : std::max(sides_[0].index.level_of(it.set), sides_[1].index.level_of(it.set));
  std::set<const Finding*> all;
  for (const Instant at : moments_of(it)) {
    for (const auto& finding : findings(it, ways(it, 0, at), ways(it, 1, at))) all.insert(&finding);
  }
  for (const Finding* finding : all) {
    auto& regions = found_[{level, finding}];
    for (const auto& places : it.places) regions.emplace_back(it.people, places.accounts, places.sets);
  }
}

bool is_wider(ChangeKind kind) { return kind == ChangeKind::kGains || kind == ChangeKind::kEased; }

PolicyPlan Comparison::lines(std::size_t most) {
  each_case(sides_, [this](const Case& it) { look_at(it); });
  std::map<std::pair<Level, Finding>, std::vector<Region>> alike;
  for (auto& [key, regions] : found_) {
    auto& all = alike[{key.first, *key.second}];
    std::move(regions.begin(), regions.end(), std::back_inserter(all));
  }
  struct Line {
    const std::pair<Level, Finding>* key = nullptr;
    Region region;
  };
  std::vector<Line> all;
  for (const auto& [key, regions] : alike) {
    for (auto& region : joined<1>(joined<2>(joined<0>(joined<2>(joined<1>(regions))))))
      all.push_back({&key, std::move(region)});
  }
  // Names are found only for what is kept.
  std::sort(all.begin(), all.end(), [](const Line& a, const Line& b) {
    const auto rank = [](const Line& it) {
      const auto& [level, finding] = *it.key;
      return std::make_tuple(!is_wider(finding.kind), -static_cast<int>(level), finding.kind);
    };
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    return a.key != b.key ? *a.key < *b.key : a.region < b.region;
  });
  PolicyPlan plan;
  plan.left_out = all.size() - std::min(all.size(), most);
  for (std::size_t i = all.size() - plan.left_out; i < all.size(); ++i) {
    const auto& [level, finding] = *all[i].key;
    plan.left_out_wider += is_wider(finding.kind) ? 1U : 0U;
    plan.left_out_high += is_wider(finding.kind) && level >= Level::kHigh ? 1U : 0U;
  }
  all.resize(all.size() - plan.left_out);
  for (const auto& it : all) plan.changes.push_back(line_of(it.key->first, it.key->second, it.region));
  return plan;
}

PolicyChangeLine Comparison::line_of(Level level, const Finding& finding, const Region& region) const {
  const PolicyIndex& index = sides_[1].index;
  const auto& users = index.organization().snapshot().users;
  const auto& [people, accounts, sets] = region;
  PolicyChangeLine line{.kind = finding.kind, .subject = subject_, .level = level};
  line.people = some(people, [&](auto at) -> const std::string& { return users[at].user_name; });
  line.accounts = some(accounts, [&](auto at) -> const std::string& { return index.accounts()[at]->name; });
  line.permission_sets = some(sets, [&](auto at) -> const std::string& { return index.permission_sets()[at]->name; });
  line.before = finding.before;
  line.after = finding.after;
  line.differences = finding.differences;
  line.because = finding.because;
  return line;
}

std::string counted(const Some& some, std::string_view many) {
  const std::string names = fmt::format("{}", fmt::join(some.names, ", "));
  const std::size_t more = some.count - some.names.size();
  if (some.count == 1) return names;
  return fmt::format("{} {} ({}{})", some.count, many, names, more > 0 ? fmt::format(" and {} more", more) : "");
}

std::string access_text(const PolicyChangeLine& change) {
  const std::string who = counted(change.people, "people");
  const std::string_view get = change.people.count == 1 ? "gets" : "get";
  const std::string what = fmt::format("{} ({}) in {}", counted(change.permission_sets, "permission sets"),
                                       name_of(change.level), counted(change.accounts, "accounts"));
  switch (change.kind) {
    case ChangeKind::kGains: return fmt::format("{} may ask for {}: {}", who, what, change.after);
    case ChangeKind::kLoses: return fmt::format("{} may no longer ask for {}", who, what);
    case ChangeKind::kEased:
      return fmt::format("{} {} {} more easily: {}", who, get, what, fmt::join(change.differences, "; "));
    case ChangeKind::kTightened:
      return fmt::format("{} {} {} less easily: {}", who, get, what, fmt::join(change.differences, "; "));
  }
  return {};
}

std::string glass_text(const PolicyChangeLine& change) {
  if (change.people.count == 0) return change.after;
  const std::string who = counted(change.people, "people");
  const std::string_view get = change.people.count == 1 ? "gets" : "get";
  const std::string what = fmt::format("{} in {} by break-glass", counted(change.permission_sets, "permission sets"),
                                       counted(change.accounts, "accounts"));
  switch (change.kind) {
    case ChangeKind::kGains: return fmt::format("{} may have {}: {}", who, what, change.after);
    case ChangeKind::kLoses: return fmt::format("{} may no longer have {}", who, what);
    case ChangeKind::kEased:
      return fmt::format("{} {} {} more easily: {}", who, get, what, fmt::join(change.differences, "; "));
    case ChangeKind::kTightened:
      return fmt::format("{} {} {} less easily: {}", who, get, what, fmt::join(change.differences, "; "));
  }
  return {};
}

/// The plan of break-glass alone joins that of the rules. What it leaves out counts as high, as all of it does.
void add(PolicyPlan& plan, PolicyPlan of_glass) {
  std::move(of_glass.changes.begin(), of_glass.changes.end(), std::back_inserter(plan.changes));
  plan.left_out += of_glass.left_out;
  plan.left_out_wider += of_glass.left_out_wider;
  plan.left_out_high += of_glass.left_out_high;
}

}  // namespace

PolicyPlan plan_of(const PolicyIndex& before, const PolicyIndex& after, Instant now) {
  Comparison rules(before, after, ChangeSubject::kAccess, now);
  PolicyPlan plan = rules.lines(kMostChanges);
  const bool has_glass = before.policy().break_glass || after.policy().break_glass;
  const PolicyIndex glass_before = has_glass ? glass_or_nothing(before) : PolicyIndex();
  const PolicyIndex glass_after = has_glass ? glass_or_nothing(after) : PolicyIndex();
  Comparison glass(glass_before, glass_after, ChangeSubject::kBreakGlass, now);
  if (has_glass) add(plan, glass.lines(kMostChanges));
  const Compared of_rules{rules.sides(), rules.told()};
  const Compared of_glass{glass.sides(), glass.told()};
  for (auto& line : rest_of_plan(of_rules, has_glass ? &of_glass : nullptr, now))
    plan.changes.push_back(std::move(line));
  std::sort(plan.changes.begin(), plan.changes.end(), [](const auto& a, const auto& b) {
    const auto key = [](const PolicyChangeLine& it) {
      return std::make_tuple(!is_wider(it.kind), -static_cast<int>(it.level), it.kind, it.subject);
    };
    const auto names = [](const PolicyChangeLine& it) {
      return std::tie(it.permission_sets.names, it.accounts.names, it.people.names, it.after, it.differences,
                      it.because);
    };
    return key(a) != key(b) ? key(a) < key(b) : names(a) < names(b);
  });
  return plan;
}

std::string to_text(const PolicyChangeLine& change) {
  if (change.subject == ChangeSubject::kNothingYet)
    return fmt::format("{}: {}", fmt::join(change.because, ", "), change.after);
  const bool is_glass = change.subject == ChangeSubject::kBreakGlass;
  std::string text = change.subject == ChangeSubject::kAccess ? access_text(change)
                     : is_glass                               ? glass_text(change)
                                                              : change.after;
  if (!change.because.empty()) text += fmt::format("; because of {}", fmt::join(change.because, ", "));
  return text;
}

bool widens(const PolicyChangeLine& change, ChangeScope scope) {
  if (scope == ChangeScope::kNever) return false;
  if (!is_wider(change.kind)) return false;
  const bool opens_high = change.level >= Level::kHigh || change.subject == ChangeSubject::kBreakGlass ||
                          change.subject == ChangeSubject::kChangeControl;
  return scope != ChangeScope::kOpensHigh || opens_high;
}

std::vector<std::string> widenings(const PolicyPlan& plan, ChangeScope scope) {
  std::vector<std::string> lines;
  std::size_t more = 0;
  for (const auto& change : plan.changes) {
    if (!widens(change, scope)) continue;
    if (lines.size() < kMostWidenings) lines.push_back(to_text(change));
    else ++more;
  }
  if (scope != ChangeScope::kNever) more += scope == ChangeScope::kOpensHigh ? plan.left_out_high : plan.left_out_wider;
  if (more > 0) lines.push_back(fmt::format("and {} more", more));
  return lines;
}

}  // namespace ag::access
