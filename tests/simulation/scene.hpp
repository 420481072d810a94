#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "simulation/life.hpp"
#include "simulation/world.hpp"

/// For the scenarios of the failure catalogue.
namespace ag::simulation {

inline constexpr Duration kBound = Duration::seconds(180);

inline WorldOptions options_for(Duration bound, int replicas, Instant start) {
  WorldOptions options;
  options.bounds = {bound, bound, Duration::seconds(5), {}, {}};
  options.start = start;
  options.replicas = replicas;
  return options;
}

/// A world in which nothing goes wrong but what the test does to it.
struct Scene : World {
  explicit Scene(Duration bound = kBound, int replicas = 1, Instant start = {})
      : Scene(options_for(bound, replicas, start)) {}
  explicit Scene(const WorldOptions& options) : World(options), slot(World::slot("dev-web", "ReadOnly", "ana")) {}

  access::RequestId ana_asks(Duration duration, std::optional<Instant> from = {}) {
    auto asked = ask("ana", "dev-web", "ReadOnly", duration, from);
    EXPECT_TRUE(asked.has_value()) << (asked ? "" : asked.error().message);
    return asked.value_or(access::RequestId());
  }
  bool comes(Duration within = Duration::seconds(20)) {
    return run_until(within, [&] { return sandbox().is_present(slot); });
  }
  bool goes(Duration within) {
    return run_until(within, [&] { return !sandbox().is_present(slot); });
  }
  bool is_there() { return sandbox().is_present(slot); }
  /// The ledger has an entry of that kind.
  [[nodiscard]] bool tells(std::string_view kind) const {
    return std::any_of(ledger().begin(), ledger().end(), [&](const std::string& entry) {
      return entry.find("\"kind\":\"" + std::string(kind) + "\"") != std::string::npos;
    });
  }
  void expect_lawful() const {
    std::string told;
    for (const auto& each : laws().broken()) told += to_text(each) + "\n";
    EXPECT_TRUE(told.empty()) << told << story();
  }
  void expect_rest(Duration within = kBound) {
    come_to_rest(*this, within);
    expect_lawful();
    EXPECT_FALSE(is_there());
  }
  sandbox::Slot slot;
};

}  // namespace ag::simulation
