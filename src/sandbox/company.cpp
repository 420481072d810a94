#include "sandbox/company.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

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
  std::string_view owner;  // a group: those who may agree
  std::string_view data;   // how sensitive what it holds is
  AccountState state = AccountState::kActive;
};
constexpr AccountPlan kAccounts[] = {
    {"example-management", "", "management", "platform", "cc-1000", "Admins", "confidential"},
    {"security-audit", "Security", "security", "security", "cc-1200", "Security", "confidential"},
    {"log-archive", "Security", "security", "security", "cc-1200", "Security", "restricted"},
    {"shared-services", "Infrastructure", "shared", "platform", "cc-1100", "Admins", "internal"},
    {"network-hub", "Infrastructure", "shared", "platform", "cc-1100", "Admins", "internal"},
    {"prod-payments", "Prod", "prod", "payments", "cc-2100", "TeamLeads", "restricted"},
    {"prod-web", "Prod", "prod", "web", "cc-2200", "TeamLeads", "confidential"},
    {"prod-data", "Prod", "prod", "data", "cc-2300", "DataEngineers", "restricted"},
    {"staging-payments", "Staging", "staging", "payments", "cc-2100", "TeamLeads", "internal"},
    {"staging-web", "Staging", "staging", "web", "cc-2200", "TeamLeads", "internal"},
    {"dev-payments", "Dev", "dev", "payments", "cc-2100", "TeamLeads", "internal"},
    {"dev-web", "Dev", "dev", "web", "cc-2200", "TeamLeads", "internal"},
    {"sandbox-experiments", "Sandbox", "sandbox", "platform", "cc-1100", "TeamLeads", "public"},
    {"legacy-shop", "Suspended", "retired", "web", "cc-2200", "TeamLeads", "internal", AccountState::kSuspended},
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
                 {"owner", std::string(plan.owner)},
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
  // After all others, whose ids are to stay: what EventBridge Scheduler acts as.
  company.roles.push_back(
      {.arn = fmt::format("arn:aws:iam::{}:role/AccessGuardScheduler", company.management_account.str()),
       .id = "AROA" + derived_text(seed, "role-of-the-scheduler", 0, 17, kKeyAlphabet)});
}

/// Two of them: AWS's own, which lets everything pass, and the one that is there to be changed, with a person in it
/// who does not exist, as AWS's guide for revoking sessions has it.
void make_control_policies(Company& company, std::uint64_t seed) {
  company.control_policies.push_back(
      {.id = "p-FullAWSAccess",
       .name = "FullAWSAccess",
       .description = "Allows access to every operation",
       .content = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})",
       .targets = {company.root_id},
       .aws_managed = true});
  company.control_policies.push_back(
      {.id = "p-" + derived_text(seed, "control-policy", 0, 8, kLowerAlphanumeric),
       .name = "AccessGuardSessionEnd",
       .description = "Ends the sessions of those whose access was revoked",
       .content = R"({"Version":"2012-10-17","Statement":[{"Sid":"EndSessions","Effect":"Deny","Action":"*",)"
                  R"("Resource":"*","Condition":{"StringEquals":{"identitystore:userId":["nobody"]}}}]})",
       .targets = {company.root_id}});
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

Company grow_company(std::uint64_t seed, const Size& size) {
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
  make_more(company, seed, size);
  company.reindex();
  make_roles(company, seed);
  make_control_policies(company, seed);
  make_standing(company);
  return company;
}

// ---- finding things ------------------------------------------------------------------------------------

const std::size_t* CompanyIndex::find(const std::unordered_map<std::string, std::size_t>& map, std::string_view key) {
  const auto it = map.find(std::string(key));
  return it == map.end() ? nullptr : &it->second;
}

const CompanyIndex::Places& CompanyIndex::list(const std::unordered_map<std::string, Places>& map,
                                               std::string_view key) {
  static const Places kNone;
  const auto it = map.find(std::string(key));
  return it == map.end() ? kNone : it->second;
}

