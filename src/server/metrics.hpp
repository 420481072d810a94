#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

/// Counters and histograms in Prometheus' text format. No label ever holds a person's id or name.
namespace ag::server {

/// Label names with their values, in the order in which they are shown.
using Labels = std::vector<std::pair<std::string, std::string>>;

enum class MetricKind { kCounter, kGauge, kHistogram };

class Metrics {
 public:
  /// Makes a family known before its first value, so that a dashboard finds it from the start.
  void declare(std::string name, MetricKind kind, std::string help);
  void count(std::string_view name, const Labels& labels = {}, std::int64_t by = 1);
  void gauge(std::string_view name, const Labels& labels, std::int64_t value);
  void observe(std::string_view name, const Labels& labels, Duration took);
  /// Of a counter's values, those whose labels hold this text, as in `code="AccessDenied`.
  [[nodiscard]] std::int64_t sum(std::string_view name, std::string_view labels_hold = {}) const;
  /// Called at each render() to set gauges that are read, not kept.
  void on_render(std::function<void(Metrics&)> refresh);

  [[nodiscard]] std::string render();

 private:
  struct Histogram {
    std::array<std::uint64_t, 14> buckets{};
    std::uint64_t count = 0;
    std::int64_t sum_nanoseconds = 0;
  };
  struct Family {
    MetricKind kind = MetricKind::kCounter;
    std::string help;
    std::map<std::string, std::int64_t> values;  ///< by rendered labels
    std::map<std::string, Histogram> histograms;
  };
  Family& family(std::string_view name);
  static void render_histogram(std::string& out, std::string_view name, const std::string& labels,
                               const Histogram& histogram);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
  std::vector<std::function<void(Metrics&)>> refreshers_;
};

}  // namespace ag::server
