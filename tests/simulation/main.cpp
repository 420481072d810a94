/// The simulator's command: many lives, one life told, one life shrunk, bugs hunted.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <map>

#include "simulation/hunt.hpp"
#include "simulation/life.hpp"
#include "simulation/shrink.hpp"

namespace ag::simulation {
namespace {

constexpr int kOk = 0;
constexpr int kBroken = 1;
constexpr int kUsage = 2;
// Lives are shared out in portions, so that a person sees that it goes on.
constexpr std::uint64_t kPortion = 1'000;
constexpr std::size_t kMostShown = 10;
constexpr double kSecondsInYear = 365.25 * 24 * 3600;

struct Wishes {
  std::uint64_t seeds = 1'000;
  std::uint64_t first = 1;
  std::uint64_t one = 0;
  std::uint64_t twice = 0;
  std::vector<std::size_t> only;
  std::string bug;
  bool bugs = false;
  bool shrink = true;
  std::uint64_t budget = 2'000;  // a sweep must end just before a crash: 1,173 lives until one of them is found
  int replicas = 1;
  int jobs = 0;
};

std::string how_to_repeat(const Wishes& wishes, std::uint64_t seed) {
  std::string line = fmt::format("./dev sim --seed {}", seed);
  if (!wishes.bug.empty()) line += " --bug " + wishes.bug;
  if (wishes.replicas != 1) line += fmt::format(" --replicas {}", wishes.replicas);
  return line;
}

double seconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

// ---- one life --------------------------------------------------------------------------------------------

int tell_one(const Wishes& wishes) {
  LifeOptions options{.telling = Telling::kWholeStory, .only = {}, .replicas = wishes.replicas};
  if (!wishes.only.empty()) options.only = wishes.only;
  const Life life = live(wishes.one, options);
  fmt::print("{}", life.story);
  for (const auto& breach : life.broken) fmt::print("BROKEN {}\n", to_text(breach));
  fmt::print("seed {}: {} grants, {} calls, {} entries, {} crashes in {}, trace {}\n", wishes.one, life.grants,
             life.calls, life.entries, life.crashes, to_text(life.lived), to_hex(life.trace));
  return life.broken.empty() ? kOk : kBroken;
}

void show_shortest(const Wishes& wishes, std::uint64_t seed) {
  const auto acts = shrink(seed, wishes.replicas, wishes.jobs);
  const Plan plan = plan_of(seed);
  fmt::print("  {} of its {} acts are enough:\n", acts.size(), plan.acts.size());
  std::string numbers;
  for (const std::size_t number : acts) {
    fmt::print("    {:>3}: {}\n", number, to_text(plan.acts[number]));
    numbers += fmt::format("{}{}", numbers.empty() ? "" : ",", number);
  }
  // Again, in a process of its own: it may die of it.
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    const Life life = live(seed, {.only = acts, .replicas = wishes.replicas});
    for (const auto& breach : life.broken) fmt::print("    {}\n", to_text(breach));
    std::fflush(stdout);
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  fmt::print("  {}{}\n", how_to_repeat(wishes, seed), numbers.empty() ? "" : " --only " + numbers);
}

// ---- many lives ------------------------------------------------------------------------------------------

struct Totals {
  std::uint64_t lives = 0;
  std::uint64_t grants = 0;
  std::uint64_t crashes = 0;
  std::uint64_t calls = 0;
  double seconds = 0;
  std::vector<Verdict> failed;

