#include "server/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/json.hpp"
#include "server/clock.hpp"

namespace ag::server {
namespace {

// A line longer than this is cut in its longest field: a log is no archive.
constexpr std::size_t kLongestValue = 1'000;

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("accessguard", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    return made;
  }();
  return *instance;
}

}  // namespace

void log(Severity severity, std::string_view event, std::initializer_list<LogField> fields) {
  constexpr std::array<std::string_view, 3> kNames = {"info", "warning", "error"};
  json::object line{
      {"ts", to_rfc3339(wall_clock())}, {"level", kNames[static_cast<std::size_t>(severity)]}, {"event", event}};
  for (const auto& [name, value] : fields) line[name] = value.substr(0, kLongestValue);
  logger().info(json::serialize(line));
}

}  // namespace ag::server
