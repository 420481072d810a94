#include "aws/endpoint.hpp"

#include <gtest/gtest.h>

#include <map>

namespace ag::aws {
namespace {

Environment with(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto it = variables.find(name);
    return it == variables.end() ? std::nullopt : std::optional(it->second);
  };
}

TEST(Endpoint, FollowsTheRuleSetsOfEveryPartition) {
  struct Case {
    Service service;
    std::string region, host, signing_name, signing_region;
  };
  const std::vector<Case> cases = {
      {Service::kSsoAdmin, "eu-central-1", "sso.eu-central-1.amazonaws.com", "sso", "eu-central-1"},
      {Service::kIdentityStore, "eu-central-1", "identitystore.eu-central-1.amazonaws.com", "identitystore",
       "eu-central-1"},
      {Service::kOrganizations, "eu-central-1", "organizations.us-east-1.amazonaws.com", "organizations", "us-east-1"},
      {Service::kSts, "eu-central-1", "sts.eu-central-1.amazonaws.com", "sts", "eu-central-1"},
      {Service::kScheduler, "eu-central-1", "scheduler.eu-central-1.amazonaws.com", "scheduler", "eu-central-1"},
      {Service::kScheduler, "cn-north-1", "scheduler.cn-north-1.amazonaws.com.cn", "scheduler", "cn-north-1"},
      {Service::kCloudTrail, "eu-central-1", "cloudtrail.eu-central-1.amazonaws.com", "cloudtrail", "eu-central-1"},
      {Service::kCloudTrail, "cn-north-1", "cloudtrail.cn-north-1.amazonaws.com.cn", "cloudtrail", "cn-north-1"},
      {Service::kSsoAdmin, "cn-north-1", "sso.cn-north-1.amazonaws.com.cn", "sso", "cn-north-1"},
      {Service::kOrganizations, "cn-north-1", "organizations.cn-northwest-1.amazonaws.com.cn", "organizations",
       "cn-northwest-1"},
      {Service::kIam, "eu-central-1", "iam.amazonaws.com", "iam", "us-east-1"},
      {Service::kIam, "cn-northwest-1", "iam.cn-north-1.amazonaws.com.cn", "iam", "cn-north-1"},
      {Service::kIam, "us-gov-east-1", "iam.us-gov.amazonaws.com", "iam", "us-gov-west-1"},
      {Service::kIam, "eusc-de-east-1", "iam.eusc-de-east-1.amazonaws.eu", "iam", "eusc-de-east-1"},
      {Service::kSts, "us-gov-east-1", "sts.us-gov-east-1.amazonaws.com", "sts", "us-gov-east-1"},
      {Service::kOrganizations, "us-gov-east-1", "organizations.us-gov-west-1.amazonaws.com", "organizations",
       "us-gov-west-1"},
      {Service::kSsoAdmin, "eusc-de-east-1", "sso.eusc-de-east-1.amazonaws.eu", "sso", "eusc-de-east-1"},
      {Service::kOrganizations, "eusc-de-east-1", "organizations.eusc-de-east-1.amazonaws.eu", "organizations",
       "eusc-de-east-1"},
  };
  for (const auto& one : cases) {
    const auto endpoint = endpoint_of(one.service, one.region, with({}));
    ASSERT_TRUE(endpoint) << one.host;
    EXPECT_EQ(*endpoint, (Endpoint{"https://" + one.host, one.host, "/", one.signing_name, one.signing_region}));
  }
}

TEST(Endpoint, TakesTheMostParticularOverride) {
  const auto environment =
      with({{"AWS_ENDPOINT_URL", "http://127.0.0.1:5000/"}, {"AWS_ENDPOINT_URL_STS", "https://[::1]:443/base/sts/"}});
  const auto organizations = endpoint_of(Service::kOrganizations, "eu-west-1", environment);
  EXPECT_EQ(*organizations, (Endpoint{"http://127.0.0.1:5000", "127.0.0.1:5000", "/", "organizations", "us-east-1"}));
  const auto sts = endpoint_of(Service::kSts, "eu-west-1", environment);
  EXPECT_EQ(*sts, (Endpoint{"https://[::1]:443", "[::1]", "/base/sts/", "sts", "eu-west-1"}));
}

TEST(Endpoint, HasAnOverrideForEachService) {
  const std::vector<std::pair<Service, std::string>> variables = {
      {Service::kSsoAdmin, "AWS_ENDPOINT_URL_SSO_ADMIN"},
      {Service::kIdentityStore, "AWS_ENDPOINT_URL_IDENTITYSTORE"},
      {Service::kOrganizations, "AWS_ENDPOINT_URL_ORGANIZATIONS"},
      {Service::kIam, "AWS_ENDPOINT_URL_IAM"},
      {Service::kSts, "AWS_ENDPOINT_URL_STS"},
      {Service::kScheduler, "AWS_ENDPOINT_URL_SCHEDULER"},
      {Service::kCloudTrail, "AWS_ENDPOINT_URL_CLOUDTRAIL"}};
  for (const auto& [service, variable] : variables) {
    const auto endpoints = Endpoints::of("eu-west-1", with({{variable, "http://127.0.0.1:5000"}})).value();
    for (const auto& [other, unused] : variables) {
      EXPECT_EQ(endpoints[other].origin == "http://127.0.0.1:5000", other == service) << variable;
    }
  }
}

TEST(Endpoint, IgnoresOverridesWhenToldTo) {
  const auto environment =
      with({{"AWS_ENDPOINT_URL", "http://127.0.0.1:5000"}, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}});
  EXPECT_EQ(endpoint_of(Service::kSts, "eu-west-1", environment)->origin, "https://sts.eu-west-1.amazonaws.com");
}

