#include "aws/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

#include "base/text.hpp"

namespace ag::aws {
namespace {

constexpr std::size_t kMaxFile = 1U << 20;  // bytes; real ones have a few kB
constexpr std::size_t kMaxHops = 8;         // roles in one chain; more is a mistake
constexpr std::string_view kBlanks = " \t\r";

// AWS's limits of DurationSeconds, and its cap where a role's session assumes the next role.
constexpr Duration kShortestRole = Duration::seconds(900);
constexpr Duration kLongestRole = Duration::hours(12);
constexpr Duration kLongestChainedRole = Duration::hours(1);

std::string_view trimmed(std::string_view text) {
  const auto first = std::min(text.find_first_not_of(kBlanks), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool marks = line[i] == '#' || line[i] == ';';
    if (marks && (i == 0 || kBlanks.find(line[i - 1]) != std::string_view::npos)) return line.substr(0, i);
  }
  return line;
}

Result<IniSections> read_ini(const std::string& path) {
  std::error_code missing;
  const auto kind = std::filesystem::status(path, missing).type();
  if (kind == std::filesystem::file_type::not_found) return IniSections{};
  std::ifstream file(path, std::ios::binary);
  if (!file || kind != std::filesystem::file_type::regular) {
    return fail("unreadable_profile_file", fmt::format("{} cannot be read", path), path);
  }
  std::string text(kMaxFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxFile) return fail("unreadable_profile_file", fmt::format("{} is above 1 MiB", path), path);
  auto sections = parse_ini(text);
  if (!sections) sections.error().message = fmt::format("{}: {}", path, sections.error().message);
  return sections;
}

std::optional<std::string> value(const IniSection& section, const std::string& key) {
  const auto it = section.find(key);
  if (it == section.end() || it->second.empty()) return std::nullopt;
  return it->second;
}

std::optional<Credentials> static_keys(const IniSection& profile) {
  const auto id = value(profile, "aws_access_key_id");
  const auto secret = value(profile, "aws_secret_access_key");
  if (!id || !secret) return std::nullopt;
  return Credentials{*id, *secret, value(profile, "aws_session_token").value_or(""), std::nullopt};
}

Result<RoleStep> role_step(const std::string& name, const IniSection& profile) {
  if (profile.contains("mfa_serial")) {
    return fail("unsupported_profile",
                fmt::format("profile \"{}\" asks for an MFA code (mfa_serial), which a server cannot enter", name),
                name);
  }
  RoleStep step{.role_arn = profile.at("role_arn"),
                .session_name = value(profile, "role_session_name").value_or("accessguard"),
                .external_id = value(profile, "external_id")};
  if (const auto text = value(profile, "duration_seconds")) {
    std::int64_t seconds = 0;
    const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    step.duration = Duration::seconds(seconds);
    if (problem != std::errc{} || end != text->data() + text->size() || step.duration < kShortestRole ||
        step.duration > kLongestRole) {
      return fail("invalid_profile",
                  fmt::format("profile \"{}\": duration_seconds must be a whole number from 900 to 43200", name), name);
    }
  }
  return step;
}

Error no_keys(const ProfileFiles& files, const std::string& name, const IniSection& profile) {
  for (const auto* key : {"credential_process", "sso_session", "sso_account_id", "web_identity_token_file",
                          "credential_source", "login_session"}) {
    if (profile.contains(key)) {
      return {"unsupported_profile", fmt::format("profile \"{}\" uses {}, which is not supported here", name, key),
              name};
    }
  }
  return {"no_credentials",
          fmt::format("profile \"{}\" has no aws_access_key_id with aws_secret_access_key and no role_arn in {} or {}",
                      name, files.credentials_path, files.config_path),
          name};
}

}  // namespace

Result<IniSections> parse_ini(std::string_view text) {
  IniSections sections;
  IniSection* section = nullptr;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view raw = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view line = trimmed(without_comment(raw));
    if (line.empty()) continue;
    if (line.front() == '[') {
      if (line.back() != ']') {
        return fail("invalid_profile_file", fmt::format("line {}: a section needs its closing bracket", number));
      }
      section = &sections[std::string(trimmed(line.substr(1, line.size() - 2)))];
      continue;
    }
    if (raw.front() == ' ' || raw.front() == '\t') continue;
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || section == nullptr) {
      return fail("invalid_profile_file", fmt::format("line {}: expected \"key = value\" in a [section]", number));
    }
    (*section)[to_lower(trimmed(line.substr(0, equals)))] = std::string(trimmed(line.substr(equals + 1)));
  }
  return sections;
}

