#include <fmt/format.h>

#include <algorithm>

#include "access/policy_explain.hpp"
#include "access/policy_plan.hpp"
#include "base/hash.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/policy_text.hpp"

/// What a policy would change, and why it answers as it does.
namespace ag::server {
namespace {

// What is under way and met differently; the plan is for reading.
constexpr std::size_t kMostTouched = 500;

struct ExplainBody {
  std::optional<std::string> user;
  std::string account;
  std::string permission_set;
  std::optional<std::string> duration;
  std::optional<std::string> start;
  std::optional<std::string> text;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("user", self.user);
    codec("account", self.account);
    codec("permission_set", self.permission_set);
    codec("duration", self.duration);
    codec("start", self.start);
    codec("text", self.text);
  }
};

json::array strings_view(const std::vector<std::string>& texts) {
  json::array views;
  for (const auto& text : texts) views.push_back(json::string(text));
  return views;
}

json::object some_view(const access::Some& some) {
  return {{"count", static_cast<std::int64_t>(some.count)}, {"names", strings_view(some.names)}};
}

json::object line_view(const access::PolicyChangeLine& line, access::ChangeScope scope) {
  return {{"kind", name_of(line.kind)},
          {"subject", name_of(line.subject)},
          {"level", name_of(line.level)},
          {"people", some_view(line.people)},
          {"accounts", some_view(line.accounts)},
          {"permission_sets", some_view(line.permission_sets)},
          {"before", line.before},
          {"after", line.after},
          {"differences", strings_view(line.differences)},
          {"because", strings_view(line.because)},
          {"text", access::to_text(line)},
          {"needs_agreement", access::widens(line, scope)}};
}

json::object touched_view(const access::Touched& touched) {
  return {{"kind", name_of(touched.kind)},
          {"request", touched.request.str()},
          {"grant", touched.grant.empty() ? json::value(nullptr) : json::value(json::string(touched.grant.str()))},
          {"user", touched.user_name},
          {"permission_set", touched.permission_set_name},
          {"account", touched.account_name},
          {"why", touched.why}};
}

json::array changes_view(const access::PolicyPlan& plan, access::ChangeScope scope) {
  json::array changes;
  for (const auto& line : plan.changes) changes.push_back(line_view(line, scope));
  return changes;
}

/// What somebody else would have to agree to, if the text with that hash took the place of what is in force.
std::vector<std::string> needs_agreement(const access::PolicyPlan& plan, access::ChangeScope scope,
                                         const std::string& in_force, const std::string& hash) {
  if (in_force.empty() || hash == in_force) return {};
  if (scope == access::ChangeScope::kAlways) return {"every change needs another person's agreement"};
  return access::widenings(plan, scope);
}

void add_touched(json::object& view, const std::vector<access::Touched>& touched) {
  const std::size_t shown = std::min(touched.size(), kMostTouched);
  json::array items;
  for (std::size_t i = 0; i < shown; ++i) items.push_back(touched_view(touched[i]));
  view["touched"] = std::move(items);
  view["touched_left_out"] = static_cast<std::int64_t>(touched.size() - shown);
}

template <class E>
json::value nullable_name(const std::optional<E>& value) {
  return value ? json::value(json::string(name_of(*value))) : json::value(nullptr);
}

json::object rule_view(const access::ExplainedRule& rule) {
  return {{"id", rule.id},
          {"line", rule.line},
          {"opens", rule.opens},
          {"stops_at", nullable_name(rule.stops_at)},
          {"why_not", rule.why_not}};
}

json::object guardrail_view(const access::ExplainedGuardrail& guardrail) {
  return {{"id", guardrail.id},           {"line", guardrail.line},
          {"applies", guardrail.applies}, {"stops_at", nullable_name(guardrail.stops_at)},
          {"why_not", guardrail.why_not}, {"asks", guardrail.asks}};
}

/// What is asked of who is allowed; null when it is refused.
json::value terms_view(const access::Explanation& explanation) {
  if (!explanation.allowed) return nullptr;
  json::array steps;
  for (const auto& step : explanation.steps) {
    steps.push_back(json::object{{"need", step.need},
                                 {"of", step.of},
                                 {"could", static_cast<std::int64_t>(step.could)},
                                 {"people", strings_view(step.people)}});
  }
  return json::object{{"rule", explanation.rule},
                      {"line", explanation.line},
                      {"before_others", strings_view(explanation.before_others)},
                      {"steps", std::move(steps)},
                      {"min_seconds", explanation.min.count_seconds()},
                      {"max_seconds", explanation.max.count_seconds()},
                      {"reason_min", static_cast<std::int64_t>(explanation.reason_min)},
                      {"ticket_patterns", strings_view(explanation.ticket_patterns)}};
}

json::value refusal_view(const std::optional<Error>& refusal) {
  if (!refusal) return nullptr;
  return json::object{
      {"code", refusal->code}, {"message", refusal->message}, {"rule", refusal->rule}, {"fix", refusal->fix}};
}

json::value glass_view(const std::optional<access::GlassAnswer>& glass) {
  if (!glass) return nullptr;
  return json::object{{"line", glass->line}, {"opens", glass->opens}, {"text", glass->words}};
}

json::object explanation_view(const access::Question& question, const access::Explanation& explanation) {
  json::array rules;
  for (const auto& rule : explanation.rules) rules.push_back(rule_view(rule));
  json::array guardrails;
  for (const auto& guardrail : explanation.guardrails) guardrails.push_back(guardrail_view(guardrail));
  return {
      {"user", question.user.user_name},
      {"account", question.account.name},
      {"permission_set", question.permission_set.name},
      {"duration_seconds", question.duration ? json::value(question.duration->count_seconds()) : json::value(nullptr)},
      {"start", to_rfc3339(question.start)},
      {"level", name_of(explanation.level)},
      {"level_reason", explanation.level_reason},
      {"allowed", explanation.allowed},
      {"verdict", explanation.verdict},
      {"refusal", refusal_view(explanation.refusal)},
      {"terms", terms_view(explanation)},
      {"rules", std::move(rules)},
      {"guardrails", std::move(guardrails)},
      {"break_glass", glass_view(explanation.break_glass)}};
}

Result<void> admin_only(const ApiCall& call, std::string_view what) {
  if (call.caller.role == access::Role::kAdmin) return {};
  return fail("not_allowed", fmt::format("only an administrator can {}", what), "");
}

/// The question, of a person who may ask it.
Result<access::Question> question_of(const ApiCall& call, const ExplainBody& body, const access::PolicyIndex& index) {
  const auto& organization = index.organization();
  const std::string name = body.user.value_or(call.caller.user.str());
  const auto user = organization.user(name, "user");
  if (!user) return fail(user.error());
  if ((*user)->id != call.caller.user) {
    if (auto admin = admin_only(call, "ask what others may do"); !admin) return fail(admin.error());
  }
  const auto account = organization.account(body.account, "account");
  if (!account) return fail(account.error());
  const auto set = organization.permission_set(body.permission_set, "permission_set");
  if (!set) return fail(set.error());
  std::optional<Duration> duration;
  if (body.duration) {
    const auto parsed = duration_field(*body.duration, "duration");
    if (!parsed) return fail(parsed.error());
    duration = *parsed;
  }
  Instant start = call.now;
  if (body.start) {
    const auto parsed = time_field(*body.start, "start", call.now);
    if (!parsed) return fail(parsed.error());
    start = *parsed;
  }
  return access::Question{**user, **account, **set, duration, start};
}

}  // namespace

