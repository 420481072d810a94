#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/environment.hpp"
#include "aws/sigv4.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

/// The files `~/.aws/credentials` and `~/.aws/config` that every AWS tool shares (SDKs and Tools Reference Guide,
/// "Shared config and credentials files"), and what a profile in them amounts to.
namespace ag::aws {

using IniSection = std::map<std::string, std::string>;  ///< keys in lower case
using IniSections = std::map<std::string, IniSection>;

/// `[section]`, `key = value`, comments from `#` or `;` at the start of a line or after white space. Indented lines
/// belong to nested settings, which nobody here reads: skipped. Repeated sections merge, the last value of a key
/// holds. Error code `invalid_profile_file` names the line, never its text, which may be a secret.
[[nodiscard]] Result<IniSections> parse_ini(std::string_view text);

/// Both files as read. A file that is not there is empty.
struct ProfileFiles {
  std::string credentials_path;
  std::string config_path;
  IniSections credentials;
  IniSections config;

  /// The profile's settings out of both files, those of the credentials file first; none when neither has it.
  [[nodiscard]] std::optional<IniSection> profile(const std::string& name) const;
};

/// AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE, else those under $HOME/.aws.
/// Error codes `invalid_profile_file`, `unreadable_profile_file` (there, but not readable, or above 1 MiB).
[[nodiscard]] Result<ProfileFiles> read_profile_files(const Environment& environment);

/// AWS_PROFILE, or "default".
[[nodiscard]] std::string profile_name(const Environment& environment);

/// A role on the way from the first credentials to those that are wanted.
struct RoleStep {
  std::string role_arn;
  std::string session_name;
  std::optional<std::string> external_id;
  Duration duration = Duration::hours(1);
};

/// How to come to a profile's credentials: take `base` and assume `roles` one after the other.
struct ProfilePlan {
  enum class Base { kStatic, kEnvironment };
  Base base = Base::kStatic;
  Credentials credentials;  ///< with Base::kStatic
  std::vector<RoleStep> roles;
};

/// Follows source_profile. Error codes: `no_profile`, `no_credentials` (the profile has none), `profile_loop`,
/// `unsupported_profile` (it wants what a server cannot or does not do, such as MFA), `invalid_profile`.
[[nodiscard]] Result<ProfilePlan> plan_profile(const ProfileFiles& files, const std::string& name);

}  // namespace ag::aws
