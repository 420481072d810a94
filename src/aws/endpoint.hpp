#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "aws/environment.hpp"
#include "aws/profile.hpp"
#include "aws/types.hpp"
#include "base/result.hpp"

/// Where each service answers and under which name and region its requests are signed (botocore's endpoint rule
/// sets, 2026-11).
namespace ag::aws {

enum class Partition { kAws, kChina, kGovCloud, kEuropeanSovereign };
/// AWS's names, as they stand in ARNs.
constexpr auto enum_names(Partition) {
  return std::array<std::string_view, 4>{"aws", "aws-cn", "aws-us-gov", "aws-eusc"};
}

/// Error codes `invalid_region` (not in the form of a region) and `unsupported_region` (a partition not known here).
[[nodiscard]] Result<Partition> partition_of(std::string_view region);

struct Endpoint {
  std::string origin;      ///< `https://host[:port]`, no slash at the end
  std::string host;        ///< value of the `Host` header: with the port when it is not the scheme's own
  std::string path = "/";  ///< `/`, or that of an override
  std::string service;     ///< of the signing scope: as in `sso` or `organizations`
  std::string region;      ///< of the signing scope: organizations has one fixed region in each partition

  bool operator==(const Endpoint&) const = default;
};

/// `region` is that of the Identity Center instance. An address in AWS_ENDPOINT_URL_<SERVICE> or AWS_ENDPOINT_URL
/// takes the place of AWS's own, unless AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true; what is signed stays.
/// Error codes `invalid_region`, `unsupported_region`, `invalid_endpoint_url`.
[[nodiscard]] Result<Endpoint> endpoint_of(Service service, std::string_view region, const Environment& environment);

/// The seven services' endpoints.
class Endpoints {
 public:
  [[nodiscard]] static Result<Endpoints> of(std::string_view region, const Environment& environment);
  [[nodiscard]] const Endpoint& operator[](Service service) const;

 private:
  std::array<Endpoint, 7> all_;
};

/// Where people sign in: the portal's address that holds for every instance, whatever name it was given beside. None
/// where AWS has not said how it is made (aws-cn, aws-eusc), or the store has no id of the usual form (`d-…`).
/// Source: IAM Identity Center User Guide, using-the-portal.html; AWS GovCloud User Guide, govcloud-sso.html.
[[nodiscard]] std::optional<std::string> access_portal_of(std::string_view region, std::string_view identity_store);

/// AWS_REGION, AWS_DEFAULT_REGION, else the `region` of the profile. Error codes `no_region`, `invalid_region`,
/// `unsupported_region`.
[[nodiscard]] Result<std::string> region_of(const Environment& environment, const ProfileFiles& files,
                                            const std::string& profile);

}  // namespace ag::aws