  void add(const std::vector<Verdict>& verdicts) {
    for (const auto& verdict : verdicts) {
      ++lives;
      grants += verdict.grants;
      crashes += verdict.crashes;
      calls += verdict.calls;
      seconds += static_cast<double>(verdict.lived.count_milliseconds()) / 1'000;
      if (verdict.failed()) failed.push_back(verdict);
    }
  }
};

int live_them(const Wishes& wishes) {
  const auto begun = std::chrono::steady_clock::now();
  Totals totals;
  for (std::uint64_t done = 0; done < wishes.seeds; done += kPortion) {
    totals.add(live_many({wishes.first + done, std::min(kPortion, wishes.seeds - done), wishes.replicas, wishes.jobs}));
    if (::isatty(STDERR_FILENO) == 1) fmt::print(stderr, "\r{} lives, {} broken", totals.lives, totals.failed.size());
  }
  const double took = seconds_since(begun);
  fmt::print(
      "{} lives, {} grants, {} calls, {} crashes: {:.0f} days of AccessGuard's in {:.0f} s, {:.1f} years an hour\n",
      totals.lives, totals.grants, totals.calls, totals.crashes, totals.seconds / 86'400, took,
      totals.seconds / kSecondsInYear / took * 3'600);
  if (totals.failed.empty()) {
    fmt::print("no law was broken\n");
    return kOk;
  }
  std::map<std::string, int> by_law;
  for (const auto& it : totals.failed) ++by_law[it.died ? "died" : name_of_law(it.law)];
  for (const auto& [law, count] : by_law) fmt::print("{}: {} lives\n", law, count);
  for (std::size_t i = 0; i < std::min(kMostShown, totals.failed.size()); ++i) {
    fmt::print("{}\n", how_to_repeat(wishes, totals.failed[i].seed));
  }
  std::fflush(stdout);
  if (wishes.shrink) show_shortest(wishes, totals.failed.front().seed);
  return kBroken;
}

int live_twice(const Wishes& wishes) {
  const HuntOptions options{wishes.first, wishes.twice, wishes.replicas, wishes.jobs};
  const auto once = live_many(options);
  const auto again = live_many(options);
  std::size_t different = 0;
  std::string all;
  for (std::size_t i = 0; i < once.size(); ++i) {
    all.append(reinterpret_cast<const char*>(once[i].trace.data()), once[i].trace.size());
    if (once[i].trace == again[i].trace) continue;
    ++different;
    fmt::print("seed {} was another life the second time\n", once[i].seed);
  }
  fmt::print("{} seeds lived twice, {} differ; trace {}\n", once.size(), different, to_hex(sha256(all)));
  return different == 0 ? kOk : kBroken;
}

// ---- bugs ------------------------------------------------------------------------------------------------

/// A number where the design has one.
std::string short_name(int law) { return law > 0 && law < kHardEnd ? std::to_string(law) : name_of_law(law); }

std::string laws_in_words(const Kill& kill) {
  std::string words;
  for (int law = 0; law < 32; ++law) {
    if ((kill.laws >> static_cast<unsigned>(law) & 1U) == 0) continue;
    words += fmt::format("{}{}", words.empty() ? "" : ", ", short_name(law));
  }
  if (kill.died) words += words.empty() ? "assertion" : ", assertion";
  return words.empty() ? "-" : words;
}

void show_laws(std::span<const KnownBug> bugs, const std::vector<Kill>& kills) {
  fmt::print("\n| law | broken by |\n|---|---|\n");
  for (const int law : {1, 2, 3, 4, 5, 6, 7, 10, kHardEnd, kSwitch, kRestored, kSetChanged, 0}) {
    std::string names;
    for (std::size_t i = 0; i < bugs.size(); ++i) {
      if ((kills[i].laws >> static_cast<unsigned>(law) & 1U) == 0) continue;
      names += fmt::format("{}{}", names.empty() ? "" : ", ", bugs[i].name);
    }
    fmt::print("| {} | {} |\n", law == 0 ? "comes to rest" : short_name(law), names.empty() ? "none" : names);
  }
}

int hunt_them(const Wishes& wishes) {
  const auto bugs = known_bugs();
  if (!bring_back(Bug::kNone) || bugs.empty() || !bring_back(bugs.front().bug)) {
    fmt::print(stderr, "this build has no bugs to bring back: configure it with -DAG_BUGS=ON\n");
    return kUsage;
  }
  bring_back(Bug::kNone);
  const auto kills = hunt_all(bugs, {wishes.first, wishes.budget, wishes.replicas, wishes.jobs});
  fmt::print("| bug | where it was met | what | seeds to find | laws broken |\n|---|---|---|---|---|\n");
  std::vector<std::uint64_t> seeds;
  for (std::size_t i = 0; i < bugs.size(); ++i) {
    const Kill& kill = kills[i];
    if (kill.seeds > 0) seeds.push_back(kill.seeds);
    fmt::print("| {} | {} | {} | {} | {} |\n", bugs[i].name, bugs[i].source, bugs[i].what,
               kill.seeds > 0 ? std::to_string(kill.seeds) : "SURVIVES", laws_in_words(kill));
  }
  std::sort(seeds.begin(), seeds.end());
  fmt::print("\n{} of {} found, median seeds to find {}\n", seeds.size(), bugs.size(),
             seeds.empty() ? 0 : seeds[seeds.size() / 2]);
  show_laws(bugs, kills);
  return seeds.size() == bugs.size() ? kOk : kBroken;
}

int run(int argc, char** argv) {
  CLI::App app{"AccessGuard's simulator: the real core, ledger and AWS codecs in virtual time"};
  Wishes wishes;
  app.add_option("--seeds", wishes.seeds, "how many lives");
  app.add_option("--from", wishes.first, "the first seed");
  app.add_option("--seed", wishes.one, "one life, told");
  app.add_option("--only", wishes.only, "with --seed: do only these acts")->delimiter(',');
  app.add_option("--twice", wishes.twice, "so many lives twice: the same seed must be the same life");
  app.add_flag("--bugs", wishes.bugs, "bring back the bugs of others one by one; each must be found");
  app.add_option("--bug", wishes.bug, "bring back this one");
  app.add_option("--budget", wishes.budget, "with --bugs: so many lives for each at most");
  app.add_option("--replicas", wishes.replicas, "programs that share the ledger")->check(CLI::Range(1, 3));
  app.add_option("--jobs", wishes.jobs, "processes; all cores if not given")->check(CLI::Range(1, 64));
  app.add_flag("!--no-shrink", wishes.shrink, "do not look for the shortest story");
  CLI11_PARSE(app, argc, argv);
  if (wishes.jobs == 0) wishes.jobs = static_cast<int>(std::clamp(::sysconf(_SC_NPROCESSORS_ONLN), 1L, 64L));
  if (!wishes.bug.empty()) {
    const KnownBug* bug = find_bug(wishes.bug);
    if (bug == nullptr || !bring_back(bug->bug)) {
      fmt::print(stderr, "there is no bug {} in this build\n", wishes.bug);
      return kUsage;
    }
  }
  if (wishes.bugs) return hunt_them(wishes);
  if (wishes.one > 0) return tell_one(wishes);
  if (wishes.twice > 0) return live_twice(wishes);
  return live_them(wishes);
}

}  // namespace
}  // namespace ag::simulation

int main(int argc, char** argv) { return ag::simulation::run(argc, argv); }
