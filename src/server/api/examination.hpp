#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "server/engine.hpp"
#include "server/metrics.hpp"
#include "server/read_model.hpp"

/// What an operator wants to be in order, looked at in one place: for probes (/readyz), for people (/v1/status, the
/// console, `accessguard doctor`) and for the metrics.
namespace ag::server {

enum class Condition { kOk, kWarn, kBad };
constexpr auto enum_names(Condition) { return std::array<std::string_view, 3>{"ok", "warn", "bad"}; }

struct Check {
  std::string id;
  Condition state = Condition::kOk;
  std::string detail;
  std::string fix{};  ///< what would help, where that is known
};

/// What is bad here makes the server not ready.
[[nodiscard]] std::vector<Check> readiness_checks(const EngineHealth& health, const ReadModel& read_model, Instant now);

/// Everything else that is worth a look, whoever looks: nobody and no place is named.
[[nodiscard]] std::vector<Check> further_checks(const EngineHealth& health, const ReadModel& read_model,
                                                const Metrics& metrics, const std::vector<std::string>& checkpoints,
                                                Instant now);

/// What others did in AWS, what stands there without end, and where hard ends would cut nothing: for administrators,
/// since it names people and places.
[[nodiscard]] std::vector<Check> foreign_checks(const ReadModel& read_model, Instant now);

/// Grants whose right is over and whose assignment was not yet seen to be gone.
struct Overdue {
  std::int64_t grants = 0;
  Duration oldest;
};
[[nodiscard]] Overdue overdue_in(const View& view, Instant now);

}  // namespace ag::server
