#include "access/set_analysis.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "access/organization.hpp"
#include "access/set_policies.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "iam/analysis_words.hpp"

namespace ag::access {
namespace {

constexpr std::size_t kMostSentences = 12;  // what somebody reads who has to decide

Level to_level(iam::Level level) {
  static_assert(static_cast<int>(Level::kCritical) == static_cast<int>(iam::Level::kCritical));
  return static_cast<Level>(level);
}

json::value digest_of(const std::string* document) {
  if (document == nullptr) return nullptr;
  return json::value_from(to_hex(sha256(*document)));
}

/// In an order that does not hang on that of AWS's lists.
std::string content_of(const SetPolicies& policies, ManagedDocuments& documents) {
  json::array managed;
  for (const auto& arn : std::set<std::string>(policies.managed.begin(), policies.managed.end()))
    managed.push_back(json::array{json::string(arn), digest_of(documents.find(arn))});
  const std::set<std::string> of_accounts(policies.customer_managed.begin(), policies.customer_managed.end());
  const json::object whole{
      {"managed", std::move(managed)},
      {"customer_managed", json::value_from(of_accounts)},
      {"inline", policies.inline_policy},
      {"boundary", json::array{json::string(policies.boundary),
                               policies.boundary.empty() ? nullptr : digest_of(documents.find(policies.boundary))}}};
  return to_hex(sha256(canonical_json(whole)));
}

SetAnalysis analyze(const SetPolicies& policies, ManagedDocuments& documents) {
  SetInput read = input_of(policies, documents);
  const iam::Analysis found = iam::analyze(std::move(read.input));
  return {content_of(policies, documents), to_level(found.level), found.effective_administrator,
          iam::sentences(found, kMostSentences), std::move(read.unread)};
}

/// Whether both name the same policies, and each says the same in both.
bool is_same(const PermissionSet& one, ManagedDocuments& of_one, const PermissionSet& other,
             ManagedDocuments& of_other) {
  if (one.policies != other.policies) return false;
  const auto says_the_same = [&](const std::string& arn) {
    const std::string* a = of_one.find(arn);
    const std::string* b = of_other.find(arn);
    return a == nullptr || b == nullptr ? a == b : *a == *b;
  };
  const auto& managed = one.policies->managed;
  return std::all_of(managed.begin(), managed.end(), says_the_same) && says_the_same(one.policies->boundary);
}

}  // namespace

void analyze_sets(Snapshot& snapshot, const Organization* before) {
  static const Snapshot kNothing;
  const Snapshot& known = before == nullptr ? kNothing : before->snapshot();
  ManagedDocuments documents(snapshot);
  ManagedDocuments known_documents(known);
  for (auto& set : snapshot.permission_sets) {
    set.analysis = nullptr;
    if (!set.policies) continue;
    const PermissionSet* then = before == nullptr ? nullptr : before->find(set.arn);
    if (then != nullptr && then->analysis != nullptr && is_same(set, documents, *then, known_documents))
      set.analysis = then->analysis;
    else set.analysis = std::make_shared<const SetAnalysis>(analyze(*set.policies, documents));
  }
}

}  // namespace ag::access