TEST(Endpoint, RefusesOverridesThatAreNoAddress) {
  for (const auto* url : {"127.0.0.1:5000", "ftp://host", "https://", "https://user@host", "http://host/?q=1",
                          "http://ho st/", "http://host\r\nX: y/", "http://host/a b"}) {
    const auto endpoint = endpoint_of(Service::kSts, "eu-west-1", with({{"AWS_ENDPOINT_URL_STS", url}}));
    ASSERT_FALSE(endpoint) << url;
    EXPECT_EQ(endpoint.error().code, "invalid_endpoint_url");
    EXPECT_EQ(endpoint.error().field, "AWS_ENDPOINT_URL_STS");
  }
}

TEST(Endpoint, RefusesWhatIsNoRegion) {
  for (const auto* region : {"", "eu", "EU-WEST-1", "eu-west-1.evil.com/", "-eu-west-1", "eu-west-1-", "eu west-1"}) {
    EXPECT_EQ(partition_of(region).error().code, "invalid_region") << region;
  }
  EXPECT_EQ(partition_of("us-iso-east-1").error().code, "unsupported_region");
  EXPECT_FALSE(Endpoints::of("nowhere", with({})));
  EXPECT_EQ(Endpoints::of("eu-west-1", with({})).value()[Service::kOrganizations].region, "us-east-1");
}

TEST(AccessPortal, HasAnAddressWhereAwsSaysHowItIsMade) {
  EXPECT_EQ(access_portal_of("eu-west-1", "d-1234567890"), "https://d-1234567890.awsapps.com/start");
  EXPECT_EQ(access_portal_of("us-gov-west-1", "d-1"), "https://start.us-gov-home.awsapps.com/directory/d-1");
  EXPECT_EQ(access_portal_of("cn-north-1", "d-1"), std::nullopt);
  EXPECT_EQ(access_portal_of("eusc-de-east-1", "d-1"), std::nullopt);
  EXPECT_EQ(access_portal_of("eu-west-1", ""), std::nullopt) << "nothing was read yet";
  EXPECT_EQ(access_portal_of("nowhere", "d-1"), std::nullopt);
}

TEST(Region, ComesFromTheEnvironmentThenTheProfile) {
  const ProfileFiles files{"/c", "/f", {}, parse_ini("[profile x]\nregion = eu-south-1\n").value()};
  EXPECT_EQ(region_of(with({{"AWS_REGION", "eu-west-1"}, {"AWS_DEFAULT_REGION", "eu-west-2"}}), files, "x"),
            "eu-west-1");
  EXPECT_EQ(region_of(with({{"AWS_DEFAULT_REGION", "eu-west-2"}}), files, "x"), "eu-west-2");
  EXPECT_EQ(region_of(with({}), files, "x"), "eu-south-1");
  const auto none = region_of(with({}), files, "y");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message,
            "no AWS region: AWS_REGION and AWS_DEFAULT_REGION are not set; profile \"y\" has no region in /c or /f");
  EXPECT_EQ(region_of(with({{"AWS_REGION", "nowhere"}}), files, "x").error().code, "invalid_region");
}

}  // namespace
}  // namespace ag::aws
