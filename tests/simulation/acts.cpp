#include "simulation/acts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulation/policies.hpp"

namespace ag::simulation {
namespace {

constexpr std::array<std::string_view, 8> kPeople = {"ana", "emil", "hana", "kofi", "lena", "mateo", "omar", "zoe"};
constexpr std::array<std::string_view, 8> kAccounts = {"dev-payments",     "dev-web",     "prod-payments", "prod-web",
                                                       "staging-payments", "network-hub", "log-archive",   "prod-data"};
constexpr std::array<std::string_view, 3> kSets = {"ReadOnly", "PowerUser", "ProdAdmin"};
constexpr std::string_view kLead = "bo";
constexpr std::string_view kOtherLead = "ines";
constexpr std::string_view kStranger = "carla";
constexpr std::array<std::string_view, 13> kDeniable = {
    "CreateAccountAssignment",
    "DeleteAccountAssignment",
    "ListAccountAssignments",
    "DescribeAccountAssignmentCreationStatus",
    "DescribeAccountAssignmentDeletionStatus",
    "ListAccountAssignmentsForPrincipal",
    "UpdatePolicy",
    "DescribePolicy",
    "ListTargetsForPolicy",
    "CreateSchedule",
    "UpdateSchedule",
    "DeleteSchedule",
    "LookupEvents",
};
// AWS's lists may lag: what was given by hand a moment ago could be taken for ours, by whoever looks.
constexpr Duration kSettled = Duration::seconds(10);
/// Enough for whatever backed off longest, and for what has to wait for its account after that.
constexpr Duration kAfterFaults = Duration::seconds(180);
constexpr Duration kLongestStuck = Duration::minutes(4);
// What comes back after an unanswered create is found by the look after 5 or after 15 minutes.
constexpr Duration kBetweenLooks = Duration::minutes(10);
// A clock that is wrong by half a minute is not noticed, and a little more until it is compared.
constexpr Duration kUnnoticed = Duration::seconds(35);
constexpr std::size_t kLargestBurst = 48;
// The accounts of a burst take their turns, some seconds each.
constexpr Duration kForBurst = Duration::minutes(2);

// What permission sets are made to allow: nothing worse, and everything.
constexpr std::array<std::string_view, 4> kAllowed = {"s3:GetObject", "iam:*", "ec2:RunInstances", "*"};
// The ledger of before somebody asked for anything is not worth a backup.
constexpr std::size_t kFirstEntries = 20;
constexpr std::size_t kMostForgotten = 25;
constexpr std::size_t kSmallestCrowd = 200;
constexpr std::size_t kLargestCrowd = 960;
// AWS's limits give three to five assignments a second.
constexpr Duration kCrowdLasts = Duration::minutes(20);
constexpr Duration kForCrowd = Duration::minutes(12);
// A late update of the policy puts back what an older one said, and is found by a look half a minute later.
constexpr Duration kBetweenLooksAtPolicy = Duration::minutes(1);

const std::array<Instant, 4> kStarts = {
    *parse_rfc3339("2026-01-05T08:00:00Z"),
    *parse_rfc3339("2026-03-29T00:57:00Z"),  // Europe's clocks go forward at 01:00
    *parse_rfc3339("2026-10-25T00:57:00Z"),  // and back
    *parse_rfc3339("2026-12-31T23:57:00Z"),
};

// A life with a crowd in it takes as long as fifty others.
constexpr std::uint64_t kLivesForOneCrowd = 400;
constexpr std::array<std::uint64_t, 2> kCrowdIn = {105, 306};  // the first is a calm one
// Of a thousand, so many go on until the last session has expired: hours in which nothing happens.
constexpr int kLongTails = 150;

struct Weight {
  Deed deed;
  int weight;
};
/// What people do on any day, and what has to be asked for: each life has some of it.
constexpr std::array<Weight, 4> kDaily = {{{Deed::kAsk, 50}, {Deed::kApprove, 15}, {Deed::kEnd, 12}, {Deed::kDeny, 2}}};
constexpr std::array<Weight, 11> kSometimes = {{{Deed::kAskTwice, 10},
                                                {Deed::kApproveShort, 10},
                                                {Deed::kApproveTogether, 10},
                                                {Deed::kApproveStale, 6},
                                                {Deed::kWithdraw, 4},
                                                {Deed::kEndAsStranger, 5},
                                                {Deed::kExtend, 12},
                                                {Deed::kGiveByHand, 12},
                                                {Deed::kTakeByHand, 8},
                                                {Deed::kPolicy, 6},
                                                {Deed::kChangeSet, 8}}};
constexpr std::array<Weight, 12> kTroubles = {{{Deed::kRestart, 6},
                                               {Deed::kOutage, 4},
                                               {Deed::kDenials, 6},
                                               {Deed::kStuck, 4},
                                               {Deed::kDiskFull, 4},
                                               {Deed::kSuspend, 2},
                                               {Deed::kLeave, 2},
                                               {Deed::kClock, 4},
                                               {Deed::kRemoveSet, 2},
                                               {Deed::kMove, 3},
                                               {Deed::kRestore, 2},
                                               {Deed::kAttach, 4}}};

std::size_t forgotten_by(const Act& act) { return 1 + act.salt % kMostForgotten; }
std::size_t crowd_of(const Act& act) { return kSmallestCrowd + act.salt % (kLargestCrowd - kSmallestCrowd + 1); }

bool is_about_request(Deed deed) {
  switch (deed) {
    case Deed::kApprove:
    case Deed::kApproveShort:
    case Deed::kApproveTogether:
    case Deed::kApproveStale:
    case Deed::kDeny:
    case Deed::kWithdraw:
    case Deed::kEnd:
    case Deed::kEndAsStranger:
    case Deed::kExtend: return true;
    case Deed::kAsk:
    case Deed::kAskTwice:
    case Deed::kGiveByHand:
    case Deed::kTakeByHand:
    case Deed::kPolicy:
    case Deed::kRestart:
    case Deed::kBurst:
    case Deed::kOutage:
    case Deed::kDenials:
    case Deed::kStuck:
    case Deed::kDiskFull:
    case Deed::kSuspend:
    case Deed::kLeave:
    case Deed::kClock:
    case Deed::kRemoveSet:
    case Deed::kMove:
    case Deed::kChangeSet:
    case Deed::kRestore:
    case Deed::kAccept:
    case Deed::kAttach:
    case Deed::kCrowd: break;
  }
  return false;
}

std::vector<Weight> pick_deeds(Chance& chance, bool calm) {
  std::vector<Weight> deeds(kDaily.begin(), kDaily.end());
  for (const auto& each : kSometimes) {
    if (chance.per_thousand(500)) deeds.push_back(each);
  }
  for (const auto& each : kTroubles) {
    const bool is_hard = calm && each.deed != Deed::kDiskFull;  // revokes keep their bound without the ledger, too
    if (chance.per_thousand(350) && !is_hard) deeds.push_back(each);
  }
  return deeds;
}

Deed pick(Chance& chance, const std::vector<Weight>& deeds) {
  int total = 0;
  for (const auto& each : deeds) total += each.weight;
  int at = static_cast<int>(chance.below(static_cast<std::size_t>(total)));
  for (const auto& each : deeds) {
    at -= each.weight;
    if (at < 0) return each.deed;
  }
  return Deed::kAsk;
}

std::vector<Act> make_acts(Chance& chance, std::uint64_t seed, bool calm) {
  const auto deeds = pick_deeds(chance, calm);
  const bool is_crowded = seed % kLivesForOneCrowd == kCrowdIn[0] || seed % kLivesForOneCrowd == kCrowdIn[1];
  const std::size_t count = is_crowded ? 4 + chance.below(6) : 10 + chance.below(70);
  // The fewer they want, the more often they meet.
  const std::size_t wanted = 1 + chance.below(3);
  const bool bursts = chance.per_thousand(60);
  std::optional<std::size_t> accept_at;
  std::vector<Act> acts;
  std::vector<std::size_t> asks;
  for (std::size_t i = 0; i < count; ++i) {
    Act act;
    act.deed = is_crowded && i == 1 ? Deed::kCrowd : bursts && i == count / 3 ? Deed::kBurst : pick(chance, deeds);
    // An operator who does not know what happened looks for a while.
    if (!acts.empty() && acts.back().deed == Deed::kRestore) act.deed = Deed::kAsk;
    act.wait = chance.between({}, Duration::seconds(8));
    act.who = chance.below(wanted);
    act.where = chance.below(wanted);
    act.what = chance.below(kSets.size());
    act.length = Duration::seconds(1 + static_cast<std::int64_t>(chance.below(120)));
    if (chance.per_thousand(300)) act.ahead = chance.between({}, Duration::seconds(60));
    act.salt = chance.next();
    if (is_about_request(act.deed)) {
      if (asks.empty()) act.deed = Deed::kAsk;
      else act.of = asks[asks.size() - 1 - chance.below(std::min<std::size_t>(asks.size(), 6))];
    }
    if (act.deed == Deed::kAsk || act.deed == Deed::kAskTwice) asks.push_back(i);
    acts.push_back(act);
    if (act.deed == Deed::kRestore) accept_at = i + 2 + chance.below(8);
    if (i == accept_at) acts.back().deed = Deed::kAccept;
  }
  return acts;
}

bool has(const std::vector<Act>& acts, Deed deed) {
  return std::any_of(acts.begin(), acts.end(), [&](const Act& act) { return act.deed == deed; });
}

std::string for_long(const Act& act) { return to_text(Duration::seconds(act.length.count_seconds())); }

/// Refusals that are no answer about the command itself.
bool is_trouble(const Error& error) {
  return error.code == "down" || error.code == "ledger_unavailable" || error.code == "position_conflict" ||
         error.code == "outcome_unknown" || error.code == "clock_disagrees";
}

}  // namespace

Plan plan_of(std::uint64_t seed) {
  Chance chance(seed ^ 0x5eed);
  Plan plan;
  plan.calm = seed % 5 == 0;
  plan.world.seed = seed;
  plan.world.start = chance.one_of(kStarts);
  plan.world.behaviour.page_size = chance.per_thousand(300) ? 1 : 10;
  plan.acts = make_acts(chance, seed, plan.calm);
  if (!plan.calm) plan.world.faults = swarm(chance);
  Duration bound = plan.calm ? Duration::seconds(30) : kAfterFaults;
  if (has(plan.acts, Deed::kStuck)) bound = bound + kLongestStuck;
  if (has(plan.acts, Deed::kBurst)) bound = bound + kForBurst;
  if (has(plan.acts, Deed::kCrowd)) {
    bound = bound + kForCrowd;
    plan.world.behaviour.page_size = 100;  // AWS's own: with less one look would take dozens of calls
  }
  const Duration clocks = has(plan.acts, Deed::kClock) ? kUnnoticed : Duration{};
  const Duration stale_lists = plan.calm ? Duration{} : Duration::seconds(5);
  plan.world.bounds = {bound + clocks, bound + clocks, stale_lists, kBetweenLooks, clocks};
  if (chance.per_thousand(500)) {
    plan.world.bounds.denied_within = bound + clocks + (plan.calm ? Duration{} : kBetweenLooksAtPolicy);
    plan.long_tail = chance.per_thousand(kLongTails);
  }
  if (chance.per_thousand(350)) plan.world.bounds.switch_grace = Duration::minutes(chance.per_thousand(500) ? 1 : 10);
  plan.world.behaviour.schedule_lateness_max = Duration::minutes(1);
  // Lives are short: so is the time until the trail tells of them.
  plan.world.behaviour.trail_delay_min = Duration::milliseconds(100);
  plan.world.behaviour.trail_delay_max = Duration::seconds(seed % 4 == 1 ? 90 : 10);
  plan.world.trail.every = Duration::seconds(10);
  if (seed % 3 == 1) plan.world.trail.at_expiry = access::ForeignCreates::kDelete;
  plan.world.bounds.foreign_creates = plan.world.trail.at_expiry;
  return plan;
}

std::string to_text(const Act& act) {
  const std::string after = fmt::format("after {:.1f}s ", static_cast<double>(act.wait.count_milliseconds()) / 1000);
  const auto who = kPeople.at(act.who);
  switch (act.deed) {
    case Deed::kAsk:
    case Deed::kAskTwice:
      return after + fmt::format("{} asks{} for {} in {} for {}{}", who, act.deed == Deed::kAskTwice ? " twice" : "",
                                 kSets.at(act.what), kAccounts.at(act.where), for_long(act),
                                 act.ahead ? ", to start later" : "");
    case Deed::kGiveByHand:
    case Deed::kTakeByHand:
      return after + fmt::format("somebody in the console: {} {} in {} for {}", name_of(act.deed), kSets.at(act.what),
                                 kAccounts.at(act.where), who);
    case Deed::kOutage:
    case Deed::kDiskFull:
    case Deed::kStuck:
    case Deed::kRestart: return after + fmt::format("{} for {}", name_of(act.deed), for_long(act));
    case Deed::kDenials:
      return after + fmt::format("{} is denied for {}", kDeniable.at(act.salt % kDeniable.size()), for_long(act));
    case Deed::kApprove:
    case Deed::kApproveShort:
    case Deed::kApproveTogether:
    case Deed::kApproveStale:
    case Deed::kDeny:
    case Deed::kWithdraw:
    case Deed::kEnd:
    case Deed::kEndAsStranger: return after + fmt::format("{}, of what act {} asked", name_of(act.deed), act.of);
    case Deed::kExtend: return after + fmt::format("extend by {}, of what act {} asked", for_long(act), act.of);
    case Deed::kMove: return after + fmt::format("{} is moved", kAccounts.at(act.where));
    case Deed::kSuspend: return after + fmt::format("{} is suspended", kAccounts.at(act.where));
    case Deed::kLeave: return after + fmt::format("{} is deleted from the directory", who);
    case Deed::kClock:
      return after + fmt::format("the clock is set {} {}", for_long(act), act.salt % 2 == 0 ? "ahead" : "back");
    case Deed::kRemoveSet: return after + fmt::format("{} is deleted", kSets.at(act.what));
    case Deed::kChangeSet: return after + fmt::format("{} is made to allow something else", kSets.at(act.what));
    case Deed::kRestore: return after + fmt::format("the ledger comes back, {} entries older", forgotten_by(act));
    case Deed::kAttach:
      return after + fmt::format("the policy for hard ends is attached to {}", act.salt % 3 == 0   ? "nothing"
                                                                               : act.salt % 3 == 1 ? "one account"
                                                                                                   : "the root");
    case Deed::kAccept: return after + "the operator takes the ledger for the true one";
    case Deed::kCrowd: return after + fmt::format("{} grants that end together", crowd_of(act));
    case Deed::kPolicy:
    case Deed::kBurst: break;
  }
  return after + std::string(name_of(act.deed));
}

// ---- playing ---------------------------------------------------------------------------------------------

sandbox::Slot Player::slot_of_act(const Act& act) const {
  return world_.slot(kAccounts.at(act.where), kSets.at(act.what), kPeople.at(act.who));
}

bool Player::was_given_just_now(const sandbox::Slot& slot) const {
  const auto given = by_hand_.find(slot);
  return given != by_hand_.end() && given->second + kSettled > world_.now();
}

void Player::act(std::size_t number, const Act& act) {
  world_.run_for(act.wait);
  if (!world_.laws().broken().empty()) return;
  switch (act.deed) {
    case Deed::kAsk:
    case Deed::kAskTwice: return ask(number, act);
    case Deed::kGiveByHand:
    case Deed::kTakeByHand: return change_by_hand(act);
    case Deed::kPolicy: return void(world_.apply_policy(std::string(kPolicies.at(act.salt % kPolicies.size()))));
    case Deed::kBurst: return burst(act);
    case Deed::kCrowd: return crowd(act);
    case Deed::kRestore: return restore(act);
    case Deed::kAccept: return world_.accept_restore();
    case Deed::kChangeSet: return change_set(act);
    case Deed::kAttach: return attach(act);
    case Deed::kRestart:
    case Deed::kOutage:
    case Deed::kDenials:
    case Deed::kStuck:
    case Deed::kDiskFull:
    case Deed::kSuspend:
    case Deed::kLeave:
    case Deed::kClock:
    case Deed::kRemoveSet:
    case Deed::kMove: return trouble(act);
    case Deed::kApprove:
    case Deed::kApproveShort:
    case Deed::kApproveTogether:
    case Deed::kApproveStale:
    case Deed::kDeny:
    case Deed::kWithdraw:
    case Deed::kEnd:
    case Deed::kEndAsStranger:
    case Deed::kExtend: break;
  }
  const auto made = requests_.find(act.of);
  if (made == requests_.end()) return;
  const access::RequestId& request = made->second.request;
  if (act.deed == Deed::kWithdraw) return void(world_.withdraw(made->second.who, request));
  if (act.deed == Deed::kEnd || act.deed == Deed::kEndAsStranger) return end(act, request);
  if (act.deed == Deed::kExtend) return extend(number, act, request);
  decide(act, request);
}

void Player::ask(std::size_t number, const Act& act) {
  if (was_given_just_now(slot_of_act(act))) return;
  const auto who = kPeople.at(act.who);
  std::optional<Instant> start;
  if (act.ahead) start = world_.now() + *act.ahead;
  Sent sent;
  if (act.deed == Deed::kAskTwice) sent.key = access::IdempotencyKey{fmt::format("key-{}", number), "body"};
  const auto once = [&] {
    return world_.ask(who, kAccounts.at(act.where), kSets.at(act.what), act.length, start, sent);
  };
  auto asked = once();
  if (act.deed == Deed::kAskTwice) {
    const auto again = once();
    if (asked && again && *asked != *again) world_.laws().break_law(6, "one click made two requests");
    if (!asked) asked = again;
  }
  if (asked) requests_.insert_or_assign(number, Made{std::string(who), *asked});
}

void Player::extend(std::size_t number, const Act& act, const access::RequestId& request) {
  const auto who = requests_.at(act.of).who;
  const auto extension = world_.extend(who, request, act.length);
  if (extension) requests_.insert_or_assign(number, Made{who, *extension});
}

void Player::decide(const Act& act, const access::RequestId& request) {
  const auto& who = requests_.at(act.of).who;
  const auto approve = [&](const Sent& sent) {
    return world_.decide(kLead, request, access::Verdict::kApprove, sent).has_value();
  };
  if (act.deed == Deed::kApproveStale) {
    const bool taken = approve({{}, std::string(64, '0'), {}});
    if (taken) world_.laws().break_law(6, "an approval of another version was taken");
    return;
  }
  if (act.deed == Deed::kApproveTogether) return void(world_.approve_together({kLead, kOtherLead}, request));
  if (act.deed == Deed::kDeny) return void(world_.decide(kLead, request, access::Verdict::kDeny));
  if (act.deed == Deed::kApproveShort) return void(approve({{}, {}, Duration::seconds(1)}));
  if (world_.approve(who, request)) world_.laws().break_law(1, "somebody approved for himself");
  if (act.salt % 4 == 1) (void)world_.approve(kStranger, request);
  (void)world_.approve(kLead, request);
  if (act.salt % 3 == 0) (void)world_.approve(kOtherLead, request);
}

void Player::end(const Act& act, const access::RequestId& request) {
  if (act.deed == Deed::kEndAsStranger) {
    if (world_.end(kStranger, request)) world_.laws().break_law(4, "a stranger ended it: " + request.str());
    return;
  }
  const bool is_live = world_.clocks_are_right() && world_.laws().is_live(request, world_.now());
  const auto ended = world_.end(requests_.at(act.of).who, request);
  if (!ended && is_live && !is_trouble(ended.error())) {
    world_.laws().break_law(2, fmt::format("an early end was refused: {} ({})", request.str(), ended.error().code));
  }
  if (ended && world_.clocks_are_right() && world_.laws().is_live(request, world_.now())) {
    world_.laws().break_law(2, "an early end was accepted, and changed nothing: " + request.str());
  }
}

void Player::change_by_hand(const Act& act) {
  const auto* core = world_.core();
  if (core == nullptr) return;
  const auto slot = slot_of_act(act);
  if (world_.laws().is_removed(simulation::slot_of(slot).permission_set)) return;
  const bool is_given = by_hand_.contains(slot) || world_.laws().is_handed_over(simulation::slot_of(slot));
  const bool is_ours = core->state().slots.find(simulation::slot_of(slot)) != nullptr;
  if (act.deed == Deed::kGiveByHand) {
    // What is ours already he makes too, and AWS does not say so.
    if (is_ours && world_.laws().is_ours(simulation::slot_of(slot)) && world_.sandbox().is_present(slot))
      return world_.sandbox().add_standing(slot, world_.now());
    if (is_given || is_ours || world_.sandbox().is_present(slot)) return;
    world_.sandbox().add_standing(slot, world_.now());
    by_hand_[slot] = world_.now();
    return;
  }
  if (!is_given && !is_ours) return;
  if (!is_given && world_.sandbox().is_present(slot)) {
    world_.laws().note_taken_by_hand(simulation::slot_of(slot), world_.now());
  }
  world_.sandbox().remove_standing(slot, world_.now());
  by_hand_.erase(slot);
}

void Player::burst(const Act& act) {
  const Duration length = Duration::minutes(2);
  const std::size_t many = 8 + act.salt % (kLargestBurst - 8);
  for (std::size_t i = 0; i < many; ++i) {
    const auto set = act.what == 0 ? kSets[0] : kSets[1];
    (void)world_.ask(kPeople[i % kPeople.size()], kAccounts[(i / kPeople.size()) % kAccounts.size()], set, length);
  }
}

// Everybody, everywhere: as many as it takes, and each ends in the same second.
void Player::crowd(const Act& act) {
  const Instant end = world_.now() + kCrowdLasts;
  const auto people = world_.sandbox().people();
  const std::size_t most = crowd_of(act);
  std::size_t asked = 0;
  for (std::size_t i = 0; i < kSets.size() * kAccounts.size() * people.size() && asked < most; ++i) {
    const auto& who = people[i % people.size()].user_name;
    const auto account = kAccounts[i / people.size() % kAccounts.size()];
    const auto set = kSets[i / people.size() / kAccounts.size()];
    const auto request = world_.ask(who, account, set, Duration::seconds((end - world_.now()).count_seconds()));
    if (!request) continue;
    ++asked;
    if (set == "ProdAdmin") (void)world_.approve(kLead, *request);
  }
  world_.run_for(end - world_.now());
}

void Player::restore(const Act& act) {
  const std::size_t size = world_.ledger().size();
  const std::size_t lost = forgotten_by(act);
  if (size < lost + kFirstEntries) return;
  (void)world_.restore_ledger(size - lost);
}

void Player::change_set(const Act& act) {
  const auto slot = slot_of_act(act);
  if (world_.laws().is_removed(simulation::slot_of(slot).permission_set)) return;
  const auto& allowed = kAllowed.at(act.salt % kAllowed.size());
  world_.change_set(slot.permission_set,
                    fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Sid":"Change{}","Effect":"Allow",)"
                                R"("Action":"{}","Resource":"*"}}]}})",
                                ++changes_, allowed));
  if (act.salt % 3 != 0) world_.refresh_directory();
}

