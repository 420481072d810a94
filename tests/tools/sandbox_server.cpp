/// The sandbox alone behind a socket: an AWS organization that lives on while AccessGuard is killed and comes back.
///
/// Prints one JSON line with where it is and how to sign, then answers commands on standard input, one a line, each
/// with one JSON line; ends when standard input does, so that it never outlives who started it:
///
///     presences                          every interval during which an assignment was there: the truth to judge by
///     add ACCOUNT SET PRINCIPAL          someone in the console makes an assignment, by names
///     remove ACCOUNT SET PRINCIPAL       someone in the console removes one
///     refuse OPERATION TIMES STATUS CODE the next so many calls of the operation answer this instead of doing it
///     lose OPERATION TIMES               the next so many take effect, but answer with a 500
///     fail TIMES                         the next so many assignments and removals end FAILED
///     rate CALLS                         so many calls a second from now on
///     trouble THROTTLED BROKEN LOST STALE  of a thousand calls from now on: refused for their rate, answered with a
///     500
///                                        instead, with a 500 afterwards, with a list of up to 3 s ago; 0 0 0 0 ends it
///     outage on|off                      every call is answered with a 503
///     hang TIMES SECONDS                 the next so many calls wait so long, then take effect
///     deny OPERATION SECONDS             AccessDeniedException for so long
///     stick TIMES SECONDS                the next so many assignments and removals stay IN_PROGRESS for so long
///     suspend ACCOUNT, restore ACCOUNT   by id: what is begun in a suspended account ends FAILED
///     attach TARGET…                     what AccessGuardSessionEnd is attached to from now on, by id; none: nothing
///     publish ARN DOCUMENT               iam answers for this managed policy; the document is the rest of the line
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <sstream>
#include <thread>

#include "base/json.hpp"
#include "sandbox/sandbox.hpp"
#include "server/clock.hpp"
#include "server/socket/listener.hpp"

namespace ag {
namespace {

using server::wall_clock;

// With --fast an assignment takes this long instead of AWS's seconds: long enough to be killed in the middle of.
constexpr Duration kFastMin = Duration::milliseconds(50);
constexpr Duration kFastMax = Duration::milliseconds(150);

// How old a list may be that AWS still shows: its lists are eventually consistent, by seconds.
constexpr Duration kLongestStale = Duration::seconds(3);
// Calls that hang hold a thread each; the others must still be answered.
constexpr std::size_t kThreads = 32;
constexpr int kMostHanging = 16;

/// Of a thousand calls.
struct Trouble {
  int throttled = 0;
  int broken = 0;
  int lost = 0;
  int stale = 0;
};

json::value moment(Instant at) {
  return at == Instant::max() ? json::value(nullptr) : json::value(at.count_nanoseconds() / 1'000'000);
}

json::object view_of(const sandbox::Presence& presence) {
  return {{"account", presence.slot.account.str()},
          {"permission_set", presence.slot.permission_set.str()},
          {"principal_type", presence.slot.principal_type == sandbox::PrincipalType::kUser ? "USER" : "GROUP"},
          {"principal", presence.slot.principal_id},
          {"from_ms", moment(presence.from)},
          {"until_ms", moment(presence.until)},
          {"created_by", presence.created_by.str()},
          {"deleted_by", presence.deleted_by.str()}};
}

class Desk {
 public:
  Desk(std::uint64_t seed, sandbox::Behaviour behaviour, sandbox::Size size)
      : behaviour_(behaviour), sandbox_(seed, behaviour, size), chance_(seed) {}

  HttpResponse handle(const HttpRequest& request) {
    if (const auto wait = take_hang()) std::this_thread::sleep_for(*wait);
    const std::lock_guard lock(mutex_);
    if (is_out_) return {503, {{"Content-Type", "text/plain"}}, "Service Unavailable"};
    const auto target = request.headers.find("X-Amz-Target");
    const bool is_list = target && target->ends_with(".ListAccountAssignments");
    if (is_list && happens(trouble_.stale)) {
      const auto earlier = lists_.find(request.body);
      if (earlier != lists_.end() && wall_clock() - earlier->second.at <= kLongestStale) return earlier->second.answer;
    }
    disturb();
    HttpResponse response = sandbox_.handle(request, wall_clock());
    if (is_list && response.status == 200) lists_[request.body] = {wall_clock(), response};
    return response;
  }