std::optional<IniSection> ProfileFiles::profile(const std::string& name) const {
  const auto in_credentials = credentials.find(name);
  auto in_config = config.find("profile " + name);
  if (in_config == config.end() && name == "default") in_config = config.find(name);
  if (in_credentials == credentials.end() && in_config == config.end()) return std::nullopt;
  IniSection merged = in_credentials == credentials.end() ? IniSection{} : in_credentials->second;
  if (in_config != config.end()) merged.insert(in_config->second.begin(), in_config->second.end());
  return merged;
}

Result<ProfileFiles> read_profile_files(const Environment& environment) {
  const std::string home = environment("HOME").value_or("/");
  const auto expanded = [&](std::string path) { return path.starts_with("~/") ? home + path.substr(1) : path; };
  ProfileFiles files{
      .credentials_path = expanded(environment("AWS_SHARED_CREDENTIALS_FILE").value_or("~/.aws/credentials")),
      .config_path = expanded(environment("AWS_CONFIG_FILE").value_or("~/.aws/config"))};
  auto credentials = read_ini(files.credentials_path);
  if (!credentials) return std::unexpected(std::move(credentials.error()));
  auto config = read_ini(files.config_path);
  if (!config) return std::unexpected(std::move(config.error()));
  files.credentials = std::move(*credentials);
  files.config = std::move(*config);
  return files;
}

std::string profile_name(const Environment& environment) { return environment("AWS_PROFILE").value_or("default"); }

Result<ProfilePlan> plan_profile(const ProfileFiles& files, const std::string& name) {
  ProfilePlan plan;
  std::vector<std::string> visited;
  for (std::string current = name;;) {
    const auto profile = files.profile(current);
    if (!profile) {
      return fail("no_profile",
                  fmt::format("profile \"{}\" is not in {} or {}", current, files.credentials_path, files.config_path),
                  current);
    }
    const bool again = std::find(visited.begin(), visited.end(), current) != visited.end();
    // A profile may be its own source when it has keys; any other return is a loop.
    const bool own_source = again && current == visited.back() && static_keys(*profile).has_value();
    if ((again && !own_source) || visited.size() > kMaxHops) {
      return fail("profile_loop",
                  fmt::format("profile \"{}\": source_profile leads in a circle: {}", name, fmt::join(visited, " -> ")),
                  name);
    }
    visited.push_back(current);
    if (own_source || !value(*profile, "role_arn")) {
      auto keys = static_keys(*profile);
      if (!keys) return std::unexpected(no_keys(files, current, *profile));
      plan.credentials = std::move(*keys);
      break;
    }
    auto step = role_step(current, *profile);
    if (!step) return std::unexpected(std::move(step.error()));
    plan.roles.push_back(std::move(*step));
    if (const auto source = value(*profile, "source_profile")) {
      current = *source;
    } else if (to_lower(value(*profile, "credential_source").value_or("")) == "environment") {
      plan.base = ProfilePlan::Base::kEnvironment;
      break;
    } else if (profile->contains("credential_source") || profile->contains("web_identity_token_file")) {
      return std::unexpected(no_keys(files, current, *profile));
    } else {
      return fail("invalid_profile", fmt::format("profile \"{}\" has a role_arn but no source_profile", current),
                  current);
    }
  }
  std::reverse(plan.roles.begin(), plan.roles.end());
  for (std::size_t i = 1; i < plan.roles.size(); ++i) {
    plan.roles[i].duration = std::min(plan.roles[i].duration, kLongestChainedRole);
  }
  return plan;
}

}  // namespace ag::aws
