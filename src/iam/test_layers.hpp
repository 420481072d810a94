#pragma once
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "iam/layers.hpp"
#include "iam/managed_policies.hpp"
#include "iam/policy_parse.hpp"

/// Builders for tests of what policies allow.
namespace ag::iam {

/// Single quotes stand for double ones.
inline Policy policy_of(std::string text, PolicyKind kind = PolicyKind::kIdentity) {
  for (char& c : text) {
    if (c == '\'') c = '"';
  }
  const ParsedPolicy parsed = parse(text, kind);
  EXPECT_TRUE(parsed.readable()) << text << (parsed.problems.empty() ? "" : "\n" + to_text(parsed.problems.front()));
  return parsed.policy;
}

inline NamedPolicy named(std::string name, std::string text) { return {std::move(name), policy_of(std::move(text))}; }

inline NamedPolicy managed(std::string_view name) {
  const auto policy = find_managed_policy(name);
  EXPECT_TRUE(policy) << name;
  return {std::string(name), parse(document_of(policy.value()), PolicyKind::kAwsManaged).policy};
}

/// `{'Effect': 'Allow', 'Action': …, 'Resource': '*'}`
inline std::string allow(std::string_view actions, std::string_view resource = "*", std::string_view rest = "") {
  std::string list;
  for (std::size_t at = 0; at < actions.size();) {
    const auto end = std::min(actions.find(' ', at), actions.size());
    list += (list.empty() ? "'" : ", '") + std::string(actions.substr(at, end - at)) + "'";
    at = end + 1;
  }
  return "{'Effect': 'Allow', 'Action': [" + list + "], 'Resource': '" + std::string(resource) + "'" +
         std::string(rest) + "}";
}
inline std::string deny(std::string_view actions, std::string_view resource = "*", std::string_view rest = "") {
  std::string text = allow(actions, resource, rest);
  return text.replace(text.find("Allow"), 5, "Deny");
}
inline std::string document(const std::vector<std::string>& statements) {
  std::string text;
  for (const std::string& statement : statements) text += (text.empty() ? "" : ", ") + statement;
  return "{'Version': '2012-10-17', 'Statement': [" + text + "]}";
}
inline PolicyLayers only(const std::vector<std::string>& statements) {
  return {.identity = {named("test", document(statements))}};
}

}  // namespace ag::iam
