#include "access/policy_plan_approvals.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace ag::access {
namespace {

bool has_all(const std::vector<Party>& whole, const std::vector<Party>& part) {
  return std::all_of(part.begin(), part.end(),
                     [&](const Party& party) { return std::find(whole.begin(), whole.end(), party) != whole.end(); });
}

/// Whoever may decide in the one may decide in the other.
bool lies_in(const Step& part, const Step& whole) {
  const std::vector<Party> none;
  return has_all(whole.any_of, part.any_of) &&
         has_all(part.none_of ? *part.none_of : none, whole.none_of ? *whole.none_of : none);
}

/// Each step of today is among those that were asked, in any order.
bool asks_no_more(const std::vector<Step>& today, const std::vector<Step>& asked) {
  std::vector<bool> taken(asked.size());
  return std::all_of(today.begin(), today.end(), [&](const Step& step) {
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (taken[i] || asked[i].need < step.need || !lies_in(asked[i], step)) continue;
      taken[i] = true;
      return true;
    }
    return false;
  });
}

std::vector<UserId> agreed_in(const RequestState& request, const RequestedAccount& account, std::size_t step) {
  const auto number = static_cast<std::int64_t>(step);
  const auto is_it = [&](const CountedStep& it) { return it.account == account.id && it.step == number; };
  std::vector<UserId> people;
  for (const auto& decision : request.decisions) {
    if (decision.decision != Verdict::kApprove) continue;
    const bool counts = decision.counts ? std::any_of(decision.counts->begin(), decision.counts->end(), is_it)
                                        : decision.step == number;
    if (counts) people.push_back(decision.by);
  }
  return people;
}

/// One approval that was asked: given by that person, or open to those of a step.
struct Seat {
  Step of;
  std::optional<UserId> given;
};

std::vector<Seat> seats_of(const RequestState& request, const RequestedAccount& account) {
  const auto& steps = steps_of(request.request, account);
  std::vector<Seat> seats;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step wide = escalated(steps[i], escalations_of(request.request, account), {});
    const auto given = agreed_in(request, account, i);
    for (std::size_t seat = 0; seat < static_cast<std::size_t>(steps[i].need); ++seat)
      seats.push_back({wide, seat < given.size() ? std::optional(given[seat]) : std::nullopt});
  }
  return seats;
}

std::vector<Seat> seats_of(const std::vector<Step>& steps) {
  std::vector<Seat> seats;
  for (const auto& step : steps) seats.insert(seats.end(), static_cast<std::size_t>(step.need), {step, std::nullopt});
  return seats;
}

/// Somebody, and which seats that person could take: of those that were asked, and of those of today.
struct Approver {
  UserId id;
  std::vector<bool> then;
  std::vector<bool> now;
};

class Approvers {
 public:
  Approvers(std::vector<Seat> then, std::vector<Seat> now, const Today& today, const UserId& requester)
      : then_(std::move(then)), now_(std::move(now)), today_(today), requester_(requester) {
    std::set<UserId> everybody;
    for (const auto* seats : {&then_, &now_}) {
      for (const auto& seat : *seats) {
        if (seat.given) everybody.insert(*seat.given);
        else if (seat.of != last_) note(seat.of, everybody);
      }
    }
    for (const auto& id : everybody) add(id);
  }

  /// Whether all that was asked can be given by people who are enough for today too. Each flow from a seat of then
  /// through a person to a seat of now is somebody who counts for both; who counts for then alone is found beside
  /// them, as in any matching that grows.
  [[nodiscard]] bool suffice() const {
    return now_.size() <= then_.size() && flow(Until::kPerson) == then_.size() && flow(Until::kNow) == now_.size();
  }

 private:
  enum class Until { kPerson, kNow };

  void note(const Step& step, std::set<UserId>& everybody) {
    for (const User* user : candidates(step, today_, requester_)) everybody.insert(user->id);
    last_ = step;
  }

  [[nodiscard]] bool is_same(const UserId& a, const UserId& b) const {
    return is_same_person(today_.index.organization(), a, b);
  }

