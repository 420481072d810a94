#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/settings.hpp"

/// From a grant into AWS: the portal's link into the console, and lines by which the stock AWS CLI signs in.
/// Keys are never here: the AWS CLI fetches them itself (AWS CLI User Guide, sso-configure-profile-token.html).
namespace ag::cli {

/// The organization's AWS access portal.
struct Portal {
  std::string start_url;  ///< `https://d-1234567890.awsapps.com/start`
  std::string region;     ///< of IAM Identity Center
};

/// A role that a permission set becomes in an account.
struct PortalRole {
  std::string account_id;
  std::string account_name;
  std::string permission_set;
};

/// Opens the AWS console with that role (IAM Identity Center User Guide, createshortcutlink.html).
[[nodiscard]] std::string console_address(const Portal& portal, const PortalRole& role);

/// With a hyphen for what a profile's name should not hold: what a shell or the file's format would trip over.
[[nodiscard]] std::string plain_profile_name(std::string_view text);
/// `prod-payments-PowerUser`
[[nodiscard]] std::string usual_profile_name(const PortalRole& role);

/// What has to be in ~/.aws/config so that `aws --profile NAME` works; the text of a file that lacks only that.
/// Nothing when all of it is there. What is there already stays as it is, byte for byte. Error codes: `profile_taken`,
/// when a section of that name says something else; `invalid_value`, of what would be more than one line;
/// `invalid_profile_file`.
[[nodiscard]] Result<std::optional<std::string>> with_profile(std::string_view config, const Portal& portal,
                                                              const PortalRole& role, std::string_view name);

/// AWS_CONFIG_FILE, or `~/.aws/config`.
[[nodiscard]] std::string aws_config_path(const Environment& environment);

}  // namespace ag::cli
