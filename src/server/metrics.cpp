#include "server/metrics.hpp"

#include <fmt/format.h>

#include "base/assert.hpp"

namespace ag::server {
namespace {

// From a fast read to a slow approval, in milliseconds.
constexpr std::array<std::int64_t, 14> kBounds = {1,      5,      20,     100,     500,     1'000,     5'000,
                                                  15'000, 30'000, 60'000, 120'000, 600'000, 3'600'000, 14'400'000};
// A family with more is a mistake in its labels.
constexpr std::size_t kMostSeries = 2'000;

std::string seconds(std::int64_t nanoseconds) {
  return fmt::format("{}.{:09}", nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000);
}

std::string rendered(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    if (!text.empty()) text += ',';
    text += name + "=\"";
    for (const char c : value) {
      if (c == '\\' || c == '"') text += '\\';
      if (c == '\n') text += "\\n";
      else text += c;
    }
    text += '"';
  }
  return text;
}

std::string braced(const std::string& labels) { return labels.empty() ? "" : "{" + labels + "}"; }

std::string_view type_name(MetricKind kind) {
  return kind == MetricKind::kCounter ? "counter" : kind == MetricKind::kGauge ? "gauge" : "histogram";
}

}  // namespace

void Metrics::declare(std::string name, MetricKind kind, std::string help) {
  const std::lock_guard lock(mutex_);
  Family& made = families_[std::move(name)];
  made.kind = kind;
  made.help = std::move(help);
}

Metrics::Family& Metrics::family(std::string_view name) {
  const auto it = families_.find(name);
  AG_ASSERT(it != families_.end());
  return it->second;
}

std::int64_t Metrics::sum(std::string_view name, std::string_view labels_hold) const {
  const std::lock_guard lock(mutex_);
  std::int64_t all = 0;
  const auto it = families_.find(name);
  AG_ASSERT(it != families_.end());
  for (const auto& [labels, value] : it->second.values) {
    if (labels.find(labels_hold) != std::string::npos) all += value;
  }
  return all;
}

void Metrics::count(std::string_view name, const Labels& labels, std::int64_t by) {
  const std::lock_guard lock(mutex_);
  auto& values = family(name).values;
  if (values.size() < kMostSeries) values[rendered(labels)] += by;
}

void Metrics::gauge(std::string_view name, const Labels& labels, std::int64_t value) {
  const std::lock_guard lock(mutex_);
  auto& values = family(name).values;
  if (values.size() < kMostSeries) values[rendered(labels)] = value;
}

void Metrics::observe(std::string_view name, const Labels& labels, Duration took) {
  const std::lock_guard lock(mutex_);
  auto& histograms = family(name).histograms;
  if (histograms.size() >= kMostSeries) return;
  Histogram& histogram = histograms[rendered(labels)];
  ++histogram.count;
  histogram.sum_nanoseconds += took.count_nanoseconds();
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    if (took.count_nanoseconds() <= kBounds[i] * 1'000'000) ++histogram.buckets[i];
  }
}

void Metrics::on_render(std::function<void(Metrics&)> refresh) {
  const std::lock_guard lock(mutex_);
  refreshers_.push_back(std::move(refresh));
}

void Metrics::render_histogram(std::string& out, std::string_view name, const std::string& labels,
                               const Histogram& histogram) {
  const std::string before = labels.empty() ? "" : labels + ",";
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    out += fmt::format("{}_bucket{{{}le=\"{}\"}} {}\n", name, before, static_cast<double>(kBounds[i]) / 1000,
                       histogram.buckets[i]);
  }
  out += fmt::format("{}_bucket{{{}le=\"+Inf\"}} {}\n", name, before, histogram.count);
  out += fmt::format("{}_sum{} {}\n", name, braced(labels), seconds(histogram.sum_nanoseconds));
  out += fmt::format("{}_count{} {}\n", name, braced(labels), histogram.count);
}

std::string Metrics::render() {
  std::vector<std::function<void(Metrics&)>> refreshers;
  {
    const std::lock_guard lock(mutex_);
    refreshers = refreshers_;
  }
  for (const auto& refresh : refreshers) refresh(*this);
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name, type_name(family.kind));
    for (const auto& [labels, value] : family.values) out += fmt::format("{}{} {}\n", name, braced(labels), value);
    for (const auto& [labels, histogram] : family.histograms) render_histogram(out, name, labels, histogram);
  }
  return out;
}

}  // namespace ag::server
