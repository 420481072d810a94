#include "server/config.hpp"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <sstream>

#include "access/yaml.hpp"
#include "base/text.hpp"
#include "server/operator.hpp"

namespace ag::server {
namespace {

constexpr std::size_t kLargestConfig = 64 * 1024;

std::unexpected<Error> bad_config(const std::string& file, const access::yaml::Node& node, std::string_view what) {
  return fail("invalid_config", fmt::format("{}, line {}: {}", file, node.line, what), "config");
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
    if (value.kind != Kind::kScalar) return bad_config(file, value, fmt::format("\"{}\" must be a text", key.scalar));
    if (key.scalar == "listen") {
      if (auto set = set_listen(config, value.scalar); !set) return bad_config(file, value, set.error().message);
    } else if (key.scalar == "data") {
      config.data = value.scalar;
    } else if (key.scalar == "policy") {
      config.policy_file = value.scalar;
    } else if (key.scalar == "checkpoint") {
      config.checkpoint = value.scalar;
    } else {
      const auto near = nearest(key.scalar, {"listen", "data", "policy", "hosts", "checkpoint"});
      return bad_config(
          file, key,
          near ? fmt::format("\"{}\" is not known; did you mean \"{}\"?", key.scalar, *near)
               : fmt::format("\"{}\" is not known; known are: listen, data, policy, hosts, checkpoint", key.scalar));
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
