#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "sandbox/input.hpp"
#include "sandbox/paging.hpp"
#include "sandbox/service.hpp"

/// organizations: the tree of units and accounts, their tags, and service control policies (API version
/// 2016-11-28). Nothing can be changed but the content of policies.
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
  const auto& places = CompanyIndex::list(world.company.index.units_of_parent, *parent);
  const auto unit = [&](std::size_t i) -> const Unit& { return world.company.units[places[i]]; };
  return page(world, call, "OrganizationalUnits",
              Listing{places.size(), [&](std::size_t i) { return unit(i).id; },
                      [&](std::size_t i) { return json::value(unit_json(world, unit(i))); }});
}

/// A page of accounts, by their places.
Outcome<json::object> page_of_accounts(const World& world, const Call& call, const CompanyIndex::Places& places) {
  const auto account = [&](std::size_t i) -> const Account& { return world.company.accounts[places[i]]; };
  return page(world, call, "Accounts",
              Listing{places.size(), [&](std::size_t i) { return account(i).id.str(); },
                      [&](std::size_t i) { return json::value(account_json(world, account(i))); }});
}

Outcome<json::object> list_accounts_for_parent(World& world, const Call& call) {
  Input input(call);
  const auto parent = parent_of(world, input);
  if (!parent) return std::unexpected(parent.error());
  return page_of_accounts(world, call, CompanyIndex::list(world.company.index.accounts_of_parent, *parent));
}

Outcome<json::object> list_children(World& world, const Call& call) {
  Input input(call);
  const auto type = input.required_of("ChildType", {"ACCOUNT", "ORGANIZATIONAL_UNIT"});
  const auto parent = parent_of(world, input);
  if (!parent) return std::unexpected(parent.error());
  std::vector<Item> items;
  const auto add = [&](const std::string& id) { items.push_back({id, json::object{{"Id", id}, {"Type", type}}}); };
  if (type == "ACCOUNT") {
    const auto& places = CompanyIndex::list(world.company.index.accounts_of_parent, *parent);
    for (const std::size_t place : places) add(world.company.accounts[place].id.str());
  } else {
    const auto& places = CompanyIndex::list(world.company.index.units_of_parent, *parent);
    for (const std::size_t place : places) add(world.company.units[place].id);
  }
  return page(world, call, "Children", std::move(items));
}

Outcome<json::object> list_accounts(World& world, const Call& call) {
  return page_of_accounts(world, call, world.company.index.accounts_in_order);
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

// ---- service control policies -------------------------------------------------------------------------

constexpr std::size_t kMaxControlPolicy = 10'240;  // AWS: characters, white space counted
constexpr std::size_t kMaxPolicyText = 1'000'000;  // whatever fits into a call; the limit above has its own answer
const Pattern kPolicyId{
    "^p-[0-9a-zA-Z_]{8,128}$",
    [](std::string_view text) {
      const auto is_allowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      };
      return text.size() >= 10 && text.starts_with("p-") && std::all_of(text.begin() + 2, text.end(), is_allowed);
    },
    130};
const Pattern kPolicyText{R"([\s\S]*)", [](std::string_view text) { return !text.empty(); }, kMaxPolicyText};
const Pattern kPolicyName{R"([\s\S]*)", [](std::string_view text) { return !text.empty(); }, 128};

json::object summary_json(const World& world, const ControlPolicy& policy) {
  const std::string arn =
      policy.aws_managed
          ? fmt::format("arn:aws:organizations::aws:policy/service_control_policy/{}", policy.id)
          : fmt::format("arn:aws:organizations::{}:policy/{}/service_control_policy/{}",
                        world.company.management_account.str(), world.company.organization_id, policy.id);
  return {{"Id", policy.id},
          {"Arn", arn},
          {"Name", policy.name},
          {"Description", policy.description},
          {"Type", "SERVICE_CONTROL_POLICY"},
          {"AwsManaged", policy.aws_managed}};
}

json::object policy_json(const World& world, const ControlPolicy& policy) {
  return {{"Policy", json::object{{"PolicySummary", summary_json(world, policy)}, {"Content", policy.content}}}};
}

std::unexpected<Fault> no_policy() {
  return refuse("PolicyNotFoundException", "You specified a policy that doesn't exist.");
}

std::unexpected<Fault> refuse_because(std::string code, std::string message, std::string_view reason) {
  return std::unexpected(Fault{std::move(code), std::move(message), 400, {{"Reason", reason}}});
}

Outcome<json::object> describe_policy(World& world, const Call& call) {
  Input input(call);
  const auto id = input.required("PolicyId", kPolicyId);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  const ControlPolicy* policy = world.company.control_policy(id);
  if (policy == nullptr) return no_policy();
  return policy_json(world, *policy);
}

