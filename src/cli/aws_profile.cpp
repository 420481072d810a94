#include "cli/aws_profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "aws/profile.hpp"
#include "base/text.hpp"
#include "cli/client.hpp"

namespace ag::cli {
namespace {

constexpr std::string_view kSession = "accessguard";

struct Section {
  std::string name;  // as between the brackets
  aws::IniSection settings;
};

Section session_of(const Portal& portal) {
  return {fmt::format("sso-session {}", kSession),
          {{"sso_start_url", portal.start_url},
           {"sso_region", portal.region},
           {"sso_registration_scopes", "sso:account:access"}}};
}

Section profile_of(const Portal& portal, const PortalRole& role, std::string_view name) {
  return {fmt::format("profile {}", name),
          {{"sso_session", std::string(kSession)},
           {"sso_account_id", role.account_id},
           {"sso_role_name", role.permission_set},
           {"region", portal.region}}};
}

/// A setting that somebody added, or the region of work, is theirs; what decides where one lands has to be the same.
bool says_the_same(const aws::IniSection& there, const aws::IniSection& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& setting) {
    const auto found = there.find(setting.first);
    return setting.first == "region" || (found != there.end() && found->second == setting.second);
  });
}

std::string lines_of(const Section& section) {
  std::string lines = fmt::format("[{}]\n", section.name);
  for (const auto& [key, value] : section.settings) lines += fmt::format("{} = {}\n", key, value);
  return lines;
}

}  // namespace

std::string console_address(const Portal& portal, const PortalRole& role) {
  std::string_view start = portal.start_url;
  while (start.ends_with('/') || start.ends_with('#')) start.remove_suffix(1);
  return fmt::format("{}/#/console?account_id={}&role_name={}", start, percent_encode(role.account_id),
                     percent_encode(role.permission_set));
}

std::string plain_profile_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
    if (plain) name += c;
    else if (!name.empty() && name.back() != '-') name += '-';
  }
  return name;
}

std::string usual_profile_name(const PortalRole& role) {
  return plain_profile_name(fmt::format("{}-{}", role.account_name, role.permission_set));
}

Result<std::optional<std::string>> with_profile(std::string_view config, const Portal& portal, const PortalRole& role,
                                                std::string_view name) {
  const auto sections = aws::parse_ini(config);
  if (!sections) return fail(sections.error());
  std::string text(config);
  for (const Section& wanted : {session_of(portal), profile_of(portal, role, name)}) {
    for (const auto& [key, value] : wanted.settings) {
      if (std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }))
        return fail("invalid_value", fmt::format("what the server says of {} cannot stand in a file of settings", key),
                    key);
    }
    const auto there = sections->find(wanted.name);
    if (there != sections->end()) {
      if (says_the_same(there->second, wanted.settings)) continue;
      return fail("profile_taken", fmt::format("[{}] is there and says something else", wanted.name), wanted.name);
    }
    if (!text.empty()) text += text.ends_with('\n') ? "\n" : "\n\n";
    text += lines_of(wanted);
  }
  return text.size() == config.size() ? std::nullopt : std::optional(std::move(text));
}

std::string aws_config_path(const Environment& environment) {
  if (const auto path = environment("AWS_CONFIG_FILE")) return *path;
  return environment("HOME").value_or(".") + "/.aws/config";
}

}  // namespace ag::cli
