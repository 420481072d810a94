#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "access/policy_index.hpp"
#include "access/test_company.hpp"
#include "access/test_policy.hpp"
#include "base/assert.hpp"

/// For tests: a policy text in front of a company.
namespace ag::access::test {

inline std::shared_ptr<const Organization> shared(const Company& company) {
  return std::make_shared<const Organization>(company.organization());
}

/// The text must be right; `version: 1` is put before it.
inline PolicyIndex index_of(std::string_view text, const std::shared_ptr<const Organization>& organization) {
  auto parsed = parse_policy("version: 1\n" + std::string(text));
  if (!parsed) ADD_FAILURE() << told(parsed.error()) << text;
  AG_ASSERT(parsed.has_value());
  return {std::make_shared<const Policy>(std::move(*parsed)), organization};
}

}  // namespace ag::access::test