Result<Answer> Api::plan_policy(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  if (auto admin = admin_only(call, "plan a change of the policy"); !admin) return fail(admin.error());
  const auto body = body_as<PolicyBody>(call.request);
  if (!body) return fail(body.error());
  const auto before = parts_.read_model.index();
  const auto after = compiled(body->text, before->shared_organization());
  if (!after) return fail(after.error());
  // Under no lock: of a large organization it takes a while, and nothing that ends may wait for it.
  const auto plan = access::plan_of(*before, **after, call.now);
  const access::ChangeScope scope = before->policy().change_control.when;
  const std::string hash = to_hex(sha256(body->text));
  json::object view{{"hash", hash},
                    {"changes", changes_view(plan, scope)},
                    {"left_out", static_cast<std::int64_t>(plan.left_out)},
                    {"expectations", expectations_view(results_of(**after, call.now))}};
  const auto added = parts_.read_model.read([&](const View& v) -> Result<void> {
    if (&v.index != before.get()) return fail("busy", "the policy or the organization has just changed; ask again", "");
    const std::string& in_force = v.state.policy.get().hash;
    view["base"] = in_force;
    view["widens"] = strings_view(needs_agreement(plan, scope, in_force, hash));
    add_touched(view, access::touched(**after, v.state, call.now));
    return {};
  });
  if (!added) return fail(added.error());
  return json_answer(view);
}

Result<Answer> Api::explain_policy(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  const auto body = body_as<ExplainBody>(call.request);
  if (!body) return fail(body.error());
  auto index = parts_.read_model.index();
  if (body->text) {
    if (auto admin = admin_only(call, "ask a policy that is not in force"); !admin) return fail(admin.error());
    const auto other = compiled(*body->text, index->shared_organization());
    if (!other) return fail(other.error());
    index = *other;
  }
  const auto question = question_of(call, *body, *index);
  if (!question) return fail(question.error());
  const auto explanation = parts_.read_model.read(
      [&](const View& view) { return access::explain(view.state, *index, *question, call.now); });
  return json_answer(explanation_view(*question, explanation));
}

}  // namespace ag::server
