#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "sandbox/company.hpp"
#include "sandbox/sequence.hpp"

/// What an organization has beyond the company of the story: divisions of teams, each with accounts and people.
namespace ag::sandbox {
namespace {

constexpr std::size_t kAccountsOfTeam = 3;  // prod, staging and dev
constexpr std::size_t kTeamsOfDivision = 10;
constexpr std::size_t kPeopleOfTeam = 25;
constexpr std::array<std::string_view, kAccountsOfTeam> kEnvironments = {"prod", "staging", "dev"};
constexpr std::array<std::string_view, kAccountsOfTeam> kSensitivities = {"restricted", "internal", "internal"};
constexpr std::array<std::string_view, 8> kGivenNames = {"Alva", "Bela", "Cato", "Dara", "Edda", "Finn", "Gil", "Isa"};
constexpr std::array<std::string_view, 4> kManaged = {"ReadOnlyAccess", "PowerUserAccess", "SecurityAudit",
                                                      "job-function/SupportUser"};

constexpr std::array<std::string_view, 3> kOwners = {"Admins", "Security", "TeamLeads"};

std::string team_name(std::size_t team) { return fmt::format("team-{:04}", team + 1); }
std::string group_name(std::size_t team) { return fmt::format("Team-{:04}", team + 1); }

std::string add_unit(Company& company, std::uint64_t seed, const std::string& name, const std::string& parent) {
  const std::string id =
      fmt::format("ou-{}-{}", company.root_id.substr(2), derived_text(seed, name, 1, 8, kLowerAlphanumeric));
  company.units.push_back({.id = id, .parent = parent, .name = name, .tags = {{"owner", "platform"}}});
  return id;
}

/// `/Workloads/Division-01/team-0001/…`: deeper than the story's, as large organizations are.
void add_accounts(Company& company, std::uint64_t seed, std::size_t count) {
  const auto workloads = std::find_if(company.units.begin(), company.units.end(),
                                      [](const Unit& unit) { return unit.name == "Workloads"; });
  const std::string top = workloads->id;
  std::string division;
  std::string unit;
  for (std::size_t number = 0; number < count; ++number) {
    const std::size_t team = number / kAccountsOfTeam;
    const std::size_t environment = number % kAccountsOfTeam;
    if (environment == 0 && team % kTeamsOfDivision == 0) {
      division = add_unit(company, seed, fmt::format("Division-{:02}", team / kTeamsOfDivision + 1), top);
    }
    if (environment == 0) unit = add_unit(company, seed, team_name(team), division);
    const std::string name = fmt::format("{}-{}", team_name(team), kEnvironments[environment]);
    company.accounts.push_back({
        .id = AccountId(derived_text(seed, "account-first", company.accounts.size(), 1, "123456789") +
                        derived_text(seed, name, 2, 11, kDigits)),
        .name = name,
        .email = fmt::format("aws+{}@example.com", name),
        .parent = unit,
        .joined = company.founded + Duration::hours(24) * static_cast<std::int64_t>(company.accounts.size()),
        .tags = {{"cost-center", fmt::format("cc-{}", 3000 + team)},
                 {"data-classification", std::string(kSensitivities[environment])},
                 {"env", std::string(kEnvironments[environment])},
                 {"owner", group_name(team)},
                 {"team", team_name(team)}},
    });
  }
}

/// In groups named as the teams are: `Team-0001`. Whoever is first in one leads it, and the head of the company them.
void add_people(Company& company, std::uint64_t seed, std::size_t count) {
  const std::string prefix = company.identity_store_id.substr(2);
  const auto principal_id = [&](std::string_view kind, std::string_view name) {
    return fmt::format("{}-{}", prefix, derived_uuid(seed, fmt::format("{}:{}", kind, name), 0));
  };
  const auto at_the_top = [](const User& user) { return user.manager.empty(); };
  const UserId head = std::find_if(company.users.begin(), company.users.end(), at_the_top)->id;
  UserId lead;
  for (std::size_t number = 0; number < count; ++number) {
    const bool leads = number % kPeopleOfTeam == 0;
    if (leads) {
      const std::string name = group_name(number / kPeopleOfTeam);
      company.groups.push_back({.id = GroupId(principal_id("group", name)),
                                .display_name = name,
                                .description = "A product team",
                                .created = company.founded + Duration::hours(24)});
    }
    const Group& team = company.groups.back();
    const std::string user_name = fmt::format("user{:05}", number + 1);
    const User user{.id = UserId(principal_id("user", user_name)),
                    .user_name = user_name,
                    .given_name = std::string(kGivenNames[number % kGivenNames.size()]),
                    .family_name = fmt::format("Example{:05}", number + 1),
                    .email = fmt::format("{}@example.com", user_name),
                    .created = company.founded + Duration::hours(24),
                    .manager = leads ? head : lead};
    if (leads) lead = user.id;
    company.memberships.push_back({.id = principal_id("membership", fmt::format("{}/{}", team.display_name, user_name)),
                                   .group = team.id,
                                   .user = user.id,
                                   .created = user.created});
    company.users.push_back(user);
  }
}

void add_permission_sets(Company& company, std::uint64_t seed, std::size_t count) {
  const std::string_view instance_arn = company.instance_arn;
  const std::string_view instance_id = instance_arn.substr(instance_arn.rfind('/') + 1);
  for (std::size_t number = 0; number < count; ++number) {
    const std::string name = fmt::format("Task-{:03}", number + 1);
    company.permission_sets.push_back({
        .arn = PermissionSetArn(fmt::format("arn:aws:sso:::permissionSet/{}/ps-{}", instance_id,
                                            derived_text(seed, name, 3, 16, kLowerHex))),
        .name = name,
        .description = "One of many tasks",
        .session_duration = "PT1H",
        .managed_policies = {fmt::format("arn:aws:iam::aws:policy/{}", kManaged[number % kManaged.size()])},
        .created = company.founded + Duration::hours(24 * 30),
        .tags = {{"owner", std::string(kOwners[number % kOwners.size()])}},
    });
  }
}

std::size_t beyond(std::size_t wanted, std::size_t there) { return wanted > there ? wanted - there : 0; }

}  // namespace

void make_more(Company& company, std::uint64_t seed, const Size& size) {
  add_accounts(company, seed, beyond(size.accounts, company.accounts.size()));
  add_people(company, seed, beyond(size.people, company.users.size()));
  add_permission_sets(company, seed, beyond(size.permission_sets, company.permission_sets.size()));
}

}  // namespace ag::sandbox
