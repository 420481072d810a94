#include "server/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include "access/yaml.hpp"
#include "base/codec.hpp"
#include "base/text.hpp"
#include "server/operator.hpp"

namespace ag::server {
namespace {

constexpr std::size_t kLargestConfig = 64 * 1024;
const std::vector<std::string> kKeys{"listen",          "data",          "policy",
                                     "hosts",           "checkpoint",    "hard_end_policy",
                                     "dead_man_switch", "access_portal", "foreign_creates"};
const std::vector<std::string> kSwitchKeys{"role", "group", "grace"};
// Less leaves AccessGuard itself no time to remove it first; more is no end.
constexpr Duration kShortestGrace = Duration::minutes(1);
constexpr Duration kLongestGrace = Duration::hours(24);
constexpr Duration kUsualGrace = Duration::minutes(10);

std::unexpected<Error> bad_config(const std::string& file, const access::yaml::Node& node, std::string_view what) {
  return fail("invalid_config", fmt::format("{}, line {}: {}", file, node.line, what), "config");
}

std::unexpected<Error> unknown_key(const std::string& file, const access::yaml::Node& key,
                                   const std::vector<std::string>& known) {
  const auto near = nearest(key.scalar, known);
  return bad_config(
      file, key,
      near ? fmt::format("\"{}\" is not known; did you mean \"{}\"?", key.scalar, *near)
           : fmt::format("\"{}\" is not known; known are: {}", excerpt(key.scalar), fmt::join(known, ", ")));
}

/// As in `p-examplepolicyid111`.
bool is_policy_id(std::string_view text) {
  return text.size() >= 10 && text.size() <= 130 && text.starts_with("p-") &&
         std::all_of(text.begin() + 2, text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
         });
}

Result<void> set_listen(Config& config, std::string_view text) {
  const auto colon = text.rfind(':');
  std::string_view address = text.substr(0, colon);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  unsigned port = 0;
  const std::string_view digits = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() || port > 65'535 ||
      address.empty()) {
    return fail("invalid_address", fmt::format("\"{}\" is not ADDRESS:PORT, as in 127.0.0.1:8642", text), "listen");
  }
  config.address = address;
  config.port = static_cast<std::uint16_t>(port);
  return {};
}

/// As in `arn:aws:iam::111122223333:role/AccessGuardScheduler`.
bool is_role_arn(std::string_view text) {
  const auto at = text.find(":role/");
  return text.size() <= 1'600 && text.starts_with("arn:") && text.find(":iam::") != std::string_view::npos &&
         at != std::string_view::npos && at + std::string_view(":role/").size() < text.size();
}

/// As in `https://d-1234567890.awsapps.com/start`.
bool is_web_address(std::string_view text) {
  return text.size() <= 500 && text.starts_with("https://") && text.size() > std::string_view("https://").size() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
}

/// A name of EventBridge Scheduler's: 1 to 64 of `0-9a-zA-Z-_.`.
bool is_scheduler_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  });
}

Result<Duration> grace_of(const std::string& file, const access::yaml::Node& node) {
  const auto grace = parse_duration(node.scalar);
  if (grace && *grace >= kShortestGrace && *grace <= kLongestGrace) return *grace;
  return bad_config(file, node,
                    fmt::format("\"dead_man_switch.grace\" must be between {} and {}, as in 10m; it is \"{}\"",
                                to_text(kShortestGrace), to_text(kLongestGrace), excerpt(node.scalar)));
}

