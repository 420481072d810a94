#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/examination.hpp"

/// How things are, for people: what is wrong comes first. And the first steps of a new installation.
namespace ag::server {
namespace {

/// What each is about, in a few words.
std::string_view summary_of(std::string_view id) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 21> kSummaries = {{
      {"ledger", "Writing the ledger"},
      {"aws", "Reading AWS"},
      {"engine", "The engine's turns"},
      {"spool", "Entries that wait for the ledger"},
      {"dead_man_switch", "The dead man's switch"},
      {"aws_gaps", "What of AWS cannot be read"},
      {"policy", "The policy in force"},
      {"administrators", "Administrators"},
      {"revokes", "Access that is over"},
      {"grants", "Making grants"},
      {"sweep", "Comparing AWS with the ledger"},
      {"lanes", "Calls that wait"},
      {"server_clock", "The server's clock"},
      {"aws_calls", "Calls to AWS"},
      {"aws_deletes", "Removals that AWS denies"},
      {"checkpoint", "The ledger's checkpoint"},
      {"reviews", "Reviews of break-glass"},
      {"foreign", "Changes that others made in AWS"},
      {"shared", "What others made too"},
      {"cloudtrail", "Who else makes assignments"},
      {"standing", "Standing access"},
  }};
  const auto it = std::find_if(kSummaries.begin(), kSummaries.end(), [&](const auto& row) { return row.first == id; });
  return it == kSummaries.end() ? id : it->second;
}

/// The worst first; one line for each thing: of two that are about the same, the worse.
std::vector<Check> worst_first(const std::vector<Check>& checks) {
  std::vector<Check> sorted;
  for (const Condition state : {Condition::kBad, Condition::kWarn, Condition::kOk}) {
    for (const auto& check : checks) {
      const auto is_it = [&](const Check& other) { return other.id == check.id; };
      if (check.state == state && std::none_of(sorted.begin(), sorted.end(), is_it)) sorted.push_back(check);
    }
  }
  return sorted;
}

struct Step {
  std::string_view id;
  bool is_done = false;
  std::string_view title;
  std::string detail;
  std::string_view command;  ///< empty: none does it, or nothing is to be done
};

json::object step_view(const Step& step) {
  const bool has_command = !step.is_done && !step.command.empty();
  return {{"id", step.id},
          {"done", step.is_done},
          {"title", step.title},
          {"detail", step.detail},
          {"command", has_command ? json::value(json::string(step.command)) : json::value(nullptr)}};
}

Step step_of_aws(const EngineHealth& health, const access::Organization& organization) {
  Step step{"aws", organization.known(), "Connect to AWS", "", "accessguard doctor"};
  const auto& all = organization.snapshot();
  if (step.is_done) {
    step.detail = fmt::format("{} accounts, {} permission sets and {} people were read", all.accounts.size(),
                              all.permission_sets.size(), all.users.size());
  } else if (health.directory.problem) {
    step.detail = health.directory.problem->message;
  } else {
    step.detail = "AWS is being read for the first time; a large organization takes some minutes";
  }
  return step;
}

/// Whether some rule opens something to somebody.
bool opens_anything(const access::PolicyIndex& index) {
  access::Bits of_accounts(index.policy().rules.size());
  access::Bits of_sets(index.policy().rules.size());
  access::Bits of_people(index.policy().rules.size());
  for (const auto* account : index.accounts()) of_accounts |= index.of(*account).rules;
  for (const auto* set : index.permission_sets()) of_sets |= index.of(*set).rules;
  for (const auto& user : index.organization().snapshot().users) {
    if (user.enabled) of_people |= index.of(user).rules;
  }
  of_people &= of_accounts;
  of_people &= of_sets;
  return !of_people.positions().empty();
}

std::string done_or(bool is_done, std::string_view done, std::string_view open) {
  return std::string(is_done ? done : open);
}

}  // namespace

Result<Answer> Api::get_status(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  const EngineHealth health = parts_.engine.health();
  auto checks = readiness_checks(health, parts_.read_model, call.now);
  const auto add = [&](std::vector<Check> more) { std::move(more.begin(), more.end(), std::back_inserter(checks)); };
  add(further_checks(health, parts_.read_model, parts_.metrics, parts_.checkpoints, call.now));
  if (call.viewer().admin) add(foreign_checks(parts_.read_model, call.now));
  checks = worst_first(checks);
  json::array items;
  for (const auto& check : checks) {
    items.push_back(json::object{{"id", check.id},
                                 {"state", name_of(check.state)},
                                 {"summary", summary_of(check.id)},
                                 {"detail", check.detail},
                                 {"fix", nullable_text(check.fix)}});
  }
  return json_answer(json::object{
      {"state", name_of(checks.front().state)}, {"at", to_rfc3339(call.now)}, {"items", std::move(items)}});
}

Result<Answer> Api::get_setup(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  if (!call.viewer().admin) return fail("not_allowed", "only an administrator sets AccessGuard up");
  const auto index = parts_.read_model.index();
  const EngineHealth health = parts_.engine.health();
  const auto [firsts, has_policy] = parts_.read_model.read(
      [](const View& view) { return std::pair(view.firsts, !view.state.policy.get().hash.empty()); });
  const bool is_open = has_policy && opens_anything(*index);
  const std::vector<Step> steps{
      step_of_aws(health, index->organization()),
      {"policy", has_policy, "Put a policy in force",
       done_or(has_policy, "a policy is in force",
               "without one nobody can ask for anything; docs/policies has five to begin with"),
       "accessguard policy apply FILE"},
      {"door", is_open, "Open a door to somebody",
       done_or(is_open, "its rules open something to somebody",
               "no rule opens anything to anybody in the directory yet"),
       "accessguard policy plan FILE"},
      {"asked", firsts.asked, "Ask for access", done_or(firsts.asked, "somebody has asked", "nobody has asked yet"),
       "accessguard ask ACCOUNT PERMISSION_SET --for 1h --reason TEXT"},
      {"agreed", firsts.agreed, "Have somebody agree",
       done_or(firsts.agreed, "somebody has agreed to what another person asked", "nobody has agreed to anything yet"),
       "accessguard review ls"},
      {"held", firsts.held, "See the access in AWS",
       done_or(firsts.held, "access was given, and seen in AWS", "no access was seen in AWS yet"), ""},
      {"ended", firsts.ended, "See it end",
       done_or(firsts.ended, "access has ended, and AWS was seen without it", "no access has ended yet"), ""}};
  json::array items;
  bool is_done = true;
  for (const auto& step : steps) {
    is_done = is_done && step.is_done;
    items.push_back(step_view(step));
  }
  return json_answer(json::object{{"done", is_done}, {"items", std::move(items)}});
}

}  // namespace ag::server
