#include <fmt/format.h>

#include <algorithm>

#include "access/policy_parse.hpp"

namespace ag::access {

// What is given but wrong was told already: so these ask for keys, not for values.

Target PolicyParser::target(const Place& place) {
  Target target;
  target.line = place.line();
  if (!in_.mapping(place, {"ou", "tag", "accounts", "all", "except"})) return target;
  if (const auto value = place.find("ou")) target.unit = in_.text(*value);
  if (const auto value = place.find("tag")) target.tags = tags(*value);
  if (const auto value = place.find("accounts")) target.accounts = in_.texts(*value);
  const auto all = place.find("all");
  if (all) in_.flag(*all);
  if (const auto value = place.find("except")) target.except = targets(*value);
  const bool selects = place.has("ou") || place.has("tag") || place.has("accounts");
  if (!selects && !all) {
    in_.refuse(place, "empty_target", "selects nothing; give ou, tag or accounts, or write all: true");
  } else if (selects && all) {
    in_.refuse(place, "contradiction", "all: true stands alone, or with except; here ou, tag or accounts narrow it");
  }
  return target;
}

std::map<std::string, std::vector<std::string>> PolicyParser::tags(const Place& place) {
  std::map<std::string, std::vector<std::string>> tags;
  if (place.node->kind != yaml::Kind::kMapping) {
    in_.refuse(place, "invalid_type", "must be a mapping, as in {env: [dev]}; it is " + place.shown());
    return tags;
  }
  if (place.node->members.empty()) in_.refuse(place, "empty_list", "must name at least one tag");
  for (const auto& [key, value] : in_.named(place))
    tags[key] = value.node->kind == yaml::Kind::kScalar ? std::vector{in_.text(value)} : in_.texts(value);
  return tags;
}

/// A list of target names, or one target written in place.
std::vector<Target> PolicyParser::targets(const Place& place) {
  if (place.node->kind == yaml::Kind::kMapping) return {target(place)};
  std::vector<Target> found;
  if (!in_.list(place, "[prod, staging]")) return found;
  for (const auto& item : place.items()) {
    if (item.node->kind == yaml::Kind::kMapping) {
      in_.refuse(item, "invalid_type",
                 "a list has names of targets; write one target in place without the brackets, as in "
                 "{ou: /Workloads}, or give it a name under \"targets\"");
      continue;
    }
    const std::string name = in_.text(item);
    if (name == "all") {
      found.push_back(Target{.line = place.line()});
    } else if (const auto it = policy_.targets.find(name); it != policy_.targets.end()) {
      found.push_back(it->second);
    } else if (targets_ && targets_->has(name)) {
      in_.refuse(item, "unknown_target",
                 fmt::format("the target \"{}\" is defined further down; move it above this one", name));
    } else {
      refuse_unknown(item, name, {"targets", "target", "unknown_target"}, keys_of(policy_.targets));
    }
  }
  return found;
}

People PolicyParser::people(const Place& place) {
  People people;
  if (!in_.mapping(place, {"groups", "users", "everyone", "except"})) return people;
  if (const auto value = place.find("groups")) people.groups = in_.texts(*value);
  if (const auto value = place.find("users")) people.users = in_.texts(*value);
  if (const auto value = place.find("everyone")) people.everyone = in_.flag(*value);
  if (const auto except = place.find("except")) {
    if (in_.mapping(*except, {"groups", "users"}) && except->node->members.empty())
      in_.refuse(*except, "empty_list", "must name at least one");
    if (const auto value = except->find("groups")) people.except_groups = in_.texts(*value);
    if (const auto value = except->find("users")) people.except_users = in_.texts(*value);
  }
  if (!place.has("groups") && !place.has("users") && !place.has("everyone")) {
    in_.refuse(place, "empty_people", "names nobody; give groups or users, or write everyone: true");
  }
  if (people.everyone && (place.has("groups") || place.has("users"))) {
    in_.refuse(
        place, "contradiction",
        "everyone: true stands alone, or with except: everybody is let in already, so groups and users beside it "
        "narrow nothing; leave out one or the other");
  }
  return people;
}

/// A list of names and patterns, or a mapping that narrows by level and takes some away.
Sets PolicyParser::sets(const Place& place) {
  Sets sets;
  if (place.node->kind != yaml::Kind::kMapping) {
    sets.names = in_.texts(place);
    return sets;
  }
  if (!in_.mapping(place, {"names", "level", "except"})) return sets;
  if (const auto value = place.find("names")) sets.names = in_.texts(*value);
  if (const auto value = place.find("level")) sets.levels = in_.levels(*value);
  if (const auto value = place.find("except")) sets.except = in_.texts(*value);
  if (!place.has("names") && !place.has("level"))
    in_.refuse(place, "empty_sets", "selects nothing; give names or level; names: [\"*\"] is every permission set");
  return sets;
}

}  // namespace ag::access
