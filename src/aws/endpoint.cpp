#include "aws/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ag::aws {
namespace {

constexpr std::size_t kMaxRegion = 63;  // it becomes a DNS label
constexpr std::size_t kMaxUrl = 2048;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

struct PartitionFacts {
  std::string_view suffix;
  std::string_view organizations_region;
  std::string_view organizations_host;  // before the suffix
  std::string_view iam_region;
  std::string_view iam_host;
};

PartitionFacts facts_of(Partition partition) {
  switch (partition) {
    case Partition::kAws: return {"amazonaws.com", "us-east-1", "organizations.us-east-1", "us-east-1", "iam"};
    case Partition::kChina:
      return {"amazonaws.com.cn", "cn-northwest-1", "organizations.cn-northwest-1", "cn-north-1", "iam.cn-north-1"};
    case Partition::kGovCloud:
      return {"amazonaws.com", "us-gov-west-1", "organizations.us-gov-west-1", "us-gov-west-1", "iam.us-gov"};
    case Partition::kEuropeanSovereign:
      return {"amazonaws.eu", "eusc-de-east-1", "organizations.eusc-de-east-1", "eusc-de-east-1", "iam.eusc-de-east-1"};
  }
  std::unreachable();
}

struct ServiceFacts {
  std::string_view host;  // the first label, and the name of the signing scope
  const char* override_variable;
};

ServiceFacts facts_of(Service service) {
  switch (service) {
    case Service::kSsoAdmin: return {"sso", "AWS_ENDPOINT_URL_SSO_ADMIN"};
    case Service::kIdentityStore: return {"identitystore", "AWS_ENDPOINT_URL_IDENTITYSTORE"};
    case Service::kOrganizations: return {"organizations", "AWS_ENDPOINT_URL_ORGANIZATIONS"};
    case Service::kSts: return {"sts", "AWS_ENDPOINT_URL_STS"};
    case Service::kScheduler: return {"scheduler", "AWS_ENDPOINT_URL_SCHEDULER"};
    case Service::kIam: return {"iam", "AWS_ENDPOINT_URL_IAM"};
    case Service::kCloudTrail: return {"cloudtrail", "AWS_ENDPOINT_URL_CLOUDTRAIL"};
  }
  std::unreachable();
}

bool says_true(const std::optional<std::string>& value) {
  return value && (*value == "true" || *value == "True" || *value == "TRUE" || *value == "1");
}

// Printable ASCII without what would start another header, a user name or a query.
bool is_host_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') ||
           std::string_view(".-_:[]").find(c) != std::string_view::npos;
  });
}
bool is_path_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127 && c != '?' && c != '#'; });
}

Result<void> override_with(Endpoint& endpoint, std::string_view url, const std::string& variable) {
  const auto refused = [&](std::string_view why) {
    return fail("invalid_endpoint_url", fmt::format("{} must be like https://host:port: {}", variable, why), variable);
  };
  if (url.size() > kMaxUrl) return refused("it is too long");
  const std::string_view scheme = url.starts_with("https://") ? "https://" : "http://";
  if (!url.starts_with(scheme)) return refused("it must start with https:// or http://");
  std::string_view rest = url.substr(scheme.size());
  const auto slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  std::string_view path = rest.substr(slash);
  if (authority.empty() || !is_host_text(authority)) return refused("it has no usable host");
  if (!is_path_text(path)) return refused("it may have no query");
  while (path.ends_with('/')) path.remove_suffix(1);
  endpoint.origin = fmt::format("{}{}", scheme, authority);
  const std::string_view own_port = scheme == "https://" ? ":443" : ":80";
  if (authority.ends_with(own_port)) authority.remove_suffix(own_port.size());
  endpoint.host = authority;
  endpoint.path = fmt::format("{}/", path);
  return {};
}

}  // namespace

