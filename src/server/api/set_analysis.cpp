#include <algorithm>

#include "access/levels.hpp"
#include "access/set_analysis.hpp"
#include "access/set_policies.hpp"
#include "iam/analysis_json.hpp"
#include "iam/analysis_words.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"

/// What a permission set really allows.
namespace ag::server {
namespace {

constexpr std::size_t kMostSentences = 20;

/// Where the words of an AWS managed policy come from: its version as read from AWS, null for the program's own copy.
json::array managed_view(const access::Snapshot& snapshot, const access::SetPolicies& policies) {
  static const std::vector<access::ManagedPolicy> kNone;
  const auto& read = snapshot.managed_policies ? *snapshot.managed_policies : kNone;
  json::array managed;
  for (const auto& arn : policies.managed) {
    const auto policy = std::find_if(read.begin(), read.end(), [&](const auto& it) { return it.arn == arn; });
    json::value version(nullptr);
    if (policy != read.end()) version = policy->version;
    managed.push_back(json::object{{"arn", arn}, {"version", std::move(version)}});
  }
  return managed;
}

json::object policies_view(const access::Snapshot& snapshot, const access::SetPolicies& policies) {
  const auto or_null = [](const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); };
  return {{"managed", managed_view(snapshot, policies)},
          {"customer_managed", json::value_from(policies.customer_managed)},
          {"inline", or_null(policies.inline_policy)},
          {"boundary", or_null(policies.boundary)}};
}

}  // namespace

Result<Answer> Api::analyze_permission_set(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  const auto organization = parts_.read_model.organization();
  const auto set = organization->permission_set(call.parameters.path.at("id"), "id");
  if (!set) {
    Error error = set.error();
    if (error.code == "unknown_permission_set") error.code = "not_found";
    return fail(std::move(error));
  }
  if ((*set)->analysis == nullptr) {
    return fail({"not_analyzed", "what " + (*set)->name + " is made of was not read from AWS", "id", "",
                 "`accessguard doctor` says why; after a start it takes a moment"});
  }
  const auto policy = parts_.read_model.read([](const View& view) { return view.state.policy.get().policy; });
  const access::SetAnalysis& analysis = *(*set)->analysis;
  access::ManagedDocuments documents(organization->snapshot());
  const iam::Analysis found = iam::analyze(access::input_of(*(*set)->policies, documents).input);
  return json_answer(json::object{{"permission_set", json::object{{"arn", (*set)->arn.str()}, {"name", (*set)->name}}},
                                  {"level", name_of(access::level_of(*policy, **set))},
                                  {"level_reason", access::reason_of_level(*policy, **set)},
                                  {"sentences", json::value_from(iam::sentences(found, kMostSentences))},
                                  {"page", iam::page((*set)->name, found, iam::PageStyle{})},
                                  {"unread", json::value_from(analysis.unread)},
                                  {"content", analysis.content},
                                  {"policies", policies_view(organization->snapshot(), *(*set)->policies)},
                                  {"analysis", iam::to_json(found)}});
}

}  // namespace ag::server
