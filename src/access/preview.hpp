#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/decide.hpp"
#include "access/eligibility.hpp"

/// What a wish would meet, for somebody who is still writing it. Judged by the code that judges a request (ask.cpp):
/// there is nothing here that could say otherwise.
namespace ag::access {

/// A request before it is one: reason and ticket may be missing, and are then not held against it.
struct Draft {
  std::vector<std::string> accounts;  ///< ids or unique names
  std::string permission_set;         ///< arn or unique name
  Duration duration;
  std::optional<Instant> start;
  std::optional<std::string> reason;
  std::optional<std::string> ticket;
  std::optional<std::string> rule;
};

/// Why a request would be refused.
struct Refusal {
  std::optional<AccountId> account;  ///< none: it is about the whole
  Error error;
};

struct PreviewedAccount {
  const Account* account = nullptr;
  const Terms* terms = nullptr;  ///< null: no rule opens it to this person
  bool is_open = false;          ///< for just this wish; else the terms are those of the shortest time
};

struct Preview {
  const PermissionSet* permission_set = nullptr;  ///< null: there is none of that name
  std::vector<PreviewedAccount> accounts;         ///< those that are known, each once
  Instant start;
  std::vector<Refusal> refusals;     ///< all of them; what asking says is the first
  std::optional<RequestId> same_as;  ///< the live request that is the same
  std::shared_ptr<Asker> asker;      ///< the terms live as long as it does
};

/// `index` must be of the state's own policy, and outlive what is returned.
[[nodiscard]] Preview preview(const State& state, const PolicyIndex& index, const Caller& caller, const Draft& draft,
                              Instant now);

}  // namespace ag::access
