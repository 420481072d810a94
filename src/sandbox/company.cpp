#include "sandbox/company.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "sandbox/sequence.hpp"

namespace ag::sandbox {
namespace {

// 2023-02-06, a Monday: old enough that nothing in the organization is younger than a demo.
constexpr std::int64_t kFoundedSeconds = 1'675'674'000;

struct UnitPlan {
  std::string_view name;
  std::string_view parent;  // empty for the root
  std::string_view owner;
};
constexpr UnitPlan kUnits[] = {
    {"Workloads", "", "platform"},    {"Prod", "Workloads", "platform"}, {"Staging", "Workloads", "platform"},
    {"Dev", "Workloads", "platform"}, {"Security", "", "security"},      {"Infrastructure", "", "platform"},
    {"Sandbox", "", "platform"},      {"Suspended", "", "finance"},
};

struct AccountPlan {
  std::string_view name;
  std::string_view unit;  // empty for the root
  std::string_view env;
  std::string_view team;
  std::string_view cost_center;
  std::string_view owner;  // a user name
  std::string_view data;   // how sensitive what it holds is
  AccountState state = AccountState::kActive;
};
constexpr AccountPlan kAccounts[] = {
    {"example-management", "", "management", "platform", "cc-1000", "sven", "confidential"},
    {"security-audit", "Security", "security", "security", "cc-1200", "chen", "confidential"},
    {"log-archive", "Security", "security", "security", "cc-1200", "chen", "restricted"},
    {"shared-services", "Infrastructure", "shared", "platform", "cc-1100", "sven", "internal"},
    {"network-hub", "Infrastructure", "shared", "platform", "cc-1100", "uma", "internal"},
    {"prod-payments", "Prod", "prod", "payments", "cc-2100", "bo", "restricted"},
    {"prod-web", "Prod", "prod", "web", "cc-2200", "ines", "confidential"},
    {"prod-data", "Prod", "prod", "data", "cc-2300", "priya", "restricted"},
    {"staging-payments", "Staging", "staging", "payments", "cc-2100", "bo", "internal"},
    {"staging-web", "Staging", "staging", "web", "cc-2200", "ines", "internal"},
    {"dev-payments", "Dev", "dev", "payments", "cc-2100", "bo", "internal"},
    {"dev-web", "Dev", "dev", "web", "cc-2200", "ines", "internal"},
    {"sandbox-experiments", "Sandbox", "sandbox", "platform", "cc-1100", "quinn", "public"},
    {"legacy-shop", "Suspended", "retired", "web", "cc-2200", "ines", "internal", AccountState::kSuspended},
};

struct StandingPlan {
  std::string_view account;
  std::string_view permission_set;
  std::string_view principal;
};
// Beside these, Admins read every account that is open.
constexpr StandingPlan kStanding[] = {
    {"security-audit", "SecurityAudit", "chen"},  // the security lead's own, older than any process
    {"security-audit", "SecurityAudit", "Auditors"},
    {"log-archive", "SecurityAudit", "Auditors"},
    {"security-audit", "SecurityAudit", "Security"},
    {"example-management", "Billing", "Finance"},
    {"dev-payments", "PowerUser", "Developers"},
    {"dev-web", "PowerUser", "Developers"},
    {"sandbox-experiments", "PowerUser", "Developers"},
    {"staging-payments", "ReadOnly", "Developers"},
    {"staging-web", "ReadOnly", "Developers"},
    {"prod-data", "DataAnalyst", "DataEngineers"},
    {"prod-payments", "SupportUser", "Oncall"},
    {"prod-web", "SupportUser", "Oncall"},
    {"network-hub", "NetworkAdmin", "uma"},
    {"staging-web", "PowerUser", "dee"},        // given for a release once, never taken away
    {"dev-web", "PowerUser", "viktor"},         // left the company, still assigned
    {"legacy-shop", "ReadOnly", "Developers"},  // the account is suspended, the assignment stayed
};

struct RolePlan {
  std::string_view name;
  std::string_view external_id;
  Duration max_session;
};
constexpr RolePlan kRoles[] = {
    {"AccessGuard", "", Duration::hours(12)},
    {"AccessGuardPartner", "accessguard-sandbox", Duration::hours(1)},
    {"OrganizationAccountAccessRole", "", Duration::hours(1)},
};

template <class Things, class Match>
auto* find_where(Things& things, Match match) {
  const auto it = std::find_if(things.begin(), things.end(), match);
  return it == things.end() ? nullptr : &*it;
}

void make_units(Company& company, std::uint64_t seed) {
  const std::string root_suffix = company.root_id.substr(2);
  for (const UnitPlan& plan : kUnits) {
    const auto* parent = find_where(company.units, [&](const Unit& unit) { return unit.name == plan.parent; });
    company.units.push_back({
        .id = fmt::format("ou-{}-{}", root_suffix, derived_text(seed, plan.name, 1, 8, kLowerAlphanumeric)),
        .parent = parent == nullptr ? company.root_id : parent->id,
        .name = std::string(plan.name),
        .tags = {{"owner", std::string(plan.owner)}},
    });
  }
}

void make_accounts(Company& company, std::uint64_t seed) {
  std::int64_t week = 0;
  for (const AccountPlan& plan : kAccounts) {
    const auto* unit = find_where(company.units, [&](const Unit& candidate) { return candidate.name == plan.unit; });
    // No leading zero: programs that take an account for a number are met elsewhere, here ids stay readable.
    const std::string id = derived_text(seed, "account-first", company.accounts.size(), 1, "123456789") +
                           derived_text(seed, plan.name, 2, 11, kDigits);
    company.accounts.push_back({
        .id = AccountId(id),
        .name = std::string(plan.name),
        .email = fmt::format("aws+{}@example.com", plan.name),
        .parent = unit == nullptr ? company.root_id : unit->id,
        .state = plan.state,
        .joined = company.founded + Duration::hours(24 * 7) * week++,
        .tags = {{"cost-center", std::string(plan.cost_center)},
                 {"data-classification", std::string(plan.data)},
                 {"env", std::string(plan.env)},
                 {"owner", fmt::format("{}@example.com", plan.owner)},
                 {"team", std::string(plan.team)}},
    });
  }
  company.management_account = company.accounts.front().id;
}

void make_roles(Company& company, std::uint64_t seed) {
  for (const Account& account : company.accounts) {
    if (account.state != AccountState::kActive) continue;
    for (const RolePlan& plan : kRoles) {
      const bool is_of_members_only = plan.name == "OrganizationAccountAccessRole";
      if (is_of_members_only && account.id == company.management_account) continue;
      company.roles.push_back({
          .arn = fmt::format("arn:aws:iam::{}:role/{}", account.id.str(), plan.name),
          .id = "AROA" + derived_text(seed, "role", company.roles.size(), 17, kKeyAlphabet),
          .external_id = std::string(plan.external_id),
          .max_session = plan.max_session,
      });
    }
  }
}

void make_standing(Company& company) {
  const auto add = [&](std::string_view account, std::string_view permission_set, std::string_view principal) {
    const auto slot = company.slot(account, permission_set, principal);
    AG_ASSERT(slot.has_value());
    company.standing.push_back(*slot);
  };
  for (const Account& account : company.accounts) {
    if (account.state == AccountState::kActive) add(account.name, "ReadOnly", "Admins");
  }
  for (const StandingPlan& plan : kStanding) add(plan.account, plan.permission_set, plan.principal);
}

}  // namespace

Company grow_company(std::uint64_t seed) {
  Company company;
  company.founded = Instant::from_seconds(kFoundedSeconds);
  company.organization_id = "o-" + derived_text(seed, "organization", 0, 10, kLowerAlphanumeric);
  company.root_id = "r-" + derived_text(seed, "root", 0, 4, kLowerAlphanumeric);
  company.instance_arn = "arn:aws:sso:::instance/ssoins-" + derived_text(seed, "instance", 0, 16, kLowerHex);
  // Identity stores of us-east-1 begin with 906.
  company.identity_store_id = "d-906" + derived_text(seed, "store", 0, 7, kLowerHex);
  make_units(company, seed);
  make_accounts(company, seed);
  make_people(company, seed);
  company.permission_sets = make_permission_sets(seed, company.instance_arn, company.founded);
  make_roles(company, seed);
  make_standing(company);
  return company;
}

const Unit* Company::unit(std::string_view id) const {
  return find_where(units, [&](const Unit& candidate) { return candidate.id == id; });
}
const Account* Company::account(std::string_view id) const {
  return find_where(accounts, [&](const Account& candidate) { return candidate.id.str() == id; });
}
const User* Company::user(std::string_view id) const {
  return find_where(users, [&](const User& candidate) { return candidate.id.str() == id; });
}
const Group* Company::group(std::string_view id) const {
  return find_where(groups, [&](const Group& candidate) { return candidate.id.str() == id; });
}
const PermissionSet* Company::permission_set(std::string_view arn) const {
  return find_where(permission_sets, [&](const PermissionSet& candidate) { return candidate.arn.str() == arn; });
}

bool Company::is_member(const UserId& user, const GroupId& group) const {
  return std::any_of(memberships.begin(), memberships.end(),
                     [&](const Membership& m) { return m.user == user && m.group == group; });
}

std::string Company::path_of_unit(std::string_view id) const {
  if (id == root_id) return fmt::format("{}/{}/", organization_id, root_id);
  const Unit* found = unit(id);
  AG_ASSERT(found != nullptr);
  return path_of_unit(found->parent) + found->id + "/";
}

Result<Slot> Company::slot(std::string_view account, std::string_view permission_set,
                           std::string_view principal) const {
  const auto* in = find_where(accounts, [&](const Account& candidate) { return candidate.name == account; });
  if (in == nullptr) return fail("not_found", fmt::format("no account is named \"{}\"", account), std::string(account));
  const auto* set =
      find_where(permission_sets, [&](const PermissionSet& candidate) { return candidate.name == permission_set; });
  if (set == nullptr) {
    return fail("not_found", fmt::format("no permission set is named \"{}\"", permission_set),
                std::string(permission_set));
  }
  if (const auto* person = find_where(users, [&](const User& u) { return u.user_name == principal; })) {
    return Slot{in->id, set->arn, PrincipalType::kUser, person->id.str()};
  }
  if (const auto* group = find_where(groups, [&](const Group& g) { return g.display_name == principal; })) {
    return Slot{in->id, set->arn, PrincipalType::kGroup, group->id.str()};
  }
  return fail("not_found", fmt::format("no user or group is named \"{}\"", principal), std::string(principal));
}

}  // namespace ag::sandbox