Result<control::SwitchSettings> switch_of(const std::string& file, const access::yaml::Node& node) {
  if (node.kind != access::yaml::Kind::kMapping)
    return bad_config(file, node, "\"dead_man_switch\" must be a mapping, as in {role: arn:…, group: AccessGuard}");
  control::SwitchSettings settings{"", "", kUsualGrace};
  for (const auto& [key, value] : node.members) {
    if (std::find(kSwitchKeys.begin(), kSwitchKeys.end(), key.scalar) == kSwitchKeys.end())
      return unknown_key(file, key, kSwitchKeys);
    if (value.kind != access::yaml::Kind::kScalar)
      return bad_config(file, value, fmt::format("\"dead_man_switch.{}\" must be a text", key.scalar));
    if (key.scalar == "role") {
      if (!is_role_arn(value.scalar))
        return bad_config(file, value, "\"dead_man_switch.role\" must be a role's ARN, arn:aws:iam::…:role/…");
      settings.role_arn = value.scalar;
    } else if (key.scalar == "group") {
      if (!is_scheduler_name(value.scalar))
        return bad_config(file, value, "\"dead_man_switch.group\" must be a schedule group: 1 to 64 of 0-9a-zA-Z-_.");
      settings.group = value.scalar;
    } else {
      const auto grace = grace_of(file, value);
      if (!grace) return fail(grace.error());
      settings.grace = *grace;
    }
  }
  if (settings.role_arn.empty() || settings.group.empty())
    return bad_config(file, node, "\"dead_man_switch\" needs role and group");
  return settings;
}

Result<void> apply_file(Config& config, const std::string& file) {
  using access::yaml::Kind;
  const auto text = read_file(file, kLargestConfig);
  if (!text) return fail("config_unreadable", text.error().message, "config");
  const auto root = access::yaml::parse(*text);
  if (!root) {
    return fail("invalid_config", fmt::format("{}, line {}: {}", file, root.error().line, root.error().message),
                "config");
  }
  if (root->kind == Kind::kNull) return {};
  if (root->kind != Kind::kMapping) return bad_config(file, *root, "must be a mapping");
  for (const auto& [key, value] : root->members) {
    if (key.scalar == "hosts" && value.kind == Kind::kSequence) {
      for (const auto& host : value.items) config.hosts.push_back(host.scalar);
      continue;
    }
    if (key.scalar == "dead_man_switch") {
      auto settings = switch_of(file, value);
      if (!settings) return fail(settings.error());
      config.prepared.dead_man_switch = std::move(*settings);
      continue;
    }
    if (value.kind != Kind::kScalar) return bad_config(file, value, fmt::format("\"{}\" must be a text", key.scalar));
    if (key.scalar == "listen") {
      if (auto set = set_listen(config, value.scalar); !set) return bad_config(file, value, set.error().message);
    } else if (key.scalar == "data") {
      config.data = value.scalar;
    } else if (key.scalar == "policy") {
      config.policy_file = value.scalar;
    } else if (key.scalar == "checkpoint") {
      config.checkpoint = value.scalar;
    } else if (key.scalar == "hard_end_policy") {
      if (!is_policy_id(value.scalar)) return bad_config(file, value, "\"hard_end_policy\" must be a policy's id, p-…");
      config.prepared.hard_end_policy = value.scalar;
    } else if (key.scalar == "foreign_creates") {
      const auto at_expiry = enum_from<access::ForeignCreates>(value.scalar);
      if (!at_expiry) return bad_config(file, value, "\"foreign_creates\" must be hold or delete");
      config.prepared.trail.at_expiry = *at_expiry;
    } else if (key.scalar == "access_portal") {
      if (!is_web_address(value.scalar))
        return bad_config(file, value,
                          "\"access_portal\" must be an address like https://d-1234567890.awsapps.com/start");
      config.access_portal = value.scalar;
    } else {
      return unknown_key(file, key, kKeys);
    }
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail("file_unreadable", fmt::format("\"{}\" cannot be read", path));
  std::string text(limit + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return fail("file_unreadable", fmt::format("\"{}\" cannot be read", path));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > limit) return fail("file_unreadable", fmt::format("\"{}\" is larger than {} bytes", path, limit));
  return text;
}

Result<Config> load_config(const ServeOptions& options) {
  Config config;
  if (options.config) {
    if (auto applied = apply_file(config, *options.config); !applied) return fail(applied.error());
  }
  if (!options.listen.empty()) {
    if (auto set = set_listen(config, options.listen); !set) return fail(set.error());
  }
  if (!options.data.empty()) config.data = options.data;
  if (config.data.empty() && !options.sandbox) config.data = default_data_folder();
  if (options.policy_file) config.policy_file = options.policy_file;
  return config;
}

}  // namespace ag::server