  /// Of people who could take the same seats no more are kept than there are seats.
  void add(const UserId& id) {
    const bool has_agreed =
        std::any_of(then_.begin(), then_.end(), [&](const Seat& it) { return it.given && is_same(*it.given, id); });
    Approver fresh{id, {}, {}};
    for (const auto& seat : then_) {
      fresh.then.push_back(seat.given ? is_same(*seat.given, id)
                                      : !has_agreed && is_candidate(seat.of, today_, requester_, id));
    }
    for (const auto& seat : now_) fresh.now.push_back(is_candidate(seat.of, today_, requester_, id));
    std::size_t alike = 0;
    for (auto& known : people_) {
      alike += known.then == fresh.then && known.now == fresh.now ? 1U : 0U;
      if (!is_same(known.id, id)) continue;
      for (std::size_t i = 0; i < fresh.then.size(); ++i) known.then[i] = known.then[i] || fresh.then[i];
      for (std::size_t i = 0; i < fresh.now.size(); ++i) known.now[i] = known.now[i] || fresh.now[i];
      return;
    }
    if (alike < then_.size()) people_.push_back(std::move(fresh));
  }

  /// The most people who each take a seat of then and, where that is asked, one of now.
  [[nodiscard]] std::size_t flow(Until until) const {
    // Source, sink, seats of then, people in, people out, seats of now.
    const std::size_t in = 2 + then_.size();
    const std::size_t out = in + people_.size();
    const std::size_t now = out + people_.size();
    std::vector<std::vector<int>> room(now + now_.size(), std::vector<int>(now + now_.size()));
    for (std::size_t i = 0; i < then_.size(); ++i) room[0][2 + i] = 1;
    for (std::size_t j = 0; j < now_.size(); ++j) room[now + j][1] = 1;
    for (std::size_t p = 0; p < people_.size(); ++p) {
      room[in + p][out + p] = 1;
      if (until == Until::kPerson) room[out + p][1] = 1;
      for (std::size_t i = 0; i < then_.size(); ++i) room[2 + i][in + p] = people_[p].then[i] ? 1 : 0;
      for (std::size_t j = 0; j < now_.size() && until == Until::kNow; ++j)
        room[out + p][now + j] = people_[p].now[j] ? 1 : 0;
    }
    std::size_t found = 0;
    for (std::vector<bool> seen(room.size()); push(room, 0, seen); seen.assign(room.size(), false)) ++found;
    return found;
  }

  static bool push(std::vector<std::vector<int>>& room, std::size_t at, std::vector<bool>& seen) {
    if (at == 1) return true;
    seen[at] = true;
    for (std::size_t next = 1; next < room.size(); ++next) {
      if (seen[next] || room[at][next] == 0 || !push(room, next, seen)) continue;
      --room[at][next];
      ++room[next][at];
      return true;
    }
    return false;
  }

  std::vector<Seat> then_;
  std::vector<Seat> now_;
  Today today_;
  const UserId& requester_;
  Step last_;
  std::vector<Approver> people_;
};

}  // namespace

Enough enough(const RequestState& request, const RequestedAccount& account, const StepsOfToday& today,
              const PolicyIndex& index) {
  const auto& asked = steps_of(request.request, account);
  if (today.steps == asked) return Enough::kAlways;
  std::vector<Step> widest;
  for (const auto& step : asked) widest.push_back(escalated(step, escalations_of(request.request, account), {}));
  auto seats = seats_of(request, account);
  const auto& requester = request.request.requester;
  // Who has agreed and is none of them any more counts for nothing today.
  const bool all_could = std::all_of(seats.begin(), seats.end(), [&](const Seat& seat) {
    return !seat.given || is_candidate(seat.of, {index, {}}, requester, *seat.given);
  });
  if (all_could && asks_no_more(today.steps, widest)) return Enough::kAlways;
  const Approvers approvers(std::move(seats), seats_of(today.widest), {index, {}}, requester);
  return approvers.suffice() ? Enough::kSometimes : Enough::kNever;
}

}  // namespace ag::access
