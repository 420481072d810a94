#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "sandbox/input.hpp"
#include "sandbox/paging.hpp"
#include "sandbox/service.hpp"

/// organizations: the tree of units and accounts, and their tags (API version 2016-11-28). Read only.
namespace ag::sandbox {
namespace {

std::string arn_of(const World& world, std::string_view kind, std::string_view id) {
  const Company& company = world.company;
  return fmt::format("arn:aws:organizations::{}:{}/{}/{}", company.management_account.str(), kind,
                     company.organization_id, id);
}

json::object account_json(const World& world, const Account& account) {
  const std::string path = world.company.path_of_unit(account.parent) + account.id.str() + "/";
  const bool is_management = account.id == world.company.management_account;
  return {{"Id", account.id.str()},
          {"Arn", arn_of(world, "account", account.id.str())},
          {"Email", account.email},
          {"Name", account.name},
          {"Status", name_of(account.state)},
          {"State", name_of(account.state)},
          {"Paths", json::array{json::value(path)}},
          {"JoinedMethod", is_management ? "INVITED" : "CREATED"},
          {"JoinedTimestamp", epoch_seconds(account.joined)}};
}

json::object unit_json(const World& world, const Unit& unit) {
  return {{"Id", unit.id},
          {"Arn", arn_of(world, "ou", unit.id)},
          {"Name", unit.name},
          {"Path", world.company.path_of_unit(unit.id)}};
}

json::array policy_types() { return {json::object{{"Type", "SERVICE_CONTROL_POLICY"}, {"Status", "ENABLED"}}}; }

Outcome<json::object> describe_organization(World& world, const Call&) {
  const Company& company = world.company;
  const std::string& management = company.management_account.str();
  return json::object{{"Organization", json::object{{"Id", company.organization_id},
                                                    {"Arn", fmt::format("arn:aws:organizations::{}:organization/{}",
                                                                        management, company.organization_id)},
                                                    {"FeatureSet", "ALL"},
                                                    {"MasterAccountArn", arn_of(world, "account", management)},
                                                    {"MasterAccountId", management},
                                                    {"MasterAccountEmail", company.account(management)->email},
                                                    {"AvailablePolicyTypes", policy_types()}}}};
}

Outcome<json::object> list_roots(World& world, const Call& call) {
  const std::string& id = world.company.root_id;
  return page(
      world, call, "Roots",
      {{id, json::object{
                {"Id", id}, {"Arn", arn_of(world, "root", id)}, {"Name", "Root"}, {"PolicyTypes", policy_types()}}}});
}

/// Reads ParentId and finds it: the root or a unit.
Outcome<std::string> parent_of(const World& world, Input& input) {
  const auto parent = input.required("ParentId", kParentId);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (parent != world.company.root_id && world.company.unit(parent) == nullptr) {
    return refuse("ParentNotFoundException", "You specified parent that doesn't exist.");
  }
  return parent;
}

Outcome<json::object> list_units_for_parent(World& world, const Call& call) {
  Input input(call);
  const auto parent = parent_of(world, input);
  if (!parent) return std::unexpected(parent.error());
  std::vector<Item> items;
  for (const Unit& unit : world.company.units) {
    if (unit.parent == *parent) items.push_back({unit.id, unit_json(world, unit)});
  }
  return page(world, call, "OrganizationalUnits", std::move(items));
}

Outcome<json::object> list_accounts_for_parent(World& world, const Call& call) {
  Input input(call);
  const auto parent = parent_of(world, input);
  if (!parent) return std::unexpected(parent.error());
  std::vector<Item> items;
  for (const Account& account : world.company.accounts) {
    if (account.parent == *parent) items.push_back({account.id.str(), account_json(world, account)});
  }
  return page(world, call, "Accounts", std::move(items));
}

Outcome<json::object> list_children(World& world, const Call& call) {
  Input input(call);
  const auto type = input.required_of("ChildType", {"ACCOUNT", "ORGANIZATIONAL_UNIT"});
  const auto parent = parent_of(world, input);
  if (!parent) return std::unexpected(parent.error());
  std::vector<Item> items;
  const auto add = [&](const std::string& id) { items.push_back({id, json::object{{"Id", id}, {"Type", type}}}); };
  if (type == "ACCOUNT") {
    for (const Account& account : world.company.accounts) {
      if (account.parent == *parent) add(account.id.str());
    }
  } else {
    for (const Unit& unit : world.company.units) {
      if (unit.parent == *parent) add(unit.id);
    }
  }
  return page(world, call, "Children", std::move(items));
}

Outcome<json::object> list_accounts(World& world, const Call& call) {
  std::vector<Item> items;
  for (const Account& account : world.company.accounts) {
    items.push_back({account.id.str(), account_json(world, account)});
  }
  return page(world, call, "Accounts", std::move(items));
}

Outcome<json::object> list_parents(World& world, const Call& call) {
  Input input(call);
  const auto child = input.required("ChildId", kChildId);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  const Account* account = world.company.account(child);
  const Unit* unit = world.company.unit(child);
  if (account == nullptr && unit == nullptr) {
    return refuse("ChildNotFoundException", "You specified a child that doesn't exist.");
  }
  const std::string& parent = account != nullptr ? account->parent : unit->parent;
  const char* type = parent == world.company.root_id ? "ROOT" : "ORGANIZATIONAL_UNIT";
  return page(world, call, "Parents", {{parent, json::object{{"Id", parent}, {"Type", type}}}});
}

Outcome<json::object> describe_account(World& world, const Call& call) {
  Input input(call);
  const auto id = input.required("AccountId", kAccountId);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  const Account* account = world.company.account(id);
  if (account == nullptr) {
    return refuse("AccountNotFoundException", "You specified an account that doesn't exist.");
  }
  return json::object{{"Account", account_json(world, *account)}};
}

Outcome<json::object> describe_unit(World& world, const Call& call) {
  Input input(call);
  const auto id = input.required("OrganizationalUnitId", kUnitId);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  const Unit* unit = world.company.unit(id);
  if (unit == nullptr) {
    return refuse("OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist.");
  }
  return json::object{{"OrganizationalUnit", unit_json(world, *unit)}};
}

Outcome<json::object> list_tags(World& world, const Call& call) {
  Input input(call);
  const auto id = input.required("ResourceId", kTaggedResourceId);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  const Account* account = world.company.account(id);
  const Unit* unit = world.company.unit(id);
  if (account == nullptr && unit == nullptr && id != world.company.root_id) {
    return refuse("TargetNotFoundException", "You specified a target that doesn't exist.");
  }
  std::vector<Item> items;
  const auto add_all = [&](const std::vector<Tag>& tags) {
    for (const Tag& tag : tags) items.push_back({tag.key, json::object{{"Key", tag.key}, {"Value", tag.value}}});
  };
  if (account != nullptr) add_all(account->tags);
  if (unit != nullptr) add_all(unit->tags);
  return page(world, call, "Tags", std::move(items));
}

constexpr OperationEntry kOperations[] = {
    {"DescribeAccount", describe_account},
    {"DescribeOrganization", describe_organization},
    {"DescribeOrganizationalUnit", describe_unit},
    {"ListAccounts", list_accounts},
    {"ListAccountsForParent", list_accounts_for_parent},
    {"ListChildren", list_children},
    {"ListOrganizationalUnitsForParent", list_units_for_parent},
    {"ListParents", list_parents},
    {"ListRoots", list_roots},
    {"ListTagsForResource", list_tags},
};

}  // namespace

std::span<const OperationEntry> organizations_operations() { return kOperations; }

}  // namespace ag::sandbox