/// Faults of a document that no policy may have.
Outcome<void> check_content(const std::string& content) {
  if (content.size() > kMaxControlPolicy) {
    return refuse_because("ConstraintViolationException", "You have exceeded the maximum size of a policy.",
                          "POLICY_CONTENT_LIMIT_EXCEEDED");
  }
  const auto parsed = parse_json(content, Numbers::kAny);
  const json::object* document = parsed ? parsed->if_object() : nullptr;
  if (document == nullptr || !document->contains("Statement")) {
    return refuse("MalformedPolicyDocumentException", "The provided policy document does not meet the requirements.");
  }
  return {};
}

Outcome<json::object> update_policy(World& world, const Call& call) {
  Input input(call);
  const auto id = input.required("PolicyId", kPolicyId);
  const auto content = input.optional("Content", kPolicyText);
  const auto name = input.optional("Name", kPolicyName);
  const auto description = input.optional("Description", kAnyText);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  const auto policy = std::find_if(world.company.control_policies.begin(), world.company.control_policies.end(),
                                   [&](const ControlPolicy& each) { return each.id == id; });
  if (policy == world.company.control_policies.end()) return no_policy();
  if (policy->aws_managed) {
    return refuse_because("InvalidInputException", "You can't modify a policy that AWS manages.", "IMMUTABLE_POLICY");
  }
  if (content) {
    if (auto good = check_content(*content); !good) return std::unexpected(std::move(good.error()));
    policy->content = *content;
  }
  if (name) policy->name = *name;
  if (description) policy->description = *description;
  ++policy->updates;
  return policy_json(world, *policy);
}

template <class Wanted>
Outcome<json::object> policies_where(const World& world, const Call& call, Wanted wanted) {
  std::vector<Item> items;
  for (const ControlPolicy& policy : world.company.control_policies) {
    if (wanted(policy)) items.push_back({policy.id, summary_json(world, policy)});
  }
  return page(world, call, "Policies", std::move(items));
}

Outcome<json::object> list_policies(World& world, const Call& call) {
  Input input(call);
  (void)input.required_of("Filter", {"SERVICE_CONTROL_POLICY"});
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  return policies_where(world, call, [](const ControlPolicy&) { return true; });
}

Outcome<json::object> list_policies_for_target(World& world, const Call& call) {
  Input input(call);
  (void)input.required_of("Filter", {"SERVICE_CONTROL_POLICY"});
  const auto id = input.required("TargetId", kTaggedResourceId);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  const Company& company = world.company;
  if (id != company.root_id && company.account(id) == nullptr && company.unit(id) == nullptr) {
    return refuse("TargetNotFoundException", "You specified a target that doesn't exist.");
  }
  return policies_where(world, call, [&](const ControlPolicy& policy) {
    return std::find(policy.targets.begin(), policy.targets.end(), id) != policy.targets.end();
  });
}

json::object target_json(const World& world, const std::string& id) {
  const auto told = [&](std::string_view kind, std::string_view name, std::string_view type) {
    return json::object{{"TargetId", id}, {"Arn", arn_of(world, kind, id)}, {"Name", name}, {"Type", type}};
  };
  if (const Account* account = world.company.account(id)) return told("account", account->name, "ACCOUNT");
  if (const Unit* unit = world.company.unit(id)) return told("ou", unit->name, "ORGANIZATIONAL_UNIT");
  return told("root", "Root", "ROOT");
}

Outcome<json::object> list_targets_for_policy(World& world, const Call& call) {
  Input input(call);
  const auto id = input.required("PolicyId", kPolicyId);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  const ControlPolicy* policy = world.company.control_policy(id);
  if (policy == nullptr) return no_policy();
  std::vector<Item> items;
  for (const std::string& target : policy->targets) items.push_back({target, target_json(world, target)});
  return page(world, call, "Targets", std::move(items));
}

constexpr OperationEntry kOperations[] = {
    {"DescribeAccount", describe_account},
    {"DescribeOrganization", describe_organization},
    {"DescribeOrganizationalUnit", describe_unit},
    {"DescribePolicy", describe_policy},
    {"ListAccounts", list_accounts},
    {"ListAccountsForParent", list_accounts_for_parent},
    {"ListChildren", list_children},
    {"ListOrganizationalUnitsForParent", list_units_for_parent},
    {"ListParents", list_parents},
    {"ListPolicies", list_policies},
    {"ListPoliciesForTarget", list_policies_for_target},
    {"ListRoots", list_roots},
    {"ListTagsForResource", list_tags},
    {"ListTargetsForPolicy", list_targets_for_policy},
    {"UpdatePolicy", update_policy},
};

}  // namespace

std::span<const OperationEntry> organizations_operations() { return kOperations; }

}  // namespace ag::sandbox