Result<Partition> partition_of(std::string_view region) {
  const bool labelled =
      !region.empty() && region.size() <= kMaxRegion && region.front() != '-' && region.back() != '-' &&
      region.find('-') != std::string_view::npos &&
      std::all_of(region.begin(), region.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
  if (!labelled) return fail("invalid_region", "an AWS region looks like eu-central-1", "region");
  if (region.starts_with("cn-")) return Partition::kChina;
  if (region.starts_with("us-gov-")) return Partition::kGovCloud;
  if (region.starts_with("eusc-")) return Partition::kEuropeanSovereign;
  // Isolated partitions (us-iso, us-isob, eu-isoe, us-isof) live on networks and domains of their own.
  if (region.find("-iso") != std::string_view::npos) {
    return fail("unsupported_region", fmt::format("the isolated region {} is not supported", region), "region");
  }
  return Partition::kAws;
}

Result<Endpoint> endpoint_of(Service service, std::string_view region, const Environment& environment) {
  const auto partition = partition_of(region);
  if (!partition) return std::unexpected(partition.error());
  const PartitionFacts partition_facts = facts_of(*partition);
  const ServiceFacts service_facts = facts_of(service);
  Endpoint endpoint{.service = std::string(service_facts.host), .region = std::string(region)};
  endpoint.host = fmt::format("{}.{}.{}", service_facts.host, region, partition_facts.suffix);
  if (service == Service::kOrganizations) {
    endpoint.region = partition_facts.organizations_region;
    endpoint.host = fmt::format("{}.{}", partition_facts.organizations_host, partition_facts.suffix);
  }
  if (service == Service::kIam) {
    endpoint.region = partition_facts.iam_region;
    endpoint.host = fmt::format("{}.{}", partition_facts.iam_host, partition_facts.suffix);
  }
  endpoint.origin = "https://" + endpoint.host;
  if (says_true(environment("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))) return endpoint;
  for (const std::string variable : {service_facts.override_variable, "AWS_ENDPOINT_URL"}) {
    const auto url = environment(variable);
    if (!url) continue;
    if (auto done = override_with(endpoint, *url, variable); !done) return std::unexpected(std::move(done.error()));
    break;
  }
  return endpoint;
}

Result<Endpoints> Endpoints::of(std::string_view region, const Environment& environment) {
  Endpoints endpoints;
  for (const Service service : {Service::kSsoAdmin, Service::kIdentityStore, Service::kOrganizations, Service::kSts,
                                Service::kScheduler, Service::kIam, Service::kCloudTrail}) {
    auto endpoint = endpoint_of(service, region, environment);
    if (!endpoint) return std::unexpected(std::move(endpoint.error()));
    endpoints.all_[static_cast<std::size_t>(service)] = std::move(*endpoint);
  }
  return endpoints;
}

const Endpoint& Endpoints::operator[](Service service) const { return all_[static_cast<std::size_t>(service)]; }

std::optional<std::string> access_portal_of(std::string_view region, std::string_view identity_store) {
  const auto partition = partition_of(region);
  if (!partition || !identity_store.starts_with("d-")) return std::nullopt;
  if (*partition == Partition::kAws) return fmt::format("https://{}.awsapps.com/start", identity_store);
  if (*partition == Partition::kGovCloud)
    return fmt::format("https://start.us-gov-home.awsapps.com/directory/{}", identity_store);
  return std::nullopt;
}

Result<std::string> region_of(const Environment& environment, const ProfileFiles& files, const std::string& profile) {
  std::optional<std::string> region = environment("AWS_REGION");
  if (!region) region = environment("AWS_DEFAULT_REGION");
  if (!region) {
    const auto section = files.profile(profile);
    if (section && section->contains("region")) region = section->at("region");
  }
  if (!region) {
    return fail(
        "no_region",
        fmt::format("no AWS region: AWS_REGION and AWS_DEFAULT_REGION are not set; profile \"{}\" has no region "
                    "in {} or {}",
                    profile, files.credentials_path, files.config_path),
        "region");
  }
  if (const auto partition = partition_of(*region); !partition) return std::unexpected(partition.error());
  return *region;
}

}  // namespace ag::aws