void Player::attach(const Act& act) {
  std::vector<std::string> targets;
  if (act.salt % 3 == 1) targets = {slot_of_act(act).account.str()};
  if (act.salt % 3 == 2) targets = {world_.cloud().root()};
  world_.cloud().attach_session_end_policy(std::move(targets));
  if (act.salt % 2 == 0) world_.refresh_directory();
}

void Player::move(const Act& act, const sandbox::AccountId& account) {
  const auto* core = world_.core();
  if (core == nullptr || core->organization()->snapshot().accounts.empty()) return;
  const auto& accounts = core->organization()->snapshot().accounts;
  const auto& beside = accounts[act.salt % accounts.size()];
  if (!beside.units.empty()) world_.cloud().move(account, beside.units.back().str());
}

void Player::trouble(const Act& act) {
  const Instant until = world_.now() + act.length;
  if (act.deed == Deed::kRestart) return world_.crash(act.length);
  if (act.deed == Deed::kOutage) return world_.cloud().refuse_everything(until);
  if (act.deed == Deed::kDiskFull) return world_.refuse_appends(until);
  if (act.deed == Deed::kDenials) {
    return world_.cloud().deny(std::string(kDeniable.at(act.salt % kDeniable.size())), until);
  }
  if (act.deed == Deed::kClock) {
    const bool ahead = act.salt % 2 == 0;
    return world_.set_clocks(ahead ? act.length : Duration{}, ahead ? Duration{} : act.length);
  }
  const auto slot = slot_of_act(act);
  if (act.deed == Deed::kSuspend) return world_.cloud().suspend(slot.account);
  if (act.deed == Deed::kMove) return move(act, slot.account);
  if (act.deed == Deed::kLeave) return world_.cloud().remove_user(sandbox::UserId(slot.principal_id));
  if (act.deed == Deed::kRemoveSet) {
    world_.laws().note_removed(access::PermissionSetArn(slot.permission_set.str()));
    return world_.cloud().remove_permission_set(slot.permission_set, world_.now());
  }
  const auto stuck = std::min(kLongestStuck, act.length + act.length);
  world_.cloud().slow_operations(world_.now() + Duration::seconds(10), stuck);
}

}  // namespace ag::simulation
