// What policies allow: how fast a policy becomes a set of actions, and all of AWS's managed policies their levels.
//
//     iam_analysis_bench             counts, times and ratios to the bars
//     iam_analysis_bench expand NAME the actions of one managed policy, a line each: for bench/iam_beside
//     iam_analysis_bench memory      the most memory that was resident, step by step: in a process of its own, since it
//                                    only grows

#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "iam/analysis.hpp"
#include "iam/catalogue.hpp"
#include "iam/managed_policies.hpp"
#include "iam/policy_parse.hpp"

namespace {

using namespace ag::iam;

constexpr double kExpandBar = 1e-3;  // seconds, ReadOnlyAccess
constexpr double kAnalyseBar = 0.1;  // seconds, all managed policies
constexpr int kRounds = 50;

/// Of the processor: other programs' share of the machine is not counted. The median of several.
double seconds_of(int rounds, const std::function<void()>& work) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const std::clock_t start = std::clock();
    work();
    times.push_back(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

PolicyLayers layers_of(const ManagedPolicy& policy) {
  return {.identity = {{std::string(policy.name), parse(document_of(policy), PolicyKind::kAwsManaged).policy}}};
}

void all() {
  const std::clock_t start = std::clock();
  const Catalogue& catalogue = Catalogue::built_in();
  fmt::print("catalogue {}: {} actions of {} services, ready in {:.2f} ms\n", catalogue.version(), catalogue.size(),
             catalogue.service_count(), static_cast<double>(std::clock() - start) * 1e3 / CLOCKS_PER_SEC);
  for (const std::string_view name :
       {"ReadOnlyAccess", "SecurityAudit", "PowerUserAccess", "IAMFullAccess", "AdministratorAccess"}) {
    const PolicyLayers layers = layers_of(find_managed_policy(name).value());
    const Expansion expansion(layers);
    const double expand = seconds_of(kRounds, [&] { Expansion again(layers); });
    const double analyse = seconds_of(kRounds, [&] { (void)analyze(expansion, {}); });
    fmt::print("{:<20} {:>6} actions   expanded in {:7.1f} us   level and reasons in {:7.1f} us\n", name,
               expansion.possible().size(), expand * 1e6, analyse * 1e6);
    if (name == "ReadOnlyAccess") fmt::print("{:<20} {:.2f} of the bar (1 ms)\n", "", expand / kExpandBar);
  }
  std::vector<PolicyLayers> every;
  const double read = seconds_of(1, [&] {
    for (const ManagedPolicy& policy : managed_policies()) every.push_back(layers_of(policy));
  });
  const double expand = seconds_of(5, [&] {
    for (const PolicyLayers& layers : every) Expansion again(layers);
  });
  std::size_t paths = 0;
  const double analyse = seconds_of(5, [&] {
    paths = 0;
    for (const PolicyLayers& layers : every) paths += analyze({.layers = layers}).escalation_paths.size();
  });
  fmt::print(
      "all {} managed policies: unpacked and parsed in {:.0f} ms, expanded in {:.1f} ms, analysed in {:.1f} ms, "
      "{:.2f} of the bar (100 ms); {} escalation paths\n",
      every.size(), read * 1e3, expand * 1e3, analyse * 1e3, analyse / kAnalyseBar, paths);
}

double peak_mib() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024;
}

void memory() {
  const double start = peak_mib();
  (void)Catalogue::built_in().size();
  const double catalogue = peak_mib();
  (void)analyze({.layers = layers_of(find_managed_policy("ReadOnlyAccess").value())});
  const double one = peak_mib();
  std::vector<PolicyLayers> every;
  for (const ManagedPolicy& policy : managed_policies()) every.push_back(layers_of(policy));
  const double read = peak_mib();
  for (const PolicyLayers& layers : every) (void)analyze({.layers = layers});
  fmt::print(
      "peak memory: {:.1f} MiB as a program, {:.1f} with the catalogue, {:.1f} with ReadOnlyAccess analysed, {:.1f} "
      "with "
      "all {} managed policies held, {:.1f} with all of them analysed\n",
      start, catalogue, one, read, every.size(), peak_mib());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "expand") {
    const Expansion expansion(layers_of(find_managed_policy(argv[2]).value()));
    expansion.possible().each([](ActionId id) { fmt::print("{}\n", Catalogue::built_in().name(id)); });
    return 0;
  }
  if (argc == 2 && std::string_view(argv[1]) == "memory") memory();
  else all();
  return 0;
}
