#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "sandbox/input.hpp"
#include "sandbox/paging.hpp"
#include "sandbox/service.hpp"

/// identitystore: users, groups and memberships (API version 2020-06-15). Read only, as with a directory that comes
/// from a company's identity provider.
namespace ag::sandbox {
namespace {

constexpr std::size_t kMaxGroupIds = 100;   // AWS: GroupIds of IsMemberInGroups
constexpr std::size_t kMaxExtensions = 10;  // AWS: Extensions of ListUsers and DescribeUser, though there is only one
constexpr std::string_view kEnterprise = "aws:identitystore:enterprise";
const Pattern kExtension{kEnterprise, [](std::string_view text) { return text == kEnterprise; }, 50};

std::unexpected<Fault> absent(std::string_view type, std::string_view id) {
  return std::unexpected(Fault{"ResourceNotFoundException",
                               fmt::format("{} not found.", type),
                               400,
                               {{"ResourceType", type}, {"ResourceId", id}}});
}

/// Refuses what was read wrong, then a store that is not ours.
Outcome<void> check(const World& world, const Input& input, std::string_view store) {
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (store != world.company.identity_store_id) return absent("IDENTITY_STORE", store);
  return {};
}

/// Which attributes of a user were asked for.
enum class Attributes { kCore, kEnterpriseToo };
Attributes attributes_asked_for(Input& input) {
  if (!input.has("Extensions")) return Attributes::kCore;
  (void)input.required_list("Extensions", kExtension, kMaxExtensions);
  return Attributes::kEnterpriseToo;
}

/// In the shape of SCIM's enterprise extension, without the manager's displayName: Identity Center does not keep it.
json::object extensions_of(const User& user) {
  return {{kEnterprise, json::object{{"manager", json::object{{"value", user.manager.str()}}}}}};
}

json::object core_json(const World& world, const User& user) {
  return {{"IdentityStoreId", world.company.identity_store_id},
          {"UserId", user.id.str()},
          {"UserName", user.user_name},
          {"Name",
           json::object{
               {"Formatted", user.display_name()}, {"GivenName", user.given_name}, {"FamilyName", user.family_name}}},
          {"DisplayName", user.display_name()},
          {"Emails", json::array{json::object{{"Value", user.email}, {"Type", "work"}, {"Primary", true}}}},
          {"UserStatus", user.enabled ? "ENABLED" : "DISABLED"},
          {"CreatedAt", epoch_seconds(user.created)},
          {"UpdatedAt", epoch_seconds(user.created)}};
}

json::object user_json(const World& world, const User& user, Attributes attributes) {
  json::object answer = core_json(world, user);
  if (attributes == Attributes::kEnterpriseToo && !user.manager.empty()) answer["Extensions"] = extensions_of(user);
  return answer;
}

json::object group_json(const World& world, const Group& group) {
  return {{"IdentityStoreId", world.company.identity_store_id},
          {"GroupId", group.id.str()},
          {"DisplayName", group.display_name},
          {"Description", group.description},
          {"CreatedAt", epoch_seconds(group.created)},
          {"UpdatedAt", epoch_seconds(group.created)}};
}

json::object membership_json(const World& world, const Membership& membership) {
  return {{"IdentityStoreId", world.company.identity_store_id},
          {"MembershipId", membership.id},
          {"GroupId", membership.group.str()},
          {"MemberId", json::object{{"UserId", membership.user.str()}}},
          {"CreatedAt", epoch_seconds(membership.created)},
          {"UpdatedAt", epoch_seconds(membership.created)}};
}

/// The deprecated `Filters` of the two listings: at most one, of the one path they know.
std::optional<std::string> filter_value(Input& input, const Call& call, std::string_view known_path) {
  const json::value* filters = call.input.if_contains("Filters");
  if (filters == nullptr || !filters->is_array() || filters->get_array().empty()) return std::nullopt;
  // Input reads objects; the only filter is lifted out of its list.
  Call lifted{call.service, call.operation, {{"Filters", filters->get_array().front()}}, call.caller};
  Input filter = Input(lifted).inside("Filters");
  (void)filter.required_of("AttributePath", {known_path});
  const auto value = filter.required("AttributeValue", kAnyText);
  input.absorb(filter);
  return value;
}

Outcome<json::object> list_users(World& world, const Call& call) {
  Input input(call);
  const auto store = input.required("IdentityStoreId", kIdentityStoreId);
  const auto attributes = attributes_asked_for(input);
  const auto wanted = filter_value(input, call, "UserName");
  if (auto good = check(world, input, store); !good) return std::unexpected(std::move(good.error()));
  const Company& company = world.company;
  CompanyIndex::Places places;
  if (!wanted) places = company.index.users_in_order;
  else if (const auto* place = CompanyIndex::find(company.index.user_names, *wanted)) places = {*place};
  const auto user = [&](std::size_t i) -> const User& { return company.users[places[i]]; };
  return page(world, call, "Users",
              Listing{places.size(), [&](std::size_t i) { return user(i).id.str(); },
                      [&](std::size_t i) { return json::value(user_json(world, user(i), attributes)); }});
}

Outcome<json::object> describe_user(World& world, const Call& call) {
  Input input(call);
  const auto store = input.required("IdentityStoreId", kIdentityStoreId);
  const auto id = input.required("UserId", kPrincipalId);
  const auto attributes = attributes_asked_for(input);
  if (auto good = check(world, input, store); !good) return std::unexpected(std::move(good.error()));
  const User* user = world.company.user(id);
  if (user == nullptr) return absent("USER", id);
  return user_json(world, *user, attributes);
}

Outcome<json::object> list_groups(World& world, const Call& call) {
  Input input(call);
  const auto store = input.required("IdentityStoreId", kIdentityStoreId);
  const auto wanted = filter_value(input, call, "DisplayName");
  if (auto good = check(world, input, store); !good) return std::unexpected(std::move(good.error()));
  const Company& company = world.company;
  CompanyIndex::Places places;
  if (!wanted) places = company.index.groups_in_order;
  else if (const auto* place = CompanyIndex::find(company.index.group_names, *wanted)) places = {*place};
  const auto group = [&](std::size_t i) -> const Group& { return company.groups[places[i]]; };
  return page(world, call, "Groups",
              Listing{places.size(), [&](std::size_t i) { return group(i).id.str(); },
                      [&](std::size_t i) { return json::value(group_json(world, group(i))); }});
}

Outcome<json::object> describe_group(World& world, const Call& call) {
  Input input(call);
  const auto store = input.required("IdentityStoreId", kIdentityStoreId);
  const auto id = input.required("GroupId", kPrincipalId);
  if (auto good = check(world, input, store); !good) return std::unexpected(std::move(good.error()));
  const Group* group = world.company.group(id);
  if (group == nullptr) return absent("GROUP", id);
  return group_json(world, *group);
}

Outcome<json::object> page_of_memberships(const World& world, const Call& call, const CompanyIndex::Places& places) {
  const auto membership = [&](std::size_t i) -> const Membership& { return world.company.memberships[places[i]]; };
  return page(world, call, "GroupMemberships",
              Listing{places.size(), [&](std::size_t i) { return membership(i).id; },
                      [&](std::size_t i) { return json::value(membership_json(world, membership(i))); }});
}

Outcome<json::object> list_memberships(World& world, const Call& call) {
  Input input(call);
  const auto store = input.required("IdentityStoreId", kIdentityStoreId);
  const auto id = input.required("GroupId", kPrincipalId);
  if (auto good = check(world, input, store); !good) return std::unexpected(std::move(good.error()));
  if (world.company.group(id) == nullptr) return absent("GROUP", id);
  return page_of_memberships(world, call, CompanyIndex::list(world.company.index.memberships_of_group, id));
}

std::string member_id(Input& input) {
  input.require("MemberId");
  Input member = input.inside("MemberId");
  const auto id = member.required("UserId", kPrincipalId);
  input.absorb(member);
  return id;
}

Outcome<json::object> list_memberships_for_member(World& world, const Call& call) {
  Input input(call);
  const auto store = input.required("IdentityStoreId", kIdentityStoreId);
  const auto id = member_id(input);
  if (auto good = check(world, input, store); !good) return std::unexpected(std::move(good.error()));
  if (world.company.user(id) == nullptr) return absent("USER", id);
  return page_of_memberships(world, call, CompanyIndex::list(world.company.index.memberships_of_user, id));
}

/// `AlternateIdentifier.UniqueAttribute`: the path in lower case, and the value. An external id finds nothing: the
/// sandbox's directory is Identity Center's own.
struct Alternate {
  std::string path;
  std::string value;
};
Outcome<Alternate> alternate_identifier(const World& world, const Call& call, std::string_view type) {
  Input input(call);
  const auto store = input.required("IdentityStoreId", kIdentityStoreId);
  input.require("AlternateIdentifier");
  Input identifier = input.inside("AlternateIdentifier");
  const bool is_external = identifier.has("ExternalId");
  if (!is_external && input.has("AlternateIdentifier")) identifier.require("UniqueAttribute");
  Input attribute = identifier.inside("UniqueAttribute");
  Alternate found;
  if (identifier.has("UniqueAttribute")) {
    found.path = to_lower(attribute.required("AttributePath", kAttributePath));
    found.value = attribute.required("AttributeValue", kAnyText);
  }
  identifier.absorb(attribute);
  input.absorb(identifier);
  if (auto good = check(world, input, store); !good) return std::unexpected(std::move(good.error()));
  if (is_external) return absent(type, "");
  return found;
}

Outcome<json::object> get_user_id(World& world, const Call& call) {
  const auto alternate = alternate_identifier(world, call, "USER");
  if (!alternate) return std::unexpected(alternate.error());
  if (alternate->path != "username" && alternate->path != "emails.value") {
    return refuse("ValidationException", "attributePath must be userName or emails.value.");
  }
  for (const User& user : world.company.users) {
    if ((alternate->path == "username" ? user.user_name : user.email) != alternate->value) continue;
    return json::object{{"IdentityStoreId", world.company.identity_store_id}, {"UserId", user.id.str()}};
  }
  return absent("USER", alternate->value);
}

Outcome<json::object> get_group_id(World& world, const Call& call) {
  const auto alternate = alternate_identifier(world, call, "GROUP");
  if (!alternate) return std::unexpected(alternate.error());
  if (alternate->path != "displayname") return refuse("ValidationException", "attributePath must be displayName.");
  for (const Group& group : world.company.groups) {
    if (group.display_name != alternate->value) continue;
    return json::object{{"IdentityStoreId", world.company.identity_store_id}, {"GroupId", group.id.str()}};
  }
  return absent("GROUP", alternate->value);
}

Outcome<json::object> is_member_in_groups(World& world, const Call& call) {
  Input input(call);
  const auto store = input.required("IdentityStoreId", kIdentityStoreId);
  const auto user = member_id(input);
  const auto groups = input.required_list("GroupIds", kPrincipalId, kMaxGroupIds);
  if (auto good = check(world, input, store); !good) return std::unexpected(std::move(good.error()));
  if (world.company.user(user) == nullptr) return absent("USER", user);
  json::array results;
  for (const std::string& group : groups) {
    if (world.company.group(group) == nullptr) return absent("GROUP", group);
    results.push_back(json::object{{"GroupId", group},
                                   {"MemberId", json::object{{"UserId", user}}},
                                   {"MembershipExists", world.company.is_member(UserId(user), GroupId(group))}});
  }
  return json::object{{"Results", std::move(results)}};
}

constexpr OperationEntry kOperations[] = {
    {"DescribeGroup", describe_group},
    {"DescribeUser", describe_user},
    {"GetGroupId", get_group_id},
    {"GetUserId", get_user_id},
    {"IsMemberInGroups", is_member_in_groups},
    {"ListGroupMemberships", list_memberships},
    {"ListGroupMembershipsForMember", list_memberships_for_member},
    {"ListGroups", list_groups},
    {"ListUsers", list_users},
};

}  // namespace

std::span<const OperationEntry> identity_store_operations() { return kOperations; }

}  // namespace ag::sandbox