  [[nodiscard]] json::object introduce(std::uint16_t port) const {
    json::object people;
    for (const auto& person : sandbox_.people()) {
      json::array groups;
      for (const auto& group : person.groups) groups.push_back(json::string(group));
      people[person.user_name] =
          json::object{{"id", person.id.str()}, {"enabled", person.enabled}, {"groups", std::move(groups)}};
    }
    return {{"url", fmt::format("http://127.0.0.1:{}", port)},
            {"region", sandbox_.region()},
            {"access_key_id", sandbox_.credentials().access_key_id},
            {"secret_access_key", sandbox_.credentials().secret_access_key},
            {"hard_end_policy", hard_end_policy()},
            {"people", std::move(people)}};
  }

  json::object obey(const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    const std::lock_guard lock(mutex_);
    if (verb == "presences") return presences();
    if (verb == "add" || verb == "remove") return change(verb, words);
    if (verb == "publish") return publish(words);
    if (verb == "attach") return attach(words);
    const bool is_obeyed = make_trouble(verb, words) || disturb_calls(verb, words);
    return is_obeyed ? json::object{{"done", line}} : json::object{{"error", "cannot read: " + line}};
  }

 private:
  struct EarlierList {
    Instant at;
    HttpResponse answer;
  };

  [[nodiscard]] bool happens(int per_thousand) { return static_cast<int>(chance_() % 1'000) < per_thousand; }

  std::optional<std::chrono::seconds> take_hang() {
    const std::lock_guard lock(mutex_);
    if (hangs_ <= 0) return std::nullopt;
    --hangs_;
    return hang_;
  }

  /// What is to happen to the call that comes next.
  void disturb() {
    using When = sandbox::Disturbance::When;
    if (happens(trouble_.throttled)) {
      sandbox_.disturb({"", When::kInsteadOfTheCall, 1, 400, "ThrottlingException", "Rate exceeded"});
    } else if (happens(trouble_.broken)) {
      sandbox_.disturb({.operation = "", .when = When::kInsteadOfTheCall});
    } else if (happens(trouble_.lost)) {
      sandbox_.disturb({.operation = "", .when = When::kAfterTheCall});
    }
  }

  /// What lasts.
  bool make_trouble(const std::string& verb, std::istringstream& words) {
    std::string what;
    std::int64_t seconds = 0;
    if (verb == "trouble") {
      words >> trouble_.throttled >> trouble_.broken >> trouble_.lost >> trouble_.stale;
    } else if (verb == "outage") {
      words >> what;
      is_out_ = what == "on";
    } else if (verb == "hang") {
      words >> hangs_ >> seconds;
      hangs_ = std::min(hangs_, kMostHanging);
      hang_ = std::chrono::seconds(seconds);
    } else if (verb == "deny") {
      words >> what >> seconds;
      sandbox_.deny(what, wall_clock() + Duration::seconds(seconds));
    } else if (verb == "suspend" || verb == "restore") {
      words >> what;
      const sandbox::AccountId account(what);
      return verb == "suspend" ? sandbox_.suspend_account(account) : sandbox_.restore_account(account);
    } else if (verb == "rate") {
      words >> behaviour_.calls_per_second;
      sandbox_.set_behaviour(behaviour_);
    } else {
      return false;
    }
    return static_cast<bool>(words);
  }

  /// What is over after so many.
  bool disturb_calls(const std::string& verb, std::istringstream& words) {
    int times = 0;
    std::int64_t seconds = 0;
    if (verb == "fail" && words >> times) {
      sandbox_.fail_next_operations(times, "Received a 404 status error: Not supported.");
    } else if (verb == "stick" && words >> times >> seconds) {
      sandbox_.stick_next_operations(times, Duration::seconds(seconds));
    } else if (verb == "refuse" || verb == "lose") {
      sandbox::Disturbance disturbance;
      words >> disturbance.operation >> disturbance.times;
      if (verb == "lose") disturbance.when = sandbox::Disturbance::When::kAfterTheCall;
      else words >> disturbance.http_status >> disturbance.code;
      if (words) sandbox_.disturb(std::move(disturbance));
    } else {
      return false;
    }
    return static_cast<bool>(words);
  }

  json::object presences() {
    sandbox_.advance(wall_clock());
    json::array all;
    for (const auto& presence : sandbox_.presences()) all.push_back(view_of(presence));
    return {{"presences", std::move(all)}};
  }

  json::object change(const std::string& verb, std::istringstream& words) {
    std::string account;
    std::string set;
    std::string principal;
    words >> account >> set >> principal;
    const auto slot = sandbox_.slot(account, set, principal);
    if (!slot) return {{"error", slot.error().message}};
    if (verb == "add") sandbox_.add_standing(*slot, wall_clock());
    else sandbox_.remove_standing(*slot, wall_clock());
    return {{"done", verb}};
  }

  [[nodiscard]] std::string hard_end_policy() const {
    for (const auto& policy : sandbox_.control_policies()) {
      if (policy.name == "AccessGuardSessionEnd") return policy.id;
    }
    return {};
  }

  json::object attach(std::istringstream& words) {
    std::vector<std::string> targets;
    for (std::string target; words >> target;) targets.push_back(target);
    if (!sandbox_.attach_policy(hard_end_policy(), std::move(targets))) return {{"error", "there is no such policy"}};
    return {{"done", "attach"}};
  }

  json::object publish(std::istringstream& words) {
    sandbox::ManagedPolicy policy;
    words >> policy.arn >> std::ws;
    std::getline(words, policy.document);
    sandbox_.publish(policy);
    return {{"done", policy.arn}};
  }

  std::mutex mutex_;
  sandbox::Behaviour behaviour_;
  sandbox::Sandbox sandbox_;
  std::mt19937_64 chance_;
  Trouble trouble_;
  bool is_out_ = false;
  int hangs_ = 0;
  std::chrono::seconds hang_{};
  std::map<std::string, EarlierList> lists_;  ///< by the request's body: as many as there are lists to ask for
};

int run(int argc, char** argv) {
  CLI::App app("The sandbox organization alone, behind a socket on the loopback.");
  std::uint16_t port = 0;
  std::uint64_t seed = 0;
  sandbox::Behaviour behaviour;
  sandbox::Size size;
  bool fast = false;
  app.add_option("--port", port, "0 for any that is free");
  app.add_option("--seed", seed, "The same seed, the same ids");
  app.add_option("--rate", behaviour.calls_per_second, "Calls a second that are answered; 0 for no limit");
  app.add_option("--accounts", size.accounts, "How many accounts the organization has");
  app.add_flag("--fast", fast, "Assignments take 50 to 150 ms");
  CLI11_PARSE(app, argc, argv);
  if (fast) {
    behaviour.operation_min = kFastMin;
    behaviour.operation_max = kFastMax;
    behaviour.trail_delay_min = kFastMin;
    behaviour.trail_delay_max = kFastMax;
  }
  ::signal(SIGPIPE, SIG_IGN);

  Desk desk(seed, behaviour, size);
  // The sandbox is one value behind one lock and its calls are short: the threads are for those that hang.
  server::ListenerOptions options{.port = port, .threads = kThreads, .max_body = 256 * 1024};
  auto listener = server::Listener::start(
      std::move(options), [&](const HttpRequest& request) -> server::Answer { return desk.handle(request); });
  if (!listener) {
    fmt::print(stderr, "sandbox_server: {}\n", listener.error().message);
    return 1;
  }
  const auto say = [](const json::object& object) {
    fmt::print("{}\n", canonical_json(object));
    std::fflush(stdout);
  };
  say(desk.introduce((*listener)->port()));
  for (std::string line; std::getline(std::cin, line);) say(desk.obey(line));
  return 0;
}

}  // namespace
}  // namespace ag

int main(int argc, char** argv) { return ag::run(argc, argv); }