void Company::reindex() {
  index = {};
  const auto add = [](const auto& things, auto& by, auto key_of) {
    for (std::size_t i = 0; i < things.size(); ++i) by.emplace(key_of(things[i]), i);
  };
  const auto id = [](const auto& thing) { return thing.id.str(); };
  const auto arn = [](const PermissionSet& set) { return set.arn.str(); };
  add(units, index.units, [](const Unit& unit) { return unit.id; });
  add(accounts, index.accounts, id);
  add(users, index.users, id);
  add(groups, index.groups, id);
  add(permission_sets, index.permission_sets, arn);
  add(accounts, index.account_names, [](const Account& account) { return account.name; });
  add(users, index.user_names, [](const User& user) { return user.user_name; });
  add(groups, index.group_names, [](const Group& group) { return group.display_name; });
  add(permission_sets, index.set_names, [](const PermissionSet& set) { return set.name; });

  const auto in_order = [](const auto& things, auto key_of) {
    CompanyIndex::Places places(things.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::sort(places.begin(), places.end(),
              [&](std::size_t a, std::size_t b) { return key_of(things[a]) < key_of(things[b]); });
    return places;
  };
  const auto text = [](const auto& thing) -> const std::string& { return thing.id; };
  const auto id_text = [](const auto& thing) -> const std::string& { return thing.id.str(); };
  index.accounts_in_order = in_order(accounts, id_text);
  index.users_in_order = in_order(users, id_text);
  index.groups_in_order = in_order(groups, id_text);
  index.sets_in_order =
      in_order(permission_sets, [](const PermissionSet& s) -> const std::string& { return s.arn.str(); });
  for (const std::size_t i : index.accounts_in_order) index.accounts_of_parent[accounts[i].parent].push_back(i);
  for (const std::size_t i : in_order(units, text)) index.units_of_parent[units[i].parent].push_back(i);
  for (const std::size_t i : in_order(memberships, text)) {
    index.memberships_of_group[memberships[i].group.str()].push_back(i);
    index.memberships_of_user[memberships[i].user.str()].push_back(i);
  }
}

namespace {

template <class Thing>
const Thing* at(const std::vector<Thing>& things, const std::size_t* place) {
  return place == nullptr ? nullptr : &things[*place];
}

}  // namespace

const Unit* Company::unit(std::string_view id) const { return at(units, CompanyIndex::find(index.units, id)); }
const Account* Company::account(std::string_view id) const {
  return at(accounts, CompanyIndex::find(index.accounts, id));
}
const User* Company::user(std::string_view id) const { return at(users, CompanyIndex::find(index.users, id)); }
const Group* Company::group(std::string_view id) const { return at(groups, CompanyIndex::find(index.groups, id)); }
const PermissionSet* Company::permission_set(std::string_view arn) const {
  return at(permission_sets, CompanyIndex::find(index.permission_sets, arn));
}
const ControlPolicy* Company::control_policy(std::string_view id) const {
  return find_where(control_policies, [&](const ControlPolicy& candidate) { return candidate.id == id; });
}

bool Company::is_member(const UserId& user, const GroupId& group) const {
  const auto& places = CompanyIndex::list(index.memberships_of_user, user.str());
  return std::any_of(places.begin(), places.end(), [&](std::size_t i) { return memberships[i].group == group; });
}

std::string Company::path_of_unit(std::string_view id) const {
  if (id == root_id) return fmt::format("{}/{}/", organization_id, root_id);
  const Unit* found = unit(id);
  AG_ASSERT(found != nullptr);
  return path_of_unit(found->parent) + found->id + "/";
}

Result<Slot> Company::slot(std::string_view account, std::string_view permission_set,
                           std::string_view principal) const {
  const Account* in = at(accounts, CompanyIndex::find(index.account_names, account));
  if (in == nullptr) return fail("not_found", fmt::format("no account is named \"{}\"", account), std::string(account));
  const PermissionSet* set = at(permission_sets, CompanyIndex::find(index.set_names, permission_set));
  if (set == nullptr) {
    return fail("not_found", fmt::format("no permission set is named \"{}\"", permission_set),
                std::string(permission_set));
  }
  if (const User* person = at(users, CompanyIndex::find(index.user_names, principal))) {
    return Slot{in->id, set->arn, PrincipalType::kUser, person->id.str()};
  }
  if (const Group* group = at(groups, CompanyIndex::find(index.group_names, principal))) {
    return Slot{in->id, set->arn, PrincipalType::kGroup, group->id.str()};
  }
  return fail("not_found", fmt::format("no user or group is named \"{}\"", principal), std::string(principal));
}

}  // namespace ag::sandbox
